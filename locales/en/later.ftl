# What goes out later, what staff see of a buyer and of orders like theirs, and ordering while little is left

later =
    We've received { $amount } for order { $number }.
    Your { $noun } will be here by { $time }. It's set aside for you. Nothing more to pay, nothing to do.
taken-for-now =
    { $most ->
        [0] What is left of { $product } is being paid for right now. At { $time } we'll know if any is left: please look again then. Nothing was ordered or charged.
       *[other] There isn't much of { $product } left, so it's up to { $most } for now. Once they're paid, you can buy more. Nothing was ordered or charged.
    }
cool-down =
    { $n ->
        [one] We set aside { $n } order for you that wasn't paid.
       *[other] We set aside { $n } orders for you that weren't paid.
    } You can order again from { $time }. Nothing was ordered or charged.
pay-first = Something was set aside for you or on this device before and wasn't paid. If an order in "{ choose-orders }" still waits for payment, please pay for that first; otherwise please come again after { $time }. If it can't wait, write to us, and a person will help. Nothing was ordered or charged now.

staff-later =
    Goes out later: { $amount }, by itself at { $time } · order { $number }
    { $product } × { $n }
staff-later-over = Order { $number }, { $amount }: no longer waiting to go out. Now: { $state }
choose-release = Deliver now
choose-doubt = Check it first
staff-review-else-deliver = If nobody decides: approved and delivered at { $deadline }
staff-decided-passed = Order { $number }, { $amount }: nobody decided by { $time }, so it was approved and delivered ({ $staff }). Now: { $state }

held-buyer = Buyer { $buyer }: here since { $time }, order no. { $k }
held-orders =
    Before: { $n ->
        [one] { $n } order
       *[other] { $n } orders
    }, { $paid } paid for { $amount }, { $lapsed } lapsed unpaid
held-back =
    { $refunds ->
        [one] { $refunds } order refunded
       *[other] { $refunds } orders refunded
    }, { $disputes ->
        [one] { $disputes } dispute
       *[other] { $disputes } disputes
    }
held-replaced =
    { $replaced ->
        [one] { $replaced } code replaced
       *[other] { $replaced } codes replaced
    }
held-accounts =
    { $n ->
        [0] No other accounts
        [one] { $n } other account: { $accounts }
       *[other] { $n } other accounts: { $accounts }
    }
held-similar = Orders like it:
held-like = { $number } · { $time } · { $amount } · { $state } · { $by }
alike-customer = same buyer
alike-device = same device
alike-ip = same network address
alike-payer = same payer
alike-email = same e-mail
alike-destination = same account to top up
alike-product = same product

risk-staff-doubts = { $staff } wants it checked
risk-refunded-outside = { $amount } went back at the payment provider
event-delayed = goes out later
event-released = delivered ahead of time
event-doubted = to be checked first
owed-later = its time to go out
