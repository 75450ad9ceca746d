"""Tx: statements and their answers, the same on both stores."""

from __future__ import annotations

import pytest
from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from core.ground.db import NoRow, Tx
from tests.core.ground.tables import (
    ALBUM,
    BY_KEY,
    KEYS,
    NOTE,
    NOTE_ONCE,
    SONG,
    STOCK,
    keys,
    note,
    notes,
    shelves,
    songs,
)


async def test_one_is_exactly_one(db):
    await db.write(lambda tx: tx.many(NOTE, [{"key": "a"}, {"key": "b"}]))
    assert (await db.read(lambda tx: tx.one(KEYS.where(notes.c.key == "a")))).key == "a"
    with pytest.raises(NoRow, match="no row"):
        await db.read(lambda tx: tx.one(BY_KEY, key="c"))
    with pytest.raises(NoRow, match="more than one"):
        await db.read(lambda tx: tx.one(KEYS))


async def test_first_all_and_value(db):
    await db.write(lambda tx: tx.many(NOTE, [{"key": "a"}, {"key": "b"}]))

    def look(tx: Tx) -> tuple[object, ...]:
        first, none = tx.first(KEYS), tx.first(BY_KEY, key="c")
        return (
            first and first.key,
            none,
            [row.key for row in tx.all(KEYS)],
            tx.value(KEYS),
            tx.value(BY_KEY, key="c"),
        )

    assert await db.read(look) == ("a", None, ["a", "b"], "a", None)


async def test_changed_counts_rows(db):
    def change(tx: Tx) -> list[int]:
        return [
            tx.changed(NOTE_ONCE, key="a"),
            tx.changed(NOTE_ONCE, key="a"),
            tx.changed(NOTE, key="b"),
            tx.changed(update(notes).values(text="x")),
            tx.changed(update(notes).where(notes.c.key == "c").values(text="x")),
            tx.changed(notes.delete()),
        ]

    assert await db.write(change) == [1, 0, 1, 2, 0, 2]


async def test_insert_returns_the_rows_number(db):
    def insert_thrice(tx: Tx) -> list[int]:
        return [
            note(tx, "a"),
            tx.insert(NOTE_ONCE, key="b"),
            tx.insert(insert(shelves).values(stock=bindparam("n")), n=3),
        ]

    first, second, shelf = await db.write(insert_thrice)
    assert await db.read(lambda tx: [tx.value(BY_KEY, key=key) for key in "ab"]) == [first, second]
    assert await db.read(lambda tx: tx.value(STOCK, shelf=shelf)) == 3


async def test_insert_names_no_row_when_a_conflict_kept_it_out(db):
    await db.write(note, "a")
    with pytest.raises(NoRow):
        await db.write(lambda tx: (note(tx, "b"), tx.insert(NOTE_ONCE, key="a")))


async def test_many_of_none_inserts_nothing(db):
    await db.write(lambda tx: tx.many(NOTE, []))
    await db.write(lambda tx: tx.many(insert(shelves), [{"stock": 1}, {"stock": 2}]))
    assert await db.read(keys) == []
    assert await db.read(lambda tx: [row.stock for row in tx.all(select(shelves.c.stock))]) == [1, 2]


async def test_a_foreign_key_that_does_not_hold_at_the_end_is_refused(db):
    def out_of_order(tx: Tx, album: int) -> None:
        tx.insert(SONG, album=album)
        tx.insert(ALBUM, id=7)

    await db.write(out_of_order, 7)
    with pytest.raises(IntegrityError):
        await db.write(lambda tx: tx.insert(SONG, album=8))
    assert await db.read(lambda tx: tx.value(select(func.count()).select_from(songs))) == 1


async def test_an_error_does_not_spell_out_what_was_asked(db):
    await db.write(note, "a")
    with pytest.raises(IntegrityError) as caught:
        await db.write(lambda tx: tx.insert(NOTE, key="a", text="lin@example.com"))
    assert "lin@example.com" not in str(caught.value)
    with pytest.raises(NoRow) as missed:
        await db.read(lambda tx: tx.one(BY_KEY, key="lin@example.com"))
    assert "lin@example.com" not in str(missed.value)
    with pytest.raises(DBAPIError) as refused:
        await db.read(note, "lin@example.com")
    assert "lin@example.com" not in str(refused.value)
