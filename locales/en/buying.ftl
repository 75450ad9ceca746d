# Ordering and paying

buying-how-many =
    { $max ->
        [1] How many? There is just 1 right now: reply 1.
       *[other]
            How many? Up to { $max } right now.
            Just reply with a number, like 2.
    }
buying-not-understood =
    { $max ->
        [1] I didn't get how many. There is just 1 right now: reply 1.
       *[other] I didn't get how many. Any number from 1 to { $max } will do.
    }
buying-fewer-left =
    Somebody was faster just now: { $max ->
        [one] there is { $max } left
       *[other] there are { $max } left
    }. Nothing has been ordered yet.
    How many would you like? Just reply with a number.

buying-form =
    { $product } needs: { $label }
    Just reply with it, and check it before you send.
buying-form-again = This doesn't look right: { $label }. Please check it and send it again.

buying-how-to-pay =
    { $same ->
        [yes] { $total } in all. How would you like to pay?
       *[other] How would you like to pay?
    }
buying-how-to-pay-again = I didn't get how you'd like to pay. Please pick one of these.
no-rail = We're sorry, there's no way to pay at the moment. Nothing was ordered, and you weren't charged.
no-rail-for-order =
    We're sorry, order { $number } can't be paid at the moment. { $some ->
        [no] Nothing was charged.
       *[other] The { $amount } that came counts.
    }
    It stays set aside until { $time }, so you can try again.
rail-gone = { $rail } isn't available right now.
scan-to-pay = Scan the picture to pay { $total }.

buying-pay-here =
    Order { $number }
    { $product } × { $n }, { $total } in all
    It's set aside for you until { $time }.
    { $kind ->
        [by_hand] Once you've paid, come back here: we tell you by when it will be done. If nothing happens, press "{ choose-paid }".
       *[other] Once you've paid, come back here: the { $noun } arrives by itself. If nothing happens, press "{ choose-paid }".
    }
    { $anywhere ->
        [yes] By paying you confirm: once delivered it can't be returned for a change of mind.
       *[no] By paying you confirm: for { $region } accounts only; once delivered it can't be returned for a change of mind.
    }
buying-pay-invoice =
    Order { $number }: { $product } × { $n }
    Set aside for you until { $time }. { $kind ->
        [by_hand] Once it's paid, we tell you here by when it's done.
       *[other] Once it's paid, the { $noun } arrives right here.
    } { $anywhere ->
        [yes] No returns for a change of mind.
       *[no] { $region } accounts only; no returns for a change of mind.
    }
pay-to-address =
    Send exactly { $exact } on { $network } to:
    { $address }
    Please send exactly this: the amount is how we recognise your order. Another amount, coin or network won't be recognised.
pickup-phrase =
    Keep this phrase. With the order number it opens the order on another device:
    { $phrase }

rail-down =
    We're sorry, the { $rail } page doesn't open right now. Nothing was charged just now.
    Order { $number } stays set aside until { $time }, so you can try again.
waiting =
    We've just asked { $rail }: the payment for order { $number } isn't there yet.
    As soon as it is, we deliver. Please don't pay again.
    No { $noun } by { $time }? Send us the payment reference and a person will look.
payment-seen =
    We've received { $amount } for order { $number }.
    Please don't pay again. We'll tell you right here what comes next.
underpaid =
    We've received { $amount } for order { $number }; { $rest } is missing.
    Please pay the rest by { $time }. If you don't, what you've paid goes back to you.

choose-pay = Pay { $total }
choose-paid = I've paid
choose-other-rail = Pay another way
choose-cancel = Cancel
choose-check-again = Check again
choose-try-again = Try again
buying-too-many = Up to { $max } right now. How many would you like? Any number from 1 to { $max } will do.

manual-pay =
    Please send { $total } to:
    { $account }
    Write { $number } as the reference, then press "{ choose-paid }".
manual-looked-into =
    Thank you. A person checks whether your transfer has come, order { $number }.
    { $late ->
        [no] It's set aside until { $time }; if it comes later, we deliver what's there or give it back.
       *[other] When it's there, we deliver if there's stock, and refund if there isn't.
    }

not-sold-here = You can't buy here at the moment. What you've bought is still available.
