"""The proof of restocking by file: all of it is on sale, buyers bought meanwhile, and it tells when that is not so."""

from __future__ import annotations

import pytest

from core import drafts
from core.ground.db import Tx
from proofs.__main__ import play


@pytest.mark.parametrize("store", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_all_of_it_is_on_sale_and_buyers_bought_meanwhile(store: str) -> None:
    said = play("restock", "tiny", 1, (store,), None)
    assert said["figures"][store]["codes"] == 1_000, said
    assert said["figures"][store]["sales_meanwhile"] > 0


def test_codes_that_got_lost_are_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    def drops(tx: Tx, batch: int) -> int:
        piece = tx.first(drafts.FIRST, batch=batch)
        return tx.changed(drafts.ERASE, piece=piece.id) if piece else 0

    monkeypatch.setattr(drafts, "put_in", drops)
    said = play("restock", "tiny", 1, ("sqlite",), None)
    assert not said["ok"]
    assert "of 1000 codes" in said["figures"]["broken"]
