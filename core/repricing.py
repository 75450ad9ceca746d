"""Price changes: of one product, a brand or everything; now or at a time, looked at before, and taken back after.

Orders that were placed keep what they were placed for: a price stands in their lines. Of many products the prices
change some at a time, by a job, so that no sale waits; the row says how far it is, and nobody's changes twice.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    bindparam,
    func,
    insert,
    select,
    update,
)

from core import catalog, margins, shelving, staff
from core.authority import Right
from core.catalog import Product
from core.catalog_changes import Steps
from core.ground import audit, outbox
from core.ground.columns import UTC, BigId, Json, metadata
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Choice, Message, words
from core.margins import Loss
from core.product_fields import DEAREST
from core.quiet import Kind

EVERYTHING = "all"
PERCENT = re.compile(r"([+-]?)\s*(\d{1,3}(?:\.\d{1,2})?)\s*%")
LEAST, MOST = Decimal(-90), Decimal(500)  # percent
LISTED = 8
PIECE = 20  # products of which the prices change in one transaction, some 10 ms

price_changes = Table(
    "price_changes",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(300), nullable=False, unique=True),  # the event it was decided in
    Column("by_whom", String(160), nullable=False),
    Column("by_name", String(60), nullable=False),
    Column("made_at", UTC, nullable=False),
    Column("due_at", UTC, nullable=False),
    Column("scope", String(80), nullable=False),  # all, brand SLUG, product SLUG
    Column("change", Json, nullable=False),  # {"percent": "5"}, or {"prices": {currency: {from: each}}}
    Column("state", String(10), nullable=False),
    Column("reached", BigId, nullable=False),  # the last product that it, or its taking back, has come to
    Column("ended_at", UTC),  # done, cancelled or undone
    Column("ended_by", String(60)),
    CheckConstraint("state IN ('planned', 'going', 'done', 'cancelled', 'undoing', 'undone')", name="state"),
    Index("ix_price_changes_state_due_at", "state", "due_at"),
)
repriced = Table(
    "repriced",
    metadata,
    Column("change_id", BigId, ForeignKey("price_changes.id"), primary_key=True),
    Column("product_id", BigId, ForeignKey("products.id"), primary_key=True),
    Column("before", Json, nullable=False),  # its prices
    Column("after", Json, nullable=False),
    Column("is_left", Boolean, nullable=False),  # as it is: it had other prices when the change was taken back
)

PLAN = insert(price_changes)
BY_KEY = select(price_changes).where(price_changes.c.key == bindparam("of_key"))
BY_ID = select(price_changes).where(price_changes.c.id == bindparam("number"))
DUE = (
    select(price_changes.c.id)
    .where(price_changes.c.state == "planned", price_changes.c.due_at <= bindparam("now"))
    .order_by(price_changes.c.due_at, price_changes.c.id)
    .limit(bindparam("most"))
)
PLANNED_BY = (
    select(price_changes)
    .where(price_changes.c.state == "planned", price_changes.c.by_whom.in_(bindparam("persons", expanding=True)))
    .order_by(price_changes.c.due_at, price_changes.c.id)
)
LATEST = select(price_changes).order_by(price_changes.c.id.desc()).limit(LISTED)
MOVE = (
    update(price_changes)
    .where(price_changes.c.id == bindparam("number"), price_changes.c.state == bindparam("from_state"))
    .values(state=bindparam("to_state"), ended_at=bindparam("now"), ended_by=bindparam("who"))
)
GO = (  # or go back: whoever changes this row does the next products, and nobody else
    update(price_changes)
    .where(
        price_changes.c.id == bindparam("number"),
        price_changes.c.state == bindparam("in_state"),
        price_changes.c.reached == bindparam("was"),
    )
    .values(reached=bindparam("upto"))
)
REMEMBER = insert(repriced)
REMEMBERED = (
    select(repriced)
    .where(repriced.c.change_id == bindparam("number"), repriced.c.product_id > bindparam("after_product"))
    .order_by(repriced.c.product_id)
    .limit(bindparam("most"))
)
HOW_MANY = select(func.count()).where(repriced.c.change_id == bindparam("number"))
LEAVE = (
    update(repriced)
    .where(repriced.c.change_id == bindparam("number"), repriced.c.product_id == bindparam("product"))
    .values(is_left=True)
)
LEFT = (
    select(repriced.c.product_id)
    .where(repriced.c.change_id == bindparam("number"), repriced.c.is_left)
    .order_by(repriced.c.product_id)
    .limit(bindparam("most"))
)


class NothingToReprice(ShopError):
    """No product there has a price that would be another."""


class NoSuchChange(ShopError):
    """There is no price change of that number."""


class ChangeEnded(ShopError):
    """It was done, cancelled or taken back already. Facts: state, who, time."""


@dataclass(frozen=True)
class Change:
    """One change of prices, as it was decided."""

    id: int
    scope: str
    percent: Decimal | None
    prices: Steps
    state: str
    due_at: datetime
    by: str  # as staff know them
    ended_at: datetime | None
    ended_by: str | None


@dataclass(frozen=True)
class Repriced:
    """A product with the prices it would have."""

    product: Product
    prices: Steps


@dataclass(frozen=True)
class Preview:
    changed: tuple[Repriced, ...]
    losses: tuple[Loss, ...]  # those below cost afterwards


def percent_said(text: str) -> Decimal | None:
    """ "+5 %", "-3%", "５％" as a number; None for anything else, for 0 and for what is beyond reason."""
    found = PERCENT.fullmatch(unicodedata.normalize("NFKC", text).replace("\u2212", "-").strip())
    if found is None:
        return None
    percent = Decimal(f"{found[1]}{found[2]}")
    return percent if percent and LEAST <= percent <= MOST else None


def look(tx: Tx, scope: str, percent: Decimal | None, prices: Steps, takes: Mapping[str, frozenset[str]]) -> Preview:
    """What would change, and what would be sold below cost. Raises NothingToReprice, UnknownProduct."""
    changed = [*_changing(tx, scope, percent, prices)]
    if not changed:
        raise NothingToReprice()
    losing = [loss for each in changed for loss in margins.losses(tx, each.product, each.prices, takes)]
    return Preview(tuple(changed), tuple(losing))


def plan(tx: Tx, by: str, scope: str, percent: Decimal | None, prices: Steps, at: datetime | None, key: str) -> Change:
    """Decide it: begun at once without a time, else by the clock. A repeat of the key finds it.

    Raises NotStaff, NotAllowed, NothingToReprice, UnknownProduct.
    """
    who = staff.may(tx, by, Right.SHELF).name
    row = tx.first(BY_KEY, of_key=key)
    if row is not None:
        return _change(row)
    if next(_changing(tx, scope, percent, prices), None) is None:
        raise NothingToReprice()
    how: dict[str, Any] = {"prices": shelving.packed_steps(prices)} if percent is None else {"percent": str(percent)}
    given = {"key": key, "by_whom": by, "by_name": who, "made_at": tx.now, "due_at": at or tx.now, "scope": scope}
    number = tx.insert(PLAN, **given, change=how, state="planned", reached=0, ended_at=None, ended_by=None)
    audit.write(tx, by, "plan prices", f"price change {number}", scope=scope, **how, at=(at or tx.now).isoformat())
    if at is None:
        apply(tx, number)
    return one(tx, number)


def due(tx: Tx, most: int) -> list[int]:
    """The planned changes whose time has come, the earliest first."""
    return [row.id for row in tx.all(DUE, now=tx.now, most=most)]


def apply(tx: Tx, number: int) -> None:
    """Planned becomes going: the first prices are the new ones, a job changes the rest. A repeat changes nothing.

    Where whoever planned it may not change prices any more it is called off, and staff are told.
    """
    change, by = one(tx, number), tx.one(BY_ID, number=number).by_whom
    if not staff.still_may(tx, by, Right.SHELF):
        _not_theirs(tx, change)
    elif tx.changed(MOVE, number=number, from_state="planned", to_state="going", now=tx.now, who=change.by):
        _begin(tx, number, by, "reprice")


def _begin(tx: Tx, number: int, by: str, what: str) -> None:
    """What is little is done at once."""
    if go_on(tx, number, by):
        outbox.put(tx, "reprice", f"{what} {number}", change=number, by=by)


def go_on(tx: Tx, number: int, by: str) -> bool:
    """The next products have their new prices, or their old ones back. False when there are none left: it is over."""
    row = tx.one(BY_ID, number=number)
    match row.state:
        case "going":
            return _onward(tx, _change(row), row.reached, by)
        case "undoing":
            return _back(tx, _change(row), row.reached, by)
    return False


def _onward(tx: Tx, change: Change, reached: int, by: str) -> bool:
    found = _some(tx, change.scope, reached)
    if not found:
        tx.changed(MOVE, number=change.id, from_state="going", to_state="done", now=tx.now, who=change.by)
        audit.write(tx, by, "change prices", f"price change {change.id}", products=products(tx, change.id))
        return False
    if not tx.changed(GO, number=change.id, in_state="going", was=reached, upto=found[-1].id):
        return True
    for each in _differing(found, change.percent, change.prices):
        _reprice(tx, by, change.by, each.product, each.prices)
        before, after = shelving.packed_steps(each.product.steps), shelving.packed_steps(each.prices)
        kept = {"change_id": change.id, "product_id": each.product.id, "before": before, "after": after}
        tx.changed(REMEMBER, **kept, is_left=False)
    return len(found) == PIECE or _onward(tx, change, found[-1].id, by)


def _back(tx: Tx, change: Change, reached: int, by: str) -> bool:
    rows = tx.all(REMEMBERED, number=change.id, after_product=reached, most=PIECE)
    if not rows:
        tx.changed(MOVE, number=change.id, from_state="undoing", to_state="undone", now=tx.now, who=change.ended_by)
        return False
    if not tx.changed(GO, number=change.id, in_state="undoing", was=reached, upto=rows[-1].product_id):
        return True
    for row in rows:
        product = catalog.by_id(tx, row.product_id)
        if shelving.packed_steps(product.steps) == row.after:
            _reprice(tx, by, str(change.ended_by), product, shelving.unpacked_steps(row.before))
        else:
            tx.changed(LEAVE, number=change.id, product=product.id)
    return len(rows) == PIECE or _back(tx, change, rows[-1].product_id, by)


def products(tx: Tx, number: int) -> int:
    """Of how many products it has changed the prices."""
    return tx.value(HOW_MANY, number=number)


def ended(tx: Tx, number: int, by: str) -> None:
    """What took a job is over: whoever wanted it is told."""
    change = one(tx, number)
    told = words("price-change-over", number=str(number), n=products(tx, number), state=change.state)
    look = Choice(words("choose-price-change", n=number), f"price-change {number}")
    staff.tell_one(tx, f"price change {number} {change.state}", by, Message(told, (look,)))


def _not_theirs(tx: Tx, change: Change) -> None:
    if _call_off(tx, change, change.by):
        show = Choice(words("choose-price-change", n=change.id), f"price-change {change.id}")
        told = Message(words("told-price-not-theirs", number=str(change.id), staff=change.by), (show,))
        staff.tell(tx, f"price change {change.id} called off", told, Kind.SECURITY)


def call_off_all(tx: Tx, persons: Sequence[str], who: str) -> list[Change]:
    """What these accounts planned and has not come yet is cancelled, by this name. Returns it, the next first."""
    planned = [_change(row) for row in tx.all(PLANNED_BY, persons=list(persons))]
    return [change for change in planned if _call_off(tx, change, who)]


def _call_off(tx: Tx, change: Change, who: str) -> bool:
    ended = tx.changed(MOVE, number=change.id, from_state="planned", to_state="cancelled", now=tx.now, who=who)
    if ended:
        audit.write(tx, "shop", "prices cancelled", f"price change {change.id}")
    return bool(ended)


def cancel(tx: Tx, by: str, number: int) -> Change:
    """Planned becomes cancelled. Raises NotStaff, NotAllowed, NoSuchChange; ChangeEnded, unless by a repeat."""
    return _end(tx, by, number, "planned", "cancelled")


def undo(tx: Tx, by: str, number: int) -> Change:
    """Done becomes undoing: its prices become what they were, but where they were changed again since: see left().

    A repeat changes nothing. Raises NotStaff, NotAllowed, NoSuchChange, ChangeEnded.
    """
    if one(tx, number).state not in ("undoing", "undone"):
        change = _end(tx, by, number, "done", "undoing")
        tx.changed(GO, number=number, in_state="undoing", was=tx.one(BY_ID, number=number).reached, upto=0)
        _begin(tx, change.id, by, "unprice")
    return one(tx, number)


def left(tx: Tx, number: int) -> list[Product]:
    """The first of the products that kept their prices when the change was taken back."""
    return [catalog.by_id(tx, row.product_id) for row in tx.all(LEFT, number=number, most=LISTED)]


def _end(tx: Tx, by: str, number: int, before: str, after: str) -> Change:
    who = staff.may(tx, by, Right.SHELF).name
    if tx.changed(MOVE, number=number, from_state=before, to_state=after, now=tx.now, who=who):
        audit.write(tx, by, f"prices {after}", f"price change {number}")
    change = one(tx, number)
    if change.state != after:
        raise ChangeEnded(state=change.state, who=change.ended_by or change.by, time=change.ended_at or change.due_at)
    return change


def one(tx: Tx, number: int) -> Change:
    """Raises NoSuchChange."""
    row = tx.first(BY_ID, number=number)
    if row is None:
        raise NoSuchChange()
    return _change(row)


def latest(tx: Tx) -> list[Change]:
    """The last few, the newest first."""
    return [_change(row) for row in tx.all(LATEST)]


def _change(row: Any) -> Change:
    percent = row.change.get("percent")
    return Change(
        id=row.id,
        scope=row.scope,
        percent=None if percent is None else Decimal(percent),
        prices=shelving.unpacked_steps(row.change.get("prices", {})),
        state=row.state,
        due_at=row.due_at,
        by=row.by_name,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
    )


def _changing(tx: Tx, scope: str, percent: Decimal | None, prices: Steps) -> Iterator[Repriced]:
    """The products it would change, by their numbers. Raises UnknownProduct."""
    reached = 0
    while found := _some(tx, scope, reached):
        yield from _differing(found, percent, prices)
        reached = found[-1].id


def _differing(found: list[Product], percent: Decimal | None, prices: Steps) -> list[Repriced]:
    made = (Repriced(product, _new(product, percent, prices)) for product in found)
    return [each for each in made if each.prices != each.product.steps]


def _some(tx: Tx, scope: str, reached: int) -> list[Product]:
    """The next products it is about, in one order for all who change prices. Raises UnknownProduct."""
    kind, _, slug = scope.partition(" ")
    if kind == "product":
        return [each for each in (catalog.product(tx, slug),) if each.id > reached]
    return catalog.some(tx, reached, PIECE, "" if kind == EVERYTHING else slug)


def _new(product: Product, percent: Decimal | None, prices: Steps) -> Steps:
    if percent is None:
        return {code: dict(steps) for code, steps in {**product.steps, **prices}.items() if steps}
    return {
        code: {least: scaled(each, percent) for least, each in steps.items()} for code, steps in product.steps.items()
    }


def scaled(price: int, percent: Decimal) -> int:
    """A price by so many percent more or less, rounded to the minor unit, half up."""
    made = int((price * (100 + percent) / 100).to_integral_value(ROUND_HALF_UP))
    return min(made, DEAREST)


def _reprice(tx: Tx, by: str, who: str, product: Product, prices: Steps) -> None:
    """`product` was read in this transaction. Raises EditedMeanwhile where another one was quicker all the same."""
    gone = {code: {} for code in product.prices if code not in prices}
    shelving.changed_by(tx, by, who, product.slug, product.version, {"prices": {**gone, **prices}})
