"""Databases of the shops that owners move in from: the tables and columns that matter, as those shops name them.

Only what a reader looks at, and some of what it must leave alone. What stands in them is made up.
"""

from __future__ import annotations

import random
import string
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import pymysql

SHOPS = ("dujiaoka 2.0.6", "dujiaoka 2.0.4", "dujiaoka 1.8", "acg-faka 3.6.0", "acg-faka 1.2.5")
AT_ONCE = 1000  # rows in one INSERT

DATES = "created_at timestamp NULL, updated_at timestamp NULL"
BIN = f"{DATES}, deleted_at timestamp NULL"
OLD = "CHARACTER SET utf8mb3 COLLATE utf8mb3_unicode_ci"
ID = "id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY"
YUAN = "decimal(10,2) NOT NULL DEFAULT 0"

DUJIAOKA_2 = f"""
CREATE TABLE goods_group (
    {ID}, gp_name varchar(200) {OLD} NOT NULL, is_open tinyint(1) NOT NULL DEFAULT 1, ord int NOT NULL DEFAULT 1,
    {BIN}
);
CREATE TABLE goods (
    {ID}, group_id int NOT NULL, gd_name varchar(200) NOT NULL, gd_description varchar(200), gd_keywords varchar(200),
    picture text, retail_price decimal(10,2) DEFAULT 0, actual_price {YUAN}, in_stock int NOT NULL DEFAULT 0,
    sales_volume int DEFAULT 0, ord int DEFAULT 1, buy_limit_num int NOT NULL DEFAULT 0, buy_prompt text, description
    text, type tinyint(1) NOT NULL DEFAULT 1, wholesale_price_cnf text, other_ipu_cnf text, api_hook text, is_open
    tinyint(1) NOT NULL DEFAULT 1, {BIN}
);
CREATE TABLE carmis (
    {ID}, goods_id int NOT NULL, status tinyint(1) NOT NULL DEFAULT 1, is_loop tinyint(1) NOT NULL DEFAULT 0, carmi
    text {OLD} NOT NULL, {BIN}, KEY idx_goods_id (goods_id)
);
CREATE TABLE orders (
    {ID}, order_sn varchar(150) NOT NULL UNIQUE, goods_id int NOT NULL, coupon_id int DEFAULT 0, title varchar(200)
    NOT NULL, type tinyint(1) NOT NULL DEFAULT 1, goods_price {YUAN}, buy_amount int NOT NULL DEFAULT 1,
    coupon_discount_price {YUAN}, wholesale_discount_price {YUAN}, total_price {YUAN}, actual_price {YUAN}, search_pwd
    varchar(200) DEFAULT '', email varchar(200) {OLD} NOT NULL, info text, pay_id int, buy_ip varchar(50) NOT NULL
    DEFAULT '', trade_no varchar(200) DEFAULT '', status tinyint(1) NOT NULL DEFAULT 1, {BIN}
);
CREATE TABLE coupons (
    {ID}, discount {YUAN}, is_use tinyint(1) NOT NULL DEFAULT 1, is_open tinyint(1) DEFAULT 1, coupon varchar(150) NOT
    NULL UNIQUE, ret int NOT NULL DEFAULT 0, {BIN}
);
CREATE TABLE coupons_goods (
    {ID}, goods_id int NOT NULL, coupons_id int NOT NULL
);
CREATE TABLE pays (
    {ID}, pay_name varchar(200) NOT NULL, merchant_id varchar(200), merchant_key text, merchant_pem text, {BIN}
);
CREATE TABLE admin_users (
    {ID}, username varchar(120) NOT NULL, password varchar(80) NOT NULL, {DATES}
)
"""
DUJIAOKA_1 = f"""
CREATE TABLE classifys (
    {ID}, name varchar(200) NOT NULL, icon varchar(50), ord int NOT NULL DEFAULT 1, c_status int(1), {DATES}
);
CREATE TABLE products (
    {ID}, pd_name varchar(200) NOT NULL, actual_price {YUAN}, cost_price {YUAN}, in_stock int DEFAULT 0, pd_class int
    NOT NULL, pd_info text, pd_picture varchar(200), buy_prompt text, pd_type int(1) NOT NULL DEFAULT 1,
    wholesale_price text, other_ipu text, ord int DEFAULT 1, pd_status int(1) NOT NULL DEFAULT 1, {BIN}
);
CREATE TABLE cards (
    {ID}, product_id int NOT NULL, card_info text NOT NULL, card_status int(1) NOT NULL DEFAULT 1, {DATES}
);
CREATE TABLE orders (
    {ID}, order_id varchar(150) NOT NULL UNIQUE, product_id int NOT NULL, coupon_id int DEFAULT 0, ord_class int(1)
    NOT NULL DEFAULT 1, product_price {YUAN}, ord_price {YUAN}, buy_amount int, ord_title varchar(200) NOT NULL,
    search_pwd varchar(200) NOT NULL DEFAULT '', account varchar(200) NOT NULL, ord_info text NOT NULL, pay_ord
    varchar(200), pay_way int, buy_ip varchar(30), ord_status int(1) DEFAULT 1, {BIN}
);
CREATE TABLE coupons (
    {ID}, product_id int NOT NULL, c_type int(1) NOT NULL DEFAULT 1, discount {YUAN}, is_status int NOT NULL DEFAULT
    1, card varchar(100) NOT NULL UNIQUE, ret int NOT NULL, {DATES}
);
CREATE TABLE pays (
    {ID}, pay_name varchar(200) NOT NULL, merchant_key text, {DATES}
);
CREATE TABLE webset (
    {ID}, text_logo varchar(100)
)
"""
ACG = f"""
CREATE TABLE acg_category (
    {ID}, name varchar(255) NOT NULL, sort smallint unsigned NOT NULL DEFAULT 0, create_time datetime NOT NULL, owner
    int unsigned NOT NULL DEFAULT 0, status tinyint unsigned NOT NULL DEFAULT 1, hide tinyint unsigned NOT NULL
    DEFAULT 0, user_level_config text, pid int unsigned
);
CREATE TABLE acg_commodity (
    {ID}, category_id int unsigned NOT NULL, name varchar(255) NOT NULL, description text, cover varchar(255),
    factory_price {YUAN}, price {YUAN}, user_price {YUAN}, status tinyint unsigned NOT NULL DEFAULT 1, owner int
    unsigned NOT NULL DEFAULT 0, create_time datetime NOT NULL, code varchar(64) NOT NULL DEFAULT '', delivery_way
    tinyint unsigned NOT NULL DEFAULT 0, delivery_auto_mode tinyint unsigned NOT NULL DEFAULT 0, delivery_message
    varchar(255), contact_type tinyint unsigned NOT NULL DEFAULT 0, sort smallint NOT NULL DEFAULT 0, shared_id int
    unsigned, shared_code varchar(64), shared_premium float(10,2) DEFAULT 0, seckill_status tinyint NOT NULL DEFAULT
    0, draft_status tinyint NOT NULL DEFAULT 0, draft_premium decimal(10,2) DEFAULT 0, leave_message varchar(255),
    only_user tinyint NOT NULL DEFAULT 0, purchase_count int NOT NULL DEFAULT 0, widget text, level_price text,
    level_disable tinyint NOT NULL DEFAULT 0, minimum int NOT NULL DEFAULT 0, maximum int NOT NULL DEFAULT 0, config
    text, hide tinyint NOT NULL DEFAULT 0, stock int NOT NULL DEFAULT 0, shared_stock text, tags text
);
CREATE TABLE acg_card (
    {ID}, owner int unsigned NOT NULL DEFAULT 0, commodity_id int unsigned NOT NULL, draft varchar(255), draft_premium
    decimal(10,2) DEFAULT 0, cost decimal(10,2), secret varchar(760) NOT NULL, create_time datetime NOT NULL,
    purchase_time datetime, order_id int unsigned, status tinyint unsigned NOT NULL DEFAULT 0, note varchar(64), race
    varchar(32), sku text, KEY (commodity_id), KEY (order_id), KEY (secret)
);
CREATE TABLE acg_order (
    {ID}, owner int unsigned NOT NULL DEFAULT 0, user_id int unsigned NOT NULL DEFAULT 0, trade_no char(18) NOT NULL
    UNIQUE, amount {YUAN}, pay_cost {YUAN}, commodity_id int unsigned NOT NULL, card_id int unsigned, card_num int
    unsigned NOT NULL DEFAULT 1, pay_id int unsigned NOT NULL DEFAULT 0, create_time datetime NOT NULL, create_ip
    varchar(64), pay_time datetime, status tinyint unsigned NOT NULL DEFAULT 0, secret text, password varchar(32),
    contact varchar(32), delivery_status tinyint unsigned NOT NULL DEFAULT 0, coupon_id int unsigned, race
    varchar(32), sku text, widget text, rent decimal(10,2) DEFAULT 0, leave_message text
);
CREATE TABLE acg_coupon (
    {ID}, code varchar(32) NOT NULL, commodity_id int unsigned NOT NULL DEFAULT 0, category_id int unsigned NOT NULL
    DEFAULT 0, owner int unsigned NOT NULL DEFAULT 0, money {YUAN}, mode tinyint unsigned NOT NULL DEFAULT 0,
    expire_time datetime, status tinyint unsigned NOT NULL DEFAULT 0, life int unsigned NOT NULL DEFAULT 1, use_life
    int unsigned NOT NULL DEFAULT 0, race varchar(32), sku text
);
CREATE TABLE acg_user (
    {ID}, username varchar(32) NOT NULL, email varchar(64), phone varchar(16), qq varchar(16), password varchar(64)
    NOT NULL, salt varchar(32) NOT NULL, app_key varchar(32) NOT NULL, balance decimal(14,2) NOT NULL DEFAULT 0, coin
    decimal(14,2) NOT NULL DEFAULT 0, recharge decimal(14,2) NOT NULL DEFAULT 0, integral int NOT NULL DEFAULT 0,
    create_time datetime NOT NULL, status tinyint unsigned NOT NULL DEFAULT 1, pid int unsigned
);
CREATE TABLE acg_user_group (
    {ID}, name varchar(32) NOT NULL, recharge decimal(14,2) NOT NULL DEFAULT 0, discount_config text
);
CREATE TABLE acg_commodity_group (
    {ID}, name varchar(32) NOT NULL, commodity_list text
);
CREATE TABLE acg_bill (
    {ID}, owner int unsigned NOT NULL, amount decimal(10,2) NOT NULL, balance decimal(14,2) NOT NULL, type tinyint NOT
    NULL, currency tinyint unsigned NOT NULL DEFAULT 0, log varchar(64) NOT NULL, create_time datetime NOT NULL
);
CREATE TABLE acg_cash (
    {ID}, user_id int unsigned NOT NULL, amount decimal(14,2) NOT NULL, status tinyint unsigned NOT NULL, create_time
    datetime NOT NULL
);
CREATE TABLE acg_pay (
    {ID}, name varchar(32) NOT NULL, handle varchar(32) NOT NULL
);
CREATE TABLE acg_manage (
    {ID}, email varchar(64), password varchar(64)
);
CREATE TABLE acg_config (
    {ID}, `key` varchar(64), `value` text
)
"""
YOUNGER = {  # columns that a version didn't have yet
    "dujiaoka 2.0.4": {"carmis": ("is_loop",), "goods": ("gd_description", "gd_keywords")},
    "acg-faka 1.2.5": {
        "acg_card": ("sku", "draft_premium", "cost"),
        "acg_commodity": ("stock", "shared_stock", "tags"),
        "acg_category": ("pid",),
        "acg_order": ("sku", "leave_message"),
        "acg_coupon": ("sku",),
    },
}


