# 同一个人的几个账号；不接单和放行的名单

choose-link = 关联账号
choose-link-code = 拿关联码
choose-link-sure = 是我的，关联
choose-link-no = 不用了
choose-let-in = 是我，关联
choose-keep-out = 不是我
choose-not-me = 不是我，分开
choose-part = 确定分开
choose-unlink = 和{ $name }分开
link-how =
    把你在别的聊天里的账号和这里关联，订单和余额就在一起。
    在一边点“{ choose-link-code }”，到另一边发“关联”，再发那个码。
link-row = 已关联：{ $chat }的{ $name }
link-code =
    关联码，{ $time } 前有效：
    { $value }
    到另一个聊天里发“关联”，再发这个码，然后回这里确认。
    不要给任何人，店员也不会问你要。
link-wrong = 这个码不对，或者已经过期。请到另一边再拿一个，发到这里。
link-sure =
    要和{ $chat }的“{ $name }”关联吗？
    关联后，那边看得到你的订单和码，用得了你的余额，这边也一样。
    只有那也是你自己的账号，才点“{ choose-link-sure }”。
link-waits =
    还差一步：请在 { $time } 前回到{ $chat }的“{ $name }”，点“{ choose-let-in }”。
    在那之前，什么都不会关联。
link-asked =
    { $chat }的账号“{ $name }”想和你的账号关联。是你本人吗？
    关联后，那边看得到你的订单和码，用得了你的余额，这边也一样。
    不是你，就点“{ choose-keep-out }”。{ $time } 前不点，就什么都不关联。
link-refused =
    好，没有关联，那个码也作废了。
    有人问你要过码的话，不要给。不放心就点“{ choose-human }”。
told-link-refused = { $chat }的“{ $name }”说不是本人，没有关联。
told-link-lapsed = 和{ $chat }的“{ $name }”关联，一直没有确认，所以没有关联。还想关联的话，点“{ choose-link }”重来。
linked =
    已和{ $chat }的“{ $name }”关联。
    两边的订单都在“{ choose-orders }”里，余额也在一起。
told-linked =
    你的账号已和{ $chat }的“{ $name }”关联，两边都看得到全部订单。
    如果那不是你，点“{ choose-not-me }”。
unlink-sure =
    和“{ $name }”分开？
    订单和余额各归各的账号，另一边会收到通知。
unlinked = 已分开，订单和余额各归各的账号。
unlinked-already = 这两个账号没有关联，什么都没有改动。
told-unlinked =
    你关联的账号已分开，订单和余额各归各的账号。
    不清楚为什么，点“{ choose-human }”。
too-many-codes = 次数有点多，请 { $hours } 小时后再试。
link-code-over = 这个码已经用过或者过期了。请到另一边再拿一个。
said-in-the-same-chat = 这个码就是从这里拿的，请到另一个聊天里发。
linked-already = 这两个账号已经关联了。
too-many-accounts = 一个人最多关联 { $most } 个账号。
too-many-orders = 两个账号各有超过 { $most } 单，不能关联。
not-to-be-linked = 店员的账号不能关联。
account-not-served = 这个账号现在不能下单。请点“{ choose-human }”，我们来查。

# 店员

right-block = 管理名单
choose-buyer = 买家资料
choose-block = 不再接单
choose-block-order = 拉黑来源
choose-allow = 放行
choose-lists = 名单
choose-unlist = 撤销 { $label }
choose-for-days = { $days } 天
choose-for-always = 不限期
staff-buyer =
    买家{ $name } · { $account }
    共 { $orders } 单，发货 { $n } 单
staff-buyer-account = 关联账号：{ $account }
listing-kind-customer = 买家
listing-kind-ip = IP
listing-kind-device = 设备
listing-kind-payer = 付款账户
listing-kind-email = 邮箱
listing-kind-domain = 邮箱域名
listing-kind-country = 国家或地区
listing-kind-destination = 充值账号
listing-of = { $what } { $label }
stands-block = 不接单：{ $what } { $label }，{ $until ->
    [none] 不限期
   *[other] 到 { $until }
}。{ $why }（{ $staff }）
stands-allow = 放行：{ $what } { $label }，{ $until ->
    [none] 不限期
   *[other] 到 { $until }
}。{ $why }（{ $staff }）
lists = 名单，新的在前：
lists-none = 名单是空的。
listing-what =
    要写明是什么，例如：
    拉黑 ip 203.0.113.7
    拉黑 email lin@example.com
    放行 customer K7M2-94QF（订单号）
    拉黑 order K7M2-94QF（这一单的设备、付款账户或邮箱）
    还可以是 domain、country。
listing-which = 订单 { $number }：把哪一项加进名单？
listing-why = { $what }：为什么？写一句，最多 { $most } 个字，只有店员看得到。
block-sure = 到期前，新订单一概不接；已付款的自动退款。多久？
allow-sure = 到期前，不再因为分数被拦下。多久？
unlisted = 已撤销，从现在起不再生效。
unlisted-already = 这一条之前已经撤销了。
not-to-be-listed = 看不出这是什么。IP、邮箱、邮箱域名要写完整，国家或地区写两个字母，例如 US。
part-sure = 把{ $name }和另外 { $n } 个账号分开？订单和余额各归各的账号，买家会收到通知。
act-block = 不再接单
act-allow = 放行
act-unlist = 撤销名单
act-link-accounts = 关联账号
act-unlink-accounts = 分开账号

hears-link = 关联|关联账号|绑定|绑定账号
hears-buyer = 买家资料|买家
hears-block = 拉黑|不再接单
hears-allow = 放行
hears-lists = 名单|黑名单|白名单
