"""`mika demo`: from nothing to a shop with goods on its shelves, kept over a restart, ended at once."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from core import catalog, guides, inventory, reconcile
from core.catalog import StockKind
from core.ground.db import Tx
from core.ground.words import LOCALES
from mika import demo
from mika.browsing import visiting
from mika.settings import Settings
from mika.wiring import opened
from tests.ports import free_port

CODE = re.compile(r"DEMO\w-\w{5}-\w{5}")


@contextmanager
def running(folder: Path, port: int) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """A demo in a process of its own: its process, the shop's address, the staff's link."""
    command = [sys.executable, "-m", "mika.cli", "demo", "--no-open", "--data", str(folder), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        said = ""
        while "Ctrl-C" not in said:
            line = process.stdout.readline()
            assert line, f"the demo ended by itself: {said}"
            said += line
        shop, desk = re.findall(r"http://\S+", said)
        yield process, shop, desk
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def ended(process: subprocess.Popen[str]) -> float:
    """Press Ctrl-C; returns the seconds until it is over."""
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    return time.monotonic() - begun


def test_a_newcomer_buys_a_code_and_a_restart_keeps_it(tmp_path: Path):
    folder, port = tmp_path / "demo", free_port()
    with running(folder, port) as (process, shop, desk):
        assert shop == f"http://127.0.0.1:{port}/"
        code, cookies = asyncio.run(bought(shop))
        assert httpx.get(desk).status_code == 200
        assert ended(process) < 15
    modes = {path.name: path.stat().st_mode & 0o777 for path in [folder, *folder.iterdir()]}
    assert set(modes.values()) == {0o700, 0o600}, modes
    assert code not in (folder / "mika.log").read_text()

    with socket.create_server(("127.0.0.1", port)), running(folder, port) as (process, shop, again):
        assert shop != f"http://127.0.0.1:{port}/", "the port is taken, so it is another one"
        assert again.partition("?")[2] != desk.partition("?")[2]
        page = httpx.get(shop, cookies=cookies, headers={"accept": "text/html"})
        assert code in page.text
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)  # twice: at once
        process.wait(15)


async def bought(shop: str) -> tuple[str, dict[str, str]]:
    """A code, bought on the shop's page, and the cookies it was bought with."""
    async with visiting(shop.rstrip("/"), "en") as lin:
        for word in ("hi", "steam 10"):
            await lin.says(word)
            heard = await lin.hears()
        await lin.picks(next(iter(heard.choices)))
        await lin.hears()
        await asyncio.sleep(2.1)  # who buys faster than a person is looked at
        await lin.picks("Buy 1")
        heard = await lin.hears()
        await lin.pays(next(label for label in heard.choices if label.startswith("Pay")))
        async with asyncio.timeout(30):
            while not (found := CODE.search((await lin.hears()).text)):
                continue
        return found.group(), dict(lin.cookies)


def test_the_shelves(settings: Settings):
    asyncio.run(look_at_shelves(settings))


async def look_at_shelves(settings: Settings) -> None:
    async with opened(settings) as house:
        products, left, categories = await house.shop.db.read(_shelves)
        how = {product.id: await house.shop.db.read(guides.find, product) for product in products}
        assert not await house.shop.db.read(reconcile.check)
        limit = house.shop.rules.review_above
    assert len(products) >= 10
    assert len(categories) >= 3
    kinds = {product.kind for product in products}
    assert {StockKind.UNIQUE, StockKind.SHARED, StockKind.BY_HAND} <= kinds
    assert {"US", "HK", "TR"} <= {product.region for product in products if product.brand == "steam"}
    assert [product for product in products if left[product.slug] == 1], "one with a single code"
    assert [product for product in products if left[product.slug] == 0], "one that is sold out"
    assert [product for product in products if (price := product.price(1, "CNY")) and price.amount > limit.amount]
    assert [product for product in products if len(product.prices["CNY"]) > 1], "cheaper by the dozen"
    assert all(product.form for product in products if product.kind is StockKind.BY_HAND)
    for product in products:
        for locale in LOCALES:
            assert product.name.texts[locale]
            guide = how[product.id].texts[locale]
            assert not product.redeem_url or product.redeem_url in guide


def _shelves(tx: Tx) -> tuple[list[catalog.Product], dict[str, int], list[catalog.Category]]:
    products = catalog.everything(tx)
    return products, {product.slug: inventory.available(tx, product) for product in products}, catalog.shelf(tx)


async def test_it_is_furnished_once(settings: Settings):
    await demo.open_up(settings)
    async with opened(settings) as house:
        products, left, _ = await house.shop.db.read(_shelves)
    assert len(products) == len({product.slug for product in products})
    assert left["steam-hk-200"] == 1


@pytest.mark.parametrize("name", ["key", "mika.toml"])
def test_preparing_again_changes_nothing(folder: Path, name: str):
    before = (folder / name).read_bytes()
    demo.prepare(folder)
    assert (folder / name).read_bytes() == before


def test_a_lost_key_is_not_made_anew(folder: Path):
    (folder / "key").unlink()
    demo.prepare(folder)
    assert not (folder / "key").exists()
