"""Claims in the core: one at a time, ended once, never paid or replaced twice, and always with a time."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

import jobs.claims
from core import (
    claimcards,
    claiming,
    claims,
    delivery,
    evidence,
    gifts,
    giving,
    inventory,
    ledger,
    orders,
    redemptions,
    refunding,
    resending,
    threads,
)
from core.catalog import Product
from core.claims import Claim, ClaimDecided, ClaimedTooOften, Kind, State, TooManyClaims, UnknownClaim, Why
from core.customers import Person
from core.ground.money import Money
from core.ground.rules import Rules
from core.ground.vault import Secret
from core.orders import Order, UnknownOrder
from core.staff import NotStaff
from tests.core import counter
from tests.core.counter import ask
from tests.world import World

ALONE = Rules(claims_alone=Money(20000, "CNY"))


@pytest.fixture
async def sold(world: World, lin: Person, steam: Product) -> Order:
    await world.stock(steam, 2)
    return await counter.sold(world, lin, steam, 2)


async def report(world: World, lin: Person, order: Order, kind: Kind = Kind.USED, position: int = 1) -> Claim:
    key = f"event {next(counter.numbers)}"
    return await world.db.write(claiming.report, lin, order.number, position, kind, key)


async def shown(world: World, lin: Person, order: Order) -> Claim:
    """In review, with evidence."""
    claim = await report(world, lin, order)
    return await world.db.write(claiming.tell_more, lin, claim.number, "It says used", f"m{next(counter.numbers)}")


async def now(world: World, claim: Claim) -> Claim:
    return await world.db.read(claims.get, claim.id)


async def test_however_often_and_at_once_it_is_reported_it_is_one(world, lin, chen, sold):
    found = await asyncio.gather(*(report(world, lin, sold) for _ in range(6)))
    assert len({claim.number for claim in found}) == 1
    await world.holds()


async def test_the_schema_lets_one_go_on_for_a_unit(world, lin, chen, sold):
    claim = await report(world, lin, sold)
    about = {"order_id": sold.id, "grant_id": claim.grant}
    with pytest.raises(IntegrityError):
        await world.db.write(
            claims.add, "another", claim.unit, sold.customer, lin.id, Kind.USED, world.clock.now(), **about
        )


async def test_all_who_decide_at_once_are_one(world, lin, chen, steam, sold):
    await world.stock(steam, 5)
    dai = await world.hire("dai")
    claim = await shown(world, lin, sold)
    deciding = [
        world.db.write(decide, claim.number, *more, who.id)
        for who in (chen, dai)
        for decide, more in ((claiming.replace, ()), (claiming.refund, ()), (claiming.refuse, (Why.EVIDENCE,)))
    ]
    outcomes = await asyncio.gather(*deciding, return_exceptions=True)
    assert sum(isinstance(outcome, Claim) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, ClaimDecided) for outcome in outcomes) == 5
    await world.holds()


async def test_a_repeat_by_the_same_finds_it_as_they_left_it(world, lin, chen, steam, sold):
    await world.stock(steam, 5)
    claim = await shown(world, lin, sold)
    first = await world.db.write(claiming.replace, claim.number, chen.id)
    assert await world.db.write(claiming.replace, claim.number, chen.id) == first
    assert len(await ask(world, "SELECT id FROM grants")) == 3
    await world.holds()


async def test_the_same_press_hours_later_replaces_nothing_more(world, clock, lin, chen, steam, sold):
    """The unit is sent again by then: only the claim itself knows that it had its answer."""
    await world.stock(steam, 5)
    claim = await shown(world, lin, sold)
    await counter.send(world, await counter.now(world, sold))
    await world.db.write(claiming.replace, claim.number, chen.id)
    await counter.send(world, await counter.now(world, sold))
    dai = await world.hire("dai")
    with pytest.raises(ClaimDecided):
        await world.db.write(claiming.replace, claim.number, dai.id)
    assert len(await ask(world, "SELECT id FROM grants")) == 3


async def test_without_another_code_nothing_is_lost_and_a_refund_is_there(world, lin, chen, sold):
    claim = await shown(world, lin, sold)
    with pytest.raises(inventory.OutOfStock):
        await world.db.write(claiming.replace, claim.number, chen.id)
    assert (await now(world, claim)).goes_on
    assert set(await ask(world, "SELECT state FROM codes")) == {"granted"}
    await world.db.write(claiming.refund, claim.number, chen.id)
    await counter.refunds_end(world, sold)
    assert await world.db.read(ledger.balance, "goodwill") == 10000
    await world.holds()


async def test_a_price_goes_back_once(world, lin, chen, sold):
    first = await shown(world, lin, sold)
    await world.db.write(claiming.refund, first.number, chen.id)
    again = await shown(world, lin, sold)
    assert again.number != first.number
    with pytest.raises(refunding.NothingToRefund):
        await world.db.write(claiming.refund, again.number, chen.id)
    assert (await now(world, again)).goes_on


@pytest.mark.parametrize("rules", [Rules(), ALONE], ids=["by the clock", "by the shop"])
async def test_what_was_paid_back_is_not_replaced_as_well(world, clock, lin, chen, steam, sold):
    await world.stock(steam, 5)
    first = await report(world, lin, sold)
    await world.db.write(claiming.refund, first.number, chen.id)
    again = await shown(world, lin, sold)
    assert again.state is State.IN_REVIEW
    with pytest.raises(delivery.NotReplaced):
        await world.db.write(claiming.replace, again.number, chen.id)
    with pytest.raises(delivery.NotReplaced):
        await world.db.write(delivery.replace, sold.id, 1, "used", chen.id, "from the order's card")
    clock.forward(world.shop.rules.claim_within)
    await world.db.write(claiming.run_out, again.id)
    assert (await now(world, again)).state is State.REFUSED
    assert len(await ask(world, "SELECT id FROM grants")) == 2


@pytest.mark.parametrize("rules", [Rules(), ALONE], ids=["by the clock", "by the shop"])
async def test_what_a_person_refused_is_not_undone_by_reporting_it_again(world, clock, lin, chen, steam, sold):
    await world.stock(steam, 5)
    first = await report(world, lin, sold)
    await world.db.write(claiming.refuse, first.number, Why.EVIDENCE, chen.id)
    again = await shown(world, lin, sold)
    assert again.state is State.IN_REVIEW
    clock.forward(world.shop.rules.claim_within)
    await world.db.write(claiming.run_out, again.id)
    ended = await now(world, again)
    assert (ended.state, ended.reason) == (State.REFUSED, Why.UNDECIDED)
    assert (await world.db.write(claiming.appeal, lin, again.number)).state is State.REFUSED


@pytest.mark.parametrize(
    ("after", "becomes", "why"),
    [
        (None, State.REFUSED, Why.UNDECIDED),
        (timedelta(minutes=1), State.REFUSED, Why.REDEEMED),
        (timedelta(days=-1), State.REPLACED, None),
    ],
    ids=["nobody knows when", "after it was sent", "before"],
)
async def test_redeemed_is_what_was_redeemed_after_it_was_sent(
    world, clock, lin, chen, steam, sold, after, becomes, why
):
    await world.stock(steam, 1)
    claim = await shown(world, lin, sold)
    sent_at, unit = (await counter.now(world, sold)).units[0].sent_at, claim.unit
    held = (await world.db.read(inventory.granted_codes, [unit]))[unit]
    used_at = None if after is None else sent_at + after
    about = (sold.id, unit, held, redemptions.Source.ISSUER, "vendor", "told", used_at)
    await world.db.write(redemptions.tell, *about)
    clock.forward(world.shop.rules.claim_within)
    await world.db.write(claiming.run_out, claim.id)
    ended = await now(world, claim)
    assert (ended.state, ended.reason) == (becomes, why)
    assert ("when it was used is not known" in await world.db.read(evidence.text, sold.number)) is (after is None)


async def given(world: World, order: Order, giver: Person, friend: Person, position: int = 1) -> int:
    """A link by which a friend may open one of the codes, who has come by it."""
    made = await world.db.write(giving.give, order.number, position, giver.id, f"gift {next(counter.numbers)}")
    token = await world.db.read(gifts.link, made.gift.id, giver.id)
    assert token
    await world.db.write(giving.look, token.reveal(), friend.id)
    return made.gift.id


@pytest.mark.parametrize("seen", [True, False], ids=["foreseen", "refused where it was to be sent"])
async def test_one_that_never_arrived_ends_though_it_is_somebody_elses_by_then(
    world, clock, lin, bao, chen, steam, sold, monkeypatch, seen
):
    await world.stock(steam, 1)
    gift = await given(world, sold, lin, bao)
    assert (await report(world, lin, sold, Kind.MISSING)).state is State.RESENT
    again = await report(world, lin, sold, Kind.MISSING)
    await world.db.write(claiming.tell_more, lin, again.number, "Nothing came", "words")
    await world.db.write(giving.accept, gift, bao.id)
    clock.forward(world.shop.rules.claim_within)
    if seen:
        await world.db.write(claiming.run_out, again.id)
    else:
        monkeypatch.setattr(resending, "may_be_sent", lambda *about: True)
        await jobs.claims.claims(world.shop)
    ended = await now(world, again)
    assert (ended.state, ended.reason) == (State.REFUSED, Why.UNDECIDED)
    assert len(await ask(world, "SELECT id FROM grants")) == 2


async def test_what_was_given_away_is_looked_at_by_a_person_if_it_never_arrived(world, lin, bao, chen, sold):
    await world.db.write(giving.accept, await given(world, sold, lin, bao), bao.id)
    assert (await report(world, lin, sold, Kind.MISSING)).state is State.IN_REVIEW


async def test_nothing_is_given_away_while_a_claim_goes_on(world, lin, bao, chen, sold):
    claim = await report(world, lin, sold)
    with pytest.raises(giving.NotToGive):
        await given(world, sold, lin, bao)
    await given(world, sold, lin, bao, 2)
    await world.db.write(claiming.withdraw, lin, claim.number)
    await given(world, sold, lin, bao)


async def test_the_buyer_reads_to_whom_the_new_code_of_a_gift_goes(world, lin, bao, chen, steam, sold):
    await world.stock(steam, 2)
    await world.db.write(giving.accept, await given(world, sold, lin, bao), bao.id)
    for position, theirs in ((1, True), (2, False)):
        claim = await report(world, lin, sold, position=position)
        claim = await world.db.write(claiming.replace, claim.number, chen.id)
        said = await world.db.read(claimcards.to_buyer, claim)
        assert (said.paragraphs[0].key == "claim-replaced-given") is theirs


async def test_what_is_written_about_one_that_ended_reaches_a_person_once(world, lin, chen, sold):
    claim = await shown(world, lin, sold)
    await world.db.write(claiming.refuse, claim.number, Why.EVIDENCE, chen.id)
    for key in ("one", "one", "two"):
        await world.db.write(claiming.tell_more, lin, claim.number, f"Here it is: {key}", key)
    asked = await ask(world, "SELECT recipient FROM outbox WHERE effect_key LIKE 'say enquiry %'")
    assert asked == [chen.id, chen.id]
    [thread] = await world.db.read(threads.waiting)
    assert (thread.buyer, thread.order) == (lin.id, sold.id)
    card = await counter.read(world, chen, await world.db.read(claimcards.card, await now(world, claim)))
    assert "Here it is: two" in [part.reveal() for part in card.text if isinstance(part, Secret)]


async def test_others_see_and_do_nothing(world, lin, bao, chen, sold):
    claim = await report(world, lin, sold)
    with pytest.raises(UnknownOrder):
        await report(world, bao, sold)
    for act in (claiming.withdraw, claiming.nothing_to_show, claiming.appeal):
        with pytest.raises(UnknownClaim):
            await world.db.write(act, bao, claim.number)
    with pytest.raises(NotStaff):
        await world.db.write(claiming.replace, claim.number, lin.id)
    assert await now(world, claim) == claim


@pytest.mark.parametrize("rules", [Rules(claims_open=1)], ids=[""])
async def test_so_many_at_once(world, lin, chen, sold):
    claim = await report(world, lin, sold)
    with pytest.raises(TooManyClaims):
        await report(world, lin, sold, position=2)
    await world.db.write(claiming.withdraw, lin, claim.number)
    await report(world, lin, sold, position=2)


@pytest.mark.parametrize("rules", [Rules(claims_lately=2)], ids=[""])
async def test_so_many_lately_and_nobody_is_woken_by_them(world, clock, lin, chen, sold):
    to_staff = "SELECT effect_key FROM outbox WHERE kind = 'say' AND recipient = :chen ORDER BY id"
    before = await ask(world, to_staff, chen=chen.id)
    taken_back = await report(world, lin, sold)
    await world.db.write(claiming.withdraw, lin, taken_back.number)
    assert (await report(world, lin, sold, Kind.REGION)).state is State.REFUSED
    assert await ask(world, to_staff, chen=chen.id) == before
    with pytest.raises(ClaimedTooOften):
        await report(world, lin, sold)
    clock.forward(world.shop.rules.replaced_in)
    await report(world, lin, sold)


async def test_staff_hear_how_one_ended_that_they_have_seen(world, lin, chen, sold):
    claim = await shown(world, lin, sold)
    await world.db.write(claiming.withdraw, lin, claim.number)
    told = await ask(world, "SELECT effect_key FROM outbox WHERE kind = 'say' AND recipient = :chen", chen=chen.id)
    assert len([key for key in told if claim.number in key]) == 2


async def test_the_day_it_was_reported_counts(world, clock, lin, chen, steam, sold):
    await world.stock(steam, 1)
    clock.forward(timedelta(days=sold.terms.after_sale_days) - timedelta(minutes=5))
    claim = await shown(world, lin, sold)
    clock.forward(timedelta(minutes=10))
    assert (await world.db.write(claiming.replace, claim.number, chen.id)).state is State.REPLACED
    late = await report(world, lin, sold, position=2)
    assert (late.state, late.reason) == (State.REFUSED, Why.WINDOW)


@pytest.mark.parametrize(
    ("rules", "spare", "becomes"),
    [
        (Rules(), 1, State.REPLACED),
        (Rules(), 0, State.REFUNDED),
        (Rules(claim_default="refuse"), 1, State.REFUSED),
        (Rules(replacements=0), 1, State.REFUSED),
    ],
    ids=["a code", "its price", "the owner would rather not", "too many before"],
)
async def test_where_nobody_decides_it_ends(world, clock, lin, chen, steam, sold, spare, becomes):
    await world.stock(steam, spare)
    claim = await shown(world, lin, sold)
    assert await world.db.read(claiming.overdue) == []
    clock.forward(world.shop.rules.claim_within)
    assert await world.db.read(claiming.overdue) == [claim.id]
    for _ in range(2):
        await world.db.write(claiming.run_out, claim.id)
    ended = await now(world, claim)
    assert (ended.state, ended.decided_by) == (becomes, "clock")
    assert await world.db.read(claiming.overdue) == []


async def test_a_person_looks_once_at_what_the_shop_refused(world, lin, chen, sold):
    claim = await report(world, lin, sold, Kind.REGION)
    assert (claim.state, claim.reason) == (State.REFUSED, Why.REGION)
    for _ in range(2):
        assert (await world.db.write(claiming.appeal, lin, claim.number)).state is State.IN_REVIEW
    await world.db.write(claiming.refuse, claim.number, Why.REGION, chen.id)
    assert (await world.db.write(claiming.appeal, lin, claim.number)).state is State.REFUSED


async def test_what_was_replaced_since_is_looked_at_no_more(world, lin, chen, steam, sold):
    """It could be pressed again from the older claim: the schema alone refused a second code for it then."""
    await world.stock(steam, 5)
    old = await report(world, lin, sold, Kind.REGION)
    claim = await shown(world, lin, sold)
    await world.db.write(claiming.replace, claim.number, chen.id)
    await counter.send(world, await counter.now(world, sold))
    assert (await world.db.write(claiming.appeal, lin, old.number)).state is State.REFUSED
    with pytest.raises(ClaimDecided):
        await world.db.write(claiming.replace, old.number, chen.id)
    await world.holds()


async def test_what_a_supplier_sold_is_claimed_there_in_turn(world, lin, chen, steam, sold):
    """What was not bought has no such row; its verdict changes nothing then."""
    claim = await shown(world, lin, sold)
    assert await world.db.read(claims.verdict, claim) is None
    await world.db.write(claiming.supplier_ruled, claim.number, "accepted", chen.id)
    assert await ask(world, "SELECT claim_id FROM supplier_claims") == []


async def test_the_story_of_the_order_tells_it_without_ending_what_others_do(world, lin, chen, sold):
    claim = await report(world, lin, sold)
    await world.db.write(claiming.withdraw, lin, claim.number)
    told = await ask(world, "SELECT what FROM order_events ORDER BY id")
    assert told[-2:] == ["claim_opened", "claim_ended"]
    assert (await world.db.read(refunding.refundable, sold.number)).order.state is orders.State.DELIVERED
