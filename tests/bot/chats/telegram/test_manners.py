"""The budgets: never more than Telegram allows, and no longer a wait than they ask for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

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
            await budget.turn(chat)
        except SendError as error:
            assert error.wait is not None
            time.at += error.wait.total_seconds()
            continue
        went.append(time.at)
    return went


def most_in(went: list[float], window: float) -> int:
    return max(sum(start <= other < start + window - 1e-6 for other in went) for start in went)


async def test_one_person_gets_a_few_at_once_and_then_one_a_second(time):
    went = await turns(Budget(Manners(), time.now), time, LIN, 20)
    assert went[BURST - 1] == went[0]
    assert went[-1] - went[0] == pytest.approx(20 - BURST, abs=0.01)


async def test_a_group_gets_no_more_than_its_minute_holds(time):
    went = await turns(Budget(Manners(), time.now), time, GROUP, 70)
    assert most_in(went, 60.0) == 20
    assert went[-1] - went[0] == pytest.approx(180, abs=0.01)  # and no later than that


async def test_the_bot_says_no_more_in_a_second_than_it_may(time):
    budget = Budget(Manners(), time.now)
    went = [moment for person in range(1, 200) for moment in await turns(budget, time, person, 1)]
    assert most_in(went, 1.0) == 30
    assert went[-1] - went[0] == pytest.approx(6, abs=0.01)


async def test_a_message_whose_turn_is_far_away_goes_back(time):
    budget = Budget(Manners(), time.now)
    for _ in range(20):
        await budget.turn(GROUP)
    with pytest.raises(SendError) as caught:
        await budget.turn(GROUP)
    assert caught.value.wait is not None
    assert not caught.value.permanent
    assert PATIENCE < caught.value.wait.total_seconds() <= 60
    await budget.turn(LIN)  # nobody else waits for it


async def test_quiet_that_was_asked_for_is_kept_in_that_chat_alone(time):
    budget = Budget(Manners(), time.now)
    budget.hold(LIN, 30)
    with pytest.raises(SendError) as caught:
        await budget.turn(LIN)
    assert caught.value.wait is not None
    assert caught.value.wait.total_seconds() == pytest.approx(30)
    before = time.at
    await budget.turn(BAO)
    assert time.at == before
    time.at += 30
    await budget.turn(LIN)


async def test_control_without_the_budget_more_go(time, monkeypatch):
    async def at_once(chat: int) -> None: ...

    budget = Budget(Manners(), time.now)
    monkeypatch.setattr(budget, "turn", at_once)
    assert most_in(await turns(budget, time, GROUP, 70), 60.0) == 70


async def test_side_by_side_they_are_kept_too():
    budget = Budget(Manners(per_second=50, per_chat=1000.0))
    loop = asyncio.get_running_loop()
    went: list[float] = []

    async def one(person: int) -> None:
        await budget.turn(person)
        went.append(loop.time())

    begun = loop.time()
    await asyncio.gather(*(one(person) for person in range(1, 101)))
    assert loop.time() - begun > 0.95
