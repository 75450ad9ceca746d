"""What somebody said in a chat is answered, by the chat it was said in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from core.ground import inbox
from core.ground.inbox import InboxRow
from core.shop import Shop

Hear = Callable[[Shop, InboxRow], Awaitable[None]]
Hears = Mapping[str, Hear]  # by source


async def hear(shop: Shop, row: InboxRow, hears: Hears) -> None:
    """The router marks the row done with the step it leads to; what led to no step is done now."""
    await hears[row.source](shop, row)
    await shop.db.write(inbox.done, row.source, row.external_id)
