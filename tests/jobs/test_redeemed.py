"""Issuers are asked about what was sent, within limits; what they say is kept as theirs, and silence is nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from core import issuing, redemptions
from core.catalog import Product
from core.customers import Person
from core.redemptions import Source
from doubles.issuer import Issuer
from jobs.redeemed import redeemed
from suppliers.sandbox_issuer import SandboxIssuer
from tests.core import counter
from tests.world import Somebody, World


@pytest.fixture
async def lin(world: World) -> Person:
    """Lin buys."""
    return await counter.meet(world, "lin")


@pytest.fixture
async def vendor(world: World) -> AsyncIterator[Issuer]:
    made = Issuer("key")
    async with made.served() as url:
        party = SandboxIssuer(url, api_key="key")
        world.shop.issuers = {"sandbox": party}
        yield made
        await party.aclose()


async def known(world: World, unit: int) -> list[Source]:
    return [one.source for one in await world.db.read(redemptions.known, unit)]


async def test_what_was_sent_is_asked_about_and_what_is_told_is_kept(
    world: World, vendor: Issuer, lin: Person, chen: Somebody, steam: Product
):
    codes = await world.stock(steam, 2)
    order = await counter.sold(world, lin, steam, 2)
    await redeemed(world.shop)
    assert vendor.asked == []  # nobody was named that could tell
    await world.db.write(redemptions.set_issuer, steam, "sandbox", chen.id)
    await redeemed(world.shop)
    assert vendor.asked == []  # it was sent a moment ago
    world.clock.forward(issuing.FIRST)
    vendor.redeem(codes[0])
    await redeemed(world.shop)
    assert sorted(vendor.asked) == sorted(codes)
    assert await known(world, order.units[0].id) == [Source.ISSUER]
    assert await known(world, order.units[1].id) == []
    await redeemed(world.shop)
    assert len(vendor.asked) == 2  # not again at once
    world.clock.forward(2 * issuing.FIRST)
    vendor.redeem(codes[1])
    await redeemed(world.shop)
    assert vendor.asked[2:] == [codes[1]]  # of what is known nobody is asked
    assert await known(world, order.units[1].id) == [Source.ISSUER]
    await counter.holds(world)


async def test_an_issuer_in_trouble_is_left_alone_and_asked_another_time(
    world: World, vendor: Issuer, lin: Person, chen: Somebody, steam: Product
):
    await world.stock(steam, 3)
    await counter.sold(world, lin, steam, 3)
    await world.db.write(redemptions.set_issuer, steam, "sandbox", chen.id)
    world.clock.forward(issuing.FIRST)
    vendor.trouble = "error"
    await redeemed(world.shop)
    assert len(vendor.asked) == 1
    vendor.trouble = None
    await redeemed(world.shop)
    assert len(vendor.asked) == 4


async def test_an_issuer_who_is_away_keeps_no_others_codes_waiting(
    world: World, vendor: Issuer, lin: Person, chen: Somebody, steam: Product
):
    other = await world.make("other")
    await world.stock(steam, issuing.A_BEAT)
    codes = await world.stock(other, 1)
    for _ in range(2):
        await counter.sold(world, lin, steam, issuing.A_BEAT // 2)
    await counter.sold(world, lin, other)
    away = Issuer("key")
    async with away.served() as url:
        world.shop.issuers = {"away": SandboxIssuer(url, api_key="key"), **world.shop.issuers}
        away.trouble = "error"
        await world.db.write(redemptions.set_issuer, steam, "away", chen.id)
        await world.db.write(redemptions.set_issuer, other, "sandbox", chen.id)
        world.clock.forward(issuing.FIRST)
        await redeemed(world.shop)
        assert (len(away.asked), vendor.asked) == (1, codes)
        await world.shop.issuers["away"].aclose()


async def test_only_the_one_who_is_named_is_asked(
    world: World, vendor: Issuer, lin: Person, chen: Somebody, steam: Product
):
    await world.stock(steam, 1)
    await counter.sold(world, lin, steam)
    await world.db.write(redemptions.set_issuer, steam, redemptions.OURS, chen.id)
    world.clock.forward(timedelta(days=30))
    await redeemed(world.shop)
    assert vendor.asked == []


async def test_the_rate_is_of_what_can_be_told_of_and_its_coverage_stands_beside_it(
    world: World, vendor: Issuer, lin: Person, chen: Somebody, steam: Product
):
    codes = await world.stock(steam, 4)
    other = await world.make("other")
    await world.stock(other, 1)
    await counter.sold(world, lin, steam, 4)
    await counter.sold(world, lin, other)
    await world.db.write(redemptions.set_issuer, steam, "sandbox", chen.id)
    vendor.redeem(codes[0])
    world.clock.forward(issuing.FIRST)
    await redeemed(world.shop)
    first, second = await world.db.read(redemptions.rates)
    assert (first.delivered, first.signal, first.redeemed, first.percent, first.coverage) == (4, 4, 1, 25, 100)
    assert (second.delivered, second.signal, second.percent, second.coverage) == (1, 0, None, 0)
