"""Waiting for what is sold out: a line for each product, told in order, each with one set aside for them for a while.

One place for a buyer, whatever their accounts. What is set aside is theirs alone, until they buy it, leave, or its time
is over; then it goes to the next. While somebody waits, what comes in goes to the line before anybody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from core import catalog, customers, inventory, orders, restores, scarcity, staff, switches, units
from core.catalog import Product, StockKind
from core.customers import Person, people
from core.ground import outbox
from core.ground.columns import UTC, BigId, metadata, whole
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Choice, Message, words
from core.ground.tx import AnyRow
from core.inventory import OutOfStock
from core.orders import State
from core.speaking import speaking
from core.units import Obligation

A_BEAT = 10  # told of one product at a time: who speaks to many speaks slowly
MOST = 20  # places of one buyer
TURNS = 4  # of one place; what could not be told in the last of them is said when it can be, and the place is over


class NothingToWaitFor(ShopError):
    """It can be bought now, or is nothing that ever lies in stock. Facts: product."""


class TooManyPlaces(ShopError):
    """One buyer can wait for so many products. Facts: most."""


class LineFull(ShopError):
    """So many wait for it that there is no place left. Facts: product."""


waiting = Table(
    "waiting",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("product_id", BigId, ForeignKey("products.id"), nullable=False),
    Column("person_id", String(160), ForeignKey("people.id"), nullable=False),
    Column("since", UTC, nullable=False),
    Column("state", String(8), nullable=False),
    Column("code_id", BigId, ForeignKey("codes.id")),  # what is set aside for them
    Column("until", UTC),  # and how long
    Column("ended_at", UTC),
    CheckConstraint("state IN ('waits', 'told', 'bought', 'left', 'lapsed')", name="state"),
    CheckConstraint("(state = 'told') = (code_id IS NOT NULL AND until IS NOT NULL)", name="told"),
    CheckConstraint("(state IN ('waits', 'told')) = (ended_at IS NULL)", name="ended"),
    Index(
        "uq_waiting_person_id_product_id_live",
        "person_id",
        "product_id",
        unique=True,
        sqlite_where=text("state IN ('waits', 'told')"),
        postgresql_where=text("state IN ('waits', 'told')"),
    ),
    Index(
        "ix_waiting_line",
        "product_id",
        "id",
        sqlite_where=text("state = 'waits'"),
        postgresql_where=text("state = 'waits'"),
    ),
    Index(
        "ix_waiting_told",
        "until",
        sqlite_where=text("state = 'told'"),
        postgresql_where=text("state = 'told'"),
    ),
    Index("ix_waiting_code_id", "code_id"),
)


@dataclass(frozen=True)
class Place:
    """Somebody's place in the line for a product: the first is 1. With `until`, one is set aside for them."""

    product: Product
    place: int
    until: datetime | None = None


HEARS = and_(  # we can tell them now: their chat is open, and lends us the right to speak where it is lent
    people.c.unreachable_since.is_(None),
    or_(
        ~exists().where(speaking.c.person == people.c.id),
        exists().where(speaking.c.person == people.c.id, speaking.c.until > bindparam("now"), speaking.c.left > 0),
    ),
)
NEW_HERE = ~exists().where(
    orders.orders.c.customer_id == people.c.customer_id, orders.orders.c.state == State.DELIVERED
)
LINE = waiting.join(people, people.c.id == waiting.c.person_id)
LIVE = (
    select(waiting.c.id, waiting.c.product_id, waiting.c.state, waiting.c.code_id, waiting.c.until)
    .select_from(LINE)
    .where(people.c.customer_id == bindparam("customer"), waiting.c.state.in_(("waits", "told")))
    .order_by(waiting.c.id)
)
LIVE_FOR = LIVE.where(waiting.c.product_id == bindparam("product"))
BEFORE = select(func.count()).where(
    waiting.c.product_id == bindparam("product"), waiting.c.state == "waits", waiting.c.id < bindparam("before")
)
TO_BE_TOLD = (  # how many come first, known and new here; nobody waits for those who can't be told
    select(whole(func.sum(case((NEW_HERE, 0), else_=1))), whole(func.sum(case((NEW_HERE, 1), else_=0))))
    .select_from(LINE)
    .where(
        waiting.c.product_id == bindparam("product"),
        waiting.c.state == "waits",
        waiting.c.id < bindparam("before"),
        HEARS,
    )
)
NEXT = (
    select(waiting.c.id, waiting.c.person_id, people.c.customer_id)
    .select_from(LINE)
    .where(waiting.c.product_id == bindparam("product"), waiting.c.state == "waits", HEARS)
    .order_by(waiting.c.id)
    .limit(bindparam("most"))
)
NEXT_NEW, NEXT_KNOWN = NEXT.where(NEW_HERE), NEXT.where(~NEW_HERE)
TAKEN = select(func.count()).where(waiting.c.product_id == bindparam("product"), waiting.c.state == "waits")
_lines = select(waiting.c.product_id).select_from(LINE).where(waiting.c.state == "waits", HEARS).distinct().subquery()
WAITED_FOR = (  # and of which there is something
    select(_lines.c.product_id)
    .where(exists(select(inventory.codes.c.id).where(*inventory.sellable(_lines.c.product_id))))
    .limit(bindparam("most"))
)
OWED = (  # what is paid for comes first
    select(units.units.c.id)
    .join(orders.lines, orders.lines.c.id == units.units.c.line_id)
    .where(units.units.c.obligation == Obligation.WAIT_STOCK, orders.lines.c.product_id == bindparam("product"))
    .limit(1)
)
TOLD = (  # for how many one is set aside, and how many of them are new here
    select(func.count(), whole(func.sum(case((NEW_HERE, 1), else_=0))))
    .select_from(LINE)
    .where(waiting.c.product_id == bindparam("product"), waiting.c.state == "told")
)
SAID = select(outbox.outbox.c.effect_key).where(outbox.outbox.c.effect_key.in_(bindparam("keys", expanding=True)))
OVER = (
    select(waiting.c.id)
    .where(waiting.c.state == "told", waiting.c.until <= bindparam("now"))
    .order_by(waiting.c.until)
    .limit(bindparam("most"))
)
ONE = select(waiting).where(waiting.c.id == bindparam("row"))
NEW = insert(waiting)
TELL = (
    update(waiting)
    .where(waiting.c.id == bindparam("row"), waiting.c.state == "waits")
    .values(state="told", code_id=bindparam("code"), until=bindparam("end"))
)
END = (
    update(waiting)
    .where(waiting.c.id == bindparam("row"), waiting.c.state.in_(bindparam("of", expanding=True)))
    .values(state=bindparam("becomes"), code_id=None, until=None, ended_at=bindparam("at"))
)
LAST = 2**62  # behind everybody


