"""What goes out later: nothing is granted before its time, and a refund, a dispute or a doubt takes it away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest

from core import (
    cards,
    chargebacks,
    composing,
    doubts,
    inventory,
    later,
    ledger,
    order_events,
    review,
    risk_policy,
)
from core.chargebacks import RefundNotice, SuspicionNotice
from core.customers import Person
from core.disputes import DisputeNotice
from core.ground.db import Tx
from core.ground.messages import words
from core.ground.rules import Rules
from core.meanwhile import MeanwhileChanged
from core.orders import AlreadyDecided, Order, State
from core.risk import Facts, Finding, Objection, Outcome, Params, Policy, Rule, Verdict
from core.staff import NotStaff
from core.units import Obligation
from jobs.later import later as go_out
from migrations import downgrade, upgrade
from tests.core import counter
from tests.world import Somebody, World

DELAY = timedelta(minutes=30)


def _objects(facts: Facts, params: Params) -> Objection:
    return Objection(words("risk-rule-broken", rule="a-test"))


def policy(outcome: Outcome) -> Callable[[str, Rules], Policy]:
    return lambda text, rules: Policy((Rule("a-test", _objects, hard=outcome),), 20, 50, 100, DELAY)


@pytest.fixture
def delays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(risk_policy, "read", policy(Outcome.DELAY))


@pytest.fixture
async def waits(world: World, lin: Person, steam: Any, delays: None) -> Order:
    """Lin's paid order of two, that goes out in half an hour."""
    await world.stock(steam, 2)
    return await counter.weigh(world, await counter.pay(world, await counter.place(world, lin, steam, 2)))


async def grants(world: World) -> int:
    return await world.count(inventory.grants)


async def come(world: World, step: timedelta = DELAY) -> None:
    world.clock.forward(step)
    await go_out(world.shop)


async def test_nothing_is_granted_before_its_time(world, waits):
    assert waits.state is State.PAID
    assert [unit.obligation for unit in waits.units] == [Obligation.LATER] * 2
    await counter.holds(world)
    await come(world, DELAY - timedelta(seconds=1))
    assert (await counter.now(world, waits), await grants(world)) == (waits, 0)
    await come(world, timedelta(seconds=1))
    out = await counter.now(world, waits)
    assert (out.state, [unit.obligation for unit in out.units]) == (State.FULFILLING, [Obligation.DELIVER] * 2)
    assert await grants(world) == 2
    await counter.holds(world)


async def test_the_schema_grants_nothing_meanwhile(world, waits):
    with pytest.raises(Exception, match="before the order is paid for and passed"):
        await world.db.write(inventory.grant, waits.units[0].id)


async def test_the_buyer_is_told_a_time_and_may_have_the_money(world, clock, lin, steam, waits):
    told = (await counter.read(world, lin, cards.later(waits))).revealed()
    by = (clock.now() + DELAY + timedelta(minutes=2)).astimezone(world.shop.rules.zone)
    assert f"{by:%H:%M}" in told
    back = await world.db.write(later.take_money, waits.id, lin.id)
    assert back.state is State.REFUND_PENDING
    await come(world)
    assert await grants(world) == 0
    assert (await counter.refunds_end(world, waits)).state is State.REFUNDED
    assert await world.db.read(inventory.few, steam, 9) == 2
    await counter.holds(world)


async def test_a_repeat_changes_nothing(world, waits):
    assert await counter.weigh(world, waits) == waits
    await world.db.write(later.until, waits, Verdict(Outcome.DELAY, (), delay=timedelta(days=9)))
    assert await counter.now(world, waits) == waits
    await come(world)
    out = await counter.now(world, waits)
    for _ in range(2):
        await world.db.write(later.go_out, waits.id)
    assert (await counter.now(world, waits), await grants(world)) == (out, 2)


async def test_two_processes_hand_over_once(world, waits):
    world.clock.forward(DELAY)
    await asyncio.gather(*(world.db.write(later.go_out, waits.id) for _ in range(8)))
    assert await grants(world) == 2
    await counter.holds(world)


async def test_what_breaks_in_the_middle_is_done_whole_the_next_time(world, waits, monkeypatch):
    """As after a crash: the first code was granted, the second not; nothing of it stays."""
    world.clock.forward(DELAY)
    grant = inventory.grant

    def breaks(tx: Tx, unit: int) -> int:
        if unit == waits.units[1].id:
            raise OSError("the process dies")
        return grant(tx, unit)

    monkeypatch.setattr(inventory, "grant", breaks)
    with pytest.raises(OSError, match="dies"):
        await go_out(world.shop)
    assert (await counter.now(world, waits), await grants(world)) == (waits, 0)
    monkeypatch.setattr(inventory, "grant", grant)
    await go_out(world.shop)
    assert await grants(world) == 2
    await counter.holds(world)


