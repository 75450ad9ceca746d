"""Each commit is told to whoever counts them; what goes wrong in counting is nothing to the calls."""

from __future__ import annotations

import asyncio

import pytest

from tests.core.ground.tables import furnish, keys, note


async def test_each_commit_is_told_with_its_time_and_its_calls(url, opened):
    told: list[tuple[float, int]] = []
    db = await opened(url, on_commit=lambda seconds, calls: told.append((seconds, calls)))
    await furnish(db)
    told.clear()
    await asyncio.gather(*(db.write(note, f"key {number}") for number in range(20)))
    await db.read(keys)
    assert sum(calls for _, calls in told) == 20
    assert all(0 < seconds < 5 for seconds, _ in told)


async def test_what_was_rolled_back_alone_is_no_commit_on_a_server(postgres_url, opened):
    told: list[int] = []
    db = await opened(postgres_url, on_commit=lambda _, calls: told.append(calls))

    def refuses(_: object) -> None:
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        await db.write(refuses)
    assert told == []


async def test_a_count_that_fails_changes_nothing_and_runs_nothing_again(url, opened):
    runs: list[str] = []

    def fails(seconds: float, calls: int) -> None:
        raise RuntimeError("no room for figures")

    def counted(tx, key: str) -> int:
        runs.append(key)
        return note(tx, key)

    db = await opened(url, on_commit=fails)
    await furnish(db)
    await db.write(counted, "once")
    assert runs == ["once"]
    assert await db.read(keys) == ["once"]
