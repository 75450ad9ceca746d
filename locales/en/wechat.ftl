# WeChat official account

wechat-text-only = Only words and the menu are understood here. What would you like to buy? Send its name, or a number below.
wechat-codes-on-page = { $n } in all, on the order's page, one per line. Please check the count, and tell us at once if any is missing.
wechat-open-order = Open the order
wechat-pay-page = Open the payment page

wechat-menu-shelf = Shop
wechat-menu-choose = Choose
wechat-menu-mine = Mine
wechat-menu-everything = Everything
wechat-menu-number = Choose
wechat-menu-redeem = My codes
wechat-menu-help = Help
wechat-menu-language = Language

# Pages

wechat-page-in-chat = Please open our account in WeChat and send "{ choose-orders }" to see your orders.
wechat-page-nothing =
    There's no order here for you to see. The link may be too old, or meant for somebody else.
    Send "{ choose-orders }" to our account in WeChat, and you'll get a new one.
wechat-page-not-signed-in = We couldn't confirm that it's you. Please try again, or send "{ choose-orders }" to our account in WeChat.
wechat-page-human = To talk to a person, send "human" to our account in WeChat.
wechat-page-number = Order
wechat-page-total = Total
wechat-page-placed = Placed
wechat-page-paid = Paid
wechat-page-set-aside = It's set aside for you. Please pay by { $time }.
wechat-page-choose = To choose, send "{ choose-orders }" to our account in WeChat and open this order.
wechat-page-ready =
    { $n ->
        [one] Your { $noun } is ready. Press to see it.
       *[other] { $n } in all. Press to see them.
    }
wechat-page-show = Show
wechat-page-trouble =
    If it doesn't work, don't keep trying: send "human" to our account in WeChat within { $days ->
        [one] { $days } day
       *[other] { $days } days
    } and we'll look into it.
wechat-page-to-pay = Pay
wechat-page-to-order = See the order
wechat-page-go-pay = Open WeChat Pay
wechat-page-pay-inside = This order can be paid inside WeChat only. Please open this page in WeChat on your phone.
wechat-page-pay-failed = The payment in WeChat did not go through. If money was taken, press "I've paid" and don't pay again; if not, press once more.
wechat-page-scan-inside = Scan it with WeChat on another phone. Pressing and holding the picture can't pay it.
wechat-page-scan-phone = Scan it with WeChat on another phone.
wechat-page-scan-desk = Scan it with WeChat on your phone.
