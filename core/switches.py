"""Switches for bad days and holidays: hold all deliveries, stop one rail, close the shop. One that was ever pressed
has a row.

They are asked where it is decided: checkout.place and pay_with, ways.standing, delivery.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    and_,
    bindparam,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as insert_new  # its ON CONFLICT compiles for SQLite just as well

from core import quiet, staff
from core.authority import Right
from core.ground import audit
from core.ground.columns import UTC, BigId, Json, metadata
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Choice, Local, Message, Words, words
from core.ground.words import tame

DELIVERIES, SHOP, RAIL = "deliveries", "shop", "rail:"
LONGEST = 200  # characters of what the owner says to buyers


class ShopClosed(ShopError):
    """Nothing is sold at the moment. Facts: says, what the owner has to say about it; until, or "none"."""


class WayStopped(ShopError):
    """Nothing new is paid by this rail at the moment."""


class AlreadySwitched(ShopError):
    """It was pressed since they looked. Facts: what, to ("on", "off"), staff (or "clock"), time."""


switches = Table(
    "switches",
    metadata,
    Column("name", String(60), primary_key=True),  # deliveries, shop, rail:stripe
    Column("is_on", Boolean, nullable=False),
    Column("by_whom", String(160), nullable=False),  # who pressed it last, and when
    Column("since", UTC, nullable=False),
    Column("until", UTC),  # it goes off by itself
    Column("says", Json),  # of the shop: the owner's sentence for buyers, by language
    Column("times", Integer, nullable=False),  # it was pressed; who presses says how often it had been when they looked
)
kept_back = Table(  # what would have gone out while deliveries were held, in that order
    "kept_back",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("order_id", BigId, ForeignKey("orders.id"), nullable=False),
    Column("units", Json),  # of a message whose codes were granted before; null: to be granted
    Column("since", UTC, nullable=False),
    Column("released_at", UTC),
    Index(
        "ix_kept_back_waiting",
        "id",
        sqlite_where=text("released_at IS NULL"),
        postgresql_where=text("released_at IS NULL"),
    ),
    Index("ix_kept_back_order_id", "order_id"),
)


@dataclass(frozen=True)
class Switch:
    """One that is on."""

    name: str
    by: str
    since: datetime
    until: datetime | None
    says: Local | None


LASTS = and_(switches.c.is_on, or_(switches.c.until.is_(None), switches.c.until > bindparam("now")))
ON = select(switches).where(LASTS).order_by(switches.c.name)
ONE = ON.where(switches.c.name == bindparam("of_switch"))
HELD = select(switches.c.name).where(switches.c.name == DELIVERIES, LASTS)
CLOSED = select(switches.c.name).where(switches.c.name == SHOP, LASTS)
STOPPED = select(switches.c.name).where(switches.c.name == bindparam("of_switch"), LASTS)
OVER = select(switches.c.name).where(switches.c.is_on, switches.c.until <= bindparam("now"))
PRESSED = select(switches).where(switches.c.name == bindparam("of_switch"))
NEW = insert_new(switches)
THROW = NEW.on_conflict_do_update(
    index_elements=["name"],
    set_={name: NEW.excluded[name] for name in ("is_on", "by_whom", "since", "until", "says")}
    | {"times": switches.c.times + 1},
    where=switches.c.times == bindparam("seen"),
)
OFF = (
    update(switches)
    .where(switches.c.name == bindparam("of_switch"), switches.c.is_on)
    .values(is_on=False, by_whom=bindparam("by"), since=bindparam("now"), times=switches.c.times + 1)
)
BACK = OFF.where(switches.c.times == bindparam("seen"))
BACK_BY_ITSELF = OFF.where(switches.c.until <= bindparam("now"))
KEEP = insert(kept_back)
KEPT_OF = select(kept_back.c.id, kept_back.c.units).where(
    kept_back.c.order_id == bindparam("order"), kept_back.c.released_at.is_(None)
)
KEPT = select(kept_back.c.id).where(kept_back.c.released_at.is_(None)).order_by(kept_back.c.id).limit(bindparam("most"))
RELEASE = (
    update(kept_back)
    .where(kept_back.c.id == bindparam("row"), kept_back.c.released_at.is_(None))
    .values(released_at=bindparam("now"))
)
RELEASED = select(kept_back.c.order_id, kept_back.c.units).where(kept_back.c.id == bindparam("row"))


# Asking


def on(tx: Tx) -> list[Switch]:
    """All that are on now."""
    return [_switch(row) for row in tx.all(ON, now=tx.now)]


def one(tx: Tx, name: str) -> Switch | None:
    row = tx.first(ONE, of_switch=name, now=tx.now)
    return _switch(row) if row else None


def _switch(row: object) -> Switch:
    says = getattr(row, "says", None)
    return Switch(row.name, row.by_whom, row.since, row.until, Local(says) if says else None)  # type: ignore[attr-defined]


def held(tx: Tx) -> bool:
    """Whether no code goes out now."""
    return tx.first(HELD, now=tx.now) is not None


def stopped(tx: Tx) -> frozenset[str]:
    """The rails that are stopped."""
    return frozenset(each.name.removeprefix(RAIL) for each in on(tx) if each.name.startswith(RAIL))


def must_be_open(tx: Tx, closed: bool | None = None) -> None:
    """Raises ShopClosed while the shop is. `closed`: whether it is, by who has asked already."""
    if closed is False:
        return
    found = one(tx, SHOP)
    if found:
        raise ShopClosed(says=found.says or Local({}), until=found.until or "none")


def must_run(tx: Tx, rail: str, stopped: bool | None = None) -> None:
    """Raises WayStopped. `stopped`: whether it is, by who has asked already."""
    if tx.first(STOPPED, of_switch=f"{RAIL}{rail}", now=tx.now) if stopped is None else stopped:
        raise WayStopped()


# Pressing


def times(tx: Tx, name: str) -> int:
    """How often it was pressed so far. Who presses hands it on as `seen`, and is refused if it was pressed since."""
    row = tx.first(PRESSED, of_switch=name)
    return row.times if row else 0


def throw(
    tx: Tx, name: str, by: str, seen: int, *, until: datetime | None = None, says: Mapping[str, str] | None = None
) -> Switch:
    """It is on from this commit on; staff are told. The same by the same one again changes nothing.

    Raises NotStaff, NotAllowed, and AlreadySwitched where somebody has pressed it since it was looked at.
    """
    colleague = staff.may(tx, by, Right.SWITCH)
    cut = {locale: tame(said[:LONGEST]) for locale, said in says.items()} if says else None
    facts = {"is_on": True, "by_whom": by, "since": tx.now, "until": until, "says": cut, "times": 1}
    if tx.changed(THROW, name=name, seen=seen, **facts):
        audit.write(tx, by, "switch on", name, until=until.isoformat() if until else None)
        _tell(tx, name, "switched-on", colleague.name)
    else:
        _must_be_theirs(tx, name, by, on=True)
    found = one(tx, name)
    if found is None:
        raise ValueError(f"{name} would be off again by {until}")
    return found


def back(tx: Tx, name: str, by: str, seen: int) -> bool:
    """It is off again; what it kept back goes out by itself. False if they had pressed it off before.

    Raises as throw.
    """
    colleague = staff.may(tx, by, Right.SWITCH)
    if not tx.changed(BACK, of_switch=name, by=by, now=tx.now, seen=seen):
        _must_be_theirs(tx, name, by, on=False)
        return False
    audit.write(tx, by, "switch off", name)
    _tell(tx, name, "switched-off", colleague.name)
    return True


def _must_be_theirs(tx: Tx, name: str, by: str, *, on: bool) -> None:
    """It was pressed since they looked: by themselves, the same way, which is this very press; else AlreadySwitched."""
    row = tx.first(PRESSED, of_switch=name)
    if row and (row.is_on, row.by_whom) != (on, by):
        facts = {"to": "on" if row.is_on else "off", "staff": staff.called(tx, row.by_whom), "time": row.since}
        raise AlreadySwitched(what=called(name), **facts)


def over(tx: Tx) -> list[str]:
    """Those whose time is over."""
    return [row.name for row in tx.all(OVER, now=tx.now)]


def back_by_itself(tx: Tx, name: str) -> bool:
    """Its time is over: staff hear that, once. False if somebody has given it another meanwhile."""
    if not tx.changed(BACK_BY_ITSELF, of_switch=name, by="clock", now=tx.now):
        return False
    audit.write(tx, "clock", "switch off", name)
    _tell(tx, name, "switched-off", "clock")
    return True


def called(name: str) -> Words:
    """What the switch is, as staff say it."""
    if name.startswith(RAIL):
        return words("switch-rail", rail=words(f"rail-{name.removeprefix(RAIL).replace('_', '-')}"))
    return words("switch-deliveries") if name == DELIVERIES else words("switch-shop")


def _tell(tx: Tx, name: str, sentence: str, by: str) -> None:
    key = f"{sentence} {name} {tx.now.isoformat()}"
    said = words("switched-on" if sentence == "switched-on" else "switched-off", what=called(name), staff=by)
    look = Choice(words("choose-switches"), "switches")
    staff.tell(tx, key, Message(said, (look,)), kind=quiet.Kind.SWITCHES)


# Kept back


def keep_back(tx: Tx, order: int, units: Sequence[int] | None = None) -> int | None:
    """Remember what is to go out when deliveries go on. Returns its number if nothing of the order waited before."""
    waits = tx.all(KEPT_OF, order=order)
    wanted = None if units is None else list(units)
    if wanted in [row.units for row in waits]:
        return None
    made = tx.insert(KEEP, order_id=order, units=wanted, since=tx.now)
    return None if waits else made


def waiting(tx: Tx, most: int = 50) -> list[int]:
    """What was kept back and may go, the longest first. Nothing while deliveries are held."""
    return [] if held(tx) else [row.id for row in tx.all(KEPT, most=most)]


def release(tx: Tx, row: int) -> tuple[int, list[int] | None] | None:
    """It goes now: the order, and its units. None if it has gone, or deliveries are held again."""
    if held(tx) or not tx.changed(RELEASE, row=row, now=tx.now):
        return None
    found = tx.one(RELEASED, row=row)
    return found.order_id, found.units
