"""One person, several accounts: a one-time code by which one of them may ask to be linked with another.

One account asks for a code, the other says it and confirms, and then the one that asked confirms too: a code read over
a shoulder links nothing. What becomes of the yes is core/joining.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    bindparam,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as insert_new  # its ON CONFLICT compiles for SQLite just as well

from core import cards, customers, kin, staff
from core.customers import Person
from core.ground.columns import UTC, BigId, Digest, metadata
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.ids import CROCKFORD
from core.ground.messages import Choice, Message, Words, words
from core.ground.tx import AnyRow
from core.ground.vault import Secret
from core.ground.words import known as has_sentence
from core.kin import Account

VALID = timedelta(minutes=10)  # to say a code, and to confirm that; then as long again for whoever asked for it
RENEWED = timedelta(minutes=3)  # a code that is good for less is not shown again: there is another
CODES, GUESSES = 10, 5  # codes asked for within a day, and wrong ones said within an hour, by one account
MOST = 5  # accounts of one customer
LINK_AGAIN = Choice(words("choose-link"), "link")
READ = str.maketrans("OIL", "011", "- ")  # as people copy a code: no letter that looks like another is in it


class TooManyCodes(ShopError):
    """This account has asked for so many codes, or said so many wrong ones, that it must wait. Facts: hours."""


class LinkCodeOver(ShopError):
    """The code was used or refused meanwhile, or its time is over: another one is needed."""


class SaidInTheSameChat(ShopError):
    """The code was asked for in this very chat: it is to be said in the other one."""


class LinkedAlready(ShopError):
    """Both accounts are one customer's."""


class TooManyAccounts(ShopError):
    """One customer can't have so many accounts. Facts: most."""


class NotToBeLinked(ShopError):
    """An account that somebody works from is no buyer's."""


link_codes = Table(
    "link_codes",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(300), nullable=False, unique=True),  # the event in which it was asked for
    Column("person_id", String(160), ForeignKey("people.id"), nullable=False),
    Column("fingerprint", Digest, nullable=False, unique=True),
    Column("at", UTC, nullable=False),
    Column("expires_at", UTC, nullable=False),
    Column("said_by", String(160), ForeignKey("people.id")),  # the first to say it: for anybody else it is wrong
    Column("sure_at", UTC),  # when they confirmed: from then on whoever asked for it is asked
    Column("used_at", UTC),  # when it was over, and how
    Column("outcome", String(8)),
    CheckConstraint("outcome IN ('linked', 'refused', 'lapsed', 'replaced')", name="outcome"),
    CheckConstraint("(used_at IS NULL) = (outcome IS NULL)", name="over"),
    Index("ix_link_codes_person_id", "person_id", "at"),
    Index(
        "uq_link_codes_person_id_open",
        "person_id",
        unique=True,
        sqlite_where=text("used_at IS NULL"),
        postgresql_where=text("used_at IS NULL"),
    ),
    Index(
        "ix_link_codes_asked",
        "expires_at",
        sqlite_where=text("used_at IS NULL AND sure_at IS NOT NULL"),
        postgresql_where=text("used_at IS NULL AND sure_at IS NOT NULL"),
    ),
)
link_guesses = Table(
    "link_guesses",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(300), nullable=False, unique=True),  # the event in which it was said
    Column("person_id", String(160), ForeignKey("people.id"), nullable=False),
    Column("at", UTC, nullable=False),
    Index("ix_link_guesses_person_id", "person_id", "at"),
)
NEW_CODE = insert_new(link_codes).on_conflict_do_nothing()  # two events of one account at once make one code
ONE = select(link_codes).where(link_codes.c.id == bindparam("code"))
BY_KEY = select(link_codes.c.id).where(link_codes.c.key == bindparam("of_key"))
GOOD = (link_codes.c.used_at.is_(None), link_codes.c.expires_at > bindparam("now"))
OPEN = select(link_codes).where(link_codes.c.person_id == bindparam("person"), link_codes.c.used_at.is_(None))
BY_PRINT = select(link_codes.c.id, link_codes.c.person_id).where(link_codes.c.fingerprint == bindparam("print"), *GOOD)
SAY = (
    update(link_codes)
    .where(
        link_codes.c.id == bindparam("code"),
        *GOOD,
        or_(link_codes.c.said_by.is_(None), link_codes.c.said_by == bindparam("person")),
    )
    .values(said_by=bindparam("person"))
)
SURE = (
    update(link_codes)
    .where(
        link_codes.c.id == bindparam("code"),
        link_codes.c.said_by == bindparam("person"),
        link_codes.c.sure_at.is_(None),
        *GOOD,
    )
    .values(sure_at=bindparam("now"), expires_at=bindparam("until"))
)
END = (
    update(link_codes)
    .where(link_codes.c.id == bindparam("code"), link_codes.c.used_at.is_(None))
    .values(used_at=bindparam("moment"), outcome=bindparam("how"))
)
LAPSED = (
    select(link_codes.c.id)
    .where(
        link_codes.c.used_at.is_(None), link_codes.c.sure_at.is_not(None), link_codes.c.expires_at <= bindparam("now")
    )
    .order_by(link_codes.c.expires_at)
    .limit(bindparam("most"))
)
ASKED = select(func.count()).where(link_codes.c.person_id == bindparam("person"), link_codes.c.at > bindparam("after"))
GUESSED = select(func.count()).where(
    link_guesses.c.person_id == bindparam("person"), link_guesses.c.at > bindparam("after")
)
GUESS = insert_new(link_guesses).on_conflict_do_nothing(index_elements=["key"])


