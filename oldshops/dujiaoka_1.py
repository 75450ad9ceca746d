"""dujiaoka 1.x: other names for the same things. Unpaid orders never reached its database."""

from __future__ import annotations

from collections.abc import Iterator

from core.ground.vault import Secret
from core.old_shops import OldCategory, OldCoupon, OldOrder, OldProduct
from oldshops import dujiaoka_texts, texts
from oldshops.dujiaoka import AUTOMATIC, SOLD, UNSOLD, DujiaokaReading
from oldshops.figures import cents, moment, yuan
from oldshops.mysql import Row
from oldshops.rows import NEVER, CodeRow, OrderRow

WAITING, HANDLED, DONE, FAILED = 1, 2, 3, 4  # of an order; "handled" is the staff's own mark


class Dujiaoka1(DujiaokaReading):
    tables = ("classifys", "products", "cards", "orders", "coupons", "pays")
    needed = ("classifys", "products", "cards", "orders", "pays")
    version = "1.x"
    order_columns = (
        "product_id",
        "buy_amount",
        "ord_title",
        "ord_price",
        "account",
        "search_pwd",
        "ord_info",
        "pay_way",
    )

    def _catalogue(self) -> tuple[list[OldCategory], list[OldProduct]]:
        classes = list(self.database.rows("classifys", "name", "ord", "c_status"))
        products = list(
            self.database.rows(
                *("products", "pd_name", "actual_price", "in_stock", "pd_class", "pd_info", "pd_picture", "buy_prompt"),
                *("pd_type", "wholesale_price", "other_ipu", "ord", "pd_status", "deleted_at"),
            )
        )
        there = {row["id"] for row in classes}
        self.alive = {r["id"]: r for r in products if r["deleted_at"] is None and r["pd_class"] in there}
        self.known = {row["id"]: str(row["pd_class"]) for row in products}
        self.note_bin(0, len(products) - len(self.alive))
        categories = [
            OldCategory(str(row["id"]), texts.name(row["name"]), -row["ord"], row["c_status"] != 0) for row in classes
        ]
        return categories, [self._product(row) for row in self.alive.values()]

    def _product(self, row: Row) -> OldProduct:
        automatic = row["pd_type"] == AUTOMATIC
        name = texts.name(row["pd_name"])
        self.note_product(row["id"], name, 0 if automatic else row["in_stock"] or 0, row["pd_info"], "")
        return OldProduct(
            id=str(row["id"]),
            category=str(row["pd_class"]),
            name=name,
            kind="unique" if automatic else "by-hand",
            prices=self.prices(row["id"], name, row["actual_price"], row["wholesale_price"]),
            on_sale=row["pd_status"] == 1,
            position=-(row["ord"] or 0),
            region=texts.region(name),
            face_value=texts.face_value(name),
            form=self.form(row["id"], name, row["other_ipu"]) if not automatic else (),
            guide=texts.guide(row["pd_info"], row["buy_prompt"]),
            picture=row["pd_picture"] or "",
        )

    def _codes(self, sold: bool, product: str | None = None) -> Iterator[CodeRow]:
        where, values = ("`card_status` = 2" if sold else "`card_status` <> 2"), ()
        if product is not None:
            where, values = f"{where} AND `product_id` = %s", (int(product),)
        columns = ("product_id", "card_info", "card_status", "created_at")
        for row in self.database.rows("cards", *columns, where=where, values=values):
            self.known_status("code", row["card_status"], (UNSOLD, SOLD))
            parent = self.alive.get(row["product_id"])
            state = "bin" if parent is None else "unsold" if parent["pd_type"] == AUTOMATIC else "stray"
            yield CodeRow(
                str(row["id"]),
                str(row["product_id"]),
                Secret(row["card_info"] or ""),
                "sold" if sold else state,
                since=moment(row["created_at"]),
            )

    def _orders(self) -> Iterator[OrderRow]:
        columns = ("order_id", "ord_class", "ord_status", "created_at", "deleted_at", *self.order_columns)
        for row in self.database.rows("orders", *columns):
            self.known_status("order", row["ord_status"], (WAITING, HANDLED, DONE, FAILED))
            yield OrderRow(
                order=self._order(row),
                state=self._state(row),
                status=str(row["ord_status"]),
                product=str(row["product_id"]) if row["product_id"] in self.known else "",
                category=self.known.get(row["product_id"], ""),
            )

    def _order(self, row: Row) -> OldOrder:
        return OldOrder(
            id=str(row["id"]),
            number=row["order_id"],
            title=texts.name(row["ord_title"]),
            quantity=row["buy_amount"] or 1,
            total=cents(row["ord_price"] or 0),
            currency=self.currency,
            at=moment(row["created_at"]) or NEVER,
            paid_at=None,
            rail=self.rails.get(row["pay_way"]) or "",
            text=Secret(row["ord_info"] or ""),
            password=Secret(row["search_pwd"]) if row["search_pwd"] else None,
            contact=row["account"] or "",
        )

    def _state(self, row: Row) -> str:
        """Waiting, of a product with codes, is how it says that there were none. Handled is for the owner to say."""
        if row["deleted_at"] is not None:
            return "bin"
        if row["ord_status"] == FAILED:
            return "failed"
        automatic = row["ord_class"] == AUTOMATIC
        if row["ord_status"] == WAITING and automatic:
            return "abnormal"
        if row["ord_status"] != DONE:
            return "waiting" if row["ord_status"] == WAITING else "in work"
        return dujiaoka_texts.lacks(row["ord_info"] or "", row["buy_amount"] or 1, automatic)

    def _coupons(self) -> list[OldCoupon]:
        return [
            OldCoupon(
                str(row["id"]),
                row["card"],
                f"¥ {yuan(cents(row['discount']))} off the order, for one product",
                row["ret"] if row["c_type"] == 2 else 1,
            )
            for row in self.live_coupons()
            if row["product_id"] in self.alive
        ]

    def live_coupons(self) -> list[Row]:
        if not self.database.has("coupons"):
            return []
        rows = self.database.rows("coupons", "card", "product_id", "c_type", "discount", "ret", "is_status")
        return [row | {"coupon": row["card"]} for row in rows if row["is_status"] == 1 and row["ret"] > 0]
