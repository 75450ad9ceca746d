"""From a bare server to a sale, in an empty home; and a shop without codes, which is no shop."""

from __future__ import annotations

import pytest

from proofs import bare
from proofs.__main__ import play
from proofs.bare_tree import empty_home

pytestmark = pytest.mark.slow


def test_four_commands_lead_to_a_shop_that_sells_in_both_chats() -> None:
    said = play("bare", "tiny", 1, (), None, ("home",))
    assert said["ok"], said
    assert said["figures"]["rehearsed"] == said["figures"]["purchases"] == 2


def test_without_codes_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: it is the rehearsal that says so, before anybody has paid."""
    monkeypatch.setattr(bare, "ANSWERS", bare.ANSWERS.replace('codes = "codes.txt"\n', ""))
    said = play("bare", "tiny", 1, (), None, ("home",))
    assert not said["ok"]
    assert "mika init ended with 1" in said["figures"]["broken"]


def test_an_empty_home_has_nothing_of_ours(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nothing is found there that the shop might lean on without saying so."""
    machine = empty_home(tmp_path_factory.mktemp("bare"))
    assert machine.run("sh", "-c", "command -v pip uv curl gcc || true") == ""
    assert machine.run("git", "--version").startswith("git version")