# Taking a place, and leaving it


def can_wait_for(product: Product) -> bool:
    """Whether it ever lies in stock by itself."""
    return product.on_sale and product.kind in (StockKind.UNIQUE, StockKind.SHARED)


def join(tx: Tx, slug: str, person_id: str) -> Place:
    """A place at the end of the line; who has one keeps it, whichever of their accounts asks.

    Raises UnknownProduct, NothingToWaitFor, TooManyPlaces, LineFull.
    """
    customers.lock(tx, customers.person(tx, person_id).customer)
    person = customers.person(tx, person_id)
    product = catalog.product(tx, slug)
    if found := tx.first(LIVE_FOR, customer=person.customer, product=product.id):
        return _place(tx, product, found)
    if not can_wait_for(product) or left(tx, product, person.customer, inventory.available(tx, product)):
        raise NothingToWaitFor(product=product.name)
    if len(tx.all(LIVE, customer=person.customer)) >= MOST:
        raise TooManyPlaces(most=MOST)
    if tx.value(TAKEN, product=product.id) >= _places_for(tx, person.customer):
        raise LineFull(product=product.name)
    tx.insert(NEW, product_id=product.id, person_id=person.id, since=tx.now, state="waits")
    return _place(tx, product, tx.one(LIVE_FOR, customer=person.customer, product=product.id))


