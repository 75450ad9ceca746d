# 店员管库存：文件、批次、下架、提醒

hears-alert = 库存提醒

restock-paste-or-file =
    补货：{ $product }。把卡密粘贴过来，一行一个；也可以发文件（txt、csv、xlsx）。收到就加密。
    卡号和密码之间用 ---- 或逗号；行末可以写有效期，比如 2027-12-31。
restock-reading = { $product }：文件正在读取并加密。读完会告诉你里面有什么；你点头之前不会上架。
restock-bought = 每个进价多少，凭据是什么？写成“12.50 单号2041”；不知道金额就写“-”。也可以不写。
restock-bought-again = 先写金额，再写凭据，比如“12.50 单号2041”。凭据最多 { $most } 个字。
restock-kept = 好，先放着，一天后会丢掉。
restock-going = { $product }：已入库 { $done } / { $n }。全部入库后一起上架，你可以先忙别的。
batch =
    { $product }，批次 { NUMBER($row, useGrouping: 0) }，来自{ $source }，{ $time }
    共 { $n } 个：可卖 { $available }，预占 { $reserved }，已发 { $sold }，已下架 { $out }
batch-bought = 单个进价：{ $cost }。凭据：{ $proof }
choose-again = 重新发
choose-bad-lines = 看不懂的行
choose-withdraw-quarantine = 下架
choose-withdraw-void = 作废
choose-withdraw-move = 移到别的商品
choose-bought = 进价和凭据
choose-stock-of = { $product }
choose-batch = 批次 { NUMBER($row, useGrouping: 0) } · { $n } 个 · { $time }
choose-back-to-batch = 回到批次
bad-lines = 有 { $n } 行不是卡密：
bad-line = 第 { NUMBER($row, useGrouping: 0) } 行：{ $why }
bad-lines-more = …… 另有 { $n } 行
stock-line-binary = 有二进制内容
stock-line-encoding = 不是 UTF-8 编码
stock-line-endless = 太长，不会是卡密
stock-line-hidden = 有看不见的字符
stock-line-long = 有一栏太长
stock-line-gap = 有一栏是空的
stock-line-date = 只有日期，没有卡密
stock-line-no-date = 没有这个日期
stock-line-fields = 超过三栏
stock-line-truth = 单元格里是 TRUE 或 FALSE
stock-line-rounded = 数字被表格四舍五入了，请把这一列设为文本

stock-file-empty = 文件是空的。
stock-file-kind = 能读的是 txt、csv、xlsx 文件。请发其中一种，或者直接粘贴卡密。
stock-file-lines = 文件超过一百万行。
stock-file-codes = 文件里超过 { $most } 个卡密，请分几份发。
stock-file-too-big = 文件超过 { $most } MB，请分几份发。
stock-file-unpacked = 这个表格解压后大得离谱。请只把卡密另存为 csv。
stock-file-parts = 这个表格的部件太多。请只把卡密另存为 csv。
stock-file-corner = 表格里有一个离得很远的单元格。请只把卡密另存为 csv。
stock-file-zip = 这是压缩包或表格，不是文件名说的文本。
stock-file-csv = 按 csv 读不通，可能有引号没有闭合。
stock-file-workbook = 表格打不开。请重新保存，或另存为 csv。
stock-file-damaged = 这不是 Excel 表格，或者已损坏、加了密码。
stock-file-gone = 文件取不到了，请再发一次。
stock-file-nothing = 里面的内容一个都没有入库。
file-not-here = 不知道这个文件是做什么的。要补货的话，请先选商品再发。
not-read = 文件还在读，读完会告诉你。

product-in-full = { $product }{ $face ->
        [none] {""}
       *[other] {" "}· { $face }
    } · { $region }{ $which ->
        [none] {""}
       *[other] {" "}· { $which }
    }
staff-stock-low = { $product }（{ $available ->
        [0] 售罄
       *[other] 快没了
    }）：可卖 { $available }，预占 { $reserved }，已发 { $sold }
stock-alert-at =
    { $threshold ->
        [0] 售罄时会提醒。想早点知道，发“库存提醒 { $slug } 10”。
       *[other] 剩 { $threshold } 个或更少时会提醒。要改的话，发“库存提醒 { $slug }”加数字。
    }
