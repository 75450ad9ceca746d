# 教程：买到的东西怎么兑换

guide-line = { $text }
guide-errors = 常见问题
guide-errors-named = 常见问题|常见错误|兑换失败怎么办

choose-guide-more = 往下看
choose-guide-page = 网页版教程

web-guide-title = { $product }怎么兑换
web-guide-none = 教程还没写好。兑换时有疑问，在聊天里问我们就行。
web-guide-languages = 语言
web-guide-steps = 步骤

# 不能写的

guide-wrong-line = 第 { $line } 行：{ $why }
guide-step-long = 这一步有 { $n } 个字，最多 { $most } 个，请分成两步。
guide-button-long = 按钮上的字有 { $n } 个，最多 { $most } 个。
guide-no-picture = 没有“{ $text }”这张图，请先发到这里。
guide-many-pictures = 最多 { $most } 张图。
guide-wrong-link = “{ $text }”不能当链接：网址以 https:// 开头，应用链接只能是 steam、itms-apps、market、ms-windows-store、spotify、roblox 这几种。
guide-edited = { $who }刚存了另一版（{ $time }），你的没有保存。先看看现在的样子，你写的还在下面。

# 店员写教程

choose-guide-write = 写教程
choose-guide-save = 保存教程
choose-guide-none = 不要教程
choose-guide-before = 用上一版
guide-of-what = 给什么写教程？
guide-of-region = { $brand }全部{ $region }
guide-of-brand = { $brand }全部商品
guide-write-how =
    发文字或 .md 文件，最多 { $most } 个字。带数字的行是一步，发图片会放在末尾。
    “## 常见问题”后面写常见问题。单独一行 [文字](https://网址) 就是按钮。
guide-stands = 现在是这样写的：
guide-preview = 买家看到的是这样：
guide-button = [{ $label }] { $url }
guide-picture-kept = 图片已收好。想换位置，把这一行放到那里：{ $text }
guide-not-text = 这不是文字（UTF-8）。
guide-saved = 教程已保存，第 { $version } 版。
guide-gone = 教程已撤下，以前的版本都留着。

# 随码说的话

remind-private = 谁拿到码谁就能用，别转发，也别晒图。
remind-region = 兑换前先看账号地区是不是{ $region }。
remind-paste = 请复制粘贴，输错几次账号可能被锁。
pick-private = 别给别人看
pick-paste = 复制粘贴
pick-region = 先看地区
product-field-reminders = 提醒语
product-field-logo = 品牌标志
edit-reminders = 要哪条提醒？已有的再选一次就去掉。
edit-logo = 请发品牌标志（PNG、JPEG 或 WebP），每次发货都带上。
staff-product-reminders = 提醒语：{ $text } · 标志：{ $picture ->
        [yes] 有
       *[no] 无
    }
delivery-no-variable = 没有{ $text }这个变量，可以用：{ $options }

# Typed

hears-guide-write = 写教程|教程管理
