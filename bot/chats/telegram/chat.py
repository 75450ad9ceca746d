"""A bot's chat: an update becomes Said, the router answers, and what is to be said goes out within the budgets."""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import structlog

from bot.chats.telegram import render
from bot.chats.telegram.calls import Calls, CantEdit, Moved, NoTopic
from bot.chats.telegram.connection import Connection
from bot.chats.telegram.manners import SOON, Budget, Manners
from bot.chats.telegram.render import Shown, Style
from bot.chats.telegram.topics import Topics
from bot.commands import commands
from bot.said import Said
from core import composing, customers, documents, pictures, rooms, staff
from core.ground import inbox, points, shown
from core.ground.db import Tx
from core.ground.errors import PartyError, SendError
from core.ground.inbox import InboxRow
from core.ground.messages import Choice, Message, Spoken, Words
from core.ground.vault import Secret
from core.shop import Shop

ALERT = 200  # characters that Telegram shows to a presser alone
PICTURE = "p"  # marks the id of a message that is a picture: its text can't take the place of another's
INVOICE = "i"  # and of one that is an invoice, which can't be edited at all
MARKS = PICTURE + INVOICE

CODE = {"code", "pre", "spoiler"}  # marks of what must not go away

log = structlog.get_logger()


class Answers(Protocol):
    """Who answers what is said here: a router of bot/."""

    name: str

    async def answer(self, shop: Shop, said: Said, keep: Callable[[Tx, Message], object] | None, /) -> Message: ...


@dataclass(frozen=True)
class Press:
    """A button that was pressed: the query that waits, and its message, if that may be changed."""

    query: str
    on: str | None


class Unreadable(PartyError):
    """An update that no library knows the form of. Time mends nothing of it, and its person's next words wait."""

    def __init__(self) -> None:
        super().__init__("the update is in no form that we can read", permanent=True)


