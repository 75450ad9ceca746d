# 风险规则：店员看到的原因、结果和设置

trail-customer = 买家
trail-device = 设备
trail-ip = IP 地址
trail-payer = 付款账户
trail-email = 邮箱
trail-destination = 充值账号
listed-customer = 买家
listed-ip = IP 地址
listed-device = 设备
listed-payer = 付款账户
listed-email = 邮箱
listed-destination = 充值账号
listed-domain = 邮箱域名
listed-country = 国家或地区
risk-hours = { $n } 小时
risk-days = { $n } 天

risk-unweighed = 规则没能运行，需要人工判断
risk-listed = 在黑名单上（{ $what }）：{ $text }
risk-allowed = 在白名单上（{ $what }）：{ $text }
risk-history-unknown = 查不到这位买家以前的订单
risk-rejected-before = 以前有 { $n } 单被店员拒绝
risk-refund-abuse = { $orders } 单里有 { $n } 单退款或补发
risk-dropped-payment = 付款后很快退回 { $n } 次，过期没付 { $lapsed } 单
risk-late-and-new = 新买家，过了保留时间才付款
risk-far-above-usual = 几天内的金额是这位买家平时一单的 { $n } 倍
risk-bad-neighbours = 同一{ $by }下，别人有 { $n } 单被争议或拒绝
risk-reputation-good = 以前的订单都顺利
risk-reputation-bad = 以前的订单问题多
risk-limit-orders = 同一{ $by }，{ $span }内第 { $n } 单
risk-limit-amount = 同一{ $by }，{ $span }内共 { $amount }
risk-limit-products = 同一{ $by }，{ $span }内买了 { $n } 种商品
risk-crowd = 同一{ $by }，{ $span }内有 { $n } 位买家
risk-exposure = { $span }内，此买家或同一设备、同一付款账户共买了 { $amount }，大多还没经过时间检验
risk-unpaid-orders = { $span }内有 { $n } 单没付款
risk-resale-young = 账号认识不久，买的是容易转手的商品
risk-young-bulk = 账号认识不久，一次买 { $n } 件
risk-young-account = 新买家，账号刚来不久
risk-in-a-hurry = 新买家，付完一单马上又来，这是第 { $n } 单
risk-young-again = 账号认识不久，{ $span }内刷卡第 { $n } 单，共 { $amount }
risk-little-at-stake = 金额小：{ $span }内共 { $amount }
risk-known-address = 同一 IP 地址下，别人有 { $n } 单都顺利
risk-many-accounts = 这位买家关联了 { $n } 个账号
risk-country-listed = 来自 { $country }，在设好的地区名单里
risk-country-unknown = 不知道来自哪个国家或地区
risk-country-mismatch = 付款账户在 { $payer }，人在 { $country }
risk-rail-elevated = 支付平台认为风险偏高
risk-rail-highest = 支付平台认为风险最高
risk-fraud-warning = 发卡行提醒：持卡人可能不知道这笔付款
risk-rails-failed = 一小时内用 { $n } 种付款方式都没付成
risk-throw-away-email = 用的是一次性邮箱
risk-destination-changes = 一天内换了 { $n } 个充值账号
risk-too-fast = 从看商品到下单只用了 { $n } 秒
risk-night = 凌晨 { $hour } 点的大额订单

outcome-pass = 通过
outcome-delay = 延迟发货
outcome-review = 人工核对
outcome-refuse = 拒绝并退款
risk-why =
    订单 { $number }：{ $outcome }，{ $score } 分
    { $time } 按第 { NUMBER($version, useGrouping: 0) } 版规则判断
risk-why-at = { $delay } 分起延迟发货，{ $review } 分起人工核对，{ $refuse } 分起拒绝
risk-why-row = { $score } 分：{ $why }
risk-why-hard = { $score } 分，至少{ $outcome }：{ $why }
risk-why-shadow = 试运行，不算分（{ $score }）：{ $why }
risk-why-clean = 没有规则提出疑问。
risk-why-unweighed = 订单 { $number } 还没有按规则判断过。
choose-why = 为什么
hears-risk-rules = 核对规则|审核规则
hears-why = 为什么|原因
no-such-version = 没有这个版本的规则。
alarm-risk-file-unread = risk.toml 读不出来，规则没有改动，还按原来的运行。请检查文件的权限和编码（UTF-8）。
alarm-risk-file = risk.toml 第 { NUMBER($line, useGrouping: 0) } 行没看懂，规则没有改动，还按原来的运行：{ $text }
risk-bad-length = 文件超过 { $most } 个字符
risk-bad-toml = 不是 TOML 格式
risk-bad-table = “{ $name }”应该是一张表
risk-bad-choice = “{ $name }”只能是：{ $options }
risk-bad-rising = 分数线要从小到大：delay、review、refuse
risk-bad-number = “{ $name }”应该是 { $least } 到 { $most } 的整数
risk-bad-flag = “{ $name }”只能是 true 或 false
risk-bad-list = “{ $name }”应该是列表，例如 ["US", "HK"]
risk-bad-amount = “{ $name }”应该是 { $currency } 金额，例如 "200.00"（要带引号），或 "2.5 x"，即 review_above 的 2.5 倍
risk-bad-near = 没有“{ $name }”这{ $what ->
    [rule] 条规则
   *[setting] 个设置
}，是不是 { $near }？
risk-bad-unknown = 没有“{ $name }”这{ $what ->
    [rule] 条规则
   *[setting] 个设置
}

