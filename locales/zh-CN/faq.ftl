# 常见问题：店里自己回答的，和店员教的

faq-redeem-how =
    兑换分三步：登录和商品地区一致的账号，打开兑换页，把码整行粘贴进去。
    不要手打，也不要带空格。每种商品的图文步骤点“{ choose-guide }”。
faq-find-code =
    发过的码不会丢：打开“{ choose-orders }”，点那一单，码会再显示一次，次数不限。
    换了聊天软件买的，先点“{ choose-link }”，订单就在一起了。
faq-code-invalid =
    先别反复试，免得账号被锁。检查两件事：整行粘贴、没有空格；账号地区和商品一致。
    还是不行，点“{ choose-problem }”，我们核实后补发、退款，或说明原因。码不用发给我们，我们知道发的是哪一个。
faq-code-used =
    先看看是不是已经到账：账号余额或会员到期日变了，就是兑换成功了，只是页面没刷新。
    没有到账，就别再试，点“{ choose-problem }”，写上页面的原话，我们来查。
faq-wrong-region =
    每个码只能在商品写明的地区用，账号地区不一样就兑换不了，换地区的限制由品牌决定。
    还没兑换的话，用一个同地区的账号就行。和商品页写的地区不符，点“{ choose-problem }”。
faq-paid-no-code =
    请先不要再付一次：到账的款都有记录，发不出的会全额退。
    打开那一单，点“{ choose-paid }”，我们马上去问付款方。没有找到订单，点“{ choose-human }”，发付款单号。
faq-delivery-time =
    有现货的，到账后自动发到这里，半夜和节假日也一样。
    人工办理和现订的商品，商品页写着最晚多久；到时没有就全额退款。
faq-refund-policy =
    码发出后，不能因为不想要了而退。兑换不了的，在商品页写明的天数内告诉我们，核实后补发或退款。
    还没发出的，打开那一单看能不能退，或点“{ choose-human }”：发不了的全额退回。
faq-refund-status =
    退款原路退回付款的账户。我们这边办完会在这里告诉你退款单号；到账要多久，看付款渠道。
faq-payment-methods =
    选好商品点购买，能用的付款方式都会列出来，选一种就行。没列出来的，这里暂时不收。
    付款页只从本店打开，不要付给私下发你账号的人。
faq-payment-failed =
    付不了先看三点：订单是不是过了付款时间；金额是不是一分不差；银行或钱包有没有限额。
    可以在订单里换一种付款方式。扣了钱就不要再付，我们来查。
faq-code-expiry =
    码在商品写明的日期前兑换都有效，没写日期的以品牌规定为准。
    建议收到就兑换，我们只在商品写明的售后天数内处理问题。
faq-mistyped-code =
    输错不会把码弄坏。打开订单点“{ choose-copy }”，整行粘贴，就不用分辨 0 和 O、1 和 I。
    提示次数太多，先停下，按页面写的时间过后再试。
faq-invoice =
    发票和收据由店员办理：点“{ choose-human }”，写上订单号、抬头和税号，店员在这里回复。
faq-bulk =
    买得多有阶梯价的，商品页会写从几件起什么价。
    超过一单上限，或者要长期拿货，点“{ choose-human }”写上商品和数量，店员来报价。
faq-genuine =
    单独给你的码只给一个人，发出去就不会再卖。地区和售后天数写在商品页，条款在“{ choose-terms }”里。
    兑换不了，我们在售后天数内核实后补发或退款。付款只走本店打开的付款页。
faq-human =
    点“{ choose-human }”，把事情写在一条消息里，店员在这里回复。密码和验证码不要发。
faq-review-hold = 付了款的订单，有些发货前要人工核对。那一单里写着最晚几点有结果：通过就发，不通过就全额退款，不用再付一次。
faq-out-of-stock =
    卖完的商品，补货后才能下单。打开那件商品，点“{ choose-tell-me }”：到货按顺序在这里告诉你，还给你单独留一份。
faq-coupon =
    店里现在的价格都写在商品上，多买有优惠的也写在那里。有活动会在订阅通知里说。
faq-gift =
    可以送人：打开那一单，点“{ choose-give }”，把一次性链接发给朋友，在任意聊天里打开就归对方。
    先确认对方账号的地区和商品一致。一个码只能兑换一次，送出以后请不要自己用。
faq-several-codes =
    一单里的码一行一个，分几次到的会分几条发，打开那一单能看到全部。一个个兑换，余额会累加；会员类能不能叠加看品牌规定。
    还差几个没到，那一单里写着；数量不对，点“{ choose-human }”。
