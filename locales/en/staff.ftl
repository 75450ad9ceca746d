# What staff see: checks, work by hand, stock, alarms

staff-welcome =
    { $shop } · staff
    To check: { $reviews }. To do by hand: { $hands }. To answer: { $asked }.
staff-not-understood = I didn't get that. Pick one of these, or type "order" and a number to see one.

staff-review =
    To check: { $amount }, { $left } min left · order { $number }
    { $product } × { $n }, paid at { $time }
staff-review-else = If nobody decides: rejected and refunded at { $deadline }
staff-review-why = Why: { $why }
staff-decided =
    Order { $number }, { $amount }: { $staff ->
        [clock] nobody decided by { $time }, so it was rejected and refunded
        [buyer] at { $time } the buyer asked for a refund instead
       *[other] decided by { $staff } at { $time }
    }. Now: { $state }
staff-reviews =
    { $n ->
        [one] { $n } order to check:
       *[other] { $n } orders to check, the oldest first:
    }
staff-reviews-none = No orders to check.

staff-by-hand =
    To do by { $time }: { $amount } · order { $number }
    { $product } × { $n }
    Whatever isn't done by then is refunded to the buyer.
staff-answer = { $label }: { $answer }
staff-hands =
    { $n ->
        [one] { $n } order to do by hand:
       *[other] { $n } orders to do by hand:
    }
staff-hands-none = Nothing to do by hand.
fulfil-what =
    Order { $number }: { $product }
    Write the result or the code in your next message. It is sealed and goes to the buyer as you write it. One unit at a time.
fulfil-too-long = It must have 1 to { $most } characters. Nothing was kept; please send it again.
fulfil-left = All right, not now. Nothing was sent.
fulfil-done =
    { $left ->
        [0] Order { $number }: got it, it's on its way to the buyer. This order is done.
       *[other] Order { $number }: got it, it's on its way to the buyer. { $left } more to do for this order.
    }

staff-orders = The newest orders:
staff-orders-none = No orders yet.
staff-order =
    Order { $number }: { $state }
    { $product } × { $n }, { $amount }
    Buyer { $buyer } ({ $account }), placed at { $time }
staff-event =
    { $time } { $what }{ $actor ->
        [shop] {""}
        [clock] {" "}(time was up)
        [payment] {""}
       *[other] {" "}({ $actor })
    }

staff-stock = Stock:
staff-stock-row = { $product }: { $available } for sale, { $reserved } reserved, { $sold } sold
restock-paste =
    Restocking { $product }: paste the codes in your next message, one per line. They are sealed on arrival.
    Put ---- or a comma between number and PIN; an expiry date like 2027-12-31 may end the line.
restock-preview =
    { $product }: { $new } new, { $duplicate } duplicate, { $blank } blank, { $malformed } unreadable (lines { $lines })
    Nothing is on sale yet. Put { $new } on sale?
restock-nothing-new =
    Nothing to put on sale: { $new } new, { $duplicate } duplicate, { $blank } blank, { $malformed } unreadable (lines { $lines })
    You can paste again.
restock-done =
    { $n ->
        [one] { $product }: { $n } code put on sale.
       *[other] { $product }: { $n } codes put on sale.
    }
restock-discarded = Discarded. Nothing was put on sale.

alarm-unmatched =
    Received { $amount } that fits no order: no. { NUMBER($receipt, useGrouping: 0) }, payment reference { $reference }
    Know whose it is? Type "match { NUMBER($receipt, useGrouping: 0) }" and the order number. Is it yours for something else? Keep it. Otherwise it goes back at { $time }.
alarm-after-restore =
    Received { $amount } for order { $number }, which was placed after the backup and is gone: no. { NUMBER($receipt, useGrouping: 0) }, payment reference { $reference }
    Does the buyer have the code? The journal doesn't say so. Nothing goes back until you decide.
alarm-after-restore-unchecked =
    Received { $amount } for order { $number }, placed after the backup and gone: no. { NUMBER($receipt, useGrouping: 0) }, payment reference { $reference }
    Does the buyer have the code? Decide once `mika reconcile` has ended. Nothing goes back before.
alarm-after-restore-again =
    Received { $amount } for order { $number }, placed after the backup and gone: no. { NUMBER($receipt, useGrouping: 0) }, payment reference { $reference }
    A payment for it was kept already. Is this the rest, or was it paid twice? Nothing goes back until you decide.
alarm-kept-for-lost =
    Received { $amount } for order { $number }
    Its code had left before the shop was restored: kept as the shop's.
alarm-after-restore-known =
    Received { $amount } for order { $number } by a payment that was begun after the backup: no. { NUMBER($receipt, useGrouping: 0) }, payment reference { $reference }
    Is it for this order? Nothing goes back until you decide.
