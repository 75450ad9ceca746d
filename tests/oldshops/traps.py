"""Each trap once, in the tables of the old shops, and what must become of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pymysql

from doubles.old_shops import put

WALL = datetime(2024, 5, 1, 20, 30)  # on the shop's wall; 12:30 in UTC
MARKUP = (
    "<h2>说明</h2><p>打开 <a href='https://store.example/redeem'>兑换页</a>&nbsp;&amp; 输入</p>"
    "<ul><li>第一步</li><li>第二步</li></ul><script>alert(1)</script><style>p{}</style><img src='/uploads/a.png'>"
)
GUIDE = "说明\n\n打开 [兑换页](https://store.example/redeem) & 输入\n\n- 第一步\n\n- 第二步"
APOLOGY = "库存可使用卡密不足，请联系管理员核查"

# What must become of each code that isn't sold: "" and "shared" are sold; else why it is kept back, or not brought.
DUJIAOKA_CODES = {
    "1": "",
    "2": "",  # with outer blanks
    "3": "",  # as 1 but for capital letters
    "4": "twice",  # as 1 but for a blank at the end
    "5": "twice",  # as 1, of another product
    "6": "delivered",  # equals the sold 7
    "8": "delivered",  # in an order's text
    "9": "",
    "10": "",  # two lines
    "11": "bin",
    "12": "bin",  # its product is
    "13": "bin",  # its category is
    "14": "stray",  # its product is served by hand
    "15": "shared",
    "16": "locked",  # behind a shared one
    "17": "",
    "18": "",
    "19": "",
    "20": "",
    "21": "delivered",  # two lines, in the middle of an order's text
}
DUJIAOKA_OWED = {
    "APOLOGY000000002": "apology",
    "ABNORMAL00000003": "abnormal",
    "WAITING000000004": "waiting",
    "INWORK0000000005": "in work",
    "FAILED0000000006": "failed",
    "SHORT00000000011": "short",
    "NOTHING000000012": "nothing sent",
}
DUJIAOKA_DONE = ("DONE000000000001", "GONE000000000010", "BYHAND0000000013", "LOOP000000000014")

DUJIAOKA_1_CODES = {"1": "", "3": "delivered", "4": "bin", "5": "stray"}
DUJIAOKA_1_OWED = {"W1": "abnormal", "W2": "waiting", "W3": "in work", "W4": "failed", "W5": "apology"}

ACG_CODES = {
    "1": "",
    "2": "locked",
    "4": "",  # of a kind
    "5": "stray",  # of a kind that is sold no more
    "6": "stray",  # of no kind, where there are kinds
    "7": "picked",
    "8": "",  # could be picked, at no surcharge
    "9": "delivered",
    "11": "elsewhere",  # a merchant's
    "12": "stray",  # of a product that comes from another shop
    "13": "twice",
}
ACG_SKU_CODES = {"20": "", "21": "", "22": "stray", "23": ""}  # by choices, since 3.1.3
ACG_OWED = {
    "000000000000000002": "apology",
    "000000000000000003": "apology",
    "000000000000000004": "waiting",
    "000000000000000005": "short",
    "000000000000000006": "nothing sent",
    "000000000000000007": "short",  # in other words, but no code of ours went to it
}
ACG_DONE = ("000000000000000001", "000000000000000010", "000000000000000011", "000000000000000012")


def lay(connection: pymysql.Connection[Any], shop: str) -> None:
    """All of a shop's traps, into its empty tables."""
    made = _acg if shop.startswith("acg") else _dujiaoka_1 if shop.endswith("1.8") else _dujiaoka
    made(connection)


