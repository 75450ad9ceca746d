### 体检发现的问题，和怎么办。

alarm-finding =
    { $code } { $what }
    { $todo }
alarm-finding-gone =
    { $code } 过了 { $minutes } 分钟已恢复：{ $what }
doctor-well = 一切正常。最近检查：{ $time }。
doctor-not-yet = 还没检查过。jobs 运行时，店铺每五分钟自查一次。
doctor-open = 店铺现在的问题（{ $time }）：
doctor-row =
    { $code } 从 { $since } 起：{ $what }
    { $todo }
doctor-more = 还有 { $n } 条：`mika doctor` 会全部列出。
choose-doctor = 全部问题
hears-doctor = 体检|自检|健康

finding-d001 = 店铺是演示模式，却对所有人开放（{ $address }）：测试付款就能买走库存。
finding-d001-todo = 放真实卡密之前，从 mika.toml 去掉 `demo = true`。
finding-d002 = 店铺监听 { $host }：能连到这台机器的人可以绕过代理，不经 https 直接访问。
finding-d002-todo = 设 `host = "127.0.0.1"`，前面放一个带证书的代理。
finding-d003 = 密钥和数据库在同一个文件夹（{ $folder }）：复制一份，就同时拿到卡密和打开它的钥匙。
finding-d003-todo = 把 `key_file` 设到别的文件夹，密钥移过去，两者分开备份。
finding-d004 = 发货流水和数据库在同一块盘上（{ $file }）：盘坏了，两样一起丢。
finding-d004-todo = 每分钟复制一份到别处，见 docs/how-to/backups.md。
finding-d005 = 店里没有店主账号：没人能做决定、退款或邀请同事。
finding-d005-todo = 用 `mika staff invite NAME` 生成一个进店链接。
finding-d006 = 还没有店员群：消息只能逐个私聊通知。
finding-d006-todo = `mika telegram group` 会告诉你怎么建。
finding-d007 = 店铺没有公开网址：这台机器以外没人打得开。
finding-d007-todo = 把 `public_url` 设成买家访问的地址，如 "https://shop.example"。
finding-d008 = 店铺打不开（{ $subject }）。{ $what }
finding-d008-todo = { $todo }
finding-d009 = 有一项检查没做成（{ $subject }）：{ $why }
finding-d009-todo = 如果一直这样，在日志里找这个名字，把那一行发给我们。
finding-d010 = 这台机器的时钟和{ $against }相差 { $seconds } 秒。
finding-d010-todo = 打开系统对时：`timedatectl set-ntp true`。签名和保留时间都靠它。
finding-d011 = { $folder } 所在的盘快满了：剩 { $free } MB（{ $percent }%）。
finding-d011-todo = 清理一下，或把 `data` 移到大一点的盘。盘满了就卖不了。
finding-d012 = 进程最多同时打开 { $limit } 个文件，买家多的时候需要 { $needed } 个。
finding-d012-todo = 调高上限：服务里写 `LimitNOFILE=65536`，或启动前 `ulimit -n 65536`。
finding-d013 = { $folder } 写不进去：{ $why }
finding-d013-todo = 腾出空间，并让运行店铺的用户可以写。在那之前店铺卖不了。
finding-d014 = 这台机器只剩 { $free } MB 内存。
finding-d014-todo = 关掉别的程序，或加内存，不然系统会把店铺进程结束掉。
finding-d019 = 数据库打不开。{ $what }
finding-d019-todo = 看看服务器开着没有，地址对不对（`database`），运行的用户能不能写。
finding-d020 = 数据库的结构和这个版本的程序对不上。{ $what }
finding-d020-todo = 先备份，再运行 `mika migrate`。
finding-d021 = SQLite 的 { $subject } 是 { $value }，应为 { $needed }：断电可能丢单，或数据对不上。
finding-d021-todo = 找出谁改了它，再重启店铺。数据库要放在本机的盘上，不能是网络文件夹。
finding-d022 = PostgreSQL 的 { $subject } 是 { $value }，应为 { $needed }：服务器崩溃可能丢掉已卖的记录。
finding-d022-todo = 在 postgresql.conf 里或给店铺用户设好，再重启店铺。
finding-d023 = 数据库的防线 { $subject } 不见了，或被改过。
finding-d023-todo = 运行 `mika migrate` 重新建立全部防线，再运行 `mika invariants`。
finding-d024 = 有一条必须成立的规则不成立（{ $subject }），共 { $rows } 处。
finding-d024-todo = `mika invariants` 会列出来。相关商品在有人查看之前停售。
finding-d025 = 数据库的预写日志涨到了 { $size } MB：有东西一直在读。
finding-d025-todo = 关掉其他打开着数据库的程序（备份工具、命令行），店铺会自己收缩它。
finding-d026 = PostgreSQL 的 { $most } 个连接已用 { $used } 个。
finding-d026-todo = 调高 `max_connections`；店铺每个进程最多用 13 个。
finding-d027 = 数据库文件坏了：{ $what }
finding-d027-todo = 停掉店铺，把文件和日志原样复制出来，恢复最近的备份，见 docs/how-to/backups.md。
finding-d030 = 密钥打不开库存：{ $what }
finding-d030-todo = 把属于这个数据库的密钥文件放回来（`key_file`）。在那之前两样都不要动。
finding-d031 = 密钥用不了。{ $what }
finding-d031-todo = 新店用 `mika key` 生成。有库存的店必须用自己原来的，从备份里取，权限设为 600。
finding-d032 = 这里还没有店：没有 mika.toml，环境变量里也没有设置。{ $what }
finding-d032-todo = 到店铺的 mika.toml 所在的文件夹去；`mika init` 用来开新店。
finding-d040 = Telegram 不认 { $subject } 机器人的 token：{ $why }
finding-d040-todo = 从 BotFather 拿新的，运行 `mika telegram replace-bot { $subject }`。
finding-d041 = Telegram 把 { $subject } 机器人的消息送到了 { $there }，而不是 { $wanted }。
finding-d041-todo = 重启 `mika run` 会改回来；如果又变了，说明别的程序也在用这个 token。
finding-d042 = Telegram 那里有 { $count } 条 { $subject } 机器人的消息没取走。
finding-d042-todo = 看看 `mika run` 开着没有，公开地址通不通。Telegram 只保留一天。
finding-d043 = Telegram 最近一次没能把 { $subject } 机器人的消息送到：{ $why }
finding-d043-todo = 看看公开地址从外面通不通，证书有没有问题。
finding-d044 = 店员机器人不是店员群的管理员，会漏掉群里的话。
finding-d044-todo = 在群设置里把它设为管理员。
finding-d045 = 店员群联系不上：{ $why }
finding-d045-todo = 把店员机器人拉进群，或另开一个：`mika telegram group`。
finding-d046 = Telegram 连不上：{ $why }
finding-d046-todo = 看看这台机器能不能访问 { $api }。
finding-d047 = { $subject } 机器人的 token 属于另一个机器人，不是店铺认识的那个。
finding-d047-todo = 要换成它，运行 `mika telegram replace-bot { $subject }`；否则把旧 token 放回去。
finding-d048 = 微信公众号用不了：{ $why }
finding-d048-todo = `mika wechat check` 会说缺什么、在哪里设。
finding-d049 = 微信的消息到不了我们这里：{ $address } { $why }
finding-d049-todo = 看看店铺是不是在那里运行，再核对“服务器配置”里的 URL 和 Token。
finding-d050 = 支付方式 { $subject } 没有响应：{ $why }
finding-d050-todo = 恢复之前不会给买家用。看看服务商的状态页，再核对这里的密钥。
finding-d051 = 支付方式 { $subject } 的通知进不来：{ $why }
finding-d051-todo = 这时只能靠主动查询发现付款，要晚几分钟。用 `mika payments check` 试一下入口。
finding-d052 = 支付方式 { $subject } 没设通知密钥，入口是关着的。
finding-d052-todo = 在 [rails.{ $subject }] 下设 `secret`，服务商的 webhook 页面能看到。
finding-d053 = 没有任何支付方式，什么都卖不了。
finding-d053-todo = 在 mika.toml 的 [rails.NAME] 下设一个，见 docs/how-to/payments.md。
finding-d054 = 支付方式 { $subject } 是测试环境：钱是假的，却可能买走真卡密。
finding-d054-todo = 换成正式密钥，或从 mika.toml 去掉。
finding-d055 = 支付方式 { $subject } 不收 { $currency }，也没有商品按它收的币种（{ $takes }）定价。
finding-d055-todo = 给商品加上对应币种的价格，或去掉它：现在买家看不到。
finding-d056 = { $subject } 的许可超出了平台规则。
finding-d056-todo = 用 `mika payments forbid` 收回；`mika payments check` 列出全部许可。
finding-d060 = 买家说的话或付款已经等了 { $minutes } 分钟没处理。
finding-d060-todo = 看看 `mika run` 的 jobs 和对应机器人开着没有，日志里说了什么。
finding-d061 = 该发出去的东西已经晚了 { $minutes } 分钟。
finding-d061-todo = 看看 jobs 和机器人开着没有，日志里 `to be tried again` 后面写了什么。
finding-d062 = 欠买家的有 { $count } 件超时，最早的晚了 { $minutes } 分钟。
finding-d062-todo = 在店员聊天里说“待办理”和“订单”查看并处理。
finding-d063 = { $minutes ->
    [0] jobs 进程还没运行过：不发货、不退款、不到期。
   *[other] 已有 { $minutes } 分钟没有 jobs 进程的消息：不发货、不退款、不到期。
 }