def tables(shop: str) -> list[str]:
    """The statements that make an empty database of that shop and version."""
    made = ACG if shop.startswith("acg") else DUJIAOKA_1 if shop.endswith("1.8") else DUJIAOKA_2
    without = YOUNGER.get(shop, {})
    drops = [f"ALTER TABLE {table} {', '.join(f'DROP {name}' for name in names)}" for table, names in without.items()]
    late = ["DROP TABLE acg_commodity_group"] if shop == "acg-faka 1.2.5" else []
    return [*made.strip().split(";\n"), *drops, *late]


def make(connection: pymysql.Connection[Any], shop: str) -> None:
    """The tables, empty."""
    with connection.cursor() as cursor:
        for statement in tables(shop):
            cursor.execute(statement)


def put(connection: pymysql.Connection[Any], table: str, rows: Iterable[dict[str, Any]]) -> None:
    """Rows of one kind, many at once. What a version has no column for is left out."""
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW COLUMNS FROM `{table}`")
        there = {column[0] for column in cursor.fetchall()}
        for batch in _batches(rows):
            names = [name for name in batch[0] if name in there]
            listed, marks = ", ".join(f"`{name}`" for name in names), ", ".join(["%s"] * len(names))
            values = [tuple(row[name] for name in names) for row in batch]
            cursor.executemany(f"INSERT INTO `{table}` ({listed}) VALUES ({marks})", values)


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    left = iter(rows)
    while batch := list(islice(left, AT_ONCE)):
        yield batch


