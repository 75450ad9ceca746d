"""A shop that has been running for years, as its owner writes it down in a folder of CSV files. Needs no database."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Sequence
from pathlib import Path

from doubles.old_shops import CATEGORIES, MEMBERS, PRODUCTS, code, price, sales, when, yuan

NAMES = {
    "products.csv": ("product", "category", "name", "price"),
    "codes.csv": ("id", "product", "code", "state"),
    "orders.csv": ("number", "title", "quantity", "total", "at", "product", "text", "password", "contact"),
    "members.csv": ("member", "name", "balance", "email"),
}


def grow(folder: Path, *, codes: int, orders: int, seed: int = 1) -> dict[str, int]:
    """The same as old_shops.grow makes in a database, and the same promises."""
    drawn = random.Random(seed)
    sold = sales(drawn, orders)
    texts = [[code(drawn, codes + 10 * n + k) for k in range(quantity)] for n, (_, _, quantity) in enumerate(sold)]
    balances = [drawn.randrange(100, 20_000) for _ in range(MEMBERS)]
    write(folder, "products.csv", [(n, f"分类 {n % CATEGORIES}", f"礼品卡 {n} 号", yuan(price(n))) for n in products()])
    unsold = [(f"c{n}", n % PRODUCTS + 1, code(drawn, n), "unsold") for n in range(codes)]
    gone = [
        (f"s{n}-{k}", sale[0], text, "sold")
        for n, (sale, own) in enumerate(zip(sold, texts, strict=True))
        for k, text in enumerate(own)
    ]
    write(folder, "codes.csv", [*unsold, *gone])
    write(folder, "orders.csv", [_order(n, *each) for n, each in enumerate(zip(sold, texts, strict=True))])
    write(folder, "members.csv", [(n, f"m{n}", yuan(b), f"m{n}@example.com") for n, b in enumerate(balances, 1)])
    total = sum(each * quantity for _, each, quantity in sold)
    return {
        **{"codes": codes, "orders": orders, "orders_total": total, "products": PRODUCTS, "categories": CATEGORIES},
        **{"members": MEMBERS, "credit": sum(balances)},
    }


def products() -> Iterable[int]:
    return range(1, PRODUCTS + 1)


def _order(number: int, sale: tuple[int, int, int], texts: Sequence[str]) -> tuple[object, ...]:
    product, each, quantity = sale
    title, total, at = f"礼品卡 {product} 号 x {quantity}", yuan(each * quantity), when(number).isoformat()
    asked = (f"look{number % 31}", f"buyer{number % 997}@example.com")
    return (f"ORDER{number:011d}", title, quantity, total, at, product, "\n".join(texts), *asked)


def write(folder: Path, name: str, rows: Iterable[Sequence[object]]) -> None:
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(NAMES[name])
        writer.writerows(rows)


def rows(folder: Path, name: str) -> list[list[str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]
