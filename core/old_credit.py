"""What members of the shop that was moved from had as a balance: held for them in the books until they claim it.

By a link that works once, or by the same e-mail address proved here. Its token is stored nowhere. In the ledger it
stands in an account of its own ("held:7") against "migrated", and at the claim goes over to the customer's credit.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite just as well

from core import contacts, customers, emails, ledger, links
from core.customers import Person
from core.ground import audit
from core.ground.columns import UTC, BigId, Digest, Sealed, metadata, whole
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.money import Money
from core.ground.tx import AnyRow
from core.ground.vault import Secret
from core.moved import Source
from core.old_shops import OldMember

MARK = 20  # bytes that nobody guesses
AGAINST = "migrated"  # the ledger's account that opening entries stand against

old_credits = Table(
    "old_credits",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("shop", String(20), nullable=False),
    Column("source", String(32), nullable=False),  # as in core/moved.py
    Column("member", String(120), nullable=False),  # their number there
    Column("sealed", Sealed, nullable=False),  # name, e-mail and phone as they stand there
    Column("mailbox", Digest),  # of the address, as core/contacts.py has it
    Column("fingerprint", Digest, nullable=False, unique=True),  # of the link's token
    Column("amount", BigId, nullable=False),  # minor units of currency
    Column("currency", String(10), nullable=False),
    Column("posted", Integer, nullable=False),  # how often the books were changed for it
    Column("state", String(8), nullable=False),
    Column("claimed_by", String(160), ForeignKey("people.id")),
    Column("at", UTC, nullable=False),
    Column("claimed_at", UTC),
    Column("opened_at", UTC),  # by the owner's word: nobody is told of it before
    UniqueConstraint("shop", "source", "member"),
    CheckConstraint("state IN ('waits', 'claimed')", name="state"),
    CheckConstraint("(state = 'claimed') = (claimed_by IS NOT NULL)", name="claimed"),
    CheckConstraint("(state = 'claimed') = (claimed_at IS NOT NULL)", name="claimed_at"),
    CheckConstraint("amount >= 0", name="amount"),
    Index("ix_old_credits_mailbox", "mailbox"),
)
guests = Table(  # to whom it was shown, because they had its link or the address: nobody else may claim it
    "old_credit_guests",
    metadata,
    Column("old_credit_id", BigId, ForeignKey("old_credits.id"), primary_key=True),
    Column("person_id", String(160), ForeignKey("people.id"), primary_key=True),
    Column("at", UTC, nullable=False),
)

KEEP = insert(old_credits)
OF = (old_credits.c.shop == bindparam("of_shop"), old_credits.c.source == bindparam("of_source"))
CLAIMABLE = (old_credits.c.state == "waits", old_credits.c.amount > 0, old_credits.c.opened_at.is_not(None))
OF_MEMBER = select(old_credits).where(*OF, old_credits.c.member == bindparam("of_member"))
LOCKED = OF_MEMBER.with_for_update()
ONE = select(old_credits).where(old_credits.c.id == bindparam("credit"))
BY_PRINT = select(old_credits).where(old_credits.c.fingerprint == bindparam("print"))
OF_MAILBOX = (
    select(old_credits).where(old_credits.c.mailbox == bindparam("mailbox"), *CLAIMABLE).order_by(old_credits.c.id)
)
WAITING = (
    select(old_credits)
    .where(*CLAIMABLE, old_credits.c.id > bindparam("after"))
    .order_by(old_credits.c.id)
    .limit(bindparam("most"))
)
CHANGE = (
    update(old_credits)
    .where(old_credits.c.id == bindparam("credit"), old_credits.c.state == "waits")
    .values(amount=bindparam("becomes"), posted=old_credits.c.posted + 1)
)
CLAIM = (
    update(old_credits)
    .where(old_credits.c.id == bindparam("credit"), *CLAIMABLE)
    .values(state="claimed", claimed_by=bindparam("person"), claimed_at=bindparam("moment"))
)
OPEN = update(old_credits).where(*OF, old_credits.c.opened_at.is_(None)).values(opened_at=bindparam("moment"))
WITH = (
    select(old_credits.c.id, old_credits.c.member)
    .where(*OF, old_credits.c.amount > 0, old_credits.c.id > bindparam("after"))
    .order_by(old_credits.c.id)
    .limit(bindparam("most"))
)
SUMS = select(func.count(), whole(func.sum(old_credits.c.amount))).where(*OF, old_credits.c.amount > 0)
CURRENCIES = select(old_credits.c.currency).where(old_credits.c.state == "claimed").distinct()
CLAIMERS = select(old_credits.c.id, old_credits.c.claimed_by).where(
    old_credits.c.id.in_(bindparam("among", expanding=True))
)
LET = insert(guests).on_conflict_do_nothing(index_elements=["old_credit_id", "person_id"])
IS_GUEST = select(guests.c.at).where(
    guests.c.old_credit_id == bindparam("credit"), guests.c.person_id == bindparam("person")
)


class CreditGone(ShopError):
    """No such credit, or none any more: it was claimed. It is the same for all."""


@dataclass(frozen=True)
class OldCredit:
    """A balance from the old shop. `person` is who claimed it."""

    id: int
    member: str
    total: Money
    person: str | None = None


@dataclass(frozen=True)
class Owner:
    """Who had it there, for whoever sends the links."""

    credit: OldCredit
    name: str
    email: str
    phone: str


def bound_to(shop: str, source: str, member: str) -> str:
    return f"member {member} of {shop} {source}"


def held(credit: int) -> str:
    """The ledger's account in which it waits."""
    return f"held:{credit}"


