"""Chen looks into payments: what was told of an order's, and what a sale leaves."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import httpx
import pytest
from sqlalchemy import text

from core.catalog import Product
from core.ground.rules import Rules
from core.orders import State
from tests.world import RULES, Somebody, World


@pytest.fixture
def rules() -> Rules:
    """The test rail keeps 3 % and 1.00."""
    return replace(RULES, fees={"sandbox": (Decimal(3), Decimal(1))})


async def test_an_orders_notices_are_told_with_what_became_of_each(
    world: World, lin: Somebody, chen: Somebody, steam: Product
):
    await world.stock(steam, 1)
    await lin.buys(steam)
    number = (await world.order(lin)).number
    assert "还没有通知" in (await chen.says(f"支付通知 {number}")).text
    async with httpx.AsyncClient(trust_env=False) as stranger:
        answer = await stranger.post(f"{world.url}/hooks/sandbox", content=b"paid, believe me")
    assert answer.status_code == 400
    await lin.pays()
    await lin.gets()
    await world.becomes(lin, State.DELIVERED)
    told = (await chen.says(f"支付通知 {number}")).text
    assert "已入账" in told
    assert "拒收（it has no signature we know）" in told
    assert "believe me" not in told


async def test_one_that_waits_says_why(world: World, lin: Somebody, chen: Somebody, steam: Product):
    await world.stock(steam, 1)
    await lin.buys(steam)
    number = (await world.order(lin)).number
    world.runner.stop()
    await lin.pays()
    trouble = text("UPDATE inbox SET trouble = 'the rail says not' WHERE about IS NOT NULL AND state = 'new'")

    async def it_is_there() -> bool:
        return bool(await world.db.write(lambda tx: tx.changed(trouble)))

    await world.until(it_is_there)
    assert "还没处理（the rail says not）" in (await chen.says(f"支付通知 {number}")).text


@pytest.mark.parametrize(
    ("cost", "shown"),
    [(None, "没有填进价"), (9000, "剩 ¥6.00"), (9600, "剩 ¥0.00"), (9900, "低于成本 ¥3.00")],
)
async def test_what_one_leaves_is_its_price_less_the_fee_and_the_cost(
    world: World, chen: Somebody, steam: Product, cost: int | None, shown: str
):
    """100.00 less 3 % and 1.00 is 96.00."""
    await world.stock(steam, 2)
    if cost is not None:
        told = text(f"UPDATE batches SET unit_cost = {cost}, currency = 'CNY'")
        await world.db.write(lambda tx: tx.changed(told))
    assert shown in (await chen.says("毛利")).text


async def test_a_price_in_money_whose_rate_nobody_set_has_no_margin(world: World, chen: Somebody, steam: Product):
    await world.stock(steam, 1)
    for change in ("UPDATE batches SET unit_cost = 9000, currency = 'CNY'", "UPDATE prices SET currency = 'USD'"):
        await world.db.write(lambda tx, change=change: tx.changed(text(change)))
    assert "没有设这个币种的汇率" in (await chen.says("毛利")).text