finding-d063-todo = 启动 `mika run`，或 `mika run --only jobs`。
finding-d064 = 最近一天有 { $count } 件事试了很多次，已经放弃。
finding-d064-todo = 店员群里的提醒写了是哪几件。排除原因后，手动处理。
finding-d070 = { $host } 的证书只剩 { $days } 天。
finding-d070-todo = 续期，并设好自动续期：certbot 或代理都可以。
finding-d071 = { $host } 的证书不被接受：{ $why }
finding-d071-todo = 买家、Telegram 和支付平台都会拒绝访问。装一个域名正确、证书链完整的。
finding-d072 = { $why ->
    [refused] { $address } 打不开店铺：那里没有程序应答。
    [refused-here] { $address } 打不开店铺：那里没有程序应答。
   *[other] { $address } 打不开店铺：{ $why }
 }
finding-d072-todo = { $why ->
    [refused-here] 启动店铺：`mika run`。
   *[other] 看看域名是否指向这台机器、代理是否转到店铺端口。如果机器访问不了自己，从外面试。
 }
finding-d080 = 邮件服务器 { $host } 不收我们的邮件：{ $why }
finding-d080-todo = 用 `mika email check` 试；需要什么见 docs/how-to/email.md。
finding-d090 = 最近一份验证过的备份是 { $days } 天前的。
finding-d090-todo = 每晚备份，放到别处，见 docs/how-to/backups.md。
finding-d091 = 还没有一份验证过的备份。
finding-d091-todo = 在 [backups] 里写明备份放到哪里，再用 `mika backup` 做第一份，见 docs/how-to/backups.md。
finding-d092 = 店铺是从 { $at } 的备份恢复的，对完账之前什么都不卖。
finding-d092-todo = 运行 `mika reconcile`：查清那之后卖了什么、收了什么钱，然后重新开卖。
