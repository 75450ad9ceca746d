"""A shop that is taken out whole; and what would be missed, or be too much."""

from __future__ import annotations

import pytest

from proofs import export
from proofs.__main__ import play


def test_all_of_it_is_there() -> None:
    said = play("export", "tiny", 1, ("sqlite",), None)
    assert said["ok"], said
    assert said["figures"]["rows"] > 6_000


@pytest.mark.parametrize("guard", export.PROOF.guards)
def test_without_its_guard_it_fails(guard: str) -> None:
    said = play("export", "tiny", 1, ("sqlite",), guard)
    assert not said["ok"]
    assert said["figures"]["broken"]


def test_too_much_memory_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MOST", 20)
    said = play("export", "tiny", 1, ("sqlite",), None)
    assert said["figures"]["broken"] == "it took more than 20 MB"
