"""A whole shop for stories: real router, core, database, hooks, runner and provider; a small cast that talks to it."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.buyers import buyers
from bot.router import Router
from bot.said import Said
from bot.staff import staff as staff_router
from core import (
    batches,
    catalog,
    catalog_changes,
    composing,
    customers,
    guides,
    hiring,
    orders,
    pasted,
    quiet,
    reconcile,
)
from core.authority import PRESETS, Role
from core.catalog import Product
from core.ground.clock import TestClock
from core.ground.db import Database, Tx
from core.ground.errors import SendError
from core.ground.messages import Message, Spoken, SpokenChoice
from core.ground.money import Money
from core.ground.rules import Rules
from core.ground.vault import KeyRing, Vault
from core.parties import PaymentRail
from core.quiet import Kind, Mode
from core.shop import Shop
from doubles.sandbox import Sandbox as Provider
from doubles.sandbox import press
from doubles.serving import Served
from jobs.runner import Runner
from payments.sandbox import Sandbox
from web.app import create_app

API_KEY, SECRET = "the shop's key", "the provider's secret"
RULES = Rules(rehearsal=True, review_above=Money(50000, "CNY"))
PATIENCE = 30.0  # seconds a test waits for something that takes milliseconds
databases = itertools.count()


class Clock(TestClock):
    """A clock whose moving wakes whoever waits for work, as in life the poll under the waking does every second."""

    def __init__(self) -> None:
        super().__init__()
        self.moved: Callable[[], None] = lambda: None

    def forward(self, step: timedelta) -> datetime:
        moment = super().forward(step)
        self.moved()
        return moment


class Chat:
    """Where messages for the cast arrive: one queue a person, and a switch for a chat that is closed to us."""

    def __init__(self) -> None:
        self.arrived: dict[str, asyncio.Queue[Spoken]] = {}
        self.closed: set[str] = set()

    async def send(self, address: str, message: Spoken) -> str:
        if address in self.closed:
            raise SendError("blocked by the user", permanent=True)
        self.of(address).put_nowait(message)
        return f"m{self.of(address).qsize()}"

    def of(self, address: str) -> asyncio.Queue[Spoken]:
        return self.arrived.setdefault(address, asyncio.Queue())


@dataclass
class Somebody:
    """One of the cast, in a chat of their own."""

    world: World
    name: str
    router: Router
    locale: str = "zh-CN"
    choices: tuple[SpokenChoice, ...] = ()
    keys: Iterator[int] = field(default_factory=itertools.count)

    @property
    def id(self) -> str:
        return f"test:{self.name}"

    async def says(self, text: str = "", *, press: str | None = None, key: str | None = None) -> Answer:
        said = Said("test", self.name, key or f"{self.name}-{next(self.keys)}", text, press, self.name, self.locale)
        message = await self.router.answer(self.world.shop, said)
        return await self._read(message)

    async def presses(self, label: str) -> Answer:
        """Press the choice of the last message whose label has these words."""
        found = [choice for choice in self.choices if label in choice.label]
        assert found, f"no choice {label!r} among {[choice.label for choice in self.choices]}"
        return await self.says(press=found[0].says)

    async def gets(self) -> Answer:
        """The next message that arrives by itself."""
        spoken = await asyncio.wait_for(self.world.chat.of(self.name).get(), PATIENCE)
        self.choices = spoken.choices
        return Answer(spoken)

    async def gets_nothing(self) -> None:
        await self.world.runner.drain()
        waiting = self.world.chat.of(self.name)
        assert waiting.empty(), waiting.get_nowait().plain()

    async def pays(self, button: Any = "pay") -> None:
        """Go to the pay page of the last message and press there."""
        link = next(choice.link for choice in self.choices if choice.link)
        await press(link, button)

    async def buys(self, product: Product, many: int = 1) -> Answer:
        """As far as the pay page."""
        await self.says(press=f"product {product.slug}")
        if many == 1:
            return await self.presses("买 1" if self.locale == "zh-CN" else "Buy 1")
        await self.says(f"buy {product.slug}")
        return await self.says(str(many))

    async def _read(self, message: Message) -> Answer:
        spoken = await self.world.db.read(composing.compose, self.id, message)
        self.choices = spoken.choices
        return Answer(spoken)


@dataclass(frozen=True)
class Answer:
    """What one of the cast reads."""

    spoken: Spoken

    @property
    def text(self) -> str:
        return self.spoken.revealed()

    @property
    def codes(self) -> list[str]:
        return [code.reveal() for code in self.spoken.codes]

    @property
    def choices(self) -> list[str]:
        return [choice.label for choice in self.spoken.choices]


@dataclass
class World:
    db: Database
    shop: Shop
    runner: Runner
    provider: Provider
    chat: Chat
    clock: TestClock
    url: str  # where the shop's own server listens

    def meet(self, name: str, locale: str = "zh-CN") -> Somebody:
        return Somebody(self, name, buyers, locale)

    async def hire(self, name: str, *roles: Role) -> Somebody:
        """An owner, unless told otherwise."""
        chen = Somebody(self, name, staff_router)
        await self.db.write(customers.meet, "test", name, name, "zh-CN", None)
        token = await self.db.write(hiring.invite, name, frozenset(roles or PRESETS["owner"]))
        await self.db.write(hiring.enter, token, chen.id)
        await self.db.write(quiet.set_mode, chen.id, Kind.DAILY, Mode.OFF)  # or it would come when it is nine
        return chen

    async def make(self, slug: str, **columns: Any) -> Product:
        """A product of its own brand, 100.00 each unless told otherwise."""
        return await self.db.write(_make, slug, columns)

    async def stock(self, product: Product, many: int, uses: int = 1) -> list[str]:
        """Put so many made-up codes on sale; returns them in the order they will be sold."""
        made = [f"{product.slug.upper()}-{next(databases):04}-CODE" for _ in range(many)]
        await self.stocked(product, made, uses)
        return made

    async def stocked(self, product: Product, codes: list[str], uses: int = 1) -> None:
        """Put just these on sale."""
        await self.db.write(_stock, product, codes, uses)

    async def order(self, person: Somebody) -> orders.Order:
        """The person's newest order."""
        found = await self.db.read(_newest, person.id)
        assert found is not None
        return found

    async def until(self, true: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not await true():  # noqa: ASYNC110  the truth is in the database, it sets no event
                await asyncio.sleep(0.02)

    async def becomes(self, person: Somebody, state: orders.State) -> None:
        """Wait until the person's newest order is in that state, and all invariants hold there."""

        async def so() -> bool:
            return (await self.order(person)).state is state

        await self.until(so)
        await self.runner.drain()
        await self.holds()

    async def later(self, step: timedelta) -> None:
        """Time passes once what is under way has ended: what is put off only afterwards would be put off from then."""
        await self.runner.drain()
        self.clock.forward(step)

    async def count(self, table: Any) -> int:
        return len(await self.db.read(lambda tx: tx.all(select(table))))

    async def holds(self) -> None:
        """Every invariant."""
        assert [str(finding) for finding in await self.db.read(reconcile.check)] == []


def _make(tx: Tx, slug: str, columns: dict[str, Any]) -> Product:
    brand = columns.pop("brand", None) or slug
    known = next((b.id for b in catalog.on_sale(tx) if b.slug == brand), None)
    if known is None:
        category = catalog_changes.add_category(tx, f"about-{brand}", {"en": "Cards"}, 1)
        known = catalog_changes.add_brand(tx, brand, category, {"en": brand.title(), "zh-CN": brand.title()}, 1)
    prices = columns.pop("prices", {"CNY": {1: 10000}})
    given = {
        "names": {"en": slug.title(), "zh-CN": slug.title(), "ru": slug.title()},
        "region": "us",
        "face_value": "$20",
        "noun": "code",
        "measure": "zhang",
        "kind": "unique",
        "redeem_url": "https://redeem.example/now",
        "shortage": [],
        **columns,
    }
    guide = given.pop("guide", {})
    catalog_changes.add_product(tx, known, prices, slug=slug, **given)
    made = catalog.product(tx, slug)
    for locale, body in guide.items():
        guides.put(tx, guides.Place.of(made), locale, body, "Chen")
    return made


def _stock(tx: Tx, product: Product, made: list[str], uses: int) -> None:
    batch = batches.open_batch(tx, product, "made up", "test")
    batches.add(tx, product, batch, pasted.read(made).codes, uses)
    batches.finish_import(tx, batch)


def _newest(tx: Tx, person_id: str) -> orders.Order | None:
    person = customers.person(tx, person_id)
    return next(iter(orders.newest(tx, person.customer, person.id, 1)), None)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
async def db(
    store: str, request: pytest.FixtureRequest, tmp_path: Path, clock: Clock, rules: Rules
) -> AsyncIterator[Database]:
    """An empty shop's database, on each store."""
    name, server = f"story_{next(databases)}", None
    if store == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "shop.db")
        url = f"sqlite+aiosqlite:///{tmp_path / 'shop.db'}"
    else:
        server = request.getfixturevalue("postgres_server")
        url = server.create(name, template=request.getfixturevalue("postgres_template"))
    opened = await Database.open(url, vault=Vault(KeyRing.fresh()), rules=rules, clock=clock)
    clock.moved = opened._bell.ring_all
    yield opened
    await opened.close()
    if server:
        server.drop(name)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def rules() -> Rules:
    return RULES


