"""What is known of an order when it is weighed, and what of it was known at an earlier moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from core import (
    aftersales,
    chargebacks,
    checkout,
    ledger,
    listings,
    orders,
    risk_backtest,
    risk_facts,
    risk_policy,
    risk_trails,
    shortage,
)
from core.catalog import Product
from core.chargebacks import SuspicionNotice
from core.checkout import Merchant
from core.customers import Person, people
from core.disputes import DisputeNotice
from core.ground.money import Money
from core.ground.rules import Rules
from core.marks import Origin
from core.orders import Order
from core.risk import Facts, Past, Resale, Trail
from tests.core import counter
from tests.core.counter import RAIL
from tests.world import World

IP, ANOTHER = "93.184.216.34", "8.8.8.8"
MINUTE = timedelta(minutes=1)
USDT = Merchant("crypto", "purse", "test", "USDT")
UID = [{"name": "uid", "label": {"en": "UID"}}]


async def placed(
    world: World, who: Person, what: Product, rail: Merchant = RAIL, said: Any = None, **told: Any
) -> Order:
    key = f"request {next(counter.numbers)}"
    return await world.db.write(checkout.place, who, what.slug, 1, rail, said or {}, key, Origin(**told))


async def bought(world: World, who: Person, what: Product, **told: Any) -> Order:
    """Paid, passed and delivered; a minute later."""
    order = await counter.pay(world, await placed(world, who, what, **told))
    await world.db.write(lambda tx: shortage.fulfil(tx, orders.get(tx, order.id), "shop"))
    await counter.send(world, order)
    world.clock.forward(MINUTE)
    return await counter.now(world, order)


async def facts(world: World, order: Order, as_of: Any = None) -> Facts:
    return await world.db.read(lambda tx: risk_facts.gather(tx, orders.get(tx, order.id), as_of))


async def past(world: World, order: Order, of: Order, as_of: Any = None) -> Past:
    """What the second order's trail of its customer says of the first."""
    found = (await facts(world, of, as_of)).trail(Trail.CUSTOMER)
    assert found is not None
    return next(each for each in found if each.order == order.id)


async def moment(world: World) -> datetime:
    """By the store's clock."""
    return await world.db.read(lambda tx: tx.now)


def among(found: Facts, trail: Trail) -> list[int] | None:
    each = found.trail(trail)
    return None if each is None else [one.order for one in each]


async def test_a_first_order(world: World, lin: Person, steam: Product):
    await world.stock(steam, 1)
    shown = await moment(world) - timedelta(seconds=30)
    placed_ = await placed(world, lin, steam, ip=IP, country="NL", shown_at=shown)
    order = await counter.pay(world, placed_, payer_country="SG", marks=("normal",))
    found = await facts(world, order)
    assert (found.total, found.units, found.product, found.chat) == (Money(10000, "CNY"), 1, steam.id, "test")
    assert (found.rail, found.late, found.resale) == ("sandbox", False, Resale.NORMAL)
    assert (found.country, found.payer_country, found.marks) == ("NL", "SG", {"normal"})
    assert found.pressed_within and timedelta(seconds=30) <= found.pressed_within < MINUTE
    assert (found.accounts, found.destinations, found.rails_failed) == (1, 1, 0)
    assert found.account_since is not None and found.account_since <= order.placed_at <= found.at
    assert among(found, Trail.CUSTOMER) == among(found, Trail.IP) == []


async def test_what_nobody_told_is_unknown(world: World, lin: Person, steam: Product):
    await world.stock(steam, 1)
    found = await facts(world, await counter.pay(world, await placed(world, lin, steam)))
    assert (found.country, found.payer_country, found.marks, found.throw_away, found.pressed_within) == (None,) * 5
    assert [trail for trail in Trail if found.trail(trail) is not None] == [Trail.CUSTOMER]


async def test_orders_are_connected_by_what_they_have_in_common(world: World, lin: Person, bao: Person, steam: Product):
    await world.stock(steam, 5)
    by_ip = await bought(world, bao, steam, ip=IP)
    by_device = await bought(world, bao, steam, ip=ANOTHER, device="d1")
    by_card = await counter.pay(world, await placed(world, bao, steam, ip=ANOTHER), instrument="fp", payer="p2")
    own = await bought(world, lin, steam, ip=IP, device="d1")
    order = await placed(world, lin, steam, ip=IP, device="d1")
    found = await facts(world, await counter.pay(world, order, instrument="fp", payer="p1"))
    assert among(found, Trail.CUSTOMER) == [own.id]
    assert among(found, Trail.IP) == [own.id, by_ip.id]
    assert among(found, Trail.DEVICE) == [own.id, by_device.id]
    assert among(found, Trail.PAYER) == [by_card.id]
    assert among(found, Trail.EMAIL) is None


