"""Addresses that buyers gave to be reached at beside their chat, and proved. E-mail, so far.

Whoever gives an address is mailed a short code there and says it here: until then nothing else goes to it. The address
is sealed, and told apart by a keyed digest of its mailbox; staff see it masked.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    update,
)

from core import customers, emails, order_links
from core.customers import Person, people
from core.ground import outbox
from core.ground.columns import UTC, BigId, Digest, Sealed, metadata
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.tx import AnyRow
from core.ground.vault import Secret

VALID = timedelta(minutes=30)  # to say the code
GUESSES = 5  # wrong codes said of one that was mailed: with six digits, one in 200,000 is let in
A_DAY, OF_MAILBOX, AN_HOUR = 5, 3, 100  # codes mailed: for one customer, to one mailbox, of the whole shop
KEPT = timedelta(days=7)  # what nobody proved
LONGEST = 254  # characters of an address
DIGITS = 6
# As notifiers/email.py takes it. Letters beyond ASCII before the @ are let through by so few servers that they would
# only be refused later.
LOCAL = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.!#$%&'*+/=?^_`{|}~-")


class NoAddress(ShopError):
    """What was typed is no e-mail address that mail can be sent to."""


class TooManyMails(ShopError):
    """So many codes were mailed, for this buyer, to this mailbox or by the shop, that it has to wait. Facts: hours."""


class NoMail(ShopError):
    """This shop sends no mail."""


contacts = Table(
    "contacts",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(300), nullable=False, unique=True),  # the event in which it was given
    Column("person_id", String(160), ForeignKey("people.id"), nullable=False),
    Column("sealed", Sealed),  # the address; gone when it has ended
    Column("fingerprint", Digest, nullable=False),  # of its mailbox, whichever of its names was given
    Column("masked", String(300), nullable=False),
    Column("at", UTC, nullable=False),
    Column("until", UTC, nullable=False),  # the code is good
    Column("guesses", Integer, nullable=False),
    Column("said_in", String(300)),  # the last event in which a code was said
    Column("proved_at", UTC),
    Column("ended_at", UTC),
    CheckConstraint("guesses >= 0 AND guesses <= 5", name="guesses"),
    CheckConstraint("(ended_at IS NULL) = (sealed IS NOT NULL)", name="ended"),
    Index("ix_contacts_person_id", "person_id", "at"),
    Index("ix_contacts_fingerprint", "fingerprint", "at"),
    Index("ix_contacts_at", "at"),
    Index(
        "uq_contacts_person_id_proved",
        "person_id",
        unique=True,
        sqlite_where=text("proved_at IS NOT NULL AND ended_at IS NULL"),
        postgresql_where=text("proved_at IS NOT NULL AND ended_at IS NULL"),
    ),
)
GIVE = insert(contacts)
ONE = select(contacts).where(contacts.c.id == bindparam("contact"))
BY_KEY = select(contacts).where(contacts.c.key == bindparam("of_key"))
GOOD = (contacts.c.proved_at.is_not(None), contacts.c.ended_at.is_(None))
OF_CUSTOMER = (
    select(contacts)
    .join(people, people.c.id == contacts.c.person_id)
    .where(people.c.customer_id == bindparam("customer"), *GOOD)
    .order_by(contacts.c.proved_at.desc(), contacts.c.id.desc())
)
ASKED = (contacts.c.proved_at.is_(None), contacts.c.ended_at.is_(None))
OPEN = (
    select(contacts).where(contacts.c.person_id == bindparam("person"), *ASKED).order_by(contacts.c.id.desc()).limit(1)
)
SAID_IN = select(contacts).where(contacts.c.person_id == bindparam("person"), contacts.c.said_in == bindparam("event"))
GUESS = (
    update(contacts)
    .where(contacts.c.id == bindparam("contact"), contacts.c.guesses < GUESSES)
    .values(guesses=contacts.c.guesses + 1, said_in=bindparam("event"))
)
PROVE = (
    update(contacts)
    .where(contacts.c.id == bindparam("contact"), contacts.c.guesses < GUESSES, *ASKED)
    .values(proved_at=bindparam("now"), said_in=bindparam("event"))
)
END = (
    update(contacts)
    .where(contacts.c.id == bindparam("contact"), contacts.c.ended_at.is_(None))
    .values(ended_at=bindparam("now"), sealed=None)
)
BY_BUYER = (
    select(func.count())
    .select_from(contacts.join(people, people.c.id == contacts.c.person_id))
    .where(people.c.customer_id == bindparam("customer"), contacts.c.at > bindparam("after"))
)
TO_MAILBOX = select(func.count()).where(
    contacts.c.fingerprint == bindparam("mailbox"), contacts.c.at > bindparam("after")
)
BY_SHOP = select(func.count()).select_from(contacts).where(contacts.c.at > bindparam("after"))
IN_TURN = select(func.pg_advisory_xact_lock(func.hashtextextended("addresses are given", 0)))
OLD = (
    select(contacts.c.id)
    .where(contacts.c.proved_at.is_(None), contacts.c.at < bindparam("before"))
    .limit(bindparam("most"))
)
FORGET = delete(contacts).where(contacts.c.id.in_(OLD.scalar_subquery()))


@dataclass(frozen=True)
class Contact:
    """An address somebody gave: masked, until it is opened to be sent to."""

    id: int
    person: str
    masked: str
    at: datetime
    until: datetime
    proved_at: datetime | None
    ended_at: datetime | None

    @property
    def good(self) -> bool:
        """Whether mail about orders may go there."""
        return self.proved_at is not None and self.ended_at is None


def by_mail(tx: Tx) -> bool:
    """Whether this shop reaches anybody by mail."""
    return "email" in (*tx.rules.reach, *tx.rules.also)


def bound_to(key: str) -> str:
    return f"contact {key}"


# Giving one


def give(tx: Tx, person: Person, typed: str, key: str) -> Contact:
    """Somebody gives an address, and a code is mailed there, which says that they read what comes to it.

    Once per key; what was given before and not proved ends. Raises NoMail, NoAddress, TooManyMails.
    """
    if not by_mail(tx):
        raise NoMail()
    known = tx.first(BY_KEY, of_key=key)
    if known is not None:
        return _contact(known)
    address = _normal(typed)
    print_ = tx.vault.fingerprint(emails.mailbox(address), "mailbox")
    _not_too_many(tx, person, print_)
    if before := tx.first(OPEN, person=person.id):
        end(tx, before.id)
    made = tx.insert(
        GIVE,
        key=key,
        person_id=person.id,
        sealed=tx.vault.seal(address, bound_to(key)),
        fingerprint=print_,
        masked=masked(address),
        at=tx.now,
        until=tx.now + VALID,
        guesses=0,
    )
    outbox.put(tx, "mail", f"mail proof {made}", via="email", what="proof", contact=made)
    return one(tx, made)


def _normal(typed: str) -> str:
    """The address as it is kept. Raises NoAddress."""
    found = emails.found_in(typed) if len(typed) <= LONGEST else None
    local, _, domain = (found or "").rpartition("@")
    try:
        there = domain.rstrip(".").encode("idna").decode("ascii")
    except UnicodeError:
        raise NoAddress() from None
    dots = ".." in f".{local}." or ".." in domain
    shaped = all(char.isalnum() or char in ".-" for char in domain) and unicodedata.is_normalized("NFC", domain)
    if not found or dots or not shaped or not LOCAL.issuperset(local) or len(local) + len(there) > LONGEST - 1:
        raise NoAddress()
    return f"{local}@{domain.rstrip('.')}"


def _not_too_many(tx: Tx, person: Person, mailbox: bytes) -> None:
    """Nobody fills somebody else's mailbox, however many accounts they make."""
    if tx.dialect == "postgresql":  # on SQLite everyone else waits anyway
        tx.one(IN_TURN)
    day, hour = tx.now - timedelta(days=1), tx.now - timedelta(hours=1)
    if tx.value(BY_BUYER, customer=person.customer, after=day) >= A_DAY:
        raise TooManyMails(hours=24)
    if tx.value(TO_MAILBOX, mailbox=mailbox, after=day) >= OF_MAILBOX:
        raise TooManyMails(hours=24)
    if tx.value(BY_SHOP, after=hour) >= AN_HOUR:
        raise TooManyMails(hours=1)


