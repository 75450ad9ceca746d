# Nouns, measures, regions, states, ways to pay, languages, words of the pick-up phrase

noun-code = code
noun-card = card
noun-membership = membership
noun-topup = top-up

# Chinese counts with these; English doesn't.
measure-zhang = {""}
measure-ge = {""}
measure-fen = {""}

region-us = US
region-hk = Hong Kong
region-tw = Taiwan
region-jp = Japan
region-kr = Korea
region-sg = Singapore
region-uk = UK
region-eu = EU
region-tr = Turkey
region-cn = China
region-ru = Russia
region-kz = Kazakhstan
region-br = Brazil
region-ar = Argentina
region-in = India
region-ca = Canada
region-au = Australia
region-global = any region

state-awaiting-payment = not paid yet
state-underpaid = partly paid
state-paid = paid
state-paid-no-stock = paid, no stock
state-in-review = a person is checking
state-fulfilling = on its way
state-delivered = delivered
state-expired = not paid in time
state-cancelled = cancelled
state-rejected = didn't pass the check
state-refund-pending = being refunded
state-refunded = refunded

event-placed = placed
event-underpaid = partly paid
event-paid = paid
event-paid-too-late = paid after its end
event-expired = not paid in time
event-cancelled = cancelled by the buyer
event-passed = passed without a check
event-held = held for a check
event-approved = approved
event-rejected = rejected
event-made-by-hand = one unit done by hand
event-bought = one unit bought
event-supplier-failed = supplier did not deliver
event-sent = codes sent
event-unreachable = buyer can't be reached
event-unheard = waits until the buyer writes
event-rung = buyer reminded to collect
event-not-rung = buyer could not be reminded
event-delivered = all delivered
event-picked-up = opened with the phrase
event-refund = refund begun
event-refunded = refund done

rail-manual = Bank transfer
rail-sandbox = Test payment
rail-and-price = { $rail } · { $price }
rail-stripe = Bank card
rail-telegram-stars = Telegram Stars
rail-alipay = Alipay
rail-wechat-pay = WeChat Pay
rail-epay = Online payment
rail-crypto = Crypto

language-zh-cn = 中文
language-en = English
language-ru = Русский

pickup-words = anchor apple arrow autumn badger bamboo banana basket bell bicycle blanket boat bottle bread bridge brush bucket button cabbage cactus camel candle carpet castle cherry circle cloud coffee comet cookie copper coral cotton desert dolphin dragon drum eagle engine falcon feather flute forest fossil garden ginger giraffe glove grape guitar hammer helmet honey island jacket jungle kettle kitten ladder lantern lemon library lizard lobster magnet mango maple marble meadow melon mirror monkey mountain muffin needle noodle ocean olive onion orange orchid oven oyster panda paper parrot peach pebble pencil penguin pepper piano pigeon pillow planet pumpkin puzzle rabbit rainbow ribbon river robot rocket saddle salmon sandal scarf shell silver spoon sunset swan teapot tiger tomato tulip turtle umbrella valley velvet violin walnut water whale window winter yellow zebra
event-refunded-by-hand = refunded by hand
state-disputed = payment disputed
state-dispute-won = dispute decided for us
state-dispute-lost = dispute lost
event-asked = buyer asked what to do
event-waits = buyer waits for stock
event-swapped = buyer took the substitute
event-wanted = buyer wants it all the same
event-credited = kept as store credit
event-uncredited = store credit asked back
event-restocked = new stock set aside
event-credit-spent = store credit used
event-matched = unmatched money assigned
event-claimed = the buyer says the transfer is sent
event-seen-by-staff = staff saw the payment come in
event-recovered = dropped payment found
event-replacing = a code is being replaced
event-replaced = a code was replaced
event-disputed = payment disputed
event-dispute-won = dispute decided for us
event-dispute-lost = dispute lost
event-refunded-outside = refunded at the provider
event-goodwill = given from goodwill
rail-credit = Store credit
