"""An old shop of plain lists, as a reader would give it: what moving in is tried with where no database is needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from core.ground.vault import Secret
from core.old_shops import (
    Check,
    OldCategory,
    OldCode,
    OldCoupon,
    OldMember,
    OldOrder,
    OldProduct,
    OwedOrder,
    ShopName,
)

LONG_AGO = datetime(2025, 3, 1, 4, 5, tzinfo=UTC)


@dataclass
class Listed:
    """An OldShop that a test changes as people there would."""

    name: ShopName = "acg-faka"
    source: str = "db.example/faka"
    currency: str = "CNY"
    its_categories: list[OldCategory] = field(
        default_factory=lambda: [OldCategory("1", "Steam 充值"), OldCategory("2", "视频会员")]
    )
    its_products: list[OldProduct] = field(default_factory=list)
    its_codes: dict[str, list[OldCode]] = field(default_factory=dict)
    its_orders: list[OldOrder] = field(default_factory=list)
    its_members: list[OldMember] = field(default_factory=list)
    its_owed: list[OwedOrder] = field(default_factory=list)
    its_coupons: list[OldCoupon] = field(default_factory=list)
    its_checks: list[Check] = field(default_factory=lambda: [Check(1, "Source", "ok", ("a list",))])
    read: int = 0  # codes so far
    breaks_at: int = -1  # the reading ends with an error there

    def categories(self) -> list[OldCategory]:
        return self.its_categories

    def products(self) -> list[OldProduct]:
        return self.its_products

    def codes(self, product: str) -> Iterator[OldCode]:
        for each in self.its_codes.get(product, []):
            if self.read == self.breaks_at:
                raise ConnectionError("the old shop is gone")
            self.read += 1
            yield each

    def orders(self) -> Iterator[OldOrder]:
        return iter(self.its_orders)

    def owed(self) -> list[OwedOrder]:
        return self.its_owed

    def members(self) -> list[OldMember]:
        return self.its_members

    def coupons(self) -> list[OldCoupon]:
        return self.its_coupons

    def checks(self) -> list[Check]:
        return self.its_checks

    def close(self) -> None:
        pass

    # What changes there

    def sells(self, product: str, many: int = 1) -> list[OldCode]:
        """So many leave, the first ones."""
        sold, self.its_codes[product] = self.its_codes[product][:many], self.its_codes[product][many:]
        return sold

    def changes(self, product: str, **columns: Any) -> None:
        self.its_products = [replace(each, **columns) if each.id == product else each for each in self.its_products]


def product(number: str, category: str = "1", **columns: Any) -> OldProduct:
    about = {"name": f"Steam 点卡 {number}", "kind": "unique", "prices": {1: 10000, 10: 9500}, **columns}
    return OldProduct(number, category, **about)


def codes(product: str, many: int, start: int = 1, **columns: Any) -> list[OldCode]:
    return [
        OldCode(str(int(product) * 100_000 + n), product, Secret(f"P{product}-{n:05}-OLDCODE"), LONG_AGO, **columns)
        for n in range(start, start + many)
    ]


def order(n: int, **columns: Any) -> OldOrder:
    about = {
        "number": f"OLDORDER{n:08}",
        "title": "Steam 点卡 x 1",
        "quantity": 1,
        "total": 10000,
        "currency": "CNY",
        "at": LONG_AGO + timedelta(minutes=n),
        "paid_at": LONG_AGO + timedelta(minutes=n + 1),
        "rail": "支付宝",
        "text": Secret(f"SOLD-{n:05}-OLDTEXT"),
        "password": Secret(f"a&b {n}"),
        "contact": f"buyer{n}@example.org",
        **columns,
    }
    return OldOrder(str(n), **about)


def small() -> Listed:
    """Two products with codes, one by hand, ten orders, three members of whom one is banned."""
    return Listed(
        its_products=[
            product("17"),
            product("18", "2", name="视频会员"),
            product("19", "2", kind="by-hand", prices={1: 500}),
        ],
        its_codes={"17": codes("17", 230), "18": codes("18", 5)},
        its_orders=[order(n) for n in range(1, 11)],
        its_members=[
            OldMember("7", "lin", 1234, email="Lin@example.org"),
            OldMember("8", "bao", 500, phone="13800000000"),
            OldMember("9", "bad", 9999, email="bad@example.org", banned=True),
        ],
    )
