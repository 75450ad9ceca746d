"""/o/…: a link in a mail that opens an order again. Looking at it shows a button; only a press opens anything.

Programs that look for bad links, and previews, look and don't press. A wrong link and one that is over look alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.chats.browser.identity import Visitor, from_our_page, network
from bot.chats.browser.show import preferred
from core import customers, delivery, order_links, shortage
from core.ground import chatlog, once
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import words
from core.ground.words import render

if TYPE_CHECKING:
    from bot.chats.browser.routes import Routes

PATH = "/o/{token}"
LARGEST = 1000  # bytes of what a press sends


class OrderLink:
    """The page of one shop's buyers. Whoever holds the link may press, in whichever browser."""

    def __init__(self, chat: Routes) -> None:
        self._chat = chat

    def all(self) -> list[Route]:
        return [
            Route(PATH, self.door, methods=["GET"]),
            Route(PATH, self.enter, methods=["POST"]),
        ]

    async def door(self, request: Request) -> Response:
        """One button, whatever the link: whether it is good only a press finds out."""
        visitor = self._chat.identity.visitor(request)
        response = await self._page(request, visitor, 200, "browser-link-welcome", request.path_params["token"])
        self._chat.identity.remember(response, visitor)
        return self._chat.pages.guarded(response, "no-referrer")

    async def enter(self, request: Request) -> Response:
        """The order is in this browser's chat from now on, for a day. A repeat shows it again."""
        visitor = self._chat.identity.visitor(request)
        seconds = self._chat.limits.entering(network(request))
        if seconds:
            return await self._chat.refusal(request, visitor, 429, "browser-too-fast", seconds=seconds)
        token = await _pressed(request)
        if token is None or not from_our_page(request, self._chat.shop.public_url):
            return await self._chat.refusal(request, visitor, 403, "browser-reload")
        try:
            await self._chat.shop.db.write(self._open, token, visitor, _accepts(request))
        except ShopError:
            return await self._page(request, visitor, 410, "browser-link-over")
        response = self._chat.pages.back()
        self._chat.identity.remember(response, visitor)
        return response

    def _open(self, tx: Tx, token: str, visitor: Visitor, accepts: str) -> None:
        """Raises LinkOver; then nobody was met."""
        person = customers.meet(tx, self._chat.chat, visitor.address, "", preferred(accepts), None)
        order = order_links.open_for(tx, token, person)
        handed = any(unit.may_be_shown for unit in order.units)
        card = delivery.shown(tx, order, person) if handed else shortage.stands(tx, order)
        chatlog.append_ours(tx, person.id, card)

    async def _page(self, request: Request, visitor: Visitor, status: int, key: str, token: str = "") -> Response:
        look = await self._chat.shop.db.read(self._chat.look, self._chat.person(visitor), _accepts(request))
        shown = token if len(token) <= once.LONGEST and token.isascii() else ""
        return self._chat.pages.html(
            "link", look.to, status, sentence=render(words(key), look.to), token=shown, over=not token
        )


def _accepts(request: Request) -> str:
    return request.headers.get("accept-language", "")


async def _pressed(request: Request) -> str | None:
    """The token of the form; None for what is no form of ours."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST:
            return None
    said = parse_qs(body.decode("ascii", "replace")).get("t", [""])[0]
    return said if said == request.path_params["token"] else None
