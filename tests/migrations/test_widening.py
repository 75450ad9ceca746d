"""First widen, later narrow: since 0031 programs of before and after a step work on one database side by side."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

import migrations
from core import batches, checkout, customers, orders, pasted, settling
from core.ground.db import Database
from core.ground.rules import Rules
from core.ground.vault import KeyRing, Vault
from core.settling import PaymentNotice
from core.shop import Shop
from doubles.postgres import Postgres
from jobs.runner import Runner
from migrations import downgrade, fit, upgrade
from proofs import shop as goods
from tests.world import Chat

BEFORE = "0031"
NARROWS: dict[str, str] = {}  # revision: why it had to; it sets schema_fits.oldest to itself
databases = itertools.count()

Shape = dict[str, dict[str, Any]]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with this program's schema."""
    if request.param == "sqlite":
        file = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "shop.db")
        yield f"sqlite+aiosqlite:///{file}"
        return
    server: Postgres = request.getfixturevalue("postgres_server")
    name = f"widening{next(databases)}"
    yield server.create(name, template=request.getfixturevalue("postgres_template"))
    server.drop(name)


def run(url: str, *statements: str) -> None:
    migrations._in_transaction(url, lambda connection: [connection.execute(text(one)) for one in statements])


def shape(url: str) -> Shape:
    """By table: its columns, and what must hold of its rows."""
    found: Shape = {}

    def look(connection: Connection) -> None:
        eyes = inspect(connection)
        for table in eyes.get_table_names():
            unique = [*eyes.get_unique_constraints(table), *(one for one in eyes.get_indexes(table) if one["unique"])]
            found[table] = {
                "columns": {column["name"]: column for column in eyes.get_columns(table)},
                "rules": {
                    *(f"check {check['sqltext']}" for check in eyes.get_check_constraints(table)),
                    *(f"unique {sorted(map(str, one['column_names']))}" for one in unique),
                    *(
                        f"{key['constrained_columns']} of {key['referred_table']}"
                        for key in eyes.get_foreign_keys(table)
                    ),
                },
            }

    migrations._in_transaction(url, look)
    return found


def narrower(before: Shape, after: Shape) -> list[str]:
    """What a program that knows only `before` could stumble over."""
    found = [f"{table} is gone" for table in before if table not in after]
    for table in before.keys() & after.keys():
        was, now = before[table]["columns"], after[table]["columns"]
        found += [f"{table}.{name} is gone" for name in was if name not in now]
        for name in was.keys() & now.keys():
            found += [f"{table}.{name} is another"] * (str(was[name]["type"]) != str(now[name]["type"]))
            found += [f"{table}.{name} must not be empty"] * (was[name]["nullable"] and not now[name]["nullable"])
        for name in now.keys() - was.keys():
            given = now[name]["nullable"] or now[name]["default"] is not None
            found += [] if given else [f"{table}.{name} is not written by who doesn't know it"]
        news = {column for column in now if column not in was}
        rules = after[table]["rules"] - before[table]["rules"]
        found += [f"{table}: {rule}" for rule in rules if not any(column in rule for column in news)]
    return found


def steps() -> list[str]:
    """The revisions since then, in their order."""
    script = ScriptDirectory.from_config(migrations.config())
    return [step.revision for step in script.iterate_revisions("head", BEFORE)][::-1]


def test_every_step_only_widens(url):
    downgrade(url, BEFORE)
    before = shape(url)
    for revision in steps():
        upgrade(url, revision)
        after = shape(url)
        assert (narrower(before, after) == []) != (revision in NARROWS), f"{revision}: {narrower(before, after)}"
        before = after


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("ALTER TABLE outbox DROP COLUMN trouble", "outbox.trouble is gone"),
        ("ALTER TABLE outbox RENAME COLUMN trouble TO woe", "outbox.trouble is gone"),
        ("DROP TABLE pickups", "pickups is gone"),
        ("ALTER TABLE outbox RENAME TO letters", "outbox is gone"),
        ("CREATE UNIQUE INDEX one_kind ON outbox (kind)", "outbox: unique ['kind']"),
    ],
)
def test_a_step_that_narrows_is_found(url, change, told):
    before = shape(url)
    run(url, change)
    assert told in narrower(before, shape(url))


def test_a_column_that_must_be_written_is_found():
    column = {"type": "TEXT", "nullable": False, "default": None}
    before: Shape = {"orders": {"columns": {}, "rules": set()}}
    after: Shape = {"orders": {"columns": {"mood": column}, "rules": set()}}
    assert narrower(before, after) == ["orders.mood is not written by who doesn't know it"]
    after["orders"]["columns"]["mood"] = {**column, "default": "'calm'"}
    assert narrower(before, after) == []
    assert narrower(after, {"orders": {"columns": {"mood": {**column, "type": "INTEGER"}}, "rules": set()}}) != []


# An older program on a newer database

WIDER = (
    "CREATE TABLE moods (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL)",
    "ALTER TABLE orders ADD COLUMN mood VARCHAR(20)",
    "ALTER TABLE codes ADD COLUMN weight INTEGER DEFAULT 1 NOT NULL",
    "CREATE INDEX ix_orders_mood ON orders (mood)",
    "UPDATE alembic_version SET version_num = '9999'",
)
NARROWER = (*WIDER, "UPDATE schema_fits SET oldest = '9999'")


def test_a_database_says_which_programs_may_work_on_it(url):
    assert fit(url) == "same"
    run(url, *WIDER)
    assert fit(url) == "newer"
    run(url, "UPDATE schema_fits SET oldest = '9999'")
    assert fit(url) == "too new"


def test_one_before_this_program_is_older_and_one_of_somebody_else_too_new(url):
    downgrade(url, BEFORE)
    assert fit(url) == "older"
    run(url, "UPDATE alembic_version SET version_num = 'theirs'")
    assert fit(url) == "too new"


async def test_this_program_sells_on_a_database_that_was_widened(url):
    run(url, *WIDER)
    vault = Vault(KeyRing.fresh())
    db = await Database.open(url, vault=vault, rules=Rules(rehearsal=True))
    try:
        assert await sold(db) == ["AAAA-BBBB"]
    finally:
        await db.close()


async def sold(db: Database) -> list[str]:
    """One order from placing to its code; returns what arrived."""
    chat = Chat()
    product = await db.write(goods.add_product, "card")
    batch = await db.write(batches.open_batch, product, "made up", "test")
    await db.write(batches.add, product, batch, pasted.read(["AAAA-BBBB"]).codes)
    await db.write(batches.finish_import, batch)
    lin = await db.write(customers.meet, "test", "lin", "Lin", "en", None)
    merchant = checkout.Merchant("sandbox", "shop", "test")
    order = await db.write(checkout.place, lin, "card", 1, merchant, {}, "lin 1")
    await db.write(settling.settle, paid(order))
    shop = Shop(db, Rules(rehearsal=True), "https://shop.example", {}, {"test": chat.send})
    await Runner(shop, {}).drain()
    spoken = [chat.of("lin").get_nowait() for _ in range(chat.of("lin").qsize())]
    return [code.reveal() for message in spoken for code in message.codes]


def paid(order: orders.Order) -> PaymentNotice:
    key = f"{order.number}-sandbox"
    return PaymentNotice("sandbox", "evt 1", "txn 1", key, "shop", "test", "paid", order.total)
