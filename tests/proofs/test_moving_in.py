"""The proof of moving in holds, and doesn't where nobody looks whether a row came over before."""

from __future__ import annotations

import pytest

from doubles import mariadb
from proofs.__main__ import play

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not mariadb.is_here(), reason=mariadb.MISSING)]


def test_it_comes_over_once():
    assert play("moving_in", "tiny", 1, ("sqlite",), None)["ok"]


def test_where_nobody_looks_it_does_not():
    found = play("moving_in", "tiny", 1, ("sqlite",), "unremembered")
    assert not found["ok"] and "second run" in found["figures"]["broken"]
