"""Who works here, what they may, and how the shop speaks to them. How they come and go: core/hiring.py."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, String, Table, bindparam, select

from core import customers, quiet, rooms
from core.authority import Right, Role, rights
from core.ground import audit, outbox
from core.ground.columns import UTC, BigId, Json, metadata
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Choice, Fact, Message, pack, words
from core.ground.tx import AnyRow
from core.quiet import Kind, Topic
from core.rooms import Room

MORNING = 9  # o'clock, by the shop's clock
SHORT = 16  # letters of a digest that people compare


class NotStaff(ShopError):
    """Only people who work here may do that."""


class NotAllowed(ShopError):
    """They work here, but that is not theirs to do. Facts: right, in words."""


colleagues = Table(
    "colleagues",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("name", String(60), nullable=False),
    Column("roles", Json, nullable=False),  # of core/authority.py
    Column("since", UTC, nullable=False),
    Column("left_at", UTC),
    Column("codes_since", UTC),  # so long they may take codes out; null: they may not, or nobody has said so yet
    Column("left_with", String(300)),  # the event in which they were let go
    Column("left_what", Json),  # what ended with them: core/leaving.py
)
staff = Table(  # the accounts they speak from
    "staff",
    metadata,
    Column("person_id", String(160), ForeignKey("people.id"), primary_key=True),
    Column("colleague_id", BigId, ForeignKey("colleagues.id"), nullable=False),
    Column("since", UTC, nullable=False),
    Index("ix_staff_colleague_id", "colleague_id"),
)


@dataclass(frozen=True)
class Colleague:
    """Somebody who works here, by the account they speak from."""

    person: str
    name: str
    id: int
    roles: frozenset[Role]

    @property
    def rights(self) -> frozenset[Right]:
        return rights(self.roles)


ACTIVE = (
    select(staff.c.person_id, colleagues.c.name, colleagues.c.id, colleagues.c.roles)
    .join(colleagues)
    .where(colleagues.c.left_at.is_(None))
    .order_by(staff.c.person_id)
)
ONE_ACTIVE = ACTIVE.where(staff.c.person_id == bindparam("person"))

NAME = select(colleagues.c.name).join(staff).where(staff.c.person_id == bindparam("person"))


def _colleague(row: AnyRow) -> Colleague:
    return Colleague(row.person_id, row.name, row.id, frozenset(map(Role, row.roles)))


def everyone(tx: Tx) -> list[Colleague]:
    """All who work here, by each account they speak from."""
    return [_colleague(row) for row in tx.all(ACTIVE)]


def is_staff(tx: Tx, person_id: str) -> bool:
    return tx.first(ONE_ACTIVE, person=person_id) is not None


def colleague(tx: Tx, person_id: str) -> Colleague:
    """Who presses. Asked at the press, not when the button was shown. Raises NotStaff."""
    row = tx.first(ONE_ACTIVE, person=person_id)
    if row is None:
        raise NotStaff()
    return _colleague(row)


def called(tx: Tx, person_id: str) -> str:
    """The name of whoever did something, also of one who has left; of anybody else what stands in the books."""
    return tx.value(NAME, person=person_id) or person_id


def may(tx: Tx, person_id: str, right: Right) -> Colleague:
    """Who decides, if they may: asked in the transaction that decides. Raises NotStaff, NotAllowed."""
    found = colleague(tx, person_id)
    if right not in found.rights:
        raise NotAllowed(right=words(f"right-{right}"))
    return found


def theirs(message: Message, held: Collection[Right], whose: Mapping[str, Right]) -> Message:
    """The message without the buttons that would only be refused: `whose` says for each verb which right it takes."""
    choices = tuple(one for one in message.choices if whose.get(one.says.partition(" ")[0], Right.LOOK) in held)
    return message if choices == message.choices else replace(message, choices=choices)


def still_may(tx: Tx, person_id: str, right: Right) -> bool:
    """Whether they work here and may: for what was decided before, and is done now."""
    row = tx.first(ONE_ACTIVE, person=person_id)
    return row is not None and right in _colleague(row).rights


def tell(tx: Tx, key: str, message: Message, kind: Kind = Kind.FAULTS) -> None:
    """Say something to those who work here, once per key: in each room, and to everyone whose chat has none.

    At once, in a list later, or not at all, as they want it for this kind of notice: see core/quiet.py.
    """
    for board in boards(tx):
        if quiet.takes(tx, board, key, message, kind, edits=rooms.is_room(tx, board)):
            say(tx, f"{key} to {board}", board, message, topic=quiet.topic(kind))


def boards(tx: Tx) -> list[str]:
    """Where staff are told things: the rooms, and the own chats of those whose chat has none."""
    told = rooms.reached(tx)
    alone = [one.person for one in everyone(tx) if one.person.partition(":")[0] not in {room.chat for room in told}]
    return [*(room.id for room in told), *alone]


def board_of(tx: Tx, person_id: str) -> str:
    """Where this one is told things: their chat's room, else their own chat."""
    room = rooms.of_chat(tx, person_id.partition(":")[0])
    return room.id if room else person_id


