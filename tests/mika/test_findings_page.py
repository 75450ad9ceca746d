"""The page of findings tells of every code there is, in the words that are said."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from core.findings import LEVELS, Level

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture
def made() -> dict[str, object]:
    return runpy.run_path(str(DOCS / "findings.py"))


def test_the_page_is_what_the_doctor_says(made):
    page = (DOCS / "reference" / "findings.md").read_text()
    assert page == made["page"](), "python docs/findings.py writes it anew"
    assert all(f"| {code} | {level} |" in page for code, level in LEVELS.items())
    assert "{" not in page


def test_a_code_without_its_sentences_makes_no_page(made, monkeypatch):
    monkeypatch.setitem(LEVELS, "D999", Level.ERROR)
    with pytest.raises(KeyError, match="d999"):
        made["page"]()


def test_a_level_that_changes_changes_the_page(made, monkeypatch):
    monkeypatch.setitem(LEVELS, "D011", Level.DOWN)
    assert (DOCS / "reference" / "findings.md").read_text() != made["page"]()
