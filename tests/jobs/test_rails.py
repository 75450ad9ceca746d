"""The rails side by side: one that hangs, breaks or can't be listed keeps no other from being looked at."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Any

import pytest
import structlog

from core import ways
from core.orders import State
from core.shop import Shop
from doubles.sandbox import press
from jobs.reconcile import reconcile
from jobs.wellness import wellness
from payments.sandbox import Sandbox
from tests.doors import API_KEY, SECRET
from tests.jobs.test_work import bought, now

Job = Callable[[Shop], Awaitable[None]]


async def away(shop: Shop) -> dict[str, str]:
    return {one.rail: one.why for one in await shop.db.read(ways.all_away)}


def named(rail: Sandbox, name: str) -> Sandbox:
    rail.name = name
    return rail


async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """An answer that never ends and never pauses long enough for a client to give up."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n")
    with contextlib.suppress(ConnectionError):
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)


@pytest.fixture
async def dripping() -> AsyncIterator[Sandbox]:
    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    rail = named(Sandbox(url, api_key=API_KEY, secret=SECRET, notify_url="-"), "dripping")
    yield rail
    await rail.aclose()
    server.close()


class Broken(Sandbox):
    """It has a bug."""

    async def well(self) -> None:
        raise ValueError("somebody's secret")

    async def day(self, day: datetime) -> AsyncIterator[Any]:
        raise ValueError("somebody's secret")
        yield


@pytest.fixture
def broken() -> Sandbox:
    return named(Broken("http://127.0.0.1:9", api_key=API_KEY, secret=SECRET, notify_url="-"), "broken")


def put_first(shop: Shop, rail: Sandbox) -> None:
    shop.payments = {rail.name: rail, **shop.payments}


@pytest.mark.parametrize("patience", [0.3, pytest.param(60.0, id="without")])
async def test_a_rail_that_drips_is_away_and_the_next_is_looked_at(world, dripping, monkeypatch, patience):
    monkeypatch.setattr("jobs.wellness.PATIENCE", patience)
    put_first(world.shop, dripping)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(2):
            await wellness(world.shop)
    found = await away(world.shop)
    assert found == ({"dripping": "no whole answer within 0.3 seconds"} if patience < 1 else {})


@pytest.mark.parametrize("patience", [0.3, pytest.param(60.0, id="without")])
async def test_a_rail_that_drips_keeps_no_other_from_being_reconciled(world, steam, dripping, monkeypatch, patience):
    monkeypatch.setattr("jobs.reconcile.OF_A_DAY", patience)
    await world.stock(steam, 1)
    order, link = await bought(world)
    await press(link, "pay")
    put_first(world.shop, dripping)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(2):
            await reconcile(world.shop)
    assert (await now(world, order)).state is (State.PAID if patience < 1 else State.AWAITING_PAYMENT)


async def test_a_rail_that_breaks_keeps_no_other_from_anything_and_is_loud(world, steam, broken):
    await world.stock(steam, 1)
    order, link = await bought(world)
    await press(link, "pay")
    put_first(world.shop, broken)
    with structlog.testing.capture_logs() as logs:
        await wellness(world.shop)
        await reconcile(world.shop)
    assert await away(world.shop) == {"broken": "ValueError"}
    assert (await now(world, order)).state is State.PAID
    loud = [line for line in logs if line["log_level"] == "error"]
    assert [line["event"] for line in loud] == ["a rail broke when it was looked at", "reconciling a rail broke"]
    assert "secret" not in repr(logs)


async def test_two_processes_find_a_rail_away_at_once(world, monkeypatch):
    monkeypatch.setattr(ways, "all_away", lambda tx: [])  # each has looked before the other wrote
    for _ in range(2):
        await world.db.write(ways.looked_at, "sandbox", "no answer")
    monkeypatch.undo()
    assert await away(world.shop) == {"sandbox": "no answer"}
