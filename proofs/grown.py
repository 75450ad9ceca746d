"""A shop grown large at once: so many codes and orders, as the shop would have written them, many rows at a time.

Codes come in by core/batches.py, sealed like any. An order's rows are those that a real one leaves
(tests/proofs/test_grown.py compares), but for what is forgotten within days. Every invariant holds afterwards.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Table, bindparam, func, insert, select, text, update

from core import batches, catalog, catalog_changes, order_events, orders, terms, units
from core.attempts import attempts
from core.catalog import Product
from core.customers import customers, people
from core.ground import audit
from core.ground.db import Database, Tx
from core.ground.ids import Ids
from core.ground.inbox import inbox
from core.ground.money import exponent
from core.ground.outbox import outbox
from core.inventory import codes, grants
from core.ledger import entries, payments, receipts
from core.orders import State
from core.pasted import PastedCode, of_fields
from core.units import UnitState
from core.verdicts import verdicts

BEGAN = datetime(2026, 1, 5, 8, tzinfo=UTC)
SPAN = timedelta(days=120)  # from the first order to the last
PRODUCTS = 12
COST = 300  # minor units, of one code
BATCH = 20_000  # codes that came in together
CHUNK, FEWER = 5_000, 1_000  # codes, orders written in one transaction
CHATS = ("telegram", "wechat", "browser")
NAMES = ("Lin 林", "Chen", "Анна", "O'Hara", 'Bao "宝"', "Zoë 🦊")
LOCALES = ("zh-CN", "en", "ru")
# In the order in which they are written: nothing before what it refers to.
TABLES: tuple[Table, ...] = (
    customers,
    people,
    orders.orders,
    orders.lines,
    units.units,
    payments,
    receipts,
    entries,
    order_events.events,
    verdicts,
    grants,
    attempts,
    inbox,
    outbox,
    audit.audit,
)
COUNTED = tuple(table for table in (*TABLES, codes) if table is not people)

LARGEST = {table.name: select(func.coalesce(func.max(table.c.id), 0)) for table in COUNTED}
FIRST_OF = select(func.min(codes.c.id)).where(codes.c.product_id == bindparam("product"), codes.c.state == "available")
HANDED = (
    update(codes)
    .where(codes.c.id.between(bindparam("first"), bindparam("last")), codes.c.state == "available")
    .values(state="granted", uses=1)
)
# Only what fulfils an order may be granted; when that is written they are delivered.
DELIVERED = (
    update(orders.orders)
    .where(orders.orders.c.id.between(bindparam("first"), bindparam("last")), orders.orders.c.state == State.FULFILLING)
    .values(state=State.DELIVERED, version=4)
)
AFTERWARDS = "SELECT setval(pg_get_serial_sequence('{0}', 'id'), GREATEST((SELECT MAX(id) FROM {0}), 1))"

Progress = Callable[[str, int, int], None]
Row = dict[str, Any]
Rows = dict[str, list[Row]]


async def grow(db: Database, *, codes: int, orders: int, seed: int, progress: Progress) -> None:
    """So many codes and orders more in a shop that nobody else writes to; of twelve new products.

    The same seed gives the same rows, but for what the vault draws and when stock came in. Nine of ten orders are
    delivered, as long as there are codes; the others were cancelled. `progress` hears what, how many, of how many.
    """
    dice = random.Random(f"{seed} grown")
    goods = await db.write(_furnish, seed)
    done = 0
    for at, product in enumerate(goods):
        async for put in _stocked(db, dice, product, _share(codes, at)):
            done += put
            progress("codes", done, codes)
    town = await db.write(_town, goods, codes, orders, seed)
    for first in range(0, orders, FEWER):
        until = min(first + FEWER, orders)
        await db.write(_bought, town.again(), range(first, until))
        town.settle()
        progress("orders", until, orders)
    while await db.write(audit.chain, FEWER):
        pass
    await db.write(_count_on)


# Stock


def _furnish(tx: Tx, seed: int) -> list[Product]:
    category = catalog_changes.add_category(tx, f"grown-{seed}", {"en": "Cards", "zh-CN": "卡", "ru": "Карты"}, 1)
    brand = catalog_changes.add_brand(
        tx, f"grown-{seed}", category, {"en": "Grown", "zh-CN": "样例", "ru": "Пример"}, 1
    )
    return [_product(tx, brand, f"grown-{seed}-{number}", number) for number in range(1, PRODUCTS + 1)]


def _product(tx: Tx, brand: int, slug: str, number: int) -> Product:
    made = catalog_changes.add_product(
        tx,
        brand,
        {tx.rules.currency: {1: number * 5 * 10 ** exponent(tx.rules.currency)}},
        slug=slug,
        names={"en": f"Card {number}", "zh-CN": f"{number} 号卡", "ru": f"Карта {number}"},
        kind="unique",
        region=("us", "hk", "tr")[number % 3],
        face_value=f"${number * 5}",
        noun="code",
        measure="zhang",
        redeem_url="https://redeem.example/now",
    )
    return catalog.by_id(tx, made)


async def _stocked(db: Database, dice: random.Random, product: Product, many: int) -> AsyncIterator[int]:
    for start in range(0, many, BATCH):
        wanted = min(BATCH, many - start)
        batch = await db.write(batches.open_batch, product, f"{product.slug} {start}", "proof", unit_cost=COST)
        for at in range(start, start + wanted, CHUNK):
            made = [_code(dice, product, number) for number in range(at, min(at + CHUNK, start + wanted))]
            await db.write(batches.add, product, batch, made)
            yield len(made)
        await db.write(batches.finish_import, batch)


def _share(codes: int, at: int) -> int:
    """How many of the codes are of the shop's product at that place."""
    return codes * (at + 1) // PRODUCTS - codes * at // PRODUCTS


