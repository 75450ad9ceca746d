"""The schema's history: up is what the program says, down is nothing, and up again is the same, on both stores."""

from __future__ import annotations

import itertools
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, column, insert, inspect, select, table, text
from sqlalchemy.exc import IntegrityError

import migrations
from core import batches, inventory, pasted, restock
from core.ground import columns, outbox, triggers
from core.ground.db import Database, Tx
from core.ground.rules import Rules
from core.ground.triggers import TRIGGERS
from core.ground.vault import KeyRing, Vault
from core.schema import metadata
from doubles.postgres import Postgres
from migrations import current_is_head, downgrade, upgrade

numbers = itertools.count()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The url of a database with nothing in it."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'shop.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres_server")
    name = f"migration{next(numbers)}"
    yield server.create(name)
    server.drop(name)


@pytest.fixture
def url(empty: str) -> str:
    """The url of a database with this program's schema."""
    upgrade(empty)
    return empty


def look(url: str, work: Callable[[Connection], Any]) -> Any:
    found: list[Any] = []
    migrations._in_transaction(url, lambda connection: found.append(work(connection)))
    return found[0]


def run(url: str, *statements: str) -> None:
    look(url, lambda connection: [connection.execute(text(statement)) for statement in statements])


def differences(url: str) -> list[Any]:
    """What would have to be migrated for the database to be what the program says."""

    def compare(connection: Connection) -> list[Any]:
        return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)

    return look(url, compare)


def tables(url: str) -> set[str]:
    return set(look(url, lambda connection: inspect(connection).get_table_names())) - {"alembic_version"}


def triggers_of(url: str) -> list[str]:
    names = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if url.startswith("postgresql"):
        names = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    return sorted(look(url, lambda connection: [row[0] for row in connection.execute(text(names))]))


def constraints(url: str) -> dict[str, set[Any]]:
    """What autogenerate does not compare: the names of the checks, and which indexes are partial."""

    def read(connection: Connection) -> dict[str, set[Any]]:
        eyes = inspect(connection)
        return {
            table: {check["name"] for check in eyes.get_check_constraints(table)}
            | {
                f"{index['name']} where"
                for index in eyes.get_indexes(table)
                if index.get("dialect_options", {}).get(f"{connection.dialect.name}_where") is not None
            }
            for table in metadata.tables
        }

    return look(url, read)


def declared(dialect: str) -> dict[str, set[Any]]:
    return {
        name: {str(check.name) for check in table.constraints if isinstance(check, CheckConstraint)}
        | {f"{index.name} where" for index in table.indexes if index.dialect_options[dialect]["where"] is not None}
        for name, table in metadata.tables.items()
    }


# Up, down, up


def test_up_is_what_the_program_says(url):
    assert differences(url) == []
    assert tables(url) == set(metadata.tables)
    assert constraints(url) == declared(url.partition("+")[0])
    assert triggers_of(url) == sorted(trigger.name for trigger in TRIGGERS)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE orders ADD COLUMN surplus INTEGER",
        "ALTER TABLE outbox DROP COLUMN trouble",
        "DROP INDEX ix_orders_customer_id",
        "DROP TABLE pickups",
        "CREATE TABLE surplus (id INTEGER PRIMARY KEY)",
    ],
)
def test_a_difference_is_noticed(url, change):
    run(url, change)
    assert differences(url) != []


def test_a_check_or_a_condition_that_is_missing_is_noticed(url):
    postgres = url.startswith("postgresql")
    if postgres:
        run(url, "ALTER TABLE codes DROP CONSTRAINT ck_codes_uses")
    run(url, "DROP INDEX uq_grants_code_id_one", "CREATE UNIQUE INDEX uq_grants_code_id_one ON grants (code_id)")
    missing = {
        table: names - constraints(url)[table] for table, names in declared(url.partition("+")[0]).items() if names
    }
    assert missing["grants"] == {"uq_grants_code_id_one where"}
    assert missing["codes"] == ({"ck_codes_uses"} if postgres else set())


