"""One life of the shop in the proof of crashes: opened on what is there, driven through an act, looked at in the end.

Every step of an act has a name, and a step that was answered in an earlier life is not said again: what a person
wrote is in the inbox or has its answer in the chat's history. So an act is simply played again after a crash.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy import bindparam, select, union_all

from bot.buyers import buyers
from bot.chats.wechat.chat import WeChatChat
from bot.router import Router
from bot.said import Said
from bot.staff import staff as desk
from core import composing, customers, orders
from core.ground import chatlog, inbox, outbox
from core.ground.clock import TestClock
from core.ground.db import Database, Tx
from core.ground.errors import SendError
from core.ground.inbox import InboxRow
from core.ground.messages import Lines, Message, Spoken, Text, Words, unpack
from core.ground.money import Money
from core.ground.rules import Rules
from core.ground.vault import KeyRing, Vault
from core.orders import Order
from core.shop import Shop
from doubles.sandbox import press
from doubles.sandbox_books import Books
from doubles.serving import Served
from jobs.runner import Runner
from payments.sandbox import Sandbox
from proofs import crash_platform
from suppliers.sandbox import Sandbox as Supplying
from web.app import create_app

API_KEY, SECRET = "the shop's key", "the provider's secret"
HERE = ZoneInfo(f"Etc/GMT{datetime.now(UTC).hour - 12:+}")  # it is noon: a lost minute passes neither nine nor midnight
RULES = Rules(rehearsal=True, review_above=Money(50000, "CNY"), zone=HERE)
AWAY = timedelta(seconds=70)  # how long a restart takes: by then every lease of the life before is over
ROUNDS = 60  # after which what still waits will wait for ever
PATIENCE = 30.0  # seconds for the provider, which takes milliseconds on a machine that is not busy

ANSWER = select(chatlog.chat_lines.c.message).where(
    chatlog.chat_lines.c.person == bindparam("person"),
    chatlog.chat_lines.c.from_us,
    chatlog.chat_lines.c.event_key == bindparam("key"),
)
WAITING = union_all(
    *(select(of.c.due_at, of.c.leased_until).where(of.c.state == "new") for of in (inbox.inbox, outbox.outbox))
)


class Lost(AssertionError):
    """Something that must come about never did."""


@dataclass(frozen=True)
class Outside:
    """What is not the shop and survives its end: provider and supplier, what people were sent, and what time it is."""

    folder: Path
    provider: str
    supplier: str
    door: socket.socket  # where the shop's own server listens, the same in every life and nobody else's in between

    @property
    def books(self) -> Path:
        return self.folder / "provider.db"

    @property
    def supplies(self) -> Path:
        return self.folder / "supplier.db"

    @property
    def sent(self) -> Path:
        return self.folder / "sent.jsonl"

    @property
    def clock(self) -> Path:
        return self.folder / "clock"

    def mark(self, what: str) -> Path:
        """A file that is there once this has happened."""
        return self.folder / f"once {what}"

    def received(self) -> list[dict[str, Any]]:
        """Every message people were sent, and every answer they were shown, in order."""
        return [json.loads(line) for line in self.sent.read_text().splitlines()] if self.sent.exists() else []

    def note(self, to: str, how: str, text: str, codes: Sequence[str], **more: Any) -> None:
        """One write: a killed process leaves a whole line, or none. (No fsync: the machine is not what dies here.)"""
        line = {"how": how, "to": to, "says": [], "text": text, "codes": codes, "choices": [], **more}
        file = os.open(self.sent, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(file, (json.dumps(line) + "\n").encode())
        os.close(file)


@dataclass
class Chat:
    """A chat outside: what it is handed is a line of a file at once, and its answers are kept as the browser's are."""

    name: str
    router: Router
    outside: Outside

    async def hear(self, shop: Shop, row: InboxRow) -> None:
        said = Said.unpacked(await shop.db.read(inbox.body, row))

        def keep(tx: Tx, message: Message) -> None:
            chatlog.append_ours(tx, said.person, message, key=said.key)

        await self.router.answer(shop, said, keep)

    async def send(self, address: str, message: Spoken) -> str:
        """Raises SendError to somebody who has blocked us."""
        if self.outside.mark(f"{address} blocks us").exists():
            raise SendError("blocked", permanent=True)
        self.note(address, message, "sent")
        return "sent"

    def note(self, address: str, message: Spoken, how: str) -> None:
        self.outside.note(
            f"{self.name}:{address}",
            how,
            message.revealed(),
            [code.reveal() for code in message.codes],
            says=[key for part in message.source.paragraphs for key in sentences(part)],
            choices=[[choice.label, choice.says, choice.link] for choice in message.choices],
        )


def sentences(text: Text) -> list[str]:
    """The keys of what is said."""
    if isinstance(text, Lines):
        return [key for line in text.texts for key in sentences(line)]
    return [text.key] if isinstance(text, Words) else []