# A shop that has been running for years


PRODUCTS = 20
CATEGORIES = 4
SIGNS = string.ascii_uppercase + string.digits
BEGUN = datetime(2023, 1, 1, 9)
SOLD_PER_ORDER = (1, 1, 1, 2, 3)


def grow(connection: pymysql.Connection[Any], shop: str, *, codes: int, orders: int, seed: int = 1) -> dict[str, int]:
    """Fills an empty database with so many unsold codes and so many finished orders, with the codes they got.

    Nothing in it is odd. Returns what a reader must find: codes, orders, orders_total, products, categories, members,
    credit (minor units). The same seed makes the same shop.
    """
    make(connection, shop)
    drawn = random.Random(seed)
    connection.begin()
    try:
        fill = _grow_acg if shop.startswith("acg") else _grow_dujiaoka_1 if shop.endswith("1.8") else _grow_dujiaoka
        members = fill(connection, drawn, codes, sales(drawn, orders))
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    total = sum(price * quantity for _, price, quantity in sales(random.Random(seed), orders))
    return {
        **{"codes": codes, "orders": orders, "orders_total": total, "products": PRODUCTS, "categories": CATEGORIES},
        **{"members": len(members), "credit": sum(members)},
    }


def price(product: int) -> int:
    """Minor units of one of that product."""
    return 500 + 250 * product


