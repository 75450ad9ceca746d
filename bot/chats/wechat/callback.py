"""The account's callback: what WeChat calls when somebody says something, and what it is answered in time.

A call is in the inbox before anything else. Then it waits for its answer, here or from another process, as long as
WeChat allows; whatever comes later goes out by itself. WeChat brings a call that was not answered again, and hears
the same.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Protocol

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from structlog.contextvars import bind_contextvars
from wechatpy.replies import TextReply

from bot.chats.wechat import along, render
from bot.chats.wechat.heard import Heard, Means, hear
from bot.chats.wechat.render import Pages
from bot.chats.wechat.sealing import LARGEST, Forged, Seal
from core import customers, delivery, speaking
from core.ground import inbox, outbox
from core.ground.db import Tx
from core.ground.trails import mark
from core.ground.vault import Secret
from core.shop import Shop

PATH = "/chats/wechat"
THANKS = PlainTextResponse("success")  # stops WeChat's tries, and shows nothing
READ_WITHIN = 3.0  # seconds for a call's bytes to arrive
STORE_WITHIN = 4.2  # WeChat waits five, from before we have begun
WAIT = 3.4  # seconds from a call's begin for its answer; then it goes out by itself
ANSWER_BEFORE = 4.4  # seconds from a call's begin: what would be written down later is not taken along any more
LATEST = 4.6  # seconds from a call's begin: then it is answered, with whatever there is
LOOK = 0.2  # seconds between looks whether another process has answered

log = structlog.get_logger()


class PagesOf(Protocol):
    """The shop's own pages for people of this chat."""

    def of(self, openid: str) -> Pages: ...


@dataclass(frozen=True)
class _Going:
    """What goes along in a call."""

    task: asyncio.Task[Secret | None]
    decided: asyncio.Event  # something does, and is being written down


