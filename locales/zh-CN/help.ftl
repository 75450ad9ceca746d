# 问候、帮助、语言、找人工、没听懂

welcome =
    你好，这里是{ $shop }。
    付款后兑换码直接发到这里。
    想买什么？发名称，或者选下面一项。
welcome-back = 欢迎回来。上次买的是{ $product }，再来一单？
help =
    想买：发名称，或点“{ choose-shelf }”。
    付了款没动静：在“{ choose-orders }”里打开那一单，点“{ choose-paid }”。
    兑换不了：打开那一单，点“{ choose-problem }”。
    换设备取货：发“取货 订单号 口令”。
    付款问题发“付款帮助”，购买条款发“条款”。
terms =
    { $shop }的购买条款：
    码只能在商品写明的地区用。发出后不支持无理由退换。
    兑换不了：{ $days ->
        [0] 在商品写明的天数内
       *[other] 收到后 { $days } 天内
    }告诉我们，核实后补发或退款。
    发不出货的，全额退款。退款退回你付款的账户，退不回去的由店员人工转给你。
    有疑问点“{ choose-human }”。
paysupport =
    付款问题这样处理：
    付了没发货：打开“{ choose-orders }”里那一单，点“{ choose-paid }”，不要再付一次。
    还是没有，或者想退款：点“{ choose-human }”，发订单号和付款单号，店员查完在这里回复。
    密码和验证码不要发。
human-called =
    已经转给店员了，回复会发到这里。
    不用重复发，自动发货照常。
not-understood = 没看懂。可以发商品名称，或者选下面一项。
button-old = 这个按钮已经过期，这次什么都没有改动。
language = 想用哪种语言？
language-changed = 好，接下来用中文。

choose-start = 开始
choose-human = 找人工
choose-language = 语言
choose-terms = 购买条款
choose-paysupport = 付款帮助
choose-same-again = 再买一样的
talk-left = 好，先到这里，什么都没有改动。
human-what =
    想问什么？写在下一条里，店员会看到，回复也发到这里。
    密码和验证码不要发。
human-says =
    店员回复：
    { $text }
choose-nothing = 不问了
choose-reply = 回复
