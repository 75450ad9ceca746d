"""The proof of quick verdicts: they are quick, and it tells when trails are looked for from end to end."""

from __future__ import annotations

import pytest

from proofs.__main__ import play


@pytest.mark.parametrize("store", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_verdicts_hardly_grow_with_the_past(store: str) -> None:
    said = play("risk", "tiny", 1, (store,), None)
    assert said["ok"], said
    middle, most = said["figures"][store]["5,000 orders"]["orders seen, middle and most"]
    assert 0 < middle < most  # there is something to look at


def test_trails_that_are_gone_through_are_missed() -> None:
    said = play("risk", "tiny", 1, ("sqlite",), "marks-indexed")
    assert not said["ok"]
    assert "times as long" in said["figures"]["broken"]