def _places_for(tx: Tx, customer: int) -> int:
    """How long the line may be for them to join: many new accounts leave places to those who bought before."""
    rules = tx.rules
    if not rules.scarce_below or scarcity.is_known(tx, customer):
        return rules.line_places
    return -(-rules.line_places * rules.newcomers_share // 100)


def _place(tx: Tx, product: Product, row: AnyRow) -> Place:
    return Place(product, tx.value(BEFORE, product=product.id, before=row.id) + 1, row.until)


def places(tx: Tx, customer: int) -> Sequence[Place]:
    """Everything they wait for."""
    rows = tx.all(LIVE, customer=customer)
    return [_place(tx, catalog.by_id(tx, row.product_id), row) for row in rows]


def leave(tx: Tx, slug: str, person_id: str) -> Product:
    """They don't wait for it any more, and what was set aside for them goes to the next. A repeat changes nothing."""
    product, person = catalog.product(tx, slug), customers.person(tx, person_id)
    for row in tx.all(LIVE_FOR, customer=person.customer, product=product.id):
        _end(tx, row, "left")
    return product


def _end(tx: Tx, row: AnyRow, becomes: str) -> bool:
    """Their wait is over; what was set aside is back. False if it was over before."""
    if not tx.changed(END, row=row.id, of=[row.state], becomes=becomes, at=tx.now):
        return False
    outbox.withdraw(tx, _said(row.id, _turn(tx, row.id)))
    if row.code_id is not None:
        inventory.put_back(tx, row.code_id)
    return True


# At the counter


def left(tx: Tx, product: Product, customer: int, available: int) -> int:
    """How many of those there are this buyer may have: the line comes first, and what is set aside is theirs."""
    if not available and not can_wait_for(product):
        return available
    mine = tx.first(LIVE_FOR, customer=customer, product=product.id)
    own = 1 if mine and mine.until and mine.until > tx.now else 0
    before = LAST if mine is None or own else mine.id
    return max(available - _come_first(tx, product, before), 0) + own


def _come_first(tx: Tx, product: Product, before: int) -> int:
    """How many are told before somebody: of those who are new here no more than may be told now."""
    known, newcomers = tx.one(TO_BE_TOLD, product=product.id, before=before, now=tx.now)
    return known + (min(newcomers, _room(tx, product)) if newcomers else 0)


def _room(tx: Tx, product: Product) -> int:
    """How many more of those who are new here may be told now."""
    held, newcomers = tx.one(TOLD, product=product.id)
    return scarcity.newcomers_room(tx, product, held, newcomers)


def come(tx: Tx, person: Person, product: Product, quantity: int) -> bool:
    """Somebody buys: their wait ends with it, and True if one was set aside for them, which is free now, for them.

    Raises OutOfStock where others come first.
    """
    if not can_wait_for(product):
        return False
    mine = tx.first(LIVE_FOR, customer=person.customer, product=product.id)
    own = mine is not None and mine.until is not None and mine.until > tx.now
    before = LAST if mine is None or own else mine.id
    first = _come_first(tx, product, before)
    more = quantity - 1 if own else quantity
    if first and more:
        free = inventory.few(tx, product, more + first)
        if free < more + first:
            raise OutOfStock(left=max(free - first, 0) + own)
    if mine is not None:
        _end(tx, mine, "bought")
    return own


# By the clock


def waited_for(tx: Tx, most: int) -> list[int]:
    """Products that somebody waits for whom we can tell, and of which there is something."""
    return [row.product_id for row in tx.all(WAITED_FOR, now=tx.now, today=tx.now.date(), most=most)]


def tell(tx: Tx, product_id: int) -> None:
    """As many of the line as there is stock for are told, in its order, each with one set aside for them.

    What is paid for comes first. Nobody gets more this way than they might hold of what is scarce.
    """
    product = catalog.by_id(tx, product_id)
    if not can_wait_for(product) or tx.first(restores.UNCHECKED) or switches.one(tx, switches.SHOP):
        return
    if tx.first(OWED, product=product.id):
        return
    told: set[int] = set()
    for row in _next(tx, product):
        if _has_another(tx, row, product, told):
            _end(tx, tx.one(ONE, row=row.id), "left")  # two accounts that were linked since are one buyer
            continue
        code = inventory.hold_one(tx, product)
        if code is None:
            return
        end = tx.now + tx.rules.told_hold
        if not tx.changed(TELL, row=row.id, code=code, end=end):
            inventory.put_back(tx, code)
            continue
        told.add(row.customer_id)
        staff.say(tx, _key(row.id, _turn(tx, row.id) + 1), row.person_id, card(Place(product, 1, end)))


def _next(tx: Tx, product: Product) -> Sequence[AnyRow]:
    """Whose turn it is. Where newcomers have their share, they keep their places, and known buyers go on."""
    room = min(_room(tx, product), A_BEAT)
    found = tx.all(NEXT_KNOWN, product=product.id, now=tx.now, most=A_BEAT)
    if room:
        found += tx.all(NEXT_NEW, product=product.id, now=tx.now, most=room)
    return sorted(found, key=lambda row: row.id)[:A_BEAT]


def _has_another(tx: Tx, row: AnyRow, product: Product, told: set[int]) -> bool:
    """Whether their customer has an earlier place."""
    if row.customer_id in told:
        return True
    return tx.all(LIVE_FOR, customer=row.customer_id, product=product.id)[0].id != row.id


def _turn(tx: Tx, row: int) -> int:
    """The last turn this place has had; 0 before its first. Each is said once, by a key of its own."""
    turns = {_said(row, turn): turn for turn in range(1, TURNS + 1)}
    return max((turns[said.effect_key] for said in tx.all(SAID, keys=list(turns))), default=0)


def _key(row: int, turn: int) -> str:
    return f"back {row} turn {turn}"


def _said(row: int, turn: int) -> str:
    return f"say {_key(row, turn)}"  # as staff.say() has it


def over(tx: Tx, most: int) -> list[int]:
    """Whose time to buy is over."""
    return [row.id for row in tx.all(OVER, now=tx.now, most=most)]


def lapse(tx: Tx, row_id: int) -> None:
    """They did not buy in time: it goes to the next. Once.

    Whom it could not be told keeps the place, for so many TURNS; the last is not withdrawn, they hear of it late.
    """
    row = tx.one(ONE, row=row_id)
    if row.state != "told" or row.until > tx.now:
        return
    turn = _turn(tx, row.id)
    unheard = turn < TURNS and outbox.withdraw(tx, _said(row.id, turn))
    becomes, at = ("waits", None) if unheard else ("lapsed", tx.now)
    if tx.changed(END, row=row.id, of=["told"], becomes=becomes, at=at):
        inventory.put_back(tx, row.code_id)


def card(place: Place) -> Message:
    """It is back, and one is theirs for a while."""
    product = place.product
    buy = Choice(words("choose-buy-it"), f"buy {product.slug} 1", acts=True, main=True)
    leave_it = Choice(words("choose-wait-no-more"), f"unwait {product.slug}")
    return Message(words("waiting-back", product=product.name, time=place.until), (buy, leave_it))
