# 开关、安静时段、日报、店铺消息

choose-switches = 开关
choose-hold = 暂停发货
choose-go-on = 恢复发货
choose-shut = 关店
choose-reopen = 重新开店
choose-stop-rail = 停用{ $rail }
choose-start-rail = 恢复{ $rail }
choose-sure = 确定
choose-no-time = 时间不定
choose-enough-languages = 就用这些语言
switch-deliveries = 发货暂停
switch-shop = 关店
switch-rail = { $rail }停用
switches = 开关：
switches-none = 都正常，没有暂停的。
switch-row =
    { $what }：{ $time } 起{ $until ->
        [none] {""}
       *[other] ，{ $until } 自动恢复
    }
switched-on = { $what }：{ $staff } 打开了。
switched-off =
    { $staff ->
        [clock] { $what }：时间到了，已自动恢复。
       *[other] { $what }：{ $staff } 关掉了，已恢复。
    }
already-switched =
    { $what }：{ $staff ->
        [clock] { $time } 时间到了，已自动恢复
       *[other] { $staff } { $time } 已{ $to ->
            [on] 打开
           *[other] 恢复
        }
    }，你这次操作没有生效。
switch-unknown = 没有这个开关。
switch-sure-off = 恢复正常，结束“{ $what }”？
hold-sure =
    暂停全部发货？
    照样收款，码一个也不发；买家会知道要多等。恢复后按先后自动发出。
stop-rail-sure =
    停用{ $rail }？
    新订单看不到它；已打开的付款页照常能付，通知照常入账。
close-sure =
    关店？
    还能看货架，不能下单；已下的单照常付款、发货。想买的人会看到：
closing-says = 给买家写一句话（{ $language }），最多 { $most } 个字。
closing-until = 什么时候重新开店？写 18:00 或 2027-02-18 09:00 这样（店里的时间），到时自动开。
closing-until-again = 看不懂这个时间，或者已经过了。请写比如 18:00、2027-02-18 09:00，一年以内。
shop-closed =
    { $says }
    现在暂停下单，可以先逛逛，已买的照常查看。{ $until ->
        [none] {""}
       *[other] { $until } 重新开店。
    }
way-stopped = 这种付款方式现在停用。没有下单，请换一种。
kept-back =
    已收到 { $amount }，订单 { $number }。
    店里暂时停了发货，这一单会比平时久。{ $noun }给你留着，恢复后自动发到这里，不用再付。
    不想等就点“{ choose-human }”，可以退款。

kind-paid = 付款
kind-reviews = 待核对
kind-hands = 待办理
kind-buyers = 买家留言
kind-money = 款项
kind-risk = 平台提示
kind-stock = 库存
kind-supply = 供货
kind-rails = 付款方式
kind-overdue = 逾期
topic-orders = 订单
topic-stock = 库存
topic-alerts = 提醒
kind-switches = 开关
kind-daily = 日报
kind-faults = 故障
kind-security = 卡密和店员
mode-now = 马上
mode-lists = 汇总
mode-off = 不发
choose-kind = { $kind }：{ $mode }
choose-notices-to-us = 提醒设置
choose-quiet-hours = 安静时段
choose-never-quiet = 不要安静时段
choose-missed = 逐条看
notices-to-us = 提醒怎么发？点一下换一种：马上，汇总（十分钟一次），不发。
quiet-never = 没有安静时段。
quiet-hours = 安静时段 { $begin } 到 { $end }：只有款项和库存会响，其余结束后汇总。
quiet-when = 几点到几点安静？写成 23:00-8:00 这样，按店里的时区。
quiet-when-again = 没看懂。写成 23:00-8:00 这样。
summary = 汇总 { $n } 条，{ $time } 起：
summary-row = · { $kind } { $n }
missed = 第 { $number } 条，共 { $n } 条 · { $kind } · { $time }
missed-none = 没有汇总过的提醒。
paid-list = 新付款 { $n } 单：
paid-total = 共 { $amount }
paid-row = · { $number } { $product } × { $n }，{ $amount }

choose-today = 今天
choose-yesterday = 昨天
daily =
    { $date } { $over ->
        [yes] 日报
       *[no] 到现在
    }
daily-sold = 付款 { $orders } 单，{ $n } 件
daily-week-before = 上周同日 { $orders } 单，{ $n } 件，收款 { $amount }
daily-came = 收款 { $rail } { $amount }
daily-back = 退款 { $rail } { $amount }
daily-disputed = 争议扣回 { $rail } { $amount }
daily-no-money = 没有款项进出
daily-margin = 毛利 { $amount }（{ $n } 件里有进价的 { $found } 件，未扣手续费）
daily-margin-unknown = 毛利算不出：没有填进价
daily-new-buyers = 新买家 { $n } 位
daily-waits = 现在待核对 { $reviews } 单，待办理 { $hands } 单
daily-kept-back = 暂停发货压着 { $n } 单
daily-overdue = 逾期 { $n } 单
daily-money-waits = 有 { $n } 笔款项等你决定：第 { $which } 号
daily-low = { $left ->
        [0] 售罄：{ $product }
       *[other] 快没了：{ $product }，剩 { $left } 个
    }

choose-about-news = 店铺消息
choose-news = 接收店铺消息
choose-no-news = 不再接收
news-why = 你同意过接收店铺消息。不想再收，发“退订”。
news-on = 好，有上新和活动会发到这里。随时发“退订”就不再收。
news-off = 现在不会给你发店铺消息。想收上新和活动的消息吗？
news-left = 好，不再给你发店铺消息。订单的通知照常。
news-too-long = 内容要在 1 到 { $most } 个字之间。
no-such-news = 没有这次群发。
news-text = 群发什么？写在下一条里（{ $language }），最多 { $most } 个字。只发给同意接收的买家。
news-text-again = 内容要在 1 到 { $most } 个字之间，请重写（{ $language }）。
news-others = 说别的语言的买家怎么办？
news-all-languages = 三种语言都写好了。
choose-news-to-all = 也发这个
choose-news-only = 不发给他们
choose-news-in = 写{ $language }
choose-preview = 预览
choose-send-news = 发送
news-preview = 会发给 { $n } 位买家：
news-count = · { $chat } { $n }
news-nobody = 没有买家同意接收店铺消息，什么都没有发。
chat-telegram = Telegram
chat-wechat = 微信
chat-browser = 网站
news-card =
    群发 { $number }：{ $stands ->
        [going] 发送中
        [stopped] 已停止
       *[done] 发完了
    }
    已发 { $sent }，跳过 { $skipped }（退订或联系不上）{ $doubtful ->
        [0] {""}
       *[other] ，{ $doubtful } 位不确定收没收到，没有重发
    }
choose-news-progress = 看进度
choose-stop-news = 停止群发
choose-news-again = 再发给这 { $n } 位

hears-switches = 开关|暂停|暂停发货|停止发货|恢复发货|关店|打烊|放假
hears-today = 今天|今日|今天怎么样
hears-yesterday = 昨天|昨日|日报
hears-tellus = 提醒|提醒设置|通知设置
hears-quiethours = 安静时段|免打扰|勿扰
hears-missed = 逐条看
hears-announce = 群发|群发消息|发公告
hears-news = 店铺消息|消息
hears-wantnews = 订阅|接收消息
hears-nonews = 退订|取消订阅|不要消息
