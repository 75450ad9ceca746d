"""The shop's own pages for people of this chat: their orders, paying them, how codes are redeemed, signing in.

WeChat won't let us send what is long, or speak first after a payment; what there is to see is here. Pages are reached
by links that are good for one person, one order and some hours, or by who WeChat says opens them: see visits.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.chats.wechat.calls import SIGN_IN, Calls
from bot.chats.wechat.door import ORDERS, Door, NotSignedIn
from bot.chats.wechat.links import PLACE, Links
from bot.chats.wechat.order_pages import OrderPages
from bot.chats.wechat.pay_pages import PayPages
from bot.chats.wechat.printed import file, guarded
from bot.chats.wechat.render import Pages
from bot.chats.wechat.visits import Visits
from core.ground.messages import words
from core.shop import Shop


class WeChatPages:
    """Keeps PagesOf."""

    def __init__(
        self,
        links: Links,
        calls: Calls,
        sign: Callable[[str], str],
        *,
        signs_in: bool,
        sign_in_at: str = SIGN_IN,
        sells_on_apple: bool = False,
        at_the_domain: Mapping[str, bytes] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`signs_in`: the account may ask WeChat who opens a page, as verified service accounts may.

        `sells_on_apple`: against WeChat's rules, which allow no sale of virtual goods on Apple's phones.
        `at_the_domain`: files by name that WeChat looks for there before it takes the domain for ours.
        """
        self._links = links
        self._sign = sign
        self._door = Door(links.site, calls, sign, sign_in_at, clock) if signs_in else None
        self._sells_on_apple = sells_on_apple
        self._at_the_domain = at_the_domain or {}

    def of(self, openid: str) -> Pages:
        """Where the pages of one person's orders are."""
        return self._links.of(openid)

    def routes(self, shop: Shop) -> list[BaseRoute]:
        visits = Visits(shop, self._links, self._door, self._sign, sells_on_apple=self._sells_on_apple)
        doors = [Entry(visits, self._door)] if self._door else []
        return [
            *(route for door in doors for route in door.routes()),
            *OrderPages(visits).routes(),
            *PayPages(visits).routes(),
            Route(f"{PLACE}/guides/{{slug}}", guide, methods=["GET"]),
            Route(f"{PLACE}/static/{{name}}", file, methods=["GET"]),
            *(Route(f"/{name}", told(text), methods=["GET"]) for name, text in self._at_the_domain.items()),
        ]


def told(text: bytes) -> Callable[[Request], Response]:
    """A page with nothing but this text."""
    return lambda _: Response(text, media_type="text/plain")


class Entry:
    """To WeChat's sign-in and back."""

    def __init__(self, visits: Visits, door: Door) -> None:
        self._visits = visits
        self._door = door

    def routes(self) -> list[Route]:
        return [
            Route(f"{PLACE}/enter", self.enter, methods=["GET"]),
            Route(f"{PLACE}/back", self.back, methods=["GET"]),
        ]

    async def enter(self, request: Request) -> Response:
        return guarded(self._door.ask(request.query_params.get("to", "")))

    async def back(self, request: Request) -> Response:
        """Who is in already and comes back here once more, by the back button, goes on to the orders."""
        try:
            return guarded(await self._door.back(request))
        except NotSignedIn:
            if self._door.who(request):
                return guarded(RedirectResponse(ORDERS, 302))
        failed = words("wechat-page-not-signed-in")
        response = await self._visits.sorry(request, None, 403, failed, again=f"{PLACE}/enter")
        self._door.forget(response)
        return response


async def guide(request: Request) -> Response:
    """How a product is redeemed, where that was before every chat had a page for it."""
    return guarded(RedirectResponse(f"/guides/{quote(request.path_params['slug'], safe='')}", 301))
