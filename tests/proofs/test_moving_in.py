"""The proof of moving in holds, and doesn't where nobody looks whether a row came over before."""

from __future__ import annotations

import pytest

from doubles import mariadb
from proofs.__main__ import play

pytestmark = pytest.mark.slow
here = pytest.mark.skipif(not mariadb.is_here(), reason=mariadb.MISSING)


def test_where_there_is_no_database_it_is_played_from_files(monkeypatch):
    monkeypatch.setattr(mariadb, "is_here", lambda: False)
    found = play("moving_in", "tiny", 1, ("sqlite",), None)
    assert found["ok"], found
    assert "CSV" in found["figures"]["source"]
    assert found["figures"]["sqlite"]["csv"]["sold there meanwhile"] == 3


def test_where_nobody_looks_what_was_sold_there_it_does_not(monkeypatch):
    monkeypatch.setattr(mariadb, "is_here", lambda: False)
    found = play("moving_in", "tiny", 1, ("sqlite",), "sales elsewhere")
    assert not found["ok"] and "still to be sold here" in found["figures"]["broken"]


@here
def test_it_comes_over_once():
    assert play("moving_in", "tiny", 1, ("sqlite",), None)["ok"]


@here
def test_where_nobody_looks_it_does_not():
    found = play("moving_in", "tiny", 1, ("sqlite",), "unremembered")
    assert not found["ok"] and "one run more" in found["figures"]["broken"]
