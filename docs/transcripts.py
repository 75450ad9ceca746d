"""Plays the main conversations on Telegram and keeps them in docs/transcripts: `make transcripts`.

Each is a page of text and a picture. The shop is the demo's, its bots are real, Telegram is our double of it; clock,
codes and order numbers are the same in every run. The pictures need Debian's chromium.
"""

from __future__ import annotations

import asyncio
import logging
import random
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import structlog
from phones import BREAK, Moment, moment, offers, page
from playwright.async_api import Browser, async_playwright

from core import catalog, hiring, inventory, pasted, staff
from core.ground.clock import TestClock
from core.ground.db import Database, Tx
from core.ground.ids import Ids
from core.ground.messages import words
from core.ground.money import Money
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
from tests.bot.chats.telegram.house import Somebody, Telegraph, on_telegram
from tests.world import RULES, World
from tests.world import Chat as Elsewhere
from web.app import create_app

TO = Path(__file__).resolve().parent / "transcripts"
BEGIN = datetime(2026, 11, 26, 6, 20, tzinfo=UTC)  # 14:20 in the shop
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


@asynccontextmanager
async def demo_world(folder: Path, **rules: Any) -> AsyncIterator[World]:
    """The demo shop, open and at work."""
    clock, given = TestClock(BEGIN), replace(RULES, site="https://shop.example", **rules)
    url = f"sqlite+aiosqlite:///{folder / 'shop.db'}"
    await asyncio.to_thread(upgrade, url)
    demo_shop.secrets = random.Random(4)  # type: ignore[assignment]
    dice = random.Random(5)
    sandbox_books.secrets = SimpleNamespace(  # type: ignore[assignment]
        token_hex=lambda length: dice.randbytes(length).hex(), token_urlsafe=lambda length: dice.randbytes(length).hex()
    )
    vault = Vault(KeyRing({1: bytes(32)}, 1, bytes(32)))  # the same pick-up phrases too
    db = await Database.open(url, vault=vault, rules=given, clock=clock, ids=SameIds())
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


CAPTIONS = {
    "zh-CN": ("1  看商品", "2  付款", "3  收到兑换码"),
    "en": ("1  The product", "2  Paying", "3  The code"),
    "ru": ("1  Товар", "2  Оплата", "3  Код"),
}


async def one_code(tale: Tale) -> None:
    first, second, third = CAPTIONS[tale.locale]
    await tale.shops("Steam", "us", "Steam 20 USD")
    buy = tale.word("choose-buy-one", measure=words("measure-zhang"))
    await tale.keeps(first, buy)
    await tale.presses_label(buy)
    await tale.keeps(second, next(row[0] for row in tale.lin.chat.last.labels))
    await tale.pays()
    await tale.gets("DEMO")
    await tale.keeps(third)


async def many_codes(tale: Tale) -> None:
    await tale.world.db.write(_plenty)
    await tale.shops("Steam", "us", "Steam 10 USD")
    await tale.presses("choose-buy-more", measure=words("measure-zhang"))
    await tale.writes("240")
    await tale.keeps("1  Two hundred and forty", next(row[0] for row in tale.lin.chat.last.labels))
    await tale.pays()
    await tale.lin.chat.until(lambda chat: any("document" in one.body for one in chat.said()))
    shown = tale.hears(next(one for one in tale.lin.chat.said() if "document" in one.body))
    content = tale.lin.bot.file(shown.body["document"]["file_id"]).data.decode().splitlines()
    tale.lines += ["", f"The file has {len(content)} lines, one code each: {content[0]}, {content[1]}, …"]
    await tale.keeps("2  The codes, one per line in a file")


def _plenty(tx: Tx) -> None:
    slug = "steam-us-10"
    tx.changed(catalog.products.update().where(catalog.products.c.slug == slug).values(most_per_order=300))
    product, dice = catalog.product(tx, slug), random.Random(5)
    drawn = [
        "DEMO" + "".join(dice.choices("0123456789ABCDEF", k=1)) + f"-{n:05}-{dice.randrange(10**5):05}"
        for n in range(260)
    ]
    batch = inventory.open_batch(tx, product, "demo", "demo")
    inventory.add(tx, product, batch, pasted.read(drawn).codes)
    inventory.finish_import(tx, batch)


