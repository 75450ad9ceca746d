# 送礼：用一次性链接把码转给朋友

hears-gift = 礼物|我的礼物|领礼物|收礼物

choose-give = 送人
choose-make-link = 生成链接
choose-take-back = 收回
choose-accept = 收下
choose-gift = { $product } · { $name }送的

gift-which = 订单 { $number }：要送出哪一个？
gift-sure =
    订单 { $number } 第 { $position } 个：生成一个链接给一位朋友，谁先打开就归谁。
    打开后，你这里就不再显示这个码；打开前随时可以收回。
gift-made =
    礼物：{ $product }，订单 { $number } 第 { $position } 个
    把下面任意一个发给朋友，只能打开一次，{ $time } 前有效。
gift-made-seen =
    礼物：{ $product }，订单 { $number } 第 { $position } 个
    把下面任意一个发给朋友，只能打开一次，{ $time } 前有效。
    这个码你已经看过，我们会如实告诉朋友，请不要再用。
gift-way-browser =
    浏览器打开：
    { $way }
gift-way-telegram =
    Telegram 打开：
    { $way }
gift-way-typed =
    或者在和我们的任意聊天里发：
    { $way }
gift-look =
    { $name }送你：{ $product }
    { $anywhere ->
        [yes] 任何地区的账号都能用。
       *[no] 只能在{ $region }账号上用。
    }
    { $seen ->
        [yes] 这个码{ $name }看过，只收信得过的人送的。
       *[no] 这个码还没有人看过。
    }
    只能打开一次，{ $time } 前有效。
gift-here =
    { $name }送的：{ $product }

    { $codes }
gift-later = 以后发“礼物”随时能看。
gift-waits = 订单 { $number } 第 { $position } 个：已送出，还没打开，链接 { $time } 前有效。
gift-was-opened = 订单 { $number } 第 { $position } 个：已送出，{ $time } 打开了，这里不再显示。
gift-taken-back = 订单 { $number }：已收回，链接打不开了。
gifts = 别人送你的：
gifts-none = 还没有收到过礼物。要打开礼物，请用朋友发来的链接。
told-gift-opened =
    { $name }打开了你的礼物：{ $product }，订单 { $number } 第 { $position } 个
    现在归对方了，你的订单里不再显示。
told-redeemed-gift =
    别人送你的{ $product }刚在我们这里核销了。
    不是你用的话，点“{ choose-problem }”。

not-to-give = 订单 { $number } 现在没有可以送出的码。售后处理中的码也不能送。
redeemed-before = 据我们所知，订单 { $number } 的这个码已经用过，不能再送人。
gift-gone = 这个礼物链接打不开了：已被收回，或者过期了。请问问发给你的人。
gift-opened = 这个礼物已经被别人打开了。请问问发给你的人。
gift-is-yours = 这是你自己的礼物，把链接发给朋友就行。没打开之前，可以在订单里收回。
gift-not-now = 这个礼物现在打不开，链接 { $time } 前都有效，请过一会儿再试。

staff-gift =
    { $name ->
        [none] 第 { $position } 个：正在送人，{ $time } 前有效
       *[other] 第 { $position } 个：已送人，{ $name } 打开，{ $time }
    }
event-gift-made = 生成礼物链接
event-gift-taken-back = 收回礼物
event-gift-opened = 礼物被打开
act-open-gift = 打开礼物
browser-gift = 有人送了你一份礼物。
browser-gift-see = 看看礼物
