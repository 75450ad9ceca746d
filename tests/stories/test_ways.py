"""Which ways to pay a buyer is offered: by goods and chat, by who answers, and when one goes away mid-order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, text

from bot import ways as offered
from core import catalog, ways
from core.catalog import Product
from core.ground.errors import PartyError
from core.orders import State
from jobs.wellness import wellness
from payments.manual import Manual
from tests.world import Somebody, World


class Transfer(Manual):
    """A second way to pay, beside the test rail. It can be away: whoever looks at it then finds it so."""

    away = False

    async def well(self) -> None:
        if self.away:
            raise PartyError("no answer")


@pytest.fixture
def manual(world: World) -> Transfer:
    made = Transfer({"zh-CN": "招商银行 6225", "en": "First Bank 6225"}, currencies=frozenset({"CNY"}))
    world.shop.payments = {**world.shop.payments, "manual": made}
    return made


async def labels(lin: Somebody, steam: Product) -> list[str]:
    await lin.says(press=f"product {steam.slug}")
    return (await lin.presses("买 1")).choices


async def test_with_two_ways_the_buyer_is_asked(world: World, manual: Transfer, lin: Somebody, steam: Product):
    await world.stock(steam, 1)
    assert await labels(lin, steam) == ["测试支付", "银行转账"]
    assert "招商银行 6225" in (await lin.presses("银行转账")).text


async def test_one_that_does_not_answer_is_hidden_until_it_does(
    world: World,
    manual: Transfer,
    lin: Somebody,
    chen: Somebody,
    steam: Product,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("jobs.wellness.AGAIN", 0.01)
    await world.stock(steam, 2)
    manual.away = True
    await wellness(world.shop)
    await lin.buys(steam)
    assert any(choice.link for choice in lin.choices)  # the only way left: nothing is asked
    await chen.gets_nothing()
    world.clock.forward(timedelta(minutes=4))
    await wellness(world.shop)
    assert "没有回应" in (await chen.gets()).text
    await wellness(world.shop)
    await chen.gets_nothing()  # once
    manual.away = False
    await wellness(world.shop)
    assert "恢复了" in (await chen.gets()).text
    assert await labels(world.meet("bao"), steam) == ["测试支付", "银行转账"]


async def test_where_none_answers_nothing_is_ordered(
    world: World, manual: Transfer, lin: Somebody, steam: Product, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("jobs.wellness.AGAIN", 0.01)
    await world.stock(steam, 1)
    world.shop.payments, manual.away = {"manual": manual}, True
    await wellness(world.shop)
    card = await lin.says(press=f"product {steam.slug}")
    assert "没有可用的付款方式" in card.text
    assert not any("买" in label for label in card.choices)
    assert "没有下单" in (await lin.says(press=f"buy {steam.slug} 1")).text  # a button from before


async def test_one_that_is_switched_off_mid_order_is_replaced_by_another(
    world: World, manual: Transfer, lin: Somebody, steam: Product
):
    await world.stock(steam, 1)
    await labels(lin, steam)
    await lin.presses("测试支付")
    order = await world.order(lin)
    world.shop.payments = {"manual": manual}
    instead = await lin.says(press=f"pay {order.number}")
    assert "测试支付现在用不了" in instead.text
    assert "招商银行 6225" in (await lin.presses("银行转账")).text


async def test_where_none_is_left_the_hold_is_kept_and_said(world: World, lin: Somebody, steam: Product):
    await world.stock(steam, 1)
    await lin.buys(steam)
    order = await world.order(lin)
    rails, world.shop.payments = world.shop.payments, {}
    told = await lin.says(press=f"pay {order.number}")
    assert "没有扣款" in told.text
    assert (await world.order(lin)).state is State.AWAITING_PAYMENT
    world.shop.payments = rails
    assert (await lin.presses("再试")).choices


# What a platform's terms allow


RAILS = ("sandbox", "stripe", "telegram_stars", "wechat_pay", "epay")
ALLOWED = {
    ("telegram", "digital"): {"telegram_stars"},
    ("telegram", "physical"): {"sandbox", "stripe", "wechat_pay", "epay"},
    ("wechat", "digital"): set(),
    ("wechat", "physical"): {"wechat_pay"},
    ("browser", "digital"): {"sandbox", "stripe", "wechat_pay", "epay"},
    ("browser", "physical"): {"sandbox", "stripe", "wechat_pay", "epay"},
}


def offers(standing: ways.Standing, goods: str, *, test: bool = False) -> set[str]:
    only = {"telegram_stars": "telegram"}
    return {rail for rail in RAILS if standing.offers(rail, goods, only_in=only.get(rail), test=test)}


@pytest.mark.parametrize(("chat", "goods"), ALLOWED)
def test_what_is_offered_where(chat: str, goods: str):
    assert offers(ways.Standing(chat), goods) == ALLOWED[chat, goods]


def test_a_permit_adds_one_rail_for_one_kind_of_goods():
    standing = ways.Standing("telegram", permitted=frozenset({("stripe", "digital")}))
    assert offers(standing, "digital") == {"telegram_stars", "stripe"}
    assert offers(replace(standing, away=frozenset({"stripe"})), "digital") == {"telegram_stars"}


def test_the_test_rail_is_exempt_where_all_is_a_test_and_nowhere_else():
    assert "sandbox" not in offers(ways.Standing("telegram"), "digital", test=True)
    assert "sandbox" in offers(ways.Standing("telegram", rehearsal=True), "digital", test=True)
    assert "stripe" not in offers(ways.Standing("telegram", rehearsal=True), "digital")
    assert not offers(ways.Standing("browser"), "digital", test=True)
    permitted = ways.Standing("browser", permitted=frozenset({("stripe", "digital")}))
    assert offers(permitted, "digital", test=True) == {"stripe"}


async def test_each_price_is_in_the_money_of_its_rail(world: World, manual: Transfer, steam: Product):
    """A rail that takes only dollars asks for the product's price in dollars, and none where there is none."""
    manual.abilities = replace(manual.abilities, currencies=frozenset({"USD"}))
    rails = tuple(world.shop.payments.values())
    ours = await world.db.read(offered.here, rails, "test")
    assert [way.rail.name for way in ours.to_buy(steam, 1)] == ["sandbox"]
    row = {"product_id": steam.id, "currency": "USD", "from_quantity": 1, "unit_price": 1500}
    await world.db.write(lambda tx: tx.many(insert(catalog.prices), [row]))
    both = ours.to_buy(await world.db.read(catalog.product, steam.slug), 2)
    assert {way.rail.name: way.total.plain() for way in both} == {"sandbox": "200.00", "manual": "30.00"}


