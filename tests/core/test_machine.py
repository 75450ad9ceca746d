"""The market of the proofs, played by hypothesis: what breaks is shrunk to the few operations that break it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeVar, cast

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from proofs import habits
from proofs.guards import without
from proofs.holding import Violation
from proofs.market import Market
from proofs.operations import HAPPENINGS
from proofs.stall import Memory, template

T = TypeVar("T")

CI = os.environ.get("CI") == "true"
QUIET = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
WHOLE = settings(
    max_examples=1000 if CI else 100,
    stateful_step_count=60 if CI else 40,
    deadline=None,
    database=None,
    derandomize=not CI,
    report_multiple_bugs=False,
    phases=(Phase.generate, Phase.shrink),  # explaining plays as often again
    suppress_health_check=QUIET,
)
SHORT = settings(WHOLE, max_examples=300, stateful_step_count=10, derandomize=True)
MONEY = ("somebody_places", "somebody_cancels", "money_comes", "time_passes", "a_hold_ends")


class Drawn:
    """Dice that hypothesis throws, and throws again lower."""

    data: Any = None

    def choice(self, seq: Sequence[T]) -> T:
        return seq[self.data.draw(st.integers(0, len(seq) - 1))]

    def randint(self, a: int, b: int) -> int:
        return self.data.draw(st.integers(a, b))


class Machine(RuleBasedStateMachine):
    """A market. What has nothing to happen to is passed over."""

    stall: Memory
    played: ClassVar[list[str]] = []  # in the newest example; the last one hypothesis plays is the smallest

    def __init__(self) -> None:
        super().__init__()
        self.market = Market(self.stall, 1, Drawn())
        self.broken = False
        self.played.clear()

    def happens(self, name: str, data: Any) -> None:
        cast(Drawn, self.market.dice).data = data
        try:
            if self.market.happens(name, HAPPENINGS[name].does):
                self.played.append(name)
        except Violation:
            self.played.append(name)
            self.broken = True
            raise

    def teardown(self) -> None:
        if not self.broken:
            self.market.ends()


def machine_of(names: Iterable[str], file: Path) -> type[Machine]:
    """A machine with one rule for each of these happenings."""
    return type("Played", (Machine,), {"stall": Memory(file), **{name: _rule(name) for name in names}})


def _rule(name: str) -> Any:
    def happens(self: Machine, data: Any) -> None:
        self.happens(name, data)

    happens.__name__ = name
    return rule(data=st.data())(happens)


def test_whatever_hypothesis_thinks_of_every_invariant_holds(tmp_path):
    run_state_machine_as_test(machine_of(HAPPENINGS, template(tmp_path)), settings=WHOLE)


@pytest.mark.parametrize(
    ("guard", "story"),
    [
        pytest.param("surplus", {"somebody_places", "money_comes"}, marks=pytest.mark.slow),
        ("late-money", {"somebody_places", "somebody_cancels", "money_comes"}),
    ],
)
def test_a_planted_fault_is_found_and_told_in_a_few_steps(tmp_path, guard, story):
    """The control."""
    assert guard in habits.NAMES
    machine = machine_of(MONEY, template(tmp_path))
    with without(guard), pytest.raises(Violation):
        run_state_machine_as_test(machine, settings=SHORT)
    assert set(machine.played) == story
    assert len(machine.played) <= len(story) + 1
