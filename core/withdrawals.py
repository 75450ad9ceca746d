"""Withdrawals: unsold codes that staff take out of sale, void, or move to another product; a batch's, or a list's.

What was sold is never touched. What is set aside for an order is its buyer's if they pay, as they were told; if it is
given back instead, it goes where the others went, and is not on sale meanwhile. Done in small transactions by a job,
so that a batch of any size holds up no sale; the row says how far it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    ForeignKey,
    Integer,
    String,
    Table,
    and_,
    bindparam,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite just as well

from core import batches, catalog, enquiries, inventory, staff
from core.authority import Right
from core.catalog import Product, StockKind
from core.ground import audit, outbox
from core.ground.columns import UTC, BigId, Json, metadata, whole
from core.ground.db import NoRow, Tx
from core.ground.errors import ShopError
from core.ground.messages import Choice, Local, Message, Words, words
from core.ground.vault import Secret
from core.inventory import codes
from core.pasted import PastedCode
from core.quiet import Kind
from core.staff import Colleague

WHATS = ("quarantine", "void", "move")
BECOMES = {"quarantine": "quarantined", "void": "voided"}
MOST = 200  # codes in one transaction
LONGEST_LIST = 1_000
LONGEST_WHY = 200


class CantMoveThere(ShopError):
    """Codes move only to another product of which each code goes to one buyer too."""


withdrawals = Table(
    "withdrawals",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(300), nullable=False, unique=True),
    Column("what", String(12), nullable=False),
    Column("batch_id", BigId, ForeignKey("batches.id")),  # or
    Column("codes", Json),  # their numbers
    Column("product_id", BigId, ForeignKey("products.id")),  # where they move to
    Column("why", String(LONGEST_WHY), nullable=False),
    Column("by_whom", String(160), nullable=False),
    Column("at", UTC, nullable=False),
    Column("reached", BigId, nullable=False),  # the last code that was looked at
    Column("done", Integer, nullable=False),  # codes withdrawn so far
    Column("ended_at", UTC),
    CheckConstraint("what IN ('quarantine', 'void', 'move')", name="what"),
    CheckConstraint("(what = 'move') = (product_id IS NOT NULL)", name="moves_somewhere"),
    CheckConstraint("(batch_id IS NULL) <> (codes IS NULL)", name="of_something"),
)


@dataclass(frozen=True)
class Withdrawal:
    id: int
    what: str
    batch: int | None
    codes: tuple[int, ...]
    to: int | None
    why: str
    by: str
    reached: int
    done: int
    over: bool


ORDER = insert(withdrawals).on_conflict_do_nothing(index_elements=["key"])
ORDERED = select(withdrawals.c.id).where(withdrawals.c.key == bindparam("by_key"))
ONE = select(withdrawals).where(withdrawals.c.id == bindparam("withdrawal"))
STEP = (
    update(withdrawals)
    .where(withdrawals.c.id == bindparam("withdrawal"), withdrawals.c.reached == bindparam("was"))
    .values(reached=bindparam("upto"), done=withdrawals.c.done + bindparam("more"))
)
END = (
    update(withdrawals)
    .where(withdrawals.c.id == bindparam("withdrawal"), withdrawals.c.ended_at.is_(None))
    .values(ended_at=bindparam("over_at"))
)
LISTED = select(codes.c.id, codes.c.product_id).where(codes.c.fingerprint.in_(bindparam("prints", expanding=True)))
OF = select(codes.c.product_id).distinct().where(codes.c.id.in_(bindparam("listed", expanding=True)))
IN_BATCH = codes.c.batch_id == bindparam("batch")
IN_LIST = codes.c.id.in_(bindparam("listed", expanding=True))
LIVE = codes.c.batch_id.in_(select(inventory.batches.c.id).where(inventory.batches.c.state == "live"))
MOVE = (
    update(codes)
    .where(codes.c.id == bindparam("code"), codes.c.state == "available", codes.c.uses == 0, codes.c.held == 0)
    .values(product_id=bindparam("to"), batch_id=bindparam("into"), sealed=bindparam("anew"), withdrawn_by=None)
)
FOLLOW = (  # it goes too, once nobody has it set aside any more
    update(codes).where(codes.c.id == bindparam("code"), codes.c.held > 0).values(withdrawn_by=bindparam("withdrawal"))
)
GIVEN_BACK = (
    select(codes.c.id)
    .join(withdrawals, withdrawals.c.id == codes.c.withdrawn_by)
    .where(codes.c.state == "available", codes.c.held == 0, withdrawals.c.ended_at.is_not(None))
    .order_by(codes.c.id)
    .limit(bindparam("most"))
)
RESIZE = (
    update(inventory.batches)
    .where(inventory.batches.c.id == bindparam("batch"))
    .values(size=inventory.batches.c.size + bindparam("more"))
)
MADE = select(inventory.batches.c.id).where(
    inventory.batches.c.moved_by == bindparam("withdrawal"), inventory.batches.c.state == "importing"
)
MADE_OF = select(inventory.batches.c.id).where(
    inventory.batches.c.moved_by == bindparam("withdrawal"), inventory.batches.c.source == bindparam("from_source")
)


def unsold(what: str) -> list[ColumnElement[bool]]:
    """Which codes may be withdrawn so: of live batches, with uses left. What was quarantined may be voided too."""
    quarantined = [and_(codes.c.state == "quarantined", codes.c.uses == 0)] if what == "void" else []
    return [or_(codes.c.state.in_(("available", "reserved")), *quarantined), LIVE]


FREE = codes.c.held == 0
WITHDRAWN = (codes.c.id, codes.c.batch_id, codes.c.product_id, codes.c.fingerprint, codes.c.sealed, codes.c.held)
NEXT = {
    (what, by): select(*WITHDRAWN)
    .where(of, codes.c.id > bindparam("after"), *unsold(what))
    .order_by(codes.c.id)
    .limit(bindparam("most"))
    .with_for_update(of=codes)  # nobody sets one aside, or gives it back, before it is known where it goes
    for what in WHATS
    for by, of in (("batch", IN_BATCH), ("list", IN_LIST))
}
COUNT = {
    (what, by): select(whole(func.count())).where(of, FREE, *unsold(what))
    for what in WHATS
    for by, of in (("batch", IN_BATCH), ("list", IN_LIST))
}
SET = {
    what: update(codes).where(codes.c.id == bindparam("code"), FREE, *unsold(what)).values(state=becomes)
    for what, becomes in BECOMES.items()
}
LEAVING = (
    select(*WITHDRAWN, codes.c.withdrawn_by)
    .where(codes.c.id == bindparam("code"), codes.c.withdrawn_by.is_not(None), codes.c.state == "available", FREE)
    .with_for_update(of=codes)
)


@dataclass(frozen=True)
class Listed:
    """What a pasted list names: the numbers of codes that are in the shop, never the codes."""

    codes: tuple[int, ...]
    unknown: int
    products: frozenset[int]


def listed(tx: Tx, found: Sequence[PastedCode]) -> Listed:
    prints = [tx.vault.fingerprint(code.normal()) for code in found]
    rows = [row for at in range(0, len(prints), 500) for row in tx.all(LISTED, prints=prints[at : at + 500])]
    return Listed(
        tuple(sorted(row.id for row in rows)), len(prints) - len(rows), frozenset(row.product_id for row in rows)
    )


def many(tx: Tx, what: str, batch: int | None, listed: Sequence[int]) -> int:
    """How many codes it would be now."""
    if batch is None:
        return tx.value(COUNT[what, "list"], listed=list(listed))
    return tx.value(COUNT[what, "batch"], batch=batch)


def look_where(tx: Tx, slug: str, products: Sequence[int]) -> Product:
    """Where codes of these products may move to. Raises UnknownProduct, CantMoveThere."""
    to = catalog.product(tx, slug)
    froms = [catalog.by_id(tx, product) for product in products]
    if to.kind is not StockKind.UNIQUE or any(one.kind is not StockKind.UNIQUE or one.id == to.id for one in froms):
        raise CantMoveThere()
    return to


def order(
    tx: Tx,
    what: str,
    by: str,
    why: str,
    *,
    batch: int | None = None,
    listed: Sequence[int] = (),
    to: int | None = None,
    request_key: str,
) -> int:
    """Have them withdrawn, by a job. A repeat finds the same one. Raises NotStaff, NotAllowed."""
    who = allowed(tx, what, by)
    why = enquiries.covered(Secret(why))  # people quote the code they complain of
    try:
        made = tx.insert(
            ORDER,
            key=request_key,
            what=what,
            batch_id=batch,
            codes=None if batch else list(listed),
            product_id=to,
            why=why[:LONGEST_WHY],
            by_whom=by,
            at=tx.now,
            reached=0,
            done=0,
        )
    except NoRow:
        return tx.value(ORDERED, by_key=request_key)
    _tell(tx, made, what, who.name, _of(tx, batch, listed), many(tx, what, batch, listed), why, to)
    about = f"batch {batch}" if batch else f"list of {len(listed)}"
    audit.write(tx, by, what, about, why=why, withdrawal=made, to=to)
    outbox.put(tx, "withdraw", f"withdraw {made}", withdrawal=made)
    return made


def allowed(tx: Tx, what: str, by: str) -> Colleague:
    """Whoever keeps the stock may; to move codes says what they are sold as, which is the shelf's to say.

    Raises NotStaff, NotAllowed.
    """
    if what == "move":
        staff.may(tx, by, Right.SHELF)
    return staff.may(tx, by, Right.STOCK)


def _of(tx: Tx, batch: int | None, listed: Sequence[int]) -> Local | Words:
    """What product they are of, by name."""
    among = [batches.batch(tx, batch).product] if batch else [row.product_id for row in tx.all(OF, listed=[*listed])]
    return catalog.by_id(tx, among[0]).name if len(among) == 1 else words("several-products")


def _tell(tx: Tx, made: int, what: str, who: str, product: Local | Words, n: int, why: str, to: int | None) -> None:
    facts: dict[str, Any] = {"staff": who, "product": product, "n": n, "why": why[:LONGEST_WHY]}
    if to is not None:
        facts["to"] = catalog.by_id(tx, to).name
    staff.tell(tx, f"withdrawal {made}", Message(words(f"told-withdraw-{what}", **facts)), Kind.STOCK)


def one(tx: Tx, withdrawal: int) -> Withdrawal:
    row = tx.one(ONE, withdrawal=withdrawal)
    return Withdrawal(
        row.id,
        row.what,
        row.batch_id,
        tuple(row.codes or ()),
        row.product_id,
        row.why,
        row.by_whom,
        row.reached,
        row.done,
        row.ended_at is not None,
    )


def go_on(tx: Tx, withdrawal: int) -> bool:
    """Withdraw the next codes. False when there are none left: then it has ended, and whoever ordered it is told."""
    it = one(tx, withdrawal)
    if it.over:
        return False
    which: dict[str, Any] = {"listed": list(it.codes)} if it.batch is None else {"batch": it.batch}
    rows = tx.all(NEXT[it.what, "list" if it.batch is None else "batch"], after=it.reached, most=MOST, **which)
    if not rows:
        _end(tx, it)
        return False
    for row in rows:
        if row.held:
            tx.changed(FOLLOW, code=row.id, withdrawal=it.id)
    more = _withdraw(tx, it, [row for row in rows if not row.held])
    tx.changed(STEP, withdrawal=it.id, was=it.reached, upto=rows[-1].id, more=more)
    return True


def _withdraw(tx: Tx, it: Withdrawal, rows: Sequence[Any]) -> int:
    return _move(tx, it, rows) if it.what == "move" else sum(tx.changed(SET[it.what], code=row.id) for row in rows)


def given_back(tx: Tx, most: int) -> list[int]:
    """Codes that were set aside when they were to be withdrawn, and that nobody has set aside any more."""
    return [row.id for row in tx.all(GIVEN_BACK, most=most)]


def follow(tx: Tx, code: int) -> None:
    """One that was given back goes where the others of its withdrawal went. A repeat changes nothing."""
    row = tx.first(LEAVING, code=code)
    if row is None:
        return
    it = one(tx, row.withdrawn_by)
    if _withdraw(tx, it, [row]):
        _finish(tx, it)
        audit.write(tx, it.by, it.what, f"code {code}", withdrawal=it.id, given_back=True)


def _move(tx: Tx, it: Withdrawal, rows: Sequence[Any]) -> int:
    """Each is sealed anew for the other product, in a batch there that is on sale when all of them are in it.

    One that was given back joins the others there.
    """
    assert it.to is not None  # noqa: S101  the schema says so
    moved = 0
    for row in rows:
        plain = tx.vault.open(row.sealed, inventory.bound_to(row.product_id, row.fingerprint))
        anew = tx.vault.seal(plain, inventory.bound_to(it.to, row.fingerprint))
        there = _batch_there(tx, it, row.batch_id)
        if tx.changed(MOVE, code=row.id, to=it.to, into=there, anew=anew):
            tx.changed(RESIZE, batch=row.batch_id, more=-1)
            tx.changed(RESIZE, batch=there, more=1)
            moved += 1
    return moved


def _batch_there(tx: Tx, it: Withdrawal, batch: int) -> int:
    source = f"moved from batch {batch}"
    made = tx.value(MADE_OF, withdrawal=it.id, from_source=source)
    if made is None:
        before = batches.batch(tx, batch)
        made = batches.open_batch(tx, catalog.by_id(tx, it.to or 0), source, it.by, moved_by=it.id)
        batches.bought_for(tx, made, before.cost, before.proof)
    return made


def _end(tx: Tx, it: Withdrawal) -> None:
    if not tx.changed(END, withdrawal=it.id, over_at=tx.now):
        return
    _finish(tx, it)
    audit.write(tx, it.by, f"{it.what} done", f"withdrawal {it.id}", count=it.done)
    told = Message(words(f"withdrawn-{it.what}", n=it.done), (Choice(words("choose-stock"), "stock"),))
    staff.tell_one(tx, f"withdrawn {it.id}", it.by, told)


def _finish(tx: Tx, it: Withdrawal) -> None:
    for row in tx.all(MADE, withdrawal=it.id):
        batches.finish_import(tx, row.id)
