# Greetings, help, language, a person, not understood

welcome =
    Hi, this is { $shop }.
    You pay, and the code arrives right here.
    What would you like? Reply with a name or a number.
welcome-back = Welcome back. Last time it was { $product }. The same again?
help =
    To buy: type a name, or press "{ choose-shelf }".
    Paid, and nothing happened: open the order in "{ choose-orders }" and press "{ choose-paid }".
    A code doesn't work: open the order and press "{ choose-problem }".
    On another device: type "pickup", the order number and its phrase.
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
