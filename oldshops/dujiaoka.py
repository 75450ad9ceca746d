"""dujiaoka 2.x, with and without codes that are handed out again and again.

Its times are Shanghai's wall clock in columns that the server converts by its zone: they are read by that same zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from core.ground.vault import Secret
from core.old_shops import Level, OldCategory, OldCoupon, OldOrder, OldProduct
from oldshops import dujiaoka_texts, texts
from oldshops.figures import cents, moment, yuan
from oldshops.mysql import Database, Row
from oldshops.reading import Reading
from oldshops.refused import Unreadable
from oldshops.rows import NEVER, CodeRow, CodeState, OrderRow

UNPAID = (1, -1)
OWED = {2: "waiting", 3: "in work", 5: "failed", 6: "abnormal"}
DONE = 4
AUTOMATIC = 1  # of a product's and an order's type; 2 is served by hand
UNSOLD, SOLD = 1, 2


class DujiaokaReading(Reading):
    """What 1.x and 2.x have in common."""

    name = "dujiaoka"
    needed: tuple[str, ...] = ()  # without these it is no such shop
    version = ""

    def __init__(self, database: Database, source: str, only: str | None) -> None:
        self.database = database
        self.alive: dict[int, Row] = {}  # products
        self.known: dict[int, str] = {}  # every product there is, and its category
        database.require(*self.needed)
        self.rails = {row["id"]: row["pay_name"] for row in database.rows("pays", "pay_name")}
        super().__init__(source, only)
        self.facts = [
            f"dujiaoka {self.version}, told by its columns",
            database.server,
            f"times are Shanghai's wall clock, {database.zone_rule}",
        ]
        self.unread = ["payment keys in pays", "admin_users, admin_settings, failed_jobs", "buyers' addresses (buy_ip)"]
        self.counted = {table: count(database, table) for table in self.tables if database.has(table)}
        self.refuse_the_future(newest(database, "orders", "created_at"))

    def close(self) -> None:
        self.database.close()

    def prices(self, product: int, name: str, price: Any, tiers: str | None) -> dict[int, int]:
        """By quantity. Tiers of which one can't be read are left out, as the old shop leaves them out."""
        try:
            single = {1: cents(price)}
        except ValueError:
            self.note(4, f"the price of product {product} ({name}) can't be read", "stop")
            return {}
        try:
            return dujiaoka_texts.tiers(tiers) | single
        except ValueError:
            self.note(3, f"product {product} ({name}): its prices by quantity can't be read; the old shop ignores them")
            return single

    def form(self, product: int, name: str, asked: str | None) -> tuple[tuple[str, str], ...]:
        try:
            return dujiaoka_texts.form(asked)
        except ValueError:
            self.note(3, f"product {product} ({name}): what its buyers are asked can't be read")
            return ()

    def note_product(self, product: int, name: str, left: int, description: str | None, hook: str | None) -> None:
        if left < 0:
            self.note(3, f"product {product} ({name}) says it has {left} left: taken as 0")
        if hook:
            self.note(12, f"product {product} ({name}) calls an address after each sale: not brought")
        if pictures := texts.images(description):
            self.note(12, f"product {product} ({name}) shows {len(pictures)} pictures in its text: not fetched")

    def note_bin(self, groups: int, goods: int) -> None:
        if groups or goods:
            self.note(2, f"in the bin: {groups} categories, {goods} products", "ok")

    def live_coupons(self) -> list[Row]:
        return []

    def apart(self) -> list[tuple[Level, str]]:
        kept = {coupon.id for coupon in self._coupons()}
        off = [row["coupon"] for row in self.live_coupons() if str(row["id"]) not in kept]
        return [("look", f"coupon {coupon} is for products that are gone: left out") for coupon in off]


