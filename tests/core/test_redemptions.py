"""What is known of redemptions: each source by itself, once; and what nobody told is not known, never "no"."""

from __future__ import annotations

import asyncio
import itertools
from unittest import mock

import pytest
from sqlalchemy import insert, update

from core import delivery, evidence, inventory, order_events, redeeming, redemptions
from core.authority import Role
from core.catalog import Product
from core.customers import Person
from core.ground.vault import Secret
from core.orders import Order, UnknownOrder
from core.redeeming import Honoured, NotHonoured, NotHonouredNow
from core.redemptions import OURS, Redemption, Source
from core.staff import NotAllowed, NotStaff
from tests.core import counter
from tests.core.counter import ask
from tests.world import Somebody, World

CODE = "MIKA-VOUCHER-0001"
numbers = itertools.count()


@pytest.fixture
async def voucher(world: World, chen: Somebody) -> Product:
    """The shop's own: it honours its codes itself."""
    made = await world.make("voucher")
    await world.stocked(made, [CODE, "MIKA-VOUCHER-0002"])
    await world.db.write(redemptions.set_issuer, made, OURS, chen.id)
    return made


@pytest.fixture
async def sold(world: World, lin: Person, voucher: Product) -> Order:
    return await counter.sold(world, lin, voucher)


async def redeem(world: World, by: str, code: str = CODE, key: str = "") -> Honoured:
    return await world.db.write(redeeming.redeem, Secret(code), by, key or f"event {next(numbers)}")


async def known(world: World, order: Order, at: int = 0) -> tuple[Redemption, ...]:
    return await world.db.read(redemptions.known, order.units[at].id)


async def works(world: World, order: Order, who: Person, *positions: int, key: str = "told") -> Order:
    return await world.db.write(redeeming.worked, order.number, positions, who.id, key)


# Over our own counter


async def test_a_code_of_ours_is_redeemed_once_and_its_holder_is_told(world, lin, chen, sold):
    found = await redeem(world, chen.id)
    assert (found.fresh, found.order.number, found.unit.position, found.by) == (True, sold.number, 1, "chen")
    [one] = await known(world, sold)
    assert (one.source, one.by, one.at) == (Source.SELLER, chen.id, found.at)
    told = "SELECT recipient FROM outbox WHERE effect_key LIKE 'say redeemed %'"
    assert await ask(world, told) == [lin.id]
    wei = await world.hire("wei")
    again = await redeem(world, wei.id)
    assert (again.fresh, again.at, again.by) == (False, found.at, "chen")
    assert await ask(world, told) == [lin.id]
    assert len(await known(world, sold)) == 1
    await counter.holds(world)


async def test_heard_again_the_same_event_is_no_second_time(world, chen, sold):
    first = await redeem(world, chen.id, key="event")
    assert await redeem(world, chen.id, key="event") == first


async def test_it_is_found_however_it_was_typed(world, chen, sold):
    assert (await redeem(world, chen.id, f"  {CODE}\n")).fresh


async def race(world: World, *by: str) -> list[bool]:
    found = await asyncio.gather(*(redeem(world, person) for person in by))
    return sorted(one.fresh for one in found)


async def test_of_two_at_once_one_redeems_it(world, chen, sold):
    wei = await world.hire("wei")
    assert await race(world, chen.id, wei.id) == [False, True]
    assert await ask(world, "SELECT COUNT(*) FROM redemptions") == [1]


async def test_without_the_guard_both_would(world, chen, sold):
    """The control: where one row more may be written, both are told that they were first."""
    wei, counted = await world.hire("wei"), itertools.count()

    def told(tx, order, unit, code, source, by, key, used_at=None):
        tx.changed(
            insert(redemptions.redemptions),
            unit_id=unit,
            code_id=code,
            source=list(Source)[next(counted) % 3],
            told_by=by,
            told_at=tx.now,
            key=key,
        )
        return True

    with mock.patch.object(redemptions, "tell", told):
        assert await race(world, chen.id, wei.id) == [True, True]


async def test_what_is_not_ours_or_nobodys_is_refused_alike(world, lin, chen, steam, sold):
    [other] = await world.stock(steam, 1)
    await counter.sold(world, lin, steam)
    for code in (other, "MIKA-VOUCHER-0002", "NO-SUCH-CODE", "two\nlines", "", "x" * 100_000):
        with pytest.raises(NotHonoured):
            await redeem(world, chen.id, code)
    assert await ask(world, "SELECT COUNT(*) FROM redemptions") == [0]


async def test_a_replaced_code_is_not_honoured_and_the_new_one_is(world, lin, chen, voucher, sold):
    await world.db.write(delivery.replace, sold.id, 1, "bad", chen.id, "event")
    await counter.send(world, sold)
    with pytest.raises(NotHonoured):
        await redeem(world, chen.id)
    assert (await redeem(world, chen.id, "MIKA-VOUCHER-0002")).fresh