class Callback:
    """One account's way in."""

    def __init__(self, chat: str, seal: Seal, pages: PagesOf) -> None:
        self._chat = chat
        self._seal = seal
        self._pages = pages
        self._waiting: dict[str, asyncio.Event] = {}  # calls of this process that wait, by their event's key
        self._going: dict[str, _Going] = {}  # what goes along in them
        self.forged = 0  # calls that were not WeChat's

    def answered(self, key: str) -> None:
        """The event has had its answer: the call that brought it need not look for it."""
        if waiting := self._waiting.get(key):
            waiting.set()

    def routes(self, shop: Shop) -> list[BaseRoute]:
        async def called(request: Request) -> Response:
            try:
                if request.method == "GET":
                    return PlainTextResponse(self._seal.greeting(request.query_params))
                began = time.monotonic()
                fields = self._seal.open(request.query_params, await _body_of(request))
            except Forged as error:
                self._note_forged(error)
                return Response(status_code=403)
            except (TimeoutError, ClientDisconnect):
                return Response(status_code=400)
            heard = hear(fields)
            if heard is None or heard.means is Means.NOTHING:
                return THANKS
            return await self._answered(shop, heard, began)

        return [Route(PATH, called, methods=["GET", "POST"])]

    def _note_forged(self, error: Forged) -> None:
        """Said when there are twice as many as when it was said last: strangers don't fill our log."""
        self.forged += 1
        if self.forged & (self.forged - 1) == 0:
            log.warning("a call was not WeChat's", why=str(error), so_far=self.forged)

    # In

    async def _answered(self, shop: Shop, heard: Heard, began: float) -> Response:
        """Kept, then answered as far as it goes in the time there is."""
        waiting = self._waiting.setdefault(heard.key, asyncio.Event())
        bind_contextvars(heard=mark(self._chat, heard.key))
        try:
            try:
                async with asyncio.timeout(STORE_WITHIN - (time.monotonic() - began)):
                    fresh = await shop.db.write(take, self._chat, heard)
            except Exception as error:  # WeChat brings it again
                log.error("a call could not be kept", why=type(error).__name__)
                return Response(status_code=503)
            if heard.means is Means.LEFT or not await self._is_answered(shop, heard, waiting, began + WAIT):
                return THANKS
        finally:
            self._waiting.pop(heard.key, None)
        going = self._going.get(heard.key) or self._begin(shop, heard, began)
        done, _ = await asyncio.wait({going.task}, timeout=began + LATEST - time.monotonic())
        if not done:  # it is brought again, unless it is clear that all of it goes out by itself
            return THANKS if fresh and not going.decided.is_set() else Response(status_code=503)
        if error := going.task.exception():
            log.error("a call could not be answered", why=type(error).__name__)
            return Response(status_code=503)
        text = going.task.result()
        return self._reply(heard, text) if text else THANKS

    def _begin(self, shop: Shop, heard: Heard, began: float) -> _Going:
        """What goes along is found out to its end, whatever becomes of the call; who calls again waits for the same."""
        decided = asyncio.Event()
        task = asyncio.create_task(self._along(shop, heard, began + ANSWER_BEFORE, decided))
        going = self._going[heard.key] = _Going(task, decided)
        task.add_done_callback(lambda _: self._going.pop(heard.key))
        return going

    async def _is_answered(self, shop: Shop, heard: Heard, waiting: asyncio.Event, until: float) -> bool:
        """Whether the router has answered in time: here, or in another process."""
        while (left := until - time.monotonic()) > 0:
            try:
                await asyncio.wait_for(waiting.wait(), min(LOOK, left))
            except TimeoutError:
                pass
            else:
                return True
            try:
                async with asyncio.timeout(until - time.monotonic()):
                    if not await shop.db.read(inbox.is_open, self._chat, heard.key):
                        return True
            except TimeoutError:
                return False
        return False

    async def _along(self, shop: Shop, heard: Heard, before: float, decided: asyncio.Event) -> Secret | None:
        """What goes back in the call: the answer, with all that waits for them and fits; codes go before words.

        The same as before where WeChat brings the same again. What is taken along has reached them, as far as one
        can know; whatever becomes of the call, they are answered the same when they ask.
        """
        person, pages = f"{self._chat}:{heard.openid}", self._pages.of(heard.openid)
        began = time.monotonic()
        said_before, taken = await shop.db.write(along.gather, person, f"{self._chat} {heard.key}")
        took = time.monotonic() - began
        if said_before is not None:
            await shop.handing_over(*(one.source for one in said_before))
            return render.text(said_before, pages) if said_before else None
        if not taken:
            return None
        goes, stays = along.fitting(taken, pages)
        text = render.text([one.spoken for one in goes], pages) if goes else None
        try:
            await shop.handing_over(*(one.spoken.source for one in goes))
        except OSError:
            goes, stays, text = [], taken, None
        if time.monotonic() + took > before:  # to write it down takes about as long as to take it
            goes, stays, text = [], taken, None
        if goes:
            decided.set()
        await shop.db.write(along.settled, person, f"{self._chat} {heard.key}", goes, stays)
        return text

    def _reply(self, heard: Heard, text: Secret) -> Response:
        inside = text.reveal().replace("]]>", "]]]]><![CDATA[>")
        reply = TextReply(source=heard.to, target=heard.openid, time=int(time.time()), content=inside)
        return Response(self._seal.sealed(reply.render()), media_type="application/xml")


# What is written


def take(tx: Tx, chat: str, heard: Heard) -> bool:
    """Keep what somebody said, with the right to speak that it lends; what waited for their word goes along with it.

    False for a repeat.
    """
    person = f"{chat}:{heard.openid}"
    if not inbox.store(tx, chat, heard.key, heard.packed(), person=person):
        return False
    if heard.means is Means.LEFT:
        inbox.done(tx, chat, heard.key)
        speaking.no_more(tx, person)
        if customers.is_known(tx, person):
            customers.unreachable(tx, person)
        return True
    if heard.lends:
        speaking.lend(tx, person, heard.lends.kind, heard.lends.messages, tx.now + heard.lends.lasts)
    if customers.is_known(tx, person):
        delivery.resume(tx, person, f"{chat} {heard.key}", tx.now + along.HELD)
        outbox.unpark(tx, person, tx.now + along.HELD)
    return True


async def _body_of(request: Request) -> bytes:
    """Raises Forged for what is too large."""
    body = bytearray()
    async with asyncio.timeout(READ_WITHIN):
        async for part in request.stream():
            body += part
            if len(body) > LARGEST:
                raise Forged("it is too large")
    return bytes(body)