async def test_an_order_that_is_found_twice_over_counts_once(world: World, lin: Person, bao: Person, steam: Product):
    """The card and its payer are two marks of one trail."""
    await world.stock(steam, 2)
    told: dict[str, Any] = {"instrument": "fp", "payer": "p1"}
    before = await counter.pay(world, await placed(world, bao, steam), **told)
    found = await facts(world, await counter.pay(world, await placed(world, lin, steam), **told))
    assert among(found, Trail.PAYER) == [before.id]
    assert among(found, Trail.DEVICE) is None


async def test_of_a_long_trail_the_newest_are_seen(world: World, lin: Person, steam: Product):
    await world.stock(steam, 70)
    made = [await placed(world, lin, steam, ip=IP)]
    for number in range(risk_facts.LONGEST + 2):
        await counter.run(world, "UPDATE orders SET state = 'delivered' WHERE state = 'awaiting_payment'")
        made.append(await world.db.write(checkout.place, lin, "steam", 1, RAIL, {}, f"long {number}", Origin(ip=IP)))
    found = await facts(world, made[-1])
    newest = [order.id for order in reversed(made[:-1])][: risk_facts.LONGEST]
    assert among(found, Trail.CUSTOMER) == among(found, Trail.IP) == newest


async def test_what_became_of_an_order(world: World, lin: Person, steam: Product):
    await world.stock(steam, 2)
    before = await bought(world, lin, steam)
    order = await counter.pay(world, await placed(world, lin, steam))
    found = await past(world, before, order)
    assert (found.customer, found.at, found.worth, found.units) == (lin.customer, before.placed_at, 10000, 1)
    assert (found.product, found.paid_at) == (steam.id, before.paid_at)
    assert found.delivered_at and not (found.lapsed or found.refunded_at or found.our_fault or found.replaced)


@pytest.mark.parametrize(
    ("why", "seen", "ours"),
    [
        ("whole", True, False),
        ("part", True, False),
        ("outside", True, False),
        ("rejected", True, False),
        ("staff", True, True),
        ("sold-out", True, True),
        ("overdue", True, True),
        ("undecided", True, True),
        ("unserved", True, True),
        ("waited", True, True),
        ("cancelled", True, True),
        ("buyer", True, True),
        ("refused", True, True),
        ("goodwill", False, False),
        ("surplus", False, False),
        ("late", False, False),
    ],
)
async def test_whose_fault_a_refund_was(world: World, lin: Person, steam: Product, why: str, seen: bool, ours: bool):
    await world.stock(steam, 2)
    before = await counter.pay(world, await placed(world, lin, steam))
    (receipt,) = await world.db.read(ledger.receipts_of, before.id)
    await world.db.write(aftersales.give_back, receipt, receipt.total, why)
    found = await past(world, before, await placed(world, lin, steam))
    assert (found.refunded_at is not None, found.our_fault, found.rejected) == (seen, ours, False)


async def test_a_refund_tomorrow_is_not_seen_today(world: World, lin: Person, steam: Product):
    """Nor a payment, a delivery or a dispute: as of the moment, an order is what it was then."""
    await world.stock(steam, 2)
    before = await placed(world, lin, steam)
    unpaid = await moment(world)
    world.clock.forward(MINUTE)
    await counter.pay(world, before)
    paid = await moment(world)
    world.clock.forward(MINUTE)
    await world.db.write(lambda tx: shortage.fulfil(tx, orders.get(tx, before.id), "shop"))
    await counter.send(world, before)
    delivered = await moment(world)
    order = await placed(world, lin, steam)
    weighed = await moment(world)
    world.clock.forward(timedelta(days=1))
    (receipt,) = await world.db.read(ledger.receipts_of, before.id)
    await world.db.write(aftersales.give_back, receipt, receipt.total, "whole")

    then, today = await past(world, before, order, weighed), await past(world, before, order)
    assert (then.refunded_at, then.delivered_at is not None) == (None, True)
    assert today.refunded_at is not None  # without `as_of` it is seen: the guard's control
    seen = await past(world, before, order, paid)
    assert (seen.paid_at is not None, seen.delivered_at) == (True, None)
    seen = await past(world, before, order, unpaid)
    assert (seen.paid_at, seen.delivered_at, seen.lapsed) == (None, None, False)
    assert delivered < weighed + MINUTE
    assert (await facts(world, order, unpaid - MINUTE)).trail(Trail.CUSTOMER) == []


