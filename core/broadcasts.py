"""News for all buyers who agreed to hear it: who agreed, what is sent, how far it has come.

One message per buyer, whatever accounts they have. Each is written down as under way before it is sent: what a crash
leaves so is not known to have arrived, and is never sent again by itself; staff are told how many, and decide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    bindparam,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite just as well

from core import customers, staff
from core.authority import Right
from core.customers import people
from core.ground import audit
from core.ground.columns import UTC, BigId, Json, metadata
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Choice, Local, Message, words
from core.ground.outbox import outbox
from core.ground.words import LOCALES, tame

LONGEST = 500  # characters of one language's text: with what stands below it, it fits every chat
LEASE = timedelta(minutes=2)  # sending one takes seconds; what is under way for longer has been lost
PAUSE = timedelta(minutes=1)  # after a chat did not say whether it took one, it gets no other for so long
TOLD = timedelta(seconds=10)  # how often the card in a room changes


class NewsTooLong(ShopError):
    """Nothing, or more than fits. Facts: most."""


class NoSuchNews(ShopError):
    """There is no such broadcast, or it has ended."""


subscriptions = Table(
    "subscriptions",
    metadata,
    Column("person_id", String(160), ForeignKey("people.id"), primary_key=True),
    Column("agreed_at", UTC, nullable=False),
    Column("left_at", UTC),
)
broadcasts = Table(
    "broadcasts",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(300), nullable=False, unique=True),  # the event in which it was sent off
    Column("by_whom", String(160), nullable=False),
    Column("told", String(160), nullable=False),  # where its card is: the room, or whoever sent it off
    Column("texts", Json, nullable=False),
    Column("locales", Json),  # only who speaks these; null: everybody
    Column("state", String(10), nullable=False),
    Column("made_at", UTC, nullable=False),
    Column("told_at", UTC),
    Column("ended_at", UTC),
    CheckConstraint("state IN ('going', 'stopped', 'done')", name="state"),
)
recipients = Table(  # a row is made when it is their turn
    "recipients",
    metadata,
    Column("broadcast_id", BigId, ForeignKey("broadcasts.id"), primary_key=True),
    Column("customer_id", BigId, ForeignKey("customers.id"), primary_key=True),
    Column("person_id", String(160), ForeignKey("people.id"), nullable=False),
    Column("chat", String(40), nullable=False),
    Column("state", String(10), nullable=False),
    Column("due_at", UTC, nullable=False),  # waiting: from when on; sending: until when; unknown: the pause's end
    CheckConstraint("state IN ('waiting', 'sending', 'sent', 'skipped', 'unknown')", name="state"),
    Index("ix_recipients_state", "broadcast_id", "state", "due_at"),
    Index("ix_recipients_person", "broadcast_id", "chat", "person_id"),
)


@dataclass(frozen=True)
class Broadcast:
    id: int
    by: str
    told: str
    texts: Mapping[str, str]
    locales: Sequence[str] | None
    state: str
    made_at: datetime
    told_at: datetime | None

    @property
    def message(self) -> Message:
        return news(self.texts)


@dataclass(frozen=True)
class Turn:
    """One buyer whose turn it is: it is written down as under way, and must be sent now."""

    broadcast: int
    customer: int
    person: str
    message: Message


AGREE_NEW = insert(subscriptions)
AGREE = AGREE_NEW.on_conflict_do_update(
    index_elements=["person_id"], set_={"agreed_at": AGREE_NEW.excluded.agreed_at, "left_at": None}
)
SAME_BUYER = select(people.c.id).where(people.c.customer_id == bindparam("of_customer"))
LEAVE = (
    update(subscriptions)
    .where(subscriptions.c.person_id.in_(SAME_BUYER), subscriptions.c.left_at.is_(None))
    .values(left_at=bindparam("now"))
)
AGREED = select(subscriptions.c.person_id).where(
    subscriptions.c.person_id.in_(SAME_BUYER), subscriptions.c.left_at.is_(None)
)
WANTS = (
    select(subscriptions.c.person_id)
    .where(subscriptions.c.person_id == bindparam("person"), subscriptions.c.left_at.is_(None))
    .with_for_update(read=True)
)
REACHED = (
    select(people.c.id, people.c.customer_id, people.c.chat)
    .join(subscriptions, subscriptions.c.person_id == people.c.id)
    .where(
        subscriptions.c.left_at.is_(None),
        subscriptions.c.agreed_at <= bindparam("by_then"),
        people.c.unreachable_since.is_(None),
        people.c.locale.in_(bindparam("among", expanding=True)),
    )
)
one_each = (
    REACHED.with_only_columns(people.c.customer_id, func.min(people.c.id).label("id"))
    .group_by(people.c.customer_id)
    .subquery()
)
COUNTED = (
    select(people.c.chat, func.count())
    .join(one_each, one_each.c.id == people.c.id)
    .group_by(people.c.chat)
    .order_by(people.c.chat)
)
heard = people.alias("heard")
NEW_ONES = REACHED.where(
    ~exists().where(
        recipients.c.broadcast_id == bindparam("broadcast"), recipients.c.customer_id == people.c.customer_id
    ),
    ~exists().where(  # or by another account, which was somebody else's when it had its turn
        recipients.c.broadcast_id == bindparam("broadcast"),
        recipients.c.person_id == heard.c.id,
        heard.c.customer_id == people.c.customer_id,
    ),
)
NEXT = (
    NEW_ONES.where(people.c.chat == bindparam("in_chat"), people.c.id > bindparam("after"))
    .order_by(people.c.id)
    .limit(1)
)
LEFT_OVER = NEW_ONES.limit(1)
UNDER_WAY = (
    select(recipients.c.customer_id)
    .where(recipients.c.broadcast_id == bindparam("broadcast"), recipients.c.state.in_(("waiting", "sending")))
    .limit(1)
)
FURTHEST = select(func.max(recipients.c.person_id)).where(
    recipients.c.broadcast_id == bindparam("broadcast"), recipients.c.chat == bindparam("in_chat")
)
AGAIN = (
    select(recipients.c.person_id.label("id"), recipients.c.customer_id, recipients.c.chat)
    .where(
        recipients.c.broadcast_id == bindparam("broadcast"),
        recipients.c.state == "waiting",
        recipients.c.due_at <= bindparam("now"),
        recipients.c.chat == bindparam("in_chat"),
    )
    .limit(1)
)
BEGIN_ONE = insert(recipients).on_conflict_do_nothing(index_elements=["broadcast_id", "customer_id"])
OF_ONE = (recipients.c.broadcast_id == bindparam("broadcast"), recipients.c.customer_id == bindparam("customer"))
BEGIN_AGAIN = (
    update(recipients).where(*OF_ONE, recipients.c.state == "waiting").values(state="sending", due_at=bindparam("due"))
)
END_ONE = (
    update(recipients)
    .where(*OF_ONE, recipients.c.state == "sending")
    .values(state=bindparam("becomes"), due_at=bindparam("due"))
)
LOST = (
    update(recipients)
    .where(
        recipients.c.broadcast_id == bindparam("broadcast"),
        recipients.c.state == "sending",
        recipients.c.due_at <= bindparam("now"),
    )
    .values(state="unknown")
)
DOUBT = (
    update(recipients)
    .where(recipients.c.broadcast_id == bindparam("broadcast"), recipients.c.state == "unknown")
    .values(state="waiting", due_at=bindparam("now"))
)
PAUSED = (
    select(recipients.c.customer_id)
    .where(
        recipients.c.broadcast_id == bindparam("broadcast"),
        recipients.c.state == "unknown",
        recipients.c.due_at > bindparam("now"),
        recipients.c.chat == bindparam("in_chat"),
    )
    .limit(1)
)
BUSY = (  # anything else to say in that chat
    select(outbox.c.id)
    .where(
        outbox.c.kind.in_(("deliver", "say")),
        outbox.c.state == "new",
        outbox.c.due_at <= bindparam("now"),
        outbox.c.via == bindparam("in_chat"),
    )
    .limit(1)
)
COLUMNS = (
    broadcasts.c.id,
    broadcasts.c.by_whom,
    broadcasts.c.told,
    broadcasts.c.texts,
    broadcasts.c.locales,
    broadcasts.c.state,
    broadcasts.c.made_at,
    broadcasts.c.told_at,
)
GOING = select(*COLUMNS).where(broadcasts.c.state == "going").order_by(broadcasts.c.id)
ONE = select(*COLUMNS).where(broadcasts.c.id == bindparam("broadcast"))
STANDS = select(broadcasts.c.state).where(broadcasts.c.id == bindparam("broadcast")).with_for_update(read=True)
BY_KEY = select(*COLUMNS).where(broadcasts.c.key == bindparam("of_key"))
MAKE = insert(broadcasts)
MOVE = (
    update(broadcasts)
    .where(broadcasts.c.id == bindparam("broadcast"), broadcasts.c.state.in_(bindparam("of", expanding=True)))
    .values(state=bindparam("becomes"), ended_at=bindparam("at"))
)
TELL = (
    update(broadcasts)
    .where(
        broadcasts.c.id == bindparam("broadcast"),
        broadcasts.c.told_at.is_(None) | (broadcasts.c.told_at <= bindparam("before")),
    )
    .values(told_at=bindparam("now"))
)
TALLY = (
    select(recipients.c.state, func.count())
    .where(recipients.c.broadcast_id == bindparam("broadcast"))
    .group_by(recipients.c.state)
)


# Who wants to hear it


def agree(tx: Tx, person_id: str) -> None:
    """From now on they hear the shop's news in this chat."""
    tx.changed(AGREE, person_id=person_id, agreed_at=tx.now)


