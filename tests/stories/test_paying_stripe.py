"""Paying by card on Stripe's page: from the first message to the code, and when it goes otherwise."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from core.catalog import Product
from core.orders import State
from doubles.stripe import Stripe as Double
from payments.stripe import Stripe
from tests.world import Somebody, World, taken_by

KEY, SECRET, ACCOUNT = "sk_test_of_the_shop", "whsec_of_the_endpoint", "acct_1MikaShop"


@pytest.fixture
async def card(world: World) -> AsyncIterator[Double]:
    """Stripe, and the shop taking money by nothing else. Their time is the shop's own."""
    double = Double(
        api_key=KEY, secret=SECRET, account=ACCOUNT, endpoint=f"{world.url}/hooks/stripe", clock=world.clock.now
    )
    async with double.served():
        rail = Stripe(api_key=KEY, secret=SECRET, account=ACCOUNT, api=double.url, clock=world.clock.now)
        async with taken_by(world, rail):
            yield double


WORDS = {"zh-CN": ("货架", "买 1", "前付款"), "en": ("shop", "Buy 1", "set aside for you")}


@pytest.mark.parametrize("locale", WORDS)
async def test_from_the_first_message_to_the_code(world: World, card: Double, steam: Product, locale: str):
    shelf, buy, pay = WORDS[locale]
    [code] = await world.stock(steam, 1)
    lin = world.meet("lin", locale)
    card.faults.shuffled = True

    assert (await lin.says(shelf)).choices == ["Steam"]
    await lin.says("1")
    await lin.says("1")
    paying = await lin.presses(buy)
    assert pay in paying.text
    order = await world.order(lin)
    [session] = card.books.sessions.values()
    assert (session["client_reference_id"], session["amount_total"], session["currency"]) == (
        f"{order.number}-stripe",
        10000,
        "cny",
    )
    assert session["locale"] == {"zh-CN": "zh", "en": "en"}[locale]

    await lin.pays()
    assert (await lin.gets()).codes == [code]
    await world.becomes(lin, State.DELIVERED)


async def test_stripe_is_down_and_the_hold_is_kept(world: World, card: Double, lin: Somebody, steam: Product):
    [code] = await world.stock(steam, 1)
    card.faults.give("open", "broken")
    down = await lin.buys(steam)
    assert "银行卡" in down.text
    await lin.says(press=f"pay {(await world.order(lin)).number} stripe")
    await lin.pays()
    assert (await lin.gets()).codes == [code]


async def test_the_hold_ends_before_stripes_page_does(world: World, card: Double, lin: Somebody, steam: Product):
    await world.stock(steam, 1)
    await lin.buys(steam)
    [session] = card.books.sessions.values()
    assert session["expires_at"] > world.clock.now().timestamp() + 30 * 60
    await world.later(timedelta(minutes=16))
    await lin.gets()
    await world.becomes(lin, State.EXPIRED)
    await world.until(lambda: is_(session, "expired"))


async def is_(session: dict[str, str], status: str) -> bool:
    return session["status"] == status


async def test_who_pays_at_the_last_moment_is_served_late(world: World, card: Double, lin: Somebody, steam: Product):
    [code] = await world.stock(steam, 1)
    await lin.buys(steam)
    card.faults.races = True
    await world.later(timedelta(minutes=16))
    said = [await lin.gets() for _ in range(3)]  # the hold is over; paid late; the code
    assert [answer.codes for answer in said if answer.codes] == [[code]]
    await world.becomes(lin, State.DELIVERED)


async def test_ive_paid_asks_stripe_at_once(world: World, card: Double, lin: Somebody, steam: Product):
    [code] = await world.stock(steam, 1)
    card.faults.copies = 0  # the notices are lost
    await lin.buys(steam)
    paying = lin.choices
    await lin.pays()
    lin.choices = paying
    assert "¥100.00" in (await lin.presses("我已付款")).text
    assert (await lin.gets()).codes == [code]


async def test_a_disputed_payment_stops_what_is_not_handed_over(
    world: World, card: Double, lin: Somebody, chen: Somebody
):
    product = await world.make("by-hand", kind="by_hand")
    await lin.says(press=f"product {product.slug}")
    await lin.presses("买 1")
    await lin.pays()
    await world.until(lambda: paid(world, lin))
    [intent] = card.books.intents
    card.books.dispute(intent, None, "needs_response", int(world.clock.now().timestamp()) + 900_000)
    await world.becomes(lin, State.DISPUTED)


async def paid(world: World, lin: Somebody) -> bool:
    return (await world.order(lin)).state is State.FULFILLING


async def test_the_warning_of_a_bank_reaches_staff(
    world: World, card: Double, lin: Somebody, chen: Somebody, steam: Product
):
    await world.stock(steam, 1)
    await lin.buys(steam)
    await lin.pays()
    await lin.gets()
    await world.becomes(lin, State.DELIVERED)
    [intent] = card.books.intents
    card.books.warn(intent)
    assert "made_with_stolen_card" in (await chen.gets()).text


async def test_a_refund_made_on_stripes_page_is_written_down(
    world: World, card: Double, lin: Somebody, chen: Somebody, steam: Product
):
    await world.stock(steam, 1)
    await lin.buys(steam)
    await lin.pays()
    await lin.gets()
    await world.becomes(lin, State.DELIVERED)
    [intent] = card.books.intents
    card.books.give_back(intent, 2500, {}, "succeeded")
    assert "¥25.00" in (await chen.gets()).text
    await world.runner.drain()
    await world.holds()