async def not_paid_yet(tale: Tale) -> None:
    await tale.shops("Steam", "us", "Steam 20 USD")
    await tale.presses("choose-buy-one", measure=words("measure-zhang"))
    await tale.keeps("1  Pressed too early", tale.word("choose-paid"))
    await tale.presses("choose-paid")
    await tale.keeps("2  The provider was asked: not there yet", tale.word("choose-check-again"))
    await press(tale_link(tale), "pay")
    tale.tell("Lin pays after all")
    await tale.gets("DEMO")
    await tale.keeps("3  Paid a minute later")


def tale_link(tale: Tale) -> str:
    """Where to pay, though the button for it has gone."""
    bodies = [body for one in tale.lin.chat.all.values() for body in (*one.before, one.body)]
    rows = [row for body in bodies for row in body.get("reply_markup", {}).get("inline_keyboard", [])]
    return next(button["url"] for row in rows for button in row if "url" in button)


async def sold_out(tale: Tale) -> None:
    await tale.shops("Steam", "hk", "Steam 200 HKD")
    await tale.presses("choose-buy-one", measure=words("measure-zhang"))
    link = tale.lin.pay_link()
    await tale.keeps("1  The last one, set aside until 14:35")
    await tale.later(tale.world.shop.rules.hold + timedelta(seconds=30))
    tale.since = (await tale.gets("in time")).id
    bao = tale.telegraph.meet(2, "Bao")
    await _takes_the_last(tale, bao)
    tale.tell(
        "Lin does not pay in time. Bao buys the last one; then Lin pays after all, on the page that was left open"
    )
    await press(link, "pay")
    shown = await tale.lin.chat.until(
        lambda chat: next((one for one in chat.said() if offers(one, tale.word("choose-refund-now"))), None)
    )
    tale.hears(shown)
    await tale.keeps("2  Paid too late, and sold out: Lin chooses", tale.word("choose-refund-now"))
    await tale.presses("choose-refund-now")
    await tale.gets("Refunded")
    await tale.keeps("3  The money is back")


async def _takes_the_last(tale: Tale, bao: Somebody) -> None:
    await bao.writes("/start")
    for said in ("Browse", "Steam", "Hong Kong", "Steam 200 HKD", "Buy 1"):
        await bao.presses(said)
    await bao.pays()
    await bao.chat.until(lambda chat: any("DEMO" in one.text for one in chat.said()))


async def my_orders(tale: Tale) -> None:
    await tale.shops("Steam", "us", "Steam 20 USD")
    await tale.presses("choose-buy-one", measure=words("measure-zhang"))
    await tale.pays()
    await tale.gets("DEMO")
    await tale.telegraph.settled()
    await tale.later(timedelta(hours=3))
    tale.lines.clear()
    tale.tell("Three hours after a purchase")
    tale.since = tale.lin.chat.last.id + 1
    await tale.writes("/orders")
    label = tale.lin.chat.last.labels[0][0]
    await tale.keeps("1  /orders", label)
    await tale.presses_label(label)
    await tale.keeps("2  The order, and its code again")


async def language(tale: Tale) -> None:
    await tale.writes("/language")
    await tale.keeps("1  /language", "Русский")
    await tale.presses_label("Русский")
    await tale.keeps("2  Answered in the new language")
    tale.locale = "ru"
    shown = await tale.writes("витрина")
    await tale.keeps("3  From now on", shown.labels[0][0])


async def held(tale: Tale) -> None:
    """A dear order of a new buyer waits for a person; staff decide in their group."""
    chen = tale.telegraph.api.person(7, "Chen", language="en")
    desk = tale.telegraph.staff_bot
    await _opens_the_room(tale, chen)
    group = tale.telegraph.api.group("Mika staff", chen)
    group.adds(desk)
    chen.writes(f"/here {await tale.world.db.write(staff.room_code)}", group)
    await group.chat.until(lambda chat: chat.said())
    opened = group.chat.last.id
    await tale.shops("Apple", None, "Apple 100 USD")
    await tale.presses("choose-buy-one", measure=words("measure-zhang"))
    await tale.pays()
    await tale.gets("person checks")
    await tale.keeps("1  Lin is told what happens, and by when")
    card = await group.chat.until(lambda chat: next((one for one in chat.said() if one.labels), None))
    tale.tell("In the staff's group")
    tale.hears(card, "Mika staff bot")
    approve = next(label for row in card.labels for label in row if "pprove" in label)

    def pictured(caption: str, pressed: str = "") -> Moment:
        return moment(
            group.chat, chen.id, caption, "Mika staff", "2 members", FIELD["en"], pressed=pressed, since=opened
        )

    tale.moments.append(pictured("2  The card in the staff's group", approve))
    chen.presses(approve, card)
    await group.chat.until(lambda _: "decided" in card.text)
    tale.tell(f"Chen presses [{approve}] and the card becomes:")
    tale.hears(card, "Mika staff bot")
    await tale.gets("XDEMO")
    await tale.telegraph.settled()
    tale.moments.append(pictured("3  Decided: who and when"))


