"""Money that comes late, twice, short, or for nothing we know."""

from __future__ import annotations

import httpx
import pytest

from core import ledger, settling
from core.catalog import Product
from core.ground.money import Money
from core.ledger import receipts
from core.orders import State
from core.settling import PaymentNotice
from tests.world import Somebody, World


async def notice_for(world: World, lin: Somebody, **changed: object) -> PaymentNotice:
    order = await world.order(lin)
    [payment, *_] = await world.db.read(ledger.payments_of, order.id)
    facts = {
        "rail": "sandbox",
        "event": "e1",
        "transaction": "t1",
        "key": payment.key,
        "account": payment.account,
        "mode": "test",
        "state": "paid",
        "total": payment.total,
    }
    return PaymentNotice(**{**facts, **changed})


async def test_paid_after_the_hold_and_still_in_stock(world: World, lin: Somebody, steam: Product):
    [code] = await world.stock(steam, 1)
    world.provider.faults.takes_late = True
    await lin.buys(steam)
    paying = lin.choices
    await world.later(world.shop.rules.hold)
    await world.runner.tick()
    await world.becomes(lin, State.EXPIRED)
    await lin.gets()  # that it has lapsed
    lin.choices = paying
    await lin.pays()
    said = [await lin.gets(), await lin.gets()]
    assert any("价格不变" in answer.text for answer in said)
    assert [answer.codes for answer in said if answer.codes] == [[code]]
    await world.becomes(lin, State.DELIVERED)


async def test_paid_after_the_hold_and_sold_meanwhile(world: World, lin: Somebody, steam: Product):
    await world.stock(steam, 1)
    world.provider.faults.takes_late = True
    await lin.buys(steam)
    paying = lin.choices
    await world.later(world.shop.rules.hold)
    await world.runner.tick()
    await lin.gets()
    bao = world.meet("bao")
    await bao.buys(steam)
    lin.choices = paying
    await lin.pays()
    assert "已退款 ¥100.00" in (await lin.gets()).text
    await world.becomes(lin, State.REFUNDED)


async def test_too_little_waits_for_the_rest(world: World, lin: Somebody, steam: Product):
    [code] = await world.stock(steam, 1)
    await lin.buys(steam)
    await world.db.write(settling.settle, await notice_for(world, lin, total=Money(4000, "CNY")))
    assert "¥60.00" in (await lin.gets()).text
    assert (await world.order(lin)).state is State.UNDERPAID
    await world.holds()
    assert "¥60.00" in (await lin.presses("去付款")).text
    await lin.pays()  # the page asks for the rest, not for the whole again
    assert (await lin.gets()).codes == [code]
    await world.becomes(lin, State.DELIVERED)


@pytest.mark.parametrize(
    "wrong",
    [
        {"total": Money(10000, "USD")},
        {"account": "somebody-else"},
        {"mode": "live"},
        {"key": "no-such-order"},
    ],
    ids=["currency", "account", "mode", "order"],
)
async def test_money_that_fits_no_order_is_kept_and_moves_none(
    world: World, lin: Somebody, chen: Somebody, steam: Product, wrong: dict[str, object]
):
    await world.stock(steam, 1)
    await lin.buys(steam)
    await world.db.write(settling.settle, await notice_for(world, lin, **wrong))
    assert (await world.order(lin)).state is State.AWAITING_PAYMENT
    assert await world.count(receipts) == 1
    assert "t1" in (await chen.gets()).text
    await world.holds()


async def test_a_notice_the_rail_denies_changes_nothing(world: World, lin: Somebody, steam: Product):
    await world.stock(steam, 1)
    world.provider.faults.denies = True
    await lin.buys(steam)
    await lin.pays()
    await lin.gets_nothing()
    assert (await world.order(lin)).state is State.AWAITING_PAYMENT
    assert await world.count(receipts) == 0


async def test_a_notice_with_another_amount_is_corrected_by_the_rail(world: World, lin: Somebody, steam: Product):
    [code] = await world.stock(steam, 1)
    world.provider.faults.amount = 1
    await lin.buys(steam)
    await lin.pays()
    assert (await lin.gets()).codes == [code]
    await world.becomes(lin, State.DELIVERED)


async def test_a_forged_notice_is_refused_at_the_door(world: World, lin: Somebody, steam: Product):
    await world.stock(steam, 1)
    await lin.buys(steam)
    async with httpx.AsyncClient(base_url=world.url) as outside:
        answers = [
            await outside.post("/hooks/sandbox", content=b"{}"),
            await outside.post(
                "/hooks/sandbox", content=b"{}", headers={"sandbox-signature": "t=1,sha256=" + "0" * 64}
            ),
            await outside.post("/hooks/nobody", content=b"{}"),
        ]
    assert [answer.status_code for answer in answers] == [400, 400, 404]
    assert (await world.order(lin)).state is State.AWAITING_PAYMENT


async def test_a_surplus_goes_back(world: World, lin: Somebody, steam: Product):
    """Paid twice by two transactions: the second is refunded."""
    await world.stock(steam, 1)
    await lin.buys(steam)
    await lin.pays()
    await lin.gets()
    await world.becomes(lin, State.DELIVERED)
    await world.db.write(settling.settle, await notice_for(world, lin, transaction="again", event="e2"))
    order = await world.order(lin)
    [refund] = await world.db.read(ledger.refunds_of, order.id)
    assert refund.total == Money(10000, "CNY")
    assert (await world.order(lin)).state is State.DELIVERED


async def test_a_closed_chat_keeps_the_code_for_its_buyer(world: World, lin: Somebody, steam: Product):
    [code] = await world.stock(steam, 1)
    await lin.buys(steam)
    world.chat.closed.add("lin")
    await lin.pays()

    async def waits() -> bool:
        return any(unit.obligation == "pickup" for unit in (await world.order(lin)).units)

    await world.until(waits)
    await world.holds()
    world.chat.closed.clear()
    await lin.says("我的订单")
    assert (await lin.says("1")).codes == [code]
    await world.becomes(lin, State.DELIVERED)


async def test_thirty_lapsed_holds_do_not_lose_a_late_payment(world: World, lin: Somebody, steam: Product):
    """The units come back one lapsed order at a time; the money is written down whatever comes of it."""
    await world.stock(steam, 30)
    world.provider.faults.takes_late = True
    for number in range(10):
        await world.meet(f"buyer{number}").buys(steam, 3)
    world.runner.stop()
    await world.later(world.shop.rules.hold)
    many = world.meet("many")
    await many.says(f"buy {steam.slug}")
    assert "前付款" in (await many.says("10")).text
    assert await world.count(receipts) == 0


async def test_a_part_that_comes_after_the_end_goes_back_as_late(world: World, lin: Somebody, steam: Product):
    await world.stock(steam, 1)
    await lin.buys(steam)
    notice = await notice_for(world, lin, total=Money(4000, "CNY"))
    await world.later(world.shop.rules.hold)
    await world.runner.tick()
    await lin.gets()
    await world.db.write(settling.settle, notice)
    order = await world.order(lin)
    [refund] = await world.db.read(ledger.refunds_of, order.id)
    assert (refund.why, refund.total) == ("late", Money(4000, "CNY"))
