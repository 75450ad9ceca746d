# What is mailed, addresses that buyers give, and how they were reached

mail-title-test = { $shop }: a test
mail-test =
    This is a test mail from { $shop }.
    If you can read it, mail to buyers goes out.

mail-title-order = { $shop }: your order { $number }
mail-title-proof = { $shop }: confirm your address
mail-proof =
    Somebody gave this address at { $shop } for mail about their orders. If that was you, write this code into the chat, by { $time }:
    { $value }
    If it wasn't you, there is nothing to do: without the code nothing is sent here.
mail-codes-wait =
    Order { $number } is ready.
    The button opens the order on our page.
mail-link-how = The link opens this one order and is good for 14 days. Whoever has it can open it, so please don't pass it on.
mail-news = There is news about order { $number }. The button opens it on our page.
choose-open-order = Open the order

choose-email = E-mail
choose-another-address = Another address
choose-no-mail = No more mail
mail-ask = Which e-mail address is for your orders? Mail goes there when this chat can't be reached. We send a code first, to see that it's yours.
mail-goes-to = Mail about your orders goes to { $address }.
mail-code-sent = We've mailed a code to { $address }. Please type it here by { $time }. If it isn't in the inbox, it may be in spam.
mail-code-wrong =
    { $n ->
        [one] That isn't the code we mailed. You can try once more.
       *[other] That isn't the code we mailed. You can try { $n } more times.
    }
mail-code-over = That code doesn't count any more: its time is over, or it was mistyped too often. Your orders are safe; "{ choose-email }" sends another code.
mail-proved = From now on mail about your orders goes to { $address }.
mail-removed = Nothing is mailed to you any more. The address is deleted, and links in mails open nothing now.
mail-none = There is no address of yours any more.
no-mail = This shop sends no mail. Your orders are always in "{ choose-orders }".
no-address = That doesn't look like an e-mail address that mail gets to. Please type it like lin@example.org.
too-many-mails =
    { $hours ->
        [one] Enough codes were mailed for now. Please try again in an hour; your orders are safe.
       *[other] Enough codes were mailed for now. Please try again in { $hours } hours; your orders are safe.
    }
link-over = This link opens nothing any more.
mailed-too = Mailed to { $address } at { $time } too.

staff-attempt = Reached: { $time } · { $way } · { $what } · { $outcome }
reached-by-chat = chat
reached-by-email = e-mail { $address }
reached-by-bell = bell
mailed-codes = codes
mailed-link = link
mailed-notice = notice
attempt-sent = sent
attempt-refused = refused
attempt-unheard = waits for a word of theirs
attempt-later = not now, tried again
attempt-unknown = no answer, tried again
event-opened-by-link = opened by the link in a mail

browser-link-welcome = This link opens your order. Nothing is shown before you press.
browser-link-open = Open my order
browser-link-over = This link opens nothing: it may be incomplete, or its time is over. Your order is safe in the chat you ordered in; its number and pick-up phrase open it here too.

hears-email = email|e-mail|mail|my email|my e-mail|email address