def leave(tx: Tx, person_id: str) -> None:
    """No news any more, in none of this buyer's chats, from this commit on: also of what is being sent."""
    tx.changed(LEAVE, of_customer=customers.person(tx, person_id).customer, now=tx.now)


def agreed(tx: Tx, person_id: str) -> bool:
    return tx.first(AGREED, of_customer=customers.person(tx, person_id).customer) is not None


def counted(tx: Tx, locales: Sequence[str] | None) -> dict[str, int]:
    """How many buyers would get it now, by chat."""
    return {chat: many for chat, many in tx.all(COUNTED, by_then=tx.now, among=list(locales or LOCALES))}


# Sending it off, and stopping it


def news(texts: Mapping[str, str]) -> Message:
    """As buyers get it, with the way out below."""
    return Message((Local(texts), words("news-why")), (Choice(words("choose-no-news"), "nonews"),))


def fitting(text: str) -> str:
    """Raises NewsTooLong."""
    if not 0 < len(text.strip()) <= LONGEST:
        raise NewsTooLong(most=LONGEST)
    return tame(text.strip())


def begin(tx: Tx, by: str, texts: Mapping[str, str], locales: Sequence[str] | None, told: str, key: str) -> Broadcast:
    """It goes out from now on, one by one. A repeat of the key finds it. Raises NotStaff, NotAllowed, NewsTooLong."""
    staff.may(tx, by, Right.ANNOUNCE)
    known = tx.first(BY_KEY, of_key=key)
    if known:
        return Broadcast(*known)
    cut = {locale: fitting(text) for locale, text in texts.items()}
    about = {"by_whom": by, "told": told, "texts": cut, "locales": list(locales) if locales else None}
    made = tx.insert(MAKE, key=key, state="going", made_at=tx.now, **about)
    audit.write(tx, by, "broadcast", str(made), languages=sorted(cut), counted=counted(tx, locales))
    return get(tx, made)


