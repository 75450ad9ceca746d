"""Names, codes and a shop's name full of marks: no message is refused, none has a link but ours, codes are whole."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

from core import batches, catalog, catalog_changes, guides, hiring
from core.ground.db import Tx
from core.ground.messages import Local
from core.ground.vault import Secret
from core.ground.words import LOCALES
from core.pasted import PastedCode
from doubles.sandbox import Sandbox, press
from doubles.telegram_chats import Chat, Shown
from doubles.telegram_people import Person
from proofs import shop
from proofs.proof import Broken, Figures, Run
from proofs.shop import Premises
from proofs.storming.till import API_KEY, SECRET
from proofs.storming.town import Town, town, within

PATIENCE = 60.0  # seconds for an answer
NAMES = (
    '<b>Gift</b> & "Co" *_`x`_* &lt;i&gt;',
    "\U0001f9ff \U0001f469\u200d\U0001f469\u200d\U0001f467 card ",
    "\u202eRTL\u202c שלום مرحبا \u200f\u061c",
    "Zero\u200b\u2060\u200d\u00adwidth\ufeff",
    "t.me/evil @evil_bot #tag /cmd $USD evil.com",
    "https://evil.com/x?a=1&b=2 a@evil.com +12025550123",
    "[x](http://evil.com) tg://resolve?domain=evil 10.0.0.1/x",
    "пример.рф 例子.com { $x } {0} %s </code></pre><a href='https://evil.com'>",
)
CODES = (
    'A<B&C>"*_`1',
    "\U0001f9ff-\U0001f600-CODE",
    "אבג-שלום-1",
    "ZE\u200bRO\u2060-W\u200dIDTH",
    "http://evil.com/C1",
    "@evil_bot#2",
    "</code><a href='https://evil.com'>3",
    "&lt;b&gt;&amp;$USD4",
)
OURS = ("https://redeem.example/now", "https://shop.example")
DEAR = 60_000  # minor units: staff look at it first
FILED = 40  # codes of one order, more than a message holds
LONG = 120  # characters of each


async def names(run: Run, place: Premises) -> Figures:
    """One buyer a name, and a product of that name: from hello to the code in the chat, to the end of its guide."""
    async with AsyncExitStack() as stack:
        provider = Sandbox(run.folder / f"{place.store}-provider.db", api_key=API_KEY, secret=SECRET)
        await stack.enter_async_context(provider.served())
        rules = replace(shop.RULES, shop_name=Local(dict.fromkeys(LOCALES, " ".join(NAMES[:6]))))
        here = await stack.enter_async_context(town(run, place, rules=rules, provider=provider.url))
        many = run.size["names"]
        await here.db.write(furnished, many)
        token = await here.db.write(hiring.invite, NAMES[0])
        await here.opens()
        boss = here.api.person(1, NAMES[0])
        boss.starts(token, here.api.bots[1])
        async with within(PATIENCE, "the staff bot's welcome"):
            await boss.chat(here.api.bots[1]).next(0, PATIENCE)
        wrong: list[str] = []
        for number in range(many):
            run.progress(f"{place.store}: names", number + 1, many)
            buyer = here.api.person(100 + number, NAMES[number])
            try:
                await Visit(here, buyer, boss, number, wrong).whole()
            except Broken as broken:
                wrong.append(f"{NAMES[number]!r}: {broken}")
                break
        figures = judged(here, wrong)
        if wrong or figures["refused_as_wrong"] or figures["links_not_ours"]:
            raise Broken("; ".join(wrong[:3]) or "something was refused, or became a link", **figures)
        await here.dies()
        await shop.holds(here.db, **figures)
    return figures


def guide_of(name: str) -> str:
    """Staff write guides, so an address in one is the shop's own and may be a link: here there is none."""
    return f"1. {name}\n2. {NAMES[4]}".replace("https://", "")


def furnished(tx: Tx, many: int) -> None:
    """Under each name a brand with one product; every fourth is dear, and every fourth after is sold by the dozen."""
    category = catalog_changes.add_category(tx, "cards", dict.fromkeys(LOCALES, NAMES[0]), 1)
    for number, name in enumerate(NAMES[:many]):
        texts: dict[str, str] = dict.fromkeys(LOCALES, name)
        brand = catalog_changes.add_brand(tx, f"brand-{number}", category, texts, number)
        price = DEAR if number % 4 == 3 else 100
        catalog_changes.add_product(
            tx,
            brand,
            {"CNY": {1: price}},
            slug=f"product-{number}",
            names=texts,
            region="us",
            face_value=name[:20],
            noun="code",
            measure="zhang",
            kind="unique",
            redeem_url=OURS[0],
            most_per_order=FILED,
        )
        made = catalog.product(tx, f"product-{number}")
        for locale in LOCALES:
            guides.put(tx, guides.Place.of(made), locale, guide_of(name), "Chen")
        batch = batches.open_batch(tx, made, name, "proof")
        batches.add(tx, made, batch, [PastedCode((("code", Secret(code)),)) for code in codes_of(number)], 1)
        batches.finish_import(tx, batch)


