# What came over from the shop that was moved from: finished orders to look up, balances to claim

hears-oldorder = old order|old orders|my old order|order from the old shop|old shop
hears-oldcredit = old balance|old credit|my old balance|balance from the old shop

choose-old-orders = Old orders
choose-old-order = { $title } · { $time }
choose-old-credit = Claim { $amount }

old-order-number =
    Which order from our old shop is it? Send its number, with or without capitals.
    An e-mail address that you gave there works too, once it is proved here.
old-order-password = And the password that you chose for looking it up there? It is the one of that order, not of any account.
old-order-wrong = Number and password don't fit together. Please send the number again, as it stands in the old shop's mail or page.
old-order-not-yours = To see an order from the old shop, show that it's yours: "{ choose-old-orders }" asks for its number and password.
old-order =
    Old order { $number }: { $title } × { $n }
    { $amount }, { $time }, paid by { $rail }
old-order-text =
    Delivered then:
    { $text }
old-order-page = Page { $page } of { $pages }
old-order-ends = It was finished in our old shop and is kept here to be looked up.
too-many-tries = That didn't fit { $most } times. Nothing is lost; in an hour you can try again, or ask a person now.

old-credit = { $amount } is kept for you from the old shop.
old-credit-how = Once you claim it, it's store credit here and comes off your next payment.
old-credit-claimed = { $amount } from the old shop is yours as store credit. It comes off your next payment.
old-credit-none = Nothing from the old shop is kept for you here. Balances are claimed by the link you were sent, or by the e-mail address you had there: say "e-mail" to prove it.
credit-gone = This link opens nothing any more: what was kept was claimed. If it wasn't you, please tell a person.

browser-credit = There is store credit for you from our old shop.
browser-credit-see = See it

staff-old-order = From the old shop, to look up only: { $number }, { $title } × { $n }, { $amount }, { $time }, { $rail }
choose-old-text = Delivered with { $number }