alarm-seen-before =
    { $rail } tells of { $amount } for order { $number }, transaction { $reference }
    You had already written money down for it yourselves. Is it the same, or did the buyer pay twice? Nothing goes back until you say so.
alarm-refund-failed =
    A refund didn't go through: { $amount }, no. { $number }
    The payer hasn't got the money yet. Please refund by hand, then type "refunded { $number }" and the reference.
alarm-refund-by-hand =
    To refund by hand: { $amount }, no. { $number }
    { $rail } can't send money back by itself. Transaction { $reference }. { $payer ->
        [none] It doesn't say who paid: please ask the buyer where to send it.
       *[other] Paid by { $payer }.
    }
    When it's sent, type "refunded { $number }" and the reference.
alarm-refund-whole-only =
    { $amount } of order { $number } can't be sent back: { $rail } returns whole payments only, transaction { $reference }
    Please ask the buyer whether store credit will do.
alarm-rail-away =
    { $rail } hasn't answered since { $time }
    It says: { $why }. Buyers aren't offered it until it answers again.
alarm-rail-back =
    { $rail } answers again
    It had been away since { $time }. Buyers are offered it from now on.
alarm-dead-letter =
    A task failed and was set aside: { $work }, no. { NUMBER($row, useGrouping: 0) }
    Why: { $why }
alarm-notice-waits =
    A payment notice can't be settled yet: no. { NUMBER($row, useGrouping: 0) }
    Why: { $why }
    It goes on being tried for three days.
alarm-supplier =
    A supplier did not deliver: { $supplier }, order { $number }
    Why: { $why }

supply-refused = refused: { $why }
supply-lost = asked twice, it has never heard of the purchase
supply-wrong-count = it gave { $n } codes instead of 1. They are paid for, kept and not sold
supply-wrong-sku = it gave another product. The code is paid for, kept and not sold
supply-duplicate = it gave a code the shop has or had. It is paid for
supply-expired = it gave a code past its date. It is paid for, kept and not sold
supply-overdue = its time is over and nothing came
supply-late = a purchase taken for failed came after all, and its code is in stock. Please check whether two were paid for
supply-unknown = nothing was learnt in thirty days. Please ask them

risk-new-buyer-high-value = new buyer, more than { $limit }
risk-rail-suspects = the payment provider has doubts: { $why }
risk-rule-broken = rule { $rule } broke and couldn't tell

choose-reviews = To check
choose-hands = To do by hand
choose-latest = Newest orders
choose-stock = Stock
choose-held = { $number } · { $amount }
choose-staff-order = { $number } · { $amount } · { $state }
choose-approve = Approve and deliver
choose-reject = Reject and refund { $amount }
choose-details = Details
choose-fulfil = Do it
choose-leave = Not now
choose-restock = Restock: { $product }
choose-import = Put on sale
choose-discard = Discard
reply-what = Write your answer in the next message. It goes to the buyer as you write it.
reply-done = Sent to the buyer.
refunded-by-hand = Order { $number }: { $amount } written down as refunded by hand. The buyer has been told.
refunded-as-credit = Order { $number }: { $amount } is now store credit. The buyer has been told.
refunded-nothing = Order { $number } has nothing to refund by hand. Nothing was changed.
restock-not-here = { $product } isn't sold one code to one buyer, so it can't be restocked here. Shared codes are imported on the command line.
reply-sure = These lines look like codes, so they haven't been sent. Send them again if the buyer should have them; to restock, press "{ choose-leave }" first.
staff-says-paid =
    The buyer says the transfer is sent: { $amount }, order { $number }
    Buyer: { $buyer }. Please look into the account; when it's there, press the button.
choose-received = It came
choose-whole = All of it: { $amount }
choose-counts = Yes, it counts
received-how-much = How much came for order { $number }? Write it like 12.50.
received-before =
    { $amount } came for order { $number } before: nothing is due any more. What came besides is given back.
    How much came now? Write it like 12.50.
received-untold =
    { $rail } was asked and told of no payment for order { $number }. If it does later, you're asked whether it is the same money.
    How much came? Write it like 12.50.
received-amount-again = I didn't get the amount. Write it like 12.50.
received-reference = { $amount }. Under which transaction number? It keeps one transfer from counting twice.
received-reference-again = Please send the transaction number alone, at most { $most } characters.
received-sure = { $amount } came for order { $number }, transaction { $reference }. Does it count? Nothing has been done yet.
received-left = All right. Nothing was written down.
received = { $amount } is written down for order { $number }. It now stands: { $state }.
alarm-dispute =
    The payer's bank asks { $amount } back, order { $number }
    Nothing more goes out for it. Send the provider your evidence by { $time }.
alarm-refunded-outside =
    { $amount } was refunded at the provider and not by us, order { $number }
    What had not been handed over has ended with it. Please check who did it.