def _dujiaoka(connection: pymysql.Connection[Any]) -> None:
    put(
        connection,
        "goods_group",
        [
            {"id": 1, "gp_name": "<b>Steam</b> 充值", "ord": 2, "deleted_at": None},
            {"id": 2, "gp_name": "旧分类", "ord": 1, "deleted_at": WALL},
            {"id": 3, "gp_name": "影音", "ord": 1, "deleted_at": None},
        ],
    )
    goods: dict[str, Any] = {
        **{
            "id": 0,
            "group_id": 1,
            "gd_name": "",
            "description": "",
            "picture": None,
            "actual_price": "10.00",
            "type": 1,
        },
        **{"in_stock": 0, "buy_limit_num": 0, "wholesale_price_cnf": "", "other_ipu_cnf": "", "deleted_at": None},
        **{"is_open": 1, "api_hook": None},
    }
    put(
        connection,
        "goods",
        [
            goods
            | {
                "id": 1,
                "gd_name": "<font color='red'>Steam 美区 $25</font>",
                "description": MARKUP,
                "actual_price": "170.00",
            }
            | {"buy_limit_num": 5, "wholesale_price_cnf": "10=165.00\r\n50=160.5\n", "picture": "images/steam.png"},
            goods | {"id": 2, "group_id": 3, "gd_name": "Netflix 月卡", "wholesale_price_cnf": "10＝8.80"},
            goods
            | {
                "id": 3,
                "gd_name": "代充 100元",
                "type": 2,
                "in_stock": -3,
                "api_hook": "https://hook.example/?key=hush",
            }
            | {"other_ipu_cnf": "steam_id=Steam 账号=true=17 位数字\nregion=区服=false"},
            goods | {"id": 4, "gd_name": "下架的", "deleted_at": WALL},
            goods | {"id": 5, "group_id": 2, "gd_name": "旧分类里的"},
            goods | {"id": 6, "group_id": 3, "gd_name": "共享账号", "is_open": 0},
            goods | {"id": 7, "gd_name": "Steam&nbsp;美区   $25"},
        ],
    )
    code: dict[str, Any] = {"goods_id": 1, "status": 1, "is_loop": 0, "deleted_at": None, "created_at": WALL}
    put(
        connection,
        "carmis",
        [
            {"id": number, "carmi": text} | code | others
            for number, text, others in (
                (1, "AAAA-1111-BBBB", {}),
                (2, " AAAA-2222-BBBB \r\n", {}),
                (3, "aaaa-1111-bbbb", {}),
                (4, "AAAA-1111-BBBB ", {}),
                (5, "AAAA-1111-BBBB", {"goods_id": 2}),
                (6, "SOLD-AGAIN-0001", {}),
                (7, "SOLD-AGAIN-0001", {"status": 2}),
                (8, "SENT-BY-HAND-01", {}),
                (9, "user9----secret9secret9", {}),
                (10, "line one of ten\nline two of ten", {}),
                (11, "IN-THE-BIN-0011", {"deleted_at": WALL}),
                (12, "UNDER-A-DELETED-PRODUCT", {"goods_id": 4}),
                (13, "UNDER-A-DELETED-CATEGORY", {"goods_id": 5}),
                (14, "CODE-OF-SERVED-BY-HAND", {"goods_id": 3}),
                (15, "shared@example.com----pass", {"goods_id": 6, "is_loop": 1}),
                (16, "BEHIND-A-SHARED-ONE", {"goods_id": 6}),
                (17, "A&amp;B-HTML-0017", {}),
                (18, "ZERO\u200bWIDTH-0018", {}),
                (19, "=FORMULA-0019", {}),
                (20, "????-LOST-0020", {}),
                (21, "LINES-A-0021\nLINES-B-0021", {"goods_id": 2}),
            )
        ],
    )
    put(connection, "pays", [{"id": 1, "pay_name": "支付宝", "merchant_key": "HUSH-HUSH"}])
    order: dict[str, Any] = {
        **{"goods_id": 1, "title": "Steam 美区 $25 x 1", "type": 1, "buy_amount": 1, "actual_price": "170.00"},
        **{"email": "lin@example.com", "search_pwd": "open", "info": "", "pay_id": 1, "status": 4, "deleted_at": None},
        **{"created_at": WALL, "updated_at": datetime(2025, 1, 1), "buy_ip": "192.0.2.1"},
    }
    put(
        connection,
        "orders",
        [
            {"id": number, "order_sn": name} | order | others
            for number, name, others in (
                (1, "DONE000000000001", {"info": "卡号：SENT-BY-HAND-01", "buy_amount": 1}),
                (2, "APOLOGY000000002", {"info": APOLOGY}),
                (3, "ABNORMAL00000003", {"info": APOLOGY, "status": 6}),
                (4, "WAITING000000004", {"info": "账号:lin", "status": 2, "type": 2, "goods_id": 3}),
                (5, "INWORK0000000005", {"status": 3, "type": 2, "goods_id": 3}),
                (6, "FAILED0000000006", {"status": 5}),
                (7, "UNPAID0000000007", {"status": 1}),
                (8, "EXPIRED000000008", {"status": -1}),
                (9, "DELETED000000009", {"info": "x", "deleted_at": WALL}),
                (10, "GONE000000000010", {"info": "OLD-0010", "goods_id": 99, "search_pwd": "", "email": ""}),
                (11, "SHORT00000000011", {"info": "OLD-0011", "buy_amount": 2}),
                (12, "NOTHING000000012", {}),
                (
                    13,
                    "BYHAND0000000013",
                    {"info": "好了\nLINES-A-0021\r\nLINES-B-0021\n谢谢", "type": 2, "goods_id": 3},
                ),
                (14, "LOOP000000000014", {"info": "shared@example.com----pass", "goods_id": 6}),
            )
        ],
    )
    put(
        connection,
        "coupons",
        [
            {"id": 1, "coupon": "WELCOME", "discount": "5.00", "ret": 3, "is_open": 1, "is_use": 2},
            {"id": 2, "coupon": "NOWHERE", "discount": "5.00", "ret": 3, "is_open": 1, "is_use": 1},
            {"id": 3, "coupon": "USED-UP", "discount": "5.00", "ret": 0, "is_open": 1, "is_use": 1},
        ],
    )
    put(
        connection,
        "coupons_goods",
        [
            {"id": n, "coupons_id": coupon, "goods_id": product}
            for n, coupon, product in ((1, 1, 1), (2, 1, 99), (3, 2, 99))
        ],
    )


