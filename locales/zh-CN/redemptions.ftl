# 核销：谁说的、什么时候

choose-worked = 用上了
choose-all-worked = 全部用上了
choose-keep-where = 可以，记下
choose-keep-nothing = 不用记
choose-forget-where = 删掉时间地点
choose-redeem-another = 再核销一个

worked-which = 订单 { $number }：哪几个用上了？
worked-noted =
    好的，已记下用上了。
    要不要也记下是什么时候、在哪里用的？你同意才记，随时可以收回。
worked-where = 在哪里兑换的：哪个国家、哪个应用或网页？最多 { $most } 个字，请不要发码本身。
worked-kept = 已记下用上了，也记下了时间和地点。时间和地点随时可以收回。
worked-thanks = 好的。只记下用上了，别的都不记。
worked-forgotten = 时间和地点已删掉，只留着“用上了”。
nothing-redeemed = 订单 { $number } 没有可以说用上了的码。
told-redeemed =
    订单 { $number } 第 { $position } 个：{ $product }刚在我们这里核销了。
    不是你用的话，点“{ choose-problem }”。

redeem-which = 输入或扫码。只有本店认的码才算，而且只算一次。
redeem-done =
    已核销：{ $product }，订单 { $number } 第 { $position } 个。{ $time }，{ $staff }
    已告诉持有人。
redeem-before =
    之前已核销：{ $time }，{ $staff }。{ $product }，订单 { $number } 第 { $position } 个
    不要再兑付。
not-honoured = 这不是本店认的码。核对后再发一次。
not-honoured-now = 这个码属于订单 { $number }，那笔付款有争议或已退回，不要兑付。
issuer =
    { $product }：{ $name ->
        [shop] 由本店自己兑付，用“核销”
        [none] 除了买家，没有人告诉我们码用没用
       *[other] 由 { $name } 告诉我们码什么时候用了
    }
    要改的话，发“issuer { $slug } shop”。
issuer-unknown = 这里没有 { $name }。有：{ $options }

staff-known-redeemed = 已知用掉：{ $lines } · { $source }，{ $time }
redeemed-by-seller = 本店核销
redeemed-by-issuer = 发行方告知
redeemed-by-buyer = 买家告知
event-redeemed = 记下核销
event-place-forgotten = 买家收回了时间地点
act-redeem = 核销
act-issuer = 设定核销来源

hears-redemptions = 核销率|核销统计
redemptions = 已发出的码，有据可查的核销情况：
redemptions-none = 还没有发出过码。
redemptions-row =
    { $product }：{ $known ->
        [no] 不知道，没有来源
       *[yes] { $rate }%（{ $asked } 个里 { $found } 个）
    } · 覆盖率 { $coverage }%（{ $sent } 个里 { $asked } 个）· 买家说用上了：{ $done }