async def test_an_order_is_kept_in_the_money_it_was_placed_in(
    world: World, manual: Transfer, lin: Somebody, steam: Product
):
    await world.stock(steam, 1)
    manual.abilities = replace(manual.abilities, currencies=frozenset({"USD"}))
    row = {"product_id": steam.id, "currency": "USD", "from_quantity": 1, "unit_price": 1500}
    await world.db.write(lambda tx: tx.many(insert(catalog.prices), [row]))
    assert any("$15.00" in label for label in await labels(lin, steam))
    await lin.presses("银行转账")
    order = await world.order(lin)
    assert order.total.currency == "USD"
    asked = await world.db.read(lambda tx: tx.all(text("SELECT rail, amount, currency FROM payments")))
    assert [tuple(row) for row in asked] == [("manual", 1500, "USD")]
    manual.abilities = replace(manual.abilities, currencies=frozenset({"EUR"}))
    assert (await lin.says(press=f"payby {order.number}")).choices == ["测试支付"]  # which takes dollars, too
    assert (await lin.presses("测试支付")).choices
    asked = await world.db.read(lambda tx: tx.all(text("SELECT rail, amount, currency FROM payments ORDER BY id")))
    assert [tuple(row) for row in asked] == [("manual", 1500, "USD"), ("sandbox", 1500, "USD")]
