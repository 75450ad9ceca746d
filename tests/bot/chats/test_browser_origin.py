"""Where an order comes from: its address on the net and its browser arrive with it, and only as fingerprints."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text

from bot.buyers import buyers
from bot.chats.browser import BrowserChat
from core import marks
from core.catalog import Product
from core.ground import inbox
from core.marks import Kind
from doubles.serving import Served
from tests.bot.chats.browsing import Browser, sign
from tests.world import World, clock, db, rules, steam, world
from web.app import create_app

__all__ = ["clock", "db", "rules", "steam", "world"]
pytestmark = pytest.mark.parametrize("store", ["sqlite"])
IP = "93.184.216.34"


class Door:
    """The shop's site with somebody at it."""

    def __init__(self, world: World, ip: str = IP, **settings: Any) -> None:
        self.world = world
        self.chat = BrowserChat("browser", buyers, "/", sign, secure=False, **settings)
        self.app = create_app(world.shop, self.chat.routes(world.shop))
        self.browser = Browser(self.app, ip=ip)

    async def buys(self) -> dict[str, list[bytes]]:
        """Looks at the product, presses Buy 1; the marks of that order."""
        await self.browser.look()
        await self._says("k1", press="product steam")
        button = re.search(r'value="(~[^"]+)"[^>]*>Buy 1', await self.browser.look())
        assert button
        await self._says("k2", press=button[1])
        rows = await self.world.db.read(lambda tx: tx.all(select(marks.marks)))
        return {row.kind: [each.value for each in rows if each.kind == row.kind] for row in rows}

    async def _says(self, key: str, **said: str) -> None:
        answer = await self.browser.say(key=key, **said)
        assert answer.status_code == 204, answer.text
        await self.hears()

    async def hears(self) -> None:
        for row in await self.world.db.write(inbox.claim, ["browser"]):
            await self.chat.hear(self.world.shop, row)


async def test_ip_device_and_moment_arrive_with_the_order(world: World, steam: Product):
    await world.stock(steam, 1)
    door = Door(world)
    found = await door.buys()
    assert found.keys() == {"ip", "device", "country", "pressed"}
    assert found["ip"] == [await world.db.read(marks.value_of, Kind.IP, IP)]
    assert found["device"] == [await world.db.read(marks.value_of, Kind.DEVICE, door.browser.address())]
    assert found["country"] == [b"US"]  # whom the address is allotted to


async def test_of_an_address_nothing_but_its_fingerprint_stays(world: World, steam: Product):
    """While the event waits it is sealed; then its body is gone."""
    await world.stock(steam, 1)
    door = Door(world)
    await door.browser.look()
    await door.browser.say(key="k0", press="help")
    (row,) = await world.db.write(inbox.claim, ["browser"])
    assert IP in await world.db.read(inbox.body, row)  # it is there, and only for whoever has the key
    assert IP.encode() not in row.sealed
    await door.chat.hear(world.shop, row)
    await door.buys()
    assert await world.db.read(lambda tx: tx.all(text("SELECT 1 FROM inbox WHERE sealed IS NOT NULL"))) == []
    ((name,),) = await world.db.read(lambda tx: tx.all(text("SELECT file FROM pragma_database_list")))
    written = [await asyncio.to_thread(Path(f"{name}{of}").read_bytes) for of in ("", "-wal")]
    assert any(door.browser.address().encode() in each for each in written)  # looked for where things are
    assert not any(IP.encode() in each for each in written)


@pytest.mark.parametrize("ip", ["127.0.0.1", "172.17.0.1", "10.0.0.7", "fe80::1", "testclient"])
async def test_a_proxy_that_is_not_believed_is_not_everybodys_address(world: World, steam: Product, ip: str):
    await world.stock(steam, 1)
    assert (await Door(world, ip).buys()).keys() == {"device", "pressed"}


async def test_a_proxy_may_tell_the_country_where_the_owner_says_so(world: World, steam: Product):
    await world.stock(steam, 2)
    told = Door(world, country_header="CF-IPCountry")
    told.browser.http.headers["CF-IPCountry"] = "hk"
    assert (await told.buys())["country"] == [b"HK"]


async def test_nobody_else_tells_us_the_country(world: World, steam: Product):
    await world.stock(steam, 1)
    lying = Door(world)
    lying.browser.http.headers["CF-IPCountry"] = "HK"
    assert (await lying.buys())["country"] == [b"US"]


@pytest.mark.parametrize("told", ["XX", "T1", "<b>", ""])
async def test_what_is_no_country_is_unknown(world: World, steam: Product, told: str):
    await world.stock(steam, 1)
    door = Door(world, "127.0.0.1", country_header="CF-IPCountry")
    door.browser.http.headers["CF-IPCountry"] = told
    assert "country" not in await door.buys()


async def test_behind_the_proxy_on_this_machine_it_is_the_buyers_own_address(world: World, steam: Product):
    """As uvicorn takes it from X-Forwarded-For, which it believes from this machine only."""
    await world.stock(steam, 1)
    door = Door(world)
    async with Served(door.app) as server:
        told = {"accept-language": "en", "x-forwarded-for": "8.8.8.8"}
        async with httpx.AsyncClient(base_url=server.url, headers=told) as door.browser.http:
            found = await door.buys()
    assert found["ip"] == [await world.db.read(marks.value_of, Kind.IP, "8.8.8.8")]
