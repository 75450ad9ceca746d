# 晚点发货、核对时看到的买家和相近订单、货不多时的下单

later =
    已收到 { $amount }，订单 { $number }。
    { $noun }在 { $time } 前发到这里。货已给你留着，不用再付，也不用做别的。
taken-for-now =
    { $most ->
        [0] { $product }剩下的正有人在付款，{ $time } 就知道还有没有，到时再来看看。没有下单，也没有扣款。
       *[other] { $product }现在货不多，这次最多买 { $most } 个，付完可以接着买。没有下单，也没有扣款。
    }
cool-down = 你有 { $n } 单留了货，没有付款。{ $time } 起可以再下单。这次没有下单，也没有扣款。
pay-first = 之前为你或这台设备留过货，没有付款。“{ choose-orders }”里如果还有待付款的那一单，请先付清；没有的话，请 { $time } 以后再来。着急的话给我们留言，店员会帮你。这次没有下单，也没有扣款。

staff-later =
    晚点发货 { $amount }，{ $time } 自动发出 · 订单 { $number }
    { $product } × { $n }
staff-later-over = 订单 { $number }，{ $amount }：不再等着发货了。现在：{ $state }
choose-release = 现在就发货
choose-doubt = 先人工核对
staff-review-else-deliver = 没人处理的话，{ $deadline } 通过并发货
staff-decided-passed = 订单 { $number }，{ $amount }：{ $time } 到时没人处理，已通过并发货（{ $staff }）。现在：{ $state }

held-buyer = 买家 { $buyer }：{ $time } 第一次来，这是第 { $k } 单
held-orders = 之前 { $n } 单：付款 { $paid } 单，共 { $amount }；没付款过期 { $lapsed } 单
held-back = 退款 { $refunds } 单，争议 { $disputes } 次
held-replaced = 补发 { $replaced } 次
held-accounts =
    { $n ->
        [0] 没有其他账号
       *[other] 其他账号 { $n } 个：{ $accounts }
    }
held-similar = 相近的订单：
held-like = { $number } · { $time } · { $amount } · { $state } · { $by }
alike-customer = 同一买家
alike-device = 同一设备
alike-ip = 同一网络地址
alike-payer = 同一付款账户
alike-email = 同一邮箱
alike-destination = 同一充值账号
alike-product = 同一商品

risk-staff-doubts = { $staff } 要先核对
risk-refunded-outside = 支付平台那边已退 { $amount }
event-delayed = 晚点发货
event-released = 提前发货
event-doubted = 改为先核对
owed-later = 到点发货
