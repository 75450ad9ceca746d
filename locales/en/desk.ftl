# The desk of staff: finding orders, the whole card, refunds, sales by hand, buyers who ask for a person, reminders

day-today = today
day-yesterday = yesterday
hears-evidence = evidence
hears-find = find|search|look for
hears-sell = sell|sale by hand
hears-note = note
hears-ask = ask
hears-resend = resend|send again
hears-cant = cant|can't|can’t
hears-threads = threads|to answer
hears-giveback = giveback|give back
hears-story = story

staff-find-what = Write what to look for: an order number, the payment provider's number, a buyer's name or @handle, a product, today, yesterday, or a date like 2026-11-26.
staff-found = Found for "{ $what }", the newest first:
staff-found-none = Nothing found for "{ $what }". Try an order number, the provider's number, a buyer, a product or a date.
staff-match-it =
    It fits no order. Know whose it is? Type "match { NUMBER($receipt, useGrouping: 0) }" and the order number. Is it the shop's? Type "keep { NUMBER($receipt, useGrouping: 0) }". To send it back: "return { NUMBER($receipt, useGrouping: 0) }".
staff-kept = It fits no order, and was kept as the shop's.
choose-evidence = Evidence
staff-evidence =
    The evidence for order { $number } is in the file: what was bought, paid, delivered and looked at, and no code.
    It is in English, as payment providers read it.
staff-came = Came in: { $amount } · { $rail } · { $reference }
staff-went =
    { $how ->
        [done] Went back: { $amount } · { $reference }
        [failed] Didn't go back: { $amount }, to be sent by hand · { $reference }
       *[other] On its way back: { $amount } · { $reference }
    }
staff-owed = No. { $lines }: { $what }, by { $time }
staff-note = { $time } note by { $staff }: { $text }
staff-unsaid =
    { $n ->
        [one] { $n } message has not reached the buyer yet.
       *[other] { $n } messages have not reached the buyer yet.
    }
staff-story = The story of order { $number }, page { $page } of { $pages }, the latest on page 1:
staff-asked = { $staff } asked the buyer: { $text }
staff-replied = { $time } the buyer answered: { $text }
staff-resent = Order { $number }: the codes are on their way to the buyer once more.
nothing-to-send = Order { $number } has no code that can be sent again. Nothing was changed.
meanwhile-changed =
    Order { $number }: { $what } at { $time }{ $staff ->
        [shop] {""}
        [clock] {" "}(time was up)
        [payment] {""}
        [buyer] {" "}(the buyer)
       *[other] {" "}({ $staff })
    }. Your press changed nothing.

staff-giveback-how-much =
    Of order { $number }, { $amount } can go back at most. { $how ->
        [amount] Choose, or write an amount like 12.50; for some units only, write #1 #3.
        [units] Choose; for some units only, write #1 #3.
       *[other] Only all of it can go back.
    }
staff-giveback-sure =
    Send back { $amount } of order { $number }{ $lines ->
        [none] {""}
       *[other] {" "}(no. { $lines })
    }, to where it came from? Nothing has been sent yet.
staff-giveback-left = All right. Nothing was sent back.
staff-giveback-done = Order { $number }: { $amount } is on its way back. The buyer is told when it's done.
nothing-to-refund = As order { $number } stands, { $most } can go back at most. Nothing was changed.
staff-call-off-sure = Cancel order { $number } ({ $amount }, not paid in full)? Its codes go back on sale, and the buyer is told.
staff-call-off-left = All right, it stays as it is.
staff-called-off = Order { $number } is cancelled. The buyer has been told.
staff-cant-sure =
    { $n ->
        [one] { $n } unit of order { $number } can't be done?
       *[other] { $n } units of order { $number } can't be done?
    } { $how ->
        [chooses] The buyer will choose: wait, take something else, or a refund.
       *[other] The buyer will be refunded.
    }
staff-cant-done =
    Order { $number }: { $how ->
        [chooses] the buyer has been asked to choose.
       *[other] the refund has begun, and the buyer will be told.
    }