@dataclass(frozen=True)
class Heard:
    """What somebody reads, with what can be answered."""

    text: str
    choices: list[list[str]]
    codes: list[str]

    @property
    def link(self) -> str:
        """Of the pay page it offers. Raises Lost when it offers none."""
        found = [link for _, _, link in self.choices if link]
        if not found:
            raise Lost(f"no pay page in {self.text!r}")
        return found[0]

    def choice(self, label: str) -> str:
        """What the button says whose label has these words. Raises Lost when there is none."""
        found = [says for shown, says, _ in self.choices if label in shown]
        if not found:
            raise Lost(f"no choice {label!r} among {[shown for shown, _, _ in self.choices]}")
        return found[0]


@dataclass
class Play:
    """The shop, open, and the cast around it."""

    shop: Shop
    runner: Runner
    chats: dict[str, Chat]
    clock: TestClock
    outside: Outside
    books: Books
    wechat: WeChatChat

    # People

    async def says(self, who: str, step: str, text: str = "", *, press: str | None = None) -> Heard:
        """Somebody writes or presses something, once in all lives; returns what they read as its answer."""
        chat, _, name = who.partition(":")
        said = Said(chat, name, f"{name} {step}", text, press, name, "en")
        for _ in range(ROUNDS):
            kept = await self.shop.db.read(Tx.value, ANSWER, person=who, key=said.key)
            if kept is not None:
                return await self._read(said, kept)
            await self.shop.db.write(inbox.store, chat, said.key, said.packed(), person=who)
            if not await self.runner.drain():
                await self._sleep()
        raise Lost(f"{who} was never answered: {step}")

    async def presses(self, who: str, step: str, label: str, on: Heard) -> Heard:
        return await self.says(who, step, press=on.choice(label))

    async def _read(self, said: Said, kept: Any) -> Heard:
        spoken = await self.shop.db.read(composing.compose, said.person, unpack(kept))
        self.chats[said.chat].note(said.address, spoken, "shown")
        return Heard(
            spoken.revealed(),
            [[choice.label, choice.says, choice.link or ""] for choice in spoken.choices],
            [code.reveal() for code in spoken.codes],
        )

    async def gets(self, who: str, sentence: str, about: str = "") -> Heard:
        """The message with that sentence that comes by itself, from whichever life."""
        for _ in range(ROUNDS):
            for line in self.outside.received():
                if line["how"] == "sent" and line["to"] == who and sentence in line["says"] and about in line["text"]:
                    return Heard(line["text"], line["choices"], line["codes"])
            if not await self.runner.drain():
                await self._sleep()
        told = [(line["to"], line["says"]) for line in self.outside.received() if line["how"] == "sent"]
        raise Lost(f"{who} was never told {sentence}; told was {told}")

    async def order(self, who: str) -> Order:
        """Somebody's newest."""
        return await self.shop.db.read(_newest, who)

    # The provider

    async def pays(self, link: str) -> None:
        """Press there, if that was not done in an earlier life, and hear the notices, however often they come."""
        with suppress(ValueError):  # no such button: it is paid
            await press(link, "pay")
        await self.notices()

    async def notices(self) -> None:
        """Until the shop has taken every notice, and what follows from them is done."""
        async with asyncio.timeout(PATIENCE):
            while self.books.undelivered():  # noqa: ASYNC110  the truth is in a file, it sets no event
                await asyncio.sleep(0.004)
        await self.runner.drain()

    async def ask_provider(self, path: str, **content: Any) -> None:
        """Have the provider do something it does by itself, or wrongly."""
        await ask(self.outside.provider, path, **content)

    async def at_the_provider(self, step: str, sql: str, *values: Any) -> None:
        """What the provider has in its books is otherwise from now on."""

        await self.once(step, partial(change, self.outside.books, sql, values))

    async def at_the_supplier(self, step: str, sql: str, *values: Any) -> None:
        """Likewise."""
        await self.once(step, partial(change, self.outside.supplies, sql, values))

    async def supplier_sells(self) -> None:
        """Until the supplier has something in its books. Raises Lost if that never comes."""
        for _ in range(ROUNDS):
            with closing(sqlite3.connect(self.outside.supplies)) as books:
                if books.execute("SELECT 1 FROM purchases").fetchone():
                    return
            if not await self.runner.drain():
                await self._sleep()
        raise Lost("nothing was bought")

    async def trouble_at_the_supplier(self, step: str, call: str, trouble: str) -> None:
        """The supplier's next call of that name meets it."""
        await self.once(step, lambda: ask(self.outside.supplier, "/trouble", call=call, trouble=trouble, times=1))

    async def once(self, what: str, does: Callable[[], Awaitable[None]]) -> None:
        """Something outside that happens once, whatever becomes of the shop; twice, if it dies in between."""
        mark = self.outside.mark(what)
        if not mark.exists():
            await does()
            mark.touch()

    async def opens_once(self, step: str, page: Heard) -> None:
        """Somebody presses the button behind a one-time link; if the shop dies meanwhile they may find it used."""
        link = re.search(r"/once\?t=(\S+)", page.text)
        if link:  # else it was used in an earlier life
            await self.once(step, partial(self._post, "/once", f"t={link[1]}"))

    async def stranger(self) -> None:
        """Somebody brings a notice to the shop's door that the provider knows nothing of."""
        await self._post("/hooks/sandbox", "{}")

    async def _post(self, path: str, content: str) -> None:
        """To the shop's door."""
        port = self.outside.door.getsockname()[1]
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
            await client.post(f"http://127.0.0.1:{port}{path}", content=content)

    # Time

    def forward(self, step: timedelta) -> None:
        self.clock.forward(step)
        self.outside.clock.write_text(self.clock.now().isoformat())

    async def thinks(self, step: str, time: timedelta) -> None:
        """Somebody does nothing for so long, once in all lives."""

        async def passes() -> None:
            self.forward(time)

        await self.once(f"{step} is thought over", passes)

    async def later(self, step: str, time: timedelta) -> None:
        """So much time passes, once in all lives, and the timetable is kept."""
        await self.thinks(step, time)
        await self.runner.drain()  # time has not really jumped: what has become due meanwhile has not waited
        await self.runner.tick()
        await self.runner.drain()

    async def _sleep(self) -> None:
        """Until the next row is due."""
        due = await self.shop.db.read(_next_due)
        now = await self.shop.db.read(lambda tx: tx.now)
        self.forward(max(due - now, timedelta(milliseconds=1)) if due else timedelta(seconds=1))

    async def comes_to_rest(self) -> None:
        """Everything that is due now or later is worked off. Raises Lost if something never is."""
        await self.runner.tick()
        for _ in range(ROUNDS):
            await self.runner.drain()
            if await self.shop.db.read(_next_due) is None:
                return
            await self._sleep()
        raise Lost("rows that are never done")


