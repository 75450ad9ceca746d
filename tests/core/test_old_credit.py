"""Balances of the old shop: claimed once, by who came by the link or proved the address; the books stay balanced."""

from __future__ import annotations

import asyncio

import pytest

from core import joining, kin, ledger, linking, old_credit
from core.customers import Person
from core.ground.db import Tx
from core.moved import Source
from core.old_credit import CreditGone
from core.old_shops import OldMember
from tests.core import counter
from tests.core.test_old_orders import proves
from tests.world import World

FAKA = Source.of("acg-faka", "db.example/faka")
LIN_THERE = OldMember("7", "林", 1234, email="lin@example.org", phone="13800000000")


@pytest.fixture
async def link(world: World) -> str:
    """What lin's link carries."""
    await world.db.write(old_credit.bring, FAKA, LIN_THERE, "CNY")
    await world.db.write(old_credit.open_up, FAKA)
    [(owner, link)] = await world.db.read(old_credit.waiting, 0, 50)
    assert (owner.name, owner.email, owner.phone) == ("林", "lin@example.org", "13800000000")
    return link.reveal()


async def credit_of(world: World, who: Person) -> int:
    return (await world.db.read(ledger.credit, await world.db.read(_customer, who), "CNY")).amount


def _customer(tx: Tx, who: Person) -> int:
    return kin.customers.person(tx, who.id).customer


async def test_who_came_by_the_link_claims_it_once(world, link, lin, bao):
    found = await world.db.write(old_credit.look, link, lin)
    assert found.total.amount == 1234
    assert await credit_of(world, lin) == 0
    for _ in range(3):
        await world.db.write(old_credit.claim, found.id, lin)
    assert await credit_of(world, lin) == 1234
    assert await world.db.read(ledger.balance, f"held:{found.id}") == 0
    with pytest.raises(CreditGone):
        await world.db.write(old_credit.look, link, bao)
    assert (await world.db.write(old_credit.look, link, lin)).person == lin.id
    assert await world.db.read(old_credit.waiting, 0, 50) == []
    await counter.holds(world)


async def test_before_the_owner_opens_it_nobody_is_told(world, lin):
    await world.db.write(old_credit.bring, FAKA, LIN_THERE, "CNY")
    await proves(world, lin, "lin@example.org")
    assert await world.db.read(old_credit.waiting, 0, 50) == []
    assert await world.db.write(old_credit.by_mail, lin) == []
    await world.db.write(old_credit.open_up, FAKA)
    [(_, link)] = await world.db.read(old_credit.waiting, 0, 50)
    [found] = await world.db.write(old_credit.by_mail, lin)
    await counter.run(world, "UPDATE old_credits SET opened_at = NULL")
    with pytest.raises(CreditGone):
        await world.db.write(old_credit.look, link.reveal(), lin)
    with pytest.raises(CreditGone):
        await world.db.write(old_credit.claim, found.id, lin)
    assert await world.db.write(old_credit.open_up, FAKA) == 1
    assert await world.db.write(old_credit.open_up, FAKA) == 0
    await world.db.write(old_credit.claim, found.id, lin)
    assert await credit_of(world, lin) == 1234


async def test_a_number_alone_claims_nothing(world, link, lin):
    for number in (1, 2, 0, -1):
        with pytest.raises(CreditGone):
            await world.db.write(old_credit.claim, number, lin)
    for payload in ("", "c-", "c-x", "g-" + link[2:], "c-" + "A" * 27):
        with pytest.raises(CreditGone):
            await world.db.write(old_credit.look, payload, lin)


async def raced(world: World, link: str) -> tuple[int, list[object]]:
    """So many who have the link claim at once: what they have together, and what came of it."""
    people = [await counter.meet(world, f"friend{n}") for n in range(8)]
    found = [await world.db.write(old_credit.look, link, person) for person in people]
    came = await asyncio.gather(
        *(world.db.write(old_credit.claim, found[0].id, person) for person in people for _ in range(2)),
        return_exceptions=True,
    )
    return sum([await credit_of(world, person) for person in people]), list(came)