def get(tx: Tx, broadcast: int) -> Broadcast:
    """Raises NoSuchNews."""
    row = tx.first(ONE, broadcast=broadcast)
    if row is None:
        raise NoSuchNews()
    return Broadcast(*row)


def stop(tx: Tx, broadcast: int, by: str) -> bool:
    """Nobody else gets it. False if it had ended. Raises NotStaff, NotAllowed."""
    staff.may(tx, by, Right.ANNOUNCE)
    if not tx.changed(MOVE, broadcast=broadcast, of=["going"], becomes="stopped", at=tx.now):
        return False
    audit.write(tx, by, "stop broadcast", str(broadcast))
    return True


def send_doubtful(tx: Tx, broadcast: int, by: str) -> int:
    """Those who may or may not have got it get it (again); returns how many. Raises NotStaff, NotAllowed."""
    staff.may(tx, by, Right.ANNOUNCE)
    many = tx.changed(DOUBT, broadcast=broadcast, now=tx.now)
    if many:
        tx.changed(MOVE, broadcast=broadcast, of=["going", "stopped", "done"], becomes="going", at=None)
        audit.write(tx, by, "broadcast again", str(broadcast), many=many)
    return many


# One by one


def going(tx: Tx) -> list[Broadcast]:
    return [Broadcast(*row) for row in tx.all(GOING)]


