"""The folder of CSV that a double of an old shop writes is one that our reader takes, also after it has sold more."""

from __future__ import annotations

from pathlib import Path

import oldshops
from doubles import old_files, old_sales


def counted(folder: Path) -> tuple[int, int, int]:
    shop = oldshops.open("csv", str(folder))
    codes = sum(1 for product in shop.products() for code in shop.codes(product.id) if not code.why)
    return codes, sum(1 for _ in shop.orders()), len(shop.members())


def test_what_it_says_it_holds_is_read(tmp_path: Path) -> None:
    held = old_files.grow(tmp_path, codes=50, orders=7)
    assert counted(tmp_path) == (held["codes"], held["orders"], held["members"]) == (50, 7, 50)


def test_it_sells_again_and_again_and_never_the_same(tmp_path: Path) -> None:
    old_files.grow(tmp_path, codes=50, orders=7)
    sold = [text for _ in range(3) for _, text in old_sales.sell_from_files(tmp_path, 4)]
    assert len(set(sold)) == 12
    assert counted(tmp_path)[:2] == (38, 19)
