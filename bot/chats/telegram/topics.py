"""A room's topics: made where the group can have any, once; in a group that can't all is said in the one place."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from bot.chats.telegram.calls import Calls
from core import rooms
from core.ground.errors import PartyError
from core.ground.messages import Spoken
from core.ground.words import sentence
from core.shop import Shop

AGAIN = 3600.0  # seconds until a group that let us make no topic is asked again: it may be a forum by then


class Topics:
    """Which number the topics of a bot's rooms have."""

    def __init__(self, calls: Calls, turn: Callable[[int, Any], Awaitable[int]]) -> None:
        """`turn` carries a call out within the budgets."""
        self._calls = calls
        self._turn = turn
        self._making = asyncio.Lock()
        self._flat: dict[str, float] = {}  # rooms without topics, and until when they count as such

    async def number(self, shop: Shop, room: str, message: Spoken) -> int | None:
        """The number of the topic in which this belongs, made now if need be; None: it is said in General.

        A crash between making and keeping one leaves an empty topic behind, which somebody may delete.
        Raises PartyError while Telegram can't be asked.
        """
        name = str(message.topic)
        async with self._making:
            known = (await shop.db.read(rooms.topics, room)).get(name)
            if known is not None or self._flat.get(room, 0.0) > time.monotonic():
                return known
            called = sentence(message.locale, f"topic-{name}")
            try:
                made = await self._turn(_group(room), self._calls.open_topic(_group(room), called))
            except PartyError as error:
                if not error.permanent:
                    raise
                self._flat[room] = time.monotonic() + AGAIN
                return None
            await shop.db.write(rooms.keep_topic, room, name, made)
            return made

    async def anew(self, shop: Shop, room: str, message: Spoken, gone: int) -> int | None:
        """The same after that topic was deleted or closed by somebody: another one."""
        async with self._making:
            if (await shop.db.read(rooms.topics, room)).get(str(message.topic)) == gone:
                await shop.db.write(rooms.keep_topic, room, str(message.topic), None)
        return await self.number(shop, room, message)


def _group(room: str) -> int:
    return int(rooms.parts(room)[1])
