# Greetings, help, language, a person, not understood

welcome =
    Hi, this is { $shop }.
    You pay, and the code arrives right here.
    What would you like? Type its name, or pick one below.
welcome-back = Welcome back. Last time it was { $product }. The same again?
help =
    To buy: type a name, or press "{ choose-shelf }".
    Paid, and nothing happened: open the order in "{ choose-orders }" and press "{ choose-paid }".
    A code doesn't work: open the order and press "{ choose-problem }".
    On another device: type "pickup", the order number and its phrase.
    Trouble paying: type "paysupport". What we promise: "terms".
terms =
    The terms of { $shop }:
    Codes are for the region named with the product. Once delivered, they can't be returned for a change of mind.
    If one doesn't redeem, tell us within { $days ->
        [0] the days named with the product
        [one] { $days } day
       *[other] { $days } days
    }: we check, then replace or refund.
    What we can't deliver is refunded in full, to the account you paid from, or else by hand.
    Questions: "{ choose-human }".
paysupport =
    Help with a payment:
    Paid, and nothing came: open the order in "{ choose-orders }" and press "{ choose-paid }". Please don't pay again.
    Still nothing, or a refund: press "{ choose-human }" and send the order number and the payment reference. A person looks into it and answers here.
    No passwords or login codes, please.
human-called =
    Passed on to a person. The answer arrives right here.
    No need to send it again; automatic delivery goes on as usual.
not-understood = I didn't get that. Type the name of a product, or pick one of these.
button-old = That button is too old, so nothing was changed.
language = Which language would you like?
language-changed = All right, English from here on.

choose-start = Start
choose-human = Talk to a person
choose-language = Language
choose-terms = Terms
choose-paysupport = Help with a payment
choose-same-again = Same again
talk-left = All right, we'll leave it there. Nothing was changed.
human-what =
    What is it about? Write it in your next message: a person reads it and answers here.
    No passwords or login codes, please.
human-says =
    From a person at the shop:
    { $text }
choose-nothing = Never mind
choose-reply = Reply
