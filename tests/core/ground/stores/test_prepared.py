"""Prepared: a statement's own words stand in its text, and what is given travels beside it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import create_engine, insert

from core import orders
from core.ground.stores import prepared
from core.ground.stores.prepared import MANY, Prepared
from core.ground.tx import Tx
from migrations import upgrade
from proofs.guards import replaced
from tests.core.ground.tables import notes


def test_unpaid_orders_are_found_by_their_own_index(tmp_path: Path):
    upgrade(f"sqlite+aiosqlite:///{tmp_path}/shop.db")

    def plan() -> str:
        params = {"now": None, "most": 50}
        made = Prepared(orders.LAPSED, create_engine("sqlite://").dialect, params, moment=False)
        with sqlite3.connect(tmp_path / "shop.db") as shop:
            return str(shop.execute(f"EXPLAIN QUERY PLAN {made.sql}", made.values(params)).fetchall())

    assert "ix_orders_unpaid" in plan()
    with replaced(prepared, "_spelled_out", lambda statement: statement):  # the negative control
        assert "ix_orders_unpaid" not in plan()


async def test_statements_for_one_use_are_not_kept_for_ever(db):
    def write_much(tx: Tx) -> int:
        for number in range(MANY + 100):
            tx.changed(insert(notes).prefix_with(f"/* {number} */"), key=f"n{number}")
        return len(prepared.prepared_for(tx._connection)._known)  # type: ignore[union-attr]

    assert await db.write(write_much) < MANY
