"""Paying through 易支付, in the buyer's words; and what a key that got out is worth there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from core.catalog import Product
from core.ground import inbox
from core.ledger import receipts
from core.orders import State
from doubles.epay import Epay as Gateway
from doubles.gateway import with_query
from payments.epay import Epay
from tests.world import Somebody, World, taken_by

PID, KEY = "1001", "KEY123"


@pytest.fixture
async def gateway(world: World) -> AsyncIterator[Gateway]:
    """The shop takes money through it, and in no other way."""
    made = Gateway(PID, KEY)
    async with made.served():
        rail = Epay(made.url, pid=PID, key=KEY, notify_url=f"{world.url}/hooks/epay")
        async with taken_by(world, rail):
            yield made


@pytest.mark.parametrize(
    ("locale", "shop", "buy", "delivered"),
    [
        ("zh-CN", "货架", "买 1", "已发货"),
        ("en", "shop", "Buy 1", "delivered"),
    ],
)
async def test_from_the_first_word_to_the_code(
    world: World, gateway: Gateway, steam: Product, locale: str, shop: str, buy: str, delivered: str
):
    [code] = await world.stock(steam, 1)
    lin = world.meet("lin", locale)
    assert (await lin.says(shop)).choices == ["Steam"]
    await lin.says("1")
    await lin.says("1")
    await lin.presses(buy)
    order = await world.order(lin)
    [link] = [choice.link for choice in lin.choices if choice.link]
    assert link == f"{gateway.url}/pay/{gateway.orders[f'{order.number}-epay'].trade_no}"

    await gateway.pay(f"{order.number}-epay")
    assert gateway.unheard == []
    arrived = await lin.gets()
    assert arrived.codes == [code]
    assert delivered in arrived.text
    await world.becomes(lin, State.DELIVERED)


async def forged(world: World, gateway: Gateway, lin: Somebody) -> int:
    """Somebody who has the key writes a notice of money that never came; what the shop answers."""
    order = await world.order(lin)
    told = gateway.told(f"{order.number}-epay", trade_no="T-of-nobody")
    async with httpx.AsyncClient(trust_env=False) as stranger:
        answer = await stranger.get(with_query(f"{world.url}/hooks/epay", told.query))
    return answer.status_code


async def test_a_key_that_got_out_settles_nothing(world: World, gateway: Gateway, lin: Somebody, steam: Product):
    """C3: the notice is signed, and the gateway, asked, knows of no money."""
    [code] = await world.stock(steam, 1)
    await lin.buys(steam)
    assert await forged(world, gateway, lin) == 200

    async def looked_at() -> bool:
        return any(row.tries for row in await world.db.read(lambda tx: tx.all(inbox.inbox.select())))

    await world.until(looked_at)
    assert (await world.order(lin)).state is State.AWAITING_PAYMENT
    assert await world.count(receipts) == 0

    await gateway.pay(f"{(await world.order(lin)).number}-epay")  # the true one is no repeat of the forged one
    assert (await lin.gets()).codes == [code]
    await world.becomes(lin, State.DELIVERED)
    assert await world.count(receipts) == 1


async def test_without_asking_the_forged_notice_is_money(world: World, gateway: Gateway, lin: Somebody, steam: Product):
    """The same with the guard off."""
    rail = world.shop.payments["epay"]
    rail.abilities = replace(rail.abilities, confirm=False)
    [code] = await world.stock(steam, 1)
    await lin.buys(steam)
    assert await forged(world, gateway, lin) == 200
    assert (await lin.gets()).codes == [code]
    assert await world.count(receipts) == 1


async def test_a_notice_that_is_lost_is_made_up_for_by_asking(
    world: World, gateway: Gateway, lin: Somebody, steam: Product
):
    [code] = await world.stock(steam, 1)
    gateway.faults.copies = 0
    await lin.buys(steam)
    paying = lin.choices
    await gateway.pay(f"{(await world.order(lin)).number}-epay")
    lin.choices = paying
    assert "已收到 ¥100.00" in (await lin.presses("我已付款")).text
    assert (await lin.gets()).codes == [code]


async def test_a_gateway_that_is_down_is_said_at_once(world: World, gateway: Gateway, lin: Somebody, steam: Product):
    await world.stock(steam, 1)
    gateway.faults.give("mapi", "broken")
    assert "现在打不开" in (await lin.buys(steam)).text
    await lin.presses("再试一次")
    assert [choice.link for choice in lin.choices if choice.link]
