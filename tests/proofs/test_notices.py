"""The notices, a few hundred of them; and each guard's negative control."""

from __future__ import annotations

import pytest

from proofs.__main__ import play
from proofs.notices import PROOF
from proofs.proof import STORES

pytestmark = pytest.mark.postgres


def test_the_end_depends_on_the_facts_alone() -> None:
    said = play("notices", "tiny", 1, STORES, None)
    assert said["ok"], said
    assert said["figures"]["answers_of_5xx"] == 0


@pytest.mark.parametrize("guard", PROOF.guards)
def test_without_its_guard_it_fails(guard: str) -> None:
    said = play("notices", "tiny", 1, STORES, guard)
    assert not said["ok"]
    assert said["figures"]["broken"]
