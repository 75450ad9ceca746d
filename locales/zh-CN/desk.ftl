# 店员办公：找单、订单全貌、退款、手工开单、找人工、催办

day-today = 今天|今日
day-yesterday = 昨天|昨日
hears-evidence = 导出凭证|凭证|举证
hears-find = 找单|找订单|搜索|查找|搜
hears-sell = 开单|手工开单|卖
hears-note = 备注
hears-ask = 问买家
hears-resend = 重发
hears-cant = 办不了
hears-threads = 待回复|谁找人工
hears-giveback = 办退款|退给买家
hears-story = 经过

staff-find-what = 写上要找的：订单号、支付平台的单号、买家名字或 @账号、商品、今天、昨天，或 2026-11-26 这样的日期。
staff-found = 找“{ $what }”，新的在前：
staff-found-none = 没找到“{ $what }”。可以换成订单号、支付平台的单号、买家、商品或日期。
staff-match-it =
    没对上订单。知道是谁的，就发“认领 { NUMBER($receipt, useGrouping: 0) } 订单号”；是店里的收入，发“留下 { NUMBER($receipt, useGrouping: 0) }”；要退，发“退回 { NUMBER($receipt, useGrouping: 0) }”。
staff-kept = 对不上订单，已留作店里的收入。
choose-evidence = 导出凭证
staff-evidence =
    订单 { $number } 的凭证在文件里：买了什么、怎么付的、哪天发的、看过几次，没有码。
    是英文的，支付平台要看。
staff-came = 收到 { $amount } · { $rail } · { $reference }
staff-went =
    { $how ->
        [done] 已退 { $amount } · { $reference }
        [failed] 没退成 { $amount }，要人工退 · { $reference }
       *[other] 正在退 { $amount } · { $reference }
    }
staff-owed = 第 { $lines } 个：{ $what }，{ $time } 前
staff-note = { $time } { $staff } 备注：{ $text }
staff-unsaid = 还有 { $n } 条消息没送到买家那里。
staff-story = 订单 { $number } 的经过，第 { $page }/{ $pages } 页，最近的在第 1 页：
staff-asked = { $staff } 问买家：{ $text }
staff-replied = { $time } 买家答：{ $text }
staff-resent = 订单 { $number }：正在把码再发给买家一次。
nothing-to-send = 订单 { $number } 没有能再发的码。没有改动。
meanwhile-changed =
    订单 { $number }：{ $what }，{ $time }{ $staff ->
        [shop] {""}
        [clock] （到时）
        [payment] {""}
        [buyer] （买家）
       *[other] （{ $staff }）
    }。你这次操作没有生效。

staff-giveback-how-much =
    订单 { $number } 最多退 { $amount }。{ $how ->
        [amount] 选一个，或者写金额，如 12.50；只退某几个就写 #1 #3。
        [units] 选一个，只退某几个就写 #1 #3。
       *[other] 这一单只能整单退。
    }
staff-giveback-sure =
    订单 { $number } 退 { $amount }{ $lines ->
        [none] {""}
       *[other] （第 { $lines } 个）
    }，从原路退给付款人。退吗？现在还没有退。
staff-giveback-left = 好，没有退。
staff-giveback-done = 订单 { $number }：开始退 { $amount }，退好后会告诉买家。
nothing-to-refund = 订单 { $number } 现在最多能退 { $most }。没有改动。
staff-call-off-sure = 取消订单 { $number }（{ $amount }，还没付清）？货会放回去卖，也会告诉买家。
staff-call-off-left = 好，照旧。
staff-called-off = 订单 { $number } 已取消，买家已收到通知。
staff-cant-sure =
    订单 { $number } 的 { $n } 份办不了？{ $how ->
        [chooses] 会请买家选：等、换，或者退款。
       *[other] 会退款给买家。
    }
staff-cant-done =
    订单 { $number }：{ $how ->
        [chooses] 已请买家选。
       *[other] 开始退款，买家会收到通知。
    }
