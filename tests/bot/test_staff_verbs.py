"""The page of what staff can say tells of every verb there is, with its right, and of no other."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from bot.staff import staff
from core.authority import Right

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture
def made() -> dict[str, object]:
    return runpy.run_path(str(DOCS / "staff_verbs.py"))


def test_the_page_is_what_the_router_hears(made):
    assert (DOCS / "how-to" / "staff.md").read_text() == made["page"](), "python docs/staff_verbs.py writes it anew"


def test_a_verb_the_page_does_not_tell_of_makes_no_page(made, monkeypatch):
    monkeypatch.setitem(staff.rights, "sweep", Right.OWN)
    with pytest.raises(KeyError, match="sweep"):
        made["page"]()


def test_a_verb_that_changes_hands_changes_the_page(made, monkeypatch):
    monkeypatch.setitem(staff.rights, "approve", Right.LOOK)
    assert (DOCS / "how-to" / "staff.md").read_text() != made["page"]()