def test_down_is_nothing_and_up_again_is_the_same(url):
    before = constraints(url)
    downgrade(url)
    assert tables(url) == set()
    assert triggers_of(url) == []
    assert not current_is_head(url)
    upgrade(url)
    assert differences(url) == []
    assert constraints(url) == before
    assert triggers_of(url) == sorted(trigger.name for trigger in TRIGGERS)
    assert current_is_head(url)


def test_each_step_goes_down_and_up(url):
    """Every revision by itself, so that one that can't go back is found when it is written."""
    script = ScriptDirectory.from_config(migrations.config())
    for step in [*script.walk_revisions()]:
        downgrade(url, str(step.down_revision or "base"))
        upgrade(url, step.revision)
    upgrade(url)
    assert differences(url) == []


def test_up_once_more_changes_nothing(url):
    made = "INSERT INTO customers (id, since) VALUES (7, '2026-01-01 00:00:00.000000')"
    run(url, made)
    for _ in range(2):
        upgrade(url)
    assert look(url, lambda connection: connection.execute(text("SELECT id FROM customers")).scalars().all()) == [7]
    assert triggers_of(url) == sorted(trigger.name for trigger in TRIGGERS)
    assert current_is_head(url)


def test_an_empty_database_is_not_there_yet(empty):
    assert not current_is_head(empty)
    upgrade(empty)
    assert current_is_head(empty)


def test_history_has_one_end():
    script = ScriptDirectory.from_config(migrations.config())
    assert len(script.get_heads()) == 1
    steps = [*script.walk_revisions()]
    assert all(isinstance(step.down_revision, str | None) for step in steps)
    assert [step.down_revision for step in steps].count(None) == 1


# Guards


@pytest.mark.parametrize("gone", ["grants_stay", "audit_keeps"])
def test_a_trigger_that_was_lost_is_made_again(url, gone):
    """As a migration loses it that rebuilds its table on SQLite."""
    table = next(trigger.table for trigger in TRIGGERS if trigger.name == gone)
    run(url, f"DROP TRIGGER {gone}" + (f" ON {table}" if url.startswith("postgresql") else ""))
    assert gone not in triggers_of(url)
    upgrade(url)
    assert triggers_of(url) == sorted(trigger.name for trigger in TRIGGERS)


def test_a_trigger_that_says_something_else_is_made_anew(url, monkeypatch):
    [stays] = [trigger for trigger in TRIGGERS if trigger.name == "audit_stays"]
    lax = triggers.Trigger(stays.name, stays.table, stays.event, "OLD.id IS NULL", stays.says)
    with monkeypatch.context() as patch:
        patch.setattr(triggers, "TRIGGERS", (lax,))
        upgrade(url)
    row = (
        "INSERT INTO audit (at, actor, action, subject, detail) VALUES ('2026-01-01 00:00:00.000000', '', '', '', '{}')"
    )
    run(url, row.replace("{", "{"), "DELETE FROM audit")
    upgrade(url)
    run(url, row)
    with pytest.raises(IntegrityError, match="append-only"):
        run(url, "DELETE FROM audit")


def test_a_reference_needs_what_it_refers_to(url):
    """Every foreign key of the program is there; on PostgreSQL it is enforced here, on SQLite by each connection."""
    found = look(
        url,
        lambda connection: {
            (table, tuple(key["constrained_columns"]), key["referred_table"])
            for table in metadata.tables
            for key in inspect(connection).get_foreign_keys(table)
        },
    )
    said = {
        (table.name, tuple(key.column_keys), key.referred_table.name)
        for table in metadata.tables.values()
        for key in table.foreign_key_constraints
    }
    assert found == said
    orphan = "INSERT INTO brands (slug, category_id, names, position) VALUES ('x', 404, '{}', 1)"
    if url.startswith("postgresql"):
        with pytest.raises(IntegrityError):
            run(url, orphan)
        return
    with sqlite3.connect(url.partition("///")[2]) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
            connection.execute(orphan)


