# 浏览器里的聊天页：按钮、提示、状态

browser-your-message = 你的消息
browser-placeholder = 想买什么？
browser-desk-placeholder = 指令或卡密
browser-send = 发送
browser-log = 对话
browser-from-us = 店铺：
browser-from-you = 你：
browser-choices = 可以这样选
browser-new-window = （新窗口打开）
browser-shortcuts = 快捷入口
browser-to-orders = 我的订单
browser-to-help = 帮助
browser-to-reviews = 待核对
browser-to-all-orders = 全部订单
browser-to-stock = 库存
browser-language = 语言
browser-in-zh-CN = 中文
browser-in-en = English
browser-in-ru = Русский
browser-start = 开始
browser-earlier = 更早的消息
browser-now = 回到最新消息
browser-desk = 店员

browser-typing = 正在回复…
browser-slow = 比平时久一些。消息已经收到，不用再发一次。
browser-reconnecting = 网络断开了，正在重连…
browser-failed = 没有发出去，内容还在，请再发一次。

browser-copy = 复制
browser-copy-this = 复制第 { $n } 个
browser-copy-all = 全部复制（{ $n } 个）
browser-copied = 已复制
browser-not-copied = 没复制上，请长按选中
browser-download = 下载 .{ $kind }
browser-codes = { $codes }

browser-lines = [{ $n } 行]
browser-button = （按钮）
browser-gone = 这条消息现在看不到了。
browser-too-fast = 发得有点快，请过 { $seconds } 秒再试。
browser-too-long = 这条太长了，最多 { $most } 个字，请分开发。
browser-reload = 页面放得太久了，请刷新后再发一次。
browser-full = 同时打开的窗口太多了，请关掉几个。
browser-not-found = 这里没有你要找的内容。
browser-back = 回到对话

browser-desk-closed = 这里只给店员用。
browser-desk-how = 请店主在服务器上运行下面的命令，会得到一个一次性链接，用这个浏览器打开就能进来。
browser-desk-welcome = 你收到了店员邀请。点“进入”后，这个浏览器就能处理订单和库存；链接只能用一次。
browser-desk-enter = 进入
browser-desk-used = 这个链接已经用过，或者过期了。
