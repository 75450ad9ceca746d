"""Claims of every kind, a few of them; and each guard's negative control."""

from __future__ import annotations

import pytest

from proofs.__main__ import play
from proofs.claims import ONE_DECISION, PROOF
from proofs.proof import STORES


@pytest.mark.postgres
def test_every_claim_ends_and_nothing_is_replaced_twice() -> None:
    said = play("claims", "tiny", 1, STORES, None)
    assert said["ok"], said
    for store in STORES:
        assert said["figures"][store]["replaced"] > 5
        assert said["figures"][store]["refused"] > 0


@pytest.mark.parametrize("guard", PROOF.guards)
def test_without_its_guard_it_fails(guard: str) -> None:
    said = play("claims", "tiny", 1, ("sqlite",), guard)
    assert not said["ok"]
    expected = "codes more" if guard == ONE_DECISION else "never ended"
    assert expected in said["figures"]["broken"]
