"""Orders and their lines: their states, what moves them, and who may find which."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    and_,
    bindparam,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as insert_new  # its ON CONFLICT compiles for SQLite just as well

from core import ledger, order_events, pasts
from core.catalog import Product
from core.customers import Person
from core.ground.columns import UTC, BigId, Json, Sealed, metadata, one_of, whole
from core.ground.db import NoRow, Tx
from core.ground.errors import ShopError
from core.ground.money import Money
from core.ground.tx import AnyRow
from core.order_events import events
from core.terms import Terms, terms_of
from core.units import Obligation, Unit, UnitState, units


class State(StrEnum):
    AWAITING_PAYMENT = "awaiting_payment"
    UNDERPAID = "underpaid"
    PAID = "paid"  # the money is in, the risk not weighed yet
    PAID_NO_STOCK = "paid_no_stock"
    IN_REVIEW = "in_review"
    FULFILLING = "fulfilling"
    DELIVERED = "delivered"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    REFUND_PENDING = "refund_pending"
    REFUNDED = "refunded"
    DISPUTED = "disputed"  # the payer's bank asks for the money back: nothing goes out until that is decided
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"


UNPAID = (State.AWAITING_PAYMENT, State.UNDERPAID)
UNWEIGHED = (State.PAID, State.PAID_NO_STOCK)
LIVE = (*UNWEIGHED, State.IN_REVIEW, State.FULFILLING)  # paid, and something may still be handed over
GIVEN_BACK = (State.REJECTED, State.REFUND_PENDING, State.REFUNDED)


class UnknownOrder(ShopError):
    """No such order, or not this person's: the answer is the same for both."""


class NothingToChoose(ShopError):
    """What was asked of the buyer has been answered, or its time is over. Facts: number."""


class AlreadyDecided(ShopError):
    """Somebody was first. Facts: staff, state, time."""


