"""Orders that were finished in the shop that was moved from: to look up and no more. No money and no grant follows.

Whoever knows the number and the password, or has proved the e-mail address that was given there, reads what was
delivered. It is sealed as one text; the password is kept as a keyed digest, and so is the address.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import unquote

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite just as well

from core import contacts, emails
from core.customers import Person
from core.ground.columns import UTC, BigId, Digest, Sealed, metadata, whole
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Choice, Fact, Message, OneTime, Words, words
from core.ground.money import Money
from core.ground.tx import AnyRow
from core.ground.vault import Secret
from core.moved import PIECE, Source
from core.old_shops import OldOrder

TRIES = 5  # wrong ones within SPAN: of one person, and about one number
SPAN = timedelta(hours=1)
LONGEST = 64  # characters of a number
AT_ONCE = 1200  # bytes of what was delivered in one message: the shortest chat takes 2,048 with all around
REWROTE = "acg-faka"  # this one kept what was typed in another spelling, for years

old_orders = Table(
    "old_orders",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("shop", String(20), nullable=False),
    Column("source", String(32), nullable=False),  # as in core/moved.py
    Column("number", String(LONGEST), nullable=False),
    Column("looked_up", String(LONGEST), nullable=False),  # the number, as tidy() has it
    Column("title", String(300), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("total", BigId, nullable=False),  # minor units of currency
    Column("currency", String(10), nullable=False),
    Column("placed_at", UTC, nullable=False),
    Column("paid_at", UTC),
    Column("rail", String(80), nullable=False),  # as people there called it
    Column("sealed", Sealed, nullable=False),  # what was delivered
    Column("password", Digest),
    Column("contact", Digest),  # of a mailbox, as core/contacts.py has it, or of what else was given
    UniqueConstraint("shop", "source", "number"),
    Index("ix_old_orders_looked_up", "looked_up"),
    Index("ix_old_orders_contact", "contact"),
)
tries = Table(
    "old_order_tries",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(300), nullable=False, unique=True),  # the event it was said in
    Column("person_id", String(160), ForeignKey("people.id"), nullable=False),
    Column("number", Digest, nullable=False),  # as it was typed, whether or not there is one
    Column("right", Boolean, nullable=False),
    Column("at", UTC, nullable=False),
    Index("ix_old_order_tries_person_id", "person_id", "at"),
    Index("ix_old_order_tries_number", "number", "at"),
    Index("ix_old_order_tries_at", "at"),
)
readers = Table(  # who has shown that it is theirs
    "old_order_readers",
    metadata,
    Column("old_order_id", BigId, ForeignKey("old_orders.id"), primary_key=True),
    Column("person_id", String(160), ForeignKey("people.id"), primary_key=True),
    Column("at", UTC, nullable=False),
)

KEEP = insert(old_orders).on_conflict_do_nothing(index_elements=["shop", "source", "number"])
OF = (old_orders.c.shop == bindparam("of_shop"), old_orders.c.source == bindparam("of_source"))
KNOWN = select(old_orders.c.number).where(*OF, old_orders.c.number.in_(bindparam("numbers", expanding=True)))
SUMS = select(func.count(), whole(func.sum(old_orders.c.total))).where(*OF)
NUMBERED = select(old_orders).where(old_orders.c.looked_up.in_(bindparam("numbers", expanding=True)))
LATEST = NUMBERED.order_by(old_orders.c.id.desc()).limit(1)
ONE = select(old_orders).where(old_orders.c.id == bindparam("old_order"))
OF_MAILBOX = (
    select(old_orders)
    .where(old_orders.c.contact == bindparam("mailbox"))
    .order_by(old_orders.c.placed_at.desc(), old_orders.c.id.desc())
    .limit(bindparam("most"))
)
READ_BY = (
    select(old_orders)
    .join(readers)
    .where(readers.c.person_id == bindparam("person"))
    .order_by(old_orders.c.placed_at.desc(), old_orders.c.id.desc())
    .limit(bindparam("most"))
)
READS = select(readers.c.at).where(
    readers.c.old_order_id == bindparam("old_order"), readers.c.person_id == bindparam("person")
)
LET = insert(readers).on_conflict_do_nothing(index_elements=["old_order_id", "person_id"])
TRY = insert(tries)
TRIED = select(tries).where(tries.c.key == bindparam("of_key"))
BY_PERSON = select(func.count()).where(
    tries.c.at > bindparam("after"), tries.c.right.is_(False), tries.c.person_id == bindparam("person")
)
BY_NUMBER = select(func.count()).where(
    tries.c.at > bindparam("after"), tries.c.right.is_(False), tries.c.number == bindparam("print")
)
IN_TURN = select(func.pg_advisory_xact_lock(func.hashtextextended("old orders are looked up", 0)))
OLD = select(tries.c.id).where(tries.c.at < bindparam("before")).limit(bindparam("most"))
FORGET = delete(tries).where(tries.c.id.in_(OLD.scalar_subquery()))


class TooManyTries(ShopError):
    """So many wrong ones were said, by this person or about this number, that it has to wait. Facts: most."""


@dataclass(frozen=True)
class Kept:
    """An order of the old shop, as it is looked up."""

    id: int
    number: str
    title: str
    quantity: int
    total: Money
    placed_at: datetime
    paid_at: datetime | None
    rail: str


def bound_to(shop: str, source: str, number: str) -> str:
    return f"order {number} of {shop} {source}"


# Coming over


def keep(tx: Tx, source: Source, found: Sequence[OldOrder]) -> int:
    """Some orders come over; returns how many are new. A repeat changes nothing."""
    there = known(tx, source, [each.number for each in found])
    fresh = {each.number: each for each in found if each.number not in there}
    tx.many(KEEP, [_row(tx, source, each) for each in fresh.values()])
    return len(fresh)


def known(tx: Tx, source: Source, numbers: Sequence[str]) -> set[str]:
    """Which of these have come over."""
    about = {"of_shop": source.shop, "of_source": source.digest}
    parts = (list(numbers[at : at + PIECE]) for at in range(0, len(numbers), PIECE))
    return {row.number for part in parts for row in tx.all(KNOWN, **about, numbers=part)}


def sums(tx: Tx, source: Source) -> tuple[int, int]:
    """How many have come over, and what they came to."""
    many, total = tx.one(SUMS, of_shop=source.shop, of_source=source.digest)
    return many, total


def _row(tx: Tx, source: Source, old: OldOrder) -> dict[str, object]:
    return {
        "shop": source.shop,
        "source": source.digest,
        "number": old.number[:LONGEST],
        "looked_up": tidy(old.number),
        "title": old.title[:300],
        "quantity": old.quantity,
        "total": old.total,
        "currency": old.currency,
        "placed_at": old.at,
        "paid_at": old.paid_at,
        "rail": old.rail[:80],
        "sealed": tx.vault.seal(old.text, bound_to(source.shop, source.digest, old.number[:LONGEST])),
        "password": _password(tx, old.password.reveal()) if old.password and old.password.reveal() else None,
        "contact": reached_at(tx, old.contact) if old.contact.strip() else None,
    }


def _password(tx: Tx, typed: str) -> bytes:
    return tx.vault.fingerprint(typed, "old password")


def reached_at(tx: Tx, contact: str) -> bytes:
    """The digest of an address, the same as of a proved one of that mailbox; of a number, of its digits."""
    if address := emails.found_in(contact):
        return tx.vault.fingerprint(emails.mailbox(address), "mailbox")
    return tx.vault.fingerprint("".join(contact.split()), "old contact")


# Looking one up


def look_up(tx: Tx, person: Person, number: str, password: str, key: str) -> Kept | None:
    """The order of that number, for who says its password too; None for a wrong number and a wrong password alike.

    From then on they read it. A wrong one is counted, once per key. Raises TooManyTries.
    """
    _in_turn(tx)
    number = tidy(number)
    if before := tx.first(TRIED, of_key=key):
        return next((_kept(row) for row in _numbered(tx, number) if before.right and reads(tx, row.id, person)), None)
    print_ = tx.vault.fingerprint(number, "old order")
    _not_too_many(tx, person, print_)
    found = next((row for row in _numbered(tx, number) if _says(tx, row, password)), None)
    tx.changed(TRY, key=key, person_id=person.id, number=print_, right=found is not None, at=tx.now)
    return None if found is None else _let_in(tx, found, person)


def tidy(number: str) -> str:
    """What numbers are compared by, however they were typed, here or there."""
    return "".join(unicodedata.normalize("NFKC", number).split()).upper()[:LONGEST]


def _in_turn(tx: Tx) -> None:
    """Two at once would both be the fifth."""
    if tx.dialect == "postgresql":  # on SQLite everyone else waits anyway
        tx.one(IN_TURN)


def _not_too_many(tx: Tx, person: Person, print_: bytes) -> None:
    after = tx.now - SPAN
    by_person = tx.value(BY_PERSON, person=person.id, after=after)
    if max(by_person, tx.value(BY_NUMBER, print=print_, after=after)) >= TRIES:
        raise TooManyTries(most=TRIES)


def _numbered(tx: Tx, number: str) -> list[AnyRow]:
    return tx.all(NUMBERED, numbers=[number])


def _says(tx: Tx, row: AnyRow, typed: str) -> bool:
    return row.password is not None and row.password in {_password(tx, each) for each in spellings(row.shop, typed)}


def spellings(shop: str, typed: str) -> Iterable[str]:
    """How the old shop may have kept what somebody typed."""
    bare = typed.strip()
    if shop != REWROTE:
        return {typed, bare}
    once = unquote(bare)
    return {typed, bare, once, *(html.escape(each, quote=quote) for each in (bare, once) for quote in (True, False))}


def _let_in(tx: Tx, row: AnyRow, person: Person) -> Kept:
    tx.changed(LET, old_order_id=row.id, person_id=person.id, at=tx.now)
    return _kept(row)


def by_mail(tx: Tx, person: Person, most: int) -> list[Kept]:
    """Those in which the address stands that this customer has proved: from now on they read them."""
    proved = tx.first(contacts.OF_CUSTOMER, customer=person.customer)
    rows = tx.all(OF_MAILBOX, mailbox=proved.fingerprint, most=most) if proved else []
    return [_let_in(tx, row, person) for row in rows]


def read_by(tx: Tx, person: Person, most: int) -> list[Kept]:
    """What this person has shown to be theirs, the newest first."""
    return [_kept(row) for row in tx.all(READ_BY, person=person.id, most=most)]


def reads(tx: Tx, old_order: int, person: Person) -> bool:
    return tx.first(READS, old_order=old_order, person=person.id) is not None


def own(tx: Tx, old_order: int, person: Person) -> Kept:
    """One they have shown to be theirs. Raises LookupError for others'."""
    if not reads(tx, old_order, person):
        raise LookupError(f"old order {old_order} is not {person.id}'s")
    return _kept(tx.one(ONE, old_order=old_order))


