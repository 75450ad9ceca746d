# 名词、量词、地区、状态、付款方式、语言、口令用词

noun-code = 兑换码
noun-card = 充值卡
noun-membership = 会员
noun-topup = 充值结果

measure-zhang = 张
measure-ge = 个
measure-fen = 份

region-us = 美区
region-hk = 港区
region-tw = 台区
region-jp = 日区
region-kr = 韩区
region-sg = 新加坡区
region-uk = 英区
region-eu = 欧区
region-tr = 土耳其区
region-cn = 国区
region-ru = 俄区
region-kz = 哈萨克区
region-br = 巴西区
region-ar = 阿根廷区
region-in = 印度区
region-ca = 加拿大区
region-au = 澳区
region-global = 全球通用

state-awaiting-payment = 待付款
state-underpaid = 没付齐
state-paid = 已付款
state-paid-no-stock = 已付款，没货
state-in-review = 人工核对中
state-fulfilling = 发货中
state-delivered = 已发货
state-expired = 超时未付
state-cancelled = 已取消
state-rejected = 没通过核对
state-refund-pending = 退款中
state-refunded = 已退款

event-placed = 下单
event-underpaid = 没付齐
event-paid = 已付款
event-paid-too-late = 结束后才到账
event-expired = 超时未付
event-cancelled = 买家取消
event-passed = 不用核对，放行
event-held = 转人工核对
event-approved = 通过
event-rejected = 拒绝
event-made-by-hand = 办好一份
event-bought = 供货商给了一份
event-supplier-failed = 供货商没给货
event-sent = 码已发出
event-unreachable = 发不到买家
event-delivered = 全部发完
event-picked-up = 凭口令取货
event-refund = 开始退款
event-refunded = 退款到位

rail-manual = 银行转账
rail-sandbox = 测试支付
rail-and-price = { $rail } · { $price }
rail-stripe = 银行卡
rail-telegram-stars = Telegram 星星

language-zh-cn = 中文
language-en = English
language-ru = Русский

pickup-words = 海豚 熊猫 松鼠 兔子 老虎 大象 企鹅 孔雀 蝴蝶 蜜蜂 青蛙 乌龟 骆驼 鲸鱼 海鸥 麻雀 燕子 鸽子 小鹿 斑马 苹果 香蕉 西瓜 葡萄 草莓 樱桃 芒果 柠檬 桃子 石榴 菠萝 椰子 红枣 南瓜 萝卜 土豆 番茄 玉米 花生 豆腐 米饭 面包 饺子 汤圆 月饼 蛋糕 饼干 牛奶 咖啡 红茶 果汁 大海 高山 森林 草原 河流 月亮 太阳 星星 彩虹 白云 雪花 雨滴 火山 岛屿 沙滩 贝壳 石头 竹子 荷花 玫瑰 梅花 枫叶 松树 柳树 灯塔 风筝 气球 雨伞 书包 铅笔 剪刀 手表 眼镜 帽子 围巾 手套 毛衣 裙子 枕头 杯子 筷子 勺子 茶壶 花瓶 镜子 毛巾 牙刷 肥皂 蜡烛 台灯 钢琴 吉他 口琴 火车 飞机 轮船 汽车 地铁 火箭 公园 学校 书店 车站 城堡 花园 篮球 足球 秋千 积木 拼图 邮票 地图 日历 信封 相册 画笔 黑板
event-refunded-by-hand = 已人工退款
state-disputed = 付款有争议
state-dispute-won = 争议已胜
state-dispute-lost = 争议已败
event-asked = 问了买家怎么办
event-waits = 买家等补货
event-swapped = 买家换了别的
event-wanted = 买家还要
event-credited = 存为店内余额
event-uncredited = 余额改成退款
event-restocked = 补货已留好
event-credit-spent = 用了店内余额
event-matched = 认领了无主付款
event-seen-by-staff = 客服查到了这笔付款
event-recovered = 找回掉单
event-replacing = 正在补发
event-replaced = 补发了一个
event-disputed = 付款有争议
event-dispute-won = 争议已胜
event-dispute-lost = 争议已败
event-refunded-outside = 在支付平台退款
event-goodwill = 补偿买家
rail-credit = 店内余额
