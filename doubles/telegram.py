"""Telegram's Bot API as a real server, with the people who talk to its bots.

    async with served_telegram() as api:
        shop, lin = api.add_bot("mika_shop_bot"), api.person(1, "Lin")
        ...                                      # a bot that calls api.url with shop.token
        lin.starts("p42")
        card = await lin.chat(shop).next()       # what the bot answered, as Lin sees it
        lin.presses("Buy")

`/bot<token>/<method>` and `/file/bot<token>/<path>`. Every call is kept in `api.calls`. What it lets through and how
it refuses is in telegram_rules.py, what can go wrong in telegram_faults.py, what people do in telegram_people.py and
telegram_groups.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from doubles import telegram_sends  # noqa: F401  its methods join METHODS
from doubles.sandbox import Lost, gone
from doubles.serving import Served
from doubles.telegram_bots import Bot
from doubles.telegram_budgets import Budgets
from doubles.telegram_faults import BEFORE, Faults, Trouble
from doubles.telegram_http import answer, brought, refusal
from doubles.telegram_methods import METHODS
from doubles.telegram_rules import Params, Refused
from doubles.telegram_world import World, now

SENDS = frozenset(name for name in METHODS if name.startswith("send") and name != "sendchataction")


@dataclass(slots=True)
class Call:
    """One call of a bot's."""

    at: float  # time.monotonic()
    bot: Bot
    method: str  # in lower case
    given: Params
    status: int = 0  # 0 is no answer
    description: str = ""
    trouble: Trouble | None = None
    done: bool = False  # it had its effect, whatever was answered
    chat: int = 0
    by_webhook: bool = False  # asked for in the answer to an update


class Telegram(World):
    """The server. `app` is its ASGI app, `served()` runs it on this machine."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = now,
        budgets: Budgets | None = None,
        faults: Faults | None = None,
        seed: int = 1,
    ) -> None:
        super().__init__(clock=clock, budgets=budgets, faults=faults, seed=seed)
        self.url = ""  # where it is served
        self.calls: list[Call] = []
        methods = ["GET", "POST"]
        self.app = Starlette(
            routes=[
                Route("/bot{token}/{method}", self._called, methods=methods),
                Route("/file/bot{token}/{path:path}", self._fetched),
                Route("/{path:path}", self._nothing, methods=methods),
            ],
            lifespan=self._lifespan,
        )

    @contextlib.asynccontextmanager
    async def served(self, port: int = 0) -> AsyncIterator[str]:
        """Up on 127.0.0.1 for as long as the block lasts; gives its address."""
        async with Served(self.app, port) as server:
            self.url = server.url
            yield server.url
            for bot in self.bots:
                bot.updates.let_go()

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            for bot in self.bots:
                await bot.updates.close()

    # Over HTTP

    async def _called(self, request: Request) -> Response:
        name = request.path_params["method"].lower()
        bot = self._tokens.get(request.path_params["token"])
        if bot is None:
            return refusal(Refused(401, "Unauthorized"))
        given = await brought(request)
        call = Call(time.monotonic(), bot, name, given)
        self.calls.append(call)
        call.trouble = self.faults.meet(name)
        if call.trouble in BEFORE:
            return await self._troubled(call, request)
        said = await self._done(call)
        if call.trouble == "slow":
            await asyncio.sleep(self.faults.slowness)
        elif call.trouble is not None:
            call.status = 0
            if call.trouble == "mute":
                await gone(request)
            return Lost()
        return said

    async def _done(self, call: Call) -> Response:
        """Does what was asked, and answers."""
        try:
            function = METHODS.get(call.method)
            if function is None:
                raise Refused(404, "Not Found: method not found")
            if chat := call.given.text("chat_id"):
                call.chat = call.given.number("chat_id")
                self.hasty += self.is_hasty(call.bot, chat)
            result = function(self, call.bot, call.given)
            if asyncio.iscoroutine(result):
                result = await result
        except Refused as refused:
            call.status, call.description = refused.code, refused.description
            return refusal(refused)
        call.done, call.status = True, 200
        return answer(result)

    async def _troubled(self, call: Call, request: Request) -> Response:
        """Nothing of what was asked happens."""
        if call.trouble in ("busy", "broken"):
            refused = Refused(502, "Bad Gateway")
            if call.trouble == "busy":
                refused = self.too_many(call.bot, call.given.text("chat_id"), self.faults.seconds())
            call.status, call.description = refused.code, refused.description
            return refusal(refused)
        if call.trouble == "deaf":
            await gone(request)
        return Lost()

    async def answered(self, bot: Bot, said: dict[str, Any]) -> None:
        """What a webhook's answer asks for is done; nobody hears how it went."""
        name = str(said.pop("method")).lower()
        call = Call(time.monotonic(), bot, name, Params(said), by_webhook=True)
        self.calls.append(call)
        await self._done(call)

    async def _fetched(self, request: Request) -> Response:
        bot = self._tokens.get(request.path_params["token"])
        file = bot.at(request.path_params["path"]) if bot else None
        return Response(file.data, media_type=file.type) if file else refusal(Refused(404, "Not Found"))

    async def _nothing(self, request: Request) -> Response:
        return refusal(Refused(404, "Not Found"))

    # What can be asked afterwards

    def asked(self, method: str, bot: Bot | None = None) -> list[Call]:
        """The calls of one method, in order."""
        name = method.lower()
        return [call for call in self.calls if call.method == name and bot in (None, call.bot)]

    def peak(self, seconds: float, *, bot: Bot | None = None, chat: int | None = None) -> int:
        """The most messages that came in any stretch of so many seconds, of a bot's or into a chat."""
        sends = (call for call in self.calls if call.done and call.method in SENDS)
        return most(
            (call.at for call in sends if bot in (None, call.bot) and chat in (None, call.chat)),
            seconds,
        )


def most(moments: Iterable[float], seconds: float) -> int:
    """How many of the moments fall into the fullest stretch of so many seconds."""
    times, first, highest = sorted(moments), 0, 0
    for last, moment in enumerate(times):
        while times[first] <= moment - seconds:
            first += 1
        highest = max(highest, last - first + 1)
    return highest


@contextlib.asynccontextmanager
async def served_telegram(
    *,
    port: int = 0,
    clock: Callable[[], datetime] = now,
    budgets: Budgets | None = None,
    faults: Faults | None = None,
    seed: int = 1,
) -> AsyncIterator[Telegram]:
    """A Telegram of one's own on 127.0.0.1; its address is `.url`."""
    api = Telegram(clock=clock, budgets=budgets, faults=faults, seed=seed)
    async with api.served(port):
        yield api
