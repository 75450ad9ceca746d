"""Two of staff at one button, a few times; and each guard's negative control."""

from __future__ import annotations

import pytest

from proofs.__main__ import play
from proofs.opposites import PROOF
from proofs.proof import STORES

pytestmark = pytest.mark.postgres


def test_one_decides_and_the_other_is_told_who() -> None:
    said = play("opposites", "tiny", 1, STORES, None)
    assert said["ok"], said


@pytest.mark.parametrize("guard", PROOF.guards)
def test_without_its_guard_it_fails(guard: str) -> None:
    said = play("opposites", "tiny", 1, STORES, guard)
    assert not said["ok"]
    assert said["figures"]["broken"]