alarm-suspected =
    The payment provider has doubts about { $amount }, order { $number }
    It says: { $why }. Nothing has been handed over, and the order waits for you.
alarm-suspected-late =
    The payment provider has doubts about { $amount }, order { $number }
    It says: { $why }. Nothing is held back. If you have doubts too, refund it at the provider: what isn't handed over by then ends.
alarm-overdue =
    Overdue since { $time }: { $what }, order { $number }
    Please look at it; the shop goes on trying what it can.
alarm-frozen =
    { $product } is not sold any more, because something doesn't add up: { $why }
    When you have looked into it, type "thaw { $slug }".
alarm-unknown-money =
    { $rail } tells of { $what }. The shop doesn't know that payment: { $reference }
    Nothing was changed here. Please check with the provider whether it's the shop's; other payments to that account need nothing.
unknown-refund = a refund of { $amount }
unknown-dispute = a dispute over { $amount }
unknown-suspicion = doubts about a payment: { $why }
alarm-missing-payment =
    { $amount } for order { $number } is in our books, but { $rail } doesn't know of it: { $reference }
    Please check with the provider before anything more is given for it.
risk-disputed-before = { $n ->
    [one] { $n } payment disputed before
   *[other] { $n } payments disputed before
}
owed-risk = the check
owed-review = a decision by staff
owed-deliver = sending the codes
owed-supplier = the supplier
owed-by-hand = work by hand
owed-choice = the buyer's choice
owed-wait-stock = new stock
owed-dispute = a dispute
owed-pickup = the buyer fetching it
owed-refund = a refund
owed-admin = a refund by hand
recovered =
    { $found ->
        [0] Order { $number }: nothing new at the payment providers.
        [one] Order { $number }: found { $found } payment that we hadn't been told of, and settled it.
       *[other] Order { $number }: found { $found } payments that we hadn't been told of, and settled them.
    }
choose-same-money = The same money
choose-paid-twice = Paid twice: send back
choose-keep-money = Keep it
choose-keep-delivered = Keep: buyer has the code
choose-return-money = Send it back
choose-match-money = It's for { $number }
same-money = Order { $number }: it was the same money, and counts once.
matched = Order { $number }: the money is assigned, and the order goes on.
kept-after-restore = The shop was restored and its books are checked. Kept for orders that are gone, whose codes had left:
kept-after-restore-sum =
    { $n ->
        [one] · { $n } payment, { $amount }
       *[other] · { $n } payments, { $amount }
    }
money-kept = { $amount } is the shop's now: no. { NUMBER($receipt, useGrouping: 0) }.
money-returned = { $amount } is being sent back: no. { NUMBER($receipt, useGrouping: 0) }. If it can't be sent the way it was paid, you'll be told to refund it by hand.
given = Order { $number }: { $amount } given. The buyer has been told.
staff-replaced = Order { $number }: a new code is on its way to the buyer. The old one is never sold again.
thawed = { $product } is on sale again.
not-frozen = { $product } wasn't frozen. Nothing was changed.
amount-not-understood = I didn't get the amount. Write it like 12.50.
goodwill-how = { $amount } for order { $number }: as money, or as store credit? Nothing has been given yet.
goodwill-left = All right. Nothing was given.
choose-as-money = As money
choose-as-credit = As store credit
replace-sure = Order { $number }, code { $position } of { $n }: send the buyer another one? The old one is never sold again.
replace-left = All right. Nothing was replaced.
choose-replace = Replace it
room-opened = This group is the staff room now: what needs a person is told here. Codes are never shown here.
room-code-wrong = This code has been used, is too old or is wrong. "mika telegram group" makes a new one.
room-in-group = Post it in the group that is to be the staff room.
room-moves =
    The staff room has a new id: { $old } became { $to }
    Until an owner confirms that it is the same group, nothing is told there. Did you make it a supergroup?
choose-room-moved = It's ours, go on there
room-moved = The staff room has its new id, and what waited is on its way there.
in-private = in our private chat
only-in-private = Let's do that in our private chat: no group should read what you write there.

notices = Notices for order { $number }, the newest first:
notices-none = Nothing has been told about order { $number } yet, and nothing was refused today.
notice-taken = { $time } · { $rail }: taken into account
notice-waits = { $time } · { $rail }: not yet taken into account ({ $why })
notice-set-aside = { $time } · { $rail }: set aside for a person ({ $why })
notice-refused = { $time } · { $rail }: not let in ({ $why })
margins = What one of each leaves:
margins-none = There's nothing on sale, or no way to pay is set up.
margin = { $product } · { $rail } { $price }: { $amount } is left
margin-loss = { $product } · { $rail } { $price }: { $amount } below cost
margin-unknown =
    { $product } · { $rail } { $price }: not known, { $what ->
        [cost] nobody has told what it costs
       *[other] no rate is set for this currency
    }
