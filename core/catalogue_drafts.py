"""Files of the catalogue that wait for a yes, and are then brought in: some rows at a time, so that no sale waits.

Every row is looked at before the first one counts: of a file with a wrong row nothing is taken. What is begun is gone
on with by a job until all rows are in; a product that somebody changes in those seconds keeps that, and is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from core import catalogue, guides, shelving, staff
from core.authority import Right
from core.catalogue import Plan, Row
from core.ground import audit, outbox
from core.ground.columns import UTC, BigId, Json, metadata
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Choice, Message, words
from core.sheets import Sheet

COMMAND_LINE = "command line"
PIECE = 20  # rows of one transaction, some 20 ms
NAMED = 8  # products that were left as they are
PRODUCTS = Choice(words("choose-products"), "manage")

drafts = Table(
    "catalogue_drafts",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(300), nullable=False, unique=True),  # the event it came in
    Column("by_whom", String(160), nullable=False),
    Column("by_name", String(160)),  # as staff know them, from when it is begun
    Column("at", UTC, nullable=False),
    Column("heading", Json, nullable=False),
    Column("made", Integer, nullable=False),  # products so far
    Column("changed", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("left_alone", Json, nullable=False),  # the short names of those that somebody changed meanwhile
    Column("begun_at", UTC),
    Column("ended_at", UTC),  # with no begun_at it was thrown away
)
pieces = Table(  # its rows: each goes as it is brought in
    "catalogue_pieces",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("draft_id", BigId, ForeignKey("catalogue_drafts.id"), nullable=False),
    Column("place", Integer, nullable=False),
    Column("rows", Json, nullable=False),  # number, version of the product when it was looked at, cells
    UniqueConstraint("draft_id", "place"),
)

DRAFT = insert(drafts)
BY_KEY = select(drafts.c.id).where(drafts.c.key == bindparam("of_key"))
BY_ID = select(drafts).where(drafts.c.id == bindparam("number"))
BEGIN = (
    update(drafts)
    .where(drafts.c.id == bindparam("number"), drafts.c.begun_at.is_(None), drafts.c.ended_at.is_(None))
    .values(begun_at=bindparam("now"), by_name=bindparam("who"))
)
TALLY = (
    update(drafts)
    .where(drafts.c.id == bindparam("number"))
    .values(
        made=drafts.c.made + bindparam("new"),
        changed=drafts.c.changed + bindparam("more"),
        unchanged=drafts.c.unchanged + bindparam("same"),
        left_alone=bindparam("names"),
    )
)
END = (
    update(drafts)
    .where(drafts.c.id == bindparam("number"), drafts.c.ended_at.is_(None))
    .values(ended_at=bindparam("now"))
)
DISCARD = END.where(drafts.c.begun_at.is_(None))
KEEP = insert(pieces)
BEHIND = (
    select(pieces.c.place, pieces.c.rows)
    .where(pieces.c.draft_id == bindparam("number"), pieces.c.place > bindparam("after"))
    .order_by(pieces.c.place)
    .limit(1)
)
FIRST = (
    select(pieces.c.id, pieces.c.rows).where(pieces.c.draft_id == bindparam("number")).order_by(pieces.c.place).limit(1)
)
TAKE = delete(pieces).where(pieces.c.id == bindparam("piece"))
THROW_AWAY = delete(pieces).where(pieces.c.draft_id == bindparam("number"))


class DraftGone(ShopError):
    """The file was thrown away."""


class CatalogueWrong(ShopError):
    """Nothing of the file was taken. Facts: n, how many rows are wrong."""


@dataclass(frozen=True)
class Draft:
    """How far a file is."""

    id: int
    by: str
    made: int
    changed: int
    unchanged: int
    left: tuple[str, ...]
    over: bool


def draft(tx: Tx, by: str, sheet: Sheet, plan: Plan, key: str) -> int:
    """Keep a file until it is decided, with what was seen of it; returns its number. A repeat of the key finds it.

    By "command line", or by somebody who works here. Raises NotStaff, NotAllowed.
    """
    _may(tx, by)
    known = tx.value(BY_KEY, of_key=key)
    if known is not None:
        return known
    none: dict[str, Any] = {"made": 0, "changed": 0, "unchanged": 0, "left_alone": []}
    made = tx.insert(
        DRAFT,
        key=key,
        by_whom=by,
        by_name=None,
        at=tx.now,
        heading=[*sheet.heading],
        **none,
        begun_at=None,
        ended_at=None,
    )
    seen = {row.number: row.product.version for row in plan.rows if row.product}
    rows = [[number, seen.get(number), *cells] for number, cells in sheet.rows]
    for place in range(0, len(rows), PIECE):
        tx.changed(KEEP, draft_id=made, place=place, rows=rows[place : place + PIECE])
    return made


def _may(tx: Tx, by: str) -> str:
    return by if by == COMMAND_LINE else staff.may(tx, by, Right.SHELF).name


def check(tx: Tx, number: int, after: int = -1) -> int | None:
    """Look once more at the rows behind that place, before the first row counts; returns their place, None at the end.

    A read, to be repeated to its end. One that was begun is past that. Raises DraftGone, CatalogueWrong, and
    EditedMeanwhile for a product that somebody has changed since the file was looked at.
    """
    row = _row(tx, number)
    piece = tx.first(BEHIND, number=number, after=after) if row.begun_at is None else None
    if piece is None:
        return None
    plan = catalogue.look(tx, _sheet(row.heading, piece.rows))
    if wrong := plan.of("wrong"):
        raise CatalogueWrong(n=len(wrong))
    seen = _versions(piece.rows)
    for each in plan.of("changed"):
        if each.product and each.product.version != seen[each.number]:
            raise shelving.meanwhile(tx, each.product)
    return piece.place


def _row(tx: Tx, number: int) -> Any:
    row = tx.first(BY_ID, number=number)
    if row is None or (row.begun_at is None and row.ended_at is not None):
        raise DraftGone()
    return row


def _sheet(heading: Sequence[str], rows: Sequence[Sequence[Any]]) -> Sheet:
    return Sheet(tuple(heading), tuple((number, tuple(cells)) for number, _, *cells in rows))


def _versions(rows: Sequence[Sequence[Any]]) -> dict[int, int | None]:
    return {number: version for number, version, *_ in rows}


def take(tx: Tx, by: str, number: int) -> Draft | None:
    """Begin to bring in a file that check() found well: the first rows at once, the rest by a job.

    None for a repeat. Raises NotStaff, NotAllowed, DraftGone.
    """
    who = _may(tx, by)
    if not tx.changed(BEGIN, number=number, now=tx.now, who=who):
        _row(tx, number)
        return None
    if go_on(tx, number):
        outbox.put(tx, "catalogue", f"catalogue {number}", draft=number)
    return one(tx, number)


def go_on(tx: Tx, number: int) -> bool:
    """Bring the next rows in. False when there are none left: all of it is in."""
    piece = tx.first(FIRST, number=number)
    if piece is None:
        return False
    if tx.changed(TAKE, piece=piece.id):  # or somebody else does it at this moment
        _bring_in(tx, _row(tx, number), piece.rows)
    if tx.first(FIRST, number=number) is not None:
        return True
    it = one(tx, number)
    if tx.changed(END, number=number, now=tx.now):
        audit.write(tx, it.by, "import catalogue", "", new=it.made, changed=it.changed, left=len(it.left))
    return False


def _bring_in(tx: Tx, draft: Any, rows: Sequence[Sequence[Any]]) -> None:
    plan, seen = catalogue.look(tx, _sheet(draft.heading, rows)), _versions(rows)
    taken = [row for row in plan.rows if row.what != "unchanged" and _is_brought_in(tx, draft, row, seen[row.number])]
    left = [row.slug for row in plan.rows if row.what != "unchanged" and row not in taken]
    new = sum(row.what == "new" for row in taken)
    counts = {"new": new, "more": len(taken) - new, "same": len(plan.of("unchanged"))}
    tx.changed(TALLY, number=draft.id, **counts, names=[*draft.left_alone, *left])


def _is_brought_in(tx: Tx, draft: Any, row: Row, version: int | None) -> bool:
    """Not so where its product is another than the one that was looked at."""
    if row.what == "wrong" or (row.product and row.product.version != version):
        return False
    try:
        catalogue.bring_in(tx, draft.by_whom, draft.by_name, row)
    except (shelving.EditedMeanwhile, shelving.KindStays, guides.GuideEdited):
        return False
    return True


def one(tx: Tx, number: int) -> Draft:
    """Raises DraftGone."""
    row = _row(tx, number)
    over = row.ended_at is not None
    return Draft(row.id, row.by_whom, row.made, row.changed, row.unchanged, tuple(row.left_alone), over)


def discard(tx: Tx, number: int) -> None:
    """Throw it away. A repeat, and one that was begun, changes nothing."""
    if tx.changed(DISCARD, number=number, now=tx.now):
        tx.changed(THROW_AWAY, number=number)


def ended(tx: Tx, number: int) -> None:
    """What took a job is over: whoever sent the file is told."""
    it = one(tx, number)
    if it.by != COMMAND_LINE:
        staff.say(tx, f"catalogue {number}", it.by, told(it))


def told(it: Draft) -> Message:
    """What has become of a file, or that it is under way."""
    if not it.over:
        return Message(words("catalogue-going"), (PRODUCTS,))
    done = words("catalogue-done", new=it.made, changed=it.changed, unchanged=it.unchanged)
    named = ", ".join(it.left[:NAMED]) + (" …" if len(it.left) > NAMED else "")
    left = (words("catalogue-left", n=len(it.left), text=named),) if it.left else ()
    return Message((done, *left), (PRODUCTS,))
