"""Customers, and the accounts they talk to us from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Column, ForeignKey, Index, String, Table, bindparam, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_new  # its ON CONFLICT compiles for SQLite just as well

from core.ground.columns import UTC, BigId, Json, metadata
from core.ground.db import Tx
from core.ground.words import Hearer, spoken_here

ELSEWHERE_CHAT = "elsewhere"  # of those to whom staff sell by hand: nothing is ever said there

customers = Table(
    "customers",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("since", UTC, nullable=False),
)
people = Table(
    "people",
    metadata,
    Column("id", String(160), primary_key=True),  # "telegram:1", "browser:k3…": the chat, and the account in it
    Column("customer_id", BigId, ForeignKey("customers.id"), nullable=False),
    Column("chat", String(40), nullable=False),
    Column("address", String(120), nullable=False),
    Column("name", String(120), nullable=False),
    Column("locale", String(10), nullable=False),
    Column("zone", String(60)),
    Column("handle", String(64)),  # what others call them by in the chat, without the @, in lower case
    Column("since", UTC, nullable=False),
    Column("unreachable_since", UTC),
    # The conversation's progress: one step at a time, held by a lease.
    Column("talk", Json),
    Column("offered", Json),  # the choices last shown, so that "1" means what was last offered
    Column("busy_with", String(200)),
    Column("busy_until", UTC),
    Index("ix_people_customer_id", "customer_id"),
    Index("ix_people_handle", "handle"),
)


@dataclass(frozen=True)
class Person:
    """An account in a chat."""

    id: str
    customer: int
    chat: str
    address: str
    name: str
    locale: str
    zone: str | None
    handle: str | None = None

    def hears(self, tx: Tx) -> Hearer:
        """How sentences are made for this person."""
        zone = ZoneInfo(self.zone) if self.zone else tx.rules.zone
        return Hearer(self.locale, tx.now, zone, zone_known=self.zone is not None)


@dataclass(frozen=True)
class Progress:
    """Where a person's conversation stands, and what was last offered."""

    talk: Mapping[str, Any] | None
    offered: Sequence[Mapping[str, Any]]


PERSON = select(
    people.c.id,
    people.c.customer_id,
    people.c.chat,
    people.c.address,
    people.c.name,
    people.c.locale,
    people.c.zone,
    people.c.handle,
).where(people.c.id == bindparam("person"))
ARRIVE = insert_new(people).on_conflict_do_nothing(index_elements=["id"])
RENAME = (
    update(people)
    .where(people.c.id == bindparam("person"))
    .values(name=bindparam("called"), zone=bindparam("lives_in"), handle=bindparam("known_by"))
)
SPEAK = update(people).where(people.c.id == bindparam("person")).values(locale=bindparam("language"))
LOCK = select(customers.c.id).where(customers.c.id == bindparam("customer")).with_for_update()
TAKE_TURN = (
    update(people)
    .where(
        people.c.id == bindparam("person"),
        or_(
            people.c.busy_until.is_(None),
            people.c.busy_until <= bindparam("now"),
            people.c.busy_with == bindparam("event"),
        ),
    )
    .values(busy_with=bindparam("event"), busy_until=bindparam("until"), unreachable_since=None)
)
PROGRESS = select(people.c.talk, people.c.offered).where(people.c.id == bindparam("person"))
KEEP_TALK = (
    update(people)
    .where(people.c.id == bindparam("person"), people.c.busy_with == bindparam("event"))
    .values(talk=bindparam("progress"))
)
DROP_TALK = update(people).where(people.c.id == bindparam("person")).values(talk=None, offered=None)
END_TURN = (
    update(people)
    .where(people.c.id == bindparam("person"), people.c.busy_with == bindparam("event"))
    .values(busy_with=None, busy_until=None)
)
OFFER = update(people).where(people.c.id == bindparam("person")).values(offered=bindparam("choices"))
OFFER_BETWEEN = OFFER.where(people.c.talk.is_(None))
ELSEWHERE = select(people.c.id).where(
    people.c.customer_id == bindparam("customer"),
    people.c.id != bindparam("person"),
    people.c.unreachable_since.is_(None),
)
FOUND = (
    update(people)
    .where(people.c.id == bindparam("person"), people.c.unreachable_since.is_not(None))
    .values(unreachable_since=None)
)
LOST = update(people).where(people.c.id == bindparam("person")).values(unreachable_since=bindparam("at"))


