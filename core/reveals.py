"""Codes shown to those who work here: with the right and a reason, so many a day, each written down and told."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)

from core import customers, enquiries, inventory, old_orders, orders, staff
from core.authority import Right
from core.ground import audit, once
from core.ground.columns import UTC, BigId, Json, metadata, whole
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Message, Revealed, words
from core.ground.tx import AnyRow
from core.ground.vault import Secret
from core.orders import Order
from core.pasted import PastedCode
from core.quiet import Kind
from core.staff import Colleague, colleagues

SHOWN = timedelta(minutes=10)  # so long what was revealed stands in a chat that makes its history anew
DAY = timedelta(hours=24)
REASON = (3, 200)  # characters, at least and at most
ENDING = 4  # characters by which one may look for a code, at least
FEW = 500  # codes opened in one transaction
OLD = "old"  # said before the number of an order of the old shop


class NothingToReveal(ShopError):
    """There is no such code, or none that was handed over."""


class SeveralCodes(ShopError):
    """More than one code of the batch ends like that."""


class EnoughRevealed(ShopError):
    """They have looked at as many codes as one may in a day. Facts: left, most."""


class ReasonNeeded(ShopError):
    """Nobody looks at a code, or takes codes out, without saying why. Facts: most."""


class LinkUsed(ShopError):
    """The one-time link was used, or is too old, or never was one."""


reveals = Table(
    "reveals",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(300), nullable=False, unique=True),  # the event it was asked in
    Column("colleague_id", BigId, ForeignKey("colleagues.id"), nullable=False),
    Column("person_id", String(160), nullable=False),  # the account it is shown to, and no other
    Column("order_id", BigId, ForeignKey("orders.id")),  # null: codes in stock
    Column("units", Json),
    Column("old_order_id", BigId),  # of core/old_orders.py: what was delivered there, as one text
    Column("codes", Json, nullable=False),  # their numbers
    Column("many", Integer, nullable=False),
    Column("why", String(200), nullable=False),  # what could be a code is not in it
    Column("on_page", Boolean, nullable=False),  # on a page that is shown once, not in the chat
    Column("at", UTC, nullable=False),
    Column("expires_at", UTC, nullable=False),
    Column("looked_at", UTC),
    CheckConstraint("many > 0", name="many"),
    Index("ix_reveals_colleague_id", "colleague_id", "at"),
)

REVEAL = insert(reveals)
ONE = select(reveals).where(reveals.c.id == bindparam("reveal"))
BY_KEY = select(reveals.c.id).where(reveals.c.key == bindparam("of_key"))
OURS = or_(orders.orders.c.person_id.is_(None), ~orders.orders.c.person_id.startswith(f"{customers.ELSEWHERE_CHAT}:"))
TODAY = (  # what was sold elsewhere is handed on by whoever sold it, and is nobody's curiosity
    select(whole(func.sum(reveals.c.many)))
    .select_from(reveals.outerjoin(orders.orders, orders.orders.c.id == reveals.c.order_id))
    .where(reveals.c.colleague_id == bindparam("colleague"), reveals.c.at > bindparam("after"), OURS)
)
LOOK = (
    update(reveals)
    .where(
        reveals.c.id == bindparam("reveal"),
        reveals.c.on_page.is_(True),
        reveals.c.looked_at.is_(None),
        reveals.c.expires_at > bindparam("now"),
    )
    .values(looked_at=bindparam("now"))
)
LOCK = select(colleagues.c.id).where(colleagues.c.id == bindparam("colleague")).with_for_update()
IN_BATCH = (
    select(inventory.codes.c.id)
    .where(inventory.codes.c.batch_id == bindparam("batch"), inventory.codes.c.id > bindparam("after"))
    .order_by(inventory.codes.c.id)
    .limit(bindparam("most"))
)
AT = select(inventory.codes.c.id).where(inventory.codes.c.batch_id == bindparam("batch")).order_by(inventory.codes.c.id)
AT_POSITION = AT.limit(1).offset(bindparam("before"))


@dataclass(frozen=True)
class Found:
    """Codes that may be revealed: of an order, or one in stock. Names them and holds none."""

    about: str  # "order K7M2-94QF", "batch 12"
    codes: tuple[int, ...]
    order: int | None = None
    units: tuple[int, ...] = ()
    old: int | None = None  # an order of the old shop, of which so many codes were bought
    bought: int = 0

    @property
    def many(self) -> int:
        """How many codes are looked at."""
        return self.bought or len(self.codes)


@dataclass(frozen=True)
class Looked:
    """What is shown on the one-time page, and to whom."""

    person: str
    message: Message
    codes: tuple[PastedCode, ...]


# Finding


def of_order(tx: Tx, order: Order, position: int | None = None) -> Found:
    """What was handed over for an order, or for its unit in that position. Raises NothingToReveal."""
    wanted = [unit.id for unit in order.units if position in (None, unit.position)]
    granted = inventory.granted_codes(tx, wanted)
    if not granted:
        raise NothingToReveal()
    shown = tuple(unit for unit in wanted if unit in granted)
    return Found(f"order {order.number}", tuple(granted[unit] for unit in shown), order.id, shown)


def of_old_order(tx: Tx, said: str) -> Found:
    """What was delivered with an order in the old shop, by its number there or as "#17", ours.

    It counts as many codes as were bought. Raises NothingToReveal.
    """
    found = old_orders.for_staff(tx, said)
    if found is None:
        raise NothingToReveal()
    return Found(f"old-order {found.number}", (), old=found.id, bought=max(found.quantity, 1))


def in_batch(tx: Tx, batch: int, position: int) -> Found:
    """The code in that place of a batch, counted from 1, whatever became of it. Raises NothingToReveal."""
    code = tx.value(AT_POSITION, batch=batch, before=position - 1) if position > 0 else None
    if code is None:
        raise NothingToReveal()
    return Found(f"batch {batch}", (code,))


def ending(tx: Tx, batch: int, last: str, after: int, most: int = FEW) -> tuple[list[int], int | None]:
    """Which of the next codes of a batch end like that; and after which to go on, None at the end of the batch."""
    numbers = [row.id for row in tx.all(IN_BATCH, batch=batch, after=after, most=most)]
    wanted = _bare(last)
    opened = inventory.reveal_codes(tx, numbers)
    same = [n for n in numbers if any(_bare(secret.reveal()).endswith(wanted) for _, secret in opened[n].fields)]
    return same, numbers[-1] if len(numbers) == most else None


def _bare(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


# Revealing


def reveal(tx: Tx, found: Found, why: str, person: str, key: str, *, on_page: bool = False) -> int:
    """They may look at these codes, for some minutes, in their own chat or once on a page. A repeat finds it.

    Written down in the audit; the rooms are told at once how many it were, by whom and why. Raises NotStaff,
    NotAllowed, ReasonNeeded, EnoughRevealed.
    """
    who = staff.may(tx, person, Right.REVEAL)
    known = tx.value(BY_KEY, of_key=key)
    if known is not None:
        return known
    reason = reason_of(why)
    if found.order is None or not customers.is_elsewhere(orders.get(tx, found.order).person):
        _must_have_left(tx, who, found.many)
    made = tx.insert(
        REVEAL,
        key=key,
        colleague_id=who.id,
        person_id=person,
        order_id=found.order,
        units=list(found.units),
        old_order_id=found.old,
        codes=list(found.codes),
        many=found.many,
        why=reason,
        on_page=on_page,
        at=tx.now,
        expires_at=tx.now + SHOWN,
    )
    audit.write(tx, person, "reveal", found.about, to=person, count=found.many, why=reason)
    told = words("told-reveal", staff=who.name, n=found.many, what=found.about.partition(" ")[2], why=reason)
    staff.tell(tx, f"reveal {made}", Message(told), Kind.SECURITY)
    return made


def left(tx: Tx, who: Colleague) -> int:
    """How many codes they may still look at within these 24 hours."""
    seen: int = tx.value(TODAY, colleague=who.id, after=tx.now - DAY)
    return max(tx.rules.reveals_a_day - seen, 0)


def _must_have_left(tx: Tx, who: Colleague, many: int) -> None:
    lock(tx, who)  # two at once would each see room for one
    remaining = left(tx, who)
    if many > remaining:
        raise EnoughRevealed(left=remaining, most=tx.rules.reveals_a_day)


def lock(tx: Tx, who: Colleague) -> None:
    """Let one transaction at a time count what this colleague has looked at and taken out."""
    tx.one(LOCK, colleague=who.id)


def reason_of(why: str) -> str:
    """The reason as it is kept and told: what could be a code is covered. Raises ReasonNeeded."""
    said = " ".join(why.split())
    least, most = REASON
    if not least <= len(said) <= most:
        raise ReasonNeeded(most=most)
    return enquiries.covered(Secret(said))[:most]


# Showing


def opened(tx: Tx, reveal: int, reader: str) -> list[PastedCode]:
    """The codes, for the account that asked, as long as they may be looked at. None for anybody and ever after."""
    row = tx.first(ONE, reveal=reveal)
    if row is None or row.on_page or row.person_id != reader or row.expires_at <= tx.now:
        return []
    return _codes(tx, row) if _still_may(tx, reader) else []


def _still_may(tx: Tx, person: str) -> bool:
    return staff.is_staff(tx, person) and Right.REVEAL in staff.colleague(tx, person).rights


def _codes(tx: Tx, row: AnyRow) -> list[PastedCode]:
    if row.old_order_id is not None:
        return [PastedCode((("code", old_orders.opened(tx, row.old_order_id)),))]
    found = inventory.reveal_codes(tx, row.codes)
    return [found[number] for number in row.codes]


def link(tx: Tx, reveal: int, reader: str) -> Secret | None:
    """The token of the page, for the account that asked, until it was looked at or is too old."""
    row = tx.first(ONE, reveal=reveal)
    if row is None or not row.on_page or row.person_id != reader or row.looked_at or row.expires_at <= tx.now:
        return None
    return Secret(once.token(tx, "reveal", row.id, row.at))


def look(tx: Tx, token: str) -> Looked:
    """The page's button was pressed: the codes, once. Raises LinkUsed for a used, old or unknown token."""
    named = once.named(token)
    row = tx.first(ONE, reveal=named[1]) if named and named[0] == "reveal" else None
    if row is None or not hmac.compare_digest(once.token(tx, "reveal", row.id, row.at), token):
        raise LinkUsed()
    if not _still_may(tx, row.person_id) or not tx.changed(LOOK, reveal=row.id, now=tx.now):
        raise LinkUsed()
    return Looked(row.person_id, _naming(row.order_id, row.units), tuple(_codes(tx, row)))


def _naming(order: int | None, units: Sequence[int]) -> Message:
    """What leaves by the page, for the journal."""
    return Message(words("revealed", codes=Revealed(0, order, tuple(units)), time=None))


def numbered(tx: Tx, number: str, which: str) -> Found:
    """What "reveal K7M2-94QF 2", "reveal 12 3" and "reveal old NUMBER" mean. Raises UnknownOrder, NothingToReveal."""
    if number.casefold() == OLD:
        return of_old_order(tx, which)
    position = int(which) if is_number(which) else None
    if which and position is None:
        raise NothingToReveal()
    if is_number(number):
        return in_batch(tx, int(number), position or 0)
    return of_order(tx, orders.numbered(tx, number), position)


def is_number(said: str) -> bool:
    return said.isascii() and said.isdigit() and len(said) < 8
