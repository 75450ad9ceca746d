"""Rooms: of each chat at most one private group, in which staff are told things.

A room is an address of a chat ("telegram_staff:-100123"), and what is said there is composed for it as for a person,
in its own language. Who reads along is decided by the group's admins and not by us: it has no authority, and no code
is ever composed for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, bindparam, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_new  # its ON CONFLICT compiles for SQLite just as well

from core import customers
from core.ground import outbox
from core.ground.columns import UTC, BigId, Digest, Json, metadata
from core.ground.db import Tx
from core.ground.errors import SendError, ShopError
from core.ground.ids import Ids

VALID = timedelta(hours=1)
GUESSES = 10  # wrong ones, until a code is worth nothing: 40 bits are not found by ten
READ = str.maketrans("OIL", "011", "- ")  # as people copy a code: no letter that looks like another is in it


class NotInARoom(ShopError):
    """What only its owner may read is not shown where a whole group reads along."""


class NotHere(ShopError):
    """This group is no room of ours."""


class RoomNotMoved(ShopError):
    """The chat has not said that this room has that new id, or it was confirmed and has moved on since."""


rooms = Table(
    "rooms",
    metadata,
    Column("person_id", String(160), ForeignKey("people.id"), primary_key=True),
    Column("chat", String(40), nullable=False),
    Column("since", UTC, nullable=False),
    Column("moves_to", String(160)),  # the chat says that this is its id now; no owner has confirmed it
    Column("revoked_at", UTC),
    Column("topics", Json),  # the chat's own numbers of the topics it was divided into, by what they are for
    Index(
        "uq_rooms_chat_open",
        "chat",
        unique=True,
        sqlite_where=text("revoked_at IS NULL"),
        postgresql_where=text("revoked_at IS NULL"),
    ),
)
room_codes = Table(
    "room_codes",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("fingerprint", Digest, nullable=False, unique=True),
    Column("expires_at", UTC, nullable=False),
    Column("wrong", Integer, nullable=False),  # guesses while it was good
    Column("used_for", String(160)),
)


@dataclass(frozen=True)
class Room:
    id: str
    chat: str
    moves_to: str | None


NEW_CODE = insert(room_codes)
GOOD = (
    room_codes.c.used_for.is_(None),
    room_codes.c.expires_at > bindparam("now"),
    room_codes.c.wrong < GUESSES,
)
USE = update(room_codes).where(room_codes.c.fingerprint == bindparam("print"), *GOOD).values(used_for=bindparam("room"))
USED = select(room_codes.c.used_for).where(room_codes.c.fingerprint == bindparam("print"))
AWAITED = select(room_codes.c.id).where(*GOOD).limit(1)
COUNT_WRONG = update(room_codes).where(*GOOD).values(wrong=room_codes.c.wrong + 1)
END_CODES = update(room_codes).where(*GOOD).values(expires_at=bindparam("now"))

ONE = select(rooms.c.person_id, rooms.c.chat, rooms.c.moves_to).where(rooms.c.person_id == bindparam("room"))
OPEN = ONE.where(rooms.c.revoked_at.is_(None))
OF_CHAT = select(rooms.c.person_id, rooms.c.chat, rooms.c.moves_to).where(
    rooms.c.chat == bindparam("of"), rooms.c.revoked_at.is_(None)
)
REACHED = (
    select(rooms.c.person_id, rooms.c.chat, rooms.c.moves_to)
    .join(customers.people, customers.people.c.id == rooms.c.person_id)
    .where(rooms.c.revoked_at.is_(None), customers.people.c.unreachable_since.is_(None))
    .order_by(rooms.c.person_id)
)
TOPICS = select(rooms.c.topics).where(rooms.c.person_id == bindparam("room"))
KEEP_TOPICS = update(rooms).where(rooms.c.person_id == bindparam("room")).values(topics=bindparam("given"))
NEW = insert_new(rooms)
ENTER = NEW.on_conflict_do_update(
    index_elements=["person_id"], set_={"since": NEW.excluded.since, "moves_to": None, "revoked_at": None}
)
CLOSE_OTHERS = (
    update(rooms)
    .where(rooms.c.chat == bindparam("of"), rooms.c.person_id != bindparam("but"), rooms.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("at"), moves_to=None)
)
MOVE = (
    update(rooms)
    .where(
        rooms.c.person_id == bindparam("room"),
        rooms.c.revoked_at.is_(None),
        or_(rooms.c.moves_to.is_(None), rooms.c.moves_to != bindparam("to")),
    )
    .values(moves_to=bindparam("to"))
)


def code(tx: Tx) -> str:
    """A code such as K7M2-94QF that opens one room within an hour. It ends the ones before it.

    Only its fingerprint is kept.
    """
    made = Ids().number()
    tx.changed(END_CODES, now=tx.now)
    tx.insert(NEW_CODE, fingerprint=_print(tx, made), expires_at=tx.now + VALID, wrong=0)
    return made


def use(tx: Tx, typed: str, room: str) -> bool:
    """Whether the code opens this room, now or by an earlier use of it. A wrong one is counted as a guess."""
    print_ = _print(tx, typed)
    if tx.changed(USE, print=print_, room=room, now=tx.now):
        return True
    if tx.value(USED, print=print_) == room:
        return is_open(tx, room)
    tx.changed(COUNT_WRONG, now=tx.now)
    return False


def is_awaited(tx: Tx) -> bool:
    """Whether a code is out that opens a room."""
    return tx.first(AWAITED, now=tx.now) is not None


def _print(tx: Tx, typed: str) -> bytes:
    return tx.vault.fingerprint(typed.upper().translate(READ), "room")


def enter(tx: Tx, room: str, locale: str) -> Room:
    """From now on this is its chat's room, spoken to in that language. The one before it is closed.

    What waited for that one is due, and goes to this one. A repeat changes nothing.
    """
    chat, address = parts(room)
    customers.meet(tx, chat, address, "", locale, None)
    customers.speak(tx, room, locale)
    customers.reachable(tx, room)
    tx.changed(CLOSE_OTHERS, of=chat, but=room, at=tx.now)
    if not is_open(tx, room):
        tx.changed(ENTER, person_id=room, chat=chat, since=tx.now)
    outbox.resume(tx, chat)
    return Room(room, chat, None)


def parts(room: str) -> tuple[str, str]:
    """Its chat, and its address there. Raises ValueError for what is no room's id."""
    chat, mark, address = room.partition(":")
    if not (chat and mark and address):
        raise ValueError(f"{room!r} is not the id of a room, which is like telegram_staff:-100123")
    return chat, address


