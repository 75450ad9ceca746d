# Questions: what the shop answers by itself, and what staff teach it

faq-redeem-how =
    Three steps: sign in to an account of the product's region, open the redeem page, paste the code as one line.
    Paste, don't type, and leave no spaces. Steps with pictures for each product: "{ choose-guide }".
faq-find-code =
    A delivered code is never lost: open "{ choose-orders }", pick the order, and it's shown again, as often as you like.
    Bought in another chat? Press "{ choose-link }" first, and your orders come together.
faq-code-invalid =
    Please stop trying for now, so that your account doesn't get locked. Check two things: pasted as one line without spaces, and an account of the product's region.
    Still refused? Press "{ choose-problem }": we check, then replace, refund, or say why not. No need to send us the code, we know which one it was.
faq-code-used =
    See first whether it has arrived: if your balance or membership date changed, the code worked and the page was only slow.
    If not, please don't try again. Press "{ choose-problem }" and write what the page says, and we look into it.
faq-wrong-region =
    A code works only in the region named with its product. An account of another region can't redeem it; whether a region may be changed is up to the brand.
    Not redeemed yet? Use an account of that region. If it isn't the region we named, press "{ choose-problem }".
faq-paid-no-code =
    Please don't pay again: whatever reaches us is written down, and what we can't deliver goes back in full.
    Open the order and press "{ choose-paid }": we ask the payment provider at once. No order there? Press "{ choose-human }" and send the payment reference.
faq-delivery-time =
    What's in stock is delivered here by itself once the payment is in, at night and on holidays too.
    What is made by hand or ordered for you says by when on its page; if it isn't there by then, you get a full refund.
faq-refund-policy =
    Once delivered, a code can't be returned for a change of mind. If it doesn't redeem, tell us within the days named with the product: we check, then replace or refund.
    Not delivered yet? Open the order to see whether it can be called off, or press "{ choose-human }": what we can't deliver is refunded in full.
faq-refund-status =
    Refunds go to the account you paid from. Once it's done on our side we tell you the reference here; how long it takes to arrive depends on the way you paid.
faq-payment-methods =
    Pick a product and press buy: every way to pay that works for it is listed there. What isn't listed we don't take at the moment.
    Pay only on a page opened from this shop, never to somebody who sends you an account number.
faq-payment-failed =
    Three things to check: is the order still within its time to pay, is the amount exact, and does your bank or wallet have a limit.
    In the order you can pay another way. If money has left your account, don't pay again: we look into it.
faq-code-expiry =
    A code is good until the date named with the product; where none is named, the brand's rules count.
    Redeem it when it arrives: we can only help within the days named with the product.
faq-mistyped-code =
    A typing mistake doesn't spoil a code. Open the order, press "{ choose-copy }" and paste the whole line: then 0 and O, 1 and I can't be mixed up.
    Too many tries? Stop for as long as the page says, then paste it.
faq-invoice =
    Invoices and receipts are made by a person: press "{ choose-human }" and send the order number, the name it is for and your tax number. The answer comes here.
faq-bulk =
    Where several cost less, the product's page says from how many and at what price.
    More than one order can hold, or regularly? Press "{ choose-human }" with product and quantity, and a person makes you a price.
faq-genuine =
    A code of your own goes to you alone and is never sold again. Region and after-sale days stand with the product, the rest in "{ choose-terms }".
    If one doesn't redeem, we check within those days, then replace or refund. Pay only on pages opened from this shop.
faq-human =
    Press "{ choose-human }" and write what it is about in one message: a person answers here. No passwords or login codes, please.
faq-review-hold = Some paid orders are checked by a person before they go out. The order says by when: you get what you bought, or all of your money back. No need to pay again.
faq-out-of-stock =
    What is sold out can be ordered again after a restock. Open that product and press "{ choose-tell-me }": you hear of it here, in order, with one set aside for you for a while.
faq-coupon =
    Prices stand on each product, and so does what you save on several. Offers are announced in the shop's news.
faq-gift =
    Yes: open the order, press "{ choose-give }" and send your friend the one-time link; opened in any chat, the code is theirs.
    Make sure their account is of the product's region. A code works once, so please don't use it yourself after that.
faq-several-codes =
    The codes of an order stand one a line; what comes later comes in a message of its own, and the order shows them all. Redeem them one by one: balances add up; whether memberships do is up to the brand.
    The order says what is still to come. If the count is wrong, press "{ choose-human }".