async def test_what_the_bank_asks_back_is_not_honoured(world, chen, sold):
    await counter.run(world, "UPDATE orders SET state = 'disputed'")
    with pytest.raises(NotHonouredNow):
        await redeem(world, chen.id)


async def test_only_whoever_answers_buyers_redeems(world, lin, chen, sold):
    with pytest.raises(NotStaff):
        await redeem(world, lin.id)
    viewer = await world.hire("vera", Role.VIEWER)
    with pytest.raises(NotAllowed):
        await redeem(world, viewer.id)


async def test_a_shared_code_is_redeemed_once_by_each_who_holds_it(world, lin, bao, chen):
    shared = await world.make("shared", kind="shared")
    await world.stocked(shared, ["SHARED-OURS-1"], 2)
    await world.db.write(redemptions.set_issuer, shared, OURS, chen.id)
    await counter.sold(world, lin, shared)
    assert [(await redeem(world, chen.id, "SHARED-OURS-1")).fresh for _ in range(2)] == [True, False]
    await counter.sold(world, bao, shared)
    assert [(await redeem(world, chen.id, "SHARED-OURS-1")).fresh for _ in range(2)] == [True, False]


# A buyer's own word


async def test_what_nobody_told_is_not_known(world, sold):
    assert await known(world, sold) == ()


async def test_a_buyer_tells_that_it_worked_and_nothing_of_when_and_where_is_kept(world, lin, sold):
    await works(world, sold, lin)
    await works(world, sold, lin)  # a repeat
    [one] = await known(world, sold)
    assert (one.source, one.by, one.consented, one.with_place) == (Source.BUYER, lin.id, False, False)
    assert await ask(world, "SELECT COUNT(*) FROM redemptions WHERE used_at IS NOT NULL OR place IS NOT NULL") == [0]
    assert await world.db.read(redeeming.untold, sold) == []


async def test_when_and_where_are_kept_by_consent_sealed_and_erased_when_it_is_taken_back(world, lin, sold):
    await works(world, sold, lin)
    await world.db.write(redeeming.keep_where, sold.number, f"in Turkey, {CODE}", lin.id, "told")
    [one] = await known(world, sold)
    assert one.consented
    assert await world.db.read(redemptions.place, one.id) == "in Turkey, •••"  # a code that slipped in is covered
    assert await world.db.read(redeeming.is_kept, sold)
    assert await world.db.write(redeeming.forget_where, sold.number, lin.id)
    assert not await world.db.write(redeeming.forget_where, sold.number, lin.id)
    [one] = await known(world, sold)
    assert not one.consented
    assert await ask(world, "SELECT COUNT(*) FROM redemptions WHERE place IS NOT NULL OR used_at IS NOT NULL") == [0]


async def test_the_schema_keeps_no_place_without_consent(world, lin, sold):
    await works(world, sold, lin)
    with pytest.raises(Exception, match=r"(?i)check"):
        await world.db.write(
            lambda tx: tx.changed(update(redemptions.redemptions).values(place=b"here", consent_at=None))
        )


async def test_nobody_tells_of_anybody_elses(world, lin, bao, sold):
    with pytest.raises(UnknownOrder):
        await works(world, sold, bao)
    await works(world, sold, lin)
    with pytest.raises(UnknownOrder):
        await world.db.write(redeeming.forget_where, sold.number, bao.id)


async def test_the_sources_stand_beside_each_other_and_the_evidence_names_them(world, lin, chen, sold):
    await works(world, sold, lin)
    await redeem(world, chen.id)
    unit = sold.units[0].id
    code = (await world.db.read(inventory.granted_codes, [unit]))[unit]
    told = (sold.id, unit, code, Source.ISSUER, "sandbox", "poll 1", sold.placed_at)
    assert await world.db.write(redemptions.tell, *told)
    assert not await world.db.write(redemptions.tell, *told)
    assert [one.source for one in await known(world, sold)] == [Source.BUYER, Source.SELLER, Source.ISSUER]
    text = await world.db.read(evidence.text, sold.number)
    for source in Source:
        assert f"as the {source} told" in text
    assert CODE not in text


async def test_of_several_codes_each_is_told_by_itself(world, lin, steam):
    await world.stock(steam, 3)
    order = await counter.sold(world, lin, steam, 3)
    await works(world, order, lin, 2)
    told = await world.db.read(redemptions.known_of, [unit.id for unit in order.units])
    assert list(told) == [order.units[1].id]
    await works(world, order, lin, key="all")
    assert len(await world.db.read(redemptions.known_of, [unit.id for unit in order.units])) == 3
    assert await world.db.read(order_events.happened, order.id, "redeemed")
