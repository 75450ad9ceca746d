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

# 网页

wechat-page-in-chat = 请在微信里打开公众号，发“{ choose-orders }”就能看到订单。
wechat-page-nothing =
    这里没有可以看的订单。链接可能过期了，也可能不是发给你的。
    回到公众号发“{ choose-orders }”，会给你新的链接。
wechat-page-not-signed-in = 没能确认是你本人，请再试一次。还是不行，就回到公众号发“{ choose-orders }”。
wechat-page-human = 要找人工，回公众号发“{ choose-human }”。
wechat-page-number = 订单号
wechat-page-total = 金额
wechat-page-placed = 下单时间
wechat-page-paid = 付款时间
wechat-page-set-aside = 已给你留好，请在 { $time } 前付款。
wechat-page-choose = 回到公众号发“{ choose-orders }”，打开这个订单来选。
wechat-page-ready = { $noun }共 { $n } 个，点下面就显示。
wechat-page-show = 显示
wechat-page-trouble = 用不了的话先别反复试，{ $days } 天内回公众号发“{ choose-human }”，我们来查。
wechat-page-to-pay = 去付款
wechat-page-to-order = 查看订单
wechat-page-go-pay = 打开微信支付
wechat-page-pay-inside = 这个订单只能在微信里付款，请用手机微信打开这一页。
wechat-page-pay-failed = 微信支付没有完成。要是钱已经扣了，点“我已付款”，不用再付；没扣就再点一次。
wechat-page-scan-inside = 用另一台手机的微信扫一扫。长按图片付不了。
wechat-page-scan-phone = 用另一台手机的微信扫一扫。
wechat-page-scan-desk = 用手机微信扫一扫。
