"""Switches: deliveries held and nothing lost, a rail stopped with its open pages, the shop closed and open again."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from core import aftersales, checkout, delivery, hiring, settling, shortage, switches, ways
from core.authority import Role
from core.staff import NotAllowed, NotStaff
from core.switches import DELIVERIES, SHOP, AlreadySwitched, ShopClosed, WayStopped
from tests.core import counter
from tests.core.counter import RAIL, ask, holds, notice, now, pay, place, read, send, weigh
from tests.world import World

SAYS = {"zh-CN": "春节放假", "en": "Closed for the holidays"}


async def throw(world: World, chen, name: str = DELIVERIES, **how) -> None:
    await world.db.write(switches.throw, name, chen.id, await seen(world, name), **how)


async def back(world: World, chen, name: str = DELIVERIES) -> bool:
    return await world.db.write(switches.back, name, chen.id, await seen(world, name))


async def seen(world: World, name: str = DELIVERIES) -> int:
    return await world.db.read(switches.times, name)


async def let_go(world: World) -> list[int]:
    """What the clock does every two seconds."""
    rows = await world.db.read(switches.waiting)
    for row in rows:
        await world.db.write(shortage.let_go, row)
    return rows


async def deliveries(world: World) -> list[str]:
    return await ask(world, "SELECT effect_key FROM outbox WHERE kind = 'deliver' AND state = 'new' ORDER BY id")


# Deliveries


async def test_while_deliveries_are_held_a_paid_order_is_taken_and_its_code_stays(world, lin, chen, steam):
    await world.stock(steam, 1)
    await throw(world, chen)
    order = await weigh(world, await pay(world, await place(world, lin, steam)))
    assert order.state == "fulfilling"
    assert [(unit.state, unit.obligation) for unit in order.units] == [("reserved", "deliver")]
    assert await deliveries(world) == []
    assert await let_go(world) == []
    [key] = await ask(world, "SELECT effect_key FROM outbox WHERE effect_key LIKE 'say kept back%'")
    assert order.number in key
    await holds(world)


async def test_what_was_kept_back_goes_out_by_itself_in_order(world, lin, bao, chen, steam):
    codes = await world.stock(steam, 4)
    await throw(world, chen)
    placed = [await place(world, who, steam) for who in (lin, bao)]
    for order in reversed(placed):
        await weigh(world, await pay(world, order))
    assert await back(world, chen)
    assert len(await let_go(world)) == 2
    assert [key.split()[1] for key in await deliveries(world)] == [str(order.id) for order in reversed(placed)]
    for order in placed:
        spoken = await send(world, order)
        assert spoken and spoken.codes[0].reveal() in codes
        assert (await now(world, order)).state == "delivered"
    assert await let_go(world) == []  # once
    await holds(world)


async def test_what_was_granted_before_is_kept_back_at_the_door_and_by_my_orders_too(world, lin, chen, steam):
    await world.stock(steam, 1)
    order = await weigh(world, await pay(world, await place(world, lin, steam)))
    units = [unit.id for unit in order.units]
    await throw(world, chen)
    assert await world.db.write(delivery.packed, order.id, units) is None
    assert await world.db.write(delivery.packed, order.id, units) is None  # begun again after a crash
    assert len(await ask(world, "SELECT id FROM kept_back")) == 1
    shown = await world.db.write(delivery.shown, await now(world, order), lin)
    assert (await read(world, lin, shown)).codes == ()
    await back(world, chen)
    await let_go(world)
    assert len(await deliveries(world)) == 2  # the row of before, which a job would have ended, and the new one
    found = await world.db.write(delivery.packed, order.id, units)
    assert found is not None and len(found[2].codes) == 1


async def test_a_code_that_had_reached_its_buyer_is_shown_though_deliveries_are_held(world, lin, chen, steam):
    await world.stock(steam, 1)
    order = await counter.sold(world, lin, steam)
    await throw(world, chen)
    shown = await world.db.write(delivery.shown, order, lin)
    assert len((await read(world, lin, shown)).codes) == 1


async def test_a_refund_meanwhile_leaves_nothing_to_go_out(world, lin, chen, steam):
    await world.stock(steam, 1)
    await throw(world, chen)
    order = await weigh(world, await pay(world, await place(world, lin, steam)))
    await world.db.write(aftersales.refund, order.id, "buyer", chen.id)
    await counter.refunds_end(world, order)
    await back(world, chen)
    await let_go(world)
    assert await deliveries(world) == []
    await holds(world)


@pytest.mark.parametrize("guard", ["on", "off"])
async def test_pressed_while_orders_are_paid_no_code_goes_out_after_the_press(world, chen, steam, monkeypatch, guard):
    """The control looks at the switch when codes are granted only: what was granted a moment before goes out."""
    await world.stock(steam, 12)
    buyers = [await counter.meet(world, f"buyer{number}") for number in range(12)]
    placed = [await place(world, buyer, steam) for buyer in buyers]
    notices = [await notice(world, order) for order in placed]

    async def paid(number: int) -> None:
        await world.db.write(settling.settle, notices[number])
        await weigh(world, placed[number])

    before = [asyncio.create_task(paid(number)) for number in range(6)]
    await asyncio.gather(*before[:3])
    press = asyncio.create_task(throw(world, chen))
    after = [asyncio.create_task(paid(number)) for number in range(6, 12)]
    await press
    if guard == "off":
        monkeypatch.setattr(switches, "held", lambda tx: False)
    await asyncio.gather(*before, *after)
    await world.runner.drain()
    delivered = [number for number, buyer in enumerate(buyers) if world.chat.arrived.get(buyer.address)]
    codes = [
        number
        for number in delivered
        if any(spoken.codes for spoken in list(world.chat.arrived[buyers[number].address]._queue))
    ]
    assert bool(codes) is (guard == "off")
    monkeypatch.undo()
    await back(world, chen)
    while await let_go(world):
        pass
    await world.runner.drain()
    for order in placed:
        assert (await now(world, order)).state == "delivered"
    assert len(set(await ask(world, "SELECT code_id FROM grants"))) == 12
    await holds(world)


async def test_what_was_kept_back_in_the_moment_the_switch_went_off_is_not_forgotten(world, lin, chen, steam):
    """A transaction that had seen it on commits after it is off: the clock finds what it left."""
    await world.stock(steam, 1)
    order = await pay(world, await place(world, lin, steam))
    real = switches.held
    try:
        switches.held = lambda tx: True
        await weigh(world, order)
    finally:
        switches.held = real
    assert await deliveries(world) == []
    await let_go(world)
    assert len(await deliveries(world)) == 1


# A rail


async def test_a_stopped_rail_takes_no_new_orders_but_its_open_pages_take_money(world, lin, bao, chen, steam):
    await world.stock(steam, 3)
    first = await place(world, lin, steam, key="first")
    [payment] = await world.db.read(lambda tx: checkout.ledger.payments_of(tx, first.id))
    await world.db.write(checkout.ledger.opened, payment.key, "r", None)
    closed = await place(world, bao, steam)
    await throw(world, chen, "rail:sandbox")
    assert not (await world.db.read(ways.standing, "browser")).offers("sandbox", "physical", test=True)
    with pytest.raises(WayStopped):
        await place(world, lin, steam)
    assert (await place(world, lin, steam, key="first")).id == first.id  # a repeat finds what it made
    await world.db.write(checkout.pay_with, first, RAIL)
    with pytest.raises(WayStopped):
        await world.db.write(checkout.pay_with, closed, RAIL)
    assert (await pay(world, first)).state == "paid"
    await back(world, chen, "rail:sandbox")
    await world.db.write(checkout.pay_with, closed, RAIL)


# The shop


async def test_a_closed_shop_sells_nothing_says_why_and_opens_by_itself(world, lin, chen, steam):
    await world.stock(steam, 2)
    order = await place(world, lin, steam)
    until = await world.db.read(lambda tx: tx.now + timedelta(hours=2))
    await throw(world, chen, SHOP, until=until, says=SAYS)
    with pytest.raises(ShopClosed) as refused:
        await place(world, lin, steam)
    assert refused.value.facts["says"].in_("zh-CN") == "春节放假"
    assert refused.value.facts["until"] == until
    assert (await weigh(world, await pay(world, order))).state == "fulfilling"  # what was ordered goes on
    world.clock.forward(timedelta(hours=2, seconds=1))
    await place(world, lin, steam)  # the clock's job was not needed for that
    assert await world.db.read(switches.over) == [SHOP]
    assert await world.db.write(switches.back_by_itself, SHOP)
    assert not await world.db.write(switches.back_by_itself, SHOP)


async def test_a_longer_holiday_is_not_ended_by_the_shorter_ones_end(world, chen):
    soon = await world.db.read(lambda tx: tx.now + timedelta(hours=1))
    await throw(world, chen, SHOP, until=soon, says=SAYS)
    world.clock.forward(timedelta(minutes=59))
    await throw(world, chen, SHOP, until=soon + timedelta(hours=5), says=SAYS)
    world.clock.forward(timedelta(minutes=2))
    assert await world.db.read(switches.over) == []
    assert not await world.db.write(switches.back_by_itself, SHOP)


# Who may, and who hears


async def test_only_who_has_the_right_presses(world, chen, lin):
    with pytest.raises(NotStaff):
        await world.db.write(switches.throw, DELIVERIES, lin.id, 0)
    fang = await counter.meet(world, "fang")
    token = await world.db.write(hiring.invite, "fang", frozenset({Role.SUPPORT, Role.STOCK_KEEPER}))
    await world.db.write(hiring.enter, token, fang.id)
    with pytest.raises(NotAllowed):
        await world.db.write(switches.throw, DELIVERIES, fang.id, 0)
    await throw(world, chen)
    with pytest.raises(NotAllowed):
        await world.db.write(switches.back, DELIVERIES, fang.id, 1)


async def test_a_press_is_written_down_and_told_once(world, chen):
    for _ in range(2):
        await world.db.write(switches.throw, DELIVERIES, chen.id, 0)
    assert await world.db.write(switches.back, DELIVERIES, chen.id, 1)
    assert not await world.db.write(switches.back, DELIVERIES, chen.id, 1)
    assert await ask(world, "SELECT action FROM audit WHERE subject = 'deliveries' ORDER BY id") == [
        "switch on",
        "switch off",
    ]
    assert len(await ask(world, "SELECT id FROM outbox WHERE effect_key LIKE 'say switched%'")) == 2


@pytest.mark.parametrize("guard", ["on", "off"])
async def test_an_old_press_lifts_nobody_elses_hold_and_says_whose_it_is(world, chen, monkeypatch, guard):
    """Chen lifts a hold, the process dies, Dai holds again, and Chen's press is heard once more."""
    if guard == "off":
        monkeypatch.setattr(switches, "BACK", switches.OFF)
    dai = await world.hire("dai")
    await throw(world, chen)
    looked = await seen(world)
    assert await world.db.write(switches.back, DELIVERIES, chen.id, looked)
    await throw(world, dai)
    if guard == "on":
        with pytest.raises(AlreadySwitched) as refused:
            await world.db.write(switches.back, DELIVERIES, chen.id, looked)
        assert (refused.value.facts["to"], refused.value.facts["staff"]) == ("on", "dai")
    else:
        await world.db.write(switches.back, DELIVERIES, chen.id, looked)
    assert await world.db.read(switches.held) is (guard == "on")


async def test_an_old_press_holds_nothing_that_somebody_has_let_go_since(world, chen):
    dai = await world.hire("dai")
    await throw(world, chen)
    assert await back(world, dai)
    with pytest.raises(AlreadySwitched) as refused:
        await world.db.write(switches.throw, DELIVERIES, chen.id, 0)
    assert (refused.value.facts["to"], refused.value.facts["staff"]) == ("off", "dai")
    assert not await world.db.read(switches.held)


async def test_two_who_press_at_once_are_one_press_and_a_word_about_it(world, chen):
    dai = await world.hire("dai")
    presses = [world.db.write(switches.throw, DELIVERIES, who.id, 0) for who in (chen, dai)]
    outcomes = await asyncio.gather(*presses, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadySwitched", "Switch"]
    assert len(await ask(world, "SELECT id FROM audit WHERE action = 'switch on'")) == 1
