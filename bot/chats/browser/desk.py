"""The staff's door: the same chat, for those who came in by a one-time link."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.chats.browser import files, hearing
from bot.chats.browser.identity import Visitor, network
from bot.chats.browser.pages import wants_page
from bot.chats.browser.routes import Routes, accepts
from bot.chats.browser.show import preferred
from bot.said import File, Said
from core import customers, documents, hiring, staff, uploads
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import words
from core.ground.words import render

INVITE = "mika staff invite"


class DeskRoutes(Routes):
    """As Routes, but only staff may; whoever presses is asked for again by the rules themselves."""

    desk = True
    shortcuts = {  # noqa: RUF012  never changed
        "reviews": "browser-to-reviews",
        "orders": "browser-to-all-orders",
        "stock": "browser-to-stock",
        "help": "browser-to-help",
    }
    longest = 1_000_000  # staff paste stock

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._one_file = asyncio.Semaphore(1)  # they lie in memory while they come

    def all(self) -> list[Route]:
        return [
            *super().all(),
            Route(f"{self.base}/files/{{name}}", self.document, methods=["GET"]),
            Route(f"{self.base}/enter", self.door, methods=["GET"]),
            Route(f"{self.base}/enter", self.enter, methods=["POST"]),
            Route(f"{self.base}/file", self.take_file, methods=["POST"]),
        ]

    def may(self, tx: Tx, person: str) -> bool:
        return staff.is_staff(tx, person)

    async def stranger(self, request: Request, visitor: Visitor) -> Response:
        return await self._closed(request, visitor, "browser-desk-closed")

    async def take_file(self, request: Request) -> Response:
        """Takes in a file somebody sends: sealed at once, and kept once however often it comes. The rest as in say."""
        visitor = self.identity.visitor(request)
        seconds = self.limits.sending(visitor.address, network(request))
        if seconds:
            return await self.refusal(request, visitor, 429, "browser-too-fast", seconds=seconds)
        if not visitor.known or not await self.allowed(visitor):  # before reading what may be long
            return await self.refusal(request, visitor, 403, "browser-reload")
        try:
            async with self._one_file:
                sent = await hearing.upload(request, uploads.MOST_BYTES)
                if not self.identity.is_ours(request, visitor, sent.csrf, self.shop.public_url):
                    return await self.refusal(request, visitor, 403, "browser-reload")
                await self._keep_file(visitor, sent, accepts(request))
        except hearing.TooLong:
            return await self.refusal(request, visitor, 413, "browser-file-too-big", most=uploads.MOST_BYTES >> 20)
        except hearing.Malformed:
            return await self.refusal(request, visitor, 400, "browser-reload")
        return self.pages.back() if wants_page(request) else self.pages.guarded(Response(status_code=204))

    async def _keep_file(self, visitor: Visitor, sent: hearing.Upload, accepts: str) -> None:
        key = f"{visitor.address}:{sent.key}"
        upload = await self.shop.db.write(uploads.begin, f"{self.chat} {key}", len(sent.content))
        for place, piece in uploads.parts(sent.content):
            await self.shop.db.write(uploads.keep, upload, place, piece)
        file = File(sent.name, len(sent.content), uploads.named(upload))
        said = Said(self.chat, visitor.address, key, locale=preferred(accepts), file=file)
        await self.shop.db.write(self._keep, said, accepts, None)

    async def door(self, request: Request) -> Response:
        """One button. Only pressing it uses the link up, so a preview of the link does no harm."""
        visitor = self.identity.visitor(request)
        token = request.query_params.get("t", "")[:200]
        if not token:
            return await self.stranger(request, visitor)
        response = await self._plain(request, visitor, 200, "browser-desk-welcome", token=token)
        self.identity.remember(response, visitor)
        return response

    async def enter(self, request: Request) -> Response:
        """Uses the link up: this browser is staff from now on, under a new address. A repeat finds it so."""
        before = self.identity.visitor(request)
        seconds = self.limits.entering(network(request))
        if seconds:
            return await self.refusal(request, before, 429, "browser-too-fast", seconds=seconds)
        try:
            form = await hearing.form(request, 0)
        except (hearing.TooLong, hearing.Malformed):
            return await self.refusal(request, before, 400, "browser-reload")
        if not self.identity.is_ours(request, before, form.csrf, self.shop.public_url):
            return await self.refusal(request, before, 403, "browser-reload")
        visitor = self.identity.entered(form.token, before)
        try:
            await self.shop.db.write(self._employ, form.token, visitor, accepts(request))
        except ShopError:
            if not await self.allowed(visitor):
                return await self._closed(request, before, "browser-desk-used")
        response = self.pages.back()
        self.identity.remember(response, visitor)
        return response

    def _employ(self, tx: Tx, token: str, visitor: Visitor, accepts: str) -> None:
        locale = preferred(accepts)
        customers.meet(tx, self.chat, visitor.address, "", locale, None)
        colleague = hiring.enter(tx, token, self.person(visitor))
        customers.meet(tx, self.chat, visitor.address, colleague.name, locale, None)

    async def document(self, request: Request) -> Response:
        """A file that a message named, made anew for whoever may have it."""
        visitor = self.identity.visitor(request)
        name = request.path_params["name"]
        if self.limits.seeing(visitor.address, network(request)):
            return await self.refusal(request, visitor, 429, "browser-too-fast", seconds=10)
        try:
            content = await self.shop.db.read(documents.made_for, name, self.person(visitor))
        except ShopError:
            return await self.refusal(request, visitor, 404, "browser-not-found")
        response = Response(content, media_type=files.TYPES[name.rpartition(".")[2]])
        response.headers["content-disposition"] = f'attachment; filename="{name}"'
        return self.pages.guarded(response)

    async def _closed(self, request: Request, visitor: Visitor, why: str) -> Response:
        return await self._plain(request, visitor, 403, why, "browser-desk-how", command=INVITE)

    async def _plain(
        self, request: Request, visitor: Visitor, status: int, *keys: str, command: str = "", token: str = ""
    ) -> Response:
        to = (await self.shop.db.read(self.look, self.person(visitor), accepts(request))).to
        sentences = [render(words(key), to) for key in keys]
        facts = {"sentences": sentences, "command": command, "token": token, "csrf": visitor.csrf}
        response = self.pages.html("notice", to, status, **facts, back=False)
        response.headers["referrer-policy"] = "no-referrer"
        return response
