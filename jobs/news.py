"""News goes out, one buyer after the other: slower than a chat allows, and behind all else that is said there."""

from __future__ import annotations

import asyncio

import structlog

from core import broadcasts, customers, newscards
from core.broadcasts import Turn
from core.ground.db import Tx
from core.ground.errors import SendError
from core.shop import Shop
from jobs.sending import send

A_BEAT = 10  # messages to a chat each time; Telegram takes 30 a second from a bot, and codes need theirs
EVERY = 1.0  # seconds

log = structlog.get_logger()


async def news(shop: Shop) -> None:
    """What this process's chats have to send now."""
    going = await shop.db.read(broadcasts.going)
    for broadcast in going:
        await asyncio.gather(*(_to(shop, broadcast.id, chat) for chat in shop.speaking))
        await shop.db.write(newscards.keep_up, broadcast.id)


async def _to(shop: Shop, broadcast: int, chat: str) -> None:
    for _ in range(A_BEAT):
        if shop.draining or not shop.speaks(chat):
            return
        turn = await shop.db.write(broadcasts.take_turn, broadcast, chat)
        if turn is None:
            return
        if not await _send(shop, turn):
            return


async def _send(shop: Shop, turn: Turn) -> bool:
    """Whether the chat takes more now."""
    one = turn.broadcast, turn.customer
    try:
        await send(shop, turn.person, turn.message)
    except SendError as error:
        if error.unheard:  # it is no news any more when they are heard of again
            await shop.db.write(broadcasts.end_turn, *one, "skipped")
            return True
        if error.permanent:
            await shop.db.write(_out_of_reach, turn)
            return True
        if error.wait is not None:  # it was not taken, and the chat says when it would be
            await shop.db.write(broadcasts.end_turn, *one, "waiting", error.wait)
            return False
        log.warning("not known whether it arrived", broadcast=turn.broadcast, why=str(error))
        await shop.db.write(broadcasts.end_turn, *one, "unknown", broadcasts.PAUSE)
        return False
    await shop.db.write(broadcasts.end_turn, *one, "sent")
    return True


def _out_of_reach(tx: Tx, turn: Turn) -> None:
    customers.unreachable(tx, turn.person)
    broadcasts.end_turn(tx, turn.broadcast, turn.customer, "skipped")
