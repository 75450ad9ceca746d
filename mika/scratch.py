"""A copy of the shop for a rehearsal: its shelves and a few codes of one product, in a folder that goes away again."""

from __future__ import annotations

import asyncio
import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import bindparam, insert, select, update

from core import batches, catalog, guide_text, guides, inventory
from core.catalog import Product, StockKind
from core.ground.clock import AheadClock
from core.ground.db import Tx
from core.ground.vault import KeyRing
from core.pasted import PastedCode
from core.pictures import keep
from doubles.sandbox import Sandbox
from doubles.supplier import Supplier
from migrations import upgrade
from mika import serving
from mika.demo_shop import furnish, hang
from mika.rail_settings import RailSettings, SandboxSettings
from mika.reach_settings import ReachSettings
from mika.settings import SandboxSupplierSettings, Settings, SupplierSettings
from mika.stock_opened import opened_codes
from mika.wiring import opened
from payments.sandbox import Sandbox as Rail

CATALOGUE = (catalog.categories, catalog.brands, catalog.products, catalog.prices, guides.guides)
MADE_AS = "mika-made-"  # a copy's folder is called so until it is locked, and empty then
FOLDER = "mika-rehearsal-"
CODES = 3  # of the product, so that there is one to sell and some to be left
SELLABLE = select(inventory.codes.c.id).where(*inventory.sellable()).order_by(inventory.codes.c.id)
ON_DEMAND = update(catalog.products).where(catalog.products.c.id == bindparam("product"))


class CantRehearse(Exception):
    """There is no such purchase to play. The text says why, for whoever asked."""


@dataclass
class Stage:
    """What is arranged in a copy before it opens, and who stands around it while it is played."""

    codes: int = CODES
    made_by_hand: bool = True  # whether what has no codes will do
    review_above: str | None = None  # in place of the shop's own
    supplied: bool = False  # the product is bought on demand, of a supplier of ours
    clock: AheadClock = field(default_factory=AheadClock)
    provider: Sandbox | None = None  # set once they are there
    supplier: Supplier | None = None


