"""A generated history written into a scratch shop, as the shop would have written it, but many rows at a time.

What rules of risk look at is all there. The books' entries, the outbox and most events of an order are not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, insert, text

from core import catalog, catalog_changes, emails, order_events, orders, pasts, terms, units
from core.catalog import Product
from core.customers import customers, people
from core.disputes import disputes
from core.ground.clock import Clock
from core.ground.db import Tx
from core.ground.ids import Ids
from core.ground.money import exponent
from core.ground.rules import Rules
from core.ground.tx import Given
from core.ground.vault import Vault
from core.ledger import payments, receipts, refunds
from core.marks import FRAUD_WARNING, LASTING, THROWN_AWAY, Kind, marks, value_of
from core.orders import State
from core.pasts import Fate
from core.units import UnitState
from mika.history_drawn import HOLD, HOUR, MINUTE, Account, Drawn
from mika.history_habits import Good, Habits

TABLES = (customers, people, orders.orders, orders.lines, units.units, payments, receipts, refunds)
ALL = (*TABLES, disputes, marks, order_events.events)
CHUNK = 5000  # orders that are rows in memory at a time
IN_A_HURRY = ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE")  # a file that nobody will miss
CHOOSING = timedelta(seconds=5)  # from the order to the way to pay: when it is placed nothing has come to nothing yet
STEP = timedelta(seconds=20)  # from the payment to the code
CALLED_OFF = 4 * MINUTE  # after the order
WON = timedelta(days=30)  # after a dispute was opened
NO_FATE: dict[str, datetime | None] = dict.fromkeys(Fate)

Step = Callable[[int], None]
Rows = dict[str, list[dict[str, Any]]]


def keep(file: Path, habits: Habits, vault: Vault, currency: str, drawn: Sequence[Drawn], step: Step) -> None:
    """Write it all into a new shop's SQLite file, the first of `drawn` as order 1. `step` hears how many are written.

    Not by the shop's own store: that is made to lose nothing, and checks after each transaction what hangs together.
    """
    engine = create_engine(f"sqlite:///{file}")
    try:
        with engine.connect() as connection:
            for setting in IN_A_HURRY:
                connection.execute(text(f"PRAGMA {setting}"))
            connection.commit()
            _write(connection, Given(vault, Rules(currency=currency), Clock(), Ids()), habits, drawn, step)
    finally:
        engine.dispose()


def _write(connection: Connection, given: Given, habits: Habits, drawn: Sequence[Drawn], step: Step) -> None:
    tx = Tx(connection, given, lambda tx: given.clock.now())
    book = _Book(_shelves(tx, habits))
    for start in range(0, len(drawn), CHUNK):
        _written(tx, book, drawn[start : start + CHUNK])
        step(min(start + CHUNK, len(drawn)))
    connection.commit()


def _shelves(tx: Tx, habits: Habits) -> dict[str, Product]:
    category = catalog_changes.add_category(tx, "cards", {"en": "Cards", "zh-CN": "卡", "ru": "Карты"}, 1)
    brand = catalog_changes.add_brand(tx, "made-up", category, {"en": "Made up", "zh-CN": "样例", "ru": "Пример"}, 1)
    return {good.name: _product(tx, brand, good) for good in habits.goods}


def _product(tx: Tx, brand: int, good: Good) -> Product:
    price = good.price * 10 ** exponent(tx.rules.currency)
    by_hand = good.asks == "account"
    made = catalog_changes.add_product(
        tx,
        brand,
        {tx.rules.currency: {1: price}},
        slug=good.name,
        names={"en": good.name, "zh-CN": good.name, "ru": good.name},
        kind="by_hand" if by_hand else "unique",
        hand_minutes=720 if by_hand else None,
        region="global",
        face_value=str(good.price),
        noun="top-up" if by_hand else "code",
        measure="bi" if by_hand else "zhang",
        resale=good.resale,
    )
    return catalog.by_id(tx, made)


class _Book:
    """What is written so far: who has which number."""

    def __init__(self, goods: dict[str, Product]) -> None:
        self.goods = goods
        self.terms = {name: terms.terms_of(product).packed() for name, product in goods.items()}
        self.known: dict[int, int] = {}  # accounts that have a row
        self.orders = self.units = self.receipts = 0

    def customer(self, who: Account, rows: Rows) -> int:
        number = self.known.get(id(who))
        if number is None:
            number = self.known[id(who)] = len(self.known) + 1
            rows["customers"].append({"id": number, "since": who.since})
            rows["people"].append(
                {
                    "id": f"{who.chat}:{number}",
                    "customer_id": number,
                    "chat": who.chat,
                    "address": str(number),
                    "name": f"Buyer {number}",
                    "locale": who.locale,
                    "since": who.since,
                }
            )
        return number


def _written(tx: Tx, book: _Book, drawn: Sequence[Drawn]) -> None:
    rows: Rows = defaultdict(list)
    for one in drawn:
        _one(tx, book, one, rows)
    for table in ALL:
        tx.many(insert(table), rows[table.name])


def _one(tx: Tx, book: _Book, one: Drawn, rows: Rows) -> None:
    book.orders += 1
    order, product = book.orders, book.goods[one.good.name]
    customer = book.customer(one.who, rows)
    scale = 10 ** exponent(tx.rules.currency)
    total, price = one.total * scale, one.good.price * scale
    paid_at = None if one.paid_after is None else one.at + one.paid_after
    by_hand = one.good.asks == "account"
    sent_at = _sent(one, paid_at, by_hand=by_hand)
    person = f"{one.who.chat}:{customer}"
    rows["orders"].append(
        {
            "id": order,
            "number": f"G{order:07}",
            "request_key": f"generated {order}",
            "customer_id": customer,
            "person_id": person,
            "channel": one.who.chat,
            "locale": one.who.locale,
            "state": _state(one),
            "version": 1,
            "total": total,
            "currency": tx.rules.currency,
            "worth": total,
            "placed_at": one.at,
            "expires_at": one.at + HOLD,
            "extended": False,
            "paid_at": paid_at,
            "late": paid_at is not None and paid_at > one.at + HOLD,
            **_fate(one, product, paid_at, sent_at),
        }
    )
    rows["lines"].append(
        {
            "id": order,
            "order_id": order,
            "product_id": product.id,
            "quantity": one.pieces,
            "unit_price": price,
            "terms": book.terms[one.good.name],
        }
    )
    unit_state = UnitState.SENT if sent_at else UnitState.RELEASED if paid_at is None else UnitState.REFUNDED
    for position in range(1, one.pieces + 1):
        book.units += 1
        about = {"id": book.units, "order_id": order, "line_id": order, "position": position}
        rows["units"].append({**about, "price": price, "state": unit_state, "sent_at": sent_at})
    asked = {"order_id": order, "key": f"G{order:07}-{one.rail}", "rail": one.rail, "account": "made up"}
    money = {"amount": total, "currency": tx.rules.currency}
    rows["payments"].append({**asked, **money, "mode": "test", "state": "closed", "made_at": one.at + CHOOSING})
    rows["marks"] += _marks(tx, order, one, paid_at)
    rows["order_events"] += _events(order, one, person, paid_at)
    if paid_at is not None:
        _paid(book, order, one, money, paid_at, rows)


def _fate(one: Drawn, product: Product, paid_at: datetime | None, sent_at: datetime | None) -> dict[str, Any]:
    """As core/pasts keeps it with the order: all the moments, also those to come."""
    told = {"product_id": product.id, "units": one.pieces, **NO_FATE}
    if one.called_off:
        told[Fate.CALLED_OFF] = one.at + CALLED_OFF
    if paid_at is None:
        return told
    told[Fate.DELIVERED] = sent_at
    if one.refunded is not None:
        told |= dict.fromkeys(pasts.of_refund(one.why), paid_at + one.refunded)
    if one.disputed is not None:
        told[Fate.DISPUTED] = paid_at + one.disputed
        told[Fate.WON] = paid_at + one.disputed + WON if one.won else None
    told[Fate.SUSPECTED] = None if one.warned is None else paid_at + one.warned
    told[Fate.REPLACED] = None if one.replaced is None else paid_at + one.replaced
    return told


def _sent(one: Drawn, paid_at: datetime | None, *, by_hand: bool) -> datetime | None:
    if paid_at is None or one.why in ("sold-out", "unserved"):
        return None
    return paid_at + (HOUR / 2 if by_hand else STEP)


def _state(one: Drawn) -> State:
    if one.paid_after is None:
        return State.CANCELLED if one.called_off else State.EXPIRED
    if one.disputed is not None:
        return State.DISPUTE_WON if one.won else State.DISPUTE_LOST
    return State.REFUNDED if one.refunded is not None else State.DELIVERED


def _paid(book: _Book, order: int, one: Drawn, money: dict[str, Any], paid_at: datetime, rows: Rows) -> None:
    book.receipts += 1
    receipt = book.receipts
    came = {"id": receipt, "order_id": order, "rail": one.rail, "account": "made up", "transaction": f"txn {order}"}
    rows["receipts"].append({**came, **money, "mode": "test", "received_at": paid_at})
    if one.disputed is not None:
        about = {"rail": one.rail, "reference": f"dispute {order}", "receipt_id": receipt, "order_id": order}
        ended = {"state": "won" if one.won else "lost", "order_was": State.DELIVERED, "times": 1}
        rows["disputes"].append({**about, **money, **ended, "opened_at": paid_at + one.disputed})
    if one.refunded is not None:
        back = {"receipt_id": receipt, "order_id": order, "key": f"refund {order}", "why": one.why}
        at = paid_at + one.refunded
        rows["refunds"].append({**back, **money, "state": "done", "made_at": at, "ended_at": at})


def _marks(tx: Tx, order: int, one: Drawn, paid_at: datetime | None) -> Iterator[dict[str, Any]]:
    for kind, told, at in _marked(one, paid_at):
        if told:
            yield {"order_id": order, "kind": kind, "value": value_of(tx, kind, told), "at": at}


def _marked(one: Drawn, paid_at: datetime | None) -> Iterator[tuple[Kind, str, datetime]]:
    """As core/marks.placed and .paid keep them."""
    yield Kind.IP, one.ip, one.at
    yield Kind.DEVICE, one.device, one.at
    yield Kind.COUNTRY, one.country, one.at
    if one.pressed is not None:
        yield Kind.PRESSED, str(one.pressed // timedelta(milliseconds=1)), one.at
    if one.email:
        yield Kind.EMAIL, one.email, one.at
        yield Kind.DOMAIN, emails.domain_of(one.email), one.at
        yield Kind.MAIL_KIND, THROWN_AWAY if emails.is_thrown_away(one.email) else LASTING, one.at
    if one.account:
        yield Kind.DESTINATION, f"made-up\n{one.account}", one.at
    if paid_at is None:
        yield Kind.FAILED, one.failed, one.at + MINUTE
        return
    yield Kind.PAYER, one.payer and f"{one.rail}\n{one.payer}", paid_at
    yield Kind.PAYER, one.card and f"{one.rail}\nmade up\n{one.card}", paid_at
    yield Kind.PAYER_COUNTRY, one.payer_country, paid_at
    yield Kind.RAIL_SAYS, one.says, paid_at
    if one.warned is not None:
        yield Kind.RAIL_SAYS, FRAUD_WARNING, paid_at + one.warned


def _events(order: int, one: Drawn, person: str, paid_at: datetime | None) -> Iterator[dict[str, Any]]:
    if one.called_off:
        yield _event(order, one.at + CALLED_OFF, "cancelled", person)
    if paid_at is None:
        return
    if one.replaced is not None:
        yield _event(order, paid_at + one.replaced, "replaced", person)
    if one.disputed is not None and one.won:
        yield _event(order, paid_at + one.disputed + WON, "dispute_won", "shop")


def _event(order: int, at: datetime, what: str, actor: str) -> dict[str, Any]:
    return {"order_id": order, "at": at, "what": what, "actor": actor, "detail": {}}
