"""What the shop can't do without on Telegram, and how it is switched off; and which leg of the storm is about it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from html import escape
from typing import Any

from sqlalchemy import bindparam, or_, select

from bot.chats.telegram import render
from bot.chats.telegram.connection import Connection
from bot.chats.telegram.manners import Budget
from core.ground import outbox
from core.shop import Shop
from proofs.guards import guard, not_waiting, replaced

LEGS = {
    "budgets are kept": "budgets",
    "one after the other to each": "deliveries",
    "quiet as long as asked": "deliveries",
    "stored before thanks to Telegram": "inbound",
    "what others wrote is escaped": "names",
    "what others wrote adds no link": "names",
}
SOON = 1.0  # seconds


@guard("budgets are kept")
def in_no_order() -> Iterator[None]:
    """Whatever is to be said is said at once."""

    @asynccontextmanager
    async def at_once(budget: Budget, chat: int, *, changes: bool = False) -> AsyncIterator[None]:
        yield

    with replaced(Budget, "turn", at_once):
        yield


@guard("one after the other to each")
def overtaking() -> Iterator[None]:
    """A message doesn't wait for those to the same person that were put before it."""
    rows = outbox.outbox.c
    any_due = (
        select(rows.id, rows.effect_key, rows.kind, rows.payload, rows.tries)
        .where(
            rows.state == "new",
            rows.kind.in_(bindparam("kinds", expanding=True)),
            or_(rows.via.is_(None), rows.via.in_(bindparam("chats", expanding=True))),
            rows.due_at <= bindparam("now"),
            or_(rows.leased_until.is_(None), rows.leased_until <= bindparam("now")),
        )
        .order_by(rows.due_at, rows.id)
        .limit(bindparam("most"))
    )
    with replaced(outbox, "NEXT", any_due):
        yield


guard("quiet as long as asked")(not_waiting)


@guard("stored before thanks to Telegram")
def thanks_first() -> Iterator[None]:
    """An update is stored when there is time for it."""
    take, storing = Connection.take, set[asyncio.Task[None]]()

    async def hasty(connection: Connection, shop: Shop, update: Mapping[str, Any]) -> None:
        async def later() -> None:
            await asyncio.sleep(SOON)
            await take(connection, shop, update)

        storing.add(task := asyncio.create_task(later()))
        task.add_done_callback(storing.discard)

    with replaced(Connection, "take", hasty):
        yield


@guard("what others wrote is escaped")
def as_it_is() -> Iterator[None]:
    """Names and codes go out as they were written."""

    def trusting(text: str, quote: bool = True) -> str:
        return text

    with replaced(render, "escape", trusting):
        yield


@guard("what others wrote adds no link")
def linking() -> Iterator[None]:
    """What looks like a link becomes one."""

    def inviting(text: str) -> str:
        return escape(text, quote=False)

    with replaced(render, "_unlinked", inviting):
        yield