async def change(file: Path, sql: str, values: Sequence[Any]) -> None:
    with closing(sqlite3.connect(file)) as books, books:
        books.execute(sql, values)


async def ask(provider: str, path: str, **content: Any) -> None:
    async with httpx.AsyncClient(base_url=provider, trust_env=False, verify=False, timeout=PATIENCE) as client:
        (await client.post(path, json=content)).raise_for_status()


def _newest(tx: Tx, who: str) -> Order:
    person = customers.person(tx, who)
    found = orders.newest(tx, person.customer, person.id, 1)
    if not found:
        raise Lost(f"{who} has no order")
    return found[0]


def _next_due(tx: Tx) -> datetime | None:
    dues = [max(due, leased or due) for due, leased in tx.all(WAITING)]
    return min(dues, default=None)


@dataclass(frozen=True)
class Parties:
    """How the shop reaches the provider and the supplier."""

    rail: Sandbox
    supplier: Supplying


@asynccontextmanager
async def living(
    url: str, ring: KeyRing, outside: Outside, parties: Parties, rules: Rules, *, again: bool
) -> AsyncIterator[Play]:
    """The shop for one life. `again`: it has died before, and the provider tells it everything once more."""
    clock = _clock(outside, again)
    db = await Database.open(url, vault=Vault(ring), rules=rules, clock=clock)
    shop = Shop(db, rules, "http://shop.example", {"sandbox": parties.rail}, suppliers={"sandbox": parties.supplier})
    chats = {name: Chat(name, router, outside) for name, router in (("chat", buyers), ("desk", desk))}
    shop.senders.update({name: chat.send for name, chat in chats.items()})
    wechat = crash_platform.opened(outside)
    wechat.routes(shop)
    shop.senders[wechat.name], shop.bells[wechat.name] = wechat.send, wechat.ring
    shop.may_refuse.add(wechat.name)
    shop.senders["email"] = crash_platform.Mail(outside).send
    runner = Runner(shop, {name: chat.hear for name, chat in chats.items()} | {wechat.name: wechat.hear})
    books = Books(outside.books)
    async with Served(create_app(shop, []), listening=outside.door):
        play = Play(shop, runner, chats, clock, outside, books, wechat)
        if again:
            await ask(outside.provider, "/tell-again")
            await play.notices()
        yield play
    books.close()
    await shop.close()


def _clock(outside: Outside, again: bool) -> TestClock:
    """Goes on where the life before was, when the leases of that one are over."""
    known = outside.clock.exists()
    clock = TestClock(datetime.fromisoformat(outside.clock.read_text()).astimezone(UTC) if known else None)
    if again:
        clock.forward(AWAY)
    outside.clock.write_text(clock.now().isoformat())
    return clock