def text(tx: Tx, old_order: int, reader: str, piece: int = 0) -> Secret | None:
    """A piece of what was delivered, for who has shown that it is theirs; None for others."""
    if tx.first(READS, old_order=old_order, person=reader) is None:
        return None
    found = pieces(opened(tx, old_order))
    return found[piece] if piece < len(found) else None


def opened(tx: Tx, old_order: int) -> Secret:
    """What was delivered. Only for whoever may look at it: see core/reveals.py."""
    row = tx.one(ONE, old_order=old_order)
    return tx.vault.open(row.sealed, bound_to(row.shop, row.source, row.number))


def pieces(whole: Secret) -> list[Secret]:
    """What fits a message each, in every chat: whole lines, but for a line that is longer by itself."""
    made = [""]
    for line in whole.reveal().split("\n"):
        for part in _parts(line):
            together = f"{made[-1]}\n{part}" if made[-1] else part
            made = [*made[:-1], together] if len(together.encode()) <= AT_ONCE else [*made, part]
    return [Secret(piece) for piece in made]


def _parts(line: str) -> Iterable[str]:
    size = AT_ONCE // 4  # characters, of four bytes at most
    return [line[at : at + size] for at in range(0, len(line), size)] if len(line.encode()) > AT_ONCE else [line]