def is_filed(number: int) -> bool:
    return number % 4 == 1


def codes_of(number: int) -> list[str]:
    if not is_filed(number):
        return [CODES[number]]
    return [f"{CODES[number]}-{one:03}".ljust(LONG, "x") for one in range(FILED)]


class Visit:
    """One buyer's way through the shop."""

    def __init__(self, here: Town, buyer: Person, boss: Person, number: int, wrong: list[str]) -> None:
        self.here, self.buyer, self.boss, self.number, self.wrong = here, buyer, boss, number, wrong
        self.chat: Chat = buyer.chat(here.bot)

    async def whole(self) -> None:
        await self.writes("/start")
        await self.writes("/terms")
        await self.writes("/help")
        await self.presses("Browse")
        await self.presses(self.number)  # the shelf: a brand a button
        if not self.has("Buy 1"):
            await self.presses(0)
        await self.presses("How to redeem")
        await self.presses("Back")
        await self.buys()
        codes = codes_of(self.number)
        link = await self.until(pay_link, "a button to pay")
        mark = max(self.chat.all)
        await press(link, "pay")
        if self.number % 4 == 3:
            await self.approved()
        delivered = await self.until(
            lambda chat: next((one for one in chat.said() if holds(one, mark)), None), "the codes"
        )
        self.compare(delivered, codes)

    async def buys(self) -> None:
        if not is_filed(self.number):
            await self.presses("Buy 1")
            return
        await self.presses("Buy more")
        await self.writes(str(FILED))

    async def approved(self) -> None:
        """Staff see the card, and let it pass."""
        chat = self.boss.chat(self.here.api.bots[1])
        async with within(PATIENCE, "the card to approve"):
            card, place = await chat.until(lambda chat: pressable(chat, "Approve"), PATIENCE)
        self.boss.presses(place, card)

    def compare(self, delivered: Shown, codes: list[str]) -> None:
        if document := delivered.body.get("document"):
            lines = self.here.bot.files[document["file_id"]].data.decode().split("\n")
            if lines != [*codes, ""]:
                self.wrong.append(f"the file of {self.number} has other codes")
            return
        shown = "\n".join(delivered.marked("code", "pre")).split("\n")
        copied = [button["copy_text"]["text"] for button in delivered.buttons if "copy_text" in button]
        if shown != codes or copied != ["\n".join(codes)]:
            self.wrong.append(f"code {self.number} is shown as {shown}, copied as {copied}")

    async def writes(self, text: str) -> None:
        mark = max(self.chat.all, default=0)
        self.buyer.writes(text, self.here.bot)
        async with within(PATIENCE, f"the answer to {text}"):
            await self.chat.next(mark + 1, PATIENCE)

    def has(self, label: str) -> bool:
        return any(label in each for row in self.chat.said()[-1].labels for each in row)

    async def presses(self, wanted: str | int) -> None:
        shown, place = await self.until(lambda chat: pressable(chat, wanted), f"a button {wanted}")
        edits, mark = len(shown.before), max(self.chat.all)
        self.buyer.presses(place, shown)
        await self.until(
            lambda chat: len(shown.before) > edits or max(chat.all) > mark, f"the answer to the button {wanted}"
        )

    async def until(self, happens: Callable[[Chat], Any], what: str) -> Any:
        async with within(PATIENCE, what):
            return await self.chat.until(happens, PATIENCE)


def pressable(chat: Chat, wanted: str | int) -> tuple[Shown, int] | None:
    """The newest message with such a button, by its place or a word of it, and the button's place."""
    for shown in reversed(chat.said()):
        for place, label in enumerate(label for row in shown.labels for label in row):
            if place == wanted if isinstance(wanted, int) else wanted in label:
                return shown, place
    return None


def pay_link(chat: Chat) -> str | None:
    return next((button["url"] for button in chat.said()[-1].buttons if "url" in button), None)


def holds(shown: Shown, mark: int) -> bool:
    """Whether it is new, and hands something over."""
    return shown.id > mark and ("document" in shown.body or any("copy_text" in button for button in shown.buttons))


def judged(here: Town, wrong: list[str]) -> dict[str, Any]:
    """All that was ever shown to anybody, edited or not, and all that was refused."""
    chats = [person.chat(bot) for person in here.api.people.values() for bot in here.api.bots]
    shown = [one for chat in chats for one in chat.all.values() if one.bot is not None]
    bodies = [Shown(one.chat, body, one.bot) for one in shown for body in (one.body, *one.before)]
    foreign = [link for one in bodies for link in one.links if not link.startswith(OURS)]
    refused = [call for call in here.api.calls if call.status == 400 and "not modified" not in call.description]
    if foreign:
        wrong.append(f"these became links: {sorted(set(foreign))[:5]}")
    if refused:
        wrong.append(f"refused: {refused[0].method}: {refused[0].description}")
    return {"messages_and_edits": len(bodies), "refused_as_wrong": len(refused), "links_not_ours": len(foreign)}
