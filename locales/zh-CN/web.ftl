# Pages of the web that are not a chat: what people see when there is nothing to see.
web-not-found = 没有找到这个页面。链接可能不完整，或者已经失效。
web-refused = 这一步没能完成。请回到首页重新来一次。
web-too-big = 内容太大了，没能收下。
web-too-often = 操作太快了，请过一分钟再试。
web-trouble = 抱歉，我们这边出错了，页面没能打开。你的订单和付款都还在，请过一分钟再试。
web-home = 回首页
