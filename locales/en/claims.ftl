# Claims: how a code that doesn't work is reported, looked into, and how that ends

hears-claim = claim|make a claim|report a code|warranty
hears-claims = claims|my claims

claim-which-order = Which order is it about? Choose one, or write "claim" and the order number.
claim-which = Order { $number }: which code is it? Any number from 1 to { $n }.
claim-what = Order { $number }, code { $position }: what happens when you redeem it?
claim-kind-invalid = Says invalid
claim-kind-used = Says already used
claim-kind-region = Wrong region
claim-kind-missing = Never arrived
claim-opened =
    Please stop trying for now, so that your account doesn't get locked.
    Order { $number }, code { $position } of { $n }.
    By { $until }, write what the page says and the account's region. No passwords, login codes or the code itself.
    Within { $hours } opening hours after that you have a replacement, a refund, or the reason why not. Case { $case }
claim-in-review =
    A person looks at case { $case } (order { $number }).
    You'll have an answer by { $time }: a replacement, a refund, or the reason why not.
    It comes here. Nothing more to do.
claim-replaced = Case { $case }: code { $position } of order { $number } is replaced. The new one comes in a message of its own; you don't need the old one any more.
claim-replaced-given = Case { $case }: code { $position } of order { $number } is replaced. You gave it away, so the new one goes to whom it was given; the old one isn't needed any more.
claim-refunded = Case { $case }: code { $position } of order { $number } is refunded. The refund's own message says how much and when.
claim-refused = Case { $case } (order { $number }, code { $position }): we can't replace or refund it this time.
claim-resent =
    Case { $case }: code { $position } of order { $number } was sent once more, here in this chat.
    Still nothing? Press "{ choose-problem }" again and a person will look.
claim-withdrawn = Case { $case } (order { $number }, code { $position }) is over; nothing was changed. If something is wrong, tell us again.
claim-sold-for = It works on { $region } accounts only, as the order said; other regions can't redeem it.
claim-too-late =
    It can be reported within { $days ->
        [one] { $days } day
       *[other] { $days } days
    } after delivery, and this came later.
claim-why-window = It was reported after the days that were agreed.
claim-why-region = It works in one region only, as the order said.
claim-why-redeemed = The code was redeemed after it was delivered.
claim-why-evidence = What you sent doesn't show what is wrong with the code. If you know more, tell us.
claim-why-limit = Too many codes were replaced lately.
claim-why-undecided = We couldn't confirm in time that the code doesn't work.
claim-why-disputed = The order's money is back, or being dealt with at the payment provider.
claim-why-silent = No description came in time.
claim-asked =
    About case { $case } we'd like to know:
    { $text }
    Please answer by { $time }.
claim-in-words = Pictures can't be read here. Please write what the page says in your next message.
claim-more-what = Write it in your next message; a person reads it. No passwords or login codes, please.
claims-mine = Your claims:
claims-none = You have no claims. If a code doesn't work, open its order and press "{ choose-problem }".
claim-state-open = waits for the buyer
claim-state-in-review = being looked at
claim-state-replaced = replaced
claim-state-refunded = refunded
claim-state-refused = refused
claim-state-resent = sent again
claim-state-withdrawn = over

choose-case = { $case } · { $state }
choose-my-claims = My claims
choose-claims = Claims
choose-no-evidence = I can't say
choose-claim-more = Add something
choose-claim-withdraw = It's fine after all
choose-claim-person = Have a person look
choose-claim-refund = Refund { $amount }
choose-claim-refuse = Refuse
choose-why-evidence = It doesn't show
choose-why-redeemed = Redeemed after delivery
choose-why-region = Another region
choose-why-window = Too late
choose-why-limit = Too many lately

unknown-claim = There is no such case.
nothing-to-claim = There's no code in order { $number } to look into: it wasn't sent yet, or the money is on its way back.
too-many-claims =
    { $most ->
        [one] { $most } claim of yours is
       *[other] { $most } claims of yours are
    } being looked at. When one has its answer you can open another.
claimed-too-often = Your claims of the last { $days } days: { $most }. For this one, please press "{ choose-human }" and write to a person.
claim-decided =
    Case { $case }: { $state } at { $time } { $staff ->
        [shop] by the shop's rules
        [clock] because time was up
        [buyer] by the buyer
       *[other] by { $staff }
    }. Your press changed nothing.

staff-claim = Claim { $amount }, { $left } min left · { $case } · order { $number }
staff-claim-what = { $what }: { $product }, code { $position } of { $n }, sent { $time } ({ $reference })
staff-claim-buyer = Buyer { $buyer }, lately: claims { $claimed }, replaced { $replaced } of { $most }
staff-claim-late = Could be reported until { $time }: it came later
staff-claim-redeemed = Redeemed { $time }, after it was delivered
staff-claim-undated = The issuer told us at { $time } that it was redeemed, but not when that was
staff-claim-answered = This code had its answer before: refused by a person, or its price is back
staff-claim-worked = The buyer said once that it was redeemed
staff-claim-before = Before: replaced { $replaced }, sent again { $sent }; reported by others: { $others }
staff-claim-none-left = None in stock to replace it with
staff-claim-supplier =
    Supplier: { $how ->
        [accepted] accepted
        [refused] refused
       *[other] no answer yet
    }
staff-claim-no-evidence =
    { $waits ->
        [yes] Waits for the buyer's words
       *[other] The buyer has nothing to show
    }
staff-claim-else = If nobody decides: { $what } at { $deadline }
claim-else-replace = replaced
claim-else-refund = refunded
claim-else-refuse = refused with the reason
claim-else-resend = sent again
claim-else-withdraw = over, without an answer
staff-claim-decided =
    Case { $case }, order { $number }: { $state } at { $time } { $staff ->
        [shop] by the shop's rules
        [clock] because time was up
        [buyer] by the buyer
       *[other] by { $staff }
    }
staff-claim-refuse = Case { $case }: why is it refused? The buyer reads it.
staff-claim-ask = Case { $case }: what do you want to know? Your next message goes to the buyer.
staff-claim-asked = The buyer has your question.
staff-claims = Claims that go on, the one due first in front: { $n }
staff-claims-none = No claims are going on.
staff-claim-at-supplier = To claim from { $supplier }: { $case }, purchase { $reference }. Once they answer, write "supplier-claim { $case } accepted" or "refused"
staff-running-out-claim =
    { $n ->
        [one] { $n } claim needs its answer; then its card's default counts:
       *[other] { $n } claims need their answers; then their cards' defaults count:
    }

event-claim-opened = problem reported
event-claim-ended = claim ended
event-claim-appealed = a person was asked to look
