"""Whom the shop sells nothing to, and whom it lets pass: until when, by whom, and for which of their accounts."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from core import hiring, joining, listings
from core.authority import Role
from core.customers import Person
from core.listings import AccountNotServed, Listed, NotToBeListed
from core.staff import NotAllowed, NotStaff
from tests.core import counter
from tests.core.counter import ask
from tests.core.test_linking import link, met
from tests.world import World

numbers = itertools.count()


async def put(world: World, by: str, value: Any, kind: str = "customer", **about: Any) -> listings.Entry:
    known = {"verdict": "block", "label": "Lin", "why": "twice charged back", **about}
    return await world.db.write(listings.put, Listed(kind=kind, value=value, **known), by, f"event {next(numbers)}")


async def found(world: World, **values: Any) -> list[str]:
    return await world.db.read(lambda tx: [each.verdict for each in listings.among(tx, values, tx.now)])


async def is_served(world: World, person: Person, product: Any) -> bool:
    try:
        await counter.place(world, await met(world, person), product)
    except AccountNotServed:
        return False
    return True


async def test_a_blocked_buyer_is_told_before_any_money(world, chen, lin, bao, steam):
    await world.stock(steam, 2)
    made = await put(world, chen.id, lin.customer)
    assert not await is_served(world, lin, steam)
    assert await ask(world, "SELECT COUNT(*) FROM orders") == [0]
    assert await is_served(world, bao, steam)
    await world.db.write(listings.end, made.id, chen.id)
    assert await is_served(world, lin, steam)  # and the control


async def test_a_repeat_of_the_order_still_finds_it(world, chen, lin, steam):
    await world.stock(steam, 1)
    order = await counter.place(world, lin, steam, key="once")
    await put(world, chen.id, lin.customer)
    assert (await counter.place(world, lin, steam, key="once")).id == order.id


async def test_a_block_lasts_as_long_as_it_was_said(world, clock, chen, lin, steam):
    await world.stock(steam, 1)
    before = (await put(world, chen.id, lin.customer, lasts=timedelta(days=7))).at
    clock.forward(timedelta(days=6, hours=23))
    assert await found(world, customer=[lin.customer]) == ["block"]
    clock.forward(timedelta(hours=1))
    assert await found(world, customer=[lin.customer]) == []
    assert await is_served(world, lin, steam)
    assert await world.db.read(listings.among, {"customer": [lin.customer]}, before) != ()


async def test_it_is_known_what_stood_at_any_moment(world, clock, chen, lin):
    """A backtest asks about the past."""
    block = await put(world, chen.id, "198.51.100.7", "ip")
    clock.forward(timedelta(hours=1))
    allow = await put(world, chen.id, "198.51.100.7", "ip", verdict="allow")
    clock.forward(timedelta(hours=1))
    await world.db.write(listings.end, allow.id, chen.id)
    moments = (block.at - timedelta(seconds=1), block.at, allow.at, allow.at + timedelta(hours=2))
    seen = [await world.db.read(listings.among, {"ip": ["198.51.100.7"]}, moment) for moment in moments]
    assert [[each.verdict for each in at_once] for at_once in seen] == [[], ["block"], ["allow"], []]


async def test_what_is_typed_in_other_ways_is_the_same(world, chen):
    await put(world, chen.id, "LIN@Example.com", "email")
    await put(world, chen.id, "2001:db8::1", "ip")
    await put(world, chen.id, "us", "country", verdict="allow")
    await put(world, chen.id, b"0123456789abcdef", "device")
    assert await found(world, email=["lin@example.com"]) == ["block"]
    assert await found(world, ip=["2001:db8:0:0:ffff::9", "10.0.0.1"]) == ["block"]
    assert await found(world, country=["US"], device=[b"0123456789abcdef"]) == ["allow", "block"]
    await put(world, chen.id, listings.readable("domain", "@GoogleMail.com."), "domain")
    assert await found(world, domain=["gmail.com", "example.com"]) == ["block"]
    assert await found(world, domain=["lin@example.com"], email=["198.51.100.7"], customer=[99]) == []


@pytest.mark.parametrize(
    ("kind", "said"),
    [("ip", "300.1.1.1"), ("email", "@example.com"), ("domain", "example"), ("country", "USA"), ("device", "x")],
)
def test_what_is_none_is_refused(kind, said):
    with pytest.raises(NotToBeListed):
        listings.readable(kind, said)


async def test_an_address_stands_nowhere_in_the_clear(world, chen):
    await put(world, chen.id, "lin@example.com", "email", label="lin@example.com")
    rows = await world.db.read(lambda tx: (tx.all(text("SELECT * FROM listings")), tx.all(text("SELECT * FROM audit"))))
    assert "lin@example.com" not in str(rows)
    assert [each.label for each in await world.db.read(listings.standing, 9)] == ["lin@example.com"]


async def test_only_managers_and_owners_keep_the_lists(world, lin, bao):
    await world.db.write(hiring.enter, await world.db.write(hiring.invite, "Bao", {Role.SUPPORT}), bao.id)
    for person, refusal in ((bao, NotAllowed), (lin, NotStaff)):
        with pytest.raises(refusal):
            await put(world, person.id, lin.customer)
        with pytest.raises(refusal):
            await world.db.write(listings.end, 1, person.id)
    assert await ask(world, "SELECT COUNT(*) FROM listings") == [0]


async def test_put_at_once_by_many_it_stands_once(world, chen, lin):
    verdicts = ["block", "allow"] * 3
    await asyncio.gather(*(put(world, chen.id, lin.customer, verdict=verdict) for verdict in verdicts))
    await asyncio.gather(*(put(world, chen.id, "198.51.100.7", "ip", verdict=verdict) for verdict in verdicts))
    assert await ask(world, "SELECT COUNT(*) FROM listings WHERE ended_at IS NULL GROUP BY kind") == [1, 1]


# Linked accounts


@pytest.mark.parametrize("blocked", ["lin", "bao"])
async def test_a_block_of_either_counts_for_both(world, chen, lin, bao, steam, blocked):
    await world.stock(steam, 2)
    await put(world, chen.id, (lin if blocked == "lin" else bao).customer)
    await link(world, lin, bao)
    assert [await is_served(world, person, steam) for person in (lin, bao)] == [False, False]
    assert await found(world, customer=[lin.customer]) == ["block"]


async def test_a_wrong_link_undone_leaves_the_block_where_it_was(world, clock, chen, lin, bao, steam):
    await world.stock(steam, 2)
    await put(world, chen.id, bao.customer)
    clock.forward(timedelta(minutes=1))
    await link(world, lin, bao)
    await world.db.write(joining.unlink, lin.id, bao.id)
    assert [await is_served(world, person, steam) for person in (lin, bao)] == [True, False]


@pytest.mark.parametrize("leaves", ["lin", "bao"])
async def test_parting_is_no_way_out_of_a_block(world, clock, chen, lin, bao, steam, leaves):
    await world.stock(steam, 2)
    await link(world, lin, bao)
    clock.forward(timedelta(minutes=1))
    made = await put(world, chen.id, (await met(world, bao)).customer, lasts=timedelta(days=7))
    await world.db.write(joining.unlink, bao.id, f"test:{leaves}")
    assert [await is_served(world, person, steam) for person in (lin, bao)] == [False, False]
    assert {each.until for each in await world.db.read(listings.standing, 9)} == {made.until}


@pytest.mark.parametrize("sooner", ["lin", "bao"])
async def test_parting_is_no_way_out_of_the_longer_of_two_blocks(world, clock, chen, lin, bao, steam, sooner):
    """One of both was blocked for a week before they were linked, the other for good since."""
    await world.stock(steam, 2)
    short, long = (lin, bao) if sooner == "lin" else (bao, lin)
    await put(world, chen.id, short.customer, lasts=timedelta(days=7))
    clock.forward(timedelta(minutes=1))
    await link(world, lin, bao)
    clock.forward(timedelta(minutes=1))
    await put(world, chen.id, long.customer)
    await world.db.write(joining.unlink, lin.id, bao.id)
    clock.forward(timedelta(days=8))
    assert [await is_served(world, person, steam) for person in (lin, bao)] == [False, False]


async def test_of_two_blocks_the_longer_goes_along_once(world, clock, chen, lin, bao):
    await link(world, lin, bao)
    clock.forward(timedelta(minutes=1))
    customer = (await met(world, bao)).customer
    other = {lin.customer, bao.customer} - {customer}
    await put(world, chen.id, customer)
    await put(world, chen.id, other.pop(), lasts=timedelta(days=7))
    await world.db.write(joining.unlink, bao.id, bao.id)
    assert [each.until for each in await world.db.read(listings.standing, 9)] == [None, None]


async def test_without_its_following_parting_would_be_one(world, clock, chen, lin, bao, steam, monkeypatch):
    """The control."""
    monkeypatch.setattr(listings, "follow", lambda tx, leaving, staying: None)
    await world.stock(steam, 2)
    await link(world, lin, bao)
    await put(world, chen.id, (await met(world, bao)).customer)
    await world.db.write(joining.unlink, bao.id, bao.id)
    assert [await is_served(world, person, steam) for person in (lin, bao)] == [False, True]


async def test_a_pass_stays_with_the_account_it_was_given(world, clock, chen, lin, bao):
    await link(world, lin, bao)
    clock.forward(timedelta(minutes=1))
    await put(world, chen.id, (await met(world, bao)).customer, verdict="allow")
    await world.db.write(joining.unlink, bao.id, bao.id)
    assert await found(world, customer=[lin.customer]) == ["allow"]
    assert await found(world, customer=[bao.customer]) == []
