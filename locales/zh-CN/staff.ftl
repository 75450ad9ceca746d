# 店员看到的：核对、办理、补货、提醒

staff-welcome =
    { $shop } · 店员
    待核对 { $reviews } 单，待办理 { $hands } 单，待回复 { $asked } 人。
staff-not-understood = 没看懂。选下面一项，或者发“查单 订单号”看某一单。

staff-review =
    待核对 { $amount }，还剩 { $left } 分钟 · 订单 { $number }
    { $product } × { $n }，{ $time } 到账
staff-review-else = 没人处理的话，{ $deadline } 拒绝并退款
staff-review-why = 原因：{ $why }
staff-decided =
    订单 { $number }，{ $amount }：{ $staff ->
        [clock] { $time } 到时没人处理，已拒绝并退款
        [buyer] { $time } 买家不等了，要求退款
       *[other] { $staff } 在 { $time } 处理了
    }。现在：{ $state }
staff-reviews = 待核对 { $n } 单，最早的在前：
staff-reviews-none = 没有待核对的订单。

staff-by-hand =
    待办理 { $amount }，{ $time } 前 · 订单 { $number }
    { $product } × { $n }
    到时没办好的部分会退款给买家。
staff-answer = { $label }：{ $answer }
staff-hands = 待办理 { $n } 单：
staff-hands-none = 没有待办理的订单。
fulfil-what =
    订单 { $number }：{ $product }
    把结果或兑换码写在下一条里：会加密保存，原样发给买家。一次办一份。
fulfil-too-long = 内容要在 1 到 { $most } 个字之间。没有保存，请重新发。
fulfil-left = 好，先不办，什么都没有发。
fulfil-done =
    { $left ->
        [0] 订单 { $number }：收到，正在发给买家。这一单办完了。
       *[other] 订单 { $number }：收到，正在发给买家。这一单还差 { $left } 份。
    }

staff-orders = 最近的订单：
staff-orders-none = 还没有订单。
staff-order =
    订单 { $number }：{ $state }
    { $product } × { $n }，{ $amount }
    买家 { $buyer }（{ $account }），{ $time } 下单
staff-event =
    { $time } { $what }{ $actor ->
        [shop] {""}
        [clock] （到时）
        [payment] {""}
       *[other] （{ $actor }）
    }

staff-stock = 库存：
staff-stock-row = { $product }：可卖 { $available }，预占 { $reserved }，已发 { $sold }
restock-paste =
    补货：{ $product }。把卡密粘贴到下一条，一行一个，收到就加密。
    卡号和卡密之间用 ---- 或逗号隔开，行末可以加到期日，如 2027-12-31。
restock-preview =
    { $product }：新 { $new }，重复 { $duplicate }，空行 { $blank }，看不懂 { $malformed }（行号 { $lines }）
    还没有上架。上架 { $new } 个？
restock-nothing-new =
    没有可上架的：新 { $new }，重复 { $duplicate }，空行 { $blank }，看不懂 { $malformed }（行号 { $lines }）
    可以重新粘贴。
restock-done = { $product }：已上架 { $n } 个。
restock-discarded = 已丢掉，什么都没有上架。

alarm-unmatched =
    收到 { $amount }，对不上订单：第 { NUMBER($receipt, useGrouping: 0) } 号，付款单号 { $reference }
    知道是谁的，就发“认领 { NUMBER($receipt, useGrouping: 0) } 订单号”。是店里别的收入，就留下。都不是的话，{ $time } 原路退回。
alarm-after-restore =
    收到 { $amount }，订单 { $number } 是备份之后下的，已经丢了：第 { NUMBER($receipt, useGrouping: 0) } 号，付款单号 { $reference }
    买家拿到卡密了吗？发货流水里没有。你决定之前，钱不会退。
alarm-after-restore-unchecked =
    收到 { $amount }，订单 { $number } 是备份之后下的，已经丢了：第 { NUMBER($receipt, useGrouping: 0) } 号，付款单号 { $reference }
    买家拿到卡密了吗？发货流水里可能有记录，等 `mika reconcile` 运行完再决定。在那之前，钱不会退。
alarm-after-restore-again =
    收到 { $amount }，订单 { $number } 是备份之后下的，已经丢了：第 { NUMBER($receipt, useGrouping: 0) } 号，付款单号 { $reference }
    这单已经留下过一笔付款。这笔是余款，还是付重了？你决定之前，钱不会退。
alarm-kept-for-lost =
    收到 { $amount }，订单 { $number } 的付款
    恢复小店之前，这单的卡密已经发出：钱已留下。
alarm-after-restore-known =
    收到 { $amount }，是订单 { $number } 备份之后才发起的付款：第 { NUMBER($receipt, useGrouping: 0) } 号，付款单号 { $reference }
    是这单的钱吗？你决定之前，钱不会退。