async def test_of_many_at_once_one_has_it(world, link):
    total, came = await raced(world, link)
    assert total == 1234
    assert sum(isinstance(each, CreditGone) for each in came) == 14
    await counter.holds(world)


async def test_without_the_guard_several_would_be_told_that_it_is_theirs(world, link, monkeypatch):
    """The control: nothing but the schema holds then, and it holds one posting only."""
    unguarded = old_credit.update(old_credit.old_credits).where(
        old_credit.old_credits.c.id == old_credit.bindparam("credit")
    )
    monkeypatch.setattr(
        old_credit,
        "CLAIM",
        unguarded.values(
            state="claimed", claimed_by=old_credit.bindparam("person"), claimed_at=old_credit.bindparam("moment")
        ),
    )
    _, came = await raced(world, link)
    assert any(not isinstance(each, CreditGone | old_credit.OldCredit) for each in came)


async def test_a_proved_address_finds_it(world, link, lin, bao):
    assert await world.db.write(old_credit.by_mail, lin) == []
    await proves(world, lin, "LIN@example.org")
    [found] = await world.db.write(old_credit.by_mail, lin)
    await world.db.write(old_credit.claim, found.id, lin)
    assert await credit_of(world, lin) == 1234
    assert await world.db.write(old_credit.by_mail, lin) == []


async def test_a_balance_that_changed_there_changes_until_it_is_claimed(world, link, lin):
    more = OldMember("7", "林", 2000, email="lin@example.org")
    assert await world.db.write(old_credit.bring, FAKA, more, "CNY") == "changed"
    assert await world.db.write(old_credit.bring, FAKA, more, "CNY") == "same"
    found = await world.db.write(old_credit.look, link, lin)
    await world.db.write(old_credit.claim, found.id, lin)
    assert await credit_of(world, lin) == 2000
    assert await world.db.write(old_credit.bring, FAKA, LIN_THERE, "CNY") == "claimed"
    assert await credit_of(world, lin) == 2000
    await counter.holds(world)


async def test_who_was_banned_there_has_nothing_here(world, link, lin):
    banned = OldMember("7", "林", 1234, banned=True)
    assert await world.db.write(old_credit.bring, FAKA, banned, "CNY") == "changed"
    with pytest.raises(CreditGone):
        await world.db.write(old_credit.look, link, lin)
    assert await world.db.read(ledger.balance, "migrated") == 0


async def test_it_is_spent_on_the_next_order(world, link, lin, steam):
    await world.stock(steam, 1)
    found = await world.db.write(old_credit.look, link, lin)
    await world.db.write(old_credit.claim, found.id, lin)
    order = await counter.place(world, lin, steam, 1)
    [payment] = [one for one in await world.db.read(ledger.payments_of, order.id) if one.rail != ledger.CREDIT]
    assert payment.total.amount == order.total.amount - 1234
    await counter.holds(world)


async def test_it_goes_with_the_account_that_claimed_it(world, link, lin, bao):
    """Linked and parted again, whoever claimed it has it, and the other nothing."""
    code = await world.db.write(linking.ask, lin, "ask")
    said = (await world.db.read(linking.shown, code.id, lin.id)).reveal()
    offer = await world.db.write(linking.say, bao, said, "say")
    await world.db.write(linking.confirm, offer.code, bao.id)
    await world.db.write(joining.link, offer.code, lin.id)
    found = await world.db.write(old_credit.look, link, bao)
    await world.db.write(old_credit.claim, found.id, bao)
    assert await credit_of(world, lin) == await credit_of(world, bao) == 1234
    await world.db.write(joining.unlink, bao.id, bao.id)
    assert (await credit_of(world, lin), await credit_of(world, bao)) == (0, 1234)
    await counter.holds(world)