def sales(drawn: random.Random, orders: int) -> list[tuple[int, int, int]]:
    """Product, unit price and quantity of each."""
    made = [(drawn.randrange(1, PRODUCTS + 1), drawn.choice(SOLD_PER_ORDER)) for _ in range(orders)]
    return [(product, price(product), quantity) for product, quantity in made]


def code(drawn: random.Random, number: int) -> str:
    """No two are the same: the number is in it."""
    return f"{''.join(drawn.choices(SIGNS, k=10))}-{number:08d}----{''.join(drawn.choices(string.digits, k=6))}"


def yuan(amount: int) -> str:
    return f"{amount / 100:.2f}"


def when(number: int) -> datetime:
    return BEGUN + timedelta(minutes=7 * number)


def _grow_dujiaoka(
    connection: pymysql.Connection[Any], drawn: random.Random, codes: int, sales: Sequence[tuple[int, int, int]]
) -> list[int]:
    put(connection, "goods_group", ({"gp_name": f"分类 {n}", "ord": n} for n in range(1, CATEGORIES + 1)))
    put(connection, "pays", [{"pay_name": "支付宝", "merchant_key": "never read"}])
    put(
        connection,
        "goods",
        (
            {"group_id": n % CATEGORIES + 1, "gd_name": f"礼品卡 {n} 号", "actual_price": yuan(price(n)), "ord": n}
            for n in range(1, PRODUCTS + 1)
        ),
    )
    unsold = [(n % PRODUCTS + 1, code(drawn, n)) for n in range(codes)]
    sold = [[code(drawn, codes + 10 * n + k) for k in range(quantity)] for n, (_, _, quantity) in enumerate(sales)]
    put(connection, "carmis", ({"goods_id": p, "carmi": text, "status": 1, "created_at": BEGUN} for p, text in unsold))
    put(
        connection,
        "carmis",
        (
            {"goods_id": product, "carmi": text, "status": 2, "created_at": BEGUN}
            for (product, _, _), texts in zip(sales, sold, strict=True)
            for text in texts
        ),
    )
    put(
        connection,
        "orders",
        (
            {
                **{"order_sn": f"ORDER{n:011d}", "goods_id": product, "title": f"礼品卡 {product} 号 x {quantity}"},
                **{"type": 1, "buy_amount": quantity, "actual_price": yuan(each * quantity), "info": "\n".join(texts)},
                **{"email": f"buyer{n % 997}@example.com", "search_pwd": f"look{n % 31}", "pay_id": 1, "status": 4},
                **{"created_at": when(n), "updated_at": when(n)},
            }
            for n, ((product, each, quantity), texts) in enumerate(zip(sales, sold, strict=True))
        ),
    )
    return []