def masked(address: str) -> str:
    """ "l•••@example.org": enough to know one's own by."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"


# Proving it


def code(tx: Tx, contact: int) -> Secret:
    """The code that is mailed: worked out anew by the vault, stored nowhere."""
    row = tx.one(ONE, contact=contact)
    drawn = int.from_bytes(tx.vault.fingerprint(f"{row.id}\n{row.key}\n{row.at.isoformat()}", "mail code")[:8], "big")
    return Secret(f"{drawn % 10**DIGITS:0{DIGITS}}")


@dataclass(frozen=True)
class Proof:
    """What saying a code has led to: the address that is proved, or how many more may be said."""

    contact: Contact | None
    left: int = 0


def prove(tx: Tx, person: Person, typed: str, key: str) -> Proof:
    """Somebody says the code that was mailed to the address they gave last. Theirs from before ends then.

    A wrong one is counted, once per key; after so many, or too late, it takes another mail. A repeat finds what it did.
    """
    again = tx.first(SAID_IN, person=person.id, event=key)
    row = again or tx.first(OPEN, person=person.id)
    if again is not None and again.proved_at is not None:
        return Proof(_contact(again))
    if row is None or row.ended_at is not None or row.until <= tx.now or row.guesses >= GUESSES:
        return Proof(None)
    if again is None and _says(tx, row, typed):
        return Proof(_proved(tx, person, row, key))
    if again is None:
        tx.changed(GUESS, contact=row.id, event=key)
    return Proof(None, GUESSES - tx.one(ONE, contact=row.id).guesses)


def _says(tx: Tx, row: AnyRow, typed: str) -> bool:
    bare = "".join(unicodedata.normalize("NFKC", typed[:40]).replace("-", " ").split())
    return tx.vault.fingerprint(bare, "compare") == tx.vault.fingerprint(code(tx, row.id).reveal(), "compare")


def _proved(tx: Tx, person: Person, row: AnyRow, key: str) -> Contact:
    customers.lock(tx, person.customer)
    for before in tx.all(OF_CUSTOMER, customer=person.customer):
        end(tx, before.id)
    tx.changed(PROVE, contact=row.id, now=tx.now, event=key)
    return one(tx, row.id)


# Having one


def one(tx: Tx, contact: int) -> Contact:
    """Raises LookupError for none."""
    return _contact(tx.one(ONE, contact=contact))


def of_customer(tx: Tx, customer: int) -> Contact | None:
    """Where a customer is reached by mail: the address that one of their accounts proved last."""
    row = tx.first(OF_CUSTOMER, customer=customer)
    return None if row is None else _contact(row)


def address(tx: Tx, contact: int) -> Secret | None:
    """The whole address, to send to; None when it has ended."""
    row = tx.one(ONE, contact=contact)
    return None if row.sealed is None else tx.vault.open(row.sealed, bound_to(row.key))


def remove(tx: Tx, person: Person) -> list[int]:
    """Whoever gave it takes it back: it is gone at once. Returns which there were; none for a repeat."""
    return [row.id for row in tx.all(OF_CUSTOMER, customer=person.customer) if end(tx, row.id)]


def end(tx: Tx, contact: int) -> bool:
    """Nothing goes to it any more, nobody can read it, no link that went there opens anything. False for a repeat."""
    if not tx.changed(END, contact=contact, now=tx.now):
        return False
    order_links.end(tx, contact)
    return True


def forget(tx: Tx, most: int) -> int:
    """What nobody proved goes. Returns how much that was."""
    return tx.changed(FORGET, before=tx.now - KEPT, most=most)


def _contact(row: AnyRow) -> Contact:
    return Contact(row.id, row.person_id, row.masked, row.at, row.until, row.proved_at, row.ended_at)
