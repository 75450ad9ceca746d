# 售后：码有问题时怎么报、怎么查、怎么结束

hears-claim = 售后|申请售后|报售后
hears-claims = 我的售后|售后记录

claim-which-order = 哪一单有问题？选一单，或者发“售后”加订单号。
claim-which = 订单 { $number }：第几个有问题？回复 1 到 { $n }。
claim-what = 订单 { $number }，第 { $position } 个：兑换时提示什么？
claim-kind-invalid = 提示无效
claim-kind-used = 提示已使用
claim-kind-region = 地区不对
claim-kind-missing = 还没收到
claim-opened =
    收到，先别再试了，免得账号被锁。
    订单 { $number }，第 { $position } 个，共 { $n } 个。
    请在 { $until } 前把兑换页报错的原话和账号地区写给我们。密码、验证码和码本身不要发。
    发来后 { $hours } 小时内（按上班时间算）答复：补发、退款，或者说明原因。售后号 { $case }
claim-in-review =
    售后 { $case }（订单 { $number }）由人工来看。
    最晚 { $time } 答复你：补发、退款，或者说明原因。
    答复会发到这里，不用再做别的。
claim-replaced = 售后 { $case }：订单 { $number } 的第 { $position } 个给你补发，新码单独一条发来，原来的不用管了。
claim-replaced-given = 售后 { $case }：订单 { $number } 的第 { $position } 个给你补发。这个码你已经送人，新码直接发给收礼的人，原来的不用管了。
claim-refunded = 售后 { $case }：订单 { $number } 的第 { $position } 个给你退款，金额和到账时间在退款那条里。
claim-refused = 售后 { $case }（订单 { $number } 第 { $position } 个）：这次不能补发，也不退款。
claim-resent =
    售后 { $case }：订单 { $number } 的第 { $position } 个码又发了一次，就在这个聊天里。
    还是没有，就再点“{ choose-problem }”，由人工来查。
claim-withdrawn = 售后 { $case }（订单 { $number } 第 { $position } 个）结束了，码和钱都没有变。还有问题可以再提。
claim-sold-for = 这个码只能在{ $region }账号上用，下单时写明了，别的地区兑换不了。
claim-too-late = 售后期是发出后 { $days } 天，提出时已经过了。
claim-why-window = 提出时已经过了售后期。
claim-why-region = 码只能在指定地区的账号上用，下单时写明了。
claim-why-redeemed = 查到这个码在发出之后已经被兑换。
claim-why-evidence = 发来的内容看不出码有问题。有新的情况可以再写来。
claim-why-limit = 最近补发的次数已经满了。
claim-why-undecided = 到时间还没能确认码有问题。
claim-why-disputed = 这一单的钱已经退回，或者正在支付平台处理。
claim-why-silent = 到时间没有收到说明。
claim-asked =
    关于售后 { $case }，店员想问：
    { $text }
    请在 { $time } 前回复。
claim-in-words = 图片这里看不到。请把页面上的原话写在下一条里。
claim-more-what = 写在下一条里，店员会看到。密码和验证码不要发。
claims-mine = 你的售后：
claims-none = 你没有售后记录。码有问题：打开那一单，点“{ choose-problem }”。
claim-state-open = 等买家
claim-state-in-review = 等人工
claim-state-replaced = 已补发
claim-state-refunded = 已退款
claim-state-refused = 未通过
claim-state-resent = 已重发
claim-state-withdrawn = 已结束

choose-case = { $case } · { $state }
choose-my-claims = 我的售后
choose-claims = 售后
choose-no-evidence = 说不出来
choose-claim-more = 补充说明
choose-claim-withdraw = 不用处理了
choose-claim-person = 请人工再看
choose-claim-refund = 退款 { $amount }
choose-claim-refuse = 拒绝
choose-why-evidence = 看不出问题
choose-why-redeemed = 发出后被兑换
choose-why-region = 地区不对
choose-why-window = 过了售后期
choose-why-limit = 次数已满

unknown-claim = 没有找到这个售后号。
nothing-to-claim = 订单 { $number } 现在没有能处理的码：还没发出，或者钱已经在退。
too-many-claims = 你有 { $most } 个售后正在处理，其中一个有结果后再提新的。
claimed-too-often = 你最近 { $days } 天提过 { $most } 次售后，这次请点“{ choose-human }”，写给店员来处理。
claim-decided = 售后 { $case }：{ $staff ->
    [shop] 已由系统
    [clock] 到时没人处理，已自动
    [buyer] 买家
   *[other] { $staff }
    }在 { $time } 处理过（{ $state }），你这次操作没有生效。

staff-claim = 售后 { $amount }，还剩 { $left } 分钟 · { $case } · 订单 { $number }
staff-claim-what = { $what }：{ $product }，第 { $position }/{ $n } 个，{ $time } 发出（{ $reference }）
staff-claim-buyer = 买家 { $buyer }：最近售后 { $claimed } 次，补发 { $replaced } 次（最多 { $most }）
staff-claim-late = 售后期到 { $time }，提出时已过
staff-claim-redeemed = 查到 { $time } 被兑换，在发出之后
staff-claim-undated = 发卡方 { $time } 告知已被兑换，没说是哪天
staff-claim-answered = 这个码之前答复过：人工拒绝过，或者钱已退
staff-claim-worked = 买家自己说过这个码兑换成功了
staff-claim-before = 这一份之前补发 { $replaced } 次，重发 { $sent } 次；另有 { $others } 个买家报过这个码
staff-claim-none-left = 没有现货可补发
staff-claim-supplier =
    供货商：{ $how ->
        [accepted] 认了
        [refused] 不认
       *[other] 还没答复
    }
staff-claim-no-evidence =
    { $waits ->
        [yes] 还在等买家说明
       *[other] 买家说不出更多
    }
staff-claim-else = 没人处理的话，{ $deadline } { $what }
claim-else-replace = 补发
claim-else-refund = 退款
claim-else-refuse = 拒绝并说明原因
claim-else-resend = 再发一次
claim-else-withdraw = 结束（买家没回）
staff-claim-decided = 售后 { $case }，订单 { $number }：{ $staff ->
    [shop] 系统
    [clock] 到时没人处理，
    [buyer] 买家
   *[other] { $staff }
    } { $time } { $state }
staff-claim-refuse = 售后 { $case }：拒绝的原因？买家会读到。
staff-claim-ask = 售后 { $case }：想问买家什么？写在下一条里，会发给买家。
staff-claim-asked = 问题发给买家了。
staff-claims = 进行中的售后（先到期的在前）：{ $n }
staff-claims-none = 没有进行中的售后。
staff-claim-at-supplier = 向 { $supplier } 索赔：{ $case }，采购 { $reference }。答复后发“supplier-claim { $case } accepted”或“refused”
staff-running-out-claim = { $n } 个售后快到答复时限，到时没人处理就按卡片上写的办：

event-claim-opened = 买家报了问题
event-claim-ended = 售后有结果
event-claim-appealed = 买家请人工再看