staff-note-what = Write your note on order { $number } in the next message. Only staff can read it.
staff-noted = Order { $number }: your note is kept.
staff-ask-what = What would you like to ask the buyer of order { $number }? Write it in the next message; it goes out as you write it. The order's time runs on.
staff-ask-nobody = Order { $number } was sold by hand. Its buyer isn't here and can't be asked.
staff-questioned = Order { $number }: the buyer has your question. The answer will stand on the card.

staff-sell-nothing = There's nothing in stock to sell.
staff-sell-what = What was sold?
staff-sell-how-many = How many? There are { $most } at most.
staff-sell-to-whom = To whom? A name of at most { $most } characters.
staff-sell-where = Where was it sold? For example Xianyu or WeChat, at most { $most } characters.
staff-sell-how-much =
    { $n ->
        [one] How much came in for it? Write it like 500.00.
       *[other] How much came in for all { $n }? Write it like 500.00.
    }
staff-sell-reference = Under which number was it paid? One payment counts once. At most { $most } characters.
staff-sell-sure =
    { $product } × { $n }, to { $buyer } ({ $channel })
    { $amount } came in, number { $reference }
    Is it sold? The stock hasn't been touched yet.
staff-sell-left = All right. Nothing was sold, and the stock is as it was.
staff-sold =
    Order { $number } is made, for { $buyer }.
    { $n ->
        [one] { $n } code waits to be fetched: in our private chat, type "reveal { $number }".
       *[other] { $n } codes wait to be fetched: in our private chat, type "reveal { $number }".
    }
not-sold-by-hand = { $product } isn't sold from stock, so it can't be sold by hand. Nothing was changed.

staff-thread =
    { $state } · buyer { $buyer }{ $number ->
        [none] {""}
       *[other] , order { $number }
    }{ $staff ->
        [none] {""}
       *[other] , taken by { $staff }
    }
staff-thread-buyer = { $time } buyer: { $text }
staff-thread-us = { $time } { $staff }: { $text }
staff-threads =
    { $n ->
        [one] { $n } buyer waits for an answer:
       *[other] { $n } buyers wait for an answer, the longest first:
    }
staff-threads-none = No buyer waits for an answer.
thread-open = Waits for an answer
thread-answered = Answered
thread-closed = Closed
unknown-thread = There's no such conversation. It may be too long ago.
taken-already = { $staff } took it at { $time }; your press changed nothing.

staff-running-out-review =
    { $n ->
        [one] { $n } check runs out of time. If nobody decides, it is rejected and refunded:
       *[other] { $n } checks run out of time. What nobody decides is rejected and refunded:
    }
staff-running-out-hand =
    { $n ->
        [one] { $n } order to do by hand runs out of time. What isn't done is refunded:
       *[other] { $n } orders to do by hand run out of time. What isn't done is refunded:
    }
staff-running-out-row = { $number }: { $left } min left, until { $time }

event-staff-refund = refund decided
event-resent = codes sent once more
event-noted = note made
event-questioned = buyer asked something
event-replied = buyer answered
event-called-off = cancelled by staff
event-cannot = can't be done by hand
event-sold-by-hand = sold by hand
refund-why-staff = We refunded this for you.
refund-why-unserved = We're sorry: this one can't be done, so it is refunded.

human-asks =
    About order { $number }, we'd like to ask:
    { $text }
human-hours =
    We're here every day from { $opens } to { $closes } ({ $zone }), and not right now.
    You'll hear from us from { $time } on, in order.
zone-asia-shanghai = Shanghai time
zone-asia-hong-kong = Hong Kong time
zone-asia-singapore = Singapore time
zone-europe-moscow = Moscow time
zone-utc = UTC

choose-threads = To answer
choose-one-thread = { $buyer } · { $time }
choose-thread = Conversation
choose-take = I take it
choose-close = Close it
choose-ask = Ask the buyer
choose-cant = Can't do it
choose-really-cant = It can't be done
choose-story = The whole story
choose-running-out = { $number } · { $left } min
choose-call-off = Cancel the order
choose-fetch = Fetch the codes
choose-resend = Send again
choose-replace-one = Replace a code
choose-refund = Refund
choose-note = Note
choose-notices = Payment notices
choose-recover = Look for payment
choose-one-unit = No. { $position } · { $amount }
choose-give-back = Send back { $amount }
choose-sold = It's sold