def move(tx: Tx, room: str, to: str) -> bool:
    """The chat says that the room has a new id. What is said to it waits from now on. False if that was known."""
    if parts(room)[0] != parts(to)[0]:
        raise ValueError("a room stays in its chat")
    return bool(tx.changed(MOVE, room=room, to=to))


def confirm(tx: Tx, old: str, new: str) -> Room:
    """The new id is the same group: it is the room now. A repeat changes nothing. Raises RoomNotMoved."""
    if is_open(tx, new) and is_room(tx, old) and not is_open(tx, old):
        return Room(new, parts(new)[0], None)
    found = tx.first(OPEN, room=old)
    if found is None or found.moves_to != new:
        raise RoomNotMoved()
    return enter(tx, new, customers.person(tx, old).locale)


def topics(tx: Tx, room: str) -> dict[str, int]:
    """The chat's own numbers of the room's topics, as far as it has any."""
    return tx.value(TOPICS, room=room) or {}


def keep_topic(tx: Tx, room: str, name: str, number: int | None) -> None:
    """The topic of that name has this number; None: it is gone."""
    rest = {other: known for other, known in topics(tx, room).items() if other != name}
    tx.changed(KEEP_TOPICS, room=room, given=rest if number is None else {**rest, name: number})


def reached(tx: Tx) -> list[Room]:
    """Every open room that takes what we say, as far as we know."""
    return [Room(*row) for row in tx.all(REACHED)]


def of_chat(tx: Tx, chat: str) -> Room | None:
    """The chat's open room, if it has one."""
    row = tx.first(OF_CHAT, of=chat)
    return Room(*row) if row else None


def is_open(tx: Tx, room: str) -> bool:
    return tx.first(OPEN, room=room) is not None


def is_room(tx: Tx, person_id: str) -> bool:
    """Whether this address is a room or was one."""
    return tx.first(ONE, room=person_id) is not None


def stands_for(tx: Tx, person_id: str) -> str:
    """Where what was said to a room goes now: a closed one's to the room its chat has since. A person's goes to them.

    Raises SendError: for now, while the room's new id is not confirmed; for good, when there is no room any more.
    """
    if not is_room(tx, person_id):
        return person_id
    found = of_chat(tx, parts(person_id)[0])
    if found is None:
        raise SendError("the room is closed", permanent=True)
    if found.moves_to is not None:
        raise SendError("the room has a new id that nobody has confirmed", wait=outbox.PARKED)
    return found.id
