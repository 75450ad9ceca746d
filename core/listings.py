"""Lists of whom the shop sells nothing to, and whom it lets pass: with a reason, by whom, and until when.

What stands for one account of a customer counts for all that are linked with it. Anything else is kept as marks are,
by a keyed fingerprint, with what staff typed sealed beside it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC as ZONE
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    and_,
    bindparam,
    or_,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import insert as insert_new  # its ON CONFLICT compiles for SQLite just as well

from core import enquiries, marks, risk, staff
from core.authority import Right
from core.customers import people
from core.ground import audit, nets
from core.ground.columns import UTC, BigId, Digest, Sealed, metadata
from core.ground.db import NoRow, Tx
from core.ground.errors import ShopError
from core.ground.tx import AnyRow
from core.ground.vault import Secret
from core.kin import Account, linked

LONGEST = 200  # characters of a reason, and of what is listed
CUSTOMER = "customer"
NOBODY = 0  # no customer's number
FOREVER = datetime.max.replace(tzinfo=ZONE)
TYPED = ("ip", "email", "domain", "country")  # what somebody can type
FROM_ORDER = ("device", "payer", "destination")  # what only an order can be asked for
TRIES = 20  # so many others at most put the same between two statements of ours
Verdict = Literal["block", "allow"]


class AccountNotServed(ShopError):
    """This buyer can order nothing at the moment. They are told whom to ask, never why."""


class NotToBeListed(ShopError):
    """That is no address, mailbox or country."""


listings = Table(
    "listings",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(300), nullable=False, unique=True),
    Column("verdict", String(8), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("customer_id", BigId, ForeignKey("customers.id")),
    Column("value", Digest),
    Column("label", Sealed, nullable=False),  # as staff typed it, or the order it was taken from
    Column("why", String(200), nullable=False),
    Column("by_whom", String(160), nullable=False),
    Column("at", UTC, nullable=False),
    Column("until", UTC),  # null: until somebody ends it
    Column("ended_at", UTC),
    Column("ended_by", String(160)),
    CheckConstraint("verdict IN ('block', 'allow')", name="verdict"),
    CheckConstraint("(kind = 'customer') = (customer_id IS NOT NULL)", name="customer"),
    CheckConstraint("(customer_id IS NULL) <> (value IS NULL)", name="value"),
    CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended"),
    Index("ix_listings_customer_id", "customer_id"),
    Index("ix_listings_value", "kind", "value"),
    Index(
        "uq_listings_customer_id_standing",
        "customer_id",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
    Index(
        "uq_listings_value_standing",
        "kind",
        "value",
        unique=True,
        sqlite_where=text("ended_at IS NULL AND value IS NOT NULL"),
        postgresql_where=text("ended_at IS NULL AND value IS NOT NULL"),
    ),
)


@dataclass(frozen=True)
class Entry:
    """A listing as staff see it."""

    id: int
    verdict: Verdict
    kind: str
    label: str
    why: str
    by: str
    at: datetime
    until: datetime | None
    customer: int | None = None


STANDS = and_(
    listings.c.at <= bindparam("moment"),
    or_(listings.c.ended_at.is_(None), listings.c.ended_at > bindparam("moment")),
    or_(listings.c.until.is_(None), listings.c.until > bindparam("moment")),
)
BEGAN_AS = (
    select(linked.c.began_as)
    .join(people, people.c.id == linked.c.person_id)
    .where(people.c.customer_id == bindparam("customer"))
)
KIN = or_(listings.c.customer_id == bindparam("customer"), listings.c.customer_id.in_(BEGAN_AS))
BLOCKED = select(listings.c.id).where(  # named as checkout names them, which asks this among other things
    KIN,
    listings.c.verdict == "block",
    listings.c.ended_at.is_(None),
    or_(listings.c.until.is_(None), listings.c.until > bindparam("now")),
)
OF_CUSTOMER = select(listings).where(KIN, STANDS).order_by(listings.c.id)
TELLS = select(listings.c.id, listings.c.verdict, listings.c.kind, listings.c.why, listings.c.value).where(STANDS)
OF_EITHER = union_all(  # one question; each part finds its rows by an index, which an OR does not on PostgreSQL
    TELLS.where(listings.c.customer_id == bindparam("customer")),
    TELLS.where(listings.c.customer_id.in_(BEGAN_AS), listings.c.customer_id != bindparam("customer")),
    TELLS.where(
        listings.c.kind.in_(bindparam("kinds", expanding=True)),
        listings.c.value.in_(bindparam("among", expanding=True)),
    ),
)
STANDING = (
    select(listings).where(STANDS).order_by(listings.c.id.desc()).limit(bindparam("most")).offset(bindparam("skip"))
)
ONE = select(listings).where(listings.c.id == bindparam("listing"))
BY_KEY = select(listings).where(listings.c.key == bindparam("of_key"))
PUT = insert_new(listings).on_conflict_do_nothing()
ENDING = (
    update(listings).where(listings.c.ended_at.is_(None)).values(ended_at=bindparam("now"), ended_by=bindparam("by"))
)
END = ENDING.where(listings.c.id == bindparam("listing"))
END_OF_CUSTOMER = ENDING.where(listings.c.customer_id == bindparam("of_customer"))
END_OF_VALUE = ENDING.where(listings.c.kind == bindparam("of_kind"), listings.c.value == bindparam("of_value"))


# Asking


def among(tx: Tx, values: Mapping[str, Sequence[str | bytes | int]], at: datetime) -> tuple[risk.Listing, ...]:
    """Every listing that stood at that moment of one of these: {"customer": [17], "ip": ["1.2.3.4"]}.

    A customer is looked for by every number its accounts began with. Bytes are a mark as it is kept.
    """
    wanted = {(kind, value_of(tx, kind, each)) for kind, given in values.items() if kind != CUSTOMER for each in given}
    kinds, marked = (sorted({each[place] for each in wanted}) for place in (0, 1))
    rows: dict[int, AnyRow] = {}
    for customer in values.get(CUSTOMER) or (NOBODY,):
        found = tx.all(OF_EITHER, customer=int(customer), kinds=kinds, among=marked, moment=at)
        rows |= {row.id: row for row in found if row.value is None or (row.kind, bytes(row.value)) in wanted}
    return tuple(risk.Listing(row.verdict, row.kind, row.why) for _, row in sorted(rows.items()))


def value_of(tx: Tx, kind: str, value: str | bytes | int) -> bytes:
    """What is kept of it: the same as of a mark of that kind."""
    if isinstance(value, bytes):
        return value
    text = str(value).strip()
    return marks.value_of(tx, marks.Kind(kind), text.upper() if kind == "country" else text)


def readable(kind: str, said: str) -> str:
    """What somebody typed, made sure that it is one. Raises NotToBeListed."""
    tidy = unicodedata.normalize("NFKC", said).strip()
    mailbox, at, domain = tidy.rpartition("@")
    good = {
        "ip": nets.of(tidy) is not None,
        "email": bool(mailbox and at and "." in domain),
        "domain": not mailbox and "." in domain.strip("."),
        "country": len(tidy) == 2 and tidy.isascii() and tidy.isalpha(),
    }
    if not good.get(kind) or len(tidy) > LONGEST or " " in tidy:
        raise NotToBeListed()
    return {"country": tidy.upper(), "domain": domain}.get(kind, tidy)


def of_customer(tx: Tx, customer: int) -> list[Entry]:
    """What stands for a customer now, by whichever of their accounts."""
    return [_entry(tx, row) for row in tx.all(OF_CUSTOMER, customer=customer, moment=tx.now)]


def standing(tx: Tx, most: int, skip: int = 0) -> list[Entry]:
    """All that stands, the newest first."""
    return [_entry(tx, row) for row in tx.all(STANDING, moment=tx.now, most=most, skip=skip)]


def one(tx: Tx, listing: int) -> Entry | None:
    row = tx.first(ONE, listing=listing)
    return _entry(tx, row) if row else None


def _entry(tx: Tx, row: AnyRow) -> Entry:
    label = tx.vault.open(row.label, bound_to(row.key)).reveal()
    return Entry(row.id, row.verdict, row.kind, label, row.why, row.by_whom, row.at, row.until, row.customer_id)


def label(tx: Tx, listing: int, reader: str) -> Secret | None:
    """What is listed, as it was typed, for who keeps the lists; None for anybody else."""
    if not staff.is_staff(tx, reader) or Right.BLOCK not in staff.colleague(tx, reader).rights:
        return None
    row = tx.one(ONE, listing=listing)
    return tx.vault.open(row.label, bound_to(row.key))


def bound_to(key: str) -> str:
    return f"listing {key}"


# Deciding


@dataclass(frozen=True)
class Listed:
    """Whom or what to list. `value` is a customer's number, what was typed, or a mark as it is kept."""

    verdict: Verdict
    kind: str
    value: str | bytes | int
    label: str  # as staff will read it
    why: str
    lasts: timedelta | None = None  # None: until somebody ends it


