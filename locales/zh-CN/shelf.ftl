# 货架：品牌、地区、商品

shelf = 想买什么？选一个，或者直接发名称。
shelf-category = { $category }里有这些，选一个，或者直接发名称。
shelf-empty = 货架现在是空的，没有可买的商品。
shelf-regions = 你的账号是哪个地区的？地区不对，兑换不了。
shelf-products = 选一个看看价格和库存。
found = 找到这几个，选一个看看。

product-no-way = 现在这里没有可用的付款方式。
product-card =
    { $product }{ $face ->
        [named] {""}
       *[other] {" "}· { $face }
    } · { $region }
    { $stock ->
        [0] { $price ->
            [none] 现在卖完了
           *[other] { $price } / { $measure }，现在卖完了
        }
       *[other] { $kind ->
            [by_hand] { $price } / { $measure }，店员人工办理，{ $hours } 小时内办好
            [on_demand] { $price } / { $measure }，付款后现订，{ $hours } 小时内送到
           *[other] { $price } / { $measure }，现货 { $stock } { $measure }
        }
    }
    { $anywhere ->
        [yes] 账号地区不限。
       *[no] 只能在{ $region }账号上用，别的地区兑换不了。
    }
    { $kind ->
        [by_hand] 到时没办好就全额退款。
        [on_demand] 到时没送到就全额退款。
       *[other] 付款后自动发货。
    }
    { $kind ->
        [by_hand] 用不了：{ $days } 天内告诉我们，核实后重办或退款。
       *[other] 兑换不了：{ $days } 天内告诉我们，核实后补发或退款。
    }
product-bulk = 一次买满 { $n } { $measure }，每{ $measure } { $price }。

guide =
    { $product }怎么兑换{ $n ->
        [1] {""}
       *[other] （{ $at }/{ $n }）
    }：
guide-region = 只能在{ $region }账号上兑换，先看一下账号地区。
guide-missing = { $product }的教程还没写好。兑换时有疑问，找人工就行。

choose-shelf = 看货架
choose-back = 返回
choose-next-page = 下一页
choose-page-before = 上一页
choose-product = { $product } · { $price }
choose-product-again = 看商品
choose-buy-one = 买 1 { $measure }
choose-buy-more = 多买几{ $measure }
choose-guide = 怎么兑换
