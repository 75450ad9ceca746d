"""WeChat's chat: a call becomes Said, and what there is to say goes back in the very call, or by the ways there are."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from wechatpy.replies import TextReply

from bot.chats.wechat import render
from bot.chats.wechat.calls import Calls
from bot.chats.wechat.heard import Heard, Means, hear, said
from bot.chats.wechat.render import Pages
from bot.chats.wechat.sealing import LARGEST, Forged, Seal
from bot.said import Said
from core import cards, customers, delivery, pictures, speaking, staff
from core.delivery import Parcel, Ring
from core.ground import inbox, outbox
from core.ground.db import Tx
from core.ground.errors import SendError
from core.ground.inbox import InboxRow
from core.ground.messages import Message, Spoken, unpack, words
from core.ground.outbox import OutboxRow
from core.ground.vault import Secret
from core.shop import Shop

PATH = "/chats/wechat"
THANKS = PlainTextResponse("success")  # stops WeChat's tries, and shows nothing
READ_WITHIN = 3.0  # seconds for a call's bytes to arrive
STORE_WITHIN = 4.5  # WeChat waits five
WAIT = 3.4  # seconds from a call's begin for its answer; then it goes out by itself
ANSWER_BEFORE = 4.4  # seconds from a call's begin: later nothing is taken along any more
LOOK = 0.2  # seconds between looks whether another process has answered
HELD = timedelta(seconds=5)  # what answers a word waits so long for the call that brought it

log = structlog.get_logger()


class Answers(Protocol):
    """Who answers what is said here: a router of bot/."""

    async def answer(self, shop: Shop, said: Said, keep: Callable[[Tx, Message], object] | None, /) -> Message: ...


class PagesOf(Protocol):
    """The shop's own pages for people of this chat."""

    def routes(self, shop: Shop) -> list[BaseRoute]: ...

    def of(self, openid: str) -> Pages: ...


@dataclass(frozen=True)
class Template:
    """The template message that rings: its id, and what its fields say. "{number}" and "{product}" are put in."""

    id: str
    fields: Mapping[str, str]

    def filled(self, ring: Ring) -> dict[str, str]:
        """WeChat refuses a `thing` of more than 20 characters."""
        told = {"number": ring.number, "product": ring.product}
        made = {name: text.format_map(told) for name, text in self.fields.items()}
        return {name: text[:20] if name.startswith("thing") else text for name, text in made.items()}


@dataclass(frozen=True)
class Taken:
    """Something that waits, taken along into a call, or out of it again."""

    row: OutboxRow
    spoken: Spoken
    parcel: Parcel | None = None