def test_rows_without_what_they_refer_to_stop_a_migration(tmp_path):
    """SQLite's migrations run with the check off, so they end with one; nothing of them is kept then."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'shop.db'}"
    upgrade(url)
    run(url, "INSERT INTO brands (slug, category_id, names, position) VALUES ('x', 404, '{}', 1)")
    run(url, "DROP TRIGGER grants_stay")
    with pytest.raises(RuntimeError, match="without what they refer to"):
        upgrade(url)
    assert "grants_stay" not in triggers_of(url)
    run(url, "DELETE FROM brands")
    upgrade(url)
    assert "grants_stay" in triggers_of(url)


# One transaction


def test_a_migration_that_fails_leaves_nothing(empty, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(triggers, "statements", lambda dialect: ["SELECT 1", "THIS IS NO SQL"])
        with pytest.raises(Exception, match="syntax error"):
            upgrade(empty)
    assert tables(empty) == set()
    upgrade(empty)
    assert differences(empty) == []


def test_two_processes_that_start_at_once_make_one_schema(empty):
    errors: list[BaseException] = []

    def start() -> None:
        try:
            upgrade(empty)
        except BaseException as error:
            errors.append(error)

    starting = [threading.Thread(target=start) for _ in range(3)]
    for one in starting:
        one.start()
    for one in starting:
        one.join()
    assert errors == []
    assert differences(empty) == []
    assert current_is_head(empty)


# What was there before


def at_(url: str) -> str:
    return "'2026-01-02 03:04:05.000000'" if url.startswith("sqlite") else "'2026-01-02 03:04:05+00'"


def before_roles(url: str) -> None:
    """Chen works here, Lee did."""
    upgrade(url, "0009")
    at = at_(url)
    run(
        url,
        f"INSERT INTO customers (id, since) VALUES (1, {at})",
        *(
            "INSERT INTO people (id, customer_id, chat, address, name, locale, since)"
            f" VALUES ('test:{name}', 1, 'test', '{name}', '{name}', 'en', {at})"
            for name in ("chen", "lee", "bao")
        ),
        f"INSERT INTO staff (person_id, name, since) VALUES ('test:chen', 'Chen', {at})",
        f"INSERT INTO staff (person_id, name, since, revoked_at) VALUES ('test:lee', 'Lee', {at}, {at})",
    )


def test_whoever_worked_here_before_there_were_roles_is_an_owner(empty):
    before_roles(empty)
    upgrade(empty)
    rows = "SELECT s.person_id, c.name, c.left_at IS NULL FROM staff s JOIN colleagues c ON c.id = s.colleague_id"
    found = look(empty, lambda connection: connection.execute(text(f"{rows} ORDER BY s.person_id")).all())
    assert [tuple(row) for row in found] == [("test:chen", "Chen", True), ("test:lee", "Lee", False)]
    roles = look(empty, lambda connection: connection.execute(text("SELECT roles FROM colleagues")).scalars().all())
    assert all("owner" in str(each) for each in roles)
    downgrade(empty, "0009")
    before = "SELECT person_id, name, revoked_at IS NULL FROM staff ORDER BY person_id"
    found = look(empty, lambda connection: connection.execute(text(before)).all())
    assert [tuple(row) for row in found] == [("test:chen", "Chen", True), ("test:lee", "Lee", False)]


def test_nobody_from_before_is_a_second_person_yet(empty):
    """Two accounts may be one person's: who may agree to a file of codes is said anew."""
    before_roles(empty)
    upgrade(empty)
    since = "SELECT COUNT(*) FROM colleagues WHERE codes_since IS NOT NULL"
    assert look(empty, lambda connection: connection.execute(text(since)).scalar()) == 0


@pytest.mark.parametrize(
    ("roles", "stays"),
    [(["owner"], True), (["manager"], False), (["support", "stock-keeper"], False), (["viewer"], False)],
)
def test_going_back_makes_nobody_more_than_they_are(empty, roles, stays):
    """Whoever worked here could do everything then."""
    before_roles(empty)
    upgrade(empty)
    at = at_(empty)
    run(
        empty,
        f"INSERT INTO colleagues (id, name, roles, since) VALUES (9, 'Bao', '{json.dumps(roles)}', {at})",
        f"INSERT INTO staff (person_id, colleague_id, since) VALUES ('test:bao', 9, {at})",
    )
    downgrade(empty, "0009")
    working = "SELECT person_id FROM staff WHERE revoked_at IS NULL ORDER BY person_id"
    found = look(empty, lambda connection: connection.execute(text(working)).scalars().all())
    assert found == (["test:bao", "test:chen"] if stays else ["test:chen"])


