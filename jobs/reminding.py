"""Staff hear of what they have not decided or made yet before its time is over, and see the queue when it is long."""

from __future__ import annotations

from core import reminders, review
from core.shop import Shop


async def reminding(shop: Shop) -> None:
    await shop.db.write(reminders.running_out)
    queue = await shop.db.read(review.long_queue)  # a sale never waits for it to be read
    if queue:
        await shop.db.write(review.tell_queue, *queue)
