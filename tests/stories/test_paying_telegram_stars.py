"""Paying with Stars on Telegram: the shop at work on a Bot API of our own, whose people pay in their chat."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from core import ledger
from core.catalog import Product
from core.ground.money import Money
from core.ground.rules import Rules
from core.orders import Order, State
from doubles.telegram_stars import Stars, charged
from jobs.expire import expire
from jobs.reconcile import reconcile
from payments.telegram_stars import TelegramStars
from tests.bot.chats.telegram.house import Somebody, Telegraph, on_telegram
from tests.world import PATIENCE, World

LANGUAGES = {"en": "en", "zh-hans": "zh-CN", "ru": "ru"}  # as Telegram's apps name them
SAID = {
    "en": ("Browse", "Buy 1", "Pay 250 ⭐", "Order {} delivered"),
    "zh-CN": ("看货架", "买 1 张", "去付款 250 ⭐", "订单 {} 已发货"),
    "ru": ("Витрина", "Купить 1", "Оплатить 250 ⭐", "Заказ {} выдан"),
}


@pytest.fixture
def rules() -> Rules:
    return Rules(currency="XTR", review_above=Money(1_000, "XTR"))


@pytest.fixture
async def telegraph(world: World) -> AsyncIterator[Telegraph]:
    async with on_telegram(world, stars=TelegramStars, clock=world.clock.now) as made:
        yield made


@pytest.fixture
def stars(telegraph: Telegraph) -> Stars:
    return Stars(telegraph.api, telegraph.shop_bot)


@pytest.fixture
async def steam(world: World) -> Product:
    names = {"en": "Steam $20", "zh-CN": "Steam 20 美元", "ru": "Steam 20 $"}
    return await world.make("steam", names=names, prices={"XTR": {1: 250, 5: 240}})


@pytest.fixture
def lin(telegraph: Telegraph) -> Somebody:
    return telegraph.meet(1, "Lin")


async def invoiced(lin: Somebody, steam: Product, many: int = 1) -> str:
    """As far as the invoice; its payload."""
    await lin.writes("/start")
    await lin.writes(f"/product {steam.slug}")
    shown = await lin.presses("Buy 1") if many == 1 else await lin.writes(f"/buy {steam.slug} {many}")
    assert "invoice" in shown.body
    return shown.payload


async def becomes(world: World, telegraph: Telegraph, lin: Somebody, *states: State) -> Order:
    """Wait until the newest order is in one of these states, and nothing is under way; everything holds then."""

    async def so() -> bool:
        return (await world.order(lin.as_somebody())).state in states

    await world.until(so)
    await telegraph.runner.drain()
    await world.runner.drain()
    await world.holds()
    return await world.order(lin.as_somebody())


async def reads(lin: Somebody, text: str) -> None:
    await lin.chat.until(lambda chat: any(text in one.text for one in chat.said()), PATIENCE)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_from_hello_to_the_code(telegraph: Telegraph, world: World, steam: Product, language: str) -> None:
    [code] = await world.stock(steam, 1)
    lin = telegraph.meet(1, "Lin", language)
    browse, buy, pay, delivered = SAID[LANGUAGES[language]]
    await lin.writes("/start")
    await lin.presses(browse)
    await lin.presses("Steam")
    if buy not in str(lin.chat.last.labels):
        await lin.presses("Steam")
    shown = await lin.presses(buy)
    assert shown.body["invoice"] == {
        "title": steam.name.in_(LANGUAGES[language]),
        "description": shown.body["invoice"]["description"],
        "start_parameter": f"o-{(await world.order(lin.as_somebody())).number}",
        "currency": "XTR",
        "total_amount": 250,
    }
    assert [shown.labels[0], shown.buttons[0]["pay"], len(shown.buttons)] == [[pay], True, 3]

    assert (await lin.person.pays(at=lin.bot)).outcome == "paid"
    await reads(lin, code)
    order = await becomes(world, telegraph, lin, State.DELIVERED)
    assert delivered.format(order.number) in lin.chat.last.text
    assert not shown.deleted  # it is the receipt


async def test_several_are_one_invoice_over_their_whole_price(
    telegraph: Telegraph, lin: Somebody, world: World, steam: Product
) -> None:
    codes = await world.stock(steam, 5)
    await invoiced(lin, steam, 5)
    assert lin.chat.last.body["invoice"]["total_amount"] == 1_200
    assert (await lin.person.pays(at=lin.bot)).outcome == "paid"
    await reads(lin, "A person checks")  # above the limit, for somebody new
    assert not any(code in one.text for one in lin.chat.said() for code in codes)


class TestInAShopThatSellsForYuan:
    """Digital goods are paid for in Stars on Telegram, whatever else the shop takes elsewhere."""

    @pytest.fixture
    def rules(self) -> Rules:
        return Rules()

    async def test_the_price_there_is_the_one_in_stars(self, lin: Somebody, world: World) -> None:
        both = await world.make("steam", prices={"CNY": {1: 10_000}, "XTR": {1: 700}})
        [code] = await world.stock(both, 1)
        await invoiced(lin, both)
        assert lin.chat.last.body["invoice"]["total_amount"] == 700
        await lin.person.pays(at=lin.bot)
        await reads(lin, code)
        assert (await world.order(lin.as_somebody())).total == Money(700, "XTR")

    async def test_what_has_no_price_in_stars_is_not_sold_there(self, lin: Somebody, world: World) -> None:
        await world.stock(await world.make("steam"), 1)
        await lin.writes("/start")
        card = await lin.writes("/product steam")
        assert "no way to pay for it here" in card.text
        assert not any("Buy" in label for row in card.labels for label in row)


async def test_told_twice_is_paid_once(
    telegraph: Telegraph, lin: Somebody, world: World, steam: Product, stars: Stars
) -> None:
    await world.stock(steam, 1)
    key = await invoiced(lin, steam)
    assert (await stars.pay(key)).outcome == "paid"
    for _ in range(3):  # each is an update of its own
        assert await telegraph.post(stars.told(key)) == 200
    order = await becomes(world, telegraph, lin, State.DELIVERED)
    for _ in range(2):
        assert await telegraph.post(stars.told(key)) == 200
    await becomes(world, telegraph, lin, State.DELIVERED)
    assert len(await world.db.read(ledger.receipts_of, order.id)) == 1
    assert len([one for one in lin.chat.said() if "delivered" in one.text]) == 1


async def test_what_comes_after_the_hold_is_served_late(
    telegraph: Telegraph, lin: Somebody, world: World, steam: Product, stars: Stars
) -> None:
    """The last look let it pass, and Telegram's word of it came only after the hold's end."""
    [code] = await world.stock(steam, 1)
    key = await invoiced(lin, steam)
    charged(telegraph.api, lin.bot, lin.person.user, 250, key)
    await world.later(world.shop.rules.hold * 2)
    await expire(world.shop)
    await becomes(world, telegraph, lin, State.EXPIRED)
    assert await telegraph.post(stars.told(key)) == 200
    await reads(lin, "a little after the hold ended")
    await reads(lin, code)
    await becomes(world, telegraph, lin, State.DELIVERED)


async def test_what_comes_late_and_finds_nothing_left_goes_back_when_the_buyer_says_so(
    telegraph: Telegraph, lin: Somebody, world: World, stars: Stars
) -> None:
    product = await world.make("netflix", prices={"XTR": {1: 250}}, shortage=["wait"])
    await world.stock(product, 1)
    key = await invoiced(lin, product)
    charged(telegraph.api, lin.bot, lin.person.user, 250, key)
    await world.later(world.shop.rules.hold * 2)
    await expire(world.shop)
    bao = telegraph.meet(2, "Bao")
    await stars.pay(await invoiced(bao, product))
    await telegraph.post(stars.told(key))
    await reads(lin, "it had just sold out")
    await lin.presses("Refund now")
    await becomes(world, telegraph, lin, State.REFUNDED)
    assert lin.bot.balance == 250  # Bao's


async def test_a_buyer_who_would_rather_not_wait_has_the_stars_back_once(
    telegraph: Telegraph, lin: Somebody, world: World, steam: Product, stars: Stars
) -> None:
    await world.stock(steam, 5)
    await stars.pay(await invoiced(lin, steam, 5))
    await becomes(world, telegraph, lin, State.IN_REVIEW)
    telegraph.api.faults.give("refundStarPayment", "lost", 1)  # done, and its answer lost on the way
    await lin.presses("Refund me")

    async def known() -> bool:
        await telegraph.settled()
        world.clock.forward(world.shop.rules.hold)
        return (await world.order(lin.as_somebody())).state is State.REFUNDED

    await world.until(known)
    await becomes(world, telegraph, lin, State.REFUNDED)  # and the news of the refund changed nothing
    assert (lin.bot.balance, len(telegraph.api.asked("refundStarPayment"))) == (0, 1)
    await reads(lin, "Refunded: 1,200 ⭐")


@pytest.mark.parametrize("tells", [True, False], ids=["told", "found in the list"])
async def test_stars_that_go_back_without_us_stop_what_was_not_handed_over(
    telegraph: Telegraph, lin: Somebody, world: World, steam: Product, stars: Stars, tells: bool
) -> None:
    codes = await world.stock(steam, 5)
    paid = await stars.pay(await invoiced(lin, steam, 5))
    await becomes(world, telegraph, lin, State.IN_REVIEW)
    stars.take_back(paid.charge, tells=tells)
    if not tells:
        await reconcile(world.shop)
    await becomes(world, telegraph, lin, State.REFUNDED)
    await reconcile(world.shop)  # it finds the same again
    await becomes(world, telegraph, lin, State.REFUNDED)
    assert not any(code in one.text for one in lin.chat.said() for code in codes)
    assert len(telegraph.api.asked("refundStarPayment")) == 0


async def test_a_payment_nobody_told_of_is_found_in_the_list(
    telegraph: Telegraph, lin: Somebody, world: World, steam: Product, stars: Stars
) -> None:
    [code] = await world.stock(steam, 1)
    key = await invoiced(lin, steam)
    charged(telegraph.api, lin.bot, lin.person.user, 250, key)
    await reconcile(world.shop)
    await reads(lin, code)
    await becomes(world, telegraph, lin, State.DELIVERED)


async def test_while_the_list_lags_behind_the_news_waits_for_it(
    telegraph: Telegraph, lin: Somebody, world: World, steam: Product, stars: Stars
) -> None:
    [code] = await world.stock(steam, 1)
    lin.bot.untold = 1
    await stars.pay(await invoiced(lin, steam))
    await telegraph.settled()
    await telegraph.runner.drain()
    assert (await world.order(lin.as_somebody())).state is State.AWAITING_PAYMENT
    lin.bot.untold = 0
    await world.later(timedelta(seconds=30))
    await reads(lin, code)
    await becomes(world, telegraph, lin, State.DELIVERED)


async def test_two_invoices_of_one_order_paid_at_once_are_one_sale_and_the_rest_goes_back(
    telegraph: Telegraph, lin: Somebody, world: World, steam: Product, stars: Stars
) -> None:
    await world.stock(steam, 2)
    key = await invoiced(lin, steam)
    for _ in range(2):
        charged(telegraph.api, lin.bot, lin.person.user, 250, key)
    assert await telegraph.post(stars.told(key)) == 200
    await becomes(world, telegraph, lin, State.DELIVERED)
    await reconcile(world.shop)

    async def back() -> bool:
        return lin.bot.balance == 250

    await world.until(back)
    await becomes(world, telegraph, lin, State.DELIVERED)
