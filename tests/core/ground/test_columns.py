"""Column types that mean the same on both stores."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

import pytest
from sqlalchemy import bindparam, func, inspect, select, text, update
from sqlalchemy.exc import StatementError

from core.ground.columns import metadata
from tests.core.ground.tables import NOTE, notes

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
SHANGHAI = timezone(timedelta(hours=8))
READ = select(notes.c.at, notes.c.said).where(notes.c.key == bindparam("key"))


async def test_a_time_comes_back_as_the_same_moment_in_utc(db):
    await db.write(lambda tx: tx.insert(NOTE, key="a", at=datetime(2026, 1, 31, 20, tzinfo=SHANGHAI)))
    at = await db.read(lambda tx: tx.value(READ, key="a"))
    assert at == NOON
    assert at.tzinfo is UTC


async def test_sqlite_keeps_a_time_as_text_of_one_width(sqlite):
    times = [NOON, NOON + timedelta(microseconds=1)]
    await sqlite.write(lambda tx: tx.many(NOTE, [{"key": str(at), "at": at} for at in times]))
    kept = await sqlite.read(lambda tx: [row.at for row in tx.all(text("SELECT at FROM notes ORDER BY id"))])
    assert kept == ["2026-01-31 12:00:00.000000", "2026-01-31 12:00:00.000001"]


async def test_a_naive_time_is_refused(db):
    with pytest.raises(StatementError, match="no time zone"):
        await db.write(lambda tx: tx.insert(NOTE, key="a", at=datetime(2026, 1, 31)))


async def test_no_time_is_none(db):
    await db.write(lambda tx: tx.insert(NOTE, key="a", at=None))
    assert await db.read(lambda tx: tx.value(READ, key="a")) is None


async def test_times_sort_and_compare_as_moments(db):
    moments = [NOON + timedelta(microseconds=step) for step in (-1_000_000, -1, 0, 1, 100_000, 1_000_000)]
    await db.write(lambda tx: tx.many(NOTE, [{"key": str(at), "at": at} for at in reversed(moments)]))
    assert await db.read(lambda tx: [row.at for row in tx.all(select(notes.c.at).order_by(notes.c.at))]) == moments
    until = select(func.count()).where(notes.c.at <= bindparam("now"))
    assert await db.read(lambda tx: tx.value(until, now=NOON.astimezone(SHANGHAI))) == 3
    assert await db.read(lambda tx: tx.value(select(func.max(notes.c.at)))) == moments[-1]


async def test_a_time_whose_type_sqlalchemy_cannot_see_is_kept_the_same_way(db):
    await db.write(lambda tx: tx.insert(NOTE, key="a", at=NOON))
    raw = text("SELECT count(*) FROM notes WHERE at = :now")
    assert await db.read(lambda tx: tx.value(raw, now=NOON)) == 1
    unseen = update(notes).values(at=func.coalesce(bindparam("now"), notes.c.at))
    await db.write(lambda tx: tx.changed(unseen, now=NOON + timedelta(seconds=1)))
    assert await db.read(lambda tx: tx.value(READ, key="a")) == NOON + timedelta(seconds=1)


class Word(StrEnum):
    READY = "ready"


async def test_a_word_of_a_list_is_kept_as_its_text(db):
    await db.write(lambda tx: tx.insert(NOTE, key=Word.READY, text=Word.READY))
    assert type(await db.read(lambda tx: tx.value(select(notes.c.text).where(notes.c.key == Word.READY)))) is str
    assert await db.read(lambda tx: tx.value(READ.with_only_columns(notes.c.text), key=Word.READY)) == "ready"


async def test_plain_data_comes_back_as_it_was(db):
    said = {"丝": ["é", 1, 2.5, True, None, {"nested": []}]}
    await db.write(lambda tx: tx.insert(NOTE, key="a", said=said))
    assert (await db.read(lambda tx: tx.one(READ, key="a"))).said == said


async def test_no_data_is_null_and_not_the_word(db):
    await db.write(lambda tx: tx.insert(NOTE, key="a", said=None))
    assert await db.read(lambda tx: tx.value(select(func.count()).where(notes.c.said.is_(None)))) == 1


async def test_data_that_json_has_no_word_for_is_refused(db):
    for odd in ({"at": NOON}, {"x": float("nan")}):
        with pytest.raises((StatementError, TypeError, ValueError)):
            await db.write(lambda tx, odd=odd: tx.insert(NOTE, key="a", said=odd))


async def test_a_row_numbers_itself_with_64_bits(db):
    await db.write(lambda tx: tx.insert(NOTE, id=2**40, key="a"))
    if await db.read(lambda tx: tx.dialect) == "sqlite":
        assert await db.write(lambda tx: tx.insert(NOTE, key="b")) == 2**40 + 1
    else:
        assert await db.write(lambda tx: tx.insert(NOTE, key="b")) == 1


async def test_every_constraint_has_a_name_that_a_migration_can_drop(db):
    def names(tx) -> set[str | None]:
        found = inspect(tx._connection)
        unique = [each["name"] for each in found.get_unique_constraints("notes")]
        check = [each["name"] for each in found.get_check_constraints("shelves")]
        foreign = [each["name"] for each in found.get_foreign_keys("songs")]
        return {*unique, *check, *foreign, found.get_pk_constraint("notes")["name"]}

    assert metadata.naming_convention
    assert await db.read(names) == {"uq_notes_key", "ck_shelves_stock", "fk_songs_album", "pk_notes"}
