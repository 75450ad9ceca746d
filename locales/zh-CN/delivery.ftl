# 发货：码单独成行

delivered =
    订单 { $number } 已发货：{ $product } × { $n }

    { $codes }
delivered-by-hand =
    订单 { $number } 已办好：{ $product } × { $n }

    { $codes }
redeem-here =
    { $anywhere ->
        [yes] 兑换：登录你的账号，打开 { $url }
       *[no] 兑换：登录{ $region }账号，打开 { $url }
    }
delivered-after =
    不行的话先别反复试，{ $days } 天内点“{ choose-problem }”，我们来查。
delivered-later = 以后在“{ choose-orders }”里随时能看。
delivered-elsewhere =
    聊天丢了：{ $url } 发“取货 { $number }”和
    { $phrase }

code-field = { $label }: { $value }
code-expires = 有效期: { $date }
field-code = 兑换码
field-number = 卡号
field-pin = 卡密
field-extra = 附加码
field-text = 内容

choose-copy = 复制
choose-redeem = 去兑换
choose-problem = 有问题
replaced =
    订单 { $number } 已补发 { $n } 份：{ $product }，原来的不用了

    { $codes }
codes-wait =
    订单 { $number } 已备好，但那边的聊天发不过去。
    在这里打开“{ choose-orders }”就能看到。
