"""What the doctor finds in the database and its queues, on both stores: each code, and nothing where all is well."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from core import findings
from core.ground import inbox, outbox
from core.ground.db import Database, Tx
from core.ground.stores import connection
from core.ground.triggers import TRIGGERS, Trigger
from core.ground.vault import KeyRing, Vault
from core.shop import Shop
from mika import doctor_database
from mika.doctor import closed
from mika.refusals import Refusal
from mika.settings import Settings
from mika.settings_read import load
from tests.core import counter
from tests.doors import RULES, clock, db, empty_database, empty_file, provider, rail, shop, url
from tests.jobs.conftest import chat, lin, runner, steam, world
from tests.mika.doctoring import codes, found

__all__ = ["chat", "clock", "db", "empty_database", "empty_file", "lin", "provider", "rail", "runner", "shop"]
__all__ += ["steam", "url", "world"]
only_sqlite = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
only_postgres = pytest.mark.parametrize("url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)


@pytest.fixture
def told(url: str, tmp_path: Path) -> Settings:
    return load(tmp_path / "none.toml", {}).changed(database=url, data=tmp_path)


async def run(shop: Shop, *statements: str) -> None:
    await shop.db.write(lambda tx: [tx.changed(text(statement)) for statement in statements])


# What it would lose


async def test_a_database_that_loses_nothing(told: Settings, shop: Shop):
    wrong = {one.subject for one in await found(told, "database", shop)}
    assert wrong <= {"fsync", "full_page_writes", "synchronous_commit"}  # the tests' own server is quick, and forgets
    assert not wrong or "postgres" in told.database_url
    for check in ("guards", "invariants", "room in the database", "vault", "database file", "queues"):
        assert await codes(told, check, shop) == []


@only_sqlite
async def test_d021_settings_of_sqlite(told: Settings, url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connection, "SETTINGS", ("PRAGMA synchronous = OFF", "PRAGMA foreign_keys = OFF"))
    careless = await Database.open(url, vault=Vault(KeyRing.fresh()), rules=RULES)
    one, other = await found(told, "database", Shop(careless, RULES, "", {}))
    await careless.close()
    assert (one.code, one.subject, one.facts["value"]) == ("D021", "synchronous", "0")
    assert (other.code, other.subject) == ("D021", "foreign_keys")


@only_postgres
async def test_d022_settings_of_postgresql(told: Settings, url: str, shop: Shop, monkeypatch: pytest.MonkeyPatch):
    kind = {"synchronous_commit": {"on"}, "transaction_isolation": {"read committed"}}
    monkeypatch.setattr(doctor_database, "POSTGRES", kind)
    name = url.rpartition("/")[2].partition("?")[0]
    await run(shop, f'ALTER DATABASE "{name}" SET synchronous_commit = on')
    for value, finds in (("on", []), ("off", ["D022"])):
        await run(shop, f'ALTER DATABASE "{name}" SET synchronous_commit = {value}')
        fresh = await Database.open(url, vault=Vault(KeyRing.fresh()), rules=RULES)
        assert await codes(told, "database", Shop(fresh, RULES, "", {})) == finds
        await fresh.close()


@pytest.mark.parametrize("way", ["gone", "tame"])
async def test_d023_a_guard_that_is_gone_or_tame(told: Settings, shop: Shop, way: str):
    guard = next(one for one in TRIGGERS if one.name == "receipts_stay")
    tame = Trigger(guard.name, guard.table, guard.event, "1 = 0", guard.says)
    dialect = "postgresql" if "postgres" in told.database_url else "sqlite"
    await run(shop, *([guard.drop(dialect)] if way == "gone" else tame.statements(dialect)))
    (one,) = await found(told, "guards", shop)
    assert (one.code, one.subject) == ("D023", "receipts_stay")
    await run(shop, *guard.statements(dialect))
    assert await codes(told, "guards", shop) == []


async def test_d024_what_must_hold(told: Settings, shop: Shop, world, steam):
    lin = await counter.meet(world, "lin")
    await world.stock(steam, 1)
    await counter.place(world, lin, steam)
    assert await codes(told, "invariants", shop) == []
    await run(shop, "UPDATE orders SET expires_at = '2020-01-01 00:00:00.000000'")
    assert await codes(told, "invariants", shop) == ["D024"]


@only_sqlite
async def test_d025_a_log_that_grows(told: Settings, shop: Shop, monkeypatch: pytest.MonkeyPatch):
    assert await codes(told, "room in the database", shop) == []
    monkeypatch.setattr(doctor_database, "LARGEST_LOG", -1)
    assert await codes(told, "room in the database", shop) == ["D025"]


@only_postgres
async def test_d026_connections(told: Settings, shop: Shop, monkeypatch: pytest.MonkeyPatch):
    assert await codes(told, "room in the database", shop) == []
    monkeypatch.setattr(doctor_database, "CONNECTIONS", 0.0)
    assert await codes(told, "room in the database", shop) == ["D026"]


@only_sqlite
async def test_d027_a_damaged_file(told: Settings, url: str, shop: Shop, tmp_path: Path):
    assert await codes(told, "database file") == []
    await shop.db.close()
    file = tmp_path / "shop.db"
    content = bytearray(file.read_bytes())
    content[4096 : 4096 * 12] = b"\xa5" * (4096 * 11)
    file.write_bytes(content)
    assert await codes(told, "database file") == ["D027"]
    assert await codes(told, "database file", asks=False) == []  # it reads all of the file: only for who waits for it
    file.write_bytes(b"this is no database, and never was" * 100)
    assert await codes(told, "database file") == ["D027"]


async def test_d030_the_key_of_another_shop(told: Settings, shop: Shop, world, steam, url: str):
    await world.stock(steam, 1)
    assert await codes(told, "vault", shop) == []
    other = await Database.open(url, vault=Vault(KeyRing.fresh()), rules=RULES)
    assert await codes(told, "vault", Shop(other, RULES, "", {})) == ["D030"]
    await other.close()


# What waits


async def test_d060_an_event_that_nobody_hears(told: Settings, shop: Shop, clock):
    await shop.db.write(inbox.store, "sandbox", "evt_1", "{}")
    assert await codes(told, "queues", shop) == []
    clock.forward(timedelta(minutes=6))
    assert await codes(told, "queues", shop) == ["D060"]


async def test_d061_an_effect_that_nobody_carries_out(told: Settings, shop: Shop, clock):
    await shop.db.write(lambda tx: outbox.put(tx, "say", "say 1", due=tx.now + timedelta(minutes=5)))
    clock.forward(timedelta(minutes=14))
    assert await codes(told, "queues", shop) == []
    clock.forward(timedelta(minutes=2))
    assert await codes(told, "queues", shop) == ["D061"]


async def test_d062_what_buyers_are_owed(told: Settings, shop: Shop, world, steam, clock):
    lin = await counter.meet(world, "lin")
    await world.stock(steam, 1)
    await counter.pay(world, await counter.place(world, lin, steam))
    await run(shop, "UPDATE outbox SET state = 'done'")
    assert await codes(told, "queues", shop) == []
    clock.forward(timedelta(days=30))
    (owed,) = await found(told, "queues", shop)
    assert (owed.code, owed.facts["count"]) == ("D062", 1)


def _given_up(tx: Tx) -> None:
    outbox.put(tx, "say", "say 1")
    tx.changed(text("UPDATE outbox SET state = 'dead'"))


async def test_d064_what_was_given_up_lately(told: Settings, shop: Shop, clock):
    await shop.db.write(_given_up)
    assert await codes(told, "queues", shop) == ["D064"]
    clock.forward(timedelta(days=2))
    assert await codes(told, "queues", shop) == []


async def test_d063_jobs_that_nobody_does(told: Settings, shop: Shop, clock):
    (never,) = await found(told, "jobs", shop)
    assert (never.code, never.facts["minutes"]) == ("D063", 0)
    await shop.db.write(findings.beat, "one")
    assert await codes(told, "jobs", shop) == []
    clock.forward(timedelta(minutes=10))
    (silent,) = await found(told, "jobs", shop)
    assert (silent.code, silent.facts["minutes"]) == ("D063", 10)
    assert await codes(told, "jobs", shop, asks=False) == []  # who asks is a process with jobs


# Why it does not open


@pytest.mark.parametrize(
    ("refusal", "code"),
    [("S001", "D031"), ("S002", "D019"), ("S003", "D020"), ("S006", "D030"), ("S009", "D008")],
)
def test_a_refusal_is_a_finding(refusal: str, code: str):
    assert closed(Refusal(refusal, what="it is not there", url="-", file="mika.toml")).code == code
