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
choose-status = Status
choose-refund-me = Refund me instead
choose-buy-again = Buy again
refund-coming =
    Order { $number } won't be delivered. { $amount } is on its way back to the account you paid from.
    We'll send you the refund reference when it's done. Nothing for you to do.
refund-stuck =
    Order { $number } won't be delivered, and { $amount } goes back to you.
    The automatic refund didn't go through. A person is doing it by hand, and we'll tell you when it's done.
refund-why-late = This order had ended when your payment came in. Nothing was delivered.