alarm-seen-before =
    { $rail }通知：订单 { $number } 收到 { $amount }，交易号 { $reference }
    这单之前已人工入账。是同一笔，还是买家付了两次？你选之前，钱不会退。
alarm-refund-failed =
    退款没成功：{ $amount }，编号 { $number }
    付款人还没收到钱。请人工退款，退好后发“已退款 { $number } 退款单号”。
alarm-refund-by-hand =
    要人工退款：{ $amount }，编号 { $number }
    { $rail }不能自动退款。交易号 { $reference }。{ $payer ->
        [none] 平台没给付款方，请问买家退到哪里。
       *[other] 付款方 { $payer }。
    }
    退好后发“已退款 { $number } 退款单号”。
alarm-refund-whole-only =
    订单 { $number } 的 { $amount } 退不了：{ $rail }只能整笔退，交易号 { $reference }
    请问买家，存为店内余额行不行。
alarm-rail-away =
    { $rail }从 { $time } 起没有回应
    提示：{ $why }。恢复之前不给买家用这种方式。
alarm-rail-back =
    { $rail }恢复了
    之前从 { $time } 起没有回应，现在买家又可以用了。
alarm-dead-letter =
    一项任务没做成，已停下：{ $work }，第 { NUMBER($row, useGrouping: 0) } 号
    原因：{ $why }
alarm-notice-waits =
    一条付款通知还没处理成：第 { NUMBER($row, useGrouping: 0) } 号
    原因：{ $why }
    三天内会一直重试。
alarm-supplier =
    供货商没给货：{ $supplier }，订单 { $number }
    原因：{ $why }

supply-refused = 对方拒绝：{ $why }
supply-lost = 两次查询，对方都说没有这笔采购
supply-wrong-count = 该给 1 个卡密，给了 { $n } 个。已付款，卡密另存不卖
supply-wrong-sku = 给的不是我们买的商品。已付款，卡密另存不卖
supply-duplicate = 给的卡密店里已经有过。已付款
supply-expired = 给的卡密已过期。已付款，卡密另存不卖
supply-overdue = 过了时限还没有到
supply-late = 已按失败处理的采购后来到货，卡密已入库。请核对是否付了两次
supply-unknown = 查了三十天也没有结果。请找对方核对

risk-new-buyer-high-value = 新买家，金额超过 { $limit }
risk-rail-suspects = 支付平台对付款有疑问：{ $why }
risk-rule-broken = 规则 { $rule } 出错，没能判断

choose-reviews = 待核对
choose-hands = 待办理
choose-latest = 最近订单
choose-stock = 库存
choose-held = { $number } · { $amount }
choose-staff-order = { $number } · { $amount } · { $state }
choose-approve = 通过并发货
choose-reject = 拒绝并退款 { $amount }
choose-details = 详情
choose-fulfil = 办理
choose-leave = 先不办
choose-restock = 补货：{ $product }
choose-import = 上架
choose-discard = 丢掉
reply-what = 回复写在下一条里，会原样发给买家。
reply-done = 已发给买家。
refunded-by-hand = 订单 { $number }：已记下人工退款 { $amount }，也告诉买家了。
refunded-as-credit = 订单 { $number }：{ $amount } 已存为店内余额，已通知买家。
refunded-nothing = 订单 { $number } 没有要人工退的钱。什么都没有改动。
restock-not-here = { $product }不是一卡一密，这里补不了货。多人共用的码用命令行导入。
reply-sure = 这几行看起来像卡密，还没有发给买家。确定要发就再发一次，补货请先点“{ choose-leave }”。
staff-says-paid =
    买家说已转账：{ $amount }，订单 { $number }
    买家：{ $buyer }。请查账，钱到了就点按钮。
choose-received = 钱到了
choose-whole = 全额：{ $amount }
choose-counts = 确认入账
received-how-much = 订单 { $number } 到账多少？请写成 12.50 这样。
received-before =
    订单 { $number } 之前已到账 { $amount }，不再欠款。再到的钱会退给买家。
    这次到账多少？请写成 12.50 这样。
received-untold =
    刚问过{ $rail }，没查到订单 { $number } 的付款。以后若有通知，会先问你是不是同一笔。
    到账多少？请写成 12.50 这样。
received-amount-again = 没看懂金额，请写成 12.50 这样。
received-reference = { $amount }。交易号是多少？同一笔转账靠它不会记两次。
received-reference-again = 请只发交易号，最多 { $most } 个字符。
received-sure = 订单 { $number } 到账 { $amount }，交易号 { $reference }。入账吗？现在还没有记。
received-left = 好，没有记。
received = 订单 { $number } 已入账 { $amount }，现在是：{ $state }。
alarm-dispute =
    付款方的银行要求退回 { $amount }，订单 { $number }
    这一单先不再发货。请在 { $time } 前把证据交给支付平台。
