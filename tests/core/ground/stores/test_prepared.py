"""Prepared: a statement's own words stand in its text, and what is given travels beside it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Executable, bindparam, create_engine, insert, select

from core import orders
from core.ground import inbox, outbox
from core.ground.stores import prepared
from core.ground.stores.prepared import MANY, Prepared
from core.ground.tx import Tx
from migrations import upgrade
from proofs.guards import replaced
from tests.core.ground.tables import notes


def plan(shop: Path, statement: Executable, params: dict[str, Any]) -> str:
    """How SQLite goes about it."""
    made = Prepared(statement, create_engine("sqlite://").dialect, params, moment=False)
    with sqlite3.connect(shop) as db:
        return str(db.execute(f"EXPLAIN QUERY PLAN {made.sql}", made.values(params)).fetchall())


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    upgrade(f"sqlite+aiosqlite:///{tmp_path}/shop.db")
    return tmp_path / "shop.db"


def test_unpaid_orders_are_found_by_their_own_index(shop: Path):
    params = {"now": None, "most": 50}
    assert "ix_orders_unpaid" in plan(shop, orders.LAPSED, params)
    with replaced(prepared, "_spelled_out", lambda statement: statement):  # the negative control
        assert "ix_orders_unpaid" not in plan(shop, orders.LAPSED, params)


def test_a_queue_is_gone_through_by_what_is_new_in_it(shop: Path):
    most: dict[str, Any] = {"now": None, "most": 8}
    assert "ix_outbox_new" in plan(shop, outbox.NEXT, {"kinds": ["say"], "chats": ["browser"], **most})
    assert "ix_inbox_new" in plan(shop, inbox.NEXT, {"sources": ["browser"], **most})
    by_source = select(inbox.inbox.c.id).where(
        inbox.inbox.c.source.in_(bindparam("sources", expanding=True)), inbox.inbox.c.state == "new"
    )
    assert "ix_inbox_new" not in plan(shop, by_source.order_by(inbox.inbox.c.id), {"sources": ["browser"]})


async def test_statements_for_one_use_are_not_kept_for_ever(db):
    def write_much(tx: Tx) -> int:
        for number in range(MANY + 100):
            tx.changed(insert(notes).prefix_with(f"/* {number} */"), key=f"n{number}")
        return len(prepared.prepared_for(tx._connection)._known)  # type: ignore[union-attr]

    assert await db.write(write_much) < MANY
