"""The deliveries through a moody chat, a few dozen of them; and each guard's negative control."""

from __future__ import annotations

import pytest

from proofs.__main__ import play
from proofs.chats import PROOF
from proofs.proof import STORES

pytestmark = pytest.mark.postgres


def test_every_code_arrives_in_its_chat_or_waits() -> None:
    said = play("chats", "tiny", 1, STORES, None)
    assert said["ok"], said


@pytest.mark.parametrize("guard", PROOF.guards)
def test_without_its_guard_it_fails(guard: str) -> None:
    said = play("chats", "tiny", 1, STORES, guard)
    assert not said["ok"]
    assert said["figures"]["broken"]
