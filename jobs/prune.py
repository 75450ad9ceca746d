"""What was done long ago leaves the queues. What was given up stays until a person has looked at it."""

from __future__ import annotations

from datetime import timedelta

from core import batches, contacts, drafts, findings, old_orders, order_links, questions, quiet, speaking, uploads
from core.ground import outbox as queue
from core.ground import presses, shown
from core.ground.db import Tx
from core.ground.inbox import inbox, refused
from core.ground.outbox import outbox
from core.shop import Shop
from jobs.chunks import in_chunks

KEPT = timedelta(days=90)  # longer than any provider repeats a notice
MOST = 500  # rows in one transaction


async def prune(shop: Shop) -> None:
    await in_chunks(shop, batches.forget_drafts)
    await in_chunks(shop, drafts.forget)
    await in_chunks(shop, uploads.forget)
    await in_chunks(shop, speaking.forget)
    await in_chunks(shop, contacts.forget)
    await in_chunks(shop, order_links.forget)
    await in_chunks(shop, old_orders.forget)
    await in_chunks(shop, questions.forget)
    await in_chunks(shop, findings.forget)
    await shop.db.write(presses.forget)
    await shop.db.write(shown.forget)
    await shop.db.write(quiet.forget)
    await shop.db.write(queue.give_up_unheard)
    while await shop.db.write(prune_some):
        pass


def prune_some(tx: Tx) -> bool:
    """Remove the oldest done rows. False when there was nothing left to remove."""
    removed = 0
    for table in (inbox, outbox):
        old = (
            table.select()
            .with_only_columns(table.c.id)
            .where(table.c.state == "done", table.c.done_at < tx.now - KEPT)
            .limit(MOST)
        )
        removed += tx.changed(table.delete().where(table.c.id.in_(old)))
    removed += tx.changed(refused.delete().where(refused.c.at < tx.now - KEPT))
    return removed > 0
