"""The audit: whatever was changed, moved or taken out of its chain shows."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.exc import IntegrityError

from core.ground import audit
from core.ground.triggers import TRIGGERS
from tests.core import counter
from tests.world import World

AUDIT_TRIGGERS = [trigger.name for trigger in TRIGGERS if trigger.table == "audit"]


async def write(world: World, many: int = 5) -> None:
    detail = {"why": "太贵了", "b": 1, "a": [1, 2.5, None, {"z": True}]}
    for number in range(many):
        await world.db.write(audit.write, "test:chen", "approve", f"order {number}", count=number, **detail)


async def chained(world: World, many: int = 5) -> None:
    await write(world, many)
    assert await world.db.write(audit.chain) == many


async def broken(world: World) -> int | None:
    return await world.db.read(audit.broken)


async def unguarded(world: World, *statements: str) -> None:
    """Somebody with the database's own password."""
    on = " ON audit" if (await world.db.read(lambda tx: tx.dialect)) == "postgresql" else ""
    await counter.run(world, *(f"DROP TRIGGER {name}{on}" for name in AUDIT_TRIGGERS), *statements)


async def test_rows_are_chained_in_their_order_and_once(world):
    await chained(world)
    assert await world.db.write(audit.chain) == 0
    await chained(world, 3)
    assert await counter.ask(world, "SELECT link FROM audit ORDER BY id") == [*range(1, 9)]
    assert await broken(world) is None


async def test_a_chain_is_made_in_pieces(world):
    await write(world, 5)
    assert [await world.db.write(audit.chain, 2) for _ in range(4)] == [2, 2, 1, 0]
    assert await broken(world) is None


async def test_nothing_is_broken_where_nothing_is(world):
    assert await broken(world) is None
    assert await world.db.write(audit.chain) == 0


CHANGES = {
    "at": "'2020-01-01 00:00:00.000000'",
    "actor": "'test:mallory'",
    "action": "'reject'",
    "subject": "'order 99'",
    "detail": '\'{"why": "nothing"}\'',
    "digest": "(SELECT digest FROM audit WHERE link = 1)",
    "link": "99",
}


@pytest.mark.parametrize("column", CHANGES)
async def test_a_changed_row_shows(world, column):
    await chained(world)
    await unguarded(world, f"UPDATE audit SET {column} = {CHANGES[column]} WHERE link = 3")
    assert await broken(world) == 3


async def test_every_column_that_says_something_is_tried(world):
    assert {*CHANGES, "id"} == {column.name for column in audit.audit.columns}


@pytest.mark.parametrize("gone", [1, 3])
async def test_a_missing_row_shows(world, gone):
    await chained(world)
    await unguarded(world, f"DELETE FROM audit WHERE link = {gone}")
    assert await broken(world) == gone


async def test_a_gap_in_the_numbers_shows(world):
    """The last row's digest is right; its place is not."""
    await chained(world)
    await unguarded(world, "UPDATE audit SET link = 7 WHERE link = 5")
    assert await broken(world) == 5


async def test_a_row_put_in_shows(world):
    await chained(world)
    await unguarded(
        world,
        "UPDATE audit SET link = link + 100 WHERE link > 2",
        "INSERT INTO audit (at, actor, action, subject, detail, link, digest) "
        "SELECT at, actor, action, subject, detail, 3, digest FROM audit WHERE link = 2",
        "UPDATE audit SET link = link - 99 WHERE link > 100",
    )
    assert await broken(world) == 3


async def test_rows_in_another_order_show(world):
    await chained(world)
    await unguarded(
        world,
        "UPDATE audit SET link = 100 WHERE link = 2",
        "UPDATE audit SET link = 2 WHERE link = 3",
        "UPDATE audit SET link = 3 WHERE link = 100",
    )
    assert await broken(world) == 2


async def test_what_is_not_chained_yet_shows_no_change(world):
    """The control: the chain is what shows it. Until the clock has chained a row, the trigger alone keeps it."""
    await write(world)
    change = "UPDATE audit SET actor = 'test:mallory', detail = '{}' WHERE subject = 'order 3'"
    with pytest.raises(IntegrityError, match="append-only"):
        await counter.run(world, change)
    await unguarded(world, change)
    await world.db.write(audit.chain)
    assert await broken(world) is None


async def test_two_clocks_at_once_make_one_chain(world):
    await write(world, 20)
    await asyncio.gather(*(world.db.write(audit.chain) for _ in range(4)), return_exceptions=True)
    assert await counter.ask(world, "SELECT link FROM audit ORDER BY id") == [*range(1, 21)]
    assert await broken(world) is None


async def test_the_schema_refuses_a_second_row_in_one_place(world):
    await chained(world, 2)
    await write(world, 1)
    with pytest.raises(IntegrityError):
        await counter.run(world, "UPDATE audit SET link = 2 WHERE link IS NULL")


async def test_the_digest_is_made_of_what_the_store_gives_back(world):
    """Fractions of a second, order of names and what is not ASCII: read in another transaction it is the same."""
    await world.db.write(audit.write, "test:林", "note", "订单 1", zz=1, aa="ключ", **{"": [0.1, 1e20, -0.0, 2**53]})
    assert await world.db.write(audit.chain) == 1
    assert await broken(world) is None
