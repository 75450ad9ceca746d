"""acg-faka, since 0.8: products with variants, codes that know their order, members with a balance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.ground.vault import Secret
from core.old_shops import Level, OldCategory, OldCoupon, OldMember, OldOrder, OldProduct
from oldshops import acg_config, texts
from oldshops.acg_config import choice
from oldshops.acg_variants import Key, Variant, groups, variants
from oldshops.dujiaoka import count, newest
from oldshops.figures import cents, moment, yuan
from oldshops.mysql import Database, Row
from oldshops.reading import Reading
from oldshops.refused import Unreadable
from oldshops.rows import NEVER, CodeRow, CodeState, OrderRow

MANY = 50  # variants of one product; more are asked about
UNSOLD, SOLD, LOCKED = 0, 1, 2
CODES, BY_HAND = 0, 1  # of delivery_way
NEWEST_FIRST = 2
OPEN, FROZEN = 0, 3  # of a withdrawal


class AcgFaka(Reading):
    """Whose an order is: `owner` is its buyer there, `user_id` the merchant. Of a coupon, `life` is what is left."""

    name = "acg-faka"
    tables = ("category", "commodity", "card", "order", "coupon", "user", "bill", "cash", "pay")

    def __init__(self, database: Database, prefix: str, source: str, only: str | None) -> None:
        self.database = database
        self.prefix = prefix
        database.require(*(f"{prefix}{table}" for table in ("category", "commodity", "card", "order", "user", "pay")))
        self._rails = {row["id"]: row["name"] for row in self._rows("pay", "name")}
        self._reach = {row["id"]: row["email"] or row["phone"] or row["qq"] or "" for row in self._users()}
        self._variants: dict[int, dict[Key, Variant]] = {}
        self._groups: dict[int, list[str]] = {}
        super().__init__(source, only)
        there = [table for table in self.tables if database.has(f"{prefix}{table}")]
        self.counted = {f"{prefix}{table}": count(database, f"{prefix}{table}") for table in there}
        self.facts = [
            f"acg-faka, tables {prefix}…, {'3.1 or later' if database.has(f'{prefix}card', 'sku') else 'before 3.1'}",
            database.server,
            "times are Shanghai's wall clock, as they stand there",
        ]
        self.unread = ["manage, pay_config, config, shared, order_option", "members' passwords, keys and payout data"]
        self.refuse_the_future(newest(database, f"{prefix}order", "create_time"))

    def close(self) -> None:
        self.database.close()

    def _rows(self, table: str, *names: str, where: str = "", values: tuple[Any, ...] = ()) -> Iterator[Row]:
        return self.database.rows(f"{self.prefix}{table}", *names, where=where, values=values)

    def _users(self) -> Iterator[Row]:
        return self._rows("user", "username", "email", "phone", "qq", "balance", "coin", "status")

    # The catalogue

    def _catalogue(self) -> tuple[list[OldCategory], list[OldProduct]]:
        categories = {
            row["id"]: row for row in self._rows("category", "name", "sort", "status", "hide", "owner", "pid")
        }
        self._goods = {row["id"]: row for row in self._commodities()}
        own = {id: row for id, row in categories.items() if not row["owner"]}
        self._alive = {id: row for id, row in self._goods.items() if not row["owner"] and row["category_id"] in own}
        for merchants, what in (
            (len(categories) - len(own), "categories"),
            (len(self._goods) - len(self._alive), "products"),
        ):
            if merchants:
                self.note(2, f"{merchants} {what} of merchants, or of a category that is gone: not brought")
        found = [
            OldCategory(str(id), self._path(own, id), row["sort"], row["status"] == 1 and not row["hide"])
            for id, row in own.items()
        ]
        return found, [product for row in self._alive.values() for product in self._products(row)]

    def _commodities(self) -> Iterator[Row]:
        return self._rows(
            *("commodity", "category_id", "name", "description", "cover", "factory_price", "price", "user_price"),
            *("status", "hide", "sort", "owner", "delivery_way", "delivery_auto_mode", "delivery_message"),
            *("leave_message", "minimum", "maximum", "purchase_count", "only_user", "seckill_status", "shared_id"),
            *("shared_premium", "widget", "config", "level_price", "draft_status", "draft_premium"),
        )

    def _path(self, categories: dict[int, Row], id: int) -> str:
        """With the names above it. A circle ends where it closes."""
        names: list[str] = []
        seen: set[int] = set()
        step: int | None = id
        while step in categories and step not in seen:
            seen.add(step)
            names.insert(0, texts.name(categories[step]["name"]))
            step = categories[step]["pid"]
        return " / ".join(names)

    def _products(self, row: Row) -> list[OldProduct]:
        name = texts.name(row["name"])
        self._note_product(row, name)
        self._variants[row["id"]] = found = {variant.key: variant for variant in self._read_variants(row, name)}
        if len(found) > MANY:
            self.note(3, f"product {row['id']} ({name}) has {len(found)} variants: do you want them all?")
        return [self._product(row, f"{name} {variant.label}".strip(), variant) for variant in found.values()]

    def _read_variants(self, row: Row, name: str) -> list[Variant]:
        """One without a price, which stops the move if it is on sale, where they can't be read."""
        try:
            config = acg_config.sections(row["config"])
            self._groups[row["id"]] = list(groups(config))
            return list(variants(config, row["price"], row["factory_price"]))
        except (ValueError, KeyError):
            self.note(3, f"product {row['id']} ({name}): its variants can't be read")
            self._groups[row["id"]] = []
            return [Variant("", (), {}, None)]

    def _product(self, row: Row, name: str, variant: Variant) -> OldProduct:
        kind = "supplier" if row["shared_id"] else "by-hand" if row["delivery_way"] == BY_HAND else "unique"
        return OldProduct(
            id=product_id(row["id"], variant.key),
            category=str(row["category_id"]),
            name=name,
            kind=kind,
            prices=variant.prices,
            on_sale=row["status"] == 1 and not row["hide"] and kind != "supplier",
            position=row["sort"],
            region=texts.region(name),
            face_value=texts.face_value(name),
            form=self._form(row, name),
            least=row["minimum"] or 1,
            most=row["maximum"] or None,
            guide=texts.guide(row["description"], row["leave_message"]),
            picture=row["cover"] or "",
            unit_cost=variant.unit_cost,
        )

    def _form(self, row: Row, name: str) -> tuple[tuple[str, str], ...]:
        try:
            asked = acg_config.decoded(row["widget"]) or []
            return tuple((field["name"], field.get("cn") or field["name"]) for field in asked)
        except (ValueError, KeyError, TypeError, AttributeError):
            self.note(3, f"product {row['id']} ({name}): what its buyers are asked can't be read")
            return ()

    def _note_product(self, row: Row, name: str) -> None:
        product = f"product {row['id']} ({name})"
        if row["delivery_way"] == BY_HAND and row["delivery_message"]:
            self.note(5, f"{product} is served by hand with a fixed text: if that is the code, it is a shared one")
        if row["delivery_auto_mode"] == NEWEST_FIRST:
            self.note(5, f"{product} sold its newest codes first: here the oldest go first")
        if row["shared_id"]:
            premium = cents(row["shared_premium"] or 0)
            self.note(12, f"{product} comes from another shop, {yuan(premium)} dearer: set it up as a supplier")
        if (row["user_price"] or 0) != (row["price"] or 0):
            self.note(4, f"{product} costs members {yuan(cents(row['user_price'] or 0))}: not brought")
        if row["level_price"] and row["level_price"] not in ("[]", "{}"):
            self.note(4, f"{product} has prices by level: not brought")
        limits = [what for what in ("purchase_count", "only_user", "seckill_status") if row[what]]
        if limits:
            self.note(12, f"{product} has {', '.join(limits)}: not brought")
        if pictures := texts.images(row["description"]):
            self.note(12, f"{product} shows {len(pictures)} pictures in its text: not fetched")

    # Codes

    def _codes(self, sold: bool, product: str | None = None) -> Iterator[CodeRow]:
        where, values = ("`status` = 1" if sold else "`status` <> 1"), ()
        if product is not None:
            where, values = f"{where} AND `commodity_id` = %s", (int(product.partition("/")[0]),)
        columns = ("owner", "commodity_id", "secret", "status", "race", "sku", "draft", "draft_premium", "cost")
        for row in self._rows("card", *columns, "note", "create_time", where=where, values=values):
            self.known_status("code", row["status"], (UNSOLD, SOLD, LOCKED))
            key = self._key(row)
            surcharge = self._surcharge(row)
            yield CodeRow(
                str(row["id"]),
                product_id(row["commodity_id"], key),
                Secret(row["secret"] or ""),
                "sold" if sold else self._state(row, key, surcharge),
                since=moment(row["create_time"]),
                batch=row["note"] or "",
                unit_cost=cents(row["cost"] or 0) or None,
                surcharge=surcharge if row["status"] == UNSOLD else 0,
            )

    def _key(self, row: Row) -> Key:
        """Its variant. A choice that the product doesn't offer is no variant of it."""
        try:
            chosen = choice(row["sku"])
        except ValueError:
            chosen = {"?": "?"}
        offered = self._groups.get(row["commodity_id"], [])
        if set(chosen) != set(offered):
            return (row["race"] or "", tuple(f"{group}={option}" for group, option in chosen.items()) or ("?",))
        return (row["race"] or "", tuple(chosen[group] for group in offered))

    def _surcharge(self, row: Row) -> int:
        """What a buyer paid more who picked this one."""
        product = self._goods.get(row["commodity_id"])
        if product is None or not product["draft_status"] or not row["draft"]:
            return 0
        return cents(row["draft_premium"] or product["draft_premium"] or 0)

    def _state(self, row: Row, key: Key, surcharge: int) -> CodeState:
        product = self._goods.get(row["commodity_id"])
        if row["owner"] or (product is not None and product["owner"]):
            return "elsewhere"
        if row["commodity_id"] not in self._alive or product is None:
            return "bin"
        if product["delivery_way"] == BY_HAND or product["shared_id"] or key not in self._variants[row["commodity_id"]]:
            return "stray"
        return "locked" if row["status"] == LOCKED else "picked" if surcharge else "unsold"

    # Orders

    def _orders(self) -> Iterator[OrderRow]:
        table = f"{self.prefix}card"
        served = {
            row["o"]: row["n"]
            for row in self.database.ask(
                f"SELECT order_id AS o, COUNT(*) AS n FROM `{table}` WHERE order_id IS NOT NULL GROUP BY order_id"
            )
        }
        for row in self._rows(
            *("order", "owner", "user_id", "trade_no", "amount", "commodity_id", "card_num", "pay_id", "create_time"),
            *("pay_time", "status", "secret", "password", "contact", "delivery_status", "race", "sku"),
        ):
            self.known_status("order", row["status"], (0, 1))
            self.known_status("delivery", row["delivery_status"], (0, 1))
            product = self._goods.get(row["commodity_id"])
            yield OrderRow(
                order=self._order(row, product),
                state=self._order_state(row, product, served.get(row["id"], 0)),
                status=f"{row['status']}/{row['delivery_status']}",
                product=str(row["commodity_id"]) if product else "",
                category=str(product["category_id"]) if product else "",
            )

    def _order(self, row: Row, product: Row | None) -> OldOrder:
        name = texts.name(product["name"]) if product else f"product {row['commodity_id']}"
        chosen = " ".join(filter(None, (name, row["race"])))
        buyer = row["owner"]  # of a member the contact is 16 signs drawn by chance
        return OldOrder(
            id=str(row["id"]),
            number=row["trade_no"],
            title=f"{chosen} x {row['card_num']}",
            quantity=row["card_num"] or 1,
            total=cents(row["amount"]),
            currency=self.currency,
            at=moment(row["create_time"]) or NEVER,
            paid_at=moment(row["pay_time"]),
            rail=self._rails.get(row["pay_id"]) or "",
            text=Secret(row["secret"] or ""),
            password=Secret(row["password"]) if row["password"] else None,
            contact=self._reach.get(buyer, "") if buyer else row["contact"] or "",
        )

    def _order_state(self, row: Row, product: Row | None, served: int) -> str:
        if row["user_id"]:  # the merchant's
            return "merchant"
        if row["status"] != 1:
            return "unpaid"
        if row["delivery_status"] != 1:
            return "waiting"
        return lacks(row["secret"] or "", row["card_num"] or 1, served if _has_codes(product) else None)

    # Members and coupons

    def _members(self) -> list[OldMember]:
        last = self._last_bills(0)
        found = []
        for row in self._users():
            balance = cents(row["balance"] or 0)
            differs = balance - last.get(row["id"], 0)
            if balance or differs:
                banned = row["status"] == 0
                contact = (row["email"] or "", row["phone"] or "")
                found.append(OldMember(str(row["id"]), row["username"], balance, *contact, banned, differs))
        return found

    def _last_bills(self, currency: int) -> dict[int, int]:
        """What each member's last bill says was left."""
        bills = f"{self.prefix}bill"
        if not self.database.has(bills):
            return {}
        rows = self.database.ask(
            f"SELECT b.owner, b.balance FROM `{bills}` b JOIN "
            f"(SELECT MAX(id) AS id FROM `{bills}` WHERE currency = %s GROUP BY owner) l ON l.id = b.id",
            (currency,),
        )
        return {row["owner"]: cents(row["balance"]) for row in rows}

    def _coupons(self) -> list[OldCoupon]:
        return [
            OldCoupon(str(row["id"]), row["code"], self._says(row), row["life"])
            for row in self._live_coupons()
            if self._scope(row) is not None
        ]

    def _live_coupons(self) -> list[Row]:
        if not self.database.has(f"{self.prefix}coupon"):
            return []
        columns = ("code", "commodity_id", "category_id", "owner", "money", "mode", "life", "status", "expire_time")
        return [
            row
            for row in self._rows("coupon", *columns)
            if not row["owner"] and row["status"] == 0 and row["life"] > 0 and not self._is_over(row)
        ]

    def _is_over(self, row: Row) -> bool:
        ends = moment(row["expire_time"])
        return ends is not None and ends < self.now

    def _scope(self, row: Row) -> str | None:
        """What it is for; None when that is gone, for then it must not become good for everything."""
        if row["commodity_id"]:
            return f"product {row['commodity_id']}" if row["commodity_id"] in self._alive else None
        if row["category_id"]:
            known = {category.id for category in self.everything[0]}
            return f"category {row['category_id']}" if str(row["category_id"]) in known else None
        return "everything"

    def _says(self, row: Row) -> str:
        """Mode 1 takes a fraction off, 0 yuan."""
        off = f"{yuan(cents(row['money'] * 100))} %" if row["mode"] == 1 else f"¥ {yuan(cents(row['money']))}"
        return f"{off} off one of {self._scope(row)}"

    def apart(self) -> list[tuple[Level, str]]:
        kept = {coupon.id for coupon in self._coupons()}
        gone = [row["code"] for row in self._live_coupons() if str(row["id"]) not in kept]
        said: list[tuple[Level, str]] = []
        for code in gone:
            said.append(("look", f"coupon {code} is for something that is gone: left out"))
        coins = sum(cents(row["coin"] or 0) for row in self._users())
        if coins:
            said.append(("look", f"members have {yuan(coins)} of commission (coin): pay it out there, it is no credit"))
        if self.database.has(f"{self.prefix}cash"):
            waiting = [row for row in self._rows("cash", "amount", "status") if row["status"] in (OPEN, FROZEN)]
            if waiting:
                total = yuan(sum(cents(row["amount"]) for row in waiting))
                said.append(("look", f"{len(waiting)} withdrawals of {total} are open: pay them out there"))
        return said


