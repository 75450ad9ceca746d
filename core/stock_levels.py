"""Stock levels: when staff hear that a product runs low or out. Once a crossing, and again only after a restock.

What is set aside for an order that is not paid yet counts as there: it may be on sale again within minutes, and told as
gone it would be the only time that staff hear of this product before they restock it.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    Table,
    and_,
    bindparam,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite just as well

from core import catalog, inventory, staff, staffcards
from core.authority import Right
from core.catalog import Product, StockKind, products
from core.ground import audit
from core.ground.columns import UTC, BigId, metadata, whole
from core.ground.db import Tx
from core.ground.messages import Choice, words
from core.quiet import Kind

MOST = 100_000
ENOUGH, LOW, OUT = 0, 1, 2

levels = Table(
    "stock_levels",
    metadata,
    Column("product_id", BigId, ForeignKey("products.id"), primary_key=True),
    Column("threshold", Integer, nullable=False),  # low at so many or fewer; 0 = told when there is none left
    Column("level", Integer, nullable=False),
    Column("since", UTC, nullable=False),
    CheckConstraint("threshold >= 0", name="threshold"),
    CheckConstraint("level IN (0, 1, 2)", name="level"),
)

NEW = insert(levels).on_conflict_do_nothing(index_elements=["product_id"])
ONE = select(levels).where(levels.c.product_id == bindparam("product"))
ALL = select(levels.c.product_id, levels.c.threshold)
SET = update(levels).where(levels.c.product_id == bindparam("product")).values(threshold=bindparam("least"))
TURN = (
    update(levels)
    .where(levels.c.product_id == bindparam("product"), levels.c.level == bindparam("was"))
    .values(level=bindparam("becomes"), since=bindparam("at"))
)
WATCHED = and_(products.c.kind.in_((StockKind.UNIQUE, StockKind.SHARED)), catalog.SELLING)
least = func.coalesce(levels.c.threshold, 0)
THRESHOLDS = select(least).select_from(products.outerjoin(levels)).where(WATCHED).distinct()
few = (  # counted no further than it matters, however much there is
    select((inventory.codes.c.max_uses - inventory.codes.c.uses - inventory.codes.c.held).label("left"))
    .where(*inventory.sellable(products.c.id))
    .limit(bindparam("most"))
    .correlate(products)
    .subquery()
)
STANDING = (
    select(products.c.id, levels.c.level, levels.c.since, select(whole(func.sum(few.c.left))).scalar_subquery())
    .select_from(products.outerjoin(levels))
    .where(WATCHED, least == bindparam("threshold"))
    .order_by(products.c.id)
)
CAME_IN = select(
    exists().where(
        inventory.batches.c.product_id == bindparam("product"),
        inventory.batches.c.state == "live",
        inventory.batches.c.ended_at > bindparam("after"),
    )
)


def thresholds(tx: Tx) -> dict[int, int]:
    """By product, where one is set."""
    return {row.product_id: row.threshold for row in tx.all(ALL)}


def set_threshold(tx: Tx, product: Product, least: int, by: str) -> None:
    """Staff hear of it at so many or fewer from now on. What is low already is no news. Raises NotStaff, NotAllowed.

    A repeat changes nothing.
    """
    staff.may(tx, by, Right.STOCK)
    if thresholds(tx).get(product.id) == least:
        return
    tx.changed(NEW, product_id=product.id, threshold=least, level=ENOUGH, since=tx.now)
    tx.changed(SET, product=product.id, least=least)
    audit.write(tx, by, "stock alert", product.slug, threshold=least)
    row = tx.one(ONE, product=product.id)
    tx.changed(
        TURN, product=product.id, was=row.level, becomes=_level(sum(_there(tx, product, least)), least), at=tx.now
    )


def turned(tx: Tx, most: int) -> list[int]:
    """The products whose level is another than the one that is known: a question for each threshold there is."""
    return list(_turned(tx))[:most]


def _turned(tx: Tx) -> Iterator[int]:
    unpaid = inventory.unpaid(tx)
    for (threshold,) in tx.all(THRESHOLDS):
        standing = tx.all(STANDING, threshold=threshold, most=threshold + 1, today=tx.now.date())
        for product, was, since, there in standing:
            level = _level(there + unpaid.get(product, 0), threshold)
            if was is None or level > was or (level < was and tx.value(CAME_IN, product=product, after=since)):
                yield product


def look(tx: Tx, product: int) -> None:
    """Note the product's level, and tell staff where it has fallen. A repeat changes nothing."""
    turn = _turns(tx, product)
    if turn is None:
        return
    was, becomes, threshold = turn
    if was is None:  # looked at for the first time: how it stands is no news
        tx.changed(NEW, product_id=product, threshold=threshold, level=becomes, since=tx.now)
    elif tx.changed(TURN, product=product, was=was, becomes=becomes, at=tx.now) and becomes > was:
        _tell(tx, catalog.by_id(tx, product), becomes, threshold)


def _turns(tx: Tx, product: int) -> tuple[int | None, int, int] | None:
    """From which level to which, and the threshold; None where nothing is new.

    Only a batch that came in since makes it better again: a refund that puts a code back would otherwise have the
    same shortage told again and again.
    """
    row, one = tx.first(ONE, product=product), catalog.by_id(tx, product)
    threshold = row.threshold if row else 0
    now = _level(sum(_there(tx, one, threshold)), threshold)
    if row is None:
        return None, now, threshold
    better = now < row.level and tx.value(CAME_IN, product=product, after=row.since)
    return (row.level, now, threshold) if better or now > row.level else None


def _there(tx: Tx, product: Product, threshold: int) -> tuple[int, int]:
    """How many may be sold, counted no further than it matters, and how many are set aside and not paid."""
    return inventory.few(tx, product, threshold + 1), inventory.unpaid(tx).get(product.id, 0)


def _level(there: int, threshold: int) -> int:
    return OUT if there == 0 else LOW if there <= threshold else ENOUGH


def _tell(tx: Tx, product: Product, level: int, threshold: int) -> None:
    key = f"stock {level} {product.id} {tx.now.timestamp():.3f}"
    name = staffcards.told_apart(catalog.everything(tx))[product.id]
    restock = Choice(words("choose-restock", product=name), f"restock {product.slug}", main=True)
    if level == OUT:
        staff.alarm(tx, key, "alarm-sold-out", restock, kind=Kind.STOCK, product=name)
    else:
        free, unpaid = _there(tx, product, threshold)
        facts = {"product": name, "left": free + unpaid, "unpaid": unpaid, "threshold": threshold}
        staff.alarm(tx, key, "alarm-low-stock", restock, kind=Kind.STOCK, **facts)