faq-account-change =
    换了聊天账号：点“{ choose-link }”，两边的订单就在一起了。
    码已经兑换到别的账号，品牌不给转，我们也改不了。还没办理的代充要改账号，马上点“{ choose-human }”。
faq-limit =
    一单最多几件写在商品页；有的商品每人总共只能买几件。没付款的订单也占着数量，取消后就空出来。
    需要更多，点“{ choose-human }”。

faq-title-redeem-how = 怎么兑换
faq-title-find-code = 找不到码了
faq-title-code-invalid = 提示码无效
faq-title-code-used = 提示已被使用
faq-title-wrong-region = 地区不对
faq-title-paid-no-code = 付了款没收到
faq-title-delivery-time = 多久发货
faq-title-refund-policy = 能不能退
faq-title-refund-status = 退款到哪了
faq-title-payment-methods = 怎么付款
faq-title-payment-failed = 付不了款
faq-title-code-expiry = 有效期多久
faq-title-mistyped-code = 输错了码
faq-title-invoice = 开发票
faq-title-bulk = 批发、多买
faq-title-genuine = 是不是正版
faq-title-human = 找店员
faq-title-review-hold = 订单在核对
faq-title-out-of-stock = 什么时候补货
faq-title-coupon = 优惠和折扣
faq-title-gift = 买来送人
faq-title-several-codes = 买了好几个码
faq-title-account-change = 换账号
faq-title-limit = 最多买几个

faq-about = 说的是这一单：{ $number }，{ $product }。
faq-unpaid = 订单 { $number } 还没看到 { $total } 的付款。已经付了就点“{ choose-paid }”，我们马上去查。
faq-sent = 订单 { $number } 已在 { $time } 发货，点“{ choose-see-again }”就能看到。
faq-refund =
    { $state ->
        [done] 订单 { $number }：{ $amount } 已退，退款单号 { $reference }。
        [failed] 订单 { $number }：{ $amount } 原路退不回去，店员会人工退。单号 { $reference }。
       *[other] 订单 { $number }：{ $amount } 正在退，单号 { $reference }。
    }
faq-which = 你问的是哪一个？
faq-passed = 这个我没把握，已经交给店员看。想马上有人回复，点“{ choose-human }”。
faq-too-many = 今天问得有点多，我记不下了。点“{ choose-human }”，把事情写在一条消息里，店员来回复。
faq-list = 常问的都在这里，也可以直接把问题打出来。
faq-thanks = 不客气。还要什么，发名称就行。
faq-asked-before =
    你之前问过：{ $text }
    现在有答案了：

choose-not-that = 不是问这个
choose-none-of-these = 都不是
choose-open = 打开页面
choose-see-again = 再看一次码
choose-faq = 常见问题

# 给店员

questions-card = 没答上来的问题 · 问过 { $n } 次，{ $people } 人
questions-asked = { $time } { $text }
questions-left = { $staff } 在 { $time } 放着不答了。
questions-taught = { $staff } 在 { $time } 教给了：{ $entry }
questions-none = 没有答不上来的问题。
questions-list = 没答上来的问题 { $n } 组：
questions-row = { $n }. 问过 { $count } 次：{ $text }
questions-means = 这些问题是在问哪一条？点一下就教会了，马上生效。
choose-questions = 没答上来的
choose-questions-one = 第 { $n } 组
choose-other-entry = 别的条目
choose-new-entry = 写新条目
choose-leave-questions = 不用答
choose-entries = 问答条目
choose-forget = 忘掉第 { $n } 句
choose-edit-entry = 改写
entries = 店里会自己回答的，共 { $n } 条：
entry = 条目：{ $title }
entry-phrasing = { $n }. { $text }
entry-called = 这一条叫什么？买家选的时候看到的就是它，最多 { $most } 个字。
entry-text = 写下回答，最多 { $most } 个字。密码、卡密不要写。
entry-look = 买家会看到的样子：
entry-picture = 发一张图片，或者不要图片。
entry-link = 发一个 https:// 开头的网址，或者不要链接。
entry-saved = 已保存，马上生效。
choose-entry-save = 保存
choose-entry-picture = 图片
choose-entry-link = 链接

kind-questions = 没答上来的问题

# 没做成

unknown-entry = 没有这一条，可能已经换了。看看“{ choose-entries }”。
bad-entry = 没有保存：最多 { $most } 个字，不能是空的，链接要以 https:// 开头。
unknown-questions = 没有这一组问题。
