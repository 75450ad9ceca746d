# Orders: the list, how one stands, checks, refunds

orders = Your orders. Pick one to open it:
orders-none = No orders yet.
order-status =
    Order { $number }: { $state }
    { $product } × { $n }, { $total } in all

expired =
    Order { $number } wasn't paid in time, so { $product } is no longer set aside.
    If you have paid, please don't pay again: when the payment arrives, we deliver if there's stock, and refund if there isn't.
cancelled =
    Order { $number } is cancelled.
    If you have paid already, the money goes back to you when it arrives.

held =
    We've received { $amount } for order { $number }.
    A person checks this one before we deliver. By { $time } you'll have either your { $noun } or a full refund.
    It's set aside for you. Nothing more to pay, nothing to do.
late-payment =
    We've received { $amount } for order { $number }.
    It came a little after the hold ended. There is still stock, so here it comes, at the same price.
preparing =
    We've received { $amount } for order { $number }.
    Your order is being prepared: here by { $time }, or a full refund.

refunded =
    Refunded: { $amount } for order { $number }, to the { $rail } account you paid from.
    Reference { $reference }. If it doesn't arrive, send us the reference and we'll trace it.
refund-why-cancelled = This order had been cancelled when your payment came in. Nothing was delivered.
refund-why-sold-out = We're sorry: it had sold out when your payment came in. Nothing was delivered.
refund-why-underpaid = The rest wasn't paid in time. Nothing was delivered.
refund-why-refused = We couldn't take this order. Nothing was delivered.
refund-why-rejected = A person checked this order and it didn't pass. Nothing was delivered.
refund-why-buyer = You asked for your money instead of waiting. Nothing was delivered.
refund-why-undecided = We're sorry: we didn't finish checking in time. Nothing was delivered.
refund-why-overdue = We're sorry: we didn't finish in time. This is for the part you didn't get.
refund-why-surplus = You paid more than the order needed. This is the difference.

choose-orders = My orders
choose-order = { $product } × { $n } · { $state }
choose-older = Older orders
choose-newer = Newer orders
redeem-nothing = You haven't received a code yet, so there is nothing to redeem. If you've paid, have a look in "{ choose-orders }".
choose-status = Status
choose-refund-me = Refund me instead
choose-buy-again = Buy again
refund-coming =
    Order { $number } won't be delivered. { $amount } is on its way back to the account you paid from.
    We'll send you the refund reference when it's done.
refund-stuck =
    Order { $number } won't be delivered, and { $amount } goes back to you.
    A person is doing it by hand, and we'll tell you when it's done.
refund-by-hand =
    Order { $number }: { $amount } goes back to the account you paid from.
    A person sends it, by { $time }, and we'll tell you when it's done.
refund-by-hand-where =
    Order { $number }: { $amount } goes back to you. A person sends it, by { $time }.
    We can't see which account you paid from: please type "human" and where to send it.
refunded-by-a-person =
    Refunded by hand: { $amount } for order { $number }, paid with { $rail }.
    Reference { $reference }. If it doesn't arrive, send us the reference and we'll trace it.
refund-why-late = This order had ended when your payment came in. Nothing was delivered.
refund-why-waited = No choice was made in time, or no new stock came in. Nothing was delivered for this part.
refund-why-difference = What you chose instead costs less. This is the difference.
refund-why-goodwill = This is from us, for the trouble you had.
refund-why-whole = That is all you paid for this order.
refund-why-part = This is a part of what you paid for this order.
refund-why-unmatched = We couldn't find the order this payment was for.
refund-why-unused = This store credit was set aside for an order that wasn't paid.

sold-out-after-payment =
    We've received { $amount } for order { $number }.
    We're sorry: { $all ->
        [yes] it had just sold out when your payment came in, and your { $noun } hasn't been delivered. You choose what happens now.
       *[no] when your payment came in there wasn't enough left, and { $n } of this order can't be delivered yet. You choose what happens with that part.
    }
    If you haven't chosen by { $time }, we refund you.
still-wanted =
    { $cancelled ->
        [yes] We've received { $amount }, but order { $number } had been cancelled.
       *[no] We've received { $amount } for order { $number }, which had ended; you've bought the same again since.
    }
    Deliver or refund? If you haven't chosen by { $time }, we refund you.
waits-for-stock =
    Order { $number } is waiting for new stock, until { $time } at the latest.
    When it comes, your { $noun } arrives here by itself; if it doesn't, we refund you. Nothing for you to do.
credited =
    { $amount } for order { $number } is now store credit and comes off your next payment.
    Until you use it you can still ask for it back.
credit-given =
    { $amount } is yours as store credit, for the trouble with order { $number }. It comes off your next payment.
credit-used = Credit: { $amount }
disputed =
    Order { $number }: your bank is looking into this payment. Until it has decided, nothing more goes out for this order.
    If you didn't expect this, please talk to a person.

choose-wait = Wait, until { $time }
choose-swap =
    { $cheaper ->
        [yes] Take { $product }, { $back } back
       *[no] Take { $product } instead
    }
choose-refund-now = Refund now
choose-credit = Keep as store credit
choose-credit-back = Refund it instead
choose-deliver = Deliver