class Dujiaoka(DujiaokaReading):
    tables = ("goods_group", "goods", "carmis", "orders", "coupons", "coupons_goods", "pays")
    needed = ("goods_group", "goods", "carmis", "orders", "pays")

    def __init__(self, database: Database, source: str, only: str | None) -> None:
        self._loops = database.has("carmis", "is_loop")
        self.version = "2.0.5 or later" if self._loops else "2.0.0 to 2.0.4"
        super().__init__(database, source, only)

    # The catalogue

    def _catalogue(self) -> tuple[list[OldCategory], list[OldProduct]]:
        groups = list(self.database.rows("goods_group", "gp_name", "is_open", "ord", "deleted_at"))
        goods = list(
            self.database.rows(
                *("goods", "group_id", "gd_name", "description", "buy_prompt", "picture", "actual_price", "type"),
                *("in_stock", "buy_limit_num", "is_open", "wholesale_price_cnf", "other_ipu_cnf", "ord", "deleted_at"),
                *("api_hook",),
            )
        )
        alive = {row["id"] for row in groups if row["deleted_at"] is None}
        self.alive = {row["id"]: row for row in goods if row["deleted_at"] is None and row["group_id"] in alive}
        self.known = {row["id"]: str(row["group_id"]) for row in goods}
        self._looping = self._looping_products()
        self.note_bin(len(groups) - len(alive), len(goods) - len(self.alive))
        categories = [
            OldCategory(str(row["id"]), texts.name(row["gp_name"]), -row["ord"], row["is_open"] == 1)
            for row in groups
            if row["id"] in alive
        ]
        return categories, [self._product(row) for row in self.alive.values()]

    def _looping_products(self) -> set[int]:
        """Products of which one code is handed out again and again. The old shop then sells no other."""
        if not self._loops:
            return set()
        rows = self.database.rows("carmis", "goods_id", where="`is_loop` = 1 AND `status` = 1 AND `deleted_at` IS NULL")
        return {row["goods_id"] for row in rows}

    def _product(self, row: Row) -> OldProduct:
        automatic = row["type"] == AUTOMATIC
        name = texts.name(row["gd_name"])
        left = 0 if automatic else row["in_stock"] or 0  # for codes it means nothing
        self.note_product(row["id"], name, left, row["description"], row["api_hook"])
        return OldProduct(
            id=str(row["id"]),
            category=str(row["group_id"]),
            name=name,
            kind="by-hand" if not automatic else "shared" if row["id"] in self._looping else "unique",
            prices=self.prices(row["id"], name, row["actual_price"], row["wholesale_price_cnf"]),
            on_sale=row["is_open"] == 1,
            position=-row["ord"],
            region=texts.region(name),
            face_value=texts.face_value(name),
            form=self.form(row["id"], name, row["other_ipu_cnf"]) if not automatic else (),
            most=row["buy_limit_num"] or None,
            guide=texts.guide(row["description"], row["buy_prompt"]),
            picture=row["picture"] or "",
        )

    # Codes

    def _codes(self, sold: bool, product: str | None = None) -> Iterator[CodeRow]:
        where, values = ("`status` = 2", ()) if sold else ("`status` <> 2", ())
        if product is not None:
            where, values = f"{where} AND `goods_id` = %s", (int(product),)
        for row in self.database.rows(
            "carmis", "goods_id", "carmi", "status", "is_loop", "deleted_at", "created_at", where=where, values=values
        ):
            self.known_status("code", row["status"], (UNSOLD, SOLD))
            yield CodeRow(
                str(row["id"]),
                str(row["goods_id"]),
                Secret(row["carmi"] or ""),
                "sold" if sold else self._state(row),
                shared=row["is_loop"] == 1,
                since=moment(row["created_at"]),
            )

    def _state(self, row: Row) -> CodeState:
        """A row counts only if it, its product and its category are alive."""
        product = self.alive.get(row["goods_id"])
        if row["deleted_at"] is not None or product is None:
            return "bin"
        if product["type"] != AUTOMATIC:
            return "stray"
        behind = row["goods_id"] in self._looping and row["is_loop"] != 1
        return "locked" if behind else "unsold"  # single-use codes behind a reusable one never left

    # Orders

    def _orders(self) -> Iterator[OrderRow]:
        for row in self.database.rows(
            *("orders", "order_sn", "goods_id", "title", "type", "buy_amount", "actual_price", "email", "search_pwd"),
            *("info", "pay_id", "status", "created_at", "deleted_at"),
        ):
            self.known_status("order", row["status"], (*UNPAID, *OWED, DONE))
            yield OrderRow(
                order=self._order(row),
                state=self._order_state(row),
                status=str(row["status"]),
                product=str(row["goods_id"]) if row["goods_id"] in self.known else "",
                category=self.known.get(row["goods_id"], ""),
            )

    def _order(self, row: Row) -> OldOrder:
        return OldOrder(
            id=str(row["id"]),
            number=row["order_sn"],
            title=texts.name(row["title"]),
            quantity=row["buy_amount"] or 1,
            total=cents(row["actual_price"]),
            currency=self.currency,
            at=moment(row["created_at"]) or NEVER,
            paid_at=None,  # not stored there; updated_at moves with every edit
            rail=self.rails.get(row["pay_id"]) or "",
            text=Secret(row["info"] or ""),
            password=Secret(row["search_pwd"]) if row["search_pwd"] else None,
            contact=row["email"] or "",
        )

    def _order_state(self, row: Row) -> str:
        if row["deleted_at"] is not None:
            return "bin"
        if row["status"] == DONE:
            return dujiaoka_texts.lacks(row["info"] or "", row["buy_amount"] or 1, row["type"] == AUTOMATIC)
        return OWED.get(row["status"], "unpaid")

    # Coupons

    def _coupons(self) -> list[OldCoupon]:
        """Yuan off the whole order. Those whose products are all gone would be valid for nothing."""
        links = (
            self.database.rows("coupons_goods", "coupons_id", "goods_id") if self.database.has("coupons_goods") else ()
        )
        scopes: dict[int, int] = {}
        for link in links:
            scopes[link["coupons_id"]] = scopes.get(link["coupons_id"], 0) + (link["goods_id"] in self.alive)
        return [
            OldCoupon(str(row["id"]), row["coupon"], self._says(row, scopes), row["ret"])
            for row in self.live_coupons()
            if scopes.get(row["id"])
        ]

    def _says(self, row: Row, scopes: dict[int, int]) -> str:
        return f"¥ {yuan(cents(row['discount']))} off the order, for {scopes[row['id']]} products"

    def live_coupons(self) -> list[Row]:
        if not self.database.has("coupons"):
            return []
        rows = self.database.rows("coupons", "coupon", "discount", "ret", "is_open", "deleted_at")
        return [row for row in rows if row["deleted_at"] is None and row["is_open"] == 1 and row["ret"] > 0]


def count(database: Database, table: str) -> int:
    (row,) = database.ask(f"SELECT COUNT(*) AS n FROM `{table}`")
    return int(row["n"])


def newest(database: Database, table: str, column: str) -> datetime | None:
    (row,) = database.ask(f"SELECT MAX(`{column}`) AS at FROM `{table}`")
    return moment(row["at"])


def read(database: Database, source: str, only: str | None) -> Reading:
    """Of whichever version it is. Raises Unreadable when it is none."""
    if database.has("carmis") or database.has("goods"):
        return Dujiaoka(database, source, only)
    if database.has("cards") or database.has("products"):
        from oldshops.dujiaoka_1 import Dujiaoka1

        return Dujiaoka1(database, source, only)
    database.require("carmis")  # says which table may not be read, or that there is none
    raise Unreadable(f"{source} is no dujiaoka", "Check which database it is.")
