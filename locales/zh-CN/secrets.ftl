# 查看卡密、导出文件、操作记录

hears-reveal = 查看卡密|看卡密
hears-export = 导出|导出文件
hears-audit = 操作记录

choose-show-here = 在这里显示
choose-show-once = 打开一次性网页
choose-agree-export = 同意导出
choose-stop-export = 停止导出
choose-passphrase = 显示口令
choose-audit-older = 更早的记录

reveal-why =
    { $what }：要看 { $n } 个卡密。24 小时内你还能看 { $left } 个。
    为什么要看？写一句话，会记下来并告诉大家。不要把卡密写进去。
reveal-where = 在哪里看？在这里显示的，聊天里可能留得住；一次性网页打开一次就没了。
reveal-link = 这个链接只能打开一次，{ $time } 前有效：{ $way }
revealed =
    { $time } 前可看，过后不再显示：
    { $codes }
nothing-to-reveal = 没有这个卡密，或者还没发出去。
several-codes = 这批里有几个卡密都是这个结尾。请多写几位。
enough-revealed = 24 小时内最多看 { $most } 个，还剩 { $left } 个。要看一部分，请在订单号后写第几个；要全部，请导出。
reason-needed = 请写明原因，3 到 { $most } 个字。
link-used = 这个链接已经用过，或者过期了。需要的话请重新申请。

export-what = 要导出什么？
export-how = 导出{ $file }，要哪种格式？
export-how-month = 导出 { $what } 的{ $file }，要哪种格式？
format-xlsx = Excel 表格
format-csv = CSV
file-orders = 订单
file-receipts = 收款
file-refunds = 退款
file-stock = 库存
file-customers = 买家
file-books = 月账
file-accounts = 科目余额
file-codes = 卡密
export-ready = { $file }已备好。这个链接只能下载一次，{ $time } 前有效，不要转发：{ $way }
export-codes-of-what = 导出哪些卡密？写“export codes 订单号”或“export codes 商品名”。
export-codes-why =
    { $what }：{ $n } 个卡密会放进一个加密文件，仍在卖的照常卖。
    为什么要导出？写一句话，会记下来并告诉大家。
export-codes-asked = 已申请。另一位有权限的同事同意后，链接会发到这里。
export-codes-wait = 店里没有别人能同意，所以要等到 { $time }，其间店主可以停止。到时链接会发到这里。
export-codes-ready =
    { $n } 个卡密的加密文件可以下载了，只能一次，{ $time } 前有效：{ $way }
    下载后用口令解压。口令也只显示一次。
export-agreed = 已同意导出 { $n } 个卡密。链接发给了申请的人。
export-ended = 已停止，文件不会给出。
export-is-asked = 还没人同意
export-is-ready = 已经同意
export-is-stopped = 已经停止
export-is-taken = 已经下载
export-decided = 这次导出{ $state }，不能再改。
second-person-needed = 要另一位在申请之前就有权限的同事来同意。
no-such-month = 没有这个月份，或者还没到。请写成 2026-03 这样。
passphrase =
    解压口令，只显示这一次，请记好：
    { $phrase }
passphrase-shown-before = 口令已经显示过。没记下的话请重新申请。

told-reveal = { $staff }查看了 { $n } 个卡密。原因：{ $why }
told-export = { $staff }导出了文件：{ $file }
told-codes-asked = { $staff }申请导出 { $what } 的 { $n } 个卡密。原因：{ $why }
told-codes-wait = { $staff }申请导出 { $what } 的 { $n } 个卡密，{ $time } 起可以下载，在那之前可以停止。原因：{ $why }
told-codes-taken = { $staff }下载了 { $what } 的 { $n } 个卡密。
told-export-stopped = { $staff }停止了导出：{ $file }
told-roles = { $staff }把{ $name }改为：{ $roles }
told-left = { $name }离职了。
told-entered = { $name }进来了：{ $roles }
told-audit-head = 操作记录共 { $n } 条，校验值 { $value }。如果记录被动过，凭它可以查出来。

audit-latest = 最近的操作：
audit-none = 没有更早的记录。
audit-row = { $time } { $staff }：{ $what } { $name }
actor-shop = 系统
actor-clock = 定时任务
actor-command-line = 命令行
actor-chat = 聊天平台
actor-supplier = 供货商
act-agree-export = 同意导出
act-approve = 通过
act-ask-export = 申请导出
act-backup = 备份
act-bought = 进货
act-enter = 进店
act-export = 下载
act-exported = 导出完成
act-fulfil = 办理
act-give-roles = 改角色
act-goodwill = 补偿
act-import = 入库
act-invite = 邀请
act-leave = 离职
act-match = 认领款项
act-open-room = 开群
act-payment-by-hand = 记到账
act-recover = 补单
act-refund = 退款
act-refund-by-hand = 手工退款
act-reject = 拒绝
act-release-export = 放行导出
act-replace = 补发
act-reply = 回复
act-restore = 恢复备份
act-reveal = 查看卡密
act-rotate = 换密钥
act-show-passphrase = 显示口令
act-stop-export = 停止导出

web-once-welcome = 按下面的按钮打开。只能打开一次，请确认旁边没有别人。
web-once-press = 打开
web-once-used = 这个链接已经用过，或者过期了。
web-once-shown = 两分钟后这一页会自己收起，再也打不开。

column-number = 订单号
column-placed = 下单时间
column-paid = 付款时间
column-buyer = 买家
column-chat = 渠道
column-product = 商品
column-many = 数量
column-total = 金额
column-currency = 币种
column-state = 状态
column-rail = 付款方式
column-received = 到账时间
column-transaction = 交易号
column-payer = 付款人
column-amount = 金额
column-made = 创建时间
column-ended = 完成时间
column-reference = 退款号
column-batch = 批次
column-slug = 商品代号
column-source = 来源
column-available = 可售
column-reserved = 预占
column-granted = 已售
column-quarantined = 已隔离
column-voided = 已作废
column-unit-cost = 单位成本
column-customer = 买家编号
column-since = 首次来访
column-name = 称呼
column-accounts = 账号
column-orders = 下单数
column-orders-paid = 付款数
column-last-order = 最近下单
column-day = 日期
column-came-in = 收款
column-went-back = 退回
column-net = 净收款
column-fee = 手续费（按设置估算）
column-earned = 销售收入（不计税）
column-cost = 已售成本
column-cost-unknown = 成本未填的卡密数
column-account = 科目
column-before = 期初
column-added = 增加
column-taken = 减少
column-after = 期末
refund-is-created = 待退
refund-is-sent = 退款中
refund-is-done = 已退
refund-is-failed = 渠道拒绝
refund-is-unknown = 结果不明