def _code(dice: random.Random, product: Product, number: int) -> PastedCode:
    """A code of its own; of each third product a number with its PIN, some of them good until a day."""
    values = [f"{product.id:03}-{number:08}-{dice.getrandbits(40):010X}"]
    if product.id % 3 == 0:
        values.append(f"{dice.randrange(10**6):06}")
    made = of_fields(values)
    assert made is not None
    return PastedCode(made.fields, date(2033, 1 + number % 12, 28)) if number % 5 == 0 else made


# Orders


@dataclass(frozen=True)
class Shelf:
    """A product's codes by their numbers, in the order in which they go."""

    product: Product
    terms: Any
    price: int
    until: int  # the first number after its codes


@dataclass
class Town:
    """Who has bought and what is left. `again()` begins a chunk anew: a transaction may be run more than once."""

    shelves: list[Shelf]
    currency: str
    scale: timedelta
    last: dict[str, int]  # the highest number of each table's rows
    next: list[int]  # of each shelf, the code that goes next
    buyers: list[tuple[str, int, str]] = field(default_factory=list)  # person, customer, locale
    seed: int = 0
    _kept: tuple[Any, ...] = ()

    def again(self) -> Town:
        if not self._kept:
            self.settle()
        last, following, buyers = self._kept
        self.last, self.next = dict(last), list(following)
        del self.buyers[buyers:]
        return self

    def settle(self) -> None:
        """What was written is committed."""
        self._kept = (dict(self.last), list(self.next), len(self.buyers))

    def id(self, table: Table) -> int:
        self.last[table.name] += 1
        return self.last[table.name]


def _town(tx: Tx, goods: list[Product], codes: int, orders_wanted: int, seed: int) -> Town:
    shelves, following = [], []
    for at, product in enumerate(goods):
        first = tx.value(FIRST_OF, product=product.id) or 0
        price = product.price(1, tx.rules.currency)
        assert price is not None
        shelves.append(Shelf(product, terms.terms_of(product).packed(), price.amount, first + _share(codes, at)))
        following.append(first)
    last = {name: tx.value(statement) for name, statement in LARGEST.items()}
    return Town(shelves, tx.rules.currency, SPAN / max(orders_wanted, 1), last, following, seed=seed)


def _bought(tx: Tx, town: Town, these: range) -> None:
    dice = random.Random(f"{town.seed} orders {these}")
    ids, before = Ids(dice.getrandbits(64)), list(town.next)
    rows: Rows = defaultdict(list)
    first = town.last["orders"] + 1
    for number in these:
        _order(town, dice, _number(ids, number), BEGAN + number * town.scale, rows)
    for table in TABLES:
        tx.many(insert(table), rows[table.name])
    tx.changed(DELIVERED, first=first, last=town.last["orders"])
    for since, until in zip(before, town.next, strict=True):
        if until > since:
            tx.changed(HANDED, first=since, last=until - 1)


