"""Purchases from a supplier that loses answers, a few of them; and each guard's negative control."""

from __future__ import annotations

import pytest

from proofs.__main__ import play
from proofs.proof import STORES
from proofs.purchases import PROOF


@pytest.mark.postgres
def test_nothing_is_bought_twice_and_nobody_goes_without() -> None:
    said = play("purchases", "tiny", 1, STORES, None)
    assert said["ok"], said
    for store in STORES:
        assert said["figures"][store]["answers_lost"] > 0


@pytest.mark.parametrize("guard", PROOF.guards)
def test_without_its_guard_it_fails(guard: str) -> None:
    said = play("purchases", "tiny", 1, ("sqlite",), guard)
    assert not said["ok"]
    assert "bought twice" in said["figures"]["broken"]