risk-rules =
    订单核对规则：{ $preset }，第 { NUMBER($version, useGrouping: 0) } 版
    { $delay } 分起晚 { $minutes } 分钟发货，{ $review } 分起人工核对，{ $refuse } 分起拒绝并退款。
risk-rules-unread = 第 { NUMBER($version, useGrouping: 0) } 版规则读不懂（第 { $line } 行：{ $text }），所有订单都转人工核对。选一档就能恢复。
risk-rules-changed = 改动过：{ $rule }（{ $mode }，{ $weight } 分）
risk-rules-never = 还没有人改过，用的是标准档。
risk-rules-set = { $staff } 在 { $time } 设置。
risk-preset-lax = 宽松
risk-preset-standard = 标准
risk-preset-strict = 严格
risk-preset-sure = 换成“{ $preset }”，店里自己改过的规则会一起恢复原样。要换吗？
risk-which-figure = 改哪一个？
risk-figure-delay = 延迟发货分数
risk-figure-review = 人工核对分数
risk-figure-refuse = 拒绝分数
risk-figure-delay-minutes = 延迟多少分钟
risk-figure-now = 现在是 { $n }。改成多少？
risk-figure-again = 写一个数字，{ $least } 到 { $most }；分数要按延迟、核对、拒绝的顺序从小到大。没有改动。
risk-which-rule = 改哪条规则？
risk-rule-now =
    { $rule }：{ $mode }，{ $weight } 分
    分数加起来决定怎么办；标着“至少”的，不看分数。
risk-rule-hard = 至少：{ $outcome }
risk-rule-weight = { $rule }现在是 { $n } 分。改成多少？写 { $least } 到 { $most } 之间的数字。
risk-mode-on = 开启
risk-mode-shadow = 试运行
risk-mode-off = 关闭
risk-versions = 以前的规则。选一版，就按它运行：
risk-versions-none = 还没有以前的版本。
risk-version-sure = 第 { NUMBER($version, useGrouping: 0) } 版，{ $preset }，{ $staff } 在 { $time } 设置。按这一版运行吗？
choose-rules = 核对规则
choose-thresholds = 改分数线
choose-one-rule = 改一条规则
choose-versions = 以前的版本
choose-weight = 改分数
choose-version = 第 { NUMBER($version, useGrouping: 0) } 版 · { $preset } · { $time }

risk-rule-listed = 黑名单
risk-rule-allowed = 白名单
risk-rule-history-unknown = 查不到历史
risk-rule-disputed-before = 有过争议
risk-rule-fraud-warning = 发卡行预警
risk-rule-rail-highest = 平台评为最高风险
risk-rule-country-review = 要核对的地区
risk-rule-country-delay = 延迟发货的地区
risk-rule-new-buyer-high-value = 新买家大额
risk-rule-far-above-usual = 远超平时
risk-rule-young-bulk = 新账号一次买多件
risk-rule-resale-young = 新账号买易转手
risk-rule-young-account = 新账号
risk-rule-many-accounts = 关联账号多
risk-rule-limit-customer = 每个买家上限
risk-rule-limit-device = 每台设备上限
risk-rule-limit-payer = 每个付款账户上限
risk-rule-limit-email = 每个邮箱上限
risk-rule-limit-destination = 每个充值账号上限
risk-rule-limit-ip = 每个 IP 上限
risk-rule-crowd-device = 一台设备多个买家
risk-rule-crowd-payer = 一个账户替多人付
risk-rule-crowd-email = 一个邮箱多个买家
risk-rule-crowd-destination = 多人充同一账号
risk-rule-crowd-ip = 一个 IP 多个买家
risk-rule-new-in-company = 新买家扎堆
risk-rule-new-in-a-hurry = 新买家连买
risk-rule-young-again = 新账号接连刷卡
risk-rule-young-exposure = 新账号买得多
risk-rule-exposure = 近期买得多
risk-rule-revocable = 近期刷卡多
risk-rule-revocable-weeks = 几周内刷卡多
risk-rule-country-mismatch = 付款地和所在地不同
risk-rule-rail-elevated = 平台评为较高风险
risk-rule-rails-failed = 多种方式付款失败
risk-rule-throw-away-email = 一次性邮箱
risk-rule-destination-changes = 频繁换充值账号
risk-rule-unpaid-orders = 下单不付款
risk-rule-too-fast = 快过真人
risk-rule-night = 深夜大额
risk-rule-refund-abuse = 退款补发过多
risk-rule-rejected-before = 拒绝过
risk-rule-dropped-payment = 付款后又退回
risk-rule-bad-neighbours = 关联的坏订单
risk-rule-reputation = 信誉
risk-rule-known-address = 熟悉的 IP
risk-rule-little-at-stake = 金额小
