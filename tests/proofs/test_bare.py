"""From a bare server to a sale: what is on it, and a wizard that is told something wrong."""

from __future__ import annotations

import pytest

from proofs import bare
from proofs.__main__ import play
from proofs.bare_tree import empty_home

pytestmark = pytest.mark.slow


def test_where_the_wizard_refuses_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control."""
    monkeypatch.setattr(bare, "ANSWERS", bare.ANSWERS.replace('codes = "codes.txt"\n', 'codes = "nowhere.txt"\n'))
    said = play("bare", "tiny", 1, (), None, ("home",))
    assert not said["ok"]
    assert "mika init ended with 78" in said["figures"]["broken"]


def test_an_empty_home_has_nothing_of_ours(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nothing is found there that the shop might lean on without saying so."""
    machine = empty_home(tmp_path_factory.mktemp("bare"))
    assert machine.run("sh", "-c", "command -v pip uv curl gcc || true") == ""
    assert machine.run("git", "--version").startswith("git version")
