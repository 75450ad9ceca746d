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