stock-alert-how = 写成“库存提醒 steam-us-20 10”。写 0 就只在售罄时提醒。
alarm-low-stock =
    快没了：{ $product }，还剩 { $left } 个{ $unpaid ->
        [0] {""}
       *[other] ，其中 { $unpaid } 个在等付款
    }
    你设的是剩 { $threshold } 个时提醒。补货之前不再重复提醒。
alarm-sold-out =
    售罄：{ $product }
    买家现在下不了单。补货之前不再重复提醒。

withdraw-what = 请写“withdraw quarantine”（下架）、“withdraw void”（作废）或“withdraw move”（移走）。
withdraw-list = 把要处理的卡密粘贴过来，一行一个，最多 { $most } 个。只用来查找。
withdraw-none-of-these = 里面没有还在库、没卖出的，没什么可做。可以换一批再贴。
withdraw-nothing = 已经没有没卖出的了，什么都没改。
withdraw-where = 移到哪个商品？写名称或短名。
withdraw-where-again = 移不过去。请写另一个一码一卖的商品。
withdraw-why = 为什么？写几个字，会记下来并告诉大家。
withdraw-why-again = 请写原因，最多 { $most } 个字。
withdraw-sure-quarantine =
    下架{ $product }没卖出的 { $n } 个？原因：{ $why }
    已发的不动；预占的没付款才一起下架。下架后不会再卖，之后还可以作废。
withdraw-sure-void =
    作废{ $product }没卖出的 { $n } 个？原因：{ $why }
    已发的不动；预占的没付款才一起作废。作废后不能恢复。
withdraw-sure-move =
    把{ $product }没卖出的 { $n } 个移到{ $to }？原因：{ $why }
    已发的不动；预占的没付款才一起移过去。
several-products = 多个商品
choose-sure-quarantine = 确定下架
choose-sure-void = 确定作废
choose-sure-move = 确定移动
withdraw-begun = 开始处理了，完成后告诉你。
told-withdraw-quarantine = { $staff }下架{ $product }的 { $n } 个卡密。原因：{ $why }
told-withdraw-void = { $staff }作废{ $product }的 { $n } 个卡密。原因：{ $why }
told-withdraw-move = { $staff }把{ $product }的 { $n } 个卡密移到{ $to }。原因：{ $why }
withdrawn-quarantine = 已下架 { $n } 个。
withdrawn-void = 已作废 { $n } 个。
withdrawn-move = 已移动 { $n } 个，并在那边上架。
cant-move-there = 移不过去。请选另一个一码一卖的商品。

browser-file = 用文件补货
browser-file-send = 发送文件
browser-file-too-big = 文件超过 { $most } MB，请分几份发。

choose-try = 像买家一样试一遍
rehearsal-which = 用{ $product }试哪一种？在副本上演，不动真库存、真钱和真买家。
rehearsal-first-simple = 第一个普通商品
rehearsal-begins =
    { $n ->
        [1] { $what }：正在演，一分钟内把对话发到这里。
       *[other] { $what }：正在 { $n } 个聊天渠道里依次演，每个一分钟内把对话发到这里。
    }
rehearsal-purchase = 普通购买
rehearsal-paid-after-sold-out = 付款时已卖完
rehearsal-late-payment = 过了保留时间才付
rehearsal-held = 先由人工核对
rehearsal-wrong-amount = 只付了一半
rehearsal-buyer-blocked-bot = 买家拉黑了机器人
rehearsal-supplier-down = 供应商没有响应
rehearsed-in = { $what }，{ $chat }
rehearsed-ok = { $what }：结果正确。副本已删除。
rehearsed-not-ok =
    { $what }：结果不对。{ $why }
    详情：{ $detail }
rehearsed-why-wrong = 出来的结果和应有的不一样。
rehearsed-why-too-long = 时间太长，已停止。用 mika rehearse 演，多久都行。
rehearsed-why-broken = 没能演成。在店的机器上用 mika rehearse 看原因。
rehearsed-before = （前面还有 { $n } 行）
rehearsed-said-buyer = 买家：{ $text }
rehearsed-said-shop = 店：{ $text }
rehearsed-said-staff = 店员收到：{ $text }
rehearsed-pays = （买家付款）
rehearsed-pays-open-page = （买家在还开着的页面上付款）
rehearsed-blocks = （买家拉黑机器人）
rehearsed-comes-back = （买家回来了）
rehearsed-approves = （店员通过）
rehearsed-releases = （店员让它现在发）
rehearsed-by-hand = （店员手工办理）
rehearsed-other-buys = （别人买走最后一个）
rehearsed-later = （{ $n } 分钟后）