def lacks(text: str, quantity: int, served: int | None) -> str:
    """Why a delivered order was not served after all. `served`: its codes, where they would be known."""
    if acg_config.is_apology(text):
        return "apology"
    if not text.strip():
        return "nothing sent"
    return "short" if served is not None and served < quantity else ""


def product_id(commodity: int, key: Key) -> str:
    """ "17", "17/月卡", "17/月卡/国服"."""
    race, options = key
    parts = [race, *options] if race or options else []
    return "/".join([str(commodity), *(part.replace("%", "%25").replace("/", "%2F") for part in parts)])


def _has_codes(product: Row | None) -> bool:
    return product is not None and product["delivery_way"] == CODES and not product["shared_id"]


def read(database: Database, source: str, only: str | None) -> Reading:
    """Raises Unreadable when it is no such shop, or one too old."""
    found = [
        table.removesuffix("card")
        for table, columns in database.columns.items()
        if table.endswith("card") and {"commodity_id", "draft", "secret"} <= set(columns)
    ]
    if database.prefix is not None:
        found = [database.prefix]
    if not found:
        database.require("acg_card")
    if len(found) != 1:
        raise Unreadable(f"{source} holds several shops: {', '.join(found)}", "Add ?prefix=NAME_ to the address.")
    prefix = found[0]
    if database.has(f"{prefix}commodity", "lot_config"):
        raise Unreadable("this acg-faka is too old: its prices by quantity are written otherwise", "Update it first.")
    return AcgFaka(database, prefix, source, only)
