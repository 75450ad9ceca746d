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


def lay(connection: pymysql.Connection[Any], shop: str) -> None:
    """All of a shop's traps, into its empty tables."""
    if shop.startswith("dujiaoka 2"):
        _dujiaoka(connection)


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
