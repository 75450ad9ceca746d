# 缺货排队：到货提醒

hears-waitlist = 到货提醒|到货通知|有货叫我|有货提醒|排队

choose-tell-me = 到货提醒我
choose-wait-no-more = 不等了
choose-leave-line = 不等了：{ $product }
choose-buy-it = 现在买

waiting-joined =
    { $product }：你排在第 { $n } 位。
    到货后按顺序在这里告诉你，并给你单独留一份，保留一小段时间。在那之前不用付款。
waiting-back =
    { $product }到货了，已给你留了一份，{ $time } 前别人买不走。
    到时没买，就轮到下一位。
waiting-list = 你在等：
waiting-row = { $product }：第 { $n } 位
waiting-row-held = { $product }：已给你留了一份，到 { $time }
waiting-none = 你没有在等任何商品。打开卖完的商品，点“{ choose-tell-me }”。
waiting-left = 好的，不再等{ $product }。
nothing-to-wait-for = { $product }现在就能买，或者不是按库存卖的，不用等。
too-many-places = 同时最多等 { $most } 种商品。先退掉一个，再等这个。
line-full = 等{ $product }的人太多，暂时排不下了。请晚些再来看看。
