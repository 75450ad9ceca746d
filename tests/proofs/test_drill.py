"""The proof of the drill: a lost machine comes back from a folder and from S3, and without a guard it must not hold."""

from __future__ import annotations

import pytest

from doubles.storage import INSTALLED
from proofs.__main__ import play
from proofs.drill import PROOF


@pytest.mark.parametrize("store", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_nothing_is_sold_again_from_a_folder(store: str) -> None:
    said = play("drill", "tiny", 1, (store,), None, ("folder",))
    assert said["ok"], said
    found = said["figures"][store]["folder"]
    assert found["sold_again"] == found["on_sale_again"] == 0
    assert found["journal"] >= found["quarantined"] >= found["sold_after"] > 0


@pytest.mark.skipif(not (INSTALLED / "ready").exists(), reason="the oracle moto is not installed")
def test_nothing_is_sold_again_from_storage_that_speaks_s3() -> None:
    said = play("drill", "tiny", 1, ("sqlite",), None, ("s3",))
    assert said["ok"], said


@pytest.mark.parametrize(
    ("guard", "seen"), zip(PROOF.guards, ("codes were sold again", "can be read without the key"), strict=True)
)
def test_without_its_guard_it_fails(guard: str, seen: str) -> None:
    said = play("drill", "tiny", 1, ("sqlite",), guard, ("folder",))
    assert not said["ok"]
    assert seen in said["figures"]["broken"]
