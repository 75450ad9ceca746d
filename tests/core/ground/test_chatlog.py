"""The history of a chat, on both stores."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest

from core.ground import chatlog
from core.ground.columns import metadata
from core.ground.db import Database
from core.ground.errors import Tampered
from core.ground.messages import Choice, Codes, Message, words
from core.ground.rules import Rules
from core.ground.tx import Tx
from core.ground.vault import KeyRing, Vault

PERSON, OTHER = "browser:lin", "browser:bao"


@pytest.fixture
async def db(url: str) -> AsyncIterator[Database]:
    made = await Database.open(url, vault=Vault(KeyRing.fresh()), rules=Rules())
    await made.write(lambda tx: metadata.create_all(tx._connection, tables=[chatlog.chat_lines]))
    yield made
    await made.close()


async def ours(db: Database, text: str, key: str | None = None, person: str = PERSON) -> int:
    return await db.write(chatlog.append_ours, person, Message((text,)), key)


async def test_lines_come_back_in_order_each_person_apart(db: Database) -> None:
    first = await db.write(chatlog.append_theirs, PERSON, "k1", "hello")
    second = await ours(db, "hi")
    await ours(db, "not for Lin", person=OTHER)
    lines = await db.read(chatlog.since, PERSON, 0, 10)
    assert [(line.id, line.from_us) for line in lines] == [(first, False), (second, True)]
    assert [line.id for line in await db.read(chatlog.since, PERSON, first, 10)] == [second]
    assert (await db.read(chatlog.typed, lines[0])).reveal() == "hello"
    assert lines[1].message == Message(("hi",))
    assert await db.read(chatlog.line, OTHER, first) is None


async def test_a_message_comes_back_whole(db: Database) -> None:
    said = Message(
        (words("delivered", codes=Codes(7, (1, 2))),), (Choice("Copy", copies=True),), card="order K7M2-94QF"
    )
    line = await db.write(chatlog.append_ours, PERSON, said)
    found = await db.read(chatlog.line, PERSON, line)
    assert found is not None
    assert found.message == said
    assert found.card == said.card


async def test_an_event_leaves_one_line_on_each_side(db: Database) -> None:
    assert len({await db.write(chatlog.append_theirs, PERSON, "k1", "hello") for _ in range(3)}) == 1
    assert len({await ours(db, f"answer {number}", "k1") for number in range(3)}) == 1
    assert len(await db.read(chatlog.since, PERSON, 0, 10)) == 2
    assert await ours(db, "answer 0", "k2")
    assert len(await db.read(chatlog.since, PERSON, 0, 10)) == 3


async def test_what_only_says_the_last_line_again_is_a_repeat(db: Database) -> None:
    first = await ours(db, "refunded")
    assert await ours(db, "refunded") == first
    await db.write(chatlog.append_theirs, PERSON, "k1", "thanks")
    assert await ours(db, "refunded") != first
    answer = await ours(db, "done", "k1")
    assert await ours(db, "done") != answer  # said later, by itself


async def test_pages_of_history(db: Database) -> None:
    lines = [await ours(db, f"line {number}") for number in range(5)]
    assert [line.id for line in await db.read(chatlog.newest, PERSON, 2)] == lines[3:]
    assert [line.id for line in await db.read(chatlog.newest, PERSON, 2, lines[3])] == lines[1:3]
    assert [line.id for line in await db.read(chatlog.since, PERSON, 0, 2)] == lines[:2]


async def test_the_newest_line_of_a_card_counts(db: Database) -> None:
    def cards(tx: Tx) -> list[int]:
        return [
            chatlog.append_ours(tx, PERSON, Message((str(number),), card=card))
            for number, card in enumerate(("a", "b", "a"))
        ]

    _, second, third = await db.write(cards)
    assert await db.read(chatlog.newest_of_cards, PERSON, ["a", "b", "c"]) == {"a": third, "b": second}
    assert await db.read(chatlog.newest_of_cards, OTHER, ["a"]) == {}


async def test_what_was_typed_opens_for_its_own_line_only(db: Database) -> None:
    await db.write(chatlog.append_theirs, PERSON, "k1", "hello")
    await db.write(chatlog.append_theirs, OTHER, "k1", "something else")
    (mine,) = await db.read(chatlog.since, PERSON, 0, 10)
    assert mine.sealed is not None
    assert b"hello" not in mine.sealed
    moved = chatlog.chat_lines.update().where(chatlog.chat_lines.c.person == OTHER).values(sealed=mine.sealed)
    await db.write(lambda tx: tx.changed(moved))
    (theirs,) = await db.read(chatlog.since, OTHER, 0, 10)
    with pytest.raises(Tampered):
        await db.read(chatlog.typed, theirs)


async def test_a_new_line_wakes_who_waits_for_it(db: Database) -> None:
    waiting = asyncio.create_task(db.wait_for(chatlog.topic(PERSON), timeout=60))
    await asyncio.sleep(0.05)
    await ours(db, "hi")
    async with asyncio.timeout(30):
        await waiting


async def test_whoever_reads_on_misses_nothing_that_is_written_at_once(db: Database) -> None:
    """No line turns up behind one that was read already. Without IN_TURN, PostgreSQL fails two runs of three."""
    seen: list[int] = []
    done = asyncio.Event()

    async def read_on() -> None:
        while True:
            over = done.is_set()
            seen.extend(line.id for line in await db.read(chatlog.since, PERSON, seen[-1] if seen else 0, 1000))
            if over:
                return

    async def write_on(writer: int) -> None:
        for number in range(25):
            await ours(db, f"{writer} {number}", f"{writer} {number}")

    reader = asyncio.create_task(read_on())
    await asyncio.gather(*(write_on(writer) for writer in range(8)))
    done.set()
    await reader
    assert len(seen) == 200
    assert all(one < next for one, next in itertools.pairwise(seen))