class WeChatChat:
    """Keeps Chat, Connected and Bell. One account; its calls come to PATH."""

    name = "wechat"

    def __init__(
        self, router: Answers, seal: Seal, calls: Calls, pages: PagesOf, template: Template | None = None
    ) -> None:
        self._router = router
        self._seal = seal
        self._calls = calls
        self._pages = pages
        self._template = template
        self._shop: Shop | None = None
        self._waiting: dict[str, asyncio.Event] = {}  # calls of this process that wait, by their event's key
        self.forged = 0  # calls that were not WeChat's

    def routes(self, shop: Shop) -> list[BaseRoute]:
        self._shop = shop

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

        return [Route(PATH, called, methods=["GET", "POST"]), *self._pages.routes(shop)]

    def _note_forged(self, error: Forged) -> None:
        """Said when there are twice as many as when it was said last: strangers don't fill our log."""
        self.forged += 1
        if self.forged & (self.forged - 1) == 0:
            log.warning("a call was not WeChat's", why=str(error), so_far=self.forged)

    # In

    async def _answered(self, shop: Shop, heard: Heard, began: float) -> Response:
        """Kept, then answered as far as it goes in the time there is."""
        waiting = self._waiting.setdefault(heard.key, asyncio.Event())
        try:
            try:
                async with asyncio.timeout(STORE_WITHIN - (time.monotonic() - began)):
                    await shop.db.write(take, self.name, heard)
            except Exception as error:  # WeChat brings it again
                log.error("a call could not be kept", why=type(error).__name__)
                return Response(status_code=503)
            if heard.means is Means.LEFT or not await self._is_answered(shop, heard, waiting, began + WAIT):
                return THANKS
        finally:
            self._waiting.pop(heard.key, None)
        text = await self._along(shop, heard, began + ANSWER_BEFORE)
        return self._reply(heard, text) if text else THANKS

    async def _is_answered(self, shop: Shop, heard: Heard, waiting: asyncio.Event, until: float) -> bool:
        """Whether the router has answered in time: here, or in another process."""
        while (left := until - time.monotonic()) > 0:
            try:
                await asyncio.wait_for(waiting.wait(), min(LOOK, left))
            except TimeoutError:
                pass
            else:
                return True
            if not await shop.db.read(inbox.is_open, self.name, heard.key):
                return True
        return False

    async def _along(self, shop: Shop, heard: Heard, before: float) -> Secret | None:
        """What goes back in the call: the answer, with all that waits for them and fits; codes go before words.

        The same as before where WeChat brings the same again. What is taken along has reached them, as far as one
        can know; whatever becomes of the call, they are answered the same when they ask.
        """
        person, pages = f"{self.name}:{heard.openid}", self._pages.of(heard.openid)
        said_before, taken = await shop.db.write(gather, person, self.event(heard.key))
        if said_before is not None:
            await shop.handing_over(*(one.source for one in said_before))
            return render.text(said_before, pages) if said_before else None
        if not taken:
            return None
        goes, stays = fitting(taken, pages)
        text = render.text([one.spoken for one in goes], pages) if goes else None
        try:
            await shop.handing_over(*(one.spoken.source for one in goes))
        except OSError:
            goes, stays, text = [], taken, None
        if time.monotonic() > before:
            goes, stays, text = [], taken, None
        await shop.db.write(settled, person, self.event(heard.key), goes, stays)
        return text

    def _reply(self, heard: Heard, text: Secret) -> Response:
        inside = text.reveal().replace("]]>", "]]]]><![CDATA[>")
        reply = TextReply(source=heard.to, target=heard.openid, time=int(time.time()), content=inside)
        return Response(self._seal.close(reply.render()), media_type="application/xml")

    async def hear(self, shop: Shop, row: InboxRow) -> None:
        """Answer one call's content. A repeat answers again; sent is one answer, for it bears the event's key."""
        self._shop = shop
        address = (row.person or "").partition(":")[2]
        means, word = said(self.name, address, row.external_id, await shop.db.read(inbox.body, row))
        if means is Means.WORDLESS:
            await shop.db.write(_kindly, self.event(word.key), word)
        else:
            await self._router.answer(shop, word, lambda tx, message: self._keep(tx, word, message))
        if waiting := self._waiting.get(row.external_id):
            waiting.set()

    def _keep(self, tx: Tx, word: Said, message: Message) -> None:
        staff.say(tx, self.event(word.key), word.person, message, due=tx.now + HELD)
        if message.qr or (message.picture and not message.card):  # to pay by, of a guide; a product's costs a message
            picture = Message((), picture=message.picture, qr=message.qr)
            staff.say(tx, f"{self.event(word.key)} picture", word.person, picture, due=tx.now + HELD)

    def event(self, key: str) -> str:
        return f"{self.name} {key}"

    # Out

    async def stay(self, shop: Shop) -> None:
        """Nothing is kept open: WeChat calls us. Until cancelled."""
        self._shop = shop
        await asyncio.Event().wait()

    async def send(self, address: str, message: Spoken) -> str:
        """Say something by ourselves, where a word of theirs still allows it. Raises SendError; see its `unheard`."""
        shop = self._shop
        if shop is None:
            raise SendError(f"the {self.name} chat is not open in this process")
        person = f"{self.name}:{address}"
        if not self._calls.may_push or not await shop.db.write(speaking.spend, person):
            if not message.text:
                return "left out"  # a picture: the text did without it
            raise SendError("we may not speak to them before they do", unheard=True)
        try:
            if message.text:
                text = render.text([message], self._pages.of(address))
                assert text is not None  # noqa: S101  one alone always fits
                await self._calls.say(address, text)
            else:
                await self._show(shop, address, message)
        except SendError as error:
            if error.unheard:
                await shop.db.write(speaking.no_more, person)
            if error.unheard and not message.text:
                return "left out"
            raise
        return f"pushed {int(time.time())}"

    async def _show(self, shop: Shop, address: str, message: Spoken) -> None:
        if message.source.qr:
            await self._calls.show(address, f"qr {hash(message.source.qr)}", pictures.to_scan(message.source.qr))
        elif (name := message.source.picture) and (picture := await shop.picture(name)):
            await self._calls.show(address, name, picture)

    async def ring(self, ring: Ring) -> None:
        """Codes wait: said by the template message, with the order's page behind it."""
        if self._template is None:
            raise SendError("this account has no template to ring with", permanent=True)
        page = self._pages.of(ring.person.address).order(ring.number)
        await self._calls.ring(ring.person.address, self._template.id, self._template.filled(ring), page)

    @property
    def rings(self) -> bool:
        return self._template is not None

    async def aclose(self) -> None:
        await self._calls.aclose()


