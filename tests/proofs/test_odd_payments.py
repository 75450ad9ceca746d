"""Every odd payment ends as its case says, on both stores; without a habit of the shop some do not."""

from __future__ import annotations

import pytest

from proofs.__main__ import play
from proofs.odd_payments import CASES, PROOF


@pytest.mark.parametrize("store", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_the_claim_holds(store):
    said = play("odd_payments", "tiny", 1, (store,), None)
    assert said["ok"], said["figures"]["broken"]
    kinds = said["figures"][store]["kinds"]
    assert sum(kinds.values()) == PROOF.sizes["tiny"][store]
    assert sum(map(bool, kinds.values())) > len(CASES) // 2


@pytest.mark.parametrize("guard", PROOF.guards)
def test_without_one_of_the_shops_habits_it_does_not(guard):
    said = play("odd_payments", "tiny", 1, ("sqlite",), guard)
    assert not said["ok"], f"nobody misses {guard}"