def _number(ids: Ids, number: int) -> str:
    """As any order's, but that its end counts, so that no two are the same."""
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    end = "".join(letters[number >> shift & 31] for shift in (15, 10, 5, 0))
    return f"{ids.number()[:4]}-{end}"


def _order(town: Town, dice: random.Random, number: str, at: datetime, rows: Rows) -> None:
    person, customer, locale = _buyer(town, dice, at, rows)
    which, quantity = dice.randrange(len(town.shelves)), dice.choice((1, 1, 1, 1, 1, 2, 3))
    sold = dice.random() < 0.9 and town.next[which] + quantity <= town.shelves[which].until
    shelf, order = town.shelves[which], town.id(orders.orders)
    sale = Sale(order, number, person, shelf.price * quantity, at, rows)
    about = {"customer_id": customer, "person_id": person, "channel": person.partition(":")[0], "locale": locale}
    money = {"total": sale.total, "currency": town.currency, "worth": sale.total}
    named = {"id": order, "number": number, "request_key": f"grown {number}"}
    times = {"placed_at": at, "expires_at": at + timedelta(minutes=15), "extended": False, "late": False}
    ended = _sold(sale) if sold else _cancelled(sale)
    first = {"product_id": shelf.product.id, "units": quantity}
    rows["orders"].append(named | about | money | times | ended | first)
    sale.tells(town, at, "placed", person)
    units = _units(town, sale, shelf, quantity, sold=sold)
    if not sold:
        sale.tells(town, sale.paid_at, "cancelled", person)
        close = {"rail": "sandbox", "key": f"{number}-sandbox", "reference": ""}
        sale.leaves(town, f"close {number}-sandbox", sale.paid_at, close)
        return
    _paid(town, sale)
    _handed_over(town, sale, units, which)


def _sold(sale: Sale) -> Row:
    told = {"state": State.FULFILLING, "version": 3, "paid_at": sale.paid_at}
    return told | {"called_off_at": None, "delivered_at": sale.sent_at}


def _cancelled(sale: Sale) -> Row:
    told = {"state": State.CANCELLED, "version": 2, "paid_at": None}
    return told | {"called_off_at": sale.paid_at, "delivered_at": None}


def _units(town: Town, sale: Sale, shelf: Shelf, quantity: int, *, sold: bool) -> list[int]:
    """The order's one line, its units, and the payment that was asked for."""
    line, made = town.id(orders.lines), [town.id(units.units) for _ in range(quantity)]
    of = {"order_id": sale.order, "product_id": shelf.product.id, "quantity": quantity}
    sale.rows["lines"].append({"id": line, **of, "unit_price": shelf.price, "terms": shelf.terms})
    for position, unit in enumerate(made, 1):
        about = {"id": unit, "order_id": sale.order, "line_id": line, "position": position, "price": shelf.price}
        ended = (UnitState.SENT, sale.sent_at, f"m{unit}") if sold else (UnitState.RELEASED, None, None)
        sale.rows["units"].append(about | dict(zip(("state", "sent_at", "sent_as"), ended, strict=True)))
    asked = {"id": town.id(payments), "order_id": sale.order, "key": f"{sale.number}-sandbox", "state": "asked"}
    sale.rows["payments"].append(asked | _money(town, sale) | {"made_at": sale.at})
    return made


def _money(town: Town, sale: Sale) -> Row:
    where = {"rail": "sandbox", "account": "sandbox-shop", "mode": "test"}
    return where | {"amount": sale.total, "currency": town.currency}


def _buyer(town: Town, dice: random.Random, at: datetime, rows: Rows) -> tuple[str, int, str]:
    """Two of three have bought before."""
    if town.buyers and dice.random() < 2 / 3:
        return dice.choice(town.buyers)
    customer, chat, locale = town.id(customers), dice.choice(CHATS), dice.choice(LOCALES)
    address = f"grown{town.seed}-{customer}"
    rows["customers"].append({"id": customer, "since": at})
    about = {"id": f"{chat}:{address}", "customer_id": customer, "chat": chat, "address": address}
    rows["people"].append(about | {"name": dice.choice(NAMES), "locale": locale, "since": at})
    town.buyers.append((f"{chat}:{address}", customer, locale))
    return town.buyers[-1]


