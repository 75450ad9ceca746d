# Telegram

telegram-in-file = （共 { $n } 个，都在附件里，一行一个。先核对数量，少了马上告诉我们。）
telegram-text-only = 这里只看得懂文字和按钮。想买什么？发名称，或者点下面的按钮。
telegram-checkout-later = 现在查不到这笔订单，没有扣款。请过一分钟再点一次付款。
telegram-anonymous = 匿名发言认不出是谁，所以不能操作。请用自己的账号再发一次。
