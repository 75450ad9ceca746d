"""Findings: opened, told once, gone; what comes and goes is not told; one process looks at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import findings
from core.findings import LEVELS, Finding, Level, Look
from core.ground.words import LOCALES, known
from tests.world import Somebody, World

ROUND = timedelta(minutes=5)
CODES = frozenset(LEVELS)
DISK = Finding("D011", facts={"folder": "/srv/mika", "free": 12, "percent": 1})
KEY = Finding("D030", facts={"what": "code 1: no key on the ring opens it"})
BESIDE = Finding("D003", facts={"folder": "/srv/mika"})
AWAY = Finding("D050", "stripe", {"why": "away"})


async def look(world: World, *found: Finding, codes: frozenset[str] = CODES) -> None:
    """One look of the doctor, five minutes after the last."""
    world.clock.forward(ROUND)
    await world.db.write(findings.looked, Look(found, codes))


async def told(world: World, somebody: Somebody) -> list[str]:
    """What has arrived there since."""
    await world.runner.drain()
    arrived = world.chat.of(somebody.name)
    return [arrived.get_nowait().plain() for _ in range(arrived.qsize())]


async def still(world: World) -> list[str]:
    return [one.finding.code for one in await world.db.read(findings.still_open)]


async def test_what_is_seen_twice_is_told_once_with_what_to_do(world, chen):
    await look(world, DISK)
    assert await told(world, chen) == []
    await look(world, DISK)
    (alarm,) = await told(world, chen)
    assert "D011" in alarm and "/srv/mika" in alarm and "12 MB" in alarm
    assert "清理" in alarm
    for _ in range(3):
        await look(world, DISK)
    assert await told(world, chen) == []


async def test_its_end_is_told_once_with_how_long_it_lasted(world, chen):
    await look(world, DISK)
    await look(world, DISK)
    await told(world, chen)
    await look(world)
    assert await still(world) == ["D011"]  # missed once may be a hiccup
    await look(world)
    assert await still(world) == []
    (gone,) = await told(world, chen)
    assert "D011" in gone and "15 分钟" in gone
    await look(world)
    assert await told(world, chen) == []


async def flaps(world: World, chen: Somebody) -> list[str]:
    for _ in range(4):
        await look(world, DISK)
        await look(world)
    return await told(world, chen)


async def test_what_comes_and_goes_is_not_told(world, chen):
    assert await flaps(world, chen) == []


async def test_without_patience_it_would_be(world, chen, monkeypatch):
    monkeypatch.setattr(findings, "IN_A_ROW", 1)
    assert len(await flaps(world, chen)) == 8


async def test_with_what_the_shop_cant_serve_is_told_at_once_and_so_is_its_end(world, chen):
    await look(world, KEY)
    assert await world.db.read(findings.cannot_serve)
    assert len(await told(world, chen)) == 1
    await look(world)
    assert not await world.db.read(findings.cannot_serve)
    assert len(await told(world, chen)) == 1


@pytest.mark.parametrize("quiet", [BESIDE, AWAY], ids=["advice", "what has an alarm of its own"])
async def test_what_is_told_to_nobody_is_kept_for_who_asks(world, chen, quiet):
    for _ in range(3):
        await look(world, quiet)
    assert await told(world, chen) == []
    assert await still(world) == [quiet.code]
    await look(world)
    assert await still(world) == [] == await told(world, chen)


async def test_what_was_not_looked_for_stays(world):
    await look(world, DISK)
    await look(world, codes=CODES - {"D011"})
    await look(world, codes=CODES - {"D011"})
    assert await still(world) == ["D011"]
    await look(world)
    assert await still(world) == []


@pytest.mark.parametrize(("blind", "stays"), [("D011", ["D011"]), ("D030", [])])
async def test_what_could_not_be_looked_for_stays_too(world, blind, stays):
    await look(world, DISK)
    await world.db.write(findings.looked, Look((), CODES, frozenset({blind})))
    assert await still(world) == stays


async def test_what_nobody_has_seen_of_late_keeps_nobody_from_serving(world):
    await look(world, KEY)
    world.clock.forward(findings.ROUND - timedelta(seconds=1))
    assert await world.db.read(findings.cannot_serve)
    world.clock.forward(timedelta(seconds=1))
    assert not await world.db.read(findings.cannot_serve)


async def test_a_full_folder_is_of_one_machine_only(world, chen):
    await look(world, Finding("D013", facts={"folder": "/srv/mika", "why": "No space left on device"}))
    assert not await world.db.read(findings.cannot_serve)
    assert len(await told(world, chen)) == 1


async def test_who_ends_leaves_the_round_to_another(world):
    await world.db.write(findings.take_round, "one")
    await world.db.write(findings.give_up_round, "two")  # whose it is not
    assert not await world.db.write(findings.take_round, "two")
    await world.db.write(findings.give_up_round, "one")
    assert await world.db.write(findings.take_round, "two")


async def test_each_subject_is_a_finding_of_its_own(world, chen):
    two = [Finding("D009", name, {"why": "TimeoutError"}) for name in ("rails", "mail")]
    await look(world, *two)
    await look(world, *two)
    assert len(await told(world, chen)) == 2
    for _ in range(2):
        await look(world, two[0], codes=frozenset({"D009 mail", "D009 rails"}))
    assert [one.finding.subject for one in await world.db.read(findings.still_open)] == ["rails"]
    assert len(await told(world, chen)) == 1


async def test_what_comes_again_begins_anew(world, chen):
    await look(world, KEY)
    first = (await world.db.read(findings.still_open))[0]
    await look(world)
    await look(world, KEY)
    second = (await world.db.read(findings.still_open))[0]
    assert (second.id, second.since) != (first.id, first.since)
    assert len(await told(world, chen)) == 3


async def test_a_long_fact_is_cut_and_still_the_same_finding(world):
    long = Finding("D043", "x" * 300, {"why": "y" * 3000})
    await look(world, long)
    await look(world, long)
    (one,) = await world.db.read(findings.still_open)
    assert (len(one.finding.subject), len(str(one.finding.facts["why"])), one.seen) == (160, 160, 2)


async def test_one_process_looks_at_a_time(world):
    assert await world.db.write(findings.take_round, "one")
    assert not await world.db.write(findings.take_round, "two")
    assert await world.db.write(findings.take_round, "one")
    world.clock.forward(findings.ROUND + timedelta(seconds=1))
    assert await world.db.write(findings.take_round, "two")
    assert not await world.db.write(findings.take_round, "one")


async def test_a_beat_is_kept_by_name(world):
    assert await world.db.read(findings.last, "jobs") is None
    await world.db.write(findings.beat, "one")
    first = await world.db.read(findings.last, "jobs")
    world.clock.forward(ROUND)
    await world.db.write(findings.beat, "two")
    assert (await world.db.read(findings.last, "jobs")) - first >= ROUND
    assert await world.db.read(findings.last, "web") is None


async def test_what_is_long_over_is_forgotten_and_nothing_else(world):
    await look(world, KEY, BESIDE)
    await look(world, BESIDE)
    assert await world.db.write(findings.forget, 50) == 0
    world.clock.forward(findings.KEPT + timedelta(days=1))
    assert await world.db.write(findings.forget, 50) == 1
    assert await still(world) == ["D003"]


def test_every_code_has_its_sentences():
    for code in LEVELS:
        assert known(f"finding-{code.lower()}") and known(f"finding-{code.lower()}-todo"), code
    assert set(LEVELS.values()) == set(Level) and len(LOCALES) == 3