alarm-refunded-outside =
    支付平台那边退了 { $amount }，不是我们退的，订单 { $number }
    没发出的部分随之结束。请查一下是谁退的。
alarm-suspected =
    支付平台对这笔 { $amount } 有疑问，订单 { $number }
    平台提示：{ $why }。还没发货，等你决定。
alarm-suspected-late =
    支付平台对这笔 { $amount } 有疑问，订单 { $number }
    平台提示：{ $why }。订单没有暂停。你也有疑问的话，就到支付平台退款，还没发出的部分会随之取消。
alarm-overdue =
    { $time } 已到期：{ $what }，订单 { $number }
    请看一下；能自动做的还会继续试。
alarm-frozen =
    { $product }已停售，账对不上：{ $why }
    查清之后发“解冻 { $slug }”。
alarm-unknown-money =
    { $rail }通知：{ $what }，但店里没有这笔付款：{ $reference }
    这里什么都没改。请到支付平台看看是不是本店的；同一账号的其他款项不用处理。
unknown-refund = 退款 { $amount }
unknown-dispute = 付款争议 { $amount }
unknown-suspicion = 有疑问（{ $why }）
alarm-missing-payment =
    账上有订单 { $number } 的 { $amount }，但{ $rail }查不到：{ $reference }
    请先跟支付平台核对，再发任何东西。
risk-disputed-before = 有 { $n } 笔付款被争议过
owed-risk = 自动核对
owed-review = 人工核对
owed-deliver = 发出兑换码
owed-supplier = 上游供货
owed-by-hand = 人工办理
owed-choice = 买家选择
owed-wait-stock = 补货
owed-dispute = 付款争议
owed-pickup = 买家来取
owed-refund = 退款
owed-admin = 人工退款
recovered =
    { $found ->
        [0] 订单 { $number }：支付平台那边没有新的付款。
       *[other] 订单 { $number }：找回 { $found } 笔没通知到的付款，已入账。
    }
choose-same-money = 是同一笔
choose-paid-twice = 付了两次，退回
choose-keep-money = 留下
choose-keep-delivered = 留下，买家有卡密
choose-return-money = 退回
choose-match-money = 是 { $number } 的
same-money = 订单 { $number }：是同一笔，只记一次。
matched = 订单 { $number }：钱已认领，订单继续。
kept-after-restore = 小店已恢复，账也对完了。这些丢失的订单卡密都已发出，钱已留下：
kept-after-restore-sum = · { $n } 笔，{ $amount }
money-kept = { $amount } 归店里了：第 { NUMBER($receipt, useGrouping: 0) } 号。
money-returned = { $amount } 正在退回：第 { NUMBER($receipt, useGrouping: 0) } 号。如果不能原路退，会通知你人工退款。
given = 订单 { $number }：已补 { $amount }，也告诉了买家。
staff-replaced = 订单 { $number }：新码正在发给买家，旧码不会再卖。
thawed = { $product }恢复销售。
not-frozen = { $product }没有停售，没有改动。
amount-not-understood = 没看懂金额，请写成 12.50 这样。
goodwill-how = 补给订单 { $number } { $amount }：退钱，还是存为余额？现在还没有补。
goodwill-left = 好，没有补。
choose-as-money = 退钱
choose-as-credit = 存为余额
replace-sure = 订单 { $number } 第 { $position } 个（共 { $n } 个）：给买家补发一个？旧码不会再卖。
replace-left = 好，没有补发。
choose-replace = 补发
room-opened = 这个群现在是店员群：需要人处理的事都会发在这里。卡密不会在这里出现。
room-code-wrong = 这个口令用过了、过期了或者不对。用 mika telegram group 重新取一个。
room-in-group = 请发到要作为店员群的群里。
room-moves =
    店员群的编号变了：{ $old } 变成了 { $to }
    店主确认还是同一个群之前，不会往那里发消息。是你们把它升级成超级群的吗？
choose-room-moved = 是我们的，发到那里
room-moved = 店员群用上了新编号，积压的消息正在发过去。
in-private = 见私聊
only-in-private = 这件事请在私聊里做：你写的内容不该让群里看到。

notices = 订单 { $number } 的支付通知，新的在前：
notices-none = 订单 { $number } 还没有通知，今天也没有拒收的。
notice-taken = { $time } · { $rail }：已入账
notice-waits = { $time } · { $rail }：还没处理（{ $why }）
notice-set-aside = { $time } · { $rail }：搁置，等人处理（{ $why }）
notice-refused = { $time } · { $rail }：拒收（{ $why }）
margins = 每件能赚多少：
margins-none = 没有在售商品，或者还没设置付款方式。
margin = { $product } · { $rail } { $price }：剩 { $amount }
margin-loss = { $product } · { $rail } { $price }：低于成本 { $amount }
margin-unknown =
    { $product } · { $rail } { $price }：算不出，{ $what ->
        [cost] 没有填进价
       *[other] 没有设这个币种的汇率
    }