def _grow_dujiaoka_1(
    connection: pymysql.Connection[Any], drawn: random.Random, codes: int, sales: Sequence[tuple[int, int, int]]
) -> list[int]:
    put(connection, "classifys", ({"name": f"分类 {n}", "ord": n, "c_status": 1} for n in range(1, CATEGORIES + 1)))
    put(connection, "pays", [{"pay_name": "支付宝"}])
    put(
        connection,
        "products",
        (
            {"pd_class": n % CATEGORIES + 1, "pd_name": f"礼品卡 {n} 号", "actual_price": yuan(price(n))}
            for n in range(1, PRODUCTS + 1)
        ),
    )
    unsold = [(n % PRODUCTS + 1, code(drawn, n)) for n in range(codes)]
    sold = [[code(drawn, codes + 10 * n + k) for k in range(quantity)] for n, (_, _, quantity) in enumerate(sales)]
    put(connection, "cards", ({"product_id": p, "card_info": text, "card_status": 1} for p, text in unsold))
    put(
        connection,
        "orders",
        (
            {
                **{
                    "order_id": f"ORDER{n:011d}",
                    "product_id": product,
                    "ord_title": f"礼品卡 {product} 号 x {quantity}",
                },
                **{"buy_amount": quantity, "ord_price": yuan(each * quantity), "ord_info": "\n".join(texts)},
                **{
                    "account": f"buyer{n % 997}@example.com",
                    "search_pwd": f"look{n % 31}",
                    "pay_way": 1,
                    "ord_status": 3,
                },
                **{"created_at": when(n), "updated_at": when(n)},
            }
            for n, ((product, each, quantity), texts) in enumerate(zip(sales, sold, strict=True))
        ),
    )
    return []


MEMBERS = 50


def _grow_acg(
    connection: pymysql.Connection[Any], drawn: random.Random, codes: int, sales: Sequence[tuple[int, int, int]]
) -> list[int]:
    _acg_shelf(connection)
    _acg_cards(connection, drawn, codes, sales)
    return _acg_members(connection, drawn)


def _acg_shelf(connection: pymysql.Connection[Any]) -> None:
    put(
        connection,
        "acg_category",
        ({"name": f"分类 {n}", "sort": n, "create_time": BEGUN} for n in range(1, CATEGORIES + 1)),
    )
    put(connection, "acg_pay", [{"name": "支付宝", "handle": "alipay"}, {"name": "余额", "handle": "#system"}])
    put(
        connection,
        "acg_commodity",
        (
            {
                **{"category_id": n % CATEGORIES + 1, "name": f"礼品卡 {n} 号", "price": yuan(price(n)), "sort": n},
                **{"user_price": yuan(price(n)), "create_time": BEGUN, "code": f"{n:016d}"},
            }
            for n in range(1, PRODUCTS + 1)
        ),
    )


def _acg_cards(
    connection: pymysql.Connection[Any], drawn: random.Random, codes: int, sales: Sequence[tuple[int, int, int]]
) -> None:
    unsold = [(n % PRODUCTS + 1, code(drawn, n)) for n in range(codes)]
    sold = [[code(drawn, codes + 10 * n + k) for k in range(quantity)] for n, (_, _, quantity) in enumerate(sales)]
    put(
        connection,
        "acg_order",
        (
            {
                **{"id": n + 1, "trade_no": f"{n:018d}", "commodity_id": product, "card_num": quantity, "pay_id": 1},
                **{"amount": yuan(each * quantity), "status": 1, "delivery_status": 1, "secret": "\n".join(texts)},
                **{"contact": f"buyer{n % 997}@example.com", "password": f"look{n % 31}"},
                **{"create_time": when(n), "pay_time": when(n)},
            }
            for n, ((product, each, quantity), texts) in enumerate(zip(sales, sold, strict=True))
        ),
    )
    put(
        connection,
        "acg_card",
        ({"commodity_id": p, "secret": text, "create_time": BEGUN, "status": 0} for p, text in unsold),
    )
    put(
        connection,
        "acg_card",
        (
            {"commodity_id": product, "secret": text, "create_time": BEGUN, "status": 1, "order_id": n + 1}
            for n, ((product, _, _), texts) in enumerate(zip(sales, sold, strict=True))
            for text in texts
        ),
    )


def _acg_members(connection: pymysql.Connection[Any], drawn: random.Random) -> list[int]:
    """What each has left, in minor units."""
    balances = [drawn.randrange(100, 20_000) for _ in range(MEMBERS)]
    members = list(enumerate(balances, start=1))
    put(
        connection,
        "acg_user",
        (
            {
                **{
                    "id": n,
                    "username": f"member{n}",
                    "email": f"member{n}@example.com",
                    "password": "hash",
                    "salt": "salt",
                },
                **{"app_key": "never read", "balance": yuan(balance), "create_time": BEGUN},
            }
            for n, balance in members
        ),
    )
    put(
        connection,
        "acg_bill",
        (
            {
                **{"owner": n, "amount": yuan(balance), "balance": yuan(balance), "type": 1, "currency": 0},
                **{"log": "充值", "create_time": BEGUN},
            }
            for n, balance in members
        ),
    )
    return balances
