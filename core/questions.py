"""Questions of buyers: which were answered, and those nobody had an answer to, grouped for staff to teach from.

answered: the shop was sure. offered: it was half sure, and offered three entries. waiting: handed on to staff, in a
group with others that mean the same. From there staff teach it (taught), or leave it (left). Nothing is learned
without a person.
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
    Integer,
    String,
    Table,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from core import answers, customers, enquiries, faq, staff
from core.authority import Right
from core.customers import Person
from core.ground.columns import UTC, BigId, Digest, Json, metadata
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Choice, Lines, Local, Message, Note, Words, words
from core.ground.tx import AnyRow
from core.quiet import Kind

ALIKE = 0.72  # cosine of two questions that are shown to staff as one
LOOKED_AT = 200  # of the open groups, newest first, when a question looks for its own
SHOWN = 3  # questions on a group's card
LEARNED = 20  # of a group's questions, at one tap
ANSWERED = 200  # people are answered then, those who asked last
A_DAY = 40  # of one person's are kept: who asks more is told to talk to a person
PATIENCE = timedelta(minutes=30)  # for one of the offered entries to be chosen
TOLD_WITHIN = timedelta(days=1)  # so long somebody who asked is told once there is an answer
KEPT = timedelta(days=90)
CUT = 500  # characters of a question


class UnknownQuestions(ShopError):
    """There is no such group of questions."""


groups = Table(
    "question_groups",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("vector", Digest, nullable=False),  # of its first question
    Column("state", String(10), nullable=False),
    Column("times", Integer, nullable=False),
    Column("guesses", Json, nullable=False),  # the three entries it was nearest to
    Column("slug", String(60)),  # what it was taught to mean
    Column("decided_by", String(160)),
    Column("decided_at", UTC),
    Column("last_at", UTC, nullable=False),
    CheckConstraint("state IN ('open', 'taught', 'left')", name="state"),
    Index("ix_question_groups_state", "state", "last_at"),
)
questions = Table(
    "questions",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(300), nullable=False, unique=True),  # the event it was asked in
    Column("person_id", String(160), ForeignKey("people.id"), nullable=False),
    Column("note_id", BigId, ForeignKey("notes.id"), nullable=False),  # what was asked, sealed
    Column("vector", Digest, nullable=False),
    Column("guesses", Json, nullable=False),
    Column("state", String(10), nullable=False),
    Column("slug", String(60)),  # what it was answered with
    Column("group_id", BigId, ForeignKey("question_groups.id")),
    Column("at", UTC, nullable=False),
    CheckConstraint("state IN ('answered', 'offered', 'waiting', 'taught', 'left')", name="state"),
    Index("ix_questions_state", "state", "at"),
    Index("ix_questions_group_id", "group_id"),
    Index("ix_questions_person_id", "person_id", "at"),
)


@dataclass(frozen=True)
class Group:
    """Questions that mean the same, as staff see them."""

    id: int
    state: str
    times: int
    guesses: tuple[str, ...]
    slug: str | None
    decided_by: str | None
    decided_at: datetime | None


ASKED = select(questions.c.id).where(questions.c.key == bindparam("of_key"))
LATELY = select(func.count()).where(questions.c.person_id == bindparam("person"), questions.c.at > bindparam("after"))
QUESTION = select(questions).where(questions.c.id == bindparam("question"))
ASK = insert(questions)
HAND_ON = (
    update(questions)
    .where(questions.c.id == bindparam("question"), questions.c.state.in_(("answered", "offered")))
    .values(state="waiting")
)
INTO = update(questions).where(questions.c.id == bindparam("question")).values(group_id=bindparam("into"))
CHOSEN = (
    update(questions)
    .where(questions.c.id == bindparam("question"), questions.c.state == "offered")
    .values(state="answered", slug=bindparam("chosen"))
)
UNCHOSEN = (
    select(questions.c.id)
    .where(questions.c.state == "offered", questions.c.at < bindparam("before"))
    .order_by(questions.c.id)
    .limit(bindparam("most"))
)
OPEN = (
    select(groups.c.id, groups.c.vector)
    .where(groups.c.state == "open")
    .order_by(groups.c.last_at.desc())
    .limit(LOOKED_AT)
)
BEGIN = insert(groups)
COUNT = (
    update(groups)
    .where(groups.c.id == bindparam("group"), groups.c.state == "open")
    .values(times=groups.c.times + 1, last_at=bindparam("now"))
)
GROUP = select(groups).where(groups.c.id == bindparam("group"))
HAS_QUESTIONS = exists().where(questions.c.group_id == groups.c.id)
WAITING = (
    select(groups)
    .where(groups.c.state == "open", HAS_QUESTIONS)
    .order_by(groups.c.times.desc(), groups.c.last_at.desc())
    .limit(bindparam("most"))
)
IN_GROUP = (
    select(questions)
    .where(questions.c.group_id == bindparam("group"))
    .order_by(questions.c.id.desc())
    .limit(bindparam("most"))
)
LAST_OF_EACH = (  # person who waits
    select(func.max(questions.c.id))
    .where(
        questions.c.group_id == bindparam("group"), questions.c.state == "waiting", questions.c.at > bindparam("after")
    )
    .group_by(questions.c.person_id)
    .order_by(func.max(questions.c.id).desc())
    .limit(bindparam("most"))
)
TO_ANSWER = select(questions).where(questions.c.id.in_(LAST_OF_EACH)).order_by(questions.c.id)
PEOPLE = select(func.count(questions.c.person_id.distinct())).where(questions.c.group_id == bindparam("group"))
DECIDE = (
    update(groups)
    .where(groups.c.id == bindparam("group"), groups.c.state == "open")
    .values(
        state=bindparam("becomes"),
        slug=bindparam("means"),
        decided_by=bindparam("person"),
        decided_at=bindparam("now"),
    )
)
DECIDED = (
    update(questions)
    .where(questions.c.group_id == bindparam("group"), questions.c.state == "waiting")
    .values(state=bindparam("becomes"), slug=bindparam("means"))
)
newer, newer_group = questions.alias("newer"), groups.alias("newer_group")
OLD = (  # the newest stays till there is another: its number, and its note's, would be given away anew
    select(questions.c.id, questions.c.note_id)
    .where(questions.c.at < bindparam("before"), questions.c.id < select(func.max(newer.c.id)).scalar_subquery())
    .order_by(questions.c.id)
    .limit(bindparam("most"))
)
FORGET = delete(questions).where(questions.c.id.in_(bindparam("old", expanding=True)))
EMPTY = (  # a question that joins it at this moment makes it a new one
    select(groups.c.id)
    .where(
        groups.c.last_at < bindparam("before"),
        groups.c.id < select(func.max(newer_group.c.id)).scalar_subquery(),
        ~HAS_QUESTIONS,
    )
    .limit(bindparam("most"))
)
END = delete(groups).where(groups.c.id.in_(EMPTY), groups.c.last_at < bindparam("before"))


# As it is asked


def ask(
    tx: Tx,
    person: Person,
    asked: str,
    vector: bytes,
    guesses: Sequence[str],
    answered: str | None,
    key: str,
) -> int | None:
    """Keep what a buyer asked; returns its number. `answered` names the entry where the shop was sure.

    Once per key. None for more than A_DAY of one person: nothing is kept then.
    """
    known = tx.value(ASKED, of_key=key)
    if known is not None:
        return known
    if tx.value(LATELY, person=person.id, after=tx.now - timedelta(days=1)) >= A_DAY:
        return None
    note = enquiries.keep(tx, f"question {key}", person.id, person.id, asked[:CUT])
    return tx.insert(
        ASK,
        key=key,
        person_id=person.id,
        note_id=note,
        vector=vector,
        guesses=list(guesses),
        state="answered" if answered else "offered",
        slug=answered,
        at=tx.now,
    )


def chosen(tx: Tx, person: Person, question: int, slug: str) -> None:
    """The buyer took one of the entries that were offered. A repeat, or another's question, changes nothing."""
    row = tx.first(QUESTION, question=question)
    if row and row.person_id == person.id:
        tx.changed(CHOSEN, question=question, chosen=slug)