@contextmanager
def folder_of_its_own() -> Iterator[Path]:
    """A folder that goes away again: at the end, or at the start of the next one where its process was killed.

    It is locked for as long as its process lives, and nobody finds it before that.
    """
    sweep()
    made = Path(tempfile.mkdtemp(prefix=MADE_AS))
    held = os.open(made, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        folder = made.rename(made.with_name(made.name.replace(MADE_AS, FOLDER, 1)))
        try:
            yield folder
        finally:
            shutil.rmtree(folder)
    finally:
        os.close(held)


def sweep() -> None:
    """Takes away what rehearsals of this user have left that were killed: keys, and codes that these open."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        try:
            found = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:  # another user's, no folder, or just gone
            continue
        try:
            if os.fstat(found).st_uid == os.geteuid():
                fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)
        except (BlockingIOError, FileNotFoundError):  # it is being played there, or somebody else sweeps
            continue
        finally:
            os.close(found)


@asynccontextmanager
async def shop_copy(
    source: Settings | None, slug: str | None, stage: Stage | None = None
) -> AsyncIterator[tuple[Settings, serving.socket.socket, str]]:
    """Settings of the copy, a socket for its server, and the product's name; without a source it is the demo shop.

    The copy has a key, a database and a provider of its own: nothing that happens in it touches the shop.
    Raises CantRehearse, and Refusal when the shop can't be opened.
    """
    stage = stage or Stage()
    with folder_of_its_own() as folder:
        KeyRing.fresh().save(folder / "key")
        listening = serving.listen("127.0.0.1", 0)
        rails = RailSettings(sandbox=SandboxSettings(api_key=_secret(), secret=_secret()))
        told = source or Settings.model_construct(review_above="500.00")
        settings = told.changed(
            data=folder,
            database=None,
            key_file=None,
            public_url=None,
            host="127.0.0.1",
            port=serving.port_of(listening),
            embed_origins=(),
            rails=rails,
            demo=True,
            telegram=told.telegram.model_copy(update={"buyers": None, "staff": None}),  # the shop's bots stay out of it
            wechat=None,
            email=None,  # nobody gets mail of it
            reach=ReachSettings(),
            backups=None,  # the shop's place is for the shop
            heartbeat_url=SecretStr(""),
            suppliers=SupplierSettings(),  # whoever the shop buys from is told nothing
            review_above=stage.review_above or told.review_above,
        )
        await asyncio.to_thread(upgrade, settings.database_url)
        found = await _filled(settings, source, slug, stage)
        async with _provided(settings, stage) as with_others:
            yield with_others, listening, found


def _secret() -> SecretStr:
    return SecretStr(secrets.token_urlsafe(24))


@asynccontextmanager
async def _provided(settings: Settings, stage: Stage) -> AsyncIterator[Settings]:
    """A provider of its own, and a supplier where the stage has one."""
    told = settings.rails.sandbox
    assert told is not None  # noqa: S101
    provider = Sandbox(
        settings.data / "provider.db",
        api_key=told.api_key.get_secret_value(),
        secret=told.secret.get_secret_value(),
        account=told.account,
    )
    async with AsyncExitStack() as served:
        rails = RailSettings(
            sandbox=told.model_copy(update={"url": await served.enter_async_context(provider.served())})
        )
        stage.provider, suppliers = provider, SupplierSettings()
        if stage.supplied:
            key = _secret()
            stage.supplier = Supplier(settings.data / "supplier.db", api_key=key.get_secret_value())
            url = await served.enter_async_context(stage.supplier.served())
            suppliers = SupplierSettings(sandbox=SandboxSupplierSettings(url=url, api_key=key))
        yield settings.changed(rails=rails, suppliers=suppliers)


async def _filled(settings: Settings, source: Settings | None, slug: str | None, stage: Stage) -> str:
    """Shelves and stock of the copy; returns which product will be bought."""
    if source is None:
        async with opened(settings) as copy:
            await asyncio.to_thread(hang, settings.data / "pictures")
            await copy.shop.db.write(furnish)
            product = await copy.shop.db.read(_choose, slug, stage)
            await copy.shop.db.write(_arrange, product, stage)
            return product.slug
    async with opened(source) as house:
        product = await house.shop.db.read(_choose, slug, stage)
        rows = await house.shop.db.read(_shelves)
        codes = await house.shop.db.read(opened_codes, product, 0 if stage.supplied else stage.codes)
        texts = (await house.shop.db.read(guides.find, product)).texts.values()
        for name in filter(None, (product.picture, *(name for text in texts for name in guide_text.names(text)))):
            if content := await house.shop.picture(name):
                await asyncio.to_thread(keep, settings.data / "pictures", name, content)
    async with opened(settings) as copy:
        await copy.shop.db.write(_furnish_alike, rows, product, codes)
        await copy.shop.db.write(_arrange, product, stage)
    return product.slug


def _choose(tx: Tx, slug: str | None, stage: Stage) -> Product:
    """The product asked for, or the first that can simply be bought."""
    if tx.rules.currency not in Rail.abilities.currencies:
        raise CantRehearse(f"the test rail takes no {tx.rules.currency}")
    if slug is not None:
        try:
            product = catalog.product(tx, slug)
        except catalog.UnknownProduct:
            raise CantRehearse(f"there is no product {slug}") from None
        if why := _hindrance(tx, product, stage):
            raise CantRehearse(f"{slug} {why}")
        return product
    simple = (
        product
        for product in catalog.everything(tx)
        if product.kind is not StockKind.BY_HAND and not _hindrance(tx, product, stage)
    )
    product = next(simple, None)
    if product is None:
        raise CantRehearse("no product is on sale, in stock and sold without asking anything of the buyer")
    return product


def _hindrance(tx: Tx, product: Product, stage: Stage) -> str | None:
    if not product.on_sale:
        return "is not on sale"
    if product.price(1, tx.rules.currency) is None:
        return f"has no price in {tx.rules.currency}"
    if product.form:
        return f"asks the buyer for {product.form[0].name}; a rehearsal has no answer to that"
    if product.kind is not StockKind.UNIQUE and not (stage.made_by_hand or stage.supplied):
        return "is not sold from stock, one code to one buyer, so that this can't happen to it"
    if stage.supplied:
        return None if product.kind in (StockKind.ON_DEMAND, StockKind.UNIQUE) else "can't come from a supplier"
    if product.kind is StockKind.ON_DEMAND:
        return "comes from a supplier, and a rehearsal buys nothing"
    return None if inventory.available(tx, product) else "is sold out"


def _shelves(tx: Tx) -> list[list[dict[str, object]]]:
    return [[dict(row._mapping) for row in tx.all(select(table))] for table in CATALOGUE]


def _furnish_alike(tx: Tx, rows: list[list[dict[str, object]]], product: Product, codes: list[PastedCode]) -> None:
    for table, of_table in zip(CATALOGUE, rows, strict=True):
        tx.many(insert(table), of_table)
    if codes:
        batch = batches.open_batch(tx, product, "rehearsal", "rehearsal")
        batches.add(tx, product, batch, codes)
        batches.finish_import(tx, batch)


def _arrange(tx: Tx, product: Product, stage: Stage) -> None:
    """The product as the stage wants it: with no more codes than it has, or bought of a supplier."""
    for row in tx.all(SELLABLE, product=product.id, today=tx.now.date())[stage.codes :]:
        inventory.quarantine(tx, row.id)
    if stage.supplied:
        tx.changed(
            ON_DEMAND.values(kind=StockKind.ON_DEMAND.value, supplier="sandbox", sku="rehearsed"), product=product.id
        )
