"""Scarce things and many hands. Each race has its negative control: with the guard off, the wrong thing happens."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import bindparam, select, text, update

from core import by_hand, catalog_changes, inventory, ledger, orders, reconcile
from core.by_hand import KnownAlready
from core.catalog import Product
from core.ground import presses
from core.ground.db import Tx
from core.ground.money import Money
from core.inventory import codes, grants, reservations
from core.orders import State
from tests.world import Answer, Somebody, World

MANY = 50


async def crowd(world: World, steam: Product) -> list[Answer]:
    """Fifty buyers look at the product, then all press [Buy 1] at once."""
    buyers = [world.meet(f"buyer{number}") for number in range(MANY)]
    await asyncio.gather(*(buyer.says(press=f"product {steam.slug}") for buyer in buyers))
    return await asyncio.gather(*(buyer.presses("买 1") for buyer in buyers))


async def test_fifty_buyers_for_the_last_code(world: World, steam: Product):
    await world.stock(steam, 1)
    answers = await crowd(world, steam)
    assert sum("前付款" in answer.text for answer in answers) == 1
    assert sum("卖完" in answer.text or "售罄" in answer.text for answer in answers) == MANY - 1
    assert await world.count(orders.orders) == 1
    assert await world.count(reservations) == 1
    await world.holds()


async def test_without_the_guards_the_last_code_is_sold_many_times(
    world: World, steam: Product, monkeypatch: pytest.MonkeyPatch
):
    """The control: take the picked code whatever its state, and let a code have several reservations."""
    await world.stock(steam, 1)
    look = select(codes.c.id).where(codes.c.product_id == bindparam("product")).limit(1)
    careless = update(codes).where(codes.c.id == bindparam("code")).values(state="reserved")
    monkeypatch.setattr(inventory, "_pick", lambda tx, statement, product, many: [tx.value(look, product=product.id)])
    monkeypatch.setattr(inventory, "available", lambda tx, product: 1)
    monkeypatch.setattr(inventory, "HOLD", careless)
    # Or selling it twice is seen and stopped meanwhile.
    monkeypatch.setattr(catalog_changes, "freeze", lambda *found: False)
    await world.db.write(lambda tx: tx.changed(text("DROP INDEX uq_reservations_code_id_one")))
    answers = await crowd(world, steam)
    assert sum("前付款" in answer.text for answer in answers) > 1


async def one_transfer_for_two(world: World, steam: Product, number: int) -> list[str]:
    """Two who work here take the same transfer for the money of two orders, at one moment; what each is told."""
    buyers = [world.meet(f"buyer-{number}-{one}") for one in range(2)]
    for buyer in buyers:
        await buyer.buys(steam)
    about = [(await world.order(buyer)).number for buyer in buyers]

    async def counts(order: str, boss: str) -> str:
        try:
            money, reference = Money(10000, "CNY"), f"transfer {number}"
            found = await world.db.write(by_hand.received, order, money, reference, boss, f"{boss} {number}")
        except KnownAlready as known:
            return str(known.facts["number"])
        return found.number

    told = list(await asyncio.gather(counts(about[0], "test:chen"), counts(about[1], "test:xia")))
    assert set(told) <= set(about)
    return told


async def test_one_transfer_is_one_orders_whoever_says_so_at_the_same_moment(world: World, steam: Product):
    await world.stock(steam, 12)
    for name in ("chen", "xia"):
        await world.hire(name)
    for number in range(6):
        first, second = await one_transfer_for_two(world, steam, number)
        assert first == second
    assert await world.count(ledger.receipts) == 6
    await world.runner.drain()
    await world.holds()


async def test_without_a_second_look_both_are_told_it_is_theirs(
    world: World, steam: Product, monkeypatch: pytest.MonkeyPatch
):
    """The control: whether the transfer is known is asked only before, when neither is written down yet."""
    await world.stock(steam, 12)
    for name in ("chen", "xia"):
        await world.hire(name)
    monkeypatch.setattr(by_hand, "must_be_new", lambda tx, reference, but=None: None)
    told = [await one_transfer_for_two(world, steam, number) for number in range(6)]
    assert any(first != second for first, second in told)
    assert await world.count(ledger.receipts) == 6


async def test_ten_presses_of_one_button_are_one_order(world: World, lin: Somebody, steam: Product):
    await world.stock(steam, 20)
    await lin.says(press=f"product {steam.slug}")
    button = next(choice.says for choice in lin.choices if "买 1" in choice.label)
    answers = await asyncio.gather(*(lin.says(press=button) for _ in range(10)), return_exceptions=True)
    await asyncio.gather(*(lin.says(press=button) for answer in answers[:1] if answer))
    assert await world.count(orders.orders) == 1
    assert await world.count(reservations) == 1
    await world.holds()


async def test_without_the_buttons_key_ten_presses_are_ten_orders(
    world: World, lin: Somebody, steam: Product, monkeypatch: pytest.MonkeyPatch
):
    """The control: a press that is known by its event alone."""
    await world.stock(steam, 20)
    pressed = presses.pressed

    def forgetful(tx: Tx, person_id: str, token: str) -> presses.Press | None:
        press = pressed(tx, person_id, token)
        return press and presses.Press(press.says, f"{press.key} {tx.ids.token()}", press.old)

    monkeypatch.setattr(presses, "pressed", forgetful)
    await lin.says(press=f"product {steam.slug}")
    button = next(choice.says for choice in lin.choices if "买 1" in choice.label)
    for _ in range(3):
        await lin.says(press=button)
    assert await world.count(orders.orders) > 1


async def test_two_approvers_at_once(world: World, lin: Somebody, chen: Somebody):
    """One decides; the other is told who did."""
    wang = await world.hire("wang")
    dear = await world.make("dear", prices={"CNY": {1: 90000}})
    await world.stock(dear, 1)
    await lin.buys(dear)
    await lin.pays()
    await lin.gets()
    cards = await asyncio.gather(chen.gets(), wang.gets())
    assert all("待核对" in card.text for card in cards)
    answers = await asyncio.gather(chen.presses("通过"), wang.presses("拒绝"), return_exceptions=True)
    texts = [answer.text for answer in answers if isinstance(answer, Answer)]
    assert len(texts) == 2
    told = [text for text in texts if "没有生效" in text]
    assert len(told) == 1
    assert "chen" in told[0] or "wang" in told[0]


async def test_without_its_guard_both_are_told_they_decided(
    world: World, lin: Somebody, chen: Somebody, monkeypatch: pytest.MonkeyPatch
):
    """The control: a decision that doesn't look at the state."""
    wang = await world.hire("wang")
    dear = await world.make("dear", prices={"CNY": {1: 90000}})
    await world.stock(dear, 1)
    await lin.buys(dear)
    await lin.pays()
    await asyncio.gather(chen.gets(), wang.gets())
    values = {"state": bindparam("to_state"), "decided_by": bindparam("staff"), "decided_at": bindparam("now")}
    careless = update(orders.orders).where(orders.orders.c.id == bindparam("order")).values(values)
    monkeypatch.setattr(orders, "DECIDE", careless)
    await chen.presses("通过")
    second = await wang.presses("拒绝")
    assert "没有生效" not in second.text


async def test_the_same_notice_many_times_delivers_once(world: World, lin: Somebody, steam: Product):
    world.provider.faults.copies = 20
    [code, _] = await world.stock(steam, 2)
    await lin.buys(steam)
    await lin.pays()
    assert (await lin.gets()).codes == [code]
    await world.becomes(lin, State.DELIVERED)
    await lin.gets_nothing()
    assert await world.count(grants) == 1


async def test_an_expired_hold_is_taken_by_the_next_buyer_without_any_job(world: World, lin: Somebody, steam: Product):
    await world.stock(steam, 1)
    await lin.buys(steam)
    bao = world.meet("bao")
    assert "前付款" not in (await bao.says(f"buy {steam.slug} 1")).text
    world.runner.stop()
    await world.later(world.shop.rules.hold)
    await bao.says(f"product {steam.slug}")
    assert "前付款" in (await bao.says(f"buy {steam.slug} 1")).text
    assert [finding.check.id for finding in await world.db.read(reconcile.check) if finding.check.id != "L3"] == []