# Coming over


def bring(tx: Tx, source: Source, member: OldMember, currency: str) -> str:
    """A member's balance is held for them, in one posting. What changed there since changes here, until it is claimed.

    Banned: nothing is held for them. Returns new, changed, same, or claimed: it was, and stands otherwise there now.
    """
    amount = 0 if member.banned else max(member.balance, 0)
    row = tx.first(LOCKED, of_shop=source.shop, of_source=source.digest, of_member=member.id[:120])
    if row is None:
        return _new(tx, source, member, Money(amount, currency)) if amount else "same"
    if row.amount == amount:
        return "same"
    if not tx.changed(CHANGE, credit=row.id, becomes=amount):
        return "claimed"
    _post(tx, row.id, row.posted + 1, Money(amount - row.amount, row.currency))
    audit.write(tx, "command line", "move in credit", held(row.id), of=source.named, becomes=amount)
    return "changed"


def _new(tx: Tx, source: Source, member: OldMember, total: Money) -> str:
    who = json.dumps([member.name, member.email, member.phone], ensure_ascii=False)
    address = emails.found_in(member.email)
    made = tx.insert(
        KEEP,
        shop=source.shop,
        source=source.digest,
        member=member.id[:120],
        sealed=tx.vault.seal(who, bound_to(source.shop, source.digest, member.id[:120])),
        mailbox=tx.vault.fingerprint(emails.mailbox(address), "mailbox") if address else None,
        fingerprint=_print(tx, _token(tx, source.shop, source.digest, member.id[:120])),
        amount=total.amount,
        currency=total.currency,
        posted=1,
        state="waits",
        at=tx.now,
    )
    _post(tx, made, 1, total)
    audit.write(tx, "command line", "move in credit", held(made), of=source.named, amount=total.amount)
    return "new"


def _post(tx: Tx, credit: int, times: int, more: Money) -> None:
    came, went = (held(credit), AGAINST) if more.amount > 0 else (AGAINST, held(credit))
    ledger.post(tx, f"migrated {credit} {times}", Money(abs(more.amount), more.currency), came_from=came, went_to=went)


def members(tx: Tx, source: Source, after: int, most: int) -> list[tuple[int, str]]:
    """Of whom there is a balance here, claimed or not: its number and theirs, so many after that one."""
    about = {"of_shop": source.shop, "of_source": source.digest}
    return [(row.id, row.member) for row in tx.all(WITH, **about, after=after, most=most)]


