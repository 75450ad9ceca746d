"""The proof of the backtest holds, and doesn't without weighing."""

from __future__ import annotations

import pytest

from proofs.__main__ import play


@pytest.mark.slow
def test_abuse_is_held():
    assert play("backtest", "tiny", 1, ("sqlite",), None)["ok"]


@pytest.mark.slow
def test_abuse_is_not_held_where_nothing_is_weighed():
    found = play("backtest", "tiny", 1, ("sqlite",), "unweighed")
    assert not found["ok"] and "was held" in found["figures"]["broken"]
