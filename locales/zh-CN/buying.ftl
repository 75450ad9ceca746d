# 下单和付款

buying-how-many =
    { $max ->
        [1] 要几{ $measure }？现在只有 1 { $measure }，回复 1 就行。
       *[other]
            要几{ $measure }？现在最多 { $max } { $measure }。
            回复数字就行，比如 2。
    }
buying-not-understood =
    { $max ->
        [1] 没看懂要几{ $measure }。现在只有 1 { $measure }，回复 1 就行。
       *[other] 没看懂要几{ $measure }。回复 1 到 { $max } 之间的数字就行。
    }
buying-fewer-left =
    刚才有人先买走了一些，现在最多 { $max } { $measure }。还没有下单。
    要几{ $measure }？回复数字就行。

buying-form =
    { $product }要填：{ $label }
    直接回复就行，发之前核对一遍。
buying-form-again = 这个{ $label }看起来不对，核对一下再发一次。

buying-how-to-pay =
    { $same ->
        [yes] 共 { $total }。怎么付款？
       *[other] 怎么付款？
    }
buying-how-to-pay-again = 没看懂怎么付款。选下面一种就行。
no-rail = 抱歉，现在没有可用的付款方式。没有下单，也没有扣款。
no-rail-for-order =
    抱歉，订单 { $number } 现在没法付款。{ $some ->
        [no] 没有扣款。
       *[other] 已收到的 { $amount } 算数。
    }
    给你留到 { $time }，可以再试一次。
rail-gone = { $rail }现在用不了。
scan-to-pay = 扫描图中的二维码，支付 { $total }。

buying-pay-here =
    订单 { $number }
    { $product } × { $n }，共 { $total }
    已给你留好，请在 { $time } 前付款。
    { $kind ->
        [by_hand] 付完回到这里，会告诉你最晚几点办好。没动静就点“{ choose-paid }”。
       *[other] 付完回到这里，{ $noun }会自动发来。没动静就点“{ choose-paid }”。
    }
    { $anywhere ->
        [yes] 付款即确认：发出后不支持无理由退换。
       *[no] 付款即确认：{ $region }账号专用，发出后不支持无理由退换。
    }
buying-pay-invoice =
    订单 { $number }：{ $product } × { $n }
    已给你留好，请在 { $time } 前付款。{ $kind ->
        [by_hand] 付完会在这里告诉你最晚几点办好。
       *[other] 付完{ $noun }直接发到这里。
    }
    { $anywhere ->
        [yes] 付款即确认：发出后不支持无理由退换。
       *[no] 付款即确认：{ $region }账号专用，发出后不支持无理由退换。
    }
pay-to-address =
    请用 { $network } 网络正好转 { $exact }，地址：
    { $address }
    一分不差，系统靠金额认出你的订单。金额、币种或网络不对，系统认不出来。
pickup-phrase =
    记下口令，换设备时凭它和订单号取货：
    { $phrase }

rail-down =
    抱歉，{ $rail }的付款页现在打不开，这一步没有扣款。
    订单 { $number } 给你留到 { $time }，可以再试一次。
waiting =
    刚去{ $rail }查过，还没看到订单 { $number } 的付款。
    到账后会马上发货，请不要再付一次。
    { $time } 还没收到{ $noun }，把付款单号发到这里，人工来查。
payment-seen =
    已收到 { $amount }，订单 { $number }。
    请不要再付一次，结果会自动发到这里。
underpaid =
    已收到 { $amount }，订单 { $number }，还差 { $rest }。
    请在 { $time } 前补上差的部分。没补的话，已付的会退给你。

choose-pay = 去付款 { $total }
choose-paid = 我已付款
choose-other-rail = 换付款方式
choose-cancel = 取消
choose-check-again = 再查一次
choose-try-again = 再试一次
buying-too-many = 现在最多 { $max } { $measure }。要几{ $measure }？回复 1 到 { $max } 之间的数字就行。

manual-pay =
    请把 { $total } 转到：
    { $account }
    备注写 { $number }，转好后点“{ choose-paid }”。
manual-looked-into =
    收到。我们会有人查账，订单 { $number }。
    { $late ->
        [no] 给你留到 { $time }；晚到的话，有货照发，没货退款。
       *[other] 查到钱以后，有货就发，没货就退款。
    }

not-sold-here = 这里暂时不能购买，已经买的可以照常查看。