def _paid(town: Town, sale: Sale) -> None:
    receipt, at = town.id(receipts), sale.paid_at
    came = {"id": receipt, "order_id": sale.order, "transaction": f"txn_{sale.number}", "received_at": at}
    sale.rows["receipts"].append(came | _money(town, sale))
    sale.posts(town, f"receipt {receipt}", "rail:sandbox", f"owed:{sale.number}", sale.total, at)
    heard = {"source": "sandbox", "external_id": f"evt_{sale.number}", "about": f"{sale.number}-sandbox"}
    when = {"due_at": at, "received_at": at, "done_at": at + timedelta(milliseconds=4)}
    sale.rows["inbox"].append({"id": town.id(inbox), "state": "done", "tries": 0, **heard, **when})
    sale.tells(town, at, "paid", "payment", late=False)
    sale.leaves(town, f"weigh {sale.order}", at, {"order": sale.order})


def _handed_over(town: Town, sale: Sale, units: list[int], which: int) -> None:
    weighed_at, at, rows = sale.paid_at + timedelta(seconds=1), sale.sent_at, sale.rows
    verdict = {"id": town.id(verdicts), "order_id": sale.order, "at": weighed_at, "version": 0}
    rows["risk_verdicts"].append(verdict | {"outcome": "pass", "score": 0, "findings": []})
    sale.tells(town, weighed_at, "passed", "shop")
    sale.tells(town, at, "sent", "shop", units=len(units))
    sale.tells(town, at, "delivered", "shop")
    for unit in units:
        granted = {"id": town.id(grants), "unit_id": unit, "code_id": town.next[which], "kind": "one"}
        rows["grants"].append(granted | {"granted_at": weighed_at})
        sale.posts(town, f"unit {unit}", f"owed:{sale.number}", "sales", town.shelves[which].price, at)
        town.next[which] += 1
    parcel = {"order": sale.order, "units": units}
    sale.leaves(town, f"deliver {sale.order} unit {units[0]}", weighed_at, parcel, sale.person)
    tried = {"id": town.id(attempts), "order_id": sale.order, "way": "chat", "what": "codes", "outcome": "sent"}
    rows["attempts"].append(tried | {"shown": sale.person, "reference": f"m{units[0]}", "at": at})
    seen = {"id": town.id(audit.audit), "actor": "shop", "action": "reveal", "subject": f"order {sale.number}"}
    rows["audit"].append(seen | {"at": at, "detail": {"to": sale.person, "count": len(units)}})


@dataclass(frozen=True)
class Sale:
    """One order while its rows are made."""

    order: int
    number: str
    person: str
    total: int
    at: datetime
    rows: Rows

    @property
    def paid_at(self) -> datetime:
        """Or called off."""
        return self.at + timedelta(seconds=41.5)

    @property
    def sent_at(self) -> datetime:
        return self.at + timedelta(seconds=43.25)

    def posts(self, town: Town, posting: str, to: str, by: str, amount: int, at: datetime) -> None:
        for account, signed in ((to, amount), (by, -amount)):
            about = {"id": town.id(entries), "posting": posting, "account": account, "amount": signed}
            self.rows["entries"].append(about | {"currency": town.currency, "at": at})

    def tells(self, town: Town, at: datetime, what: str, actor: str, **detail: Any) -> None:
        about = {"id": town.id(order_events.events), "order_id": self.order, "at": at}
        self.rows["order_events"].append(about | {"what": what, "actor": actor, "detail": detail})

    def leaves(self, town: Town, key: str, at: datetime, payload: Row, to: str | None = None) -> None:
        about = {"id": town.id(outbox), "effect_key": key, "kind": key.partition(" ")[0], "payload": payload}
        whom = {"via": to.partition(":")[0] if to else None, "recipient": to}
        when = {"due_at": at, "made_at": at, "done_at": at + timedelta(milliseconds=9)}
        self.rows["outbox"].append({**about, **whom, "state": "done", "tries": 0, **when})


def _count_on(tx: Tx) -> None:
    """The rows said their numbers themselves: PostgreSQL must go on after them."""
    if tx.dialect == "postgresql":
        for table in COUNTED:
            tx.value(text(AFTERWARDS.format(table.name)))
