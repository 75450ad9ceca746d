"""A conversation on Telegram as it is told: the demo shop at work, what is said there, its text and its pictures."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from phones import BREAK, Moment, moment

from core import hiring
from core.ground.clock import TestClock
from core.ground.db import Database
from core.ground.ids import Ids
from core.ground.messages import words
from core.ground.vault import KeyRing, Vault
from core.ground.words import Hearer, render
from core.shop import Shop
from doubles import sandbox_books
from doubles.sandbox import Sandbox as Provider
from doubles.sandbox import press
from doubles.serving import Served
from doubles.telegram_chats import Shown
from jobs.runner import Runner
from migrations import upgrade
from mika import demo_shop
from payments.sandbox import Sandbox
from tests.bot.chats.telegram.house import Telegraph
from tests.world import RULES, World
from tests.world import Chat as Elsewhere
from web.app import create_app

RING = KeyRing({1: bytes(32)}, 1, bytes(32))  # the same pick-up phrases too
BEGIN = datetime(2026, 11, 26, 6, 20, tzinfo=UTC)  # 14:20 in the shop
READS = timedelta(seconds=3)  # before a button is pressed: whoever takes no time is looked at
LANGUAGES = {"zh-CN": "zh-hans", "en": "en", "ru": "ru"}
NAMES = {"zh-CN": "林", "en": "Lin", "ru": "Лин"}
BOT = {"zh-CN": "机器人", "en": "bot", "ru": "бот"}
FIELD = {"zh-CN": "消息", "en": "Message", "ru": "Сообщение"}
STEPS = {  # how the text tells what a buyer does
    "zh-CN": ("{who}点 [{what}]", "原来的消息变成："),
    "en": ("{who} presses [{what}]", "and the message becomes:"),
    "ru": ("{who} нажимает [{what}]", "и сообщение меняется:"),
}
PAYS = {
    "zh-CN": "，在打开的页面上付款",
    "en": ", and pays on the page that opens",
    "ru": " и платит на открывшейся странице",
}


class SameIds(Ids):
    """The same order numbers in every run, whatever else is drawn meanwhile."""

    def __init__(self) -> None:
        super().__init__(1)
        self.number = Ids(26).number  # type: ignore[method-assign]


def _same_secrets(seed: int) -> SimpleNamespace:
    dice = random.Random(seed)

    def drawn(length: int) -> str:
        return dice.randbytes(length).hex()

    return SimpleNamespace(token_hex=drawn, token_urlsafe=drawn)


@asynccontextmanager
async def demo_world(folder: Path, **rules: Any) -> AsyncIterator[World]:
    """The demo shop, open and at work."""
    clock, given = TestClock(BEGIN), replace(RULES, site="https://shop.example", **rules)
    url = f"sqlite+aiosqlite:///{folder / 'shop.db'}"
    await asyncio.to_thread(upgrade, url)
    demo_shop.secrets = random.Random(4)  # type: ignore[assignment]
    sandbox_books.secrets = _same_secrets(5)  # type: ignore[assignment]
    hiring.secrets = _same_secrets(6)  # type: ignore[assignment]
    db = await Database.open(url, vault=Vault(RING), rules=given, clock=clock, ids=SameIds())
    provider = Provider(folder / "provider.db", api_key="k", secret="s", clock=clock.now)
    provider.faults.takes_late = True
    shop = Shop(db, given, "https://shop.example", {}, {"test": (elsewhere := Elsewhere()).send})
    shop.pictures = folder / "pictures"
    demo_shop.hang(shop.pictures)
    await db.write(demo_shop.furnish)
    async with provider.served(), Served(create_app(shop, [])) as server:
        notify = f"{server.url}/hooks/sandbox"
        rail = Sandbox(provider.url, api_key="k", secret="s", notify_url=notify, clock=clock.now)
        shop.payments = {"sandbox": rail}
        runner = Runner(shop, {}, timetable=())
        yield World(db, shop, runner, provider, elsewhere, clock, server.url)
        await rail.aclose()
    await shop.close()


@dataclass
class Tale:
    """One conversation as it is told: its lines of text, and the moments that are pictured."""

    name: str
    title: str
    world: World
    telegraph: Telegraph
    locale: str = "en"
    folder: Path = Path()  # where the shop keeps its files
    lines: list[str] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    since: int = 0  # the first message that is pictured; older ones are further up

    def __post_init__(self) -> None:
        self.spoken = self.locale  # of Lin's own Telegram, whatever the shop answers in
        self.who = NAMES[self.locale]
        self.lin = self.telegraph.meet(1, self.who, LANGUAGES[self.locale])
        self.shop = self.world.shop.rules.shop_name.in_(self.locale)

    # What Lin does

    async def writes(self, text: str) -> Shown:
        self.tell(f"{self.who}: {text}")
        return self.hears(await self.lin.writes(text))

    async def presses(self, key: str, **facts: Any) -> Shown:
        return await self.presses_label(self.word(key, **facts))

    async def presses_label(self, said: str) -> Shown:
        label = next(
            label for one in reversed(self.lin.chat.messages) for row in one.labels for label in row if said in label
        )
        before = [one.id for one in self.lin.chat.messages]
        self.world.clock.forward(READS)
        shown = await self.lin.presses(label)
        did, becomes = STEPS[self.locale]
        self.tell(f"{did.format(who=self.who, what=label)}{f' {becomes}' if shown.id in before else ''}")
        return self.hears(shown)

    async def pays(self) -> None:
        link = self.lin.pay_link()
        label = next(
            button["text"] for one in reversed(self.lin.chat.messages) for button in one.buttons if "url" in button
        )
        self.tell(STEPS[self.locale][0].format(who=self.who, what=label) + PAYS[self.locale])
        await press(link, "pay")

    async def gets(self, *having: str) -> Shown:
        """What arrives by itself."""
        shown = await self.lin.chat.until(
            lambda chat: next((one for one in reversed(chat.said()) if all(part in one.text for part in having)), None),
            seconds=6,
        )
        return self.hears(shown)

    async def shops(self, brand: str, region: str | None, product: str) -> None:
        """From hello to the product's card."""
        await self.writes("/start")
        await self.presses("choose-shelf")
        await self.presses_label(brand)
        if region:
            await self.presses(f"region-{region}")
        await self.presses_label(product)

    # How it is told

    def word(self, key: str, **facts: Any) -> str:
        return render(words(key, **facts), Hearer(self.locale, BEGIN, self.world.shop.rules.zone))

    def tell(self, line: str) -> None:
        self.lines += ["", line]

    def hears(self, shown: Shown, speaker: str = "") -> Shown:
        speaker = speaker or self.shop
        text = [*shown.text.replace(BREAK, "").split("\n")]
        if document := shown.body.get("document"):
            text.insert(0, f"<{document['file_name']}>")
        if shown.body.get("photo"):
            text.insert(0, "<picture>")
        buttons = ["  ".join(f"[{label}]" for label in row) for row in shown.labels]
        first, *rest = [*text, *buttons]
        self.lines += ["", f"{speaker}: {first}", *(f"    {line}" if line else "" for line in rest)]
        return shown

    async def keeps(self, caption: str, pressed: str = "", *, closed: str = "") -> None:
        """This moment is pictured, once everything that was under way has happened."""
        await self.telegraph.settled()
        await asyncio.sleep(0.3)
        footer = closed or FIELD[self.spoken]
        made = moment(
            self.lin.chat,
            self.lin.person.id,
            caption,
            self.shop,
            BOT[self.spoken],
            footer,
            pressed=pressed,
            closed=bool(closed),
            since=self.since,
        )
        self.moments.append(made)

    def as_text(self) -> str:
        told = "\n".join(self.lines).strip("\n")
        return f"# {self.title}\n\n![{self.title}]({self.name}.png)\n\n```text\n{told}\n```\n"

    async def later(self, step: timedelta) -> None:
        await self.telegraph.settled()
        self.world.clock.forward(step)
        await Runner(self.world.shop, {}).tick()
        await self.telegraph.settled()
