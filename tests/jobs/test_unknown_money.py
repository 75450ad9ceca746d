"""A provider tells of money that the shop has never seen: for an hour it may be early, then it is somebody else's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core import notices, restores, settling
from core.chargebacks import RefundNotice, SuspicionNotice
from core.disputes import DisputeNotice
from core.ground.money import Money
from core.notices import Notice
from core.orders import State
from tests.core import counter
from tests.jobs.test_lost_money import alarms
from tests.jobs.test_work import bought, now, states
from tests.world import World

SOON = datetime(2030, 1, 1, tzinfo=UTC)


def refund(event: str, transaction: str = "pi_elsewhere") -> RefundNotice:
    return RefundNotice("sandbox", event, "our-account", transaction, f"re_{event}", Money(2500, "CNY"), so_far=True)


async def told(world: World, *those: Notice) -> None:
    for one in those:
        await world.db.write(notices.store, one)


async def pass_by(world: World, minutes: int) -> None:
    """Everything that falls due meanwhile is worked on when it is."""
    for _ in range(minutes):
        world.clock.forward(timedelta(minutes=1))
        await world.runner.drain()


async def test_a_strangers_refund_is_said_once_after_an_hour_and_tried_no_more(world, chen, chat):
    await told(world, refund("1"), refund("2"), refund("3"))
    await world.runner.drain()
    await pass_by(world, 59)
    assert await states(world) == ["new"] * 3
    assert await alarms(world, "") == 0  # also not that they wait
    await pass_by(world, 16)
    assert await states(world) == ["done"] * 3
    assert await alarms(world, "") == 1
    said = chat.of("chen").get_nowait().revealed()
    assert "25.00" in said
    assert "pi_elsewhere" in said
    await counter.holds(world)


async def test_without_the_end_it_would_be_tried_on(world, chen, monkeypatch):
    """The negative control."""
    monkeypatch.setattr(notices, "WAITS", timedelta(days=9))
    await told(world, refund("1"))
    await pass_by(world, 80)
    assert await states(world) == ["new"]


async def test_one_that_is_only_early_is_taken_once_its_money_is_known(world, chen, steam):
    await world.stock(steam, 1)
    order, _ = await bought(world)
    pays = await counter.notice(world, order)
    await told(world, RefundNotice("sandbox", "early", pays.account, pays.transaction, "re_1", pays.total))
    await pass_by(world, 10)
    assert await states(world) == ["new"]
    await world.db.write(settling.settle, pays)
    await pass_by(world, 16)
    assert await states(world) == ["done"]
    assert (await now(world, order)).state is not State.AWAITING_PAYMENT
    assert (await alarms(world, "unknown"), await alarms(world, "outside")) == (0, 1)


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (SuspicionNotice("sandbox", "s", "our-account", "pi_elsewhere", "made with a stolen card"), "stolen card"),
        (DisputeNotice("sandbox", "our-account", "pi_elsewhere", "d", "open", Money(99, "CNY"), SOON, "d"), "0.99"),
    ],
    ids=["suspicion", "dispute"],
)
async def test_each_kind_is_said_as_what_it_is(world, chen, chat, other: Notice, says: str):
    await told(world, other)
    await pass_by(world, 80)
    assert await states(world) == ["done"]
    assert await alarms(world, "") == 1
    assert says in chat.of("chen").get_nowait().revealed()


async def test_nobody_is_taken_for_a_stranger_while_the_books_are_unchecked(world, chen):
    """The payment may have come after the backup that the shop was restored from."""
    await told(world, refund("1"))
    moment = await world.db.read(lambda tx: tx.now)
    await world.db.write(restores.restored, "0" * 64, moment - timedelta(days=1), moment)
    await pass_by(world, 80)
    assert await states(world) == ["new"]
    await world.db.write(restores.checked, {})
    await pass_by(world, 16)
    assert await states(world) == ["done"]