staff-note-what = 订单 { $number } 的备注写在下一条里，只有店员看得到。
staff-noted = 订单 { $number }：备注记下了。
staff-ask-what = 想问订单 { $number } 的买家什么？写在下一条里，原样发过去。不会暂停这一单的时间。
staff-ask-nobody = 订单 { $number } 是手工开的单，买家不在这里，问不到。
staff-questioned = 订单 { $number }：问题发给买家了，回答会出现在卡片上。

staff-sell-nothing = 库存里没有能开单的商品。
staff-sell-what = 卖了什么？
staff-sell-how-many = 卖了几个？库存够 { $most } 个。
staff-sell-to-whom = 卖给谁？写个名字，最多 { $most } 个字。
staff-sell-where = 在哪里卖的？比如 闲鱼、微信。最多 { $most } 个字。
staff-sell-how-much = { $n } 个一共收了多少？写成 500.00 这样。
staff-sell-reference = 那笔收款的单号？同一笔只能记一次，最多 { $most } 个字符。
staff-sell-sure =
    { $product } × { $n }，卖给 { $buyer }（{ $channel }）
    已收 { $amount }，单号 { $reference }
    开单吗？现在还没有动库存。
staff-sell-left = 好，没有开单，库存没动。
staff-sold =
    订单 { $number } 已开好，卖给 { $buyer }。
    { $n } 个码等你来取：在私聊里发“看卡密 { $number }”。
not-sold-by-hand = { $product }不在库存里卖，不能手工开单。没有改动。

staff-thread =
    { $state } · 买家 { $buyer }{ $number ->
        [none] {""}
       *[other] ，订单 { $number }
    }{ $staff ->
        [none] {""}
       *[other] ，{ $staff } 在跟
    }
staff-thread-buyer = { $time } 买家：{ $text }
staff-thread-us = { $time } { $staff }：{ $text }
staff-threads = { $n } 个买家在等回复，等得最久的在前：
staff-threads-none = 没有买家在等回复。
thread-open = 等回复
thread-answered = 已回复
thread-closed = 已结束
unknown-thread = 没有这个对话，可能已经太久了。
taken-already = { $staff } 已在 { $time } 接手，你这次操作没有生效。

staff-running-out-review = { $n } 单快到核对时限，到时没人处理就拒绝并退款：
staff-running-out-hand = { $n } 单快到办理时限，到时没办好就退款给买家：
staff-running-out-row = { $number }：还剩 { $left } 分钟，到 { $time }

event-staff-refund = 店员决定退款
event-resent = 码又发了一次
event-noted = 加了备注
event-questioned = 问了买家
event-replied = 买家回答了
event-called-off = 店员取消了
event-cannot = 店员办不了
event-sold-by-hand = 手工开单
refund-why-staff = 店员为你办理的退款。
refund-why-unserved = 抱歉，这一份我们办不了，所以退款。

human-asks =
    关于订单 { $number }，店员想问：
    { $text }
human-hours =
    店员每天 { $opens } 到 { $closes } 在（{ $zone }），现在不在。
    { $time } 起按顺序回复。
zone-asia-shanghai = 北京时间
zone-asia-hong-kong = 香港时间
zone-asia-singapore = 新加坡时间
zone-europe-moscow = 莫斯科时间
zone-utc = UTC 时间

choose-threads = 待回复
choose-one-thread = { $buyer } · { $time }
choose-thread = 对话
choose-take = 我来跟
choose-close = 结束
choose-ask = 问买家
choose-cant = 办不了
choose-really-cant = 确定办不了
choose-story = 全部经过
choose-running-out = { $number } · { $left } 分钟
choose-call-off = 取消订单
choose-fetch = 取码
choose-resend = 再发一次
choose-replace-one = 换一个码
choose-refund = 退款
choose-note = 备注
choose-notices = 支付通知
choose-recover = 补单
choose-one-unit = 第 { $position } 个 · { $amount }
choose-give-back = 退 { $amount }
choose-sold = 开单
