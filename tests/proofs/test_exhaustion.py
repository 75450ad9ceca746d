"""Accounts that never pay, a hundred of them; and each guard's negative control."""

from __future__ import annotations

import pytest

from proofs.__main__ import play
from proofs.exhaustion import PROOF
from proofs.proof import STORES

pytestmark = pytest.mark.postgres


def test_they_hold_their_share_and_no_more() -> None:
    said = play("exhaustion", "tiny", 1, STORES, None)
    assert said["ok"], said


@pytest.mark.parametrize("guard", PROOF.guards)
def test_without_its_guard_it_fails(guard: str) -> None:
    said = play("exhaustion", "tiny", 1, ("postgresql",), guard)
    assert not said["ok"], said
    assert "codes were held unpaid" in said["figures"]["broken"] or "is told" in said["figures"]["broken"], said
