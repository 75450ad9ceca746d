"""Full disks, failing writes, a killed server, once each; and each guard's negative control."""

from __future__ import annotations

import pytest

from proofs.__main__ import play
from proofs.disk import PROOF
from proofs.proof import STORES

pytestmark = pytest.mark.postgres


def test_nothing_acknowledged_is_lost() -> None:
    said = play("disk", "tiny", 1, STORES, None)
    assert said["ok"], said


@pytest.mark.parametrize("guard", PROOF.guards)
def test_without_its_guard_it_fails(guard: str) -> None:
    said = play("disk", "tiny", 1, ("sqlite",), guard)
    assert not said["ok"]
    assert said["figures"]["broken"]
