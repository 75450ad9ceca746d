# Delivery: a code stands alone on its line

delivered =
    Order { $number } delivered: { $product } × { $n }

    { $codes }
delivered-by-hand =
    Order { $number } done: { $product } × { $n }

    { $codes }
redeem-here =
    { $anywhere ->
        [yes] To redeem, sign in to your account and open { $url }
       *[no] To redeem, sign in to your { $region } account and open { $url }
    }
delivered-after =
    If it doesn't work, don't keep trying: press "{ choose-problem }" within { $days ->
        [one] { $days } day
       *[other] { $days } days
    } and we'll look into it.
delivered-later = You'll always find it in "{ choose-orders }".
delivered-elsewhere =
    Chat gone? At { $url } type "pickup { $number }" and
    { $phrase }

code-field = { $label }: { $value }
code-expires = Redeem by: { $date }
field-code = Code
field-number = Card number
field-pin = PIN
field-extra = Extra code
field-text = Text

choose-copy = Copy
choose-redeem = Redeem
choose-problem = Problem
replaced =
    Order { $number }: here is a new one for { $product }, { $n } in all. The old one isn't needed any more.

    { $codes }
codes-wait =
    Order { $number } is ready, but it can't be sent to your other chat.
    Open "{ choose-orders }" here to see it.
