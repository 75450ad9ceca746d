"""The jobs of supply: over HTTP, with a supplier that can misbehave and a runner that works when a test says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from core import orders, purchases, reconcile
from core.catalog import Product
from core.ground.clock import TestClock
from core.orders import Order, State
from core.purchases import Bought
from core.shop import Shop
from doubles.supplier import Supplier
from suppliers.sandbox import Sandbox
from tests.core import counter
from tests.doors import effects
from tests.world import Somebody, World

KEY = "the shop's key"


@pytest.fixture
async def supplier(tmp_path: Path, clock: TestClock, shop: Shop) -> AsyncIterator[Supplier]:
    """The supplier, up, and known to the shop."""
    made = Supplier(tmp_path / "supplier.db", api_key=KEY, clock=clock.now)
    async with made.served() as url:
        party = Sandbox(url, api_key=KEY, patience=httpx.Timeout(0.3))
        shop.suppliers = {"sandbox": party}
        yield made
        await party.aclose()


@pytest.fixture
async def roblox(world: World) -> Product:
    return await world.make("roblox", kind="on_demand", supplier="sandbox", sku="RBX-10")


async def bought(world: World, lin: Somebody, product: Product, many: int = 1) -> Order:
    """Paid for; the rest is the runner's."""
    person = await counter.meet(world, lin.name)
    return await counter.pay(world, await counter.place(world, person, product, many))


async def works(world: World, order: Order, hours: float = 0) -> Order:
    """The runner does what is due, then what gets due until so much later."""
    await world.runner.drain()
    for step in ((5, 15, 60, 300, 1800) + (3600,) * int(hours)) if hours else ():
        world.clock.forward(timedelta(seconds=step + 1))
        await world.runner.drain()
    found = [finding for finding in await world.db.read(reconcile.check) if finding.check.id not in ("L2", "L3")]
    assert found == []
    return await world.db.read(orders.get, order.id)


async def test_a_paid_code_is_bought_and_sent(world, lin, roblox, supplier):
    order = await works(world, await bought(world, lin, roblox, 2))
    assert order.state is State.DELIVERED
    codes = [code for one in supplier.books.all() for code in one.codes]
    got = []
    while not world.chat.of("lin").empty():
        got += (await lin.gets()).codes
    assert sorted(got) == sorted(code.replace("|", " ") for code in codes)
    assert [one.sku for one in supplier.books.all()] == ["RBX-10"] * 2


@pytest.mark.parametrize(
    "trouble", ["cut", "silent", "error_done", "hidden", "error", "lost", "busy", "pending", "empty"]
)
async def test_whatever_happens_it_is_bought_once(world, lin, roblox, supplier, trouble):
    supplier.faults.give("buy", trouble, 1)
    order = await works(world, await bought(world, lin, roblox), hours=1)
    assert order.state is State.DELIVERED
    assert len(supplier.books.all()) == 1
    assert len((await lin.gets()).codes) <= 1


async def test_a_supplier_that_is_away_is_called_again_under_the_same_reference(world, lin, roblox, supplier):
    url = world.shop.suppliers["sandbox"]._client.base_url
    world.shop.suppliers["sandbox"]._client.base_url = "http://127.0.0.1:9"
    order = await works(world, await bought(world, lin, roblox))
    world.shop.suppliers["sandbox"]._client.base_url = url
    order = await works(world, order, hours=1)
    assert order.state is State.DELIVERED
    assert [one.reference for one in supplier.books.all()] == [f"{order.number}-1-1"]


async def test_a_worker_that_dies_after_calling_is_followed_by_one_that_asks(world, lin, roblox, supplier, monkeypatch):
    class Died(BaseException):
        pass

    async def dies(*_: object) -> None:
        raise Died

    order = await bought(world, lin, roblox)
    buy = Sandbox.buy

    async def buys_and_dies(self: Sandbox, *args: object) -> None:
        await buy(self, *args)  # type: ignore[arg-type]
        raise Died

    monkeypatch.setattr(Sandbox, "buy", buys_and_dies)
    with pytest.raises(Died):
        await world.runner.drain()
    monkeypatch.setattr(Sandbox, "buy", dies)  # from here on nobody may buy
    world.clock.forward(timedelta(minutes=2))
    order = await works(world, order)
    assert order.state is State.DELIVERED
    [made] = supplier.books.all()
    assert made.asked == 1


async def test_out_of_stock_there_is_tried_again_and_then_refunded(world, lin, roblox, supplier):
    supplier.faults.give("buy", "refuse")
    order = await works(world, await bought(world, lin, roblox), hours=1)
    assert len(supplier.books.all()) == world.shop.rules.supplier_tries
    assert order.state is State.REFUND_PENDING


async def test_what_never_comes_is_refunded_by_the_clock(world, lin, roblox, supplier):
    supplier.faults.give("buy", "none_ever")
    order = await works(world, await bought(world, lin, roblox), hours=13)
    assert order.state is State.FULFILLING
    await world.runner.tick()
    order = await world.db.read(orders.get, order.id)
    assert order.state is State.REFUND_PENDING


async def test_without_that_supplier_it_waits_and_staff_hear_of_it(world, lin, roblox):
    order = await works(world, await bought(world, lin, roblox))
    [purchase] = await world.db.read(purchases.of_unit, order.units[0].id)
    assert purchase.state is Bought.INTENT
    [row] = await world.db.read(effects, "buy")
    assert (row.state, row.tries) == ("new", 1)
    assert "sandbox" in str(row.trouble)
