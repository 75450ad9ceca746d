"""Who may see a page, how often, and in which language: what all pages of this chat have in common."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from bot.chats.browser.identity import network
from bot.chats.browser.limits import Limits
from bot.chats.browser.show import preferred
from bot.chats.wechat.browsers import Browser, browser_of
from bot.chats.wechat.door import Door
from bot.chats.wechat.links import PLACE, Links
from bot.chats.wechat.printed import Printed
from core import customers, orders
from core.customers import Person
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Text, words
from core.ground.words import Hearer
from core.orders import Order
from core.shop import Shop

CHAT = "wechat"
NOT_SOLD = (words("not-sold-here"), words("wechat-page-human"))
LARGEST = 1000  # bytes of what a press sends


@dataclass(frozen=True)
class Guest:
    """Somebody who may look. What they see of an order is still asked of the order: own()."""

    openid: str
    browser: Browser
    signed_in: bool  # WeChat itself said who it is
    query: str  # what the link they came by has behind its path: pages lead on with it

    @property
    def id(self) -> str:
        return f"{CHAT}:{self.openid}"

    def page(self, number: str, what: str = "") -> str:
        """Where a page of an order is for them: "" the order itself, "/pay", "/codes"."""
        return f"{PLACE}/orders/{number}{what}{self.query}"


class Visits:
    """`door` is None where the account may not ask WeChat who opens a page; then a link alone opens it.

    `sells_on_apple`: WeChat's rules allow no sale of virtual goods on Apple's phones.
    """

    def __init__(
        self,
        shop: Shop,
        links: Links,
        door: Door | None,
        sign: Callable[[str], str],
        *,
        sells_on_apple: bool = False,
    ) -> None:
        self.shop = shop
        self.door = door
        self.printed = Printed(shop.rules)
        self._links = links
        self._sign = sign
        self._sells_on_apple = sells_on_apple
        self._limits = Limits()

    async def admitted(self, request: Request, number: str = "", *, to_script: bool = False) -> Guest | Response:
        """Who may see that order's pages, or "my orders"; else what they see instead."""
        guest = self._guest(request, number)
        pressed = request.method == "POST"
        net, openid = network(request), guest.openid if guest else ""
        seconds = self._limits.saying(openid or net, net) if pressed else self._limits.seeing(openid or None, net)
        if seconds:
            response = await self.sorry(request, guest, 429, words("web-too-often"))
            response.headers["retry-after"] = str(seconds)
            return response
        if guest:
            return guest
        if self.door and not (pressed or to_script) and browser_of(request).inside and not self.door.who(request):
            return self.door.ask(request.url.path + (f"?{request.url.query}" if request.url.query else ""))
        return (
            await self.nothing(request, None)
            if number
            else await self.sorry(request, None, 403, words("wechat-page-in-chat"))
        )

    def _guest(self, request: Request, number: str) -> Guest | None:
        """Inside WeChat a link is not enough where WeChat can be asked: forwarded, it shows nothing."""
        browser = browser_of(request)
        signed = self.door.who(request) if self.door else None
        linked = self._links.whose(number, request.query_params) if number else None
        if self.door and browser.inside and (signed is None or linked not in (None, signed)):
            return None
        openid = linked or signed
        if openid is None:
            return None
        return Guest(openid, browser, openid == signed, f"?{request.url.query}" if linked else "")

    def sells_to(self, guest: Guest, goods: str) -> bool:
        """Whether such goods may be bought, and have a price, where this is shown: on Apple's nothing virtual may."""
        return goods == "physical" or self._sells_on_apple or not (guest.browser.inside and guest.browser.apple)

    # Presses

    def form(self, guest: Guest, number: str) -> str:
        """What a form of ours brings along: nobody else's page can know it."""
        return self._sign(f"wechat form {guest.openid} {number}")

    async def pressed(self, request: Request, guest: Guest, number: str) -> Mapping[str, str] | None:
        """What a form of ours says; None for what is no form of ours."""
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return None
        fields = await _fields(request)
        given = fields.get("form", "")
        return fields if hmac.compare_digest(given.encode(), self.form(guest, number).encode()) else None

    # What is said instead

    async def nothing(self, request: Request, guest: Guest | None) -> Response:
        """An order that isn't there, or another's, a link that is too old or made up: one answer."""
        return await self.sorry(request, guest, 404, words("wechat-page-nothing"))

    async def sorry(self, request: Request, guest: Guest | None, status: int, *texts: Text, **links: str) -> Response:
        to = await self.shop.db.read(hearer, guest, request.headers.get("accept-language", ""))
        return self.printed.sentences(to, status, *texts, **links)


def hearer(tx: Tx, guest: Guest | None, accepts: str) -> Hearer:
    """The language of somebody we have met; else what their browser asks for, which in WeChat mostly is Chinese."""
    if guest and customers.is_known(tx, guest.id):
        return customers.person(tx, guest.id).hears(tx)
    return Hearer(preferred(accepts) if accepts else "zh-CN", tx.now, tx.rules.zone)


def own(tx: Tx, guest: Guest, number: str) -> tuple[Person, Order]:
    """Their own order. Raises UnknownOrder for all others, and whom we have not met has none."""
    if not customers.is_known(tx, guest.id):
        raise orders.UnknownOrder()
    person = customers.person(tx, guest.id)
    return person, orders.own(tx, number, person.customer, person.id)


def said(refusal: ShopError) -> Text:
    return words(refusal.key, **refusal.facts)


async def _fields(request: Request) -> Mapping[str, str]:
    body = b""
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > LARGEST:
                return {}
        return {name: values[0] for name, values in parse_qs(body.decode("ascii"), max_num_fields=8).items()}
    except (ClientDisconnect, ValueError):
        return {}