def person(tx: Tx, person_id: str) -> Person:
    """An account we have met. Raises LookupError for one we haven't."""
    return Person(*tx.one(PERSON, person=person_id))


def is_known(tx: Tx, person_id: str) -> bool:
    return tx.first(PERSON, person=person_id) is not None


def is_elsewhere(person_id: str) -> bool:
    """Whether this is somebody whom staff sold to by hand, in a chat that isn't ours."""
    return person_id.startswith(f"{ELSEWHERE_CHAT}:")


def meet(
    tx: Tx, chat: str, address: str, name: str, locale: str | None, zone: str | None, handle: str | None = None
) -> Person:
    """The account that speaks, made with a customer of its own at its first word. Keeps what is known up to date."""
    person_id = f"{chat}:{address}"
    known = tx.first(PERSON, person=person_id)
    zone, handle = zone if _is_zone(zone) else None, handle.lower()[:64] if handle else None
    if known is None:
        customer = tx.insert(insert(customers), since=tx.now)
        tx.changed(
            ARRIVE,
            id=person_id,
            customer_id=customer,
            chat=chat,
            address=address,
            name=name[:120],
            locale=spoken_here(locale),
            zone=zone,
            handle=handle,
            since=tx.now,
        )
        return person(tx, person_id)
    now = ((name or known.name)[:120], zone or known.zone, handle or known.handle)
    if now != (known.name, known.zone, known.handle):
        called, lives_in, known_by = now
        tx.changed(RENAME, person=person_id, called=called, lives_in=lives_in, known_by=known_by)
        return person(tx, person_id)
    return Person(*known)


def _is_zone(zone: str | None) -> bool:
    try:
        return bool(zone and ZoneInfo(zone))
    except (KeyError, ValueError, OSError):  # unknown, malformed, a folder
        return False


def speak(tx: Tx, person_id: str, locale: str) -> None:
    """From now on this person is spoken to in that language."""
    tx.changed(SPEAK, person=person_id, language=spoken_here(locale))


def lock(tx: Tx, customer: int) -> None:
    """Let one transaction at a time count what this customer has: limits would be passed by two at once otherwise."""
    if tx.dialect == "postgresql":  # on SQLite everyone else waits anyway
        tx.one(LOCK, customer=customer)


def unreachable(tx: Tx, person_id: str) -> None:
    """The chat says it can't reach this person any more; their next word clears it."""
    tx.changed(LOST, person=person_id, at=tx.now)


def reachable(tx: Tx, person_id: str) -> bool:
    """The chat is open to us again. False if it was not known to be closed."""
    return bool(tx.changed(FOUND, person=person_id))


def elsewhere(tx: Tx, customer: int, person_id: str) -> list[str]:
    """The customer's other accounts that can be reached."""
    return [row.id for row in tx.all(ELSEWHERE, customer=customer, person=person_id)]


# A conversation's turn: one step at a time per person, over all processes.


def take_turn(tx: Tx, person_id: str, event: str, until: Any) -> Progress | None:
    """Take this person's turn for one event, until the lease ends. None while another event has it."""
    if not tx.changed(TAKE_TURN, person=person_id, event=event, now=tx.now, until=until):
        return None
    row = tx.one(PROGRESS, person=person_id)
    return Progress(row.talk, row.offered or ())


def keep_talk(tx: Tx, person_id: str, event: str, talk: Mapping[str, Any] | None) -> bool:
    """Save the conversation's progress (None ends it). False if the turn has passed to another event meanwhile."""
    return bool(tx.changed(KEEP_TALK, person=person_id, event=event, progress=talk))


def drop_talk(tx: Tx, person_id: str) -> None:
    """End whatever conversation runs, and forget what was offered."""
    tx.changed(DROP_TALK, person=person_id)


def end_turn(tx: Tx, person_id: str, event: str) -> bool:
    """Let the next event in."""
    return bool(tx.changed(END_TURN, person=person_id, event=event))


def talking(tx: Tx, person_id: str, place: str | None = None) -> bool:
    """Whether a conversation with this person runs: in that place (a group's address), or anywhere at all."""
    row = tx.first(PROGRESS, person=person_id)
    if row is None or row.talk is None:
        return False
    return place is None or row.talk.get("place") == place


def offer(tx: Tx, person_id: str, choices: Sequence[Mapping[str, Any]], *, only_between_talks: bool = False) -> None:
    """Remember what was offered last, so that its number or label can be typed."""
    tx.changed(OFFER_BETWEEN if only_between_talks else OFFER, person=person_id, choices=list(choices))
