"""What came over from which old shop, row by row: a second run finds what the first one brought, and brings it once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import CheckConstraint, Column, Index, String, Table, UniqueConstraint, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite just as well

from core.ground.columns import UTC, BigId, metadata
from core.ground.db import Tx
from core.ground.tx import AnyRow

PIECE = 500  # rows looked at in one statement

moved = Table(
    "moved",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("shop", String(20), nullable=False),  # which software
    Column("source", String(32), nullable=False),  # which shop of it, as a digest
    Column("kind", String(10), nullable=False),
    Column("old_id", String(300), nullable=False),
    Column("parent", String(300), nullable=False),  # of a code, the product there; of a product, its category
    Column("our_id", BigId, nullable=False),
    Column("mark", String(64), nullable=False),  # how it stood there when it was looked at last
    Column("at", UTC, nullable=False),
    Column("opened_at", UTC),  # of a product: put on sale by the owner's word
    UniqueConstraint("shop", "source", "kind", "old_id"),
    CheckConstraint("kind IN ('shelf', 'category', 'product', 'code')", name="kind"),
    Index("ix_moved_parent", "shop", "source", "kind", "parent", "id"),
    Index("ix_moved_our_id", "kind", "our_id"),
)

OF = (
    moved.c.shop == bindparam("of_shop"),
    moved.c.source == bindparam("of_source"),
    moved.c.kind == bindparam("of_kind"),
)
KNOWN = select(moved).where(*OF, moved.c.old_id.in_(bindparam("ids", expanding=True)))
BELOW = (
    select(moved)
    .where(*OF, moved.c.parent == bindparam("of_parent"), moved.c.id > bindparam("after"))
    .order_by(moved.c.id)
    .limit(bindparam("most"))
)
ALL = select(moved).where(*OF, moved.c.id > bindparam("after")).order_by(moved.c.id).limit(bindparam("most"))
NOTE = insert(moved).on_conflict_do_nothing(index_elements=["shop", "source", "kind", "old_id"])
REMARK = update(moved).where(moved.c.id == bindparam("row")).values(mark=bindparam("becomes"))
OPENED = (
    update(moved)
    .where(moved.c.id == bindparam("row"), moved.c.opened_at.is_(None))
    .values(opened_at=bindparam("moment"))
)
OTHERS = (
    select(moved.c.id).where(moved.c.shop == bindparam("of_shop"), moved.c.source != bindparam("of_source")).limit(1)
)
MARKS = select(moved.c.mark, func.count()).where(*OF, moved.c.parent == bindparam("of_parent")).group_by(moved.c.mark)


@dataclass(frozen=True)
class Source:
    """One shop that somebody moves in from."""

    shop: str
    digest: str

    @classmethod
    def of(cls, shop: str, source: str) -> Source:
        """`source` is what OldShop.source says."""
        return cls(shop, hashlib.sha256(source.encode()).hexdigest()[:32])

    @property
    def named(self) -> str:
        """As the audit and batches call it."""
        return f"{self.shop} {self.digest[:8]}"

    def about(self, kind: str) -> dict[str, str]:
        return {"of_shop": self.shop, "of_source": self.digest, "of_kind": kind}


def known(tx: Tx, source: Source, kind: str, ids: Sequence[str]) -> dict[str, AnyRow]:
    """By their number there, those that came before."""
    parts = (list(ids[at : at + PIECE]) for at in range(0, len(ids), PIECE))
    return {row.old_id: row for part in parts for row in tx.all(KNOWN, **source.about(kind), ids=part)}


def one(tx: Tx, source: Source, kind: str, old_id: str) -> AnyRow | None:
    return known(tx, source, kind, [old_id]).get(old_id)


def below(tx: Tx, source: Source, kind: str, parent: str, after: int, most: int = PIECE) -> list[AnyRow]:
    """What came over of a parent, so many after that row."""
    return tx.all(BELOW, **source.about(kind), of_parent=parent, after=after, most=most)


def some(tx: Tx, source: Source, kind: str, after: int, most: int = PIECE) -> list[AnyRow]:
    """What came over of a kind, so many after that row."""
    return tx.all(ALL, **source.about(kind), after=after, most=most)


def only_from_others(tx: Tx, source: Source) -> bool:
    """Whether something came from another shop of the same software, or this one by another name, and no product yet
    from this."""
    others = tx.first(OTHERS, of_shop=source.shop, of_source=source.digest)
    return others is not None and not some(tx, source, "product", 0, 1)


def marks(tx: Tx, source: Source, kind: str, parent: str) -> dict[str, int]:
    """How many of a parent's stand how."""
    return {mark: many for mark, many in tx.all(MARKS, **source.about(kind), of_parent=parent)}


def note(tx: Tx, source: Source, kind: str, old_id: str, our: int, mark: str = "", parent: str = "") -> bool:
    """It came over. A repeat changes nothing: False."""
    return bool(tx.changed(NOTE, **_row(tx, source, kind, old_id, our, mark, parent)))


def note_all(tx: Tx, source: Source, kind: str, rows: Sequence[tuple[str, int, str, str]]) -> None:
    """Many at once: number there, number here, mark, parent."""
    tx.many(NOTE, [_row(tx, source, kind, *row) for row in rows])


def _row(tx: Tx, source: Source, kind: str, old_id: str, our: int, mark: str, parent: str) -> dict[str, object]:
    about = {"shop": source.shop, "source": source.digest, "kind": kind, "old_id": old_id, "parent": parent}
    return {**about, "our_id": our, "mark": mark, "at": tx.now}


def remark(tx: Tx, row: int, mark: str) -> None:
    """It stands otherwise there now."""
    tx.changed(REMARK, row=row, becomes=mark)


def opened(tx: Tx, row: int) -> bool:
    """The owner has put it on sale. False for a repeat."""
    return bool(tx.changed(OPENED, row=row, moment=tx.now))