@dataclass(frozen=True)
class Offer:
    """A code that was said: what it would link with."""

    code: int
    account: Account


@dataclass(frozen=True)
class Asked:
    """Whoever asked for the code is asked, until then: "Telegram account 'Lin' wants to join yours. Was that you?"

    `account` is the other one, whoever is looking.
    """

    code: int
    account: Account
    until: datetime


@dataclass(frozen=True)
class Code:
    id: int
    expires_at: datetime


# The code


def ask(tx: Tx, person: Person, key: str) -> Code:
    """A code by which another account can be linked with this one, once, within minutes; only its digest is kept.

    While one is good, and nobody has said it, it is the same; a new one ends the one before, and whatever was asked
    by that. Once per key. Raises NotToBeLinked, TooManyCodes.
    """
    must_be_a_buyer(tx, person.id)
    found = tx.value(BY_KEY, of_key=key)
    if found is None:
        before = tx.first(OPEN, person=person.id)
        found = _still_shown(tx, before) or _new(tx, person, key, before)
    return Code(found, tx.one(ONE, code=found).expires_at)


def _still_shown(tx: Tx, row: AnyRow | None) -> int | None:
    return row.id if row and row.said_by is None and row.expires_at > tx.now + RENEWED else None


def _new(tx: Tx, person: Person, key: str, before: AnyRow | None) -> int:
    """Only what was seen not to be good any more is ended: what another event has made meanwhile is taken instead."""
    _not_too_many(tx.value(ASKED, person=person.id, after=tx.now - timedelta(days=1)), CODES, hours=24)
    if before:
        _end(tx, before, "replaced")
    digest = _print(tx, _code(tx, person.id, key))
    times = {"at": tx.now, "expires_at": tx.now + VALID}
    tx.changed(NEW_CODE, key=key, person_id=person.id, fingerprint=digest, **times)
    return tx.value(BY_KEY, of_key=key) or tx.one(OPEN, person=person.id).id


def shown(tx: Tx, code: int, reader: str) -> Secret | None:
    """The code itself, worked out anew for whoever asked for it, as long as it is good. Raises LookupError."""
    row = tx.one(ONE, code=code)
    if row.person_id != reader:
        raise LookupError(f"code {code} is not {reader}'s")
    return Secret(_code(tx, reader, row.key)) if row.used_at is None and row.expires_at > tx.now else None


def _code(tx: Tx, person_id: str, key: str) -> str:
    """40 bits that nobody guesses in ten minutes with five tries an hour."""
    drawn = int.from_bytes(tx.vault.fingerprint(f"{person_id}\n{key}", "link code")[:5], "big")
    letters = "".join(CROCKFORD[drawn >> shift & 31] for shift in range(35, -1, -5))
    return f"{letters[:4]}-{letters[4:]}"


def _print(tx: Tx, typed: str) -> bytes:
    return tx.vault.fingerprint(typed.upper().translate(READ), "link")


def is_code(typed: str) -> bool:
    """Whether this looks like one."""
    bare = typed.upper().translate(READ)
    return len(bare) == 8 and all(letter in CROCKFORD for letter in bare)


def say(tx: Tx, person: Person, typed: str, key: str) -> Offer | None:
    """This account says a code: what it would be linked with. None for a wrong, used or old one, which is counted.

    Nothing is linked by it yet. A repeat of the key is no second guess. Raises NotToBeLinked, TooManyCodes,
    SaidInTheSameChat.
    """
    must_be_a_buyer(tx, person.id)
    _not_too_many(tx.value(GUESSED, person=person.id, after=tx.now - timedelta(hours=1)), GUESSES, hours=1)
    found = tx.first(BY_PRINT, print=_print(tx, typed), now=tx.now)
    if found and found.person_id == person.id:
        raise SaidInTheSameChat()
    if found is None or not tx.changed(SAY, code=found.id, person=person.id, now=tx.now):
        tx.changed(GUESS, key=key, person_id=person.id, at=tx.now)
        return None
    return Offer(found.id, account(tx, found.person_id))


