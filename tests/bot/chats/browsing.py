"""What the tests of the browser chat share: a shop with stock, a router that answers by rote, a browser or two."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import html
import itertools
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp

from bot.chats.browser import BrowserChat
from bot.said import Said
from core import (
    batches,
    catalog,
    catalog_changes,
    checkout,
    customers,
    delivery,  # noqa: F401  its tables belong to a whole schema
    hiring,
    inventory,
    orders,
    pasted,
    units,
)
from core.ground import inbox
from core.ground.columns import metadata
from core.ground.db import Database, Tx
from core.ground.messages import Choice, Codes, Local, Message, words
from core.ground.rules import Rules
from core.ground.vault import KeyRing, Vault
from core.shop import Shop
from core.units import Obligation, UnitState
from doubles.serving import Served
from web.app import create_app

RULES = Rules(rehearsal=True, shop_name=Local({"zh-CN": "密卡小店", "en": "Mika Shop", "ru": "Магазин Mika"}))
CODE = "TESTQ-{:05d}-CANARY"
NUMBERS = itertools.count()


def sign(text: str) -> str:
    return hmac.new(b"the key of the tests", text.encode(), hashlib.sha256).hexdigest()


@dataclass
class Rote:
    """A router that knows its answers by heart. `heard` is everything it was asked."""

    answers: dict[str, Message] = field(default_factory=dict)
    heard: list[Said] = field(default_factory=list)

    async def answer(self, shop: Shop, said: Said, keep: Callable[[Tx, Message], object] | None, /) -> Message:
        self.heard.append(said)
        what = said.press or said.text
        answer = self.answers.get(what, Message((f"You said: {what[:200]}",), (Choice("Browse", "shelf"),)))
        await shop.db.write(self._take_in, said, answer, keep)
        return answer

    @staticmethod
    def _take_in(tx: Tx, said: Said, answer: Message, keep: Callable[[Tx, Message], object] | None) -> None:
        customers.meet(tx, said.chat, said.address, said.name, said.locale, said.zone)
        if said.press and said.press.startswith("language "):
            customers.speak(tx, said.person, said.press.split()[1])
        inbox.done(tx, said.chat, said.key)
        if keep:
            keep(tx, answer)


@dataclass
class House:
    """A shop with one chat for buyers and one for staff, and whoever answers there."""

    shop: Shop
    rote: Rote
    buyers: BrowserChat
    desk: BrowserChat
    app: ASGIApp
    file: Path

    @property
    def chats(self) -> dict[str, BrowserChat]:
        return {chat.name: chat for chat in (self.buyers, self.desk)}

    async def work(self) -> int:
        """Answers everything that waits; returns how much it was."""
        rows = await self.shop.db.write(inbox.claim, list(self.chats))
        for row in rows:
            await self.chats[row.source].hear(self.shop, row)
        return len(rows)

    async def keep_working(self) -> None:
        while True:
            if not await self.work():
                await self.shop.db.wait_for("inbox", timeout=0.5)

    async def events(self) -> list[tuple[str, str]]:
        """Source and key of every inbox row there ever was."""
        wanted = inbox.inbox.select().order_by(inbox.inbox.c.id)
        return await self.shop.db.read(lambda tx: [(row.source, row.external_id) for row in tx.all(wanted)])

    async def order_of(self, person: str, many: int) -> orders.Order:
        """An order of this person with so many codes handed over."""
        return await self.shop.db.write(_sold, person, many)


def _sold(tx: Tx, person_id: str, many: int) -> orders.Order:
    chat, _, address = person_id.partition(":")
    person = customers.meet(tx, chat, address, "", "en", None)
    product = catalog.product(tx, "steam")
    batch = batches.open_batch(tx, product, f"of {person_id}", "tests")
    lines = [CODE.format(next(NUMBERS)) for _ in range(many)]
    batches.add(tx, product, batch, pasted.read(lines).codes)
    batches.finish_import(tx, batch)
    merchant = checkout.Merchant("sandbox", "tests", "test")
    order = checkout.place(tx, person, "steam", many, merchant, {}, f"order of {person_id} {many}")
    for unit in order.units:
        inventory.grant(tx, unit.id)
        units.owe(tx, unit.id, UnitState.GRANTED, Obligation.DELIVER, "shop", tx.now)
    return orders.get(tx, order.id)


def _furnish(tx: Tx) -> None:
    metadata.create_all(tx._connection)
    category = catalog_changes.add_category(tx, "games", {"en": "Games"}, 0)
    brand = catalog_changes.add_brand(tx, "steam", category, {"en": "Steam"}, 0)
    catalog_changes.add_product(
        tx,
        brand,
        {"CNY": {1: 12800}},
        slug="steam",
        names={"en": "Steam 20 USD"},
        kind="unique",
        region="us",
        face_value="20 USD",
        noun="code",
        measure="piece",
        most_per_order=50,
    )


def delivered(order: orders.Order, *extra: Choice) -> Message:
    """As the shop hands codes over: the order's line, then the codes."""
    handed = words("browser-codes", codes=Codes(order.id))
    return Message((f"Order {order.number} delivered", handed, "Sign in and redeem."), extra)


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr("bot.chats.browser.streams.STEP", 0.1)  # streams notice the end of a test at once
    file = tmp_path / "shop.db"
    rules = Rules(rehearsal=True, shop_name=RULES.shop_name, unpaid_units=100)
    db = await Database.open(f"sqlite+aiosqlite:///{file}", vault=Vault(KeyRing.fresh()), rules=rules)
    await db.write(_furnish)
    shop = Shop(db, rules, "http://shop.test", {})
    yield open_house(shop, file)
    await db.close()