class TelegramChat(ABC):
    """What both bots share. A subclass brings the library: how updates are read, and how Telegram is called."""

    def __init__(
        self,
        name: str,
        router: Answers,
        token: str,
        *,
        api: str,
        path_secret: Callable[[str], str],
        receive: Literal["webhook", "polling"],
        public_url: str,
        manners: Manners,
        trusts_notes: bool = False,
    ) -> None:
        """`path_secret` is a keyed HMAC as text: what only we and Telegram know of the webhook is made by it."""
        self.name = name
        self.bot = int(token.partition(":")[0])
        self._router = router
        self._manners = manners
        self._pictures = f"{public_url}/pictures" if public_url.startswith("https://") else None
        self._style = Style(manners.spoiler, trusts_notes)
        self.budget = Budget(manners)
        self._calls = self._connect(token, api)
        self._connection = Connection(self, self._calls, path_secret, receive, public_url)
        self._shop: Shop | None = None
        self._topics = Topics(self._calls, self._turn)

    @abstractmethod
    def _connect(self, token: str, api: str) -> Calls:
        """The library's way to Telegram; asks nothing of it yet."""

    @abstractmethod
    async def _read(self, shop: Shop, update: dict[str, Any], key: str) -> None:
        """Have the library read an update, and answer it under the inbox row's key."""

    # In

    def open(self, shop: Shop) -> None:
        """Whose chat it is. Done by routes(), hear() and stay() too; a process that only sends does it itself."""
        self._shop = shop

    def routes(self, shop: Shop) -> list[Any]:
        """The webhook, as a Starlette route."""
        self.open(shop)
        return self._connection.routes(shop)

    # Processes take turns

    @property
    def account(self) -> str:
        return str(self.bot)

    def takes_over(self, left: Mapping[str, Any] | None, ago: float) -> None:
        self.budget.take_over(left, ago)

    def falls_silent(self) -> None:
        self.budget.fall_silent()

    def leaves(self) -> Mapping[str, Any]:
        return self.budget.leaves()

    @property
    def forged(self) -> int:
        """How often the webhook was called without its secret."""
        return self._connection.forged

    async def stay(self, shop: Shop) -> None:
        """Connects, and stays connected until cancelled. Telegram's absence only makes it later."""
        self.open(shop)
        await self._connection.keep_up(shop)

    async def hear(self, shop: Shop, row: InboxRow) -> None:
        """Answer one update. A repeat answers again; sent is one answer, for it bears the update's key."""
        self.open(shop)
        await self._read(shop, json.loads(await shop.db.read(inbox.body, row)), row.external_id)

    def menu(self, locale: str) -> list[tuple[str, str]]:
        """The commands that can be typed here, with what each does."""
        return commands(self._router.name, locale)

    def key(self, update: int) -> str:
        """An update's id among all that come in here: bots count by themselves."""
        return f"{self.bot}:{update}"

    async def answer(self, shop: Shop, said: Said, press: Press | None = None) -> None:
        """Have the router answer; what it says is on its way by the outbox, in the event's own transaction."""
        ending = asyncio.ensure_future(self._end_waiting(press.query)) if press and not said.place else None

        def keep(tx: Tx, message: Message) -> None:
            if not (press and said.place and message.aside):
                on = self._on(tx, said, press, message)
                where = _where(tx, said)
                staff.say(tx, f"{self.name} {said.key}", where, message, on=on, topic=_topic(said, where))

        try:
            message = await self._router.answer(shop, said, keep)
        finally:
            if ending:
                await ending
        if press and said.place:
            await self._end_waiting(press.query, await self._remark(shop, said, message) if message.aside else "")

    def _on(self, tx: Tx, said: Said, press: Press | None, message: Message) -> str | None:
        """The message the answer may take the place of: in a room only the same card, which all look at."""
        if press is None or press.on is None or said.room is None:
            return press.on if press else None
        here = shown.what(tx, said.room, press.on)
        return press.on if here and here == message.card else None

    async def _remark(self, shop: Shop, said: Said, message: Message) -> str:
        spoken = await shop.db.read(composing.compose, said.person, message)
        return spoken.plain()[:ALERT]

    async def _end_waiting(self, query: str, text: str = "") -> None:
        """Best effort: a query lives for seconds, and its answer is not what the presser waits for."""
        with suppress(PartyError):
            await self._calls.answer_press(query, text)

    async def kindly(self, shop: Shop, said: Said, sentence: Words, *choices: Choice, album: str | None = None) -> None:
        """Answer what is no word at all; an album, of which each picture comes by itself, once.

        The person's conversation stands where it stood.
        """
        key = f"{self.name} {f'album {said.address} {album}' if album else said.key}"
        await shop.db.write(_kindly, key, said, Message(sentence, choices))

    async def leave(self, group: int) -> None:
        """Go from a group. One that has put us out meanwhile, or is gone, is left already."""
        try:
            await self._calls.leave(group)
        except SendError as error:
            if not error.permanent:
                raise

    # Out

    async def send(self, address: str, message: Spoken) -> str:
        """Say something in a chat. Raises SendError; of what was said then nothing stands there, or the same again."""
        if self._shop is None:
            raise SendError(f"the {self.name} chat is not open in this process")
        to, person, card = int(address), f"{self.name}:{address}", message.source.card
        on = message.on
        told_there = (message.topic or "").isdigit()  # they asked for it in that topic, and may not see another
        if (
            on is None and card and not told_there and (to < 0 or message.source.stays)
        ):  # a room's cards change in place
            on = await self._shop.db.read(shown.where, person, card)
        what, topic = render.show(message, self._style, self._pictures), None
        try:
            if told_there:
                topic = int(message.topic or 0)
            elif message.topic and to < 0:
                topic = await self._topics.number(self._shop, person, message)
            try:
                sent = await self._put(to, what, on, topic)
            except NoTopic:
                if topic is None:
                    raise
                anew = None if told_there else await self._topics.anew(self._shop, person, message, topic)
                sent = await self._put(to, what, on, anew)
        except Moved as error:
            await self._shop.db.write(staff.move_room, person, f"{self.name}:{error.to}")
            raise
        if card:
            older = await self._shop.db.write(shown.keep, person, card, sent)
            if older:
                await self._strip(to, older)
        return sent

    async def _put(self, to: int, what: Shown, on: str | None, topic: int | None = None) -> str:
        """Where it answers a button, in the place of what was pressed; else below everything."""
        alone = len(what.texts) == 1 and not (what.file or what.picture or what.scan or what.bill or what.document)
        if on and alone and not on.startswith(PICTURE):
            with suppress(CantEdit):
                change = self._calls.edit(to, int(on), what.texts[0], what.rows, what.preview)
                await self._turn(to, change, changes=True)
                return on
        sent = await self._below(to, what, topic)
        if on and (on.startswith(PICTURE) or what.picture or what.scan):
            with suppress(PartyError):
                await self._calls.delete(to, int(on.removeprefix(PICTURE)))
        return sent

    async def _below(self, to: int, what: Shown, topic: int | None) -> str:
        """In the topic, where there is one."""
        protect = self._manners.protect
        *before, last = what.texts if not what.bill else (*what.texts, Secret(""))
        for html in before:
            await self._turn(to, self._calls.send(to, html, (), protect, topic=topic))
        if what.bill:
            return f"{INVOICE}{await self._turn(to, self._calls.send_bill(to, what.bill, what.rows))}"
        if what.file:
            if len(last.reveal()) > render.CAPTION:
                await self._turn(to, self._calls.send(to, last, (), protect, topic=topic))
                last = Secret("")
            return str(await self._turn(to, self._calls.send_file(to, what.file, last, what.rows, protect, topic)))
        if what.document and self._shop:
            content = await self._shop.db.read(documents.made, what.document)
            sending = self._calls.send_document(to, what.document, content, last, what.rows, protect, topic)
            return str(await self._turn(to, sending))
        if picture := await self._picture(what):
            if len(last.reveal()) > render.CAPTION:
                await self._turn(to, self._calls.send(to, last, (), protect, topic=topic))
                last = Secret("")
            sent = await self._turn(to, self._calls.send_picture(to, picture, last, what.rows, protect, topic))
            return f"{PICTURE}{sent}"
        return str(await self._turn(to, self._calls.send(to, last, what.rows, protect, what.preview, topic)))

    async def _picture(self, what: Shown) -> bytes | None:
        if what.scan:
            return pictures.to_scan(what.scan)
        return await self._shop.picture(what.picture) if what.picture and self._shop else None

    async def _turn(self, to: int, call: Any, *, changes: bool = False) -> Any:
        """Carry a call out when the budgets allow it; after a 429 nothing goes to that chat before its time."""
        try:
            async with self.budget.turn(to, changes=changes):
                if self._shop and not self._shop.speaks(self.name):  # it slept, and its turn is over
                    raise SendError("this process speaks here no more", wait=SOON)
                try:
                    return await call
                except SendError as error:
                    if error.wait:
                        self.budget.hold(to, error.wait.total_seconds())
                    raise
        finally:
            call.close()  # of one that was never begun; of any other it does nothing

    async def _strip(self, to: int, older: str) -> None:
        """An older card's buttons go; if they can't, they are answered kindly when they are pressed.

        An invoice goes altogether: it would stay one that can be paid.
        """
        message = int(older.lstrip(MARKS))
        ending = self._calls.delete(to, message) if older.startswith(INVOICE) else self._calls.strip(to, message)
        with suppress(PartyError):
            await self._turn(to, ending, changes=True)

    async def fetch(self, reference: str) -> bytes:
        """A file that somebody sent here. Raises PartyError: permanent where it is gone, or bigger than 20 MB."""
        with points.around("fetch"):
            return await self._calls.fetch(reference)

    async def aclose(self) -> None:
        await self._calls.aclose()


def place(message: Any) -> str | None:
    """The message's id, if something else may take its place: not if it shows codes, or is a file or an invoice.

    Of either library's message: they name its parts alike.
    """
    entities = message.entities or message.caption_entities or ()
    if message.document or message.invoice or any(entity.type in CODE for entity in entities):
        return None
    return f"{PICTURE}{message.message_id}" if message.photo else str(message.message_id)


def closed(tx: Tx, person: str) -> None:
    """Somebody has blocked the bot."""
    if customers.is_known(tx, person):
        customers.unreachable(tx, person)


def _where(tx: Tx, said: Said) -> str:
    """Where the answer goes: to the open room it was said in, else to the person alone."""
    return said.room if said.room and rooms.is_open(tx, said.room) else said.person


def _topic(said: Said, where: str) -> str | None:
    """What was said in a topic of the room is answered there."""
    return said.topic if where == said.room else None


def _kindly(tx: Tx, key: str, said: Said, message: Message) -> None:
    customers.meet(tx, said.chat, said.address, said.name, said.locale, said.zone)
    where = _where(tx, said)
    staff.say(tx, key, where, message, topic=_topic(said, where))
    inbox.done(tx, said.chat, said.key)
