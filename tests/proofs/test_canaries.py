"""The canaries are nowhere; with a guard off they are found."""

from __future__ import annotations

import pytest

from proofs.__main__ import play
from proofs.canaries import PROOF

STORES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
GUARDED = ["sqlite", pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.slow])]


@pytest.mark.parametrize("store", STORES)
def test_no_canary_is_found_anywhere(store: str):
    said = play("canaries", "tiny", 1, (store,), None)
    assert said["ok"], said
    assert said["figures"]["hits"] == 0
    assert said["figures"][f"{store}_unsold"] < 30  # most of them went through everything


@pytest.mark.parametrize(
    "store", ["sqlite", pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.slow])]
)
@pytest.mark.parametrize("guard", PROOF.guards)
def test_with_a_guard_off_the_search_finds_what_it_is_for(guard: str, store: str):
    said = play("canaries", "tiny", 1, (store,), guard)
    assert not said["ok"], said
    found = guard not in ("binding to the row", "marks as fingerprints")
    assert ("canaries are in" in said["figures"]["broken"]) == found, said
