# 微信公众号

wechat-text-only = 这里只看得懂文字和菜单。想买什么？发名称，或者回复下面的数字。
wechat-codes-on-page = 共 { $n } 个，都在订单页里，一行一个。先核对数量，少了马上告诉我们。
wechat-open-order = 打开订单页
wechat-pay-page = 打开付款页

wechat-menu-shelf = 货架
wechat-menu-choose = 选择
wechat-menu-mine = 我的
wechat-menu-everything = 全部商品
wechat-menu-number = 选
wechat-menu-redeem = 领取
wechat-menu-help = 帮助
wechat-menu-language = 换语言
