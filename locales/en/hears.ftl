# Words that may be typed, apart by |

hears-start = start|hi|hello|hey|hi there|hello there|hey there|good morning|good afternoon|good evening|anyone there|home|menu
hears-shelf = shelf|browse|shop|store|catalog|catalogue|products|prices|price list|what do you have|what do you sell|i want to buy|buy something|order something
hears-orders = orders|my orders|newest orders|my order|my code|my codes|i paid|i've paid|i’ve paid|i have paid|where is my code|where is my order
hears-order = order
hears-pickup = pickup|pick-up
hears-cancel = cancel
hears-human = human|person|talk to a person|agent|operator|support|staff|refund|i want a refund|it doesn't work|it doesn’t work|doesn't work|doesn’t work|not working|problem|complaint
hears-help = help|how|how does it work|how does this work|info
hears-redeem = redeem|how to redeem|how do i redeem|activate|how to activate|use my code|how do i use it
hears-terms = terms|terms of service|terms and conditions|rules|refund policy|return policy
hears-paysupport = paysupport|pay support|help with a payment|payment help|payment problem|payment failed|trouble paying|i can't pay|i can’t pay
hears-language = language|languages|change language
hears-reviews = reviews|to check|checks
hears-hands = hands|by hand|to do by hand
hears-stock = stock|restocking
hears-refunded = refunded
hears-recover = recover
hears-match = match
hears-same = same
hears-credited = credited
hears-goodwill = goodwill
hears-replace = replace
hears-thaw = thaw
hears-notices = notices
hears-margins = margins
hears-received = received