def hand_on(tx: Tx, question: int, person: Person | None = None) -> bool:
    """Nothing we said fits: it waits for staff, in a group with those that mean the same, and they are told.

    A repeat changes nothing and returns False; so does another `person` than who asked.
    """
    row = tx.first(QUESTION, question=question)
    if row is None or (person and row.person_id != person.id) or not tx.changed(HAND_ON, question=question):
        return False
    group = _same(tx, row.vector)
    if group is None or not tx.changed(COUNT, group=group, now=tx.now):
        made = {"vector": row.vector, "state": "open", "times": 1, "guesses": row.guesses, "last_at": tx.now}
        group = tx.insert(BEGIN, **made)
    tx.changed(INTO, question=question, into=group)
    found = get(tx, group)
    staff.tell(tx, f"questions {group} {found.times}", card(tx, found), Kind.QUESTIONS)
    return True


def _same(tx: Tx, vector: bytes) -> int | None:
    """The open group whose first question is nearest, if it is near enough."""
    import numpy  # a shop that knows all the answers never loads it

    rows = [row for row in tx.all(OPEN) if len(row.vector) == len(vector)]
    if not rows:
        return None
    there = numpy.frombuffer(b"".join(row.vector for row in rows), numpy.float16).reshape(len(rows), -1)
    near = there.astype(numpy.float32) @ numpy.frombuffer(vector, numpy.float16).astype(numpy.float32)
    best = int(near.argmax())
    return rows[best].id if near[best] >= ALIKE else None


def unchosen(tx: Tx, most: int = 50) -> list[int]:
    """What was offered three entries, and none was taken: its answer may not have been among them."""
    return [row.id for row in tx.all(UNCHOSEN, before=tx.now - PATIENCE, most=most)]