def put(tx: Tx, about: Listed, person: str, key: str) -> Entry:
    """It is listed from this commit on. What stood for the same before has ended: it is on one list at most.

    Once per key. Codes that the reason quotes are covered. Raises NotStaff, NotAllowed.
    """
    staff.may(tx, person, Right.BLOCK)
    row = tx.first(BY_KEY, of_key=key)
    if row is None:
        about = replace(about, why=enquiries.covered(Secret(about.why)))
        until = tx.now + about.lasts if about.lasts else None
        _write(tx, about, person, key, tx.now, until)
        detail = {"kind": about.kind, "why": about.why, "until": until.isoformat() if until else None}
        audit.write(tx, person, about.verdict, _subject(about.kind, about.label), **detail)
        row = tx.one(BY_KEY, of_key=key)
    return _entry(tx, row)


def _subject(kind: str, label: str) -> str:
    """For the audit, which is kept for ever: never an address of somebody's."""
    return f"{kind} {label}" if kind in (CUSTOMER, "country") else kind


def _write(tx: Tx, about: Listed, by: str, key: str, at: datetime, until: datetime | None) -> None:
    customer = int(about.value) if about.kind == CUSTOMER else None
    value = None if about.kind == CUSTOMER else value_of(tx, about.kind, about.value)
    known = {"verdict": about.verdict, "kind": about.kind, "customer_id": customer, "value": value}
    label = tx.vault.seal(about.label[:LONGEST], bound_to(key))
    for _ in range(TRIES):  # another may put the same at this very moment: the later one stands
        if customer is not None:
            tx.changed(END_OF_CUSTOMER, of_customer=customer, now=tx.now, by=by)
        else:
            tx.changed(END_OF_VALUE, of_kind=about.kind, of_value=value, now=tx.now, by=by)
        about_it = {"why": about.why[:LONGEST], "by_whom": by, "at": at, "until": until}
        if tx.changed(PUT, key=key, label=label, **known, **about_it):
            return
    raise NoRow(f"listing {key} found no place")