@pytest.fixture
async def world(db: Database, clock: TestClock, rules: Rules, tmp_path: Path) -> AsyncIterator[World]:
    """The shop, open. Its runner works in the background, as in life."""
    provider, chat = Provider(tmp_path / "provider.db", api_key=API_KEY, secret=SECRET), Chat()
    shop = Shop(db, rules, "http://shop.example", {}, {"test": chat.send}, whose=staff_router.whose)
    async with provider.served(), Served(create_app(shop, [])) as server:
        rail = Sandbox(provider.url, api_key=API_KEY, secret=SECRET, notify_url=f"{server.url}/hooks/sandbox")
        shop.payments = {"sandbox": rail}
        runner = Runner(shop, {})
        working = asyncio.create_task(runner.run())
        yield World(db, shop, runner, provider, chat, clock, server.url)
        runner.stop()
        await asyncio.wait([working], timeout=5)
        working.cancel()
        await rail.aclose()


@asynccontextmanager
async def taken_by(world: World, rail: PaymentRail) -> AsyncIterator[None]:
    """The shop takes money by this rail and no other for as long as the block lasts."""
    before, world.shop.payments = (world.shop.payments, world.runner), {rail.name: rail}
    world.runner.stop()  # it works for the rails that there were when it began
    world.runner = Runner(world.shop, {})
    working = asyncio.create_task(world.runner.run())
    yield
    world.runner.stop()
    await asyncio.wait([working], timeout=5)
    working.cancel()
    world.shop.payments, world.runner = before
    await rail.aclose()


@pytest.fixture
def lin(world: World) -> Somebody:
    """Lin buys."""
    return world.meet("lin")


@pytest.fixture
async def chen(world: World) -> Somebody:
    """Chen is staff."""
    return await world.hire("chen")


@pytest.fixture
async def steam(world: World) -> Product:
    return await world.make("steam", names={"en": "Steam $20", "zh-CN": "Steam 20 美元", "ru": "Steam 20 $"})