def forget(tx: Tx, most: int = 500) -> int:
    """What was asked long ago is kept no longer, whatever became of it, but for what staff taught with it.

    A group goes with its last question, decided or not. Of both the newest stay. Returns how much that was.
    """
    before = tx.now - KEPT
    old = tx.all(OLD, before=before, most=most)
    if old:
        tx.changed(FORGET, old=[row.id for row in old])
        notes = {row.note_id for row in old}
        enquiries.forget(tx, notes - faq.kept(tx, notes))
    return len(old) + tx.changed(END, before=before, most=most)


# As staff teach


def get(tx: Tx, group: int) -> Group:
    """Raises UnknownQuestions."""
    row = tx.first(GROUP, group=group)
    if row is None:
        raise UnknownQuestions()
    return _group(row)


def _group(row: AnyRow) -> Group:
    return Group(row.id, row.state, row.times, tuple(row.guesses), row.slug, row.decided_by, row.decided_at)


def waiting(tx: Tx, most: int = 8) -> list[Group]:
    """What nobody has an answer to, the most asked first."""
    return [_group(row) for row in tx.all(WAITING, most=most)]


def teach(tx: Tx, group: int, slug: str, person: str) -> Group:
    """All questions of the group mean this entry from now on; whoever asked lately is answered now, once each.

    A repeat, or somebody second, changes nothing: the group says who was first. Raises NotStaff, NotAllowed,
    UnknownQuestions, UnknownEntry.
    """
    staff.may(tx, person, Right.ANSWER)
    faq.entry(tx, slug)
    get(tx, group)
    if not tx.changed(DECIDE, group=group, becomes="taught", means=slug, person=person, now=tx.now):
        return get(tx, group)
    for row in tx.all(IN_GROUP, group=group, most=LEARNED):
        faq.teach(tx, slug, row.note_id, person)
    for row in tx.all(TO_ANSWER, group=group, after=tx.now - TOLD_WITHIN, most=ANSWERED):
        _answer(tx, row, slug)
    tx.changed(DECIDED, group=group, becomes="taught", means=slug)
    return get(tx, group)


def _answer(tx: Tx, row: AnyRow, slug: str) -> None:
    """Now there is an answer: whoever asked hears it, with their own words before it."""
    buyer = customers.person(tx, row.person_id)
    found = answers.answer(tx, buyer, slug, answers.about(tx, buyer, slug))
    asked = words("faq-asked-before", text=Note(row.note_id))
    said = Message((asked, *found.paragraphs), found.choices, picture=found.picture, shows=found.shows)
    staff.say(tx, f"answer question {row.id}", buyer.id, said)


def leave(tx: Tx, group: int, person: str) -> Group:
    """Nothing is to be answered to these. A repeat, or somebody second, changes nothing. Raises as teach does."""
    staff.may(tx, person, Right.ANSWER)
    get(tx, group)
    if tx.changed(DECIDE, group=group, becomes="left", means=None, person=person, now=tx.now):
        tx.changed(DECIDED, group=group, becomes="left", means=None)
    return get(tx, group)


def card(tx: Tx, group: Group) -> Message:
    """What was asked, how often, what it may mean; once decided, what became of it."""
    rows = tx.all(IN_GROUP, group=group.id, most=SHOWN)
    head = words("questions-card", n=group.times, people=tx.value(PEOPLE, group=group.id))
    asked = [words("questions-asked", time=row.at, text=Note(row.note_id)) for row in reversed(rows)]
    if group.state != "open":
        return Message(Lines((head, *asked, _became(tx, group))), (), card=f"questions {group.id}")
    return Message(Lines((head, *asked)), _choices(tx, group, rows), card=f"questions {group.id}")


def _became(tx: Tx, group: Group) -> Words:
    by, at = staff.called(tx, group.decided_by or "-"), group.decided_at or tx.now
    if group.state == "left":
        return words("questions-left", staff=by, time=at)
    return words("questions-taught", entry=_title(tx, group.slug or ""), staff=by, time=at)


def _choices(tx: Tx, group: Group, rows: Sequence[AnyRow]) -> tuple[Choice, ...]:
    means = [Choice(_title(tx, slug), f"teach {group.id} {slug}", acts=True) for slug in group.guesses[:3]]
    reply = [Choice(words("choose-reply"), f"reply {rows[0].person_id}")] if len(rows) == 1 else []
    return (
        *means,
        Choice(words("choose-other-entry"), f"means {group.id}"),
        Choice(words("choose-new-entry"), f"newentry {group.id}"),
        *reply,
        Choice(words("choose-leave-questions"), f"unasked {group.id}", acts=True),
    )


def _title(tx: Tx, slug: str) -> Words | Local:
    return faq.entry(tx, slug).title


def newest_note(tx: Tx, group: int) -> int:
    """The number of what was written last in it."""
    return tx.one(IN_GROUP, group=group, most=1).note_id
