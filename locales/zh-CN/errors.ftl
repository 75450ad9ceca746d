# 做不到的时候：为什么，接下来怎么办

unknown-order = 没有找到这个订单。核对一下订单号和口令，或者打开“{ choose-orders }”。
unknown-product = 这个商品不在货架上了。看看别的？
books-being-checked = 小店正在对账，暂时不能购买，请过一会儿再来。买过的在“{ choose-orders }”里照常能看。
not-on-sale = { $product }现在不卖。看看别的？
no-price = 这个商品现在不能用这种方式付款。没有下单，也没有扣款。
out-of-stock =
    { $left ->
        [0] 刚好卖完了。没有下单，也没有扣款。
       *[other] 现在只剩 { $left } 个，不够这一单。没有下单，也没有扣款。
    }
quantity-out-of-range = 一次可以买 1 到 { $most } 个。没有下单，也没有扣款。
limit-reached = 这个商品每人最多买 { $limit } 个，加上这一单就超了。没有下单，也没有扣款。
too-many-unpaid = 你有 { $orders } 单还没付款。先在“{ choose-orders }”里付掉或取消，再买新的。
answer-missing = { $label }还没填对。没有下单，请重新买一次。
not-to-be-paid = 这笔订单现在不能付款了，没有扣款。请在“{ choose-orders }”里重新打开它。
too-late = 订单 { $number } 现在不能这样改了。打开“{ choose-orders }”看看它的情况。
already-decided =
    { $state ->
        [fulfilling] 订单 { $number }：{ $staff } 已在 { $time } 通过，你这次操作没有生效。
        [delivered] 订单 { $number }：{ $staff } 已在 { $time } 通过，你这次操作没有生效。
       *[other] { $staff ->
            [clock] 订单 { $number }：{ $time } 到时没人处理，已拒绝并退款，你这次操作没有生效。
            [buyer] 订单 { $number }：买家已在 { $time } 要求退款，你这次操作没有生效。
           *[other] 订单 { $number }：{ $staff } 已在 { $time } 拒绝并退款，你这次操作没有生效。
        }
    }
nothing-to-hand-over = 订单 { $number } 没有要人工办理的了。
batch-gone = 这一批已经上架或丢掉了，你这次操作没有生效。
invite-used = 这个邀请链接已经用过，或者过期了。
not-staff = 这里只给店员用。
note-too-long = 一次最多 { $most } 个字。没有发出去，请改短再发。
sorry-broken = 这条没处理成。请再发一次，或者点“{ choose-human }”。订单情况在“{ choose-orders }”里能看到。
nothing-to-choose = 订单 { $number }：已经选过了，或者时间过了，没有改动。
not-replaced = 订单 { $number } 的这个码补发不了：还没发出、过了售后期，或者补发次数已满。没有改动。
not-matched = 这笔付款不能（再）认到订单 { $number } 上，没有改动。
journal-not-read = 第 { NUMBER($receipt, useGrouping: 0) } 号要等 `mika reconcile` 运行完才能退：发货流水里可能记着买家已拿到卡密。没有改动。
money-decided =
    { $how ->
        [kept] 第 { NUMBER($receipt, useGrouping: 0) } 号之前已留下，
        [matched] 第 { NUMBER($receipt, useGrouping: 0) } 号已有订单，
        [disputed] 第 { NUMBER($receipt, useGrouping: 0) } 号：付款人的银行正在要求退款，
        [back] 第 { NUMBER($receipt, useGrouping: 0) } 号正在退回或已退回，
       *[none] 没有这个编号的付款，
    }没有改动。
too-much = 这一单收到的钱最多还剩 { $most }，没有改动。
not-in-a-room = 这个只在私聊里显示，不发到群里。
room-not-moved = 这个群没有变成那个编号，这次什么都没有改动。
not-here = 我只在私聊里回答。
known-already = 交易号 { $reference } 的付款已经记过了，订单 { $number }。

being-rehearsed = 正在演一场。等它最后一段对话发来，再开始下一场。
no-such-play = 没有这种演练。发“演练”看有哪些。