def _dujiaoka_1(connection: pymysql.Connection[Any]) -> None:
    put(connection, "classifys", [{"id": 1, "name": "游戏 <i>点卡</i>", "ord": 1, "c_status": 1}])
    product: dict[str, Any] = {
        **{"id": 0, "pd_class": 1, "pd_name": "", "actual_price": "10.00", "pd_type": 1, "pd_info": MARKUP},
        **{"wholesale_price": "", "other_ipu": "", "in_stock": 0, "deleted_at": None},
    }
    put(
        connection,
        "products",
        [
            product | {"id": 1, "pd_name": "点卡 50元", "wholesale_price": "5=9.50"},
            product | {"id": 2, "pd_name": "代练", "pd_type": 2, "other_ipu": "uid=账号=true"},
            product | {"id": 3, "pd_name": "删了的", "deleted_at": WALL},
        ],
    )
    put(
        connection,
        "cards",
        [
            {"id": number, "product_id": product, "card_info": text, "card_status": status, "created_at": WALL}
            for number, product, text, status in (
                (1, 1, "CARD-ONE-0001", 1),
                (2, 1, "CARD-TWO-0002", 2),
                (3, 1, "CARD-TWO-0002", 1),
                (4, 3, "CARD-FOUR-0004", 1),
                (5, 2, "CARD-FIVE-0005", 1),
            )
        ],
    )
    put(connection, "pays", [{"id": 1, "pay_name": "微信", "merchant_key": "HUSH-HUSH"}])
    order: dict[str, Any] = {
        **{"product_id": 1, "ord_class": 1, "ord_price": "10.00", "buy_amount": 1, "ord_title": "点卡 50元 x 1"},
        **{"search_pwd": "open", "account": "lin@example.com", "ord_info": "CARD-OLD", "pay_way": 1, "ord_status": 3},
        **{"created_at": WALL, "deleted_at": None},
    }
    put(
        connection,
        "orders",
        [
            {"id": number, "order_id": name} | order | others
            for number, name, others in (
                (1, "D1", {}),
                (2, "W1", {"ord_status": 1, "ord_info": "发卡异常请联系管理员核查!"}),
                (3, "W2", {"ord_status": 1, "ord_class": 2, "product_id": 2}),
                (4, "W3", {"ord_status": 2, "ord_class": 2, "product_id": 2}),
                (5, "W4", {"ord_status": 4}),
                (6, "W5", {"ord_info": "发卡异常请联系管理员核查!"}),
            )
        ],
    )
    coupon: dict[str, Any] = {"product_id": 1, "c_type": 2, "discount": "1.00", "is_status": 1, "ret": 5}
    put(
        connection,
        "coupons",
        [coupon | {"id": 1, "card": "MANY"}, coupon | {"id": 2, "card": "GONE", "product_id": 9}],
    )