async def test_a_mark_of_tomorrow_is_not_seen_today(world: World, lin: Person, bao: Person, steam: Product):
    await world.stock(steam, 2)
    other = await placed(world, bao, steam)
    order = await counter.pay(world, await placed(world, lin, steam), instrument="fp")
    today = await moment(world)
    world.clock.forward(MINUTE)
    await counter.pay(world, other, instrument="fp")
    assert among(await facts(world, order, today), Trail.PAYER) == []
    assert among(await facts(world, order), Trail.PAYER) == [other.id]
    assert (await facts(world, order, today - MINUTE)).trail(Trail.PAYER) is None


async def test_a_dispute_and_what_became_of_it(world: World, lin: Person, steam: Product):
    await world.stock(steam, 2)
    before = await bought(world, lin, steam)
    order = await placed(world, lin, steam)
    (receipt,) = await world.db.read(ledger.receipts_of, before.id)
    about = (receipt.rail, receipt.account, receipt.transaction, "du_1")
    quiet = await moment(world)
    world.clock.forward(MINUTE)
    due = await moment(world) + timedelta(days=7)
    await world.db.write(chargebacks.told, DisputeNotice(*about, "open", receipt.total, due))
    disputed = await moment(world)
    world.clock.forward(MINUTE)
    await world.db.write(chargebacks.told, DisputeNotice(*about, "won", receipt.total, due))
    assert (await past(world, before, order, quiet)).disputed_at is None
    assert (await past(world, before, order, disputed)).disputed_at is not None
    assert (await past(world, before, order)).disputed_at is None


async def test_a_warning_about_an_order_of_before(world: World, lin: Person, steam: Product):
    await world.stock(steam, 2)
    before = await bought(world, lin, steam)
    order = await placed(world, lin, steam)
    (receipt,) = await world.db.read(ledger.receipts_of, before.id)
    warning = SuspicionNotice(receipt.rail, "e1", receipt.account, receipt.transaction, "made_with_stolen_card")
    earlier = await moment(world)
    world.clock.forward(MINUTE)
    await world.db.write(chargebacks.suspected, warning)
    assert (await past(world, before, order)).suspected_at is not None
    assert (await past(world, before, order, earlier)).suspected_at is None


async def test_orders_that_were_never_paid(world: World, lin: Person, steam: Product):
    await world.stock(steam, 3)
    left, cancelled = await placed(world, lin, steam), await placed(world, lin, steam)
    first = await moment(world)
    world.clock.forward(MINUTE)
    await world.db.write(checkout.cancel, cancelled, lin)
    order = await placed(world, lin, steam)
    assert [(await past(world, each, order)).lapsed for each in (left, cancelled)] == [False, True]
    assert [(await past(world, each, order)).called_off for each in (left, cancelled)] == [False, True]
    seen = await past(world, cancelled, order, first)
    assert not seen.lapsed
    assert not seen.called_off
    world.clock.forward(timedelta(minutes=20))  # over, whether or not the clock's job has been there
    assert (await past(world, left, order)).lapsed


async def test_rails_on_which_payments_came_to_nothing(world: World, lin: Person, bao: Person):
    steam = await world.make("steam", prices={"CNY": {1: 10000}, "USDT": {1: 14000000}})
    await world.stock(steam, 5)
    await placed(world, bao, steam, Merchant("epay", "a", "test"))
    cancelled = await placed(world, lin, steam, Merchant("alipay", "a", "test"))
    await world.db.write(checkout.cancel, cancelled, lin)
    failed = await placed(world, lin, steam, Merchant("stripe", "a", "test"))
    assert (await facts(world, failed)).rails_failed == 2  # this one's own rail has brought nothing yet
    await counter.pay(world, failed, state="failed")
    order = await counter.pay(world, await placed(world, lin, steam))
    assert (await facts(world, order)).rails_failed == 2
    world.clock.forward(timedelta(hours=2))
    assert (await facts(world, order)).rails_failed == 0
    assert (await facts(world, order, order.paid_at)).rails_failed == 2