def end(tx: Tx, listing: int, person: str) -> bool:
    """It counts no more. False if it had ended. Raises NotStaff, NotAllowed."""
    staff.may(tx, person, Right.BLOCK)
    found = one(tx, listing)
    if found is None or not tx.changed(END, listing=listing, now=tx.now, by=person):
        return False
    audit.write(tx, person, "unlist", _subject(found.kind, found.label), verdict=found.verdict)
    return True


def follow(tx: Tx, leaving: Sequence[Account], staying: Sequence[Account]) -> None:
    """Accounts part: a block that was made while they were one goes with both, or parting would be a way out of it.

    Of several the one that lasts longest. What was made before stays with the account it was made for, and so does
    every pass.
    """
    parts = [sorted(each.began_as for each in part) for part in (leaving, staying)]
    since = max(min(each.since or tx.now for each in part) for part in (leaving, staying))
    numbers = [each.began_as for each in (*leaving, *staying)]
    rows = [row for number in numbers for row in tx.all(OF_CUSTOMER, customer=number, moment=tx.now)]
    blocks = {row.id: row for row in rows if row.verdict == "block"}.values()
    longest = max((row for row in blocks if row.at >= since), key=_ends, default=None)
    for part in parts:
        there = max((_ends(row) for row in blocks if row.customer_id in part), default=tx.now)
        if longest and there < _ends(longest):
            label = tx.vault.open(longest.label, bound_to(longest.key)).reveal()
            about = Listed("block", CUSTOMER, part[0], label, longest.why)
            key = f"{longest.id} goes with {part[0]} {tx.now.isoformat()}"
            _write(tx, about, longest.by_whom, key, tx.now, longest.until)


def _ends(row: AnyRow) -> datetime:
    return row.until or FOREVER
