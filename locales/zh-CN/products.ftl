# 货架：商品、价格、商品表

hears-manage = 商品管理|管理商品|改商品|上架|下架
hears-product-new = 新商品|新建商品|添加商品
hears-reprice = 批量调价|调价|改价
hears-price-changes = 调价记录
choose-products = 商品
choose-product-new = 新商品
choose-reprice = 批量调价
choose-reprice-later = 调价
choose-price-changes = 调价记录
choose-catalogue-import = 导入商品表
choose-catalogue-export = 导出商品表
choose-as-buyer = 买家看到的样子
choose-off-shelf = 下架
choose-on-shelf = 上架
choose-none = 没有
choose-below-cost = 低于成本也照改
choose-all-products = 全部商品
choose-now = 现在
choose-change-prices = 确定调价
choose-price-change = 第 { $n } 次
choose-price-cancel = 取消这次调价
choose-price-undo = 恢复原价
choose-catalogue-apply = 确定导入
product-hidden = { $product }（未上架）
staff-products = 共 { $n } 个商品，{ $hidden } 个未上架。点商品可以修改。
staff-product =
    { $product }（{ $slug }）
    品牌：{ $brand } · { $state ->
        [on] 已上架
        [frozen] 已冻结，核对后才能卖
       *[off] 未上架
    }
staff-product-is = 面值：{ $face } · 地区：{ $region } · { $kind }
staff-product-no-price = 还没有价格
staff-product-price = { $currency }：{ $text }
staff-product-limits = 每单最多 { $order } 件 · { $buyer ->
        [0] 每人不限
       *[other] 每人最多 { $buyer } 件
    }
staff-product-after = { $goods }，{ $resale } · 售后 { $days } 天 · 缺货时：{ $shortage }
staff-product-names = 名称：{ $text }
staff-product-guide = 兑换说明：{ $text } · { $picture ->
        [yes] 有配图
       *[no] 无配图
    }
staff-product-delivery = 发货附言：{ $text } · 商品图：{ $picture ->
        [yes] 有
       *[no] 无
    }
staff-product-redeem = 兑换网址：{ $url }
staff-product-edited = { $who }改于 { $time }
staff-as-buyer = 买家看到的：
staff-button = [ { $label } ]
product-field-name = 名称
product-field-price = 价格
product-field-brand = 品牌
product-field-face = 面值
product-field-region = 地区
product-field-picture = 商品图
product-field-delivery = 发货附言
product-field-redeem = 兑换网址
product-field-order = 每单限购
product-field-buyer = 每人限购
product-field-days = 售后天数
product-field-kind = 库存方式
product-field-goods = 商品类别
product-field-resale = 变现难易
product-field-shortage = 缺货处理
pick-unique = 一卡一密
pick-shared = 一密多用
pick-on-demand = 付款后采购
pick-by-hand = 人工办理
pick-bundle = 套餐
pick-digital = 虚拟商品
pick-physical = 实物商品
pick-low = 不易变现
pick-normal = 变现一般
pick-high = 容易变现
pick-ask = 买家选等货或换货
pick-wait = 买家可以等货
pick-substitute = 买家可以换货
pick-refund = 直接退款
edit-which = 改哪种语言的？
edit-which-again = 请从下面选一种语言。
edit-name = 新名称写什么？最多 { $most } 个字。
edit-price =
    新价格是多少？比如：128
    买得多更便宜：128; 5: 125
    别的币种写在前面：USDT 18.5。不再用这个币种：USDT -
edit-brand = 属于哪个品牌？
edit-face = 面值写什么？最多 { $most } 个字。
edit-region = 哪个地区能用？比如 us、hk，不限写 global。
edit-picture = 请发一张图片（PNG、JPEG 或 WebP）。
edit-delivery = 发货时附上什么话？最多 { $most } 个字。可用变量：{"{product} {brand} {face} {number} {n} {noun} {region} {redeem_url} {days} {shop}"}
edit-redeem = 在哪个网址兑换？
edit-order = 每单最多几件？{ $least } 到 { $most }。
edit-buyer = 每人一共最多几件？{ $least } 到 { $most }。
edit-days = 售后几天？{ $least } 到 { $most }。
edit-kind = 库存怎么来？
edit-goods = 是哪类商品？
edit-resale = 这件商品容易转手变现吗？
edit-shortage = 付款后缺货怎么办？
edit-now = 现在是：{ $text }
edit-done = 已改：{ $field }
edited-meanwhile = { $product }刚被{ $who }改过（{ $time }），你的没有生效。请看现在的样子再改。
kind-stays = { $product }还有库存，不能换库存方式。请另建一个商品。
product-needs-price = 还没有价格，不能上架。
product-made = 已建好：{ $product }。现在未上架，看过之后再上架。
not-taken = { $why }
wrong-empty = 什么也没写，请再写一次。
wrong-long = 写了 { $n } 个字，最多 { $most } 个。
wrong-hidden = 里面有看不见的字符，请去掉再写。
wrong-tags = 这里不能用 HTML，请只写文字。
wrong-number = 请写一个整数，{ $least } 到 { $most }。
wrong-choice = 只能是：{ $options }。
wrong-link = 请写完整的网址，以 https:// 开头。
wrong-region = 地区请写字母，比如 us、hk、global。
wrong-currency = 没有“{ $text }”这种货币。
wrong-price = 看不懂价格“{ $text }”。请这样写：128 或 128; 5: 125
wrong-picture-none = 请发一张图片，不是文字。
wrong-picture = 这张用不了：要完整的 PNG、JPEG 或 WebP，最大 { $most } MB，不能太长太窄。
wrong-file = 没拿到这个文件，请再发一次。
wrong-file-large = 文件太大，最大 { $most } MB。
wrong-brand = 没有这个品牌，请从下面选。
wrong-percent = 请写百分比，比如 +5% 或 -3%。
wrong-slug = product 一栏只能用小写字母、数字和短横线，最多 { $most } 个字。
below-cost = 这样卖低于成本：
below-cost-row = { $product }：卖 { $price }，到手 { $amount }，成本 { $cost }
below-cost-more = 还有 { $n } 个
new-name = 新商品叫什么？
new-brand = 属于哪个品牌？选一个，或写新品牌的名字。
new-category = 新品牌{ $text }放在哪一类？选一个，或写新类别的名字。
new-face = 面值是多少？比如 $20。
new-region = 哪个地区能用？
new-kind = 库存怎么来？
new-price =
    卖多少{ $currency }？比如：128
    买得多更便宜：128; 5: 125