def say(
    tx: Tx,
    key: str,
    person_id: str,
    message: Message,
    on: str | None = None,
    topic: Topic | str | None = None,
    due: datetime | None = None,
) -> None:
    """Have a message sent to one person, once per key, through the chat they are in, no earlier than `due`.

    `on` is what it answers, and `topic` where in a room it belongs, see Spoken. To whom no chat of ours reaches
    nothing is said.
    """
    if customers.is_elsewhere(person_id):
        return
    answers: dict[str, Any] = {**({"on": on} if on else {}), **({"topic": topic} if topic else {})}
    outbox.put(tx, "say", f"say {key}", to=person_id, due=due, person=person_id, message=pack(message), **answers)


def tell_one(tx: Tx, key: str, board: str, message: Message, topic: Topic | None = None) -> None:
    """Say something to one who works here, or to a room, once per key. To whom has left nothing is said."""
    if is_staff(tx, board) or rooms.is_room(tx, board):
        say(tx, key, board, message, topic=topic)


def alarm(tx: Tx, key: str, sentence: str, *choices: Choice, kind: Kind = Kind.FAULTS, **facts: Fact) -> None:
    """Tell staff that something needs a person, once per key."""
    tell(tx, f"alarm {key}", Message(words(sentence, **facts), choices), kind)


def tell_mark(tx: Tx) -> None:
    """How long the audit is and its mark, once a day, from nine in the morning: where nobody changes it any more."""
    here = tx.now.astimezone(tx.rules.zone)
    mark = audit.mark(tx) if here.hour >= MORNING else None
    if mark:
        told = words("told-audit-head", n=mark.link, value=mark.digest.hex()[:SHORT])
        tell(tx, f"audit mark {here.date()}", Message(told), Kind.DAILY)


# Rooms


def room_code(tx: Tx) -> str:
    """A code by which somebody who works here opens a room, once, within an hour: "/here K7M2-94QF"."""
    made = rooms.code(tx)
    audit.write(tx, "command line", "room code", "")
    return made


def open_room(tx: Tx, code: str, place: str, person_id: str) -> Room | None:
    """Staff said the code in a group: it is its chat's room from now on, in their language, and the only one.

    `place` is the group's id, like "telegram_staff:-100123". None for a wrong, used or old code: a guess is counted,
    which is why nothing is raised. A repeat finds the room as it is. Raises NotStaff, NotAllowed.
    """
    may(tx, person_id, Right.PEOPLE)
    if not rooms.use(tx, code, place):
        audit.write(tx, person_id, "room refused", place)
        return None
    if not rooms.is_open(tx, place):
        audit.write(tx, person_id, "open room", place)
    return rooms.enter(tx, place, customers.person(tx, person_id).locale)


def move_room(tx: Tx, place: str, to: str) -> None:
    """The chat says that a room has a new id. It is not followed: anyone could be behind it until an owner confirms.

    What is said to the room waits, and owners are asked in their own chats. A repeat changes nothing, and so does a
    group that is no open room.
    """
    if not rooms.move(tx, place, to):
        return
    audit.write(tx, "chat", "room moves", place, to=to)
    confirm = Choice(words("choose-room-moved"), f"room-moved {place} {to}", acts=True, main=True)
    asked = Message(words("room-moves", old=rooms.parts(place)[1], to=rooms.parts(to)[1]), (confirm,))
    for one in everyone(tx):
        if Right.OWN in one.rights:
            say(tx, f"room moves {place} {to} to {one.person}", one.person, asked)


def confirm_move(tx: Tx, place: str, to: str, person_id: str) -> Room:
    """The room has this id now, and what waited goes there. A repeat changes nothing.

    Raises NotStaff, NotAllowed, RoomNotMoved.
    """
    may(tx, person_id, Right.OWN)
    if not rooms.is_open(tx, to):
        audit.write(tx, person_id, "room moved", place, to=to)
    return rooms.confirm(tx, place, to)


def room_lost(tx: Tx, room: str, key: str, message: Message) -> None:
    """A room refuses what we say: until it can be reached again, this and what follows goes to each of its staff.

    Once per key. customers.reachable says that it can.
    """
    customers.unreachable(tx, room)
    chat = rooms.parts(room)[0]
    for one in everyone(tx):
        if one.person.partition(":")[0] == chat:
            say(tx, f"{key} to {one.person}", one.person, message)
