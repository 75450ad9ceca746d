# 邮件、买家留的邮箱、以及怎么联系到买家

mail-title-test = { $shop }：测试邮件
mail-test =
    这是{ $shop }的测试邮件。
    你能看到它，说明给买家的邮件发得出去。

mail-title-order = { $shop }：你的订单 { $number }
mail-title-proof = { $shop }：确认你的邮箱
mail-proof =
    有人在{ $shop }留了这个邮箱，用来接收订单邮件。是你本人的话，请在 { $time } 前把验证码发到聊天里：
    { $value }
    不是你本人就不用管：没有验证码，我们不会往这里发任何东西。
mail-codes-wait =
    订单 { $number } 已准备好。
    按下面的按钮，在我们的页面打开订单。
mail-link-how = 链接只能打开这一个订单，14 天内有效。拿到链接的人都能打开，请不要转发。
mail-news = 订单 { $number } 有新消息。按下面的按钮，在我们的页面查看。
choose-open-order = 打开订单

choose-email = 邮箱
choose-another-address = 换一个邮箱
choose-no-mail = 不再发邮件
mail-ask = 订单邮件发到哪个邮箱？这里联系不上你时，我们发邮件。会先发一个验证码，确认邮箱是你的。
mail-goes-to = 订单邮件发到 { $address }。
mail-code-sent = 验证码已发到 { $address }，请在 { $time } 前发到这里。没收到的话，看看垃圾邮件。
mail-code-wrong = 这不是我们发的验证码，还可以试 { $n } 次。
mail-code-over = 这个验证码已失效：过了时间，或输错太多次。订单不受影响，点“{ choose-email }”再发一个。
mail-proved = 好了，以后订单邮件发到 { $address }。
mail-removed = 不再给你发邮件。邮箱已删除，邮件里的链接也打不开了。
mail-none = 你现在没有留邮箱。
no-mail = 本店不发邮件。订单都在“{ choose-orders }”里。
no-address = 这不像能收信的邮箱。请像这样写：lin@example.org
too-many-mails = 验证码发得够多了，请 { $hours } 小时后再试。订单不受影响。
link-over = 这个链接打不开了。
mailed-too = { $time } 也发到了邮箱 { $address }。

staff-attempt = 联系：{ $time } · { $way } · { $what } · { $outcome }
reached-by-chat = 聊天
reached-by-email = 邮箱 { $address }
reached-by-bell = 提醒
mailed-codes = 卡密
mailed-link = 链接
mailed-notice = 通知
attempt-sent = 已发出
attempt-refused = 被拒收
attempt-unheard = 等对方先说话
attempt-later = 暂时不收，会再试
attempt-unknown = 没有回应，会再试
event-opened-by-link = 通过邮件链接打开

browser-link-welcome = 这个链接打开你的订单。按下之前什么都不显示。
browser-link-open = 打开我的订单
browser-link-over = 这个链接打不开：可能不完整，或已过期。订单还在你下单的聊天里；用订单号和取件口令也能在这里打开。

hears-email = 邮箱|电子邮箱|我的邮箱|邮件|绑定邮箱|换邮箱
