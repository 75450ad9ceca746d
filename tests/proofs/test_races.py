"""The racing buyers, a few of them; and each guard's negative control."""

from __future__ import annotations

import pytest

from proofs.__main__ import play
from proofs.proof import STORES
from proofs.races import PROOF

pytestmark = pytest.mark.postgres


def test_every_code_goes_to_one_buyer() -> None:
    said = play("races", "tiny", 1, STORES, None)
    assert said["ok"], said


@pytest.mark.parametrize("guard", PROOF.guards)
def test_without_its_guard_it_fails(guard: str) -> None:
    said = play("races", "tiny", 1, STORES, guard)
    assert not said["ok"]
    assert said["figures"]["broken"]
