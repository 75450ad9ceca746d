"""The storm on Telegram, at its smallest; and each guard's negative control, in the leg that is about it."""

from __future__ import annotations

import os

import pytest

from proofs.__main__ import play
from proofs.proof import STORES
from proofs.storm import PROOF

# By name only, like `make storm`: beside other storms on one machine it has been seen to stand still.
ASKED_FOR = pytest.mark.skipif("MIKA_STORM" not in os.environ, reason="minutes of storm: set MIKA_STORM=1")
pytestmark = [pytest.mark.postgres, pytest.mark.slow, ASKED_FOR]


def test_everything_arrives_in_its_chat_in_order_and_within_the_budgets() -> None:
    said = play("storm", "tiny", 1, STORES, None)
    assert said["ok"], said


@pytest.mark.parametrize("guard", PROOF.guards)
def test_without_its_guard_it_fails(guard: str) -> None:
    said = play("storm", "tiny", 1, ("sqlite",), guard)
    assert not said["ok"]
    assert said["figures"]["broken"]


def test_a_part_that_is_none_is_said_to_be_none() -> None:
    with pytest.raises(KeyError, match="smoke-signals"):
        play("storm", "tiny", 1, ("sqlite",), None, ("smoke-signals",))
