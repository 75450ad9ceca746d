# What can't be done: why, and what to do instead

unknown-order = There's no such order. Check the number and the phrase, or open "{ choose-orders }".
unknown-product = That product isn't on the shelf any more. Would you like something else?
books-being-checked = We're checking our books, so nothing can be bought just now; please come back a little later. What you've bought is in "{ choose-orders }".
not-on-sale = { $product } isn't on sale at the moment. Would you like something else?
no-price = This product can't be paid for that way at the moment. Nothing was ordered, and you weren't charged.
out-of-stock =
    { $left ->
        [0] It has just sold out. Nothing was ordered, and you weren't charged.
        [one] Only { $left } is left, which isn't enough. Nothing was ordered, and you weren't charged.
       *[other] Only { $left } are left, which isn't enough. Nothing was ordered, and you weren't charged.
    }
quantity-out-of-range = You can buy 1 to { $most } at a time. Nothing was ordered, and you weren't charged.
limit-reached = Each buyer can have { $limit } of this product, and this order would go over it. Nothing was ordered, and you weren't charged.
too-many-unpaid =
    { $orders ->
        [one] You have { $orders } unpaid order. Pay or cancel it in "{ choose-orders }" before you buy more.
       *[other] You have { $orders } unpaid orders. Pay or cancel one in "{ choose-orders }" before you buy more.
    }
answer-missing = Something is still missing: { $label }. Nothing was ordered; please start again.
not-to-be-paid = This order can't be paid any more, and nothing was charged. Please open it again in "{ choose-orders }".
too-late = Order { $number } can't be changed like that any more. See how it stands in "{ choose-orders }".
already-decided =
    { $state ->
        [fulfilling] Order { $number }: { $staff } approved it at { $time }; your press changed nothing.
        [delivered] Order { $number }: { $staff } approved it at { $time }; your press changed nothing.
       *[other] { $staff ->
            [clock] Order { $number }: nobody decided by { $time }, so it was rejected and refunded; your press changed nothing.
            [buyer] Order { $number }: the buyer asked for a refund at { $time }; your press changed nothing.
           *[other] Order { $number }: { $staff } rejected and refunded it at { $time }; your press changed nothing.
        }
    }
nothing-to-hand-over = Order { $number } has nothing left to do by hand.
batch-gone = This batch was already put on sale or discarded; nothing was changed.
invite-used = This invitation has been used already, or it is too old.
not-staff = This place is for staff only.
note-too-long = At most { $most } characters at a time. Nothing was sent; please make it shorter.
sorry-broken = That didn't go through. Please send it again, or choose "{ choose-human }". "{ choose-orders }" shows how your orders stand.
nothing-to-choose = Order { $number }: this has been chosen already, or its time is over. Nothing was changed.
not-replaced = This code of order { $number } can't be replaced: it wasn't sent yet, it is too long ago, or too many were replaced. Nothing was changed.
not-matched = This payment can't be put to order { $number } (any more). Nothing was changed.
journal-not-read = No. { NUMBER($receipt, useGrouping: 0) } can go back once `mika reconcile` has ended: the journal may say that the buyer has the code. Nothing was changed.
money-decided =
    { $how ->
        [kept] No. { NUMBER($receipt, useGrouping: 0) } was kept before.
        [matched] No. { NUMBER($receipt, useGrouping: 0) } belongs to an order.
        [disputed] The payer's bank asks for no. { NUMBER($receipt, useGrouping: 0) } back.
        [back] No. { NUMBER($receipt, useGrouping: 0) } is going back, or has gone back.
       *[none] There's no payment with that number.
    } Nothing was changed.
too-much = At most { $most } is left of what came in for this order. Nothing was changed.
not-in-a-room = That is shown in our private chat only, never in a group.
room-not-moved = This group hasn't moved there. Nothing was changed.
not-here = I only talk in our private chat.
known-already = A payment with the reference { $reference } is written down already, for order { $number }.

being-rehearsed = A rehearsal is being played. Start another when its last conversation has come.
no-such-play = There's no such rehearsal. Type "try" to see which there are.
