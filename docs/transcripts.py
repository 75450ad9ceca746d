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
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from day import DAY
from phones import Moment, moment, offers, page
from playwright.async_api import Browser, async_playwright
from tales import FIELD, READS, Tale, demo_world

from core import batches, catalog, hiring, pasted, staff
from core.ground.db import Tx
from core.ground.messages import words
from core.ground.money import Money
from doubles.sandbox import press
from tests.bot.chats.telegram.house import Somebody, on_telegram

TO = Path(__file__).resolve().parent / "transcripts"


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
    batch = batches.open_batch(tx, product, "demo", "demo")
    batches.add(tx, product, batch, pasted.read(drawn).codes)
    batches.finish_import(tx, batch)


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
        tale.world.clock.forward(READS)
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
    *DAY,
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
                    tale = Tale(name, title, world, telegraph, locale, Path(folder))
                    await plays(tale)
                    (TO / f"{name}.md").write_text(tale.as_text())
                    if tale.moments:
                        await photograph(browser, tale)
                    print(name, (TO / f"{name}.png").stat().st_size // 1000, "kB", flush=True)
        await browser.close()
    (TO / "README.md").write_text(index())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