orders = Table(
    "orders",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("number", String(20), nullable=False, unique=True),
    Column("request_key", String(300), nullable=False, unique=True),
    Column("customer_id", BigId, ForeignKey("customers.id"), nullable=False),
    Column("person_id", String(160), ForeignKey("people.id"), nullable=False),  # where its codes go
    Column("channel", String(40), nullable=False),
    Column("locale", String(10), nullable=False),
    Column("state", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("total", BigId, nullable=False),  # minor units of currency
    Column("currency", String(10), nullable=False),
    Column("worth", BigId),  # the total in the shop's own currency, as prices were; null = not known
    Column("placed_at", UTC, nullable=False),
    Column("expires_at", UTC, nullable=False),
    Column("extended", Boolean, nullable=False),
    Column("paid_at", UTC),
    Column("late", Boolean, nullable=False),
    Column("findings", Json),  # why it is looked at: [[key, facts], ...]
    Column("review_due_at", UTC),
    Column("decided_by", String(160)),
    Column("decided_at", UTC),
    *pasts.COLUMNS,
    CheckConstraint(f"state IN ({one_of(State)})", name="state"),
    CheckConstraint("total >= 0", name="total"),
    CheckConstraint("state != 'in_review' OR review_due_at IS NOT NULL", name="review_due"),
    Index("ix_orders_customer_id", "customer_id", "id"),
    Index("ix_orders_person_id", "person_id", "id"),
    Index("ix_orders_paid_at", "paid_at"),
    Index("ix_orders_placed_at", "placed_at"),
    Index(
        "ix_orders_unpaid",
        "expires_at",
        sqlite_where=text("state IN ('awaiting_payment', 'underpaid')"),
        postgresql_where=text("state IN ('awaiting_payment', 'underpaid')"),
    ),
    Index(
        "ix_orders_lapsed",
        "customer_id",
        "expires_at",
        sqlite_where=text("state = 'expired'"),
        postgresql_where=text("state = 'expired'"),
    ),
    Index(
        "ix_orders_in_review",
        "review_due_at",
        sqlite_where=text("state = 'in_review'"),
        postgresql_where=text("state = 'in_review'"),
    ),
)
lines = Table(
    "lines",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("order_id", BigId, ForeignKey("orders.id"), nullable=False),
    Column("product_id", BigId, ForeignKey("products.id"), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("unit_price", BigId, nullable=False),  # minor units of the order's currency
    Column("terms", Json, nullable=False),  # the product as it was when it was bought
    Column("answers", Sealed),  # what the product asked of the buyer
    CheckConstraint("quantity >= 1", name="quantity"),
    CheckConstraint("unit_price >= 0", name="unit_price"),
    Index("ix_lines_order_id", "order_id"),
    Index("ix_lines_product_id", "product_id"),
)
pickups = Table(  # whom else an order was opened for, by its number and pick-up phrase
    "pickups",
    metadata,
    Column("order_id", BigId, ForeignKey("orders.id"), primary_key=True),
    Column("person_id", String(160), ForeignKey("people.id"), primary_key=True),
    Column("at", UTC, nullable=False),
)


@dataclass(frozen=True)
class OrderLine:
    id: int
    product: int
    quantity: int
    unit_price: int
    terms: Terms


@dataclass(frozen=True)
class Order:
    id: int
    number: str
    customer: int
    person: str
    channel: str
    locale: str
    state: State
    version: int
    total: Money
    placed_at: datetime
    expires_at: datetime
    extended: bool
    late: bool
    going_back: Money  # refunds made or on their way, the surplus aside
    paid_at: datetime | None = None
    worth: int | None = None  # in the shop's own currency, where it has a price or a rate in it
    findings: Sequence[Sequence[Any]] = ()
    review_due_at: datetime | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    refund_stuck: bool = False  # a rail has refused one: staff refund by hand
    lines: tuple[OrderLine, ...] = ()
    units: tuple[Unit, ...] = ()

    @property
    def terms(self) -> Terms:
        """The terms of its first line: the one product, where there is only one."""
        return self.lines[0].terms

    @property
    def quantity(self) -> int:
        """How many of its product: of a bundle, how many bundles."""
        return self.lines[0].quantity

    def line_of(self, unit: Unit) -> OrderLine:
        return next(line for line in self.lines if line.id == unit.line)

    def owing(self, *obligations: Obligation) -> list[Unit]:
        return [unit for unit in self.units if unit.obligation in obligations]


ORDER = select(orders).where(orders.c.id == bindparam("order"))
LOCK = select(orders.c.id).where(orders.c.id == bindparam("order")).with_for_update()
LINES = select(lines).where(lines.c.order_id == bindparam("order")).order_by(lines.c.id)
# In one statement, though what is the order's comes with each of its units: they are few, and a question is dear.
WHOLE = (
    select(
        *(column for column in orders.c if column.name not in pasts.NAMES),
        lines.c.id.label("line"),
        lines.c.product_id,
        lines.c.quantity,
        lines.c.unit_price,
        lines.c.terms,
        units.c.id.label("unit"),
        units.c.position,
        units.c.price,
        units.c.state.label("unit_state"),
        units.c.obligation,
        units.c.due_at,
        units.c.sent_at,
    )
    .join_from(orders, lines, lines.c.order_id == orders.c.id)
    .outerjoin(units, and_(units.c.order_id == orders.c.id, units.c.line_id == lines.c.id))  # a bundle's line has none
    .where(orders.c.id == bindparam("order"))
    .order_by(units.c.position, lines.c.id)
)
BY_KEY = select(orders.c.id).where(
    orders.c.request_key == bindparam("key"), orders.c.customer_id == bindparam("customer")
)
BY_NUMBER = select(orders.c.id).where(orders.c.number == bindparam("number"))
MINE = or_(
    orders.c.customer_id == bindparam("customer"),
    orders.c.person_id == bindparam("person"),
    exists().where(pickups.c.order_id == orders.c.id, pickups.c.person_id == bindparam("person")),
)
OWN = select(orders.c.id).where(orders.c.number == bindparam("number"), MINE)
OWN_BY_ID = select(orders.c.id).where(orders.c.id == bindparam("order"), MINE)
NEWEST = select(orders.c.id).where(MINE).order_by(orders.c.id.desc()).limit(bindparam("most")).offset(bindparam("skip"))
NEWEST_DELIVERED = (
    select(orders.c.id).where(MINE, orders.c.state == State.DELIVERED).order_by(orders.c.id.desc()).limit(1)
)
LATEST = select(orders.c.id).order_by(orders.c.id.desc()).limit(bindparam("most")).offset(bindparam("skip"))
HELD = (  # by what the index of held orders says; ordered by the bare id, SQLite reads every order there ever was
    select(orders.c.id)
    .where(orders.c.state == literal_column("'in_review'"))
    .order_by(orders.c.id + 0)
    .limit(bindparam("most"))
)
HOW_MANY = select(func.count()).where(orders.c.state == bindparam("such"))
OWING = (
    select(units.c.order_id)
    .where(units.c.obligation == bindparam("what"))
    .group_by(units.c.order_id)
    .order_by(func.min(units.c.due_at), units.c.order_id)
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)
HOW_MANY_OWING = select(func.count(func.distinct(units.c.order_id))).where(units.c.obligation == bindparam("what"))
LAPSED = (
    select(orders.c.id)
    .where(orders.c.state.in_(UNPAID), orders.c.expires_at <= bindparam("now"))
    .order_by(orders.c.expires_at)
    .limit(bindparam("most"))
)
LAPSED_OF = LAPSED.where(  # those that end at once; an underpaid one keeps its units until its money is back
    orders.c.state == State.AWAITING_PAYMENT,
    orders.c.id.in_(select(lines.c.order_id).where(lines.c.product_id == bindparam("product"))),
)
OVERDUE_REVIEWS = (
    select(orders.c.id)
    .where(orders.c.state == State.IN_REVIEW, orders.c.review_due_at <= bindparam("now"))
    .order_by(orders.c.review_due_at)
    .limit(bindparam("most"))
)
UNPAID_OF = (
    select(func.count(func.distinct(orders.c.id)), func.count(units.c.id))
    .join(units, units.c.order_id == orders.c.id)
    .where(
        orders.c.customer_id == bindparam("customer"),
        orders.c.state.in_(UNPAID),
        orders.c.expires_at > bindparam("now"),
    )
)
BOUGHT_OF = (
    select(func.count())
    .select_from(units.join(lines).join(orders, orders.c.id == units.c.order_id))
    .where(
        orders.c.customer_id == bindparam("customer"),
        lines.c.product_id == bindparam("product"),
        units.c.state.not_in((UnitState.RELEASED, UnitState.REFUNDED, UnitState.CREDITED)),
    )
)
BUNDLES_OF = (  # a bundle's own line has no units: its parts have
    select(whole(func.sum(lines.c.quantity)))
    .join(orders, orders.c.id == lines.c.order_id)
    .where(
        orders.c.customer_id == bindparam("customer"),
        lines.c.product_id == bindparam("product"),
        orders.c.state.not_in((State.EXPIRED, State.CANCELLED, State.REFUND_PENDING, State.REFUNDED)),
        ~exists().where(units.c.line_id == lines.c.id),
    )
)
BOUGHT_AGAIN = (
    select(orders.c.id)
    .join(lines, lines.c.order_id == orders.c.id)
    .where(
        orders.c.customer_id == bindparam("customer"),
        orders.c.id > bindparam("order"),
        lines.c.product_id == bindparam("product"),
        orders.c.state.in_((*LIVE, State.DELIVERED)),
    )
    .limit(1)
)
HISTORY = (
    select(orders.c.state, func.count()).where(orders.c.customer_id == bindparam("customer")).group_by(orders.c.state)
)
PLACE = insert(orders)
ADD_LINE = insert(lines)
MOVE = (
    update(orders)
    .where(orders.c.id == bindparam("order"), orders.c.state.in_(bindparam("from_states", expanding=True)))
    .values(state=bindparam("to_state"), version=orders.c.version + 1)
)
DECIDE = (
    update(orders)
    .where(orders.c.id == bindparam("order"), orders.c.state == State.IN_REVIEW)
    .values(
        state=bindparam("to_state"),
        version=orders.c.version + 1,
        decided_by=bindparam("staff"),
        decided_at=bindparam("now"),
    )
)
PAY = (
    update(orders)
    .where(orders.c.id == bindparam("order"), orders.c.state.in_(bindparam("from_states", expanding=True)))
    .values(
        state=bindparam("to_state"),
        version=orders.c.version + 1,
        paid_at=bindparam("now"),
        late=bindparam("was_late"),
    )
)
HOLD_FOR_REVIEW = (
    update(orders)
    .where(orders.c.id == bindparam("order"), orders.c.state.in_(UNWEIGHED))
    .values(
        state=State.IN_REVIEW,
        version=orders.c.version + 1,
        findings=bindparam("why"),
        review_due_at=bindparam("due"),
    )
)
EXTEND = (
    update(orders)
    .where(
        orders.c.id == bindparam("order"),
        orders.c.state.in_(UNPAID),
        orders.c.extended.is_(False),
        orders.c.expires_at > bindparam("now"),
        orders.c.expires_at < bindparam("until"),
    )
    .values(expires_at=bindparam("until"), extended=True, version=orders.c.version + 1)
)
WAIT_FOR_STAFF = (
    update(orders)
    .where(
        orders.c.id == bindparam("order"),
        orders.c.state.in_(UNPAID),
        orders.c.expires_at > bindparam("now"),
        orders.c.expires_at < bindparam("until"),
    )
    .values(expires_at=bindparam("until"), version=orders.c.version + 1)
)
OWED = (
    select(units.c.obligation, units.c.due_at, orders.c.number)
    .join(orders, orders.c.id == units.c.order_id)
    .where(units.c.id == bindparam("unit"))
)
WAITING = (
    select(units.c.order_id)
    .join(lines, lines.c.id == units.c.line_id)
    .where(units.c.obligation == Obligation.WAIT_STOCK)
    .group_by(units.c.order_id)
    .order_by(func.min(units.c.id))
    .limit(bindparam("most"))
)
REPLACED_OF = (  # how many of a buyer's codes were replaced lately
    select(func.count())
    .select_from(events.join(orders, orders.c.id == events.c.order_id))
    .where(orders.c.customer_id == bindparam("customer"), events.c.what == "replaced", events.c.at > bindparam("after"))
)
OPENED_BY = select(pickups.c.person_id).where(pickups.c.order_id == bindparam("order"))
TO_FETCH = (
    select(units.c.order_id)
    .join(orders, orders.c.id == units.c.order_id)
    .where(orders.c.person_id == bindparam("person"), units.c.obligation == Obligation.PICKUP)
    .distinct()
)
PICKED_UP = insert_new(pickups).on_conflict_do_nothing(index_elements=["order_id", "person_id"])
PICK_UP = update(orders).where(orders.c.id == bindparam("order")).values(person_id=bindparam("person"))


def place(
    tx: Tx,
    person: Person,
    total: Money,
    number: str,
    key: str,
    product: int,
    units: int,
    channel: str | None = None,
    worth: int | None = None,
    hold: timedelta | None = None,
) -> Order:
    """A new order that awaits its payment until the hold ends, as yet without lines and units.

    `product` and `units` are what its first line and its units will be, for the orders after it: see core/pasts.py.
    `channel` is where it was sold, if that is not the person's chat. `worth` is the total in the shop's own currency,
    frozen like the total itself; not needed where that is its currency. `hold` is how long, if not as usual.
    """
    placed = {
        "number": number,
        "channel": channel or person.chat,
        "locale": person.locale,
        "state": State.AWAITING_PAYMENT,
        "version": 1,
        "placed_at": tx.now,
        "expires_at": tx.now + (tx.rules.hold if hold is None else hold),
        "extended": False,
        "late": False,
        "worth": total.amount if total.currency == tx.rules.currency else worth,
    }
    made = tx.insert(
        PLACE,
        **placed,
        request_key=key,
        customer_id=person.customer,
        person_id=person.id,
        total=total.amount,
        currency=total.currency,
        product_id=product,
        units=units,
    )
    nothing = Money(0, total.currency)
    return Order(id=made, customer=person.customer, person=person.id, total=total, going_back=nothing, **placed)


def locked(tx: Tx, order: int) -> Order:
    """The whole order, with everyone else who wants to change it made to wait. Raises LookupError."""
    if tx.dialect == "postgresql":  # on SQLite everyone else waits anyway
        tx.one(LOCK, order=order)  # by itself: what is read with it may be older than the lock
    return get(tx, order)


def get(tx: Tx, order: int) -> Order:
    """The whole order as it stands. Raises LookupError."""
    rows = tx.all(WHOLE, order=order)
    if not rows:
        raise NoRow(f"no order {order}")
    row = rows[0]
    back = []
    if row.state in GIVEN_BACK:
        back = [refund for refund in ledger.refunds_of(tx, order) if refund.why != "surplus"]
    return Order(
        id=row.id,
        number=row.number,
        customer=row.customer_id,
        person=row.person_id,
        channel=row.channel,
        locale=row.locale,
        state=State(row.state),
        version=row.version,
        total=Money(row.total, row.currency),
        placed_at=row.placed_at,
        expires_at=row.expires_at,
        extended=row.extended,
        paid_at=row.paid_at,
        late=row.late,
        worth=row.worth,
        findings=row.findings or (),
        review_due_at=row.review_due_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        going_back=Money(sum(refund.total.amount for refund in back), row.currency),
        refund_stuck=any(refund.state == "failed" for refund in back),
        lines=tuple(_lines(rows)),
        units=tuple(_unit(row) for row in rows if row.unit is not None),
    )


def _lines(rows: Sequence[AnyRow]) -> list[OrderLine]:
    found = {row.line: row for row in rows}
    return [
        OrderLine(line, row.product_id, row.quantity, row.unit_price, Terms.unpacked(row.terms))
        for line, row in sorted(found.items())
    ]


def _unit(row: AnyRow) -> Unit:
    obligation = Obligation(row.obligation) if row.obligation else None
    state = UnitState(row.unit_state)
    return Unit(row.unit, row.line, row.position, row.price, state, obligation, row.due_at, row.sent_at)


def numbered(tx: Tx, number: str) -> Order:
    """Any order by its number: for staff. Raises UnknownOrder."""
    found = tx.value(BY_NUMBER, number=number.strip().upper())
    if found is None:
        raise UnknownOrder()
    return get(tx, found)


def own(tx: Tx, number: str, customer: int, person: str) -> Order:
    """A person's own order by its number. Raises UnknownOrder for others', the same as for none."""
    found = tx.value(OWN, number=number.strip().upper(), customer=customer, person=person)
    if found is None:
        raise UnknownOrder()
    return get(tx, found)


def own_by_id(tx: Tx, order_id: int, customer: int, person: str) -> Order:
    """As own(). What its buyer asks for needs no second question; whoever picked it up is looked for."""
    try:
        order = get(tx, order_id)
    except NoRow:
        raise UnknownOrder() from None
    if customer != order.customer and tx.value(OWN_BY_ID, order=order_id, customer=customer, person=person) is None:
        raise UnknownOrder()
    return order


def newest(tx: Tx, customer: int, person: str, most: int, skip: int = 0) -> list[Order]:
    """A person's own orders, newest first."""
    return [get(tx, row.id) for row in tx.all(NEWEST, customer=customer, person=person, most=most, skip=skip)]


def newest_delivered(tx: Tx, customer: int, person: str) -> Order | None:
    """The one a person got last."""
    row = tx.first(NEWEST_DELIVERED, customer=customer, person=person)
    return get(tx, row.id) if row else None


def latest(tx: Tx, most: int, skip: int = 0) -> list[Order]:
    """The shop's newest orders: for staff."""
    return [get(tx, row.id) for row in tx.all(LATEST, most=most, skip=skip)]


def held(tx: Tx, most: int = 20) -> list[Order]:
    """Those in review, the oldest first."""
    return [get(tx, row.id) for row in tx.all(HELD, most=most)]


def how_many(tx: Tx, state: State) -> int:
    return tx.value(HOW_MANY, such=state)


def owing(tx: Tx, what: Obligation, most: int, skip: int = 0) -> list[Order]:
    """Those of which a unit owes that, the one that is due first in front."""
    return [get(tx, row.order_id) for row in tx.all(OWING, what=what, most=most, skip=skip)]


def how_many_owing(tx: Tx, what: Obligation) -> int:
    return tx.value(HOW_MANY_OWING, what=what)


def move(tx: Tx, order: int, to: State, *of: State, what: str, actor: str, **detail: Any) -> bool:
    """One of the states `of` becomes `to`, and the event says so. False if the order is in none of them any more."""
    if not tx.changed(MOVE, order=order, from_states=list(of), to_state=to):
        return False
    order_events.record(tx, order, what, actor, **detail)
    return True


def pay(tx: Tx, order: Order, to: State, *, late: bool) -> None:
    """The money is in: paid now, with stock or without. Whoever calls has locked it, and records it."""
    tx.changed(PAY, order=order.id, from_states=[order.state], to_state=to, now=tx.now, was_late=late)


def decide(tx: Tx, order: int, to: State, staff: str, name: str) -> None:
    """In review becomes fulfilling or rejected. Who decided, and when, is kept.

    A second decision changes nothing and raises AlreadyDecided, which says who was first.
    """
    if not tx.changed(DECIDE, order=order, to_state=to, staff=name, now=tx.now):
        row = tx.one(ORDER, order=order)
        raise AlreadyDecided(
            staff=row.decided_by or "-", time=row.decided_at or tx.now, state=row.state, number=row.number
        )
    order_events.record(tx, order, "approved" if to is State.FULFILLING else "rejected", staff)


def to_fetch(tx: Tx, person: str) -> list[int]:
    """Orders whose codes wait to be picked up, because their buyer's chat was closed to us."""
    return [row.order_id for row in tx.all(TO_FETCH, person=person)]


def add_line(
    tx: Tx, order: int, product: Product, quantity: int, price: int, answers: bytes | None = None
) -> OrderLine:
    """One more line of an order, with the product's terms as they are now. Lines never change."""
    terms = terms_of(product)
    made = tx.insert(
        ADD_LINE,
        order_id=order,
        product_id=product.id,
        quantity=quantity,
        unit_price=price,
        terms=terms.packed(),
        answers=answers,
    )
    return OrderLine(made, product.id, quantity, price, terms)


def units_of(order: Order, product: int) -> list[int]:
    """The units of an order that are of that product."""
    of = {line.id for line in order.lines if line.product == product}
    return [unit.id for unit in order.units if unit.line in of]


def answers_bound_to(number: str) -> str:
    return f"answers of order {number}"


def answers_of(tx: Tx, order: Order) -> Mapping[str, str]:
    """What the product asked of the buyer and the answers, e.g. the account to top up: for whoever fulfils it."""
    rows = tx.all(LINES, order=order.id)
    found: dict[str, str] = {}
    for row in rows:
        if row.answers:
            found |= json.loads(tx.vault.open(row.answers, answers_bound_to(order.number)).reveal())
    return found