faq-account-change =
    New chat account: press "{ choose-link }" and the orders of both come together.
    A code that was redeemed to another account can't be moved, neither by us nor, mostly, by the brand. A top-up that isn't done yet: press "{ choose-human }" at once.
faq-limit =
    How many one order may hold is on the product's page; some products have a limit per buyer. Unpaid orders count too, until you cancel them.
    Need more? Press "{ choose-human }".

faq-title-redeem-how = How to redeem
faq-title-find-code = Can't find my code
faq-title-code-invalid = Code is refused
faq-title-code-used = Says already used
faq-title-wrong-region = Wrong region
faq-title-paid-no-code = Paid, nothing came
faq-title-delivery-time = How long it takes
faq-title-refund-policy = Can I return it
faq-title-refund-status = Where is my refund
faq-title-payment-methods = Ways to pay
faq-title-payment-failed = Payment won't go through
faq-title-code-expiry = Does it expire
faq-title-mistyped-code = I mistyped it
faq-title-invoice = Invoice
faq-title-bulk = Buying many
faq-title-genuine = Are they genuine
faq-title-human = A person
faq-title-review-hold = My order is checked
faq-title-out-of-stock = Back in stock when
faq-title-coupon = Discounts
faq-title-gift = As a gift
faq-title-several-codes = Several codes
faq-title-account-change = Another account
faq-title-limit = How many may I buy

faq-about = About order { $number }, { $product }.
faq-unpaid = For order { $number } we haven't seen the payment of { $total } yet. If you have paid, press "{ choose-paid }" and we ask at once.
faq-sent = Order { $number } was delivered at { $time }. Press "{ choose-see-again }".
faq-refund =
    { $state ->
        [done] Order { $number }: { $amount } has gone back. Reference { $reference }.
        [failed] Order { $number }: { $amount } couldn't be sent back the way it came; a person sends it. Reference { $reference }.
       *[other] Order { $number }: { $amount } is on its way back. Reference { $reference }.
    }
faq-which = Which of these do you mean?
faq-passed = I'm not sure about this one, so I've passed it on to the people here. For an answer right away press "{ choose-human }".
faq-too-many = That's a lot of questions for one day. Press "{ choose-human }" and put it into one message: a person answers.
faq-list = What is asked most. You can also just type your question.
faq-thanks = You're welcome. If you need anything else, just type its name.
faq-asked-before =
    You asked before: { $text }
    Here is the answer:

choose-not-that = That isn't it
choose-none-of-these = None of these
choose-open = Open the page
choose-see-again = See the code again
choose-faq = Questions

# For staff

questions-card = No answer yet · asked { $n ->
        [one] once
       *[other] { $n } times
    } by { $people ->
        [one] one person
       *[other] { $people } people
    }
questions-asked = { $time } { $text }
questions-left = { $staff } left it without an answer at { $time }.
questions-taught = { $staff } taught it at { $time }: { $entry }
questions-none = There are no questions without an answer.
questions-list = { $n ->
        [one] One question
       *[other] { $n } questions
    } without an answer:
questions-row = { $n }. asked { $count } times: { $text }
questions-means = Which entry do these questions mean? One tap teaches it, and it's live at once.
choose-questions = Unanswered
choose-questions-one = No. { $n }
choose-other-entry = Another entry
choose-new-entry = Write a new one
choose-leave-questions = No answer needed
choose-entries = Entries
choose-forget = Forget no. { $n }
choose-edit-entry = Rewrite
entries = What the shop answers by itself, { $n } entries:
entry = Entry: { $title }
entry-phrasing = { $n }. { $text }
entry-called = What is it called? That's what buyers see among the choices, at most { $most } characters.
entry-text = Write the answer, at most { $most } characters. No passwords, no codes.
entry-look = This is what buyers will see:
entry-picture = Send a picture, or go without one.
entry-link = Send an address that begins with https://, or go without one.
entry-saved = Saved, and live from now on.
choose-entry-save = Save
choose-entry-picture = Picture
choose-entry-link = Link

kind-questions = questions without an answer

# Refusals

unknown-entry = There's no such entry, it may have changed. See "{ choose-entries }".
bad-entry = Not saved: at most { $most } characters, not empty, and a link begins with https://.
unknown-questions = There are no such questions.
