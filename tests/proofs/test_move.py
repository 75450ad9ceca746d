"""A move that is killed on its way; and what keeps it from beginning again."""

from __future__ import annotations

import pytest

from proofs.__main__ import play
from proofs.move import PROOF

pytestmark = pytest.mark.postgres


def test_killed_on_its_way_all_of_it_arrives() -> None:
    said = play("move", "tiny", 1, ("sqlite",), None)
    assert said["ok"], said
    assert said["figures"]["kills"] == 2


@pytest.mark.parametrize("guard", PROOF.guards)
def test_without_its_guard_it_fails(guard: str) -> None:
    said = play("move", "tiny", 1, ("sqlite",), guard)
    assert not said["ok"]
    assert said["figures"]["broken"]
