"""`mika vault`: everything is sealed anew while the shop sells; ended anywhere, it goes on; the old key is no use."""

from __future__ import annotations

import asyncio
import itertools
import os
import stat
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import LargeBinary, update

from core import batches, catalog, customers, drafts, enquiries, pasted, resealing, uploads
from core.ground import audit, chatlog, inbox
from core.ground.columns import Digest, Sealed
from core.ground.db import Database
from core.ground.errors import Tampered
from core.ground.tx import Tx
from core.ground.vault import KeyRing, Vault
from core.schema import metadata
from doubles.postgres import Postgres
from mika import demo, vault
from mika.refusals import Refusal
from mika.settings import Settings
from tests.mika import till

numbers = itertools.count()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def shop(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Settings]:
    """A demo shop, on either store."""
    if request.param == "sqlite":
        yield settings
        return
    server: Postgres = request.getfixturevalue("postgres_server")
    name = f"vault{next(numbers)}"
    moved = settings.changed(database=server.create(name))
    asyncio.run(demo.open_up(moved))
    yield moved
    server.drop(name)


async def at(settings: Settings) -> Database:
    """The shop's database as another process has it open."""
    found = Vault(KeyRing.load(settings.key_path), settings.key_path)
    return await Database.open(settings.database_url, vault=found, rules=settings.rules())


def something_everywhere(tx: Tx) -> None:
    """A value in every sealed column."""
    lin = customers.meet(tx, "test", "lin", "lin", "en", None)
    product = next(p for p in catalog.everything(tx) if p.kind == "unique")
    batch = batches.open_batch(tx, product, "pasted", lin.id, draft=True)
    drafts.keep(tx, batch, 0, pasted.read(["PASTED-0001"]).codes)
    uploads.keep(tx, uploads.begin(tx, "a file", 11), 0, b"PASTED-0002")
    enquiries.keep(tx, "a note", lin.id, lin.id, "hello")
    chatlog.append_theirs(tx, lin.id, "a line", "hello there")
    inbox.store(tx, "test", "an event", "the body")


def test_every_sealed_column_is_known_to_the_rotation():
    """A new one is named in core/resealing.py, or a digest: nothing is a blob of neither kind."""
    binary = [
        column for table in metadata.tables.values() for column in table.columns if isinstance(column.type, LargeBinary)
    ]
    assert [c for c in binary if not isinstance(c.type, Sealed | Digest)] == []
    assert {sealed.column for sealed in resealing.EVERYWHERE} == {c for c in binary if isinstance(c.type, Sealed)}


async def test_after_a_rotation_and_the_old_keys_end_it_opens_nothing(shop: Settings):
    before = KeyRing.load(shop.key_path)
    db = await at(shop)
    await till.put_on_sale(db, "till", 3)
    await db.write(something_everywhere)
    await till.sell(db, "lin", "till")

    made = await vault.rotate(shop)
    assert (made.key, made.fresh, made.broken) == (2, True, ())
    assert set(await vault.keys(shop)) == {1, 2}
    assert (await vault.keys(shop))[1] == 0
    assert stat.S_IMODE(shop.key_path.stat().st_mode) == 0o600

    await vault.retire(shop, 1)
    assert set(KeyRing.load(shop.key_path).keys) == {2}
    assert not await opens(shop, Vault(before))
    assert await opens(shop, Vault(KeyRing.load(shop.key_path)))
    assert await till.sell(db, "bao", "till")  # who had it open all the while
    told = [row for row in await db.read(lambda tx: tx.all(audit.LOOSE, most=99)) if row.subject.startswith("key ")]
    assert [(row.subject, row.action, row.detail.get("state")) for row in told] == [
        ("key 2", "rotate", "begun"),
        ("key 2", "rotate", "done"),
        ("key 1", "retire", None),
    ]
    await db.close()


async def opens(shop: Settings, other: Vault) -> int:
    """How many of all sealed values a vault opens."""
    db = await Database.open(shop.database_url, vault=other, rules=shop.rules())

    def look(tx: Tx) -> int:
        count = 0
        for sealed in resealing.EVERYWHERE:
            for row in tx.all(sealed.old(), after=0, most=10_000, current=b"\xff\xff"):
                try:
                    other.open(row.value, sealed.bound_to(row))
                    count += 1
                except Tampered:
                    pass
        return count

    try:
        return await db.read(look)
    finally:
        await db.close()