def account(tx: Tx, person_id: str) -> Account:
    company = kin.company(tx, customers.person(tx, person_id).customer)
    return next(one for one in company if one.person == person_id)


def _not_too_many(many: int, most: int, hours: int) -> None:
    if many >= most:
        raise TooManyCodes(hours=hours)


def must_be_a_buyer(tx: Tx, person_id: str) -> None:
    if staff.is_staff(tx, person_id):
        raise NotToBeLinked()


# Linking


def confirm(tx: Tx, code: int, person_id: str) -> Asked:
    """Whoever said the code confirms: now whoever asked for it is asked, and nothing is linked until they say yes.

    A repeat asks nobody again. Raises NotToBeLinked, LinkCodeOver, LinkedAlready, TooManyAccounts.
    """
    asker = tx.one(ONE, code=code).person_id
    one, other = (kin.company(tx, customers.person(tx, each).customer) for each in (asker, person_id))
    must_fit(tx, one, other, asker, person_id)
    if tx.changed(SURE, code=code, person=person_id, now=tx.now, until=tx.now + VALID):
        said = next(each for each in other if each.person == person_id)
        staff.say(tx, f"link asked {code}", asker, question(Asked(code, said, tx.now + VALID)))
    row = tx.one(ONE, code=code)
    if row.said_by != person_id or row.sure_at is None or not _is_good(tx, row):
        raise LinkCodeOver()
    return Asked(code, next(each for each in one if each.person == asker), row.expires_at)


def _is_good(tx: Tx, row: AnyRow) -> bool:
    return row.used_at is None and row.expires_at > tx.now


def must_fit(tx: Tx, one: Sequence[Account], other: Sequence[Account], *persons: str) -> None:
    for each in persons:
        must_be_a_buyer(tx, each)
    if one[0].customer == other[0].customer:
        raise LinkedAlready()
    if len(one) + len(other) > MOST:
        raise TooManyAccounts(most=MOST)


def question(asked: Asked) -> Message:
    """What whoever asked for the code is asked."""
    yes = Choice(words("choose-let-in"), f"letin {asked.code}", acts=True, main=True)
    no = Choice(words("choose-keep-out"), f"keepout {asked.code}", acts=True)
    about = {"name": called(asked.account), "chat": chat_of(asked.account), "time": asked.until}
    return Message(words("link-asked", **about), (yes, no))


def asked(tx: Tx, person_id: str) -> Asked | None:
    """What this account is asked and has not answered yet."""
    row = tx.first(OPEN, person=person_id)
    if row is None or row.sure_at is None or not _is_good(tx, row):
        return None
    return Asked(row.id, account(tx, row.said_by), row.expires_at)


def lapsed(tx: Tx, most: int = 50) -> list[int]:
    """Codes by which somebody was asked who has not answered in time."""
    return [row.id for row in tx.all(LAPSED, now=tx.now, most=most)]


def lapse(tx: Tx, code: int) -> None:
    """Nobody answered in time: nothing is linked, and both are told. Once; what was answered changes no more."""
    row = tx.one(ONE, code=code)
    if row.sure_at is not None and row.expires_at <= tx.now and _end(tx, row, "lapsed"):
        _tell_over(tx, row, row.person_id, row.said_by)


def _end(tx: Tx, row: AnyRow, how: str) -> bool:
    """An open code is over; if somebody was asked by it, whoever said it is told. False if it was over."""
    ended = bool(tx.changed(END, code=row.id, moment=tx.now, how=how))
    if ended and row.sure_at is not None:
        _tell_over(tx, row, row.said_by, row.person_id)
    return ended


def _tell_over(tx: Tx, row: AnyRow, person_id: str, about: str) -> None:
    other = account(tx, about)
    told = words("told-link-lapsed", name=called(other), chat=chat_of(other))
    staff.say(tx, f"link over {row.id} {person_id}", person_id, Message(told, (LINK_AGAIN, cards.MY_ORDERS)))


def called(account: Account) -> str:
    return account.name or cards.handle(account.person)


def chat_of(account: Account) -> Words | str:
    """The chat, as people call it."""
    key = f"chat-{account.chat.replace('_', '-')}"
    return words(key) if has_sentence(key) else account.chat


def others(tx: Tx, person: Person) -> list[Account]:
    """The accounts that are linked with this one."""
    return [each for each in kin.company(tx, person.customer) if each.person != person.id]