def numbered(tx: Tx, said: str) -> list[Kept]:
    """For staff: those of that number, without what was delivered."""
    return [_kept(row) for row in _numbered(tx, tidy(said))] if len(said) <= LONGEST else []


def for_staff(tx: Tx, said: str) -> Kept | None:
    """One of that number, the one that came over last; "#17" is ours and says which."""
    bare = said.removeprefix("#")
    if bare != said:
        by_id = bare.isascii() and bare.isdigit() and len(bare) < 15
        row = tx.first(ONE, old_order=int(bare)) if by_id else None
    else:
        row = tx.first(LATEST, numbers=[tidy(said)])
    return _kept(row) if row else None


def forget(tx: Tx, most: int) -> int:
    """What was tried long ago goes. Returns how much."""
    return tx.changed(FORGET, before=tx.now - SPAN, most=most)


def _kept(row: AnyRow) -> Kept:
    total = Money(row.total, row.currency)
    return Kept(row.id, row.number, row.title, row.quantity, total, row.placed_at, row.paid_at, row.rail)


# Showing one


def facts(kept: Kept) -> dict[str, Fact]:
    return {
        "number": kept.number,
        "title": kept.title,
        "n": kept.quantity,
        "amount": kept.total,
        "time": kept.placed_at,
        "rail": kept.rail or "-",
    }


def to_staff(kept: Kept) -> Words:
    """What it was, to staff: never what was delivered."""
    return words("staff-old-order", **facts(kept))


def card(tx: Tx, kept: Kept, page: int = 1) -> Message:
    """What it was, and what was delivered, to who has shown that it is theirs: page by page where it is long."""
    pages = len(pieces(opened(tx, kept.id)))
    page = min(max(page, 1), pages)
    delivered = words("old-order-text", text=OneTime("old", kept.id, piece=page - 1))
    of = (words("old-order-page", page=page, pages=pages),) if pages > 1 else ()
    older = (Choice(words("choose-next-page"), f"oldone {kept.id} {page + 1}"),) if page < pages else ()
    newer = (Choice(words("choose-page-before"), f"oldone {kept.id} {page - 1}"),) if page > 1 else ()
    return Message((words("old-order", **facts(kept)), delivered, *of, words("old-order-ends")), (*older, *newer))