async def test_the_shop_sells_through_every_process_meanwhile(shop: Settings):
    one, other = await at(shop), await at(shop)
    made = await till.put_on_sale(one, "till", 20)
    await till.put_on_sale(one, "filling", 1000)

    sold: list[str] = []
    slowest = 0.0

    async def sells(db: Database, name: str) -> None:
        nonlocal slowest
        for _ in range(10):
            began = time.monotonic()
            sold.extend(await till.sell(db, name, "till"))
            slowest = max(slowest, time.monotonic() - began)

    rotated, *_ = await asyncio.gather(vault.rotate(shop), sells(one, "lin"), sells(other, "bao"))
    assert sorted(sold) == made
    assert rotated.resealed >= 1000
    assert (await vault.keys(shop))[1] == 0  # nothing was sealed by the old key behind its back
    assert slowest < 20
    await one.close()
    await other.close()


async def test_a_process_that_misses_the_new_key_is_found_out(shop: Settings, monkeypatch: pytest.MonkeyPatch):
    """The negative control: a vault that doesn't look at its file seals by the old key, and the rotation says so."""
    other = await Database.open(shop.database_url, vault=Vault(KeyRing.load(shop.key_path)), rules=shop.rules())
    reseal_some = resealing.reseal_some
    stale = Vault(KeyRing.load(shop.key_path))

    def and_somebody_seals(tx: Tx, sealed: resealing.SealedColumn, after: int) -> resealing.Step:
        done = reseal_some(tx, sealed, after)
        if sealed is resealing.EVERYWHERE[-1]:
            tx.vault, ours = stale, tx.vault
            inbox.store(tx, "test", "from a process that does not look", "the body")
            tx.vault = ours
        return done

    monkeypatch.setattr(resealing, "reseal_some", and_somebody_seals)
    with pytest.raises(RuntimeError, match="still seals by an older key"):
        await vault.rotate(shop)
    await other.close()


async def test_ended_anywhere_it_goes_on_with_the_same_key(shop: Settings, monkeypatch: pytest.MonkeyPatch):
    db = await at(shop)
    await db.write(something_everywhere)
    reseal_some, calls, rounds = resealing.reseal_some, 0, 0

    def dies_later_each_time(tx: Tx, sealed: resealing.SealedColumn, after: int) -> resealing.Step:
        nonlocal calls
        if calls == rounds:
            raise KeyboardInterrupt
        calls += 1
        return reseal_some(tx, sealed, after)

    monkeypatch.setattr(resealing, "reseal_some", dies_later_each_time)
    made = None
    while made is None:
        try:
            made = await vault.rotate(shop)
        except KeyboardInterrupt:
            assert KeyRing.load(shop.key_path).current == 2
            calls, rounds = 0, rounds + 1
    assert rounds >= len(resealing.EVERYWHERE)
    assert (made.key, made.fresh) == (2, False)
    assert (await vault.keys(shop))[1] == 0
    await db.close()


async def test_a_value_that_opens_by_no_key_is_named_and_left_alone(shop: Settings):
    db = await at(shop)
    await db.write(something_everywhere)
    await db.write(lambda tx: tx.changed(update(inbox.inbox).values(external_id="another event")))
    made = await vault.rotate(shop)
    assert len(made.broken) == 1
    assert made.broken[0].startswith("inbox.sealed ")
    again = await vault.rotate(shop)
    assert (again.key, again.fresh) == (3, True)
    with pytest.raises(vault.KeyInUse, match="1 values are sealed by key 1"):
        await vault.retire(shop, 1)
    await db.close()


async def test_the_key_in_use_stays(shop: Settings):
    for key, why in ((1, "seals what comes in"), (7, "no key 7")):
        with pytest.raises(vault.KeyInUse, match=why):
            await vault.retire(shop, key)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
async def test_root_leaves_the_key_and_all_else_to_whom_the_shop_belongs(settings: Settings):
    for file in (settings.data, *settings.data.rglob("*")):
        os.chown(file, 12345, 12346)
    await vault.rotate(settings)
    told = {file.name: file.stat() for file in settings.data.iterdir()}
    assert {"key", "key.lock", "shop.db"} <= told.keys()
    assert {name: (one.st_uid, one.st_gid) for name, one in told.items()} == dict.fromkeys(told, (12345, 12346))
    assert stat.S_IMODE(told["key"].st_mode) == stat.S_IMODE(told["key.lock"].st_mode) == 0o600


async def test_two_rotations_at_once_are_refused(settings: Settings):
    with vault._alone(settings), pytest.raises(Refusal, match="S010"):
        await vault.rotate(settings)
