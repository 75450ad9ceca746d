# 命令菜单里每一条的说明

command-buyers-shelf = 看货架，挑商品
command-buyers-orders = 我的订单和兑换码
command-buyers-help = 怎么买、怎么取货
command-buyers-language = 换一种语言
command-buyers-terms = 购买条款：退换和售后
command-buyers-paysupport = 付款遇到问题

command-staff-reviews = 待核对的订单
command-staff-hands = 要人工办理的订单
command-staff-orders = 最新的订单
command-staff-stock = 库存和补货
command-staff-help = 能做什么，有什么在等