PRODUCT = (
    "INSERT INTO categories (id, slug, names, position) VALUES (1, 'c', '{}', 1)",
    "INSERT INTO brands (id, slug, category_id, names, position) VALUES (1, 'b', 1, '{}', 1)",
    "INSERT INTO products (id, slug, brand_id, names, region, face_value, noun, measure, kind, on_sale, most_per_order,"
    " after_sale_days, redeem_url, guide, form, position, shortage, together)"
    " VALUES (1, 'p', 1, '{}', 'us', '$20', 'code', 'ge', 'unique', true, 10, 7, '', '{}', '[]', 1, '[]', true)",
)


async def test_what_was_being_put_on_sale_is_put_on_sale_to_its_end(empty):
    """One code of it was in the shop already; what nobody had decided on is pasted anew."""
    upgrade(empty, "0010")
    at, vault = datetime.now(UTC), Vault(KeyRing.fresh())
    run(empty, *(statement.replace(":", r"\:") for statement in PRODUCT))
    first = pasted.read(["AAAA-1"]).codes[0]
    print_of = vault.fingerprint(first.normal())

    def fill(connection: Connection) -> None:
        for number, state in ((1, "importing"), (2, "draft")):
            draft = vault.seal("AAAA-1\nAAAA-2\n\nBBBB----pin9----2030-01-31", f"draft of batch {number}")
            row = {"id": number, "product_id": 1, "source": f"s{number}", "state": state, "draft": draft, "size": 0}
            connection.execute(insert(OLD_BATCHES), {**row, "made_by": "test:chen", "made_at": at})
        sealed = vault.seal('[["code", "AAAA-1"]]', inventory.bound_to(1, print_of))
        row = {"product_id": 1, "batch_id": 1, "sealed": sealed, "fingerprint": print_of, "state": "available"}
        connection.execute(insert(inventory.codes), {**row, "max_uses": 1, "uses": 0, "held": 0})

    look(empty, fill)
    upgrade(empty)
    db = await Database.open(empty, vault=vault, rules=Rules())
    try:
        todo = await db.read(_to_do)
        batch = todo["batch"]
        assert todo == {"batch": 1, "by": "test:chen"}
        while await db.write(restock.go_on, batch):
            pass
        await db.write(batches.finish_import, batch)
        assert await db.read(batches.in_batch, 1) == {"available": 3}
        assert [(await db.read(batches.batch, number)).state for number in (1, 2)] == ["live", "discarded"]
    finally:
        await db.close()


def _to_do(tx: Tx) -> Any:
    return tx.one(select(outbox.outbox.c.payload).where(outbox.outbox.c.kind == "restock")).payload


OLD_BATCHES = table(
    "batches",
    *(column(name) for name in ("id", "product_id", "source", "state", "size", "made_by")),
    column("draft", columns.Sealed()),
    column("made_at", columns.UTC()),
)


def test_how_products_were_redeemed_is_the_first_version_of_their_guides(empty):
    """Text, picture and who wrote it; and back again."""
    upgrade(empty, "0024")
    run(empty, *(statement.replace(":", r"\:") for statement in PRODUCT))
    texts = json.dumps({"en": "1. go", "ru": " "}).replace(":", r"\:")
    run(empty, f"UPDATE products SET guide = '{texts}', guide_picture = 'a.png', edited_by = 'Chen'")
    upgrade(empty)
    kept = "SELECT product_id, brand_id, region, locale, version, body, by_whom FROM guides"
    found = look(empty, lambda connection: connection.execute(text(kept)).all())
    assert list(map(tuple, found)) == [(1, None, "", "en", 1, "1. go\n\n![](a.png)", "Chen")]
    downgrade(empty, "0024")
    guide = look(empty, lambda connection: connection.execute(text("SELECT guide FROM products")).scalar())
    assert (json.loads(guide) if isinstance(guide, str) else guide) == {"en": "1. go\n\n![](a.png)"}
