# One person's accounts; the lists of whom the shop sells nothing to, and whom it lets pass

choose-link = Link accounts
choose-link-code = Get a code
choose-link-sure = It's mine, link
choose-link-no = No, thanks
choose-let-in = Yes, that was me
choose-keep-out = No, not me
choose-not-me = Not me, unlink
choose-part = Unlink
choose-unlink = Unlink { $name }
link-how =
    Link your account in another chat with this one: orders and store credit are together then.
    Press "{ choose-link-code }" in one chat. In the other, say "link" and then the code.
link-row = Linked: { $name } ({ $chat })
link-code =
    Your code, good until { $time }:
    { $value }
    In your other chat, say "link" and then this code. Then come back and confirm.
    Give it to nobody. We never ask for it.
link-wrong = That code is wrong, or its time is over. Please get another one in your other chat and send it here.
link-sure =
    Link with "{ $name }" ({ $chat })?
    That account will see your orders and codes and can use your store credit, and this one theirs.
    Press "{ choose-link-sure }" only if it is your own.
link-waits =
    One more step: go back to "{ $name }" ({ $chat }) and press "{ choose-let-in }" by { $time }.
    Nothing is linked until then.
link-asked =
    The account "{ $name }" ({ $chat }) wants to join yours. Was that you?
    Once linked, it sees your orders and codes and can use your store credit, and you theirs.
    If it wasn't you, press "{ choose-keep-out }". Without an answer by { $time }, nothing is linked.
link-refused =
    Nothing was linked, and that code is over.
    If somebody asks you for a code, don't give it to them. Worried? Press "{ choose-human }".
told-link-refused = "{ $name }" ({ $chat }) said it wasn't them. Nothing was linked.
told-link-lapsed = Linking with "{ $name }" ({ $chat }) wasn't confirmed in time, so nothing was linked. To try again, press "{ choose-link }".
linked =
    Linked with "{ $name }" ({ $chat }).
    The orders of both are in "{ choose-orders }", and store credit is together.
told-linked =
    Your account is linked with "{ $name }" ({ $chat }) now. Both see all orders.
    If that isn't you, press "{ choose-not-me }".
unlink-sure =
    Unlink "{ $name }"?
    Orders and store credit go back to the account they belong to, and the other account is told.
unlinked = Unlinked. Orders and store credit are back with the account they belong to.
unlinked-already = These accounts aren't linked. Nothing was changed.
told-unlinked =
    The accounts linked with yours have been unlinked. Orders and store credit are back with the account they belong to.
    If you don't know why, press "{ choose-human }".
too-many-codes = That was a lot of tries. Please try again in { $hours ->
    [one] { $hours } hour
   *[other] { $hours } hours
}.
link-code-over = This code has been used, or its time is over. Please get another one in your other chat.
said-in-the-same-chat = You got this code right here. Please send it in your other chat.
linked-already = These two accounts are linked already.
too-many-accounts = One person can link { $most } accounts at most.
too-many-orders = Two accounts with more than { $most } orders each can't be linked.
not-to-be-linked = The account of somebody who works here can't be linked.
account-not-served = This account can't order at the moment. Press "{ choose-human }" and we'll look into it.

# Staff

right-block = keep the lists
choose-buyer = Buyer
choose-block = Stop selling to them
choose-block-order = Block its source
choose-allow = Let them pass
choose-lists = Lists
choose-unlist = End { $label }
choose-for-days = { $days ->
    [one] { $days } day
   *[other] { $days } days
}
choose-for-always = Until ended
staff-buyer =
    Buyer { $name } · { $account }
    { $orders ->
        [one] { $orders } order
       *[other] { $orders } orders
    }, { $n } delivered
staff-buyer-account = Linked account: { $account }
listing-kind-customer = Buyer
listing-kind-ip = IP
listing-kind-device = Device
listing-kind-payer = Payer
listing-kind-email = E-mail
listing-kind-domain = E-mail domain
listing-kind-country = Country
listing-kind-destination = Account topped up
listing-of = { $what } { $label }
stands-block = Nothing sold: { $what } { $label }, { $until ->
    [none] until ended
   *[other] until { $until }
}. { $why } ({ $staff })
stands-allow = Passes: { $what } { $label }, { $until ->
    [none] until ended
   *[other] until { $until }
}. { $why } ({ $staff })
lists = The lists, newest first:
lists-none = The lists are empty.
listing-what =
    Say what, for example:
    block ip 203.0.113.7
    block email lin@example.com
    allow customer K7M2-94QF (an order)
    block order K7M2-94QF (its device, payer or e-mail)
    It can also be a domain or a country.
listing-which = Order { $number }: what goes on the list?
listing-why = { $what }: why? One sentence of at most { $most } characters, which only staff read.
block-sure = Until then new orders are refused; what is paid all the same goes back. For how long?
allow-sure = Until then no order of theirs is held for its score. For how long?
unlisted = Ended. It counts no more from now on.
unlisted-already = That had ended before.
not-to-be-listed = I can't read that. An IP, an e-mail or its domain in full, a country as two letters, like US.
part-sure = Part { $name } from { $n ->
    [one] { $n } other account
   *[other] { $n } other accounts
}? Orders and store credit go back to the account they belong to, and the buyer is told.
act-block = stopped selling to
act-allow = let pass
act-unlist = took off the list
act-link-accounts = linked with
act-unlink-accounts = unlinked

hears-link = link accounts|link account|link my accounts
hears-buyer = customer
hears-block = blocklist
hears-allow = allowlist
hears-lists = list
