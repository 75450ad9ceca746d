"""Threads: what a buyer asked of a person and how it went on. One at a time with each buyer.

Open waits for staff, answered for the buyer, closed for nobody; a buyer's next word after that begins another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    bindparam,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as insert_new  # its ON CONFLICT compiles for SQLite just as well

from core import cards, customers, enquiries, gifts, order_events, orders, review, staff
from core.authority import Right
from core.customers import Person
from core.ground import audit
from core.ground.columns import UTC, BigId, metadata
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Choice, Lines, Message, Note, Words, words
from core.ground.tx import AnyRow
from core.orders import Order, State
from core.quiet import Kind

RECEIVED = 50  # gifts that are looked through

SHOWN = 4  # of what was written last, on a card
LONG = 50  # of what is looked through for the buyer's last word


class UnknownThread(ShopError):
    """There is no such thread."""


class TakenAlready(ShopError):
    """A colleague was first. Facts: staff, time."""


threads = Table(
    "threads",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("buyer", String(160), ForeignKey("people.id"), nullable=False),
    Column("order_id", BigId, ForeignKey("orders.id")),  # what it is about, if the buyer said
    Column("state", String(10), nullable=False),
    Column("first_note", BigId, nullable=False),  # of enquiries.notes: from here on they belong to it
    Column("last_note", BigId, nullable=False),
    Column("taken_by", String(160)),
    Column("taken_at", UTC),
    Column("opened_at", UTC, nullable=False),
    Column("changed_at", UTC, nullable=False),
    CheckConstraint("state IN ('open', 'answered', 'closed')", name="state"),
    Index(
        "uq_threads_buyer_going_on",
        "buyer",
        unique=True,
        sqlite_where=text("state != 'closed'"),
        postgresql_where=text("state != 'closed'"),
    ),
)


@dataclass(frozen=True)
class Thread:
    id: int
    buyer: str
    order: int | None
    state: str
    first_note: int
    last_note: int
    taken_by: str | None
    taken_at: datetime | None
    opened_at: datetime
    changed_at: datetime


ONE = select(threads).where(threads.c.id == bindparam("thread"))
GOING_ON = select(threads).where(threads.c.buyer == bindparam("of"), threads.c.state != "closed")
WAITING = select(threads).where(threads.c.state == "open").order_by(threads.c.changed_at).limit(bindparam("most"))
LOCK = select(threads.c.id).where(threads.c.id == bindparam("thread")).with_for_update()
NEW = insert_new(threads).on_conflict_do_nothing()
GO_ON = (
    update(threads)
    .where(threads.c.id == bindparam("thread"), threads.c.state != "closed", threads.c.last_note < bindparam("note"))
    .values(state=bindparam("becomes"), last_note=bindparam("note"), changed_at=bindparam("now"))
)
ABOUT = update(threads).where(threads.c.id == bindparam("thread")).values(order_id=bindparam("order"))
TAKE = (
    update(threads)
    .where(threads.c.id == bindparam("thread"), threads.c.state != "closed", threads.c.taken_by.is_(None))
    .values(taken_by=bindparam("person"), taken_at=bindparam("now"))
)
CLOSE = (
    update(threads)
    .where(
        threads.c.id == bindparam("thread"),
        threads.c.state != "closed",
        or_(
            threads.c.taken_by.is_(None), threads.c.taken_by == bindparam("person"), bindparam("anyway", type_=Boolean)
        ),
    )
    .values(state="closed", taken_by=bindparam("person"), taken_at=bindparam("now"), changed_at=bindparam("now"))
)
NOTES = (
    select(enquiries.notes.c.id, enquiries.notes.c.author, enquiries.notes.c.at)
    .where(
        enquiries.notes.c.buyer == bindparam("of"),
        enquiries.notes.c.id >= bindparam("first"),
        enquiries.notes.c.id <= bindparam("last"),
    )
    .order_by(enquiries.notes.c.id.desc())
    .limit(bindparam("most"))
)


def _thread(row: AnyRow) -> Thread:
    known = (row.id, row.buyer, row.order_id, row.state, row.first_note, row.last_note)
    return Thread(*known, row.taken_by, row.taken_at, row.opened_at, row.changed_at)


def get(tx: Tx, thread: int) -> Thread:
    """Raises UnknownThread."""
    row = tx.first(ONE, thread=thread)
    if row is None:
        raise UnknownThread()
    return _thread(row)


def with_buyer(tx: Tx, buyer: str) -> Thread | None:
    """The one that goes on with this buyer."""
    row = tx.first(GOING_ON, of=buyer)
    return _thread(row) if row else None


def waiting(tx: Tx, most: int = 20) -> list[Thread]:
    """Those that wait for an answer, the longest first."""
    return [_thread(row) for row in tx.all(WAITING, most=most)]


# What happens in one


def asked(tx: Tx, person: Person, number: str, written: str, key: str) -> Thread:
    """The buyer wrote something to a person: it goes to staff, in the thread that goes on or in a new one.

    With the number of their order it is about that; what staff asked about a held order is answered by it. Once per
    key. Raises NoteTooLong.
    """
    note = enquiries.keep(tx, key, person.id, person.id, written)
    given = of_gift(tx, person, number)
    order = given or (orders.own(tx, number, person.customer, person.id) if number else None)
    found = _on(tx, person.id, note, "open", order.id if order else None)
    if order and order_events.happened(tx, order.id, "questioned") and not _has(tx, order.id, "replied", note):
        order_events.record(tx, order.id, "replied", person.id, note=note)
        if order.state is State.IN_REVIEW:
            review.tell_again(tx, order)
    staff.tell(tx, f"enquiry {note}", card(tx, found), Kind.BUYERS)
    return found


def of_gift(tx: Tx, person: Person, number: str) -> Order | None:
    """The order from which they were given what "gift-17" is; None for what is no gift of theirs."""
    what, _, gift = number.partition("-")
    if what != "gift" or not (gift.isascii() and gift.isdigit() and len(gift) < 15):
        return None
    found = next((each for each in gifts.received(tx, person.customer, RECEIVED) if each.id == int(gift)), None)
    return orders.get(tx, found.order) if found else None


def _has(tx: Tx, order: int, what: str, note: int) -> bool:
    return any(event.detail.get("note") == note for event in order_events.events_of(tx, order, what))


def _on(tx: Tx, buyer: str, note: int, becomes: str, order: int | None) -> Thread:
    """The thread with this note in it: what was closed at this very moment is followed by another."""
    found = with_buyer(tx, buyer)
    if found and not tx.changed(GO_ON, thread=found.id, note=note, becomes=becomes, now=tx.now):
        found = found if get(tx, found.id).state != "closed" else None  # else the note is in it already
    if found is None:
        about = {"buyer": buyer, "order_id": order, "state": becomes, "first_note": note, "last_note": note}
        tx.changed(NEW, **about, opened_at=tx.now, changed_at=tx.now)
        found = with_buyer(tx, buyer)
        if found is None:  # it was opened and closed at this very moment
            raise UnknownThread()
    if order is not None and order != found.order:
        tx.changed(ABOUT, thread=found.id, order=order)
    return get(tx, found.id)


def answer(tx: Tx, buyer: str, written: str, person: str, key: str, about: Order | None = None) -> Thread:
    """Staff write to a buyer, in their own chat: open becomes answered, and whoever wrote has taken it.

    `about` an order it is a question, and the thread is about that from now on.
    Once per key. Raises NotStaff, NotAllowed, NoteTooLong.
    """
    staff.may(tx, person, Right.ANSWER)
    if not enquiries.is_kept(tx, key):
        audit.write(tx, person, "reply", buyer)
    note = enquiries.keep(tx, key, buyer, person, written)
    found = _on(tx, buyer, note, "answered", about.id if about else None)
    tx.changed(TAKE, thread=found.id, person=person, now=tx.now)
    number = orders.get(tx, found.order).number if found.order else ""
    back = Choice(words("choose-reply"), f"human {number}".strip(), main=True)
    sentence = words("human-asks", number=number, text=Note(note)) if about else words("human-says", text=Note(note))
    said = Message(sentence, (back, cards.MY_ORDERS), card=f"talk {found.id} {note}")
    staff.say(tx, f"reply {note}", buyer, said)
    return get(tx, found.id)


def take(tx: Tx, thread: int, person: str) -> Thread:
    """Somebody looks after it. A repeat by the same person changes nothing. Raises TakenAlready for anybody else."""
    staff.may(tx, person, Right.ANSWER)
    if not tx.changed(TAKE, thread=thread, person=person, now=tx.now):
        _by_whom(tx, thread, person)
    return get(tx, thread)


def close(tx: Tx, thread: int, person: str, *, anyway: bool = False) -> Thread:
    """Nothing more is to be said. A repeat by the same person changes nothing.

    Raises TakenAlready when somebody else has closed it, or has taken it: `anyway` is for who saw that they had.
    """
    staff.may(tx, person, Right.ANSWER)
    if tx.changed(CLOSE, thread=thread, person=person, now=tx.now, anyway=anyway):
        audit.write(tx, person, "close thread", str(thread))
    else:
        _by_whom(tx, thread, person)
    return get(tx, thread)


def _by_whom(tx: Tx, thread: int, person: str) -> None:
    found = get(tx, thread)
    if found.taken_by != person:
        raise TakenAlready(staff=staff.called(tx, found.taken_by or "-"), time=found.taken_at or tx.now)


# As staff see it


def card_of(tx: Tx, thread: Thread) -> str:
    """A card for each word of the buyer's: news is said anew, for one that only changes is not heard in a room."""
    rows = tx.all(NOTES, of=thread.buyer, first=thread.first_note, last=thread.last_note, most=LONG)
    theirs = next((row.id for row in rows if row.author == thread.buyer), thread.first_note)
    return f"thread {thread.id} {theirs}"


