"""The budgets: never more than Telegram allows, and no longer a wait than they ask for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from bot.chats.telegram import manners
from bot.chats.telegram.manners import BURST, PATIENCE, Budget, Manners
from core.ground.errors import SendError

LIN, BAO, GROUP = 1, 2, -100


class Time:
    """A clock that sleeping moves on."""

    def __init__(self) -> None:
        self.at = 1000.0

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += max(seconds, 0.0)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Iterator[Time]:
    made = Time()
    monkeypatch.setattr(manners.asyncio, "sleep", made.sleep)
    yield made


async def turns(budget: Budget, time: Time, chat: int, many: int) -> list[float]:
    """When each of them went, patiently: what is told to wait comes back then."""
    went: list[float] = []
    while len(went) < many:
        try:
            async with budget.turn(chat):
                went.append(time.at)
        except SendError as error:
            assert error.wait is not None
            time.at += error.wait.total_seconds()
    return went


async def turn(budget: Budget, chat: int) -> None:
    async with budget.turn(chat):
        pass


def most_in(went: list[float], window: float) -> int:
    return max(sum(start <= other < start + window - 1e-6 for other in went) for start in went)


async def test_one_person_gets_a_few_at_once_and_then_one_a_second(time):
    went = await turns(Budget(Manners(), time.now), time, LIN, 20)
    assert went[BURST - 1] == went[0]
    assert went[-1] - went[0] == pytest.approx(20 - BURST, abs=0.01)


async def test_changing_what_stands_there_costs_nothing_of_the_chat_s_budget(time):
    budget, began = Budget(Manners(), time.now), time.at
    for _ in range(20):
        async with budget.turn(LIN, changes=True), budget.turn(GROUP, changes=True):
            pass
    assert time.at - began < 2  # of the bot's it does
    budget.hold(LIN, 30)
    with pytest.raises(SendError):
        async with budget.turn(LIN, changes=True):
            pass


async def test_a_group_gets_no_more_than_its_minute_holds(time):
    went = await turns(Budget(Manners(), time.now), time, GROUP, 70)
    assert most_in(went, 60.0) == 20
    assert went[-1] - went[0] == pytest.approx(180 + 9 - (BURST - 1), abs=0.1)  # and no later than that
    assert most_in(went, 10.0) == 10 + BURST - 1  # the budget of any chat is a group's as well


async def test_the_bot_says_no_more_in_a_second_than_it_may(time):
    budget = Budget(Manners(), time.now)
    went = [moment for person in range(1, 200) for moment in await turns(budget, time, person, 1)]
    assert most_in(went, 1.0) == 30
    assert went[-1] - went[0] == pytest.approx(6, abs=0.01)


async def test_a_message_whose_turn_is_far_away_goes_back(time):
    budget = Budget(Manners(), time.now)
    await turns(budget, time, GROUP, 20)
    with pytest.raises(SendError) as caught:
        await turn(budget, GROUP)
    assert caught.value.wait is not None
    assert not caught.value.permanent
    assert PATIENCE < caught.value.wait.total_seconds() <= 60
    await turn(budget, LIN)  # nobody else waits for it


async def test_quiet_that_was_asked_for_is_kept_in_that_chat_alone(time):
    budget = Budget(Manners(), time.now)
    budget.hold(LIN, 30)
    with pytest.raises(SendError) as caught:
        await turn(budget, LIN)
    assert caught.value.wait is not None
    assert caught.value.wait.total_seconds() == pytest.approx(30)
    before = time.at
    await turn(budget, BAO)
    assert time.at == before
    time.at += 30
    await turn(budget, LIN)


async def test_control_without_the_budget_more_go(time, monkeypatch):
    @asynccontextmanager
    async def at_once(chat: int) -> AsyncIterator[None]:
        yield

    budget = Budget(Manners(), time.now)
    monkeypatch.setattr(budget, "turn", at_once)
    assert most_in(await turns(budget, time, GROUP, 70), 60.0) == 70


async def test_side_by_side_they_are_kept_too():
    budget = Budget(Manners(per_second=50, per_chat=1000.0))
    loop = asyncio.get_running_loop()
    went: list[float] = []

    async def one(person: int) -> None:
        async with budget.turn(person):
            went.append(loop.time())

    begun = loop.time()
    await asyncio.gather(*(one(person) for person in range(1, 101)))
    assert loop.time() - begun > 0.95


async def test_a_call_counts_until_a_second_after_its_answer(time):
    """Telegram may have seen it just before it answered."""
    budget = Budget(Manners(per_second=2, per_chat=1000.0), time.now)
    async with budget.turn(LIN):
        await turn(budget, BAO)
        time.at += 5.0  # it is under way for long
    before = time.at
    await turn(budget, BAO)
    assert time.at == before
    await turn(budget, BAO)
    assert time.at >= before + 1.0


async def test_while_all_are_under_way_nothing_more_goes():
    budget = Budget(Manners(per_second=1, per_chat=1000.0))
    answered, went = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with budget.turn(LIN):
            await answered.wait()

    async def second() -> None:
        async with budget.turn(BAO):
            went.set()

    both = asyncio.gather(first(), second())
    await asyncio.sleep(1.1)
    assert not went.is_set()
    answered.set()
    await both
    assert went.is_set()


# From one process to the next


async def both(time: Time, *, hands_over: bool) -> list[float]:
    """When messages to a group went that one process began and another one went on with."""
    one, other = Budget(Manners(), time.now), Budget(Manners(), time.now)
    went = await turns(one, time, GROUP, 15)
    left = one.leaves()
    one.fall_silent()
    time.at += 0.5
    other.take_over(left if hands_over else None, 0.5)
    return went + await turns(other, time, GROUP, 15)


async def test_what_one_process_said_counts_for_the_next(time):
    assert most_in(await both(time, hands_over=True), 60.0) <= 20


async def test_a_process_that_was_told_nothing_says_too_much(time):
    assert most_in(await both(time, hands_over=False), 60.0) > 20


async def test_what_counts_is_plain_data(time):
    budget = Budget(Manners(), time.now)
    await turns(budget, time, LIN, 5)
    await turns(budget, time, GROUP, 5)
    budget.hold(LIN, 30)
    left = budget.leaves()
    assert json.loads(json.dumps(left)) == left
    other = Budget(Manners(), time.now)
    other.take_over(left, 0.0)
    with pytest.raises(SendError, match="not this message's turn"):
        await turn(other, LIN)


async def test_who_waits_for_a_turn_is_told_when_another_process_is_to_speak():
    budget = Budget(Manners(per_chat=0.5))
    for _ in range(BURST):
        await turn(budget, LIN)
    waiting = asyncio.create_task(turn(budget, LIN))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    budget.fall_silent()
    with pytest.raises(SendError) as caught:
        await waiting
    assert caught.value.wait is not None
    with pytest.raises(SendError):
        await turn(budget, BAO)
    budget.take_over(None, 0.0)
    await turn(budget, BAO)
