"""Price changes: of one product, a brand or everything; now or at a time, looked at before, and taken back after.

Orders that were placed keep what they were placed for: a price stands in their lines.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, String, Table, bindparam, insert, select, update

from core import catalog, margins, shelving, staff
from core.authority import Right
from core.catalog import Product, Steps
from core.ground import audit
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
FARTHEST = timedelta(days=366)
LISTED = 8

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
    Column("before", Json, nullable=False),  # once done, by product: its prices before and after
    Column("ended_at", UTC),  # done, cancelled or undone
    Column("ended_by", String(60)),
    CheckConstraint("state IN ('planned', 'done', 'cancelled', 'undone')", name="state"),
    Index("ix_price_changes_state_due_at", "state", "due_at"),
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
REMEMBER = update(price_changes).where(price_changes.c.id == bindparam("number")).values(before=bindparam("was"))


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


def time_said(tx: Tx, text: str) -> datetime | None:
    """ "18:00" is the next time it is that late in the shop; "12-01 09:00" and "2026-12-01 09:00" say which day.

    None for anything else, for the past, and for what is more than a year away.
    """
    found = re.fullmatch(r"(?:(?:(\d{4})[-/.])?(\d{1,2})[-/.](\d{1,2})\s+)?(\d{1,2})[:：](\d{2})", text.strip())
    if found is None:
        return None
    here = tx.now.astimezone(tx.rules.zone)
    year, month, day, hour, minute = (int(part or 0) for part in found.groups())
    try:
        then = here.replace(
            year=year or here.year, month=month or here.month, day=day or here.day,
            hour=hour, minute=minute, second=0, microsecond=0,
        )  # fmt: skip
        if then <= here and not year:
            then = then.replace(year=then.year + 1) if month else then + timedelta(days=1)
    except ValueError:  # the 31st of June
        return None
    return then if here < then <= here + FARTHEST else None


def look(tx: Tx, scope: str, percent: Decimal | None, prices: Steps, takes: Mapping[str, frozenset[str]]) -> Preview:
    """What would change, and what would be sold below cost. Raises NothingToReprice, UnknownProduct."""
    changed = _changed(tx, scope, percent, prices)
    if not changed:
        raise NothingToReprice()
    losing = [loss for each in changed for loss in margins.losses(tx, each.product, each.prices, takes)]
    return Preview(tuple(changed), tuple(losing))


def plan(tx: Tx, by: str, scope: str, percent: Decimal | None, prices: Steps, at: datetime | None, key: str) -> Change:
    """Decide it: done at once without a time, else by the clock. A repeat of the key finds it.

    Raises NotStaff, NotAllowed, NothingToReprice, UnknownProduct.
    """
    who = staff.may(tx, by, Right.SHELF).name
    row = tx.first(BY_KEY, of_key=key)
    if row is not None:
        return _change(row)
    if not _changed(tx, scope, percent, prices):
        raise NothingToReprice()
    how: dict[str, Any] = {"prices": shelving.packed_steps(prices)} if percent is None else {"percent": str(percent)}
    given = {"key": key, "by_whom": by, "by_name": who, "made_at": tx.now, "due_at": at or tx.now, "scope": scope}
    number = tx.insert(PLAN, **given, change=how, state="planned", before={}, ended_at=None, ended_by=None)
    audit.write(tx, by, "plan prices", f"price change {number}", scope=scope, **how, at=(at or tx.now).isoformat())
    if at is None:
        apply(tx, number)
    return one(tx, number)


def due(tx: Tx, most: int) -> list[int]:
    """The planned changes whose time has come, the earliest first."""
    return [row.id for row in tx.all(DUE, now=tx.now, most=most)]


def apply(tx: Tx, number: int) -> None:
    """Planned becomes done: the prices are the new ones, all of them or none. A repeat changes nothing.

    Where whoever planned it may not change prices any more it is called off, and staff are told.
    """
    change = one(tx, number)
    row = tx.one(BY_ID, number=number)
    if not staff.still_may(tx, row.by_whom, Right.SHELF):
        return _not_theirs(tx, change)
    if not tx.changed(MOVE, number=number, from_state="planned", to_state="done", now=tx.now, who=change.by):
        return
    was: dict[str, Any] = {}
    for each in _changed(tx, change.scope, change.percent, change.prices):
        _reprice(tx, row.by_whom, change.by, each.product, each.prices)
        before, after = shelving.packed_steps(each.product.steps), shelving.packed_steps(each.prices)
        was[each.product.slug] = {"before": before, "after": after}
    tx.changed(REMEMBER, number=number, was=was)
    audit.write(tx, row.by_whom, "change prices", f"price change {number}", products=len(was))


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


def undo(tx: Tx, by: str, number: int) -> tuple[Change, list[Product]]:
    """Done becomes undone: its prices are what they were. Returns those changed again since, which are left alone.

    A repeat changes nothing. Raises NotStaff, NotAllowed, NoSuchChange, ChangeEnded.
    """
    already = one(tx, number).state == "undone"
    change = _end(tx, by, number, "done", "undone")
    left = []
    for slug, prices in ({} if already else tx.one(BY_ID, number=number).before).items():
        product = catalog.product(tx, slug)
        if shelving.packed_steps(product.steps) == prices["after"]:
            _reprice(tx, by, str(change.ended_by), product, shelving.unpacked_steps(prices["before"]))
        else:
            left.append(product)
    return change, left


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


def _changed(tx: Tx, scope: str, percent: Decimal | None, prices: Steps) -> list[Repriced]:
    found = (Repriced(product, _new(product, percent, prices)) for product in _in(tx, scope))
    return [each for each in found if each.prices != each.product.steps]


def _in(tx: Tx, scope: str) -> list[Product]:
    """The products it is about, in one order for all who change prices. Raises UnknownProduct."""
    kind, _, slug = scope.partition(" ")
    if kind == "product":
        return [catalog.product(tx, slug)]
    found = catalog.everything(tx)
    return sorted(
        (product for product in found if kind == EVERYTHING or product.brand == slug), key=lambda each: each.id
    )


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