def take_turn(tx: Tx, broadcast: int, chat: str) -> Turn | None:
    """The next buyer in that chat, written down as under way. None when there is none, or it is not the time.

    Anything else that is to be said in the chat goes first. Who has left the news is not asked for any more.
    """
    tx.changed(LOST, broadcast=broadcast, now=tx.now)
    if tx.value(STANDS, broadcast=broadcast) != "going":
        return None
    if tx.first(BUSY, in_chat=chat, now=tx.now) or tx.first(PAUSED, broadcast=broadcast, in_chat=chat, now=tx.now):
        return None
    about = get(tx, broadcast)
    due = tx.now + LEASE
    while row := tx.first(AGAIN, broadcast=broadcast, in_chat=chat, now=tx.now):
        if not tx.changed(BEGIN_AGAIN, broadcast=broadcast, customer=row.customer_id, due=due):
            return None
        if _still_wants(tx, row.id):
            return Turn(broadcast, row.customer_id, row.id, about.message)
        end_turn(tx, broadcast, row.customer_id, "skipped")
    row = _next(tx, about, chat)
    if row is None:
        return None
    one = {"customer_id": row.customer_id, "person_id": row.id, "chat": chat}
    if not tx.changed(BEGIN_ONE, broadcast_id=broadcast, state="sending", due_at=due, **one):
        return None  # another account of theirs was first, this moment
    if not _still_wants(tx, row.id):
        end_turn(tx, broadcast, row.customer_id, "skipped")
        return None
    return Turn(broadcast, row.customer_id, row.id, about.message)


def _still_wants(tx: Tx, person_id: str) -> bool:
    """Asked in the transaction that begins it, and nobody leaves the news in between."""
    return tx.first(WANTS, person=person_id) is not None


def _next(tx: Tx, about: Broadcast, chat: str) -> Any:
    """In the order of their accounts; at the end once more from the first, for who was passed over meanwhile."""
    asked = {"broadcast": about.id, "in_chat": chat, "by_then": about.made_at, "among": list(about.locales or LOCALES)}
    furthest = tx.value(FURTHEST, broadcast=about.id, in_chat=chat) or ""
    return tx.first(NEXT, **asked, after=furthest) or (tx.first(NEXT, **asked, after="") if furthest else None)


def end_turn(tx: Tx, broadcast: int, customer: int, becomes: str, due: timedelta = timedelta(0)) -> None:
    """What became of it: sent, skipped, unknown, or waiting (nothing was sent, and it is tried after `due`)."""
    tx.changed(END_ONE, broadcast=broadcast, customer=customer, becomes=becomes, due=tx.now + due)


def finish(tx: Tx, broadcast: int) -> bool:
    """It is done once nobody is left in any chat. True when that is so now, for the first time."""
    about = get(tx, broadcast)
    asked = {"by_then": about.made_at, "among": list(about.locales or LOCALES)}
    if tx.first(UNDER_WAY, broadcast=broadcast) or tx.first(LEFT_OVER, broadcast=broadcast, **asked):
        return False
    return bool(tx.changed(MOVE, broadcast=broadcast, of=["going"], becomes="done", at=tx.now))


def tally(tx: Tx, broadcast: int) -> dict[str, int]:
    """How many of each state."""
    return {state: many for state, many in tx.all(TALLY, broadcast=broadcast)}


def to_be_told(tx: Tx, broadcast: int) -> bool:
    """Whether its card is to change now."""
    return bool(tx.changed(TELL, broadcast=broadcast, before=tx.now - TOLD, now=tx.now))