def open_house(shop: Shop, file: Path, rote: Rote | None = None, **facts: object) -> House:
    rote = rote or Rote()
    buyers = BrowserChat("browser", rote, "/", sign, False, **facts)  # type: ignore[arg-type]
    desk = BrowserChat("desk", rote, "/desk", sign, False)
    app = create_app(shop, [*desk.routes(shop), *buyers.routes(shop)])
    return House(shop, rote, buyers, desk, app, file)


class Browser:
    """Somebody at a browser without script: keeps cookies, fills in forms."""

    def __init__(self, app: ASGIApp, language: str = "en", ip: str = "192.0.2.1") -> None:
        transport = httpx.ASGITransport(app=app, client=(ip, 40000))
        self.http = httpx.AsyncClient(
            transport=transport, base_url="http://shop.test", headers={"accept-language": language}
        )
        self.csrf = ""

    async def look(self, path: str = "/") -> str:
        response = await self.http.get(path, headers={"accept": "text/html"})
        found = re.search(r'name="csrf" value="(\w+)"', response.text)
        self.csrf = found[1] if found else ""
        return response.text

    async def say(self, text: str = "", key: str = "k1", path: str = "/say", **more: str) -> httpx.Response:
        fields = {"csrf": self.csrf, "key": key, **({"text": text} if text else {}), **more}
        return await self.http.post(path, data=fields)

    def address(self, chat: str = "browser") -> str:
        return self.http.cookies[f"mika_{chat}"].partition(".")[0]

    def person(self, chat: str = "browser") -> str:
        return f"{chat}:{self.address(chat)}"


@pytest.fixture
async def lin(house: House) -> AsyncIterator[Browser]:
    """Lin, who buys; her page is open."""
    browser = Browser(house.app)
    await browser.look()
    yield browser
    await browser.http.aclose()


@pytest.fixture
async def bao(house: House) -> AsyncIterator[Browser]:
    """Bao, somebody else."""
    browser = Browser(house.app, ip="192.0.2.2")
    await browser.look()
    yield browser
    await browser.http.aclose()


def bubbles(page: str) -> list[str]:
    """What the bubbles of a page say, oldest first, without their markup."""
    return [
        html.unescape(re.sub(r"<[^>]+>", "", said))
        for said in re.findall(r'<div class="said".*?>(.*?)</div>(?=<time|<div class="tools)', page, re.S)
    ]


async def invited(house: House, name: str = "Chen") -> str:
    return await house.shop.db.write(hiring.invite, name)


@contextlib.asynccontextmanager
async def served(app: ASGIApp, ending: Callable[[], None] = lambda: None) -> AsyncIterator[str]:
    """The app on a free port of this machine, by a real server; yields its address."""
    async with Served(app) as server:
        try:
            yield server.url
        finally:
            ending()
