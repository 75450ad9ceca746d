"""What the chat serves: its page, what is said on it, the stream of answers, files of codes."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta
from functools import partial

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from structlog.contextvars import bind_contextvars

from bot.chats.browser import files, hearing
from bot.chats.browser.identity import Identity, Visitor, network
from bot.chats.browser.limits import Limits, Seats
from bot.chats.browser.order_link import OrderLink
from bot.chats.browser.origin import origin
from bot.chats.browser.pages import Pages, wants_page
from bot.chats.browser.show import Bubble, Look, bubbles, look_of, preferred, said_by_us
from bot.chats.browser.streams import Stream
from bot.said import Said
from core import links
from core.ground import chatlog
from core.ground.db import Tx
from core.ground.trails import mark
from core.shop import Shop

UNITS = re.compile(r"[0-9-]{0,2000}")
PATIENCE = timedelta(minutes=5)  # for so long a page that is opened again shows that an answer is being written
GIVEN = ("gift", "credit")  # what a link may carry that is for whoever opens it


class Routes:
    """The HTTP side of one chat. Every answer depends on the cookie alone; addresses in it name no person."""

    desk = False
    shortcuts: Mapping[str, str] = {"orders": "browser-to-orders", "help": "browser-to-help"}  # verb: its label
    longest = 4_000  # characters of one text

    def __init__(
        self,
        shop: Shop,
        chat: str,
        base: str,
        identity: Identity,
        pages: Pages,
        page_size: int,
        ending: Callable[[], bool],
        country_header: str = "",
    ) -> None:
        self.shop = shop
        self.chat = chat
        self.base = base
        self.identity = identity
        self.pages = pages
        self.limits = Limits()
        self.seats = Seats()
        self._page_size = page_size
        self._ending = ending
        self.country_header = country_header

    def all(self) -> list[Route]:
        """Everything this chat serves."""
        return [
            Route(self.base or "/", self.page, methods=["GET"]),
            *([] if self.desk else [*(Route(f"{self.base}/{kind}", self.gift, methods=["GET"]) for kind in GIVEN)]),
            Route(f"{self.base}/say", self.say, methods=["POST"]),
            Route(f"{self.base}/stream", self.stream, methods=["GET"]),
            Route(f"{self.base}/codes/{{number}}.{{kind}}", self.codes, methods=["GET"]),
            Route(f"{self.base}/chat/{{name}}", self.file, methods=["GET"]),
            Route(f"{self.base}/embed.js", self.embed, methods=["GET"]),
            *(() if self.desk else OrderLink(self).all()),
        ]

    # The page

    async def page(self, request: Request) -> Response:
        """The chat as it stands. Looking keeps nothing: a crawler leaves no trace."""
        visitor = self.identity.visitor(request)
        if self.limits.seeing(visitor.address if visitor.known else None, network(request)):
            return await self.refusal(request, visitor, 429, "browser-too-fast", seconds=10)
        if not await self.allowed(visitor):
            return await self.stranger(request, visitor)
        before = number(request.query_params.get("before"))
        look, lines = await self.shop.db.read(self._lines, self.person(visitor), accepts(request), before)
        shown = lines[-self._page_size :]
        await self.shop.handing_over(*said_by_us(shown))
        response = self.pages.html(
            "chat",
            look.to,
            csrf=visitor.csrf,
            key=secrets.token_hex(8),
            lines=shown,
            last=shown[-1].id if shown else 0,
            fresh=not shown and before is None,
            past=before is not None,
            waits=bool(shown) and not shown[-1].ours and look.to.now - shown[-1].at < PATIENCE,
            earlier=shown[0].id if len(lines) > self._page_size else None,
            shortcuts=self.shortcuts,
            longest=self.longest,
        )
        self.identity.remember(response, visitor)
        return response

    async def gift(self, request: Request) -> Response:
        """One button, which says what the link carries. Looking keeps nothing: a preview does no harm."""
        visitor = self.identity.visitor(request)
        if self.limits.seeing(visitor.address if visitor.known else None, network(request)):
            return await self.refusal(request, visitor, 429, "browser-too-fast", seconds=10)
        payload = request.query_params.get("t", "")
        kind = (links.opened(payload) or ("",))[0]
        if kind not in GIVEN:
            return await self.stranger(request, visitor)
        look = await self.shop.db.read(self.look, self.person(visitor), accepts(request))
        press, key = f"arrive {payload}", secrets.token_hex(8)
        response = self.pages.html("gift", look.to, kind=kind, csrf=visitor.csrf, press=press, key=key)
        self.identity.remember(response, visitor)
        return response

    def _lines(self, tx: Tx, person: str, accepts: str, before: int | None) -> tuple[Look, list[Bubble]]:
        look = self.look(tx, person, accepts)
        lines = chatlog.newest(tx, person, self._page_size + 1, before)
        return look, bubbles(tx, person, lines, look)

    # What is said

    async def say(self, request: Request) -> Response:
        """Takes in one thing said: kept once however often it comes, then 204 (or back, without script)."""
        visitor = self.identity.visitor(request)
        seconds = self.limits.saying(visitor.address, network(request))
        if seconds:
            return await self.refusal(request, visitor, 429, "browser-too-fast", seconds=seconds)
        if not visitor.known or not await self.allowed(visitor):  # before reading what may be long
            return await self.refusal(request, visitor, 403, "browser-reload")
        try:
            form = await hearing.form(request, self.longest)
        except hearing.TooLong:
            return await self.refusal(request, visitor, 413, "browser-too-long", most=self.longest)
        except hearing.Malformed:
            return await self.refusal(request, visitor, 400, "browser-reload")
        if not self.identity.is_ours(request, visitor, form.csrf, self.shop.public_url):
            return await self.refusal(request, visitor, 403, "browser-reload")
        if not form.key:
            return await self.refusal(request, visitor, 400, "browser-reload")
        if form.press or form.text.strip():
            said = Said(
                chat=self.chat,
                address=visitor.address,
                key=f"{visitor.address}:{form.key}",  # nobody can take another person's key
                text=form.text,
                press=form.press,
                locale=preferred(accepts(request)),
                zone=form.zone,
                origin=origin(request, visitor.address, self.country_header),
            )
            line = number(request.query_params.get("line"))
            bind_contextvars(heard=mark(said.chat, said.key))
            await self.shop.db.write(self._keep, said, accepts(request), line)
        return self.pages.back() if wants_page(request) else self.pages.guarded(Response(status_code=204))

    def _keep(self, tx: Tx, said: Said, accepts: str, line: int | None) -> None:
        look = self.look(tx, said.person, accepts)
        shown = hearing.as_shown(tx, said, look, line, self.shortcuts, brief=self.desk)
        hearing.keep(tx, said, shown)

    # What comes back

    async def stream(self, request: Request) -> Response:
        """New lines as they come, from the one the browser saw last."""
        visitor = self.identity.visitor(request)
        net = network(request)
        if not visitor.known or not await self.allowed(visitor):
            return await self.refusal(request, visitor, 403, "browser-reload")
        if self.limits.seeing(visitor.address, net):
            return await self.refusal(request, visitor, 429, "browser-too-fast", seconds=10)
        if not self.seats.free(visitor.address, net):
            return await self.refusal(request, visitor, 429, "browser-full")
        after = number(request.headers.get("last-event-id")) or number(request.query_params.get("after")) or 0
        locale = request.query_params.get("locale", "")
        person = self.person(visitor)
        looks = partial(self._look_if_allowed, person=person, accepts=accepts(request))
        stream = Stream(self.shop, self.pages, person, looks, self._ending)
        events = self._seated(stream.events(after, locale), visitor.address, net)
        response = StreamingResponse(events, media_type="text/event-stream")
        response.headers["x-accel-buffering"] = "no"
        return self.pages.guarded(response)

    async def _seated(self, events: AsyncIterator[str], visitor: str, net: str) -> AsyncIterator[str]:
        with self.seats.taken(visitor, net):
            async for event in events:
                yield event

    async def codes(self, request: Request) -> Response:
        """An order's codes as a file, for their owner only."""
        visitor = self.identity.visitor(request)
        kind = request.path_params["kind"]
        units = UNITS.fullmatch(request.query_params.get("units", ""))
        if self.limits.seeing(visitor.address, network(request)):
            return await self.refusal(request, visitor, 429, "browser-too-fast", seconds=10)
        try:
            if kind not in files.TYPES or units is None or not await self.allowed(visitor):
                raise files.NothingHere
            only = tuple(int(unit) for unit in units.group().split("-") if unit) or None
            name, message, found = await self.shop.db.read(
                files.codes, self.person(visitor), request.path_params["number"], only
            )
        except files.NothingHere:
            return await self.refusal(request, visitor, 404, "browser-not-found")
        await self.shop.handing_over(message)
        response = Response(files.written(kind, found), media_type=files.TYPES[kind])
        response.headers["content-disposition"] = f'attachment; filename="{name}.{kind}"'
        return self.pages.guarded(response)

    async def file(self, request: Request) -> Response:
        return self.pages.file(request, request.path_params["name"])

    async def embed(self, request: Request) -> Response:
        """What another site includes to show this chat; at an address that is easy to write down."""
        return self.pages.file(request, "embed.js")

    # Who may

    def person(self, visitor: Visitor) -> str:
        return f"{self.chat}:{visitor.address}"

    def may(self, tx: Tx, person: str) -> bool:
        """Whether this person may use the chat. Everybody may buy."""
        return True

    async def allowed(self, visitor: Visitor) -> bool:
        return await self.shop.db.read(self.may, self.person(visitor)) if self.desk else True

    async def stranger(self, request: Request, visitor: Visitor) -> Response:
        """What a visitor sees who may not."""
        return await self.refusal(request, visitor, 404, "browser-not-found")

    async def refusal(self, request: Request, visitor: Visitor, status: int, key: str, **facts: int) -> Response:
        """A sentence in the visitor's language instead of what was asked for."""
        look = await self.shop.db.read(self.look, self.person(visitor), accepts(request))
        response = self.pages.notice(request, look.to, status, key, **facts)
        if status == 429:
            response.headers["retry-after"] = str(facts.get("seconds", 30))
        return response

    def look(self, tx: Tx, person: str, accepts: str) -> Look:
        return look_of(tx, person, accepts, self.base, links=not self.desk)

    def _look_if_allowed(self, tx: Tx, person: str, accepts: str) -> Look | None:
        return self.look(tx, person, accepts) if self.may(tx, person) else None


def accepts(request: Request) -> str:
    return request.headers.get("accept-language", "")


def number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
