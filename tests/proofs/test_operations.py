"""Random operations find nothing in the shop as it is, and find each of its habits missing."""

from __future__ import annotations

import pytest

from proofs.__main__ import play
from proofs.operations import PROOF


@pytest.mark.parametrize("store", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_the_claim_holds(store):
    said = play("operations", "tiny", 1, (store,), None)
    assert said["ok"], said["figures"]["broken"]
    assert said["figures"][store]["operations"] == PROOF.sizes["tiny"][store]


@pytest.mark.parametrize("guard", PROOF.guards)
def test_without_one_of_the_shops_habits_it_does_not(guard):
    played = (play("operations", "tiny", seed, ("sqlite",), guard) for seed in range(1, 8))  # small markets: few meet
    assert any(not said["ok"] for said in played), f"nobody misses {guard}"


def test_a_seed_plays_the_same_again():
    first, second = (play("operations", "tiny", 7, ("sqlite",), None)["figures"]["sqlite"] for _ in range(2))
    assert (first["happened"], first["ends"]) == (second["happened"], second["ends"])
