"""Sealing everything anew by the key that is current, while the shop goes on.

Where sealed values are, and what their owners bind them to: a column that is not named here would be passed over,
and a test sees to it that none is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Executable,
    FromClause,
    Table,
    Update,
    bindparam,
    func,
    select,
    text,
    update,
)

from core import (
    contacts,
    drafts,
    enquiries,
    hiring,
    inventory,
    listings,
    old_credit,
    old_orders,
    orders,
    redemptions,
    uploads,
)
from core.ground import audit, chatlog, inbox
from core.ground.columns import Digest
from core.ground.errors import Tampered
from core.ground.tx import AnyRow, Tx
from core.ground.vault import head_of

MOST = 100  # values a transaction: no sale waits longer than some 10 ms for them
WRITING = text("SELECT CAST(CAST(pg_current_xact_id() AS text) AS bigint)")
LAST = select(audit.audit).where(audit.audit.c.action == "rotate").order_by(audit.audit.c.id.desc()).limit(1)
OLDEST = text("SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)")


@dataclass(frozen=True)
class SealedColumn:
    """A column of sealed values, and the words each is bound to, made from some columns of its row."""

    column: Column[Any]
    bound_to: Callable[[AnyRow], str]
    made_from: tuple[Column[Any], ...] = ()
    joined: FromClause | None = None

    @property
    def table(self) -> Table:
        return self.column.table

    @property
    def name(self) -> str:
        return f"{self.table.name}.{self.column.name}"

    @property
    def head(self) -> ColumnElement[bytes]:
        """The number of the key that sealed it."""
        return func.substr(self.column, 1, 2, type_=Digest)

    def old(self) -> Executable:
        """The values below a row that other keys have sealed."""
        return (
            select(self.table.c.id, self.column.label("value"), *self.made_from)
            .select_from(self.table if self.joined is None else self.joined)
            .where(self.table.c.id > bindparam("after"), self.column.is_not(None), self.head != bindparam("current"))
            .order_by(self.table.c.id)
            .limit(bindparam("most"))
        )

    def by_key(self) -> Executable:
        return select(self.head.label("head"), func.count()).where(self.column.is_not(None)).group_by(text("head"))

    def exchange(self) -> Update:
        """Only the value that was read makes room for its successor."""
        return (
            update(self.table)
            .where(self.table.c.id == bindparam("row"), self.column == bindparam("was", type_=self.column.type))
            .values({self.column.name: bindparam("becomes", type_=self.column.type)})
        )


EVERYWHERE = (
    SealedColumn(
        inventory.codes.c.sealed,
        lambda row: inventory.bound_to(row.product_id, row.fingerprint),
        (inventory.codes.c.product_id, inventory.codes.c.fingerprint),
    ),
    SealedColumn(
        drafts.drafts.c.sealed,
        lambda row: drafts.bound_to(row.batch_id, row.place),
        (drafts.drafts.c.batch_id, drafts.drafts.c.place),
    ),
    SealedColumn(
        uploads.pieces.c.sealed,
        lambda row: uploads.bound_to(row.upload_id, row.place),
        (uploads.pieces.c.upload_id, uploads.pieces.c.place),
    ),
    SealedColumn(
        orders.lines.c.answers,
        lambda row: orders.answers_bound_to(row.number),
        (orders.orders.c.number,),
        orders.lines.join(orders.orders),
    ),
    SealedColumn(enquiries.notes.c.sealed, lambda row: enquiries.bound_to(row.key), (enquiries.notes.c.key,)),
    SealedColumn(contacts.contacts.c.sealed, lambda row: contacts.bound_to(row.key), (contacts.contacts.c.key,)),
    SealedColumn(hiring.invites.c.sealed, lambda row: hiring.bound_to(row.name), (hiring.invites.c.name,)),
    SealedColumn(
        redemptions.redemptions.c.place,
        lambda row: redemptions.bound_to(row.unit_id, row.code_id),
        (redemptions.redemptions.c.unit_id, redemptions.redemptions.c.code_id),
    ),
    SealedColumn(listings.listings.c.label, lambda row: listings.bound_to(row.key), (listings.listings.c.key,)),
    SealedColumn(
        old_orders.old_orders.c.sealed,
        lambda row: old_orders.bound_to(row.shop, row.source, row.number),
        (old_orders.old_orders.c.shop, old_orders.old_orders.c.source, old_orders.old_orders.c.number),
    ),
    SealedColumn(
        old_credit.old_credits.c.sealed,
        lambda row: old_credit.bound_to(row.shop, row.source, row.member),
        (old_credit.old_credits.c.shop, old_credit.old_credits.c.source, old_credit.old_credits.c.member),
    ),
    SealedColumn(
        chatlog.chat_lines.c.sealed,
        lambda row: chatlog.bound_to(row.person, row.event_key or ""),
        (chatlog.chat_lines.c.person, chatlog.chat_lines.c.event_key),
    ),
    SealedColumn(
        inbox.inbox.c.sealed,
        lambda row: inbox.bound_to(row.source, row.external_id),
        (inbox.inbox.c.source, inbox.inbox.c.external_id),
    ),
)


@dataclass(frozen=True)
class Step:
    """What a transaction has done: where it came to (None at the end of the column), and what did not open."""

    reached: int | None
    resealed: int
    broken: tuple[str, ...]


def sealed_by(tx: Tx) -> Counter[int]:
    """How many values each key has sealed, in the whole shop. Reads all of them: for looking, not for writing."""
    found: Counter[int] = Counter()
    for sealed in EVERYWHERE:
        for head, many in tx.all(sealed.by_key()):
            found[int.from_bytes(head, "big")] += many
    return found


def reseal_some(tx: Tx, sealed: SealedColumn, after: int, most: int = MOST) -> Step:
    """Seal the next values of a column anew that another key than the current has sealed. A repeat finds them done.

    What does not open stays as it is, and is named.
    """
    current = head_of(tx.vault.current)
    rows = tx.all(sealed.old(), after=after, most=most, current=current)
    exchanged, broken = [], []
    for row in rows:
        try:
            becomes = tx.vault.reseal(row.value, sealed.bound_to(row))
        except Tampered:
            broken.append(f"{sealed.name} {row.id}")
        else:
            exchanged.append({"row": row.id, "was": row.value, "becomes": becomes})
    tx.many(sealed.exchange(), exchanged)
    return Step(rows[-1].id if len(rows) == most else None, len(exchanged), tuple(broken))


def barrier(tx: Tx) -> int | None:
    """A transaction of its own, begun after the new key was in its file: what to wait for, see `is_past`.

    On SQLite writers come one after the other, so that whoever sealed by the old key has committed by now: None.
    """
    return tx.value(WRITING) if tx.dialect == "postgresql" else None


def is_past(tx: Tx, mark: int | None) -> bool:
    """Whether every transaction that had begun before the barrier has ended."""
    return mark is None or tx.value(OLDEST) > mark


def under_way(tx: Tx, key: int) -> bool:
    """Whether a rotation to this key has begun and not ended."""
    last = tx.first(LAST)
    return last is not None and last.subject == f"key {key}" and last.detail["state"] == "begun"


def began(tx: Tx, key: int) -> None:
    audit.write(tx, "command line", "rotate", f"key {key}", state="begun")


def ended(tx: Tx, key: int, resealed: int, broken: int) -> None:
    audit.write(tx, "command line", "rotate", f"key {key}", state="done", count=resealed, broken=broken)


def retired(tx: Tx, key: int) -> None:
    audit.write(tx, "command line", "retire", f"key {key}")