KINDS = "[category]\n月卡=15\n年卡=150\n[category_wholesale]\n月卡.10=13.5\n[category_cost]\n月卡=9"
CHOICES = "[wholesale]\n5=9.00\n[sku]\n区服.国服=0\n区服.美服=3\n[sku_cost]\n区服.美服=1"
FIELDS = '[{"type":"text","name":"uid","cn":"游戏 UID","regex":"^\\\\d+$","error":"只能是数字"}]'
ENCODED = "%5B%7B%22name%22%3A%22qq%22%2C%22cn%22%3A%22QQ+%E5%8F%B7%22%7D%5D"  # as older rows have it


def _acg(connection: pymysql.Connection[Any]) -> None:
    category: dict[str, Any] = {"sort": 1, "create_time": WALL, "owner": 0, "status": 1, "hide": 0, "pid": None}
    put(
        connection,
        "acg_category",
        [
            category | {"id": 1, "name": "<span style='color:red'>游戏</span>"},
            category | {"id": 2, "name": "国际服", "pid": 1, "hide": 1},
            category | {"id": 3, "name": "别人的", "owner": 7},
        ],
    )
    product: dict[str, Any] = {
        **{"category_id": 1, "description": "", "factory_price": "0", "price": "10.00", "user_price": "10.00"},
        **{"create_time": WALL, "delivery_way": 0, "delivery_auto_mode": 0, "delivery_message": None, "owner": 0},
        **{"shared_id": None, "shared_premium": 0, "draft_status": 0, "draft_premium": 0, "leave_message": None},
        **{"widget": None, "config": None, "minimum": 0, "maximum": 0, "level_price": None, "only_user": 0},
    }
    put(
        connection,
        "acg_commodity",
        [
            {"id": number, "name": name} | product | others
            for number, name, others in (
                (1, "<b>点券</b>&nbsp;100元", {"description": MARKUP, "leave_message": "请尽快使用", "maximum": 5}),
                (2, "会员", {"config": KINDS, "factory_price": "8.00", "user_price": "9.00", "only_user": 1}),
                (3, "靓号", {"draft_status": 1, "draft_premium": "2.00", "delivery_auto_mode": 2}),
                (4, "代充", {"delivery_way": 1, "delivery_message": "GIFT-FOR-ALL-0001", "widget": FIELDS}),
                (5, "商家的", {"owner": 7, "category_id": 3}),
                (6, "对接的", {"shared_id": 3, "shared_premium": 0.35}),
                (7, "写坏的", {"config": "[category]\n月卡=15=3", "category_id": 2}),
                (8, "老表单", {"delivery_way": 1, "widget": ENCODED}),
            )
        ],
    )
    card: dict[str, Any] = {
        **{"owner": 0, "commodity_id": 1, "draft": None, "draft_premium": 0, "cost": None, "create_time": WALL},
        **{"status": 0, "order_id": None, "note": None, "race": None, "sku": "[]"},
    }
    put(
        connection,
        "acg_card",
        [
            {"id": number, "secret": text} | card | others
            for number, text, others in (
                (1, "POINTS-0001", {"note": "五月批", "cost": "6.00"}),
                (2, "POINTS-0002", {"status": 2}),
                (3, "POINTS-0003", {"status": 1, "order_id": 1}),
                (4, "MONTH-0004", {"commodity_id": 2, "race": "月卡"}),
                (5, "WEEK-0005", {"commodity_id": 2, "race": "周卡"}),
                (6, "NOKIND-0006", {"commodity_id": 2, "race": ""}),
                (7, "PRETTY-0007", {"commodity_id": 3, "draft": "8888"}),
                (8, "PLAIN-0008", {"commodity_id": 3}),
                (9, "POINTS-0009", {}),
                (10, "POINTS-0010", {"status": 1}),
                (11, "MERCHANTS-0011", {"commodity_id": 5, "owner": 7}),
                (12, "UPSTREAM-0012", {"commodity_id": 6}),
                (13, "points-0001 ", {"commodity_id": 3, "secret": "POINTS-0001 "}),
                (14, "OLD-0014", {"status": 1, "order_id": 11, "commodity_id": 2, "race": "月卡"}),
                (15, "OLD-0015", {"status": 1, "order_id": 5}),
            )
        ],
    )
    put(
        connection,
        "acg_pay",
        [{"id": 1, "name": "支付宝", "handle": "alipay"}, {"id": 2, "name": "余额", "handle": "#system"}],
    )
    order: dict[str, Any] = {
        **{"owner": 0, "user_id": 0, "amount": "10.00", "commodity_id": 1, "card_num": 1, "pay_id": 1},
        **{"create_time": WALL, "pay_time": WALL, "status": 1, "delivery_status": 1, "secret": "", "password": "open"},
        **{"contact": "lin@example.com", "race": None, "sku": "[]"},
    }
    by_hand = {"commodity_id": 4}
    put(
        connection,
        "acg_order",
        [
            {"id": number, "trade_no": f"{number:018d}"} | order | others
            for number, others in (
                (1, {"secret": "POINTS-0003"}),
                (2, {"secret": "很抱歉，有人在你付款之前抢走了商品，请联系客服。"}),
                (3, {"secret": "此商品没有发货信息或正在发货中", "commodity_id": 6}),
                (4, {"secret": "正在发货中，请耐心等待，如有疑问，请联系客服。", "delivery_status": 0} | by_hand),
                (5, {"secret": "OLD-0015", "card_num": 2}),
                (6, {"secret": ""} | by_hand),
                (7, {"secret": "稍后给您补发"}),
                (8, {"status": 0, "delivery_status": 0}),
                (9, {"user_id": 7, "commodity_id": 5, "secret": "MERCHANTS-0001"}),
                (10, {"secret": "已充值 POINTS-0009"} | by_hand),
                (
                    11,
                    {
                        "secret": "OLD-0014",
                        "commodity_id": 2,
                        "race": "月卡",
                        "owner": 1,
                        "contact": "x7Gh2kQ9pLm4Zt8R",
                        "pay_id": 2,
                    },
                ),
                (12, {"secret": "OLD-9999", "commodity_id": 99, "card_num": 3}),
            )
        ],
    )
    coupon: dict[str, Any] = {
        **{"commodity_id": 0, "category_id": 0, "owner": 0, "money": "2.00", "mode": 0, "expire_time": None},
        **{"status": 0, "life": 3, "use_life": 9},
    }
    put(
        connection,
        "acg_coupon",
        [
            {"id": number, "code": code} | coupon | others
            for number, code, others in (
                (1, "TWO-OFF", {}),
                (2, "TENTH", {"mode": 1, "money": "0.10", "category_id": 1}),
                (3, "GONE", {"commodity_id": 99}),
                (4, "OVER", {"expire_time": datetime(2024, 1, 1)}),
                (5, "USED", {"life": 0, "status": 1}),
            )
        ],
    )
    user: dict[str, Any] = {
        **{"password": "HUSH", "salt": "HUSH", "app_key": "HUSH", "create_time": WALL, "balance": 0, "coin": 0},
        **{"status": 1, "phone": None, "email": None, "qq": None},
    }
    put(
        connection,
        "acg_user",
        [
            user | {"id": 1, "username": "lin", "email": "lin@member.example", "balance": "20.50", "coin": "3.00"},
            user | {"id": 2, "username": "bao", "phone": "13800000000", "balance": "5.00", "status": 0},
            user | {"id": 3, "username": "chen", "balance": "7.00"},
            user | {"id": 7, "username": "merchant"},
        ],
    )
    bill: dict[str, Any] = {"amount": "1.00", "type": 1, "currency": 0, "log": "充值", "create_time": WALL}
    put(
        connection,
        "acg_bill",
        [
            bill | {"owner": owner, "balance": balance, "currency": currency}
            for owner, balance, currency in (
                (1, "1.00", 0),
                (1, "20.50", 0),
                (1, "3.00", 1),
                (2, "5.00", 0),
                (3, "6.00", 0),
            )
        ],
    )
    put(connection, "acg_cash", [{"user_id": 1, "amount": "8.00", "status": 0, "create_time": WALL}])


def choose(connection: pymysql.Connection[Any]) -> None:
    """A product with choices and codes for them, as acg-faka has since 3.1.3; beside all the other traps."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE acg_commodity SET config = %s WHERE id = 8", (CHOICES,))
        cursor.execute("UPDATE acg_commodity SET delivery_way = 0, name = '钻石' WHERE id = 8")
    card: dict[str, Any] = {"commodity_id": 8, "status": 0, "create_time": WALL, "draft": None, "draft_premium": 0}
    put(
        connection,
        "acg_card",
        [
            card | {"id": number, "secret": f"GEMS-{number:04d}", "sku": sku, "race": None}
            for number, sku in ((20, '{"区服":"国服"}'), (21, '{"区服":"美服"}'), (22, "[]"), (23, '{"区服":"美服"}'))
        ],
    )