async def test_destinations_of_a_day(world: World, lin: Person):
    genshin = await world.make("genshin", kind="by_hand", form=UID)
    early = await placed(world, lin, genshin, said={"uid": "1"})
    await world.db.write(checkout.cancel, early, lin)
    world.clock.forward(timedelta(hours=23))
    for uid in ("2", "3", "3"):
        order = await counter.pay(world, await placed(world, lin, genshin, said={"uid": uid}))
    assert (await facts(world, order)).destinations == 3
    world.clock.forward(timedelta(hours=2))
    assert (await facts(world, order)).destinations == 2


async def test_accounts_of_one_customer(world: World, lin: Person, bao: Person, steam: Product):
    await world.stock(steam, 1)
    order = await placed(world, lin, steam)
    await world.db.write(lambda tx: tx.changed(people.update().values(customer_id=lin.customer)))
    rows = await world.db.read(lambda tx: tx.all(select(people.c.since).where(people.c.customer_id == lin.customer)))
    found = await facts(world, order)
    assert (found.accounts, found.account_since) == (len(rows), min(row.since for row in rows))


async def test_a_product_that_is_easily_turned_into_money(world: World, lin: Person):
    apple = await world.make("apple", resale="high")
    await world.stock(apple, 1)
    assert (await facts(world, await placed(world, lin, apple))).resale is Resale.HIGH


async def test_what_was_paid_in_another_currency_counts_in_the_shops(world: World, lin: Person):
    steam = await world.make("steam", prices={"CNY": {1: 10000}, "USDT": {1: 14000000}})
    await world.stock(steam, 2)
    before = await placed(world, lin, steam, USDT)
    await counter.run(world, "UPDATE prices SET unit_price = 1 WHERE currency = 'CNY'")  # later: it is frozen
    order = await placed(world, lin, steam)
    assert before.total == Money(14000000, "USDT")
    assert (await facts(world, before)).total == Money(10000, "CNY")
    assert (await past(world, before, order)).worth == 10000


async def test_what_cannot_be_compared_counts_as_nothing(world: World, lin: Person):
    """Its own minor units are not the shop's."""
    steam = await world.make("steam", prices={"CNY": {1: 10000}, "USDT": {1: 14000000}})
    await world.stock(steam, 2)
    before = await counter.pay(world, await placed(world, lin, steam, USDT))
    await counter.run(world, "UPDATE orders SET worth = NULL")  # from before it was frozen
    order = await placed(world, lin, steam)
    assert (await facts(world, before)).total == before.total
    assert (await past(world, before, order)).worth == 0
    page = await world.db.read(risk_backtest.page, 0, [risk_policy.read("", Rules())], timedelta(days=14))
    assert [one.worth for one in page[0]] == [0]


def test_a_currency_without_a_price_counts_by_its_rate():
    assert Rules(currency="CNY").in_own(Money(5, "XTR")) is None
    rated = Rules(currency="CNY", rates={"XTR": Decimal("0.09")})
    assert rated.in_own(Money(100, "XTR")) == Money(900, "CNY")
    assert rated.in_own(Money(100, "CNY")) == Money(100, "CNY")


async def test_the_hour_is_the_shops(world: World, lin: Person, steam: Product, rules: Rules):
    await world.stock(steam, 1)
    order = await placed(world, lin, steam)
    assert (await facts(world, order)).hour == (await moment(world)).astimezone(rules.zone).hour


async def test_few_statements(world: World, lin: Person, steam: Product):
    """However long the trails are: two questions, and one about what is listed."""
    await world.stock(steam, 1)
    order = await placed(world, lin, steam, ip=IP, device="d1")
    asked: list[Any] = []

    def gathered(tx: Any) -> None:
        before = tx.all
        tx.all = lambda statement, **params: (asked.append(statement), before(statement, **params))[1]
        risk_facts.gather(tx, orders.get(tx, order.id))

    await world.db.read(gathered)
    assert asked[1:] == [risk_facts.STANDING, risk_trails.TRAILS, listings.OF_EITHER]
