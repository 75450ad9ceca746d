# 店里有谁，各自能做什么

choose-people = 店员
choose-member = { $name }
choose-invite = 邀请店员
choose-role = 改为{ $role }
choose-leaver = { $name }离职
choose-confirm-member = 是另一个人
choose-goes = 确定离职
people = 店里的人：
people-row = { $name }：{ $roles }
member =
    { $name }：{ $roles }
    登记了 { $n } 个账号
member-unconfirmed = 这个账号是升级前就有的，看不出和别人是不是同一个人，所以还不能由{ $name }同意别人导出卡密。确实是另一个人就确认；是同一个人就让对方发“另一个账号”，再用那个链接进来，两个账号就合在一起。
preset-owner = 店主
preset-helper = 店员
preset-manager = 店长
preset-viewer = 只看
role-owner = 店主
role-manager = 店长
role-support = 客服
role-stock-keeper = 库管
role-viewer = 只看
roles-and = { $one }、{ $other }
role-unknown = 没有这个角色。有 owner（店主）、manager（店长）、helper（店员）、support（客服）、stock-keeper（库管）、viewer（只看）。
right-look = 查看订单和库存
right-answer = 回复买家
right-decide = 审核订单
right-stock = 改动库存
right-shelf = 改动商品和价格
right-money = 动用款项
right-sell = 手工开单
right-reveal = 查看卡密
right-export = 导出文件
right-announce = 群发消息
right-switch = 暂停和恢复
right-people = 管理店员
right-own = 处置店铺
not-allowed = 你在这里不能{ $right }。需要的话请店主在“{ choose-people }”里调整。
more-than-yours = 自己没有的权限不能给别人，也不能拿掉。请找店主。
last-owner = { $name }是唯一的店主。请先让别人也当店主。
left-already = 这个人已经不在店里了。
invite-name = 请谁来？写一个店里怎么称呼的名字。
invite-name-again = 请写一个名字，最多 { $most } 个字。
invite-as-what =
    { $name }来做什么？
    店员能回复买家、审核订单、补货；店长除了处置店铺都能做；只看就只能看。
invite-made = 凭下面这个可以进来一个人，只能用一次，一天内有效：{ $name }，{ $roles }。不要发给别人。
door-made = 你可以用下面这个从另一个账号进来，只能用一次，一小时内有效。不要发给任何人。
way-in-telegram = 给 Telegram 上的店员机器人发：{ $way }
way-in-desk = 或者用浏览器打开：{ $way }
leaver-sure = { $name }离职：从任何账号再按什么都不算数。确定吗？
leaver-left = 好，照旧。
leaver-gone = { $name }已离职。这些已经失效：
leaver-accounts = · { $n } 个账号：{ $accounts }
leaver-invites = · 发出去还没用的邀请：{ $n } 个
leaver-buttons = · 还能按的按钮：{ $n } 个
leaver-talks = · 进行中的对话：{ $n } 个
leaver-notices = · 等着发给对方的消息：{ $n } 条，不发了
leaver-exports = · 还没下载的导出：{ $n } 个，停止了
leaver-prices = · 对方安排的调价取消了 { $n } 次，要的话请重新安排：
leaver-yours = 还要你自己做的：
leaver-group = · 把人移出群
leaver-providers = · 改掉对方知道的银行和支付平台密码
leaver-server = · 如果对方能登录服务器：换密钥（mika vault rotate），换机器人 token
