"""An old shop goes on selling while somebody moves out of it: the oldest codes go, an order of one code each."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pymysql

from doubles import old_files
from doubles.old_shops import price, put, when, yuan

LATE = timedelta(days=700)  # after all that was sold before


def sell(connection: pymysql.Connection[Any], shop: str, many: int) -> list[tuple[int, str]]:
    """Product and code of each that was sold."""
    table, product, text, state = (
        ("acg_card", "commodity_id", "secret", (0, 1))
        if shop.startswith("acg")
        else ("carmis", "goods_id", "carmi", (1, 2))
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, {product}, {text} FROM {table} WHERE status = %s ORDER BY id LIMIT %s", (state[0], many)
        )
        found = list(cursor.fetchall())
        cursor.executemany(f"UPDATE {table} SET status = %s WHERE id = %s", [(state[1], row[0]) for row in found])
    put(connection, *_orders(shop, found))
    if shop.startswith("acg"):
        _pointed_at(connection, [row[0] for row in found])
    return [(row[1], row[2]) for row in found]


def _orders(shop: str, sold: list[tuple[int, int, str]]) -> tuple[str, list[dict[str, Any]]]:
    if shop.startswith("acg"):
        return "acg_order", [
            {
                **{"trade_no": f"9{number:017d}", "commodity_id": product, "card_num": 1, "pay_id": 1, "status": 1},
                **{"amount": yuan(price(product)), "delivery_status": 1, "secret": text, "password": "late"},
                **{"contact": "late@example.com", "create_time": when(n) + LATE, "pay_time": when(n) + LATE},
            }
            for n, (number, product, text) in enumerate(sold)
        ]
    return "orders", [
        {
            **{"order_sn": f"LATE{number:012d}", "goods_id": product, "title": f"礼品卡 {product} 号 x 1", "type": 1},
            **{"buy_amount": 1, "actual_price": yuan(price(product)), "info": text, "email": "late@example.com"},
            **{"search_pwd": "late", "pay_id": 1, "status": 4},
            **{"created_at": when(n) + LATE, "updated_at": when(n) + LATE},
        }
        for n, (number, product, text) in enumerate(sold)
    ]


def _pointed_at(connection: pymysql.Connection[Any], cards: list[int]) -> None:
    """A card there knows its order."""
    with connection.cursor() as cursor:
        for card in cards:
            order = "(SELECT id FROM acg_order WHERE trade_no = %s)"
            cursor.execute(f"UPDATE acg_card SET order_id = {order} WHERE id = %s", (f"9{card:017d}", card))


def sell_from_files(folder: Path, many: int) -> list[tuple[int, str]]:
    """The same in a folder of CSV."""
    codes = old_files.rows(folder, "codes.csv")
    going = [row for row in codes if row[3] == "unsold"][:many]
    for row in going:
        row[3] = "sold"
    orders = old_files.rows(folder, "orders.csv")
    for n, row in enumerate(going):
        total, at = yuan(price(int(row[1]))), (when(n) + LATE).isoformat()
        orders.append([f"LATE-{row[0]}", "x 1", "1", total, at, row[1], row[2], "late", "late@example.com"])
    old_files.write(folder, "codes.csv", codes)
    old_files.write(folder, "orders.csv", orders)
    return [(int(row[1]), row[2]) for row in going]