def open_up(tx: Tx, source: Source) -> int:
    """The owner has seen the report: what came over may be claimed. Returns how many that is new of."""
    many = tx.changed(OPEN, of_shop=source.shop, of_source=source.digest, moment=tx.now)
    if many:
        audit.write(tx, "command line", "open credits", source.named, count=many)
    return many


def sums(tx: Tx, source: Source) -> tuple[int, int]:
    """Of how many members there is a balance here, claimed or not, and how much."""
    many, total = tx.one(SUMS, of_shop=source.shop, of_source=source.digest)
    return many, total


# The links


def _token(tx: Tx, shop: str, source: str, member: str) -> str:
    drawn = tx.vault.fingerprint(bound_to(shop, source, member), "credit token")[:MARK]
    return base64.urlsafe_b64encode(drawn).decode().rstrip("=")


def _print(tx: Tx, token: str) -> bytes:
    return tx.vault.fingerprint(token, "credit")


def waiting(tx: Tx, after: int, most: int) -> list[tuple[Owner, Secret]]:
    """Those that nobody has claimed, so many after that one, each with what its link carries: for the owner to send."""
    found = []
    for row in tx.all(WAITING, after=after, most=most):
        plain = tx.vault.open(row.sealed, bound_to(row.shop, row.source, row.member)).reveal()
        link = Secret(links.to_credit(_token(tx, row.shop, row.source, row.member)))
        found.append((Owner(_credit(row), *json.loads(plain)), link))
    return found


# Claiming


def look(tx: Tx, payload: str, person: Person) -> OldCredit:
    """Somebody came by the link: from now on they may claim it. Raises CreditGone, but for who claimed it."""
    what = links.opened(payload)
    row = tx.first(BY_PRINT, print=_print(tx, what[1])) if what and what[0] == "credit" else None
    if row is None or (row.state != "waits" and row.claimed_by != person.id) or not (row.amount and row.opened_at):
        raise CreditGone()
    tx.changed(LET, old_credit_id=row.id, person_id=person.id, at=tx.now)
    return _credit(row)


def by_mail(tx: Tx, person: Person) -> list[OldCredit]:
    """Those of the address that this customer has proved: from now on they may claim them."""
    proved = tx.first(contacts.OF_CUSTOMER, customer=person.customer)
    rows = tx.all(OF_MAILBOX, mailbox=proved.fingerprint) if proved else []
    for row in rows:
        tx.changed(LET, old_credit_id=row.id, person_id=person.id, at=tx.now)
    return [_credit(row) for row in rows]


def claim(tx: Tx, credit: int, person: Person) -> OldCredit:
    """It becomes the customer's store credit, once. A repeat by the same person changes nothing.

    Raises CreditGone for who has not come by its link or address, and where somebody was first.
    """
    row = tx.first(ONE, credit=credit)
    if row is None or tx.first(IS_GUEST, credit=credit, person=person.id) is None:
        raise CreditGone()
    customers.lock(tx, person.customer)
    person = customers.person(tx, person.id)  # they may have been linked while we waited
    if tx.changed(CLAIM, credit=credit, person=person.id, moment=tx.now):
        row = tx.one(ONE, credit=credit)
        account = ledger.credit_of(person.customer, row.currency)
        ledger.post(tx, f"claimed {row.id}", _credit(row).total, came_from=account, went_to=held(row.id))
        audit.write(tx, person.id, "claim credit", held(row.id), amount=row.amount)
    row = tx.one(ONE, credit=credit)
    if row.claimed_by != person.id:
        raise CreditGone()
    return _credit(row)


def currencies(tx: Tx) -> list[str]:
    """Those in which somebody has claimed some."""
    return [row.currency for row in tx.all(CURRENCIES)]


def claimers(tx: Tx, among: Sequence[int]) -> dict[int, str]:
    """Who claimed these, by their number."""
    return {row.id: row.claimed_by for row in tx.all(CLAIMERS, among=list(among))} if among else {}


def _credit(row: AnyRow) -> OldCredit:
    return OldCredit(row.id, row.member, Money(row.amount, row.currency), row.claimed_by)