# What is written


def take(tx: Tx, chat: str, heard: Heard) -> None:
    """Keep what somebody said, with the right to speak that it lends; what waited for their word goes along with it."""
    person = f"{chat}:{heard.openid}"
    if heard.means is Means.LEFT:
        speaking.no_more(tx, person)
        if customers.is_known(tx, person):
            customers.unreachable(tx, person)
        return
    if not inbox.store(tx, chat, heard.key, heard.packed(), person=person):
        return
    if heard.lends:
        speaking.lend(tx, person, heard.lends.kind, heard.lends.messages, tx.now + heard.lends.lasts)
    if customers.is_known(tx, person):
        delivery.resume(tx, person, f"{chat} {heard.key}", tx.now + HELD)
        outbox.unpark(tx, person, tx.now + HELD)


def gather(tx: Tx, person: str, event: str) -> tuple[list[Spoken] | None, list[Taken]]:
    """What was said in the call that brought this first; else all that waits, taken for this one, the answer last."""
    before = speaking.again(tx, event)
    if before is not None:
        return [delivery.compose(tx, person, message) for message in before], []
    rows = sorted(outbox.claim_to(tx, person), key=lambda row: (_answers(row, event), row.id))
    taken = [one for row in rows if (one := _taken(tx, row))]
    newest = {one.spoken.source.card: one for one in taken}
    old = [
        one for one in taken if one.parcel is None and one.spoken.source.card and newest[one.spoken.source.card] is not one
    ]
    for one in old:  # how it stood then is nobody's concern
        outbox.done(tx, one.row.id)
    return None, [one for one in taken if one not in old]


def _answers(row: OutboxRow, event: str) -> bool:
    return row.effect_key == f"say {event}"


def _taken(tx: Tx, row: OutboxRow) -> Taken | None:
    """Made ready; None for what there is nothing of any more, which is done."""
    if row.kind == "deliver":
        packed = delivery.packed(tx, row.payload["order"], row.payload.get("units"))
        if packed is None:
            outbox.done(tx, row.id)
            return None
        parcel, _, spoken = packed
        return Taken(row, spoken, parcel)
    return Taken(row, delivery.address(tx, row.payload["person"], unpack(row.payload["message"])))


def fitting(taken: Sequence[Taken], pages: Pages) -> tuple[list[Taken], list[Taken]]:
    """What goes into one text, and what stays for another: codes first, then the answer, then the newest words.

    Pictures stay: a call takes one thing.
    """
    words_only = [one for one in taken if one.spoken.text]
    stays = [one for one in taken if not one.spoken.text]
    goes: list[Taken] = []
    for one in sorted(words_only, key=lambda one: (one.parcel is None, -words_only.index(one))):
        wider = sorted((*goes, one), key=words_only.index)
        if not goes or render.text([each.spoken for each in wider], pages) is not None:
            goes = wider
        else:
            stays.append(one)
    return goes, sorted(stays, key=lambda one: one.row.id)


def settled(tx: Tx, person: str, event: str, goes: Sequence[Taken], stays: Sequence[Taken]) -> None:
    """What went along is done, and remembered in case the call is brought again; the rest is anybody's."""
    for one in goes:
        if outbox.done(tx, one.row.id) and one.parcel:
            delivery.sent(tx, one.parcel.order.id, one.parcel.units, f"reply to {event}"[:60])
    for one in stays:
        outbox.give_back(tx, one.row)
    if goes:
        speaking.answered(tx, event, person, [one.spoken.source for one in goes])


def _kindly(tx: Tx, event: str, word: Said) -> None:
    """A picture or a voice is no word: that is said, and their conversation stands where it stood."""
    customers.meet(tx, word.chat, word.address, word.name, word.locale, word.zone)
    kind = Message(words("wechat-text-only"), (cards.SHELF, cards.MY_ORDERS, cards.HUMAN))
    staff.say(tx, event, word.person, kind, due=tx.now + HELD)
    inbox.done(tx, word.chat, word.key)


async def _body_of(request: Request) -> bytes:
    """Raises Forged for what is too large."""
    body = bytearray()
    async with asyncio.timeout(READ_WITHIN):
        async for part in request.stream():
            body += part
            if len(body) > LARGEST:
                raise Forged("it is too large")
    return bytes(body)
