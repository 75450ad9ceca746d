"""dujiaoka 2.x, with and without codes that are handed out again and again.

Its times are Shanghai's wall clock in columns that the server converts by its zone: they are read by that same zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.ground.vault import Secret
from core.old_shops import OldCategory, OldCoupon, OldOrder, OldProduct
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


class Dujiaoka(Reading):
    name = "dujiaoka"
    tables = ("goods_group", "goods", "carmis", "orders", "coupons", "coupons_goods", "pays")

    def __init__(self, database: Database, source: str, only: str | None) -> None:
        self._database = database
        database.require("goods_group", "goods", "carmis", "orders", "pays")
        self._loops = database.has("carmis", "is_loop")
        self._rails = {row["id"]: row["pay_name"] for row in database.rows("pays", "pay_name")}
        super().__init__(source, only)
        self.facts = [
            f"dujiaoka {'2.0.5 or later' if self._loops else '2.0.0 to 2.0.4'}, told by its columns",
            database.server,
            "times are read by the server's own zone, as Shanghai's wall clock",
        ]
        self.unread = ["the payment keys in pays", "admin_users, admin_settings, failed_jobs", "buyers' addresses (buy_ip)"]
        self.counted = {table: count(database, table) for table in self.tables if database.has(table)}
        self._refuse_the_future(newest(database, "orders"))

    def close(self) -> None:
        self._database.close()

    # The catalogue

    def _catalogue(self) -> tuple[list[OldCategory], list[OldProduct]]:
        groups = list(self._database.rows("goods_group", "gp_name", "is_open", "ord", "deleted_at"))
        goods = list(
            self._database.rows(
                *("goods", "group_id", "gd_name", "description", "buy_prompt", "picture", "actual_price", "type"),
                *("in_stock", "buy_limit_num", "is_open", "wholesale_price_cnf", "other_ipu_cnf", "ord", "deleted_at"),
                *("api_hook",),
            )
        )
        alive = {row["id"] for row in groups if row["deleted_at"] is None}
        self._alive = {row["id"]: row for row in goods if row["deleted_at"] is None and row["group_id"] in alive}
        self._known = {row["id"]: str(row["group_id"]) for row in goods}
        self._looping = self._looping_products()
        self._note_bin(len(groups) - len(alive), len(goods) - len(self._alive))
        categories = [
            OldCategory(str(row["id"]), texts.name(row["gp_name"]), -row["ord"], row["is_open"] == 1)
            for row in groups
            if row["id"] in alive
        ]
        return categories, [self._product(row) for row in self._alive.values()]

    def _looping_products(self) -> set[int]:
        """Products of which one code is handed out again and again. The old shop then sells no other."""
        if not self._loops:
            return set()
        rows = self._database.rows("carmis", "goods_id", where="`is_loop` = 1 AND `status` = 1 AND `deleted_at` IS NULL")
        return {row["goods_id"] for row in rows}

    def _product(self, row: Row) -> OldProduct:
        automatic = row["type"] == AUTOMATIC
        name = texts.name(row["gd_name"])
        if (row["in_stock"] or 0) < 0 and not automatic:
            self.note(3, f"product {row['id']} ({name}) says it has {row['in_stock']} left: taken as 0")
        if row["api_hook"]:
            self.note(12, f"product {row['id']} ({name}) calls an address after each sale: not brought")
        if pictures := texts.images(row["description"]):
            self.note(12, f"product {row['id']} ({name}) shows {len(pictures)} pictures in its text: not fetched")
        return OldProduct(
            id=str(row["id"]),
            category=str(row["group_id"]),
            name=name,
            kind="by-hand" if not automatic else "shared" if row["id"] in self._looping else "unique",
            prices=self._prices(row, name),
            on_sale=row["is_open"] == 1,
            position=-row["ord"],
            region=texts.region(name),
            face_value=texts.face_value(name),
            form=self._form(row, name) if not automatic else (),
            most=row["buy_limit_num"] or None,
            guide="\n\n".join(filter(None, map(texts.markdown, (row["description"], row["buy_prompt"])))),
            picture=row["picture"] or "",
        )

    def _prices(self, row: Row, name: str) -> dict[int, int]:
        """By quantity. Tiers of which one can't be read are left out, as the old shop leaves them out."""
        try:
            single = {1: cents(row["actual_price"])}
        except ValueError:
            self.note(4, f"the price of product {row['id']} ({name}) can't be read", "stop")
            return {}
        try:
            return dujiaoka_texts.tiers(row["wholesale_price_cnf"]) | single
        except ValueError:
            self.note(3, f"the prices by quantity of product {row['id']} ({name}) can't be read; the old shop ignores them")
            return single

    def _form(self, row: Row, name: str) -> tuple[tuple[str, str], ...]:
        try:
            return dujiaoka_texts.form(row["other_ipu_cnf"])
        except ValueError:
            self.note(3, f"what buyers of product {row['id']} ({name}) are asked can't be read")
            return ()

    def _note_bin(self, groups: int, goods: int) -> None:
        if groups or goods:
            self.note(2, f"in the bin: {groups} categories, {goods} products", "ok")

    # Codes

    def _codes(self, sold: bool, product: str | None = None) -> Iterator[CodeRow]:
        where, values = ("`status` = 2", ()) if sold else ("`status` <> 2", ())
        if product is not None:
            where, values = f"{where} AND `goods_id` = %s", (int(product),)
        for row in self._database.rows(
            "carmis", "goods_id", "carmi", "status", "is_loop", "deleted_at", "created_at", where=where, values=values
        ):
            self._known_status("code", row["status"], (UNSOLD, SOLD))
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
        product = self._alive.get(row["goods_id"])
        if row["deleted_at"] is not None or product is None:
            return "bin"
        if product["type"] != AUTOMATIC:
            return "stray"
        behind = row["goods_id"] in self._looping and row["is_loop"] != 1
        return "locked" if behind else "unsold"  # single-use codes behind a reusable one never left

    def _known_status(self, what: str, status: Any, known: tuple[int, ...]) -> None:
        said = f"{what}s of a status that is not known: {status}"
        if (isinstance(status, bool) or status not in known) and ("stop", said) not in self.notes[2]:
            self.note(2, said, "stop")

    # Orders

    def _orders(self) -> Iterator[OrderRow]:
        for row in self._database.rows(
            *("orders", "order_sn", "goods_id", "title", "type", "buy_amount", "actual_price", "email", "search_pwd"),
            *("info", "pay_id", "status", "created_at", "deleted_at"),
        ):
            self._known_status("order", row["status"], (*UNPAID, *OWED, DONE))
            yield OrderRow(
                order=self._order(row),
                state=self._order_state(row),
                status=str(row["status"]),
                product=str(row["goods_id"]) if row["goods_id"] in self._known else "",
                category=self._known.get(row["goods_id"], ""),
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
            rail=self._rails.get(row["pay_id"]) or "",
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
        links = self._database.rows("coupons_goods", "coupons_id", "goods_id") if self._database.has("coupons_goods") else ()
        scopes: dict[int, int] = {}
        for link in links:
            scopes[link["coupons_id"]] = scopes.get(link["coupons_id"], 0) + (link["goods_id"] in self._alive)
        if not self._database.has("coupons"):
            return []
        return [
            OldCoupon(
                str(row["id"]),
                row["coupon"],
                f"¥ {yuan(cents(row['discount']))} off the order, for {scopes.get(row['id'], 0)} products",
                row["ret"],
            )
            for row in self._database.rows("coupons", "coupon", "discount", "ret", "is_open", "deleted_at")
            if row["deleted_at"] is None and row["is_open"] == 1 and row["ret"] > 0 and scopes.get(row["id"])
        ]


def count(database: Database, table: str) -> int:
    (row,) = database.ask(f"SELECT COUNT(*) AS n FROM `{table}`")
    return int(row["n"])


def newest(database: Database, table: str, column: str = "created_at") -> Any:
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
