# 打字也能说的词，用 | 隔开

hears-start = 开始|你好|您好|你好呀|嗨|哈喽|在吗|在么|在不在|有人吗|早上好|下午好|晚上好|首页
hears-shelf = 货架|看货架|商品|看商品|有什么|有货吗|卖什么|买|我要买|想买|购买|下单|价格|价目表|逛逛
hears-orders = 订单|我的订单|最近订单|看订单|我的码|我的卡密|我付款了|我已付款|已付款|付款了|付好了|没收到|还没收到
hears-order = 查单|查订单|订单号|看单
hears-pickup = 取货|提货|取码
hears-cancel = 取消|取消订单
hears-human = 人工|找人工|转人工|人工客服|客服|找客服|店员|退款|我要退款|投诉|兑换不了|用不了|不能用|码有问题|有问题|出错了
hears-help = 帮助|帮忙|怎么用|怎么买|说明
hears-redeem = 兑换|去兑换|怎么兑换|如何兑换|怎么充值|怎么激活|激活|使用教程|教程
hears-terms = 条款|购买条款|服务条款|使用条款|规则|退换规则|售后政策|退款政策
hears-paysupport = 付款帮助|支付帮助|付款问题|支付问题|付款失败|支付失败|付不了款
hears-language = 语言|换语言|切换语言
hears-reviews = 待核对|核对|审核|待审核
hears-hands = 待办理|办理|代充|人工办理
hears-stock = 库存|查库存|补货
hears-refunded = 已退款|退款完成
hears-recover = 补单
hears-match = 认领
hears-same = 同一笔
hears-credited = 已存余额
hears-goodwill = 补偿
hears-replace = 补发
hears-thaw = 解冻
hears-notices = 支付通知
hears-margins = 毛利
hears-received = 到账
