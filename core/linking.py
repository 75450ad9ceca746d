"""One person, several accounts: linked to one customer by a one-time code, and parted again when that was wrong.

One account asks for a code, the other says it and confirms; every other account of both is told, with the way back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Column, ForeignKey, Index, String, Table, bindparam, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_new  # its ON CONFLICT compiles for SQLite just as well

from core import cards, customers, kin, listings, staff
from core.authority import Right
from core.customers import Person
from core.ground import audit
from core.ground.columns import UTC, BigId, Digest, Json, metadata
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.ids import CROCKFORD
from core.ground.messages import Choice, Message, Words, words
from core.ground.vault import Secret
from core.ground.words import known as has_sentence
from core.kin import Account

VALID = timedelta(minutes=10)  # from the asking to the confirming
RENEWED = timedelta(minutes=3)  # a code that is good for less is not shown again: there is another
CODES, GUESSES = 10, 5  # codes asked for within a day, and wrong ones said within an hour, by one account
MOST = 5  # accounts of one customer
READ = str.maketrans("OIL", "011", "- ")  # as people copy a code: no letter that looks like another is in it


class TooManyCodes(ShopError):
    """This account has asked for so many codes, or said so many wrong ones, that it must wait. Facts: hours."""


class LinkCodeOver(ShopError):
    """The code was used meanwhile, or its time is over: another one is needed."""


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
    Column("used_at", UTC),
    Index("ix_link_codes_person_id", "person_id", "at"),
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
links = Table(
    "links",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(300), nullable=False, unique=True),
    Column("asked_by", String(160), ForeignKey("people.id"), nullable=False),
    Column("said_by", String(160), ForeignKey("people.id"), nullable=False),
    Column("came", Json, nullable=False),  # the accounts that were the other customer's: who goes if it was wrong
    Column("at", UTC, nullable=False),
)

NEW_CODE = insert_new(link_codes).on_conflict_do_nothing(index_elements=["key"])
ONE = select(link_codes).where(link_codes.c.id == bindparam("code"))
BY_KEY = select(link_codes.c.id).where(link_codes.c.key == bindparam("of_key"))
GOOD = (link_codes.c.used_at.is_(None), link_codes.c.expires_at > bindparam("now"))
SHOWN = (
    select(link_codes.c.id)
    .where(
        link_codes.c.person_id == bindparam("person"),
        link_codes.c.said_by.is_(None),
        link_codes.c.used_at.is_(None),
        link_codes.c.expires_at > bindparam("for_long"),
    )
    .order_by(link_codes.c.id.desc())
    .limit(1)
)
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
USE = (
    update(link_codes)
    .where(link_codes.c.id == bindparam("code"), link_codes.c.said_by == bindparam("person"), *GOOD)
    .values(used_at=bindparam("now"))
)
ASKED = select(func.count()).where(link_codes.c.person_id == bindparam("person"), link_codes.c.at > bindparam("after"))
GUESSED = select(func.count()).where(
    link_guesses.c.person_id == bindparam("person"), link_guesses.c.at > bindparam("after")
)
GUESS = insert_new(link_guesses).on_conflict_do_nothing(index_elements=["key"])
LINK = insert(links)
LINK_BY_KEY = select(links).where(links.c.key == bindparam("of_key"))
ONE_LINK = select(links).where(links.c.id == bindparam("link"))


@dataclass(frozen=True)
class Offer:
    """A code that was said: what it would link with."""

    code: int
    account: Account


@dataclass(frozen=True)
class Code:
    id: int
    expires_at: datetime


# The code


def ask(tx: Tx, person: Person, key: str) -> Code:
    """A code by which another account can be linked with this one, once, within minutes; only its digest is kept.

    While one is good it is the same. Once per key. Raises NotToBeLinked, TooManyCodes.
    """
    _must_be_a_buyer(tx, person.id)
    found = tx.value(BY_KEY, of_key=key) or tx.value(SHOWN, person=person.id, for_long=tx.now + RENEWED)
    if found is None:
        _not_too_many(tx.value(ASKED, person=person.id, after=tx.now - timedelta(days=1)), CODES, hours=24)
        digest = _print(tx, _code(tx, person.id, key))
        times = {"at": tx.now, "expires_at": tx.now + VALID}
        tx.changed(NEW_CODE, key=key, person_id=person.id, fingerprint=digest, **times)
        found = tx.value(BY_KEY, of_key=key)
    return Code(found, tx.one(ONE, code=found).expires_at)


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
    _must_be_a_buyer(tx, person.id)
    _not_too_many(tx.value(GUESSED, person=person.id, after=tx.now - timedelta(hours=1)), GUESSES, hours=1)
    found = tx.first(BY_PRINT, print=_print(tx, typed), now=tx.now)
    if found and found.person_id == person.id:
        raise SaidInTheSameChat()
    if found is None or not tx.changed(SAY, code=found.id, person=person.id, now=tx.now):
        tx.changed(GUESS, key=key, person_id=person.id, at=tx.now)
        return None
    company = kin.company(tx, customers.person(tx, found.person_id).customer)
    return Offer(found.id, next(one for one in company if one.person == found.person_id))


def _not_too_many(many: int, most: int, hours: int) -> None:
    if many >= most:
        raise TooManyCodes(hours=hours)


def _must_be_a_buyer(tx: Tx, person_id: str) -> None:
    if staff.is_staff(tx, person_id):
        raise NotToBeLinked()


# Linking


def link(tx: Tx, code: int, person_id: str, key: str) -> Account:
    """Whoever said the code confirms: both accounts are one customer's from now on. Returns the other account.

    Once per key. Every account but this one is told. Raises NotToBeLinked, LinkCodeOver, LinkedAlready,
    TooManyAccounts.
    """
    asker = tx.one(ONE, code=code).person_id
    one, other = kin.locked(tx, asker, person_id)
    found = next(each for each in one if each.person == asker)
    if tx.first(LINK_BY_KEY, of_key=key):
        return found
    for each in (asker, person_id):
        _must_be_a_buyer(tx, each)
    if not tx.changed(USE, code=code, person=person_id, now=tx.now):
        raise LinkCodeOver()
    if one[0].customer == other[0].customer:
        raise LinkedAlready()
    if len(one) + len(other) > MOST:
        raise TooManyAccounts(most=MOST)
    came = [each.person for each in other]
    made = tx.insert(LINK, key=key, asked_by=asker, said_by=person_id, came=came, at=tx.now)
    kin.join(tx, one, other)
    audit.write(tx, person_id, "link accounts", asker, link=made)
    _tell_linked(tx, made, one, other, person_id)
    return found


def _tell_linked(tx: Tx, made: int, one: Sequence[Account], other: Sequence[Account], person_id: str) -> None:
    """So that whoever did not want it notices. The way back in the message stays good."""
    said = next(each for each in other if each.person == person_id)
    back = Choice(words("choose-not-me"), f"unlink {made}")
    told = Message(words("told-linked", name=called(said), chat=chat_of(said)), (back, cards.MY_ORDERS))
    for each in (*one, *other):
        if each.person != person_id:
            staff.say(tx, f"linked {made} {each.person}", each.person, told)


def called(account: Account) -> str:
    return account.name or cards.handle(account.person)


def chat_of(account: Account) -> Words | str:
    """The chat, as people call it."""
    key = f"chat-{account.chat.replace('_', '-')}"
    return words(key) if has_sentence(key) else account.chat


def others(tx: Tx, person: Person) -> list[Account]:
    """The accounts that are linked with this one."""
    return [each for each in kin.company(tx, person.customer) if each.person != person.id]


# Parting


def with_it(tx: Tx, person: Person, which: str) -> list[Account]:
    """Who goes if this is undone: what came by the link of that number, or the account of that name.

    Only as far as they are linked with this person at this moment; nobody else's are ever found.
    """
    company = kin.company(tx, person.customer)
    return _going(tx, company, which) if len(company) > 1 else []


def _going(tx: Tx, company: Sequence[Account], which: str) -> list[Account]:
    named = {which}
    if which.isascii() and which.isdigit() and len(which) < 15:
        row = tx.first(ONE_LINK, link=int(which))
        named = set(row.came) if row else set()
    going = [each for each in company if each.person in named]
    return going if len(going) < len(company) else []


def unlink(tx: Tx, person_id: str, which: str) -> bool:
    """A buyer parts from accounts that are linked with theirs, see with_it. False if there are none (any more).

    Orders go with the account that placed them, and credit as kin.part says. A repeat changes nothing.
    """
    company, *_ = kin.locked(tx, person_id)
    return _part(tx, company, _going(tx, company, which), person_id)


def unlink_for(tx: Tx, account: str, person: str) -> bool:
    """Staff part an account from all it was linked with, because the link was wrong. False if it is by itself.

    Raises NotStaff, NotAllowed.
    """
    staff.may(tx, person, Right.DECIDE)
    company, *_ = kin.locked(tx, account)
    return _part(tx, company, _going(tx, company, account), person)


def _part(tx: Tx, company: Sequence[Account], leaving: Sequence[Account], by: str) -> bool:
    staying = [each for each in company if each not in leaving]
    if not leaving or not staying:
        return False
    kin.part(tx, leaving, staying)
    listings.follow(tx, leaving, staying)
    names = [each.person for each in leaving]
    audit.write(tx, by, "unlink accounts", names[0], accounts=names)
    told = Message(words("told-unlinked"), (cards.MY_ORDERS, cards.HUMAN))
    for each in company:
        if each.person != by:
            staff.say(tx, f"unlinked {each.person} {tx.now.isoformat()}", each.person, told)
    return True
