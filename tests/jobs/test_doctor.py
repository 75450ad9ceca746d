"""The doctor of a running shop: one process looks at a time; a sign of life is given only while the shop can serve."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import findings
from core.findings import LEVELS, Finding, Look
from core.ground.errors import PartyError
from core.shop import Shop
from jobs.doctor import doctor
from jobs.heartbeat import heartbeat

KEY = Finding("D030", facts={"what": "no key on the ring opens it"})
DISK = Finding("D011", facts={"folder": "/srv/mika", "free": 12, "percent": 1})


class Finds:
    """A doctor who finds always the same, and counts how often somebody let him look."""

    def __init__(self, *found: Finding) -> None:
        self.found = found
        self.looks = 0

    async def look_over(self) -> Look:
        self.looks += 1
        return Look(self.found, frozenset(LEVELS))


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
    monkeypatch.setattr(findings, "take_round", lambda tx, me: True)
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


async def test_a_process_without_a_doctor_writes_nothing(shop):
    await doctor(shop)
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