reprice-what = 调哪些商品的价？
reprice-how = 调多少？比如 +5% 或 -3%。
reprice-how-one = 调多少？比如 +5%，或直接写新价 128。
reprice-when = 什么时候？选现在，或写时间，比如 18:00、12-01 09:00（店里的时间）。
reprice-when-again = 看不懂这个时间，或者已经过了。请写比如 18:00、12-01 09:00，一年以内。
reprice-preview = { $later ->
        [yes] { $time }起，{ $n } 个商品换价：
       *[no] 现在起，{ $n } 个商品换价：
    }
reprice-row = { $product } { $currency }：{ $old } → { $new }
nothing-to-reprice = 这里没有价格会变的商品。
no-such-change = 没有这次调价。
change-ended = { $who }已处理过这次调价（{ $time }）：{ $state ->
        [going] 正在调价
        [undoing] 正在恢复原价
        [cancelled] 已取消
        [undone] 已恢复原价
        [done] 已生效
       *[planned] 还没到时间
    }。
price-changes-none = 还没有调过价。
price-changes = 最近的调价：
price-change-what = { $product } { $text }
price-change-row = { $number }. { $what }，{ $time }，{ $state ->
        [going] 进行中
        [undoing] 恢复中
        [planned] 待生效
        [cancelled] 已取消
        [undone] 已恢复
       *[done] 已生效
    }
price-change =
    第 { $number } 次调价：{ $what }
    { $state ->
        [planned] { $time }生效，由{ $who }安排
        [going] 正在调价，由{ $who }安排
        [undoing] { $who }正在恢复原价
        [cancelled] 已由{ $who }取消
        [undone] 已由{ $who }恢复原价
       *[done] 已生效（{ $time }），由{ $who }安排
    }
    已下的订单价格不变。
price-change-over = 第 { $number } 次调价{ $state ->
        [undone] 已恢复原价
       *[done] 已全部生效
    }，共 { $n } 个商品。
price-undo-left = { $product }后来又改过价，没有动。
catalogue-here = 商品表，共 { $n } 个商品。改好发回来就行。
catalogue-send = 请发商品表（xlsx 或 csv，最大 { $most } MB），也可以直接粘贴。没写的商品不动。
catalogue-same = 看了 { $n } 行，和现在一样，没有要改的。
catalogue-preview = 新增 { $new } 个，修改 { $changed } 个，不变 { $unchanged } 个：
catalogue-row = 第 { $row } 行 { $slug }：{ $what ->
        [new] 新增
       *[changed] 修改
    }（{ $text }）
catalogue-wrong = 有 { $n } 行不对，什么都没改：
catalogue-wrong-row = 第 { $row } 行：{ $why }
catalogue-sure = 要导入吗？
catalogue-nothing = 什么都没改。请重新导出再改。
catalogue-done-before = 这份表已经导入过了。
catalogue-done = 已导入：新增 { $new } 个，修改 { $changed } 个，不变 { $unchanged } 个。新增的请看过再上架。
catalogue-going = 正在导入，行数较多，完成后告诉你。
catalogue-left = 有 { $n } 个刚被别人改过，没有动：{ $text }
draft-gone = 这份表已经放弃了，请重新发。
no-such-file = 没有这个文件。
no-sheet = { $why }
sheet-large = 文件太大，最大 { $most } MB。
sheet-empty = 表里没有商品。第一行是栏名，下面每行一个商品。
sheet-rows = 表太大，最多 { $n } 行。
sheet-encoding = 看不懂文字编码，请存成 xlsx 或 UTF-8 的 csv。
sheet-kind = 这不是能用的表，请发 xlsx 或 csv。
sheet-column = 没有“{ $text }”这一栏。请用导出的栏名。
sheet-column-twice = 有两栏同名，请去掉一栏。
sheet-no-product = 缺 product 这一栏。
row-twice = { $slug } 出现了两次
row-column = { $column }：{ $why }
row-missing = 缺 { $text }
row-bundle = 套餐不能在表里改
