"""Drafts: codes that were pasted or sent as a file, sealed in pieces until they are put on sale or thrown away."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Column, ForeignKey, Integer, Table, UniqueConstraint, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite just as well

from core import batches, catalog, inventory, pasted
from core.batches import BatchGone
from core.ground.columns import BigId, Sealed, metadata, whole
from core.ground.db import Tx
from core.ground.vault import Secret
from core.pasted import PastedCode
from core.stock_files import Line

PIECE = 200  # codes: what one transaction of an import puts in, some 10 ms
TOLD = 200  # lines that are no code whose number and reason is kept
MOST = 100_000  # codes of one file or paste
WHOLE = -1  # place of a paste from before there were pieces, as it was typed: migration 0011 has put it here

drafts = Table(
    "drafts",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("batch_id", BigId, ForeignKey("batches.id"), nullable=False),
    Column("place", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("known", Integer, nullable=False),  # of the codes that were kept at once, by the first piece of them
    Column("sealed", Sealed, nullable=False),
    UniqueConstraint("batch_id", "place"),
)

KEEP = insert(drafts).on_conflict_do_nothing(index_elements=["batch_id", "place"])
PIECES = select(drafts).where(drafts.c.batch_id == bindparam("batch")).order_by(drafts.c.place)
FIRST = PIECES.limit(1)
LEFT = select(whole(func.sum(drafts.c.size))).where(drafts.c.batch_id == bindparam("batch"))
KEPT = select(whole(func.sum(drafts.c.size)), whole(func.sum(drafts.c.known))).where(
    drafts.c.batch_id == bindparam("batch")
)
ERASE = delete(drafts).where(drafts.c.id == bindparam("piece"))
OVER = (
    select(drafts.c.id)
    .join(inventory.batches)
    .where(inventory.batches.c.state.in_(("live", "discarded")))
    .limit(bindparam("most"))
)
REPORT = (
    update(inventory.batches)
    .where(inventory.batches.c.id == bindparam("batch"), inventory.batches.c.state == "draft")
    .values(report=bindparam("found"))
)


@dataclass
class Report:
    """What was found in a paste or a file: counts, and the lines that are no code by number and reason. No code."""

    codes: int = 0
    known: int = 0  # in the shop before
    repeated: int = 0  # the same code twice among these lines
    blank: int = 0  # headings too
    bad: int = 0
    lines: list[tuple[int, str]] = field(default_factory=list)  # of the bad ones, the first TOLD
    _seen: set[bytes] = field(default_factory=set, repr=False)

    @property
    def new(self) -> int:
        return self.codes - self.known

    def take(self, line: Line) -> PastedCode | None:
        """Count a line; its code, if it holds one that was not seen in these lines."""
        if line.why:
            self.bad += 1
            if len(self.lines) < TOLD:
                self.lines.append((line.number, line.why))
        elif line.code is None:
            self.blank += 1
        elif (mark := line.code.mark()) in self._seen:
            self.repeated += 1
        else:
            self._seen.add(mark)
            self.codes += 1
            return line.code
        return None

    def packed(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if not name.startswith("_")}

    @classmethod
    def unpacked(cls, kept: Mapping[str, Any]) -> Report:
        return cls(**{**kept, "lines": [(number, why) for number, why in kept["lines"]]})


def bound_to(batch: int, place: int) -> str:
    return f"draft of batch {batch}" if place == WHOLE else f"piece {place} of the draft of batch {batch}"


def keep(tx: Tx, batch: int, place: int, found: Sequence[PastedCode], known: int = 0) -> None:
    """Seal the codes from that place on into the draft, a piece for each PIECE of them. A repeat changes nothing.

    `known` is how many of them are in the shop. Raises BatchGone when the draft was thrown away meanwhile.
    """
    if batches.batch(tx, batch).state != "draft":
        raise BatchGone()
    for at in range(0, len(found), PIECE):
        piece = [_packed(code) for code in found[at : at + PIECE]]
        sealed = tx.vault.seal(json.dumps(piece, ensure_ascii=False), bound_to(batch, place + at))
        about = {"size": len(piece), "known": 0 if at else known}
        tx.changed(KEEP, batch_id=batch, place=place + at, sealed=sealed, **about)


def kept(tx: Tx, batch: int) -> tuple[int, int]:
    """How many codes are in the draft, and how many of them were in the shop: from there on the reading goes on."""
    codes, known = tx.one(KEPT, batch=batch)
    return codes, known


def _packed(code: PastedCode) -> list[Any]:
    expires = code.expires_on and code.expires_on.isoformat()
    return [expires, *([label, secret.reveal()] for label, secret in code.fields)]


def _unpacked(kept: Sequence[Any]) -> PastedCode:
    expires, *fields = kept
    return PastedCode(
        tuple((label, Secret(value)) for label, value in fields), date.fromisoformat(expires) if expires else None
    )


def is_read(tx: Tx, batch: int, found: Report) -> None:
    """All its lines are in the draft. Raises BatchGone when it was thrown away meanwhile."""
    if not tx.changed(REPORT, batch=batch, found=found.packed()):
        raise BatchGone()


def put_in(tx: Tx, batch: int) -> int:
    """The next piece of an importing batch becomes codes; returns how many it held, 0 when none is left.

    They are on sale when the whole batch is. The piece is erased with it, so that a repeat goes on where this ended.
    """
    piece = tx.first(FIRST, batch=batch)
    if piece is None:
        return 0
    product = catalog.by_id(tx, batches.batch(tx, batch).product)
    plain = tx.vault.open(piece.sealed, bound_to(batch, piece.place)).reveal()
    codes = _codes(piece.place, plain)
    batches.add(tx, product, batch, codes)
    tx.changed(ERASE, piece=piece.id)
    return max(len(codes), 1)


def among(tx: Tx, batch: int, texts: Set[str]) -> set[str]:
    """Which of these are a code of the draft, as PastedCode.normal has it, or a field of one."""
    found: set[str] = set()
    for piece in tx.all(PIECES, batch=batch):
        plain = tx.vault.open(piece.sealed, bound_to(batch, piece.place)).reveal()
        for code in _codes(piece.place, plain):
            found |= {text for text in (code.normal(), *code.normal().split("\n")) if text in texts}
    return found


def _codes(place: int, plain: str) -> Sequence[PastedCode]:
    if place == WHOLE:  # some of it may be in already
        return pasted.read(plain.splitlines()).codes
    return [_unpacked(code) for code in json.loads(plain)]


def left(tx: Tx, batch: int) -> int:
    """How many codes are in the draft still."""
    return tx.value(LEFT, batch=batch)


def forget(tx: Tx, most: int = 50) -> int:
    """Erase what is left of drafts that were thrown away. Returns how many pieces."""
    return sum(tx.changed(ERASE, piece=row.id) for row in tx.all(OVER, most=most))
