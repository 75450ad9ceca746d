"""The doctor of a running shop: one process looks at a time; a sign of life is given only while the shop can serve."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from core import findings
from core.findings import LEVELS, Finding, Look
from core.ground.errors import PartyError
from core.shop import Shop
from jobs.doctor import again, doctor
from jobs.heartbeat import heartbeat
from jobs.schedule import TIMETABLE

KEY = Finding("D030", facts={"what": "no key on the ring opens it"})
DISK = Finding("D011", facts={"folder": "/srv/mika", "free": 12, "percent": 1})


class Finds:
    """A doctor who finds always the same, and counts how often somebody let him look."""

    def __init__(self, *found: Finding) -> None:
        self.found = found
        self.looks = 0

    async def look_over(self, only: frozenset[str] | None = None) -> Look:
        self.looks += 1
        codes = frozenset(LEVELS) if only is None else only
        return Look([one for one in self.found if one.code in codes], codes)


class Listens:
    """Who watches from outside."""

    def __init__(self, *, away: bool = False) -> None:
        self.heard = 0
        self.away = away

    async def all_is_well(self) -> None:
        self.heard += 1
        if self.away:
            raise PartyError("away")


def two(shop: Shop) -> tuple[Finds, Shop, Finds]:
    """This process's doctor; another process on the same database, and its doctor."""
    one, another = Finds(), Finds()
    shop.doctor = one
    return one, Shop(shop.db, shop.rules, shop.public_url, {}, doctor=another), another


async def test_what_is_found_is_kept_and_told(shop, runner, chen):
    shop.doctor = Finds(KEY)
    await doctor(shop)
    await runner.drain()
    assert "D030" in (await chen.gets()).text
    assert [one.finding for one in await shop.db.read(findings.still_open)] == [KEY]


async def test_of_two_processes_one_looks(shop):
    one, beside, another = two(shop)
    for _ in range(3):
        await doctor(shop)
        await doctor(beside)
    assert (one.looks, another.looks) == (3, 0)


async def test_without_the_row_both_would(shop, monkeypatch):
    monkeypatch.setattr(findings, "take_round", lambda tx, me, lasts: True)
    one, beside, another = two(shop)
    await doctor(shop)
    await doctor(beside)
    assert (one.looks, another.looks) == (1, 1)


async def test_when_the_one_is_gone_the_other_looks(shop, clock):
    _, beside, another = two(shop)
    await doctor(shop)
    clock.forward(findings.ROUND)
    await doctor(beside)
    assert another.looks == 1


async def still(shop: Shop) -> list[str]:
    return [one.finding.code for one in await shop.db.read(findings.still_open)]


async def test_what_keeps_the_shop_from_serving_is_looked_for_again_soon_and_alone(shop):
    shop.doctor = Finds(KEY)
    await doctor(shop)
    shop.doctor.found = (KEY, DISK)
    await again(shop)
    assert await still(shop) == ["D030"] and await shop.db.read(findings.cannot_serve)
    shop.doctor.found = (DISK,)
    await again(shop)
    assert await still(shop) == [] and not await shop.db.read(findings.cannot_serve)
    assert [entry.every for entry in TIMETABLE if entry.does is again] == [timedelta(seconds=15)]


@pytest.mark.parametrize("found", [(), (DISK,)])
async def test_with_what_the_shop_serves_all_the_same_nobody_looks_again(shop, found):
    shop.doctor = Finds(*found)
    await doctor(shop)
    for _ in range(3):
        await again(shop)
    assert shop.doctor.looks == 1


async def test_who_comes_after_it_is_mended_and_the_shop_restarted_sees_it_soon(shop):
    one, beside, another = two(shop)
    one.found = (KEY,)
    await doctor(shop)
    await doctor(beside)
    await shop.db.write(findings.give_up_round, shop.process)  # as each process does that is told to end
    await again(beside)
    assert another.looks == 1
    assert not await shop.db.read(findings.cannot_serve)


async def test_so_does_who_comes_after_one_that_was_killed(shop, clock):
    one, beside, another = two(shop)
    one.found = (KEY,)
    await doctor(shop)
    await again(shop)
    await again(beside)
    assert another.looks == 0
    clock.forward(timedelta(minutes=1))
    await again(beside)
    assert another.looks == 1
    assert not await shop.db.read(findings.cannot_serve)


async def test_a_long_look_does_not_find_again_what_was_mended_meanwhile(shop):
    one = shop.doctor = Finds(KEY)
    await doctor(shop)
    began, ends = asyncio.Event(), asyncio.Event()

    async def at_length(only: frozenset[str] | None = None) -> Look:
        if only is None:
            began.set()
            await ends.wait()
            return Look((KEY,), frozenset(LEVELS))
        return Look((), only)

    one.look_over = at_length
    long = asyncio.create_task(doctor(shop))
    await began.wait()
    soon = asyncio.create_task(again(shop))
    await asyncio.sleep(0.1)
    ends.set()
    await asyncio.gather(long, soon)
    assert await still(shop) == []


async def test_a_process_without_a_doctor_writes_nothing(shop):
    await doctor(shop)
    await again(shop)
    await heartbeat(shop)
    assert await shop.db.read(findings.last, "doctor") is None
    assert await shop.db.read(findings.last, findings.BEAT) is None


@pytest.mark.parametrize(("found", "heard"), [((), 1), ((DISK,), 1), ((KEY,), 0)])
async def test_who_watches_hears_nothing_while_the_shop_cant_serve(shop, found, heard):
    shop.doctor, shop.heartbeat = Finds(*found), Listens()
    await doctor(shop)
    await heartbeat(shop)
    assert shop.heartbeat.heard == heard
    assert await shop.db.read(findings.last, findings.BEAT)  # the others see that this process lives


async def test_who_watches_hears_nothing_while_the_folder_takes_nothing(shop):
    shop.doctor, shop.heartbeat, shop.data = Finds(), Listens(), Path("/proc")
    with pytest.raises(OSError):
        await heartbeat(shop)
    assert shop.heartbeat.heard == 0


async def test_it_is_heard_again_when_that_is_over(shop):
    shop.doctor, shop.heartbeat = Finds(KEY), Listens()
    await doctor(shop)
    shop.doctor.found = ()
    await doctor(shop)
    await heartbeat(shop)
    assert shop.heartbeat.heard == 1


async def test_a_database_that_takes_no_writes_is_heard_by_the_silence(shop, monkeypatch):
    async def write(*_):
        raise OSError("no room")

    shop.doctor, shop.heartbeat = Finds(), Listens()
    monkeypatch.setattr(shop.db, "write", write)
    with pytest.raises(OSError):
        await heartbeat(shop)
    assert shop.heartbeat.heard == 0


async def test_staff_ask_what_is_wrong(shop, chen):
    assert "还没检查过" in (await chen.says("体检")).text
    shop.doctor = Finds()
    await doctor(shop)
    assert "一切正常" in (await chen.says("doctor")).text
    shop.doctor.found = (DISK, KEY, *(Finding("D009", str(n), {"why": "KeyError"}) for n in range(6)))
    await doctor(shop)
    said = (await chen.says("неполадки")).text
    assert said.index("D030") < said.index("D009") and "还有 3 条" in said
