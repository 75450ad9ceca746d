"""WeChat's chat: what was said becomes Said, and what there is to say goes along, is pushed, or waits for a word."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from bot.chats.wechat import render
from bot.chats.wechat.along import HELD
from bot.chats.wechat.callback import Callback
from bot.chats.wechat.calls import Calls
from bot.chats.wechat.heard import Means, said
from bot.chats.wechat.render import Pages
from bot.chats.wechat.sealing import Seal
from bot.said import Said
from core import cards, composing, customers, pictures, speaking, staff
from core.delivery import Ring
from core.ground import inbox
from core.ground.db import Tx
from core.ground.errors import SendError
from core.ground.inbox import InboxRow
from core.ground.messages import Message, Spoken, words
from core.shop import Shop

AT_ONCE = timedelta(seconds=1)


class Answers(Protocol):
    """Who answers what is said here: a router of bot/."""

    async def answer(self, shop: Shop, said: Said, keep: Callable[[Tx, Message], object] | None, /) -> Message: ...


class PagesOf(Protocol):
    """The shop's own pages for people of this chat."""

    def routes(self, shop: Shop) -> list[Any]: ...

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


class WeChatChat:
    """Keeps Chat and Bell. One account; its calls come to callback.PATH."""

    name = "wechat"
    may_refuse = True  # WeChat lends the right to speak: what is sent may never be shown

    def __init__(
        self, router: Answers, seal: Seal, calls: Calls, pages: PagesOf, template: Template | None = None
    ) -> None:
        self._router = router
        self._calls = calls
        self._pages = pages
        self._template = template
        self._shop: Shop | None = None
        self.callback = Callback(self.name, seal, pages)

    def routes(self, shop: Shop) -> list[Any]:
        """The callback and the pages, as Starlette routes."""
        self._shop = shop
        return [*self.callback.routes(shop), *self._pages.routes(shop)]

    async def hear(self, shop: Shop, row: InboxRow) -> None:
        """Answer one call's content. A repeat answers again; sent is one answer, for it bears the event's key."""
        self._shop = shop
        address = (row.person or "").partition(":")[2]
        means, word = said(self.name, address, row.external_id, await shop.db.read(inbox.body, row))
        if means is Means.WORDLESS:
            await shop.db.write(_kindly, self.event(word.key), word)
        else:
            await self._router.answer(shop, word, lambda tx, message: self._keep(tx, word, message))
        self.callback.answered(row.external_id)

    def _keep(self, tx: Tx, word: Said, message: Message) -> None:
        staff.say(tx, self.event(word.key), word.person, message, due=tx.now + HELD)
        if message.qr or (message.picture and not message.card):  # to pay by, of a guide; a product's costs a message
            picture = Message((), picture=message.picture, qr=message.qr)
            staff.say(tx, f"{self.event(word.key)} picture", word.person, picture, due=tx.now + HELD)

    def event(self, key: str) -> str:
        return f"{self.name} {key}"

    # Out

    async def send(self, address: str, message: Spoken) -> str:
        """Say something by ourselves, where a word of theirs still allows it. Raises SendError; see its `unheard`."""
        shop = self._shop
        if shop is None:
            raise SendError(f"the {self.name} chat is not open in this process")
        person = f"{self.name}:{address}"
        known = await shop.db.write(speaking.spend, person) if self._calls.may_push else None
        if known is None:
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
            if error.unheard and await shop.db.write(speaking.no_more, person, known):
                raise SendError("they have said something meanwhile", wait=AT_ONCE) from None
            if error.unheard and not message.text:
                return "left out"
            raise
        if message.text:
            await shop.db.write(composing.bind, person, message)
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


def _kindly(tx: Tx, event: str, word: Said) -> None:
    """A picture or a voice is no word: that is said, and their conversation stands where it stood."""
    customers.meet(tx, word.chat, word.address, word.name, word.locale, word.zone)
    kind = Message(words("wechat-text-only"), (cards.SHELF, cards.MY_ORDERS, cards.HUMAN))
    staff.say(tx, event, word.person, kind, due=tx.now + HELD)
    inbox.done(tx, word.chat, word.key)