def card(tx: Tx, thread: Thread) -> Message:
    """Who asks, about what, what was written last, and who looks after it."""
    buyer = customers.person(tx, thread.buyer)
    number = orders.get(tx, thread.order).number if thread.order else "none"
    taken = staff.called(tx, thread.taken_by) if thread.taken_by else "none"
    head = words(
        "staff-thread",
        buyer=buyer.name or cards.handle(buyer.id),
        number=number,
        state=words(f"thread-{thread.state}"),
        staff=taken,
    )
    return Message(Lines((head, *_written(tx, thread))), _choices(thread, number), card=card_of(tx, thread))


def _written(tx: Tx, thread: Thread) -> list[Words]:
    rows = tx.all(NOTES, of=thread.buyer, first=thread.first_note, last=thread.last_note, most=SHOWN)
    return [_line(tx, row, thread.buyer) for row in reversed(rows)]


def _line(tx: Tx, row: AnyRow, buyer: str) -> Words:
    if row.author == buyer:
        return words("staff-thread-buyer", time=row.at, text=Note(row.id))
    return words("staff-thread-us", time=row.at, staff=staff.called(tx, row.author), text=Note(row.id))


def _choices(thread: Thread, number: str) -> tuple[Choice, ...]:
    if thread.state == "closed":
        return ()
    found = [Choice(words("choose-reply"), f"reply {thread.buyer}", main=True)]
    if thread.taken_by is None:
        found.append(Choice(words("choose-take"), f"take {thread.id}", acts=True))
    close = f"close {thread.id}" if thread.taken_by is None else f"close {thread.id} taken"
    found.append(Choice(words("choose-close"), close, acts=True))
    if number != "none":
        found.append(Choice(words("choose-details"), f"order {number}"))
    return tuple(found)
