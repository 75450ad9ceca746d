"""The rails side by side: one that hangs, breaks or can't be listed keeps no other from being looked at."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import structlog

from core import ledger, ways
from core.ground.errors import PartyError
from core.orders import State
from core.settling import PaymentNotice
from core.shop import Shop
from doubles.sandbox import press
from jobs.expire import expire
from jobs.reconcile import EVERY, reconcile
from jobs.wellness import wellness
from payments.sandbox import Sandbox
from tests.core import counter
from tests.doors import API_KEY, RULES, SECRET
from tests.jobs.test_work import bought, key_of, now

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


@pytest.fixture(autouse=True)
def second_look_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.wellness.AGAIN", 0.01)


class Hiccup(Sandbox):
    """It does not answer once."""

    asked = 0

    async def well(self) -> None:
        self.asked += 1
        if self.asked == 1:
            raise PartyError("not now")


async def test_a_hiccup_hides_no_rail(world):
    put_first(world.shop, named(Hiccup("http://127.0.0.1:9", api_key=API_KEY, secret=SECRET, notify_url="-"), "hiccup"))
    await wellness(world.shop)
    assert await away(world.shop) == {}


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
    looked = ["a rail broke when it was looked at"] * 2
    assert [line["event"] for line in loud] == [*looked, "reconciling a rail broke"]
    assert "secret" not in repr(logs)


async def test_two_processes_find_a_rail_away_at_once(world, monkeypatch):
    monkeypatch.setattr(ways, "all_away", lambda tx: [])  # each has looked before the other wrote
    for _ in range(2):
        await world.db.write(ways.looked_at, "sandbox", "no answer")
    monkeypatch.undo()
    assert await away(world.shop) == {"sandbox": "no answer"}


# Rails that can't list


class Unlisted(Sandbox):
    """It can only be asked about one payment."""

    abilities = dataclasses.replace(Sandbox.abilities, lists=False)

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.asked: list[str] = []
        self.makes_no_sense_of: set[str] = set()

    async def truth(self, key: str, reference: str) -> PaymentNotice | None:
        self.asked.append(key)
        if key in self.makes_no_sense_of:
            raise PartyError("it answered about another payment", permanent=True)
        return await super().truth(key, reference)

    async def day(self, day: datetime) -> AsyncIterator[PaymentNotice]:
        raise PartyError("it lists nothing", permanent=True)
        yield


@pytest.fixture
async def unlisted(world, provider) -> AsyncIterator[Unlisted]:
    rail = Unlisted(provider.url, api_key=API_KEY, secret=SECRET, notify_url="http://127.0.0.1:9/hooks/sandbox")
    world.shop.payments = {"sandbox": rail}
    yield rail
    await rail.aclose()


@pytest.mark.parametrize("round_", [100, pytest.param(0, id="without")])
async def test_a_dropped_notice_of_a_rail_that_can_not_list_is_asked_for(world, steam, unlisted, monkeypatch, round_):
    monkeypatch.setattr("jobs.reconcile.A_ROUND", round_)
    await world.stock(steam, 1)
    order, link = await bought(world)
    await reconcile(world.shop)
    assert (await now(world, order)).state is State.AWAITING_PAYMENT
    await press(link, "pay")
    await reconcile(world.shop)
    assert (await now(world, order)).state is (State.PAID if round_ else State.AWAITING_PAYMENT)
    unlisted.asked.clear()
    await reconcile(world.shop)
    assert len(unlisted.asked) == 0  # it is known
    assert await world.count(ledger.receipts) == (1 if round_ else 0)


@pytest.mark.parametrize(("after", "state"), [(23, State.PAID), (25, State.EXPIRED)], ids=["lately", "long ago"])
async def test_a_payment_whose_order_ended_is_asked_for_a_day(world, steam, unlisted, after, state):
    await world.stock(steam, 1)
    order, link = await bought(world)
    world.clock.forward(RULES.hold + timedelta(seconds=1))
    await expire(world.shop)
    await press(link, "pay")
    world.clock.forward(timedelta(hours=after))
    await reconcile(world.shop)
    assert (await now(world, order)).state is state
    await counter.holds(world)


async def test_each_payment_has_its_turn_and_one_that_makes_no_sense_stops_no_other(
    world, steam, unlisted, monkeypatch
):
    monkeypatch.setattr("jobs.reconcile.A_ROUND", 2)
    await world.stock(steam, 5)
    placed = [await bought(world, f"buyer {number}") for number in range(5)]
    unlisted.makes_no_sense_of = {await key_of(world, placed[0][0])}
    rounds = []
    for _ in range(6):
        unlisted.asked.clear()
        await reconcile(world.shop)
        rounds.append(list(unlisted.asked))
        world.clock.forward(EVERY)
    assert {len(asked) for asked in rounds} == {2}
    assert len({key for asked in rounds[:3] for key in asked}) == 5
    assert len({key for asked in rounds[3:] for key in asked}) == 5
