"""Who works here, how they come in, and how the shop speaks to them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Column, ForeignKey, String, Table, bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_new  # its ON CONFLICT compiles for SQLite just as well

from core import customers, rooms
from core.ground import audit, outbox
from core.ground.columns import UTC, BigId, Digest, metadata
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Choice, Fact, Message, pack, words
from core.rooms import Room


class InviteUsed(ShopError):
    """The one-time link was used, or is too old, or never was one."""


class NotStaff(ShopError):
    """Only people who work here may do that."""


staff = Table(
    "staff",
    metadata,
    Column("person_id", String(160), ForeignKey("people.id"), primary_key=True),
    Column("name", String(60), nullable=False),
    Column("since", UTC, nullable=False),
    Column("revoked_at", UTC),
)
invites = Table(
    "invites",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("fingerprint", Digest, nullable=False, unique=True),
    Column("name", String(60), nullable=False),
    Column("expires_at", UTC, nullable=False),
    Column("used_by", String(160)),
)


@dataclass(frozen=True)
class Colleague:
    person: str
    name: str


INVITE = insert(invites)
USE = (
    update(invites)
    .where(
        invites.c.fingerprint == bindparam("print"),
        invites.c.used_by.is_(None),
        invites.c.expires_at > bindparam("now"),
    )
    .values(used_by=bindparam("person"))
)
INVITED = select(invites.c.name).where(invites.c.fingerprint == bindparam("print"))
NEW = insert_new(staff)
EMPLOY = NEW.on_conflict_do_update(  # also who worked here once, and who is invited twice
    index_elements=["person_id"], set_={"name": NEW.excluded.name, "since": NEW.excluded.since, "revoked_at": None}
)
ACTIVE = select(staff.c.person_id, staff.c.name).where(staff.c.revoked_at.is_(None))
ONE_ACTIVE = ACTIVE.where(staff.c.person_id == bindparam("person"))


def invite(tx: Tx, name: str, within: timedelta = timedelta(hours=24)) -> str:
    """A token that lets one person in, once. Only its fingerprint is kept."""
    token = secrets.token_urlsafe(24)
    tx.insert(INVITE, fingerprint=tx.vault.fingerprint(token, "invite"), name=name[:60], expires_at=tx.now + within)
    audit.write(tx, "command line", "invite", name[:60])
    return token


def enter(tx: Tx, token: str, person_id: str) -> Colleague:
    """The holder of the token works here from now on. Raises InviteUsed for a used, old or unknown one."""
    print_ = tx.vault.fingerprint(token, "invite")
    if not tx.changed(USE, print=print_, person=person_id, now=tx.now):
        raise InviteUsed()
    name = tx.value(INVITED, print=print_)
    tx.changed(EMPLOY, person_id=person_id, name=name, since=tx.now)
    audit.write(tx, person_id, "enter", name)
    return Colleague(person_id, name)


def is_staff(tx: Tx, person_id: str) -> bool:
    return tx.first(ONE_ACTIVE, person=person_id) is not None


def colleague(tx: Tx, person_id: str) -> Colleague:
    """Who presses. Asked at the press, not when the button was shown. Raises NotStaff."""
    row = tx.first(ONE_ACTIVE, person=person_id)
    if row is None:
        raise NotStaff()
    return Colleague(*row)


def tell(tx: Tx, key: str, message: Message) -> None:
    """Say something to those who work here, once per key: in each room, and to everyone whose chat has none."""
    told = rooms.reached(tx)
    for room in told:
        say(tx, f"{key} to {room.id}", room.id, message)
    for person_id, _ in tx.all(ACTIVE):
        if person_id.partition(":")[0] not in {room.chat for room in told}:
            say(tx, f"{key} to {person_id}", person_id, message)


def say(tx: Tx, key: str, person_id: str, message: Message, on: str | None = None) -> None:
    """Have a message sent to one person, once per key, through the chat they are in.

    `on` is what it answers, see Spoken.
    """
    answers: dict[str, Any] = {"on": on} if on else {}
    outbox.put(tx, "say", f"say {key}", to=person_id, person=person_id, message=pack(message), **answers)


def alarm(tx: Tx, key: str, sentence: str, *choices: Choice, **facts: Fact) -> None:
    """Tell staff that something needs a person, once per key."""
    tell(tx, f"alarm {key}", Message(words(sentence, **facts), choices))


# Rooms


def room_code(tx: Tx) -> str:
    """A code by which somebody who works here opens a room, once, within an hour: "/here K7M2-94QF"."""
    made = rooms.code(tx)
    audit.write(tx, "command line", "room code", "")
    return made


def open_room(tx: Tx, code: str, place: str, person_id: str) -> Room | None:
    """Staff said the code in a group: it is its chat's room from now on, in their language, and the only one.

    `place` is the group's id, like "telegram_staff:-100123". None for a wrong, used or old code: a guess is counted,
    which is why nothing is raised. A repeat finds the room as it is. Raises NotStaff.
    """
    colleague(tx, person_id)
    if not rooms.use(tx, code, place):
        audit.write(tx, person_id, "room refused", place)
        return None
    if not rooms.is_open(tx, place):
        audit.write(tx, person_id, "open room", place)
    return rooms.enter(tx, place, customers.person(tx, person_id).locale)


def move_room(tx: Tx, place: str, to: str) -> None:
    """The chat says that a room has a new id. It is not followed: anyone could be behind it until staff confirm.

    What is said to the room waits, and everyone who works here is asked in their own chat. A repeat changes nothing,
    and so does a group that is no open room.
    """
    if not rooms.move(tx, place, to):
        return
    audit.write(tx, "chat", "room moves", place, to=to)
    confirm = Choice(words("choose-room-moved"), f"room-moved {place} {to}", acts=True, main=True)
    asked = Message(words("room-moves", old=rooms.parts(place)[1], to=rooms.parts(to)[1]), (confirm,))
    for person_id, _ in tx.all(ACTIVE):
        say(tx, f"room moves {place} {to} to {person_id}", person_id, asked)


def confirm_move(tx: Tx, place: str, to: str, person_id: str) -> Room:
    """The room has this id now, and what waited goes there. A repeat changes nothing. Raises NotStaff, RoomNotMoved."""
    colleague(tx, person_id)
    if not rooms.is_open(tx, to):
        audit.write(tx, person_id, "room moved", place, to=to)
    return rooms.confirm(tx, place, to)


def room_lost(tx: Tx, room: str, key: str, message: Message) -> None:
    """A room refuses what we say: until it can be reached again, this and what follows goes to each of its staff.

    Once per key. customers.reachable says that it can.
    """
    customers.unreachable(tx, room)
    chat = rooms.parts(room)[0]
    for person_id, _ in tx.all(ACTIVE):
        if person_id.partition(":")[0] == chat:
            say(tx, f"{key} to {person_id}", person_id, message)