async def disputed(world: World, order: Order, state: Any = "open") -> None:
    [receipt] = await world.db.read(ledger.receipts_of, order.id)
    by = (await world.db.read(lambda tx: tx.now)) + timedelta(days=7)
    notice = DisputeNotice(receipt.rail, receipt.account, receipt.transaction, "d1", state, receipt.total, by)
    await world.db.write(chargebacks.told, notice)


async def suspected(world: World, order: Order) -> None:
    [receipt] = await world.db.read(ledger.receipts_of, order.id)
    notice = SuspicionNotice(receipt.rail, "event", receipt.account, receipt.transaction, "early fraud warning")
    await world.db.write(chargebacks.suspected, notice)


async def refunded(world: World, order: Order, share: int = 1) -> None:
    [receipt] = await world.db.read(ledger.receipts_of, order.id)
    part = type(receipt.total)(receipt.total.amount // share, receipt.total.currency)
    notice = RefundNotice(receipt.rail, "event", receipt.account, receipt.transaction, "re_1", part)
    await world.db.write(chargebacks.refunded_at_the_rail, notice)


async def refunded_in_part(world: World, order: Order) -> None:
    await refunded(world, order, 2)


@pytest.mark.parametrize(
    ("happens", "state"),
    [
        (disputed, State.DISPUTED),
        (suspected, State.IN_REVIEW),
        (refunded, State.REFUNDED),
        (refunded_in_part, State.IN_REVIEW),
    ],
)
async def test_it_is_called_off(world, waits, chen, happens, state):
    await happens(world, waits)
    await come(world, 2 * DELAY)
    assert ((await counter.now(world, waits)).state, await grants(world)) == (state, 0)


@pytest.mark.parametrize("happens", [disputed, suspected, refunded])
async def test_without_the_delay_it_would_have_been_too_late(world, lin, steam, chen, happens):
    """The control: the same order passes at once, and its codes are gone when it happens."""
    await world.stock(steam, 2)
    order = await counter.weigh(world, await counter.pay(world, await counter.place(world, lin, steam, 2)))
    await happens(world, order)
    assert await grants(world) == 2


async def test_it_ends_before_or_after_a_refund_and_never_in_both(world, waits, lin):
    """Whoever is first decides: the money goes back, or the codes go out."""
    world.clock.forward(DELAY)
    await asyncio.gather(world.db.write(later.take_money, waits.id, lin.id), world.db.write(later.go_out, waits.id))
    order, granted = await counter.now(world, waits), await grants(world)
    assert (order.state, granted) in {(State.FULFILLING, 2), (State.REFUND_PENDING, 0)}
    await counter.holds(world)


async def test_a_dispute_that_was_won_is_weighed_anew(world, waits):
    await disputed(world, waits)
    await disputed(world, waits, "won")
    again = await counter.weigh(world, waits)
    assert (again.state, later.due_at(again) is not None) == (State.PAID, True)
    await come(world)
    assert await grants(world) == 2


# Staff


async def test_staff_release_it_at_once(world, waits, chen):
    out = await world.db.write(later.release, waits.number, chen.id)
    assert (out.state, await grants(world)) == (State.FULFILLING, 2)
    with pytest.raises(MeanwhileChanged):
        await world.db.write(later.release, waits.number, chen.id)
    with pytest.raises(MeanwhileChanged):
        await world.db.write(doubts.doubt, waits.number, chen.id)


async def test_staff_look_at_it_first(world, waits, chen):
    held = await world.db.write(doubts.doubt, waits.number, chen.id)
    assert (held.state, len(held.findings)) == (State.IN_REVIEW, 2)
    await come(world)
    assert await grants(world) == 0
    await world.db.write(review.approve, await counter.now(world, waits), chen.id)
    assert await grants(world) == 2


@pytest.mark.parametrize("act", [later.release, doubts.doubt])
async def test_nobody_else_decides(world, waits, lin, act):
    with pytest.raises(NotStaff):
        await world.db.write(act, waits.number, lin.id)
    assert await counter.now(world, waits) == waits


async def test_staff_see_why_and_what_they_can_do(world, waits, chen):
    card = (await world.db.read(composing.compose, chen.id, await world.db.read(later.card, waits))).revealed()
    assert "晚点发货" in card
    assert "第一次来" in card


# A person looks: until when, and what then


async def held(world: World, lin: Person, steam: Any, verdict: Verdict) -> Order:
    await world.stock(steam, 1)
    order = await counter.pay(world, await counter.place(world, lin, steam))
    await world.db.write(review.hold, order, verdict)
    return await counter.now(world, order)


SOFT = Verdict(Outcome.REVIEW, (Finding("new", words("risk-rule-broken", rule="new"), weight=60),))
HARD = Verdict(Outcome.REVIEW, (Finding("new", words("risk-rule-broken", rule="new"), outcome=Outcome.REVIEW),))
DELIVERS = Rules(review_default="deliver")


@pytest.mark.parametrize(
    ("rules", "verdict", "state"),
    [
        (Rules(), SOFT, State.REFUND_PENDING),
        (DELIVERS, SOFT, State.FULFILLING),
        (DELIVERS, HARD, State.REFUND_PENDING),
    ],
    ids=["refund", "deliver", "deliver, but a hard rule objects"],
)
async def test_nobody_decides_in_time(world, lin, steam, chen, verdict, state):
    order = await held(world, lin, steam, verdict)
    card = await _read(world, chen, order)
    assert ("通过并发货" in card.splitlines()[-1]) is (state is State.FULFILLING)
    world.clock.forward(world.shop.rules.review_within)
    await world.db.write(review.run_out, order.id)
    await world.db.write(review.run_out, order.id)
    now = await counter.now(world, order)
    assert (now.state, now.decided_by) == (state, "clock")
    assert await grants(world) == (1 if state is State.FULFILLING else 0)
    with pytest.raises(AlreadyDecided):
        await world.db.write(review.approve, order, chen.id)
    await counter.holds(world)


async def _read(world: World, chen: Somebody, order: Order) -> str:
    return (await world.db.read(composing.compose, chen.id, await world.db.read(review.card, order))).revealed()


@pytest.mark.parametrize("rules", [Rules(hours=(time(9), time(18)))], ids=["9 to 18"])
async def test_the_time_to_look_counts_while_people_are_here(world, clock, lin, steam):
    order = await held(world, lin, steam, SOFT)
    assert abs(order.review_due_at - _two_open_hours(clock.now(), world.shop.rules)) <= timedelta(minutes=1)


def _two_open_hours(now: Any, rules: Rules) -> Any:
    """Counted minute by minute."""
    minutes = 0
    while minutes < 120:
        local = now.astimezone(rules.zone).time()
        minutes += time(9) <= local < time(18)
        now += timedelta(minutes=1)
    return now


# What staff read of the buyer


async def test_staff_see_the_buyers_history_and_similar_orders(world, lin, bao, steam, chen):
    await world.stock(steam, 3)
    await counter.sold(world, lin, steam)
    other = await counter.sold(world, bao, steam)
    order = await held(world, lin, steam, SOFT)
    card = await _read(world, chen, order)
    for told in (
        "买家 lin",
        "这是第 2 单",
        "付款 1 单，共 ¥100.00",
        "退款 0 单，争议 0 次",
        "补发 0 次",
        "没有其他账号",
    ):
        assert told in card, card
    assert f"{other.number} · " in card
    assert "已发货 · 同一商品" in card, card
    assert len(card) < 700


async def test_who_decided_is_kept(world, lin, steam, chen):
    order = await held(world, lin, steam, SOFT)
    await world.db.write(review.reject, order, chen.id)
    rejected = await counter.now(world, order)
    events = await world.db.read(order_events.events_of, order.id, "rejected")
    assert (rejected.decided_by, events[-1].actor) == ("chen", chen.id)


# The program of before, which knows nothing of going out later


async def test_going_back_it_is_weighed_again(
    world: World, waits: Order, tmp_path: Path, request: pytest.FixtureRequest
):
    url = await counter.address(world, tmp_path, request)
    await asyncio.to_thread(downgrade, url, "0018")
    effects = "SELECT effect_key FROM outbox WHERE kind = 'weigh' AND state = 'new'"
    assert [key for key in await counter.ask(world, effects) if key.startswith(f"weigh {waits.id} after ")]
    owed = "SELECT obligation || ' ' || owner FROM units ORDER BY id"
    assert await counter.ask(world, owed) == ["risk shop"] * 2
    await asyncio.to_thread(upgrade, url)
    again = await counter.weigh(world, waits)
    assert len(again.owing(Obligation.LATER)) == 2
    await counter.holds(world)
