# 从旧店迁来的：可查询的旧订单，可领取的余额

hears-oldorder = 旧订单|老订单|查旧订单|以前的订单|旧店订单
hears-oldcredit = 旧余额|老余额|旧店余额|领取余额

choose-old-orders = 旧店订单
choose-old-order = { $title } · { $time }
choose-old-credit = 领取 { $amount }

old-order-number =
    要查旧店的哪一单？把订单号发到这里，大小写都行。
    在旧店留过邮箱的，在这里验证同一个邮箱也能查。
old-order-password = 当时设的查询密码是什么？是那一单的查询密码，不是账号密码。
old-order-wrong = 订单号和密码对不上。请照旧店邮件或页面上的样子，把订单号再发一次。
old-order-not-yours = 看旧店订单要先确认是你的：点“{ choose-old-orders }”，按订单号和查询密码查。
old-order =
    旧订单 { $number }：{ $title } × { $n }
    { $amount }，{ $time }，{ $rail }付款
old-order-text =
    当时发的内容：
    { $text }
old-order-page = 第 { $page } 页，共 { $pages } 页
old-order-ends = 这一单在旧店已完成，这里只供查询。
too-many-tries = 已经 { $most } 次没对上。东西不会丢；一小时后可以再试，也可以现在找人工。

old-credit = 旧店给你留着 { $amount }。
old-credit-how = 领取后就是这里的店内余额，下次付款自动抵扣。
old-credit-claimed = 旧店的 { $amount } 已存为你的店内余额，下次付款自动抵扣。
old-credit-none = 这里没有给你留着的旧店余额。领取要用发给你的链接，或者你在旧店用的邮箱：回复“邮箱”来验证。
credit-gone = 这个链接已经打不开了：余额已被领取。如果不是你领的，请找人工。

browser-credit = 旧店有一笔余额留给你。
browser-credit-see = 看一下

staff-old-order = 旧店订单，只供查询：{ $number }，{ $title } × { $n }，{ $amount }，{ $time }，{ $rail }
choose-old-text = { $number } 发过的内容
