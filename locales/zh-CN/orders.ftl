# 订单：列表、现状、核对、退款

orders = 你的订单，选一个看详情：
orders-none = 还没有订单。
order-status =
    订单 { $number }：{ $state }
    { $product } × { $n }，共 { $total }

expired =
    订单 { $number } 到时间没付款，{ $product }不再保留。
    已经付了的话，不要再付一次：钱到账后，有货就发，没货就退款。
cancelled =
    订单 { $number } 已取消。
    已经付了的话，钱到账后会退给你。

held =
    已收到 { $amount }，订单 { $number }。
    这一单发货前要人工核对，最晚 { $time } 有结果：通过就发{ $noun }，不通过就全额退款。
    货已给你留着，不用再付，也不用做别的。
late-payment =
    已收到 { $amount }，订单 { $number }。
    到账比保留时间晚了一点，还有货，照常给你发，价格不变。
preparing =
    已收到 { $amount }，订单 { $number }。
    正在备货，最晚 { $time } 发到这里，到时没有就全额退款。

refunded =
    已退款 { $amount }，订单 { $number }，退回你付款的{ $rail }账户。
    退款单号 { $reference }。没到账的话，把单号发到这里，我们来查。
refund-why-cancelled = 付款到账前，这一单已经取消了，没有发货。
refund-why-sold-out = 抱歉，付款到账时已经卖完了，没有发货。
refund-why-underpaid = 到时间还没付齐，这一单没有发货。
refund-why-refused = 这一单我们没能接，没有发货。
refund-why-rejected = 人工核对没有通过，没有发货。
refund-why-buyer = 按你说的不等了，没有发货。
refund-why-undecided = 抱歉，我们没能按时核对完，没有发货。
refund-why-overdue = 抱歉，我们没能按时办好，没办的部分退给你。
refund-why-surplus = 你付的比订单需要的多，多出来的退给你。

choose-orders = 我的订单
choose-order = { $product } × { $n } · { $state }
choose-older = 更早的订单
choose-newer = 更近的订单
redeem-nothing = 还没有收到过码，所以没有可兑换的。付了款没动静的话，打开“{ choose-orders }”看看。
choose-status = 看进度
choose-refund-me = 不等了，退款
choose-buy-again = 再买
refund-coming =
    订单 { $number } 不发货了，{ $amount } 正在退回你付款的账户。
    退好了会告诉你退款单号。
refund-stuck =
    订单 { $number } 不发货了，{ $amount } 会退给你。
    店员在人工处理，退好了会告诉你。
refund-by-hand =
    订单 { $number }：{ $amount } 会退回你付款的账户。
    由店员人工退款，最晚 { $time } 退出，退好了会告诉你。
refund-by-hand-where =
    订单 { $number }：{ $amount } 会退给你，由店员人工退款，最晚 { $time } 退出。
    我们看不到你的付款账户：请发“人工”，说明退到哪里。
refunded-by-a-person =
    已人工退款 { $amount }，订单 { $number }，原付款方式：{ $rail }。
    单号 { $reference }。没到账的话，把单号发到这里，我们来查。
refund-why-late = 付款到账前，这一单已经结束了，没有发货。
refund-why-waited = 到时间没有选，或者没等到补货，这部分没有发货。
refund-why-difference = 换的便宜一些，这是差价。
refund-why-goodwill = 给你添麻烦了，这笔是我们补给你的。
refund-why-whole = 这一单的钱全部退给你了。
refund-why-part = 这是这一单的部分退款。
refund-why-unmatched = 没找到这笔付款对应的订单。
refund-why-unused = 这笔余额留给了一个没有付款的订单。

sold-out-after-payment =
    已收到 { $amount }，订单 { $number }。
    抱歉，钱到账时{ $all ->
        [yes] 货刚好卖完了，{ $noun }还没有发出。你来选怎么办。
       *[no] 货不够了，还差 { $n } 份没有发出。这部分你来选怎么办。
    }
    { $time } 前没有选，我们就退款。
still-wanted =
    { $cancelled ->
        [yes] 已收到 { $amount }，但订单 { $number } 之前取消了。
       *[no] 已收到 { $amount }，但订单 { $number } 已经到期，你后来又买过同样的。
    }
    要发货还是退款？{ $time } 前没有选，我们就退款。
waits-for-stock =
    订单 { $number } 在等补货，最晚等到 { $time }。
    到货后{ $noun }会自动发到这里，没等到就退款，不用做别的。
credited =
    订单 { $number } 的 { $amount } 已存为店内余额，下次付款自动抵扣。
    没用掉之前，随时可以改成退款。
credit-given = 订单 { $number } 给你添麻烦了，{ $amount } 已存为你的店内余额，下次付款自动抵扣。
credit-used = 余额已付 { $amount }。
disputed =
    订单 { $number }：银行正在核实这笔付款，有结果之前这一单先不再发货。
    不清楚是怎么回事的话，可以找人工。

choose-wait = 等补货，到 { $time }
choose-swap =
    { $cheaper ->
        [yes] 换成{ $product }，退 { $back }
       *[no] 换成{ $product }
    }
choose-refund-now = 现在退款
choose-credit = 存为店内余额
choose-credit-back = 改成退款
choose-deliver = 发货
