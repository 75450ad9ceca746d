"""WeChat's platform for official accounts (公众平台) as a real server, with the people who follow them.

    async with served_wechat() as api:
        shop, lin = api.add_account(), api.person("o-lin", "Lin")
        shop.callback_url = ...                  # where the shop listens; it calls api.url
        await lin.follows(shop)
        exchange = await lin.says(shop, "货架")   # what was posted, how often, and the reply that Lin was shown
        card = await lin.chat(shop).next()       # what the shop tells Lin next

Every call is kept in `api.calls`. What it refuses is in wechat_sends.py, wechat_menus.py and wechat_materials.py, how
an account is told in wechat_delivery.py, what can go wrong in wechat_faults.py, what people do in wechat_people.py.
WeChat Pay is another party: wechat_pay.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from doubles import (
    wechat_materials,  # noqa: F401  its calls join CALLS, as do those of the next and of wechat_sends
    wechat_menus,  # noqa: F401
    wechat_oauth,
    wechat_sends,  # noqa: F401
    wechat_tokens,
)
from doubles.sandbox import Lost, gone
from doubles.serving import Served
from doubles.wechat_accounts import Account, Clock, now
from doubles.wechat_calls import CALLS, Call, Given, allowed, brought
from doubles.wechat_faults import BEFORE, Faults, called
from doubles.wechat_refused import SENTENCES, Refused
from doubles.wechat_world import World

Keyless = Callable[[World, Given], tuple[Account, dict[str, Any]]]
KEYLESS: dict[str, tuple[str, Keyless]] = {  # calls without an access token
    "token": ("GET", wechat_tokens.token),
    "stable_token": ("POST", wechat_tokens.stable_token),
    "sns/oauth2/access_token": ("GET", wechat_oauth.access_token),
}


class WeChat(World):
    """The server. `app` is its ASGI app, `served()` runs it on this machine."""

    def __init__(self, *, clock: Clock = now, faults: Faults | None = None, seed: int = 1) -> None:
        super().__init__(clock=clock, faults=faults, seed=seed)
        self.calls: list[Call] = []
        methods = ["GET", "POST"]
        self.app = Starlette(
            routes=[
                Route("/connect/oauth2/authorize", self._authorize),
                Route("/mmbiz_jpg/{id}/0", self._picture),
                Route("/{path:path}", self._called, methods=methods),
            ],
            lifespan=self._lifespan,
        )

    @contextlib.asynccontextmanager
    async def served(self, port: int = 0) -> AsyncIterator[str]:
        """Up on 127.0.0.1 for as long as the block lasts; gives its address."""
        async with Served(self.app, port) as server:
            self.url = server.url
            yield server.url

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await self.close()

    # Over HTTP

    async def _called(self, request: Request) -> Response:
        call = Call(time.monotonic(), request.url.path, called(request.url.path), await brought(request))
        self.calls.append(call)
        call.account = self.tokens.get(call.given.query.get("access_token", ""))
        call.trouble = self.faults.meet(call.name)
        if call.trouble in BEFORE:
            return await self._troubled(call, request)
        said = self._done(call, request.method)
        if call.trouble == "slow":
            await asyncio.sleep(self.faults.slowness)
        elif call.trouble is not None:
            call.errcode = None
            if call.trouble == "mute":
                await gone(request)
            return Lost()
        return said

    def _done(self, call: Call, http: str) -> Response:
        """Does what was asked, and answers."""
        try:
            result = self._keyless(call, http) if call.name in KEYLESS else self._with_token(call, http)
        except Refused as refused:
            return self._refusal(call, refused)
        call.done, call.errcode = True, 0
        if isinstance(result, Response):
            return result
        return said(result)

    def _keyless(self, call: Call, http: str) -> dict[str, Any]:
        expected, function = KEYLESS[call.name]
        right_method(http, expected)
        call.account, result = function(self, call.given)
        return result

    def _with_token(self, call: Call, http: str) -> dict[str, Any] | Response:
        method = CALLS.get(call.name)
        if method is None:
            raise Refused(40066)
        given = call.given.query.get("access_token")
        if not given:
            raise Refused(41001)
        account = call.account
        if account is None:
            raise Refused(40001)
        account.accept(given)
        right_method(http, method.http)
        allowed(account, method.needs)
        account.count(call.name)
        result = method.function(self, account, call.given)
        return result if isinstance(result, Response) else {"errcode": 0, "errmsg": SENTENCES[0]} | result

    def _refusal(self, call: Call, refused: Refused) -> Response:
        rid = "-".join(f"{self._dice.getrandbits(32):08x}" for _ in range(3))
        call.errcode, call.errmsg = refused.errcode, f"{refused.errmsg} rid: {rid}"
        return said({"errcode": call.errcode, "errmsg": call.errmsg})

    async def _troubled(self, call: Call, request: Request) -> Response:
        """Nothing of what was asked happens."""
        if call.trouble == "busy":
            return self._refusal(call, Refused(-1))
        if call.trouble == "broken":
            return Response("<html><h1>502 Bad Gateway</h1></html>", 502, media_type="text/html")
        if call.trouble == "silent":
            await gone(request)
        return Lost()

    async def _authorize(self, request: Request) -> Response:
        return wechat_oauth.authorize(self, request)

    async def _picture(self, request: Request) -> Response:
        data, type = self.pictures.get(request.path_params["id"], (b"", ""))
        return Response(data, media_type=type) if data else Response(status_code=404)

    # What can be asked afterwards

    def asked(self, name: str, account: Account | None = None) -> list[Call]:
        """The calls of one name or path, in order."""
        wanted = called(name)
        return [call for call in self.calls if call.name == wanted and account in (None, call.account)]


def right_method(http: str, expected: str) -> None:
    if expected not in ("ANY", http):
        raise Refused(43001 if expected == "GET" else 43002)


def said(told: dict[str, Any]) -> Response:
    body = json.dumps(told, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return Response(body, media_type="application/json; encoding=utf-8")


@contextlib.asynccontextmanager
async def served_wechat(
    *, port: int = 0, clock: Clock = now, faults: Faults | None = None, seed: int = 1
) -> AsyncIterator[WeChat]:
    """A WeChat of one's own on 127.0.0.1; its address is `.url`."""
    api = WeChat(clock=clock, faults=faults, seed=seed)
    async with api.served(port):
        yield api