async def _opens_the_room(tale: Tale, chen: Any) -> None:
    token = await tale.world.db.write(hiring.invite, "Chen")
    chen.writes(f"/start {token}", tale.telegraph.staff_bot)
    await chen.chat(tale.telegraph.staff_bot).next(1)


async def blocked(tale: Tale) -> None:
    await tale.shops("Steam", "us", "Steam 20 USD")
    await tale.presses("choose-buy-one", measure=words("measure-zhang"))
    link = tale.lin.pay_link()
    await tale.telegraph.settled()
    tale.lin.person.blocks(tale.lin.bot)
    await tale.keeps(
        "1  Lin blocks the bot, then pays", next(row[0] for row in tale.lin.chat.last.labels), closed="RESTART BOT"
    )
    tale.tell("Lin blocks the bot, and pays on the page that is open")
    await press(link, "pay")
    for _ in range(5):
        await tale.telegraph.settled()
    tale.tell("The code can't be delivered. It waits. Lin comes back")
    tale.lin.person.starts(bot=tale.lin.bot)
    tale.tell("Lin: /start")
    shown = await tale.lin.chat.until(lambda chat: next((one for one in chat.said() if "DEMO" in one.text), None), 20)
    await tale.telegraph.settled()
    for came in tale.lin.chat.said():
        if came.id >= shown.id:
            tale.hears(came)
    await tale.keeps("2  Back again: the code comes by itself")


TALES: tuple[tuple[str, str, str, Callable[[Tale], Awaitable[None]], dict[str, Any]], ...] = (
    ("one-code", "Buying one code", "en", one_code, {}),
    ("one-code.zh-CN", "买一张", "zh-CN", one_code, {}),
    ("one-code.ru", "Покупка одного кода", "ru", one_code, {}),
    (
        "many-codes",
        "Buying more codes than a message holds",
        "en",
        many_codes,
        {"review_above": Money(10**8, "CNY"), "unpaid_units": 1000},
    ),
    ("not-paid-yet", "“I've paid”, while it isn't", "en", not_paid_yet, {}),
    ("sold-out", "Paid too late, sold out, refunded", "en", sold_out, {}),
    ("my-orders", "My orders", "en", my_orders, {}),
    ("language", "Another language", "en", language, {}),
    ("held", "A held order, decided in the staff's group", "en", held, {}),
    ("blocked", "Blocked, and back", "en", blocked, {}),
)


async def photograph(browser: Browser, tale: Tale) -> None:
    context = await browser.new_context(viewport={"width": 1200, "height": 800}, device_scale_factor=1)
    on = await context.new_page()
    await on.set_content(page(tale.moments, tale.spoken))
    await on.wait_for_timeout(200)
    await on.locator("#page").screenshot(path=TO / f"{tale.name}.png")
    await context.close()


def index() -> str:
    told = "\n".join(f"- [{title}]({name}.md)" for name, title, *_ in TALES)
    return f"""# Conversations on Telegram

Played by `make transcripts` with the demo shop, its two bots and our double of Telegram. Nothing here is
written by hand.

{told}
"""


async def main(*names: str) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    TO.mkdir(exist_ok=True)
    async with async_playwright() as players:
        browser = await players.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for name, title, locale, plays, rules in TALES:
            if names and name not in names:
                continue
            with tempfile.TemporaryDirectory() as folder:
                async with (
                    demo_world(Path(folder), **rules) as world,
                    on_telegram(world, clock=world.clock.now) as telegraph,
                ):
                    tale = Tale(name, title, world, telegraph, locale)
                    await plays(tale)
                    (TO / f"{name}.md").write_text(tale.as_text())
                    await photograph(browser, tale)
                    print(name, (TO / f"{name}.png").stat().st_size // 1000, "kB", flush=True)
        await browser.close()
    (TO / "README.md").write_text(index())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
