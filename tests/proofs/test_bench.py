"""make bench: it measures what it says, and its counters would tell."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from core import checkout
from core.checkout import Merchant
from proofs import bench
from proofs.__main__ import play
from proofs.benching.buying import Buying, settled
from proofs.benching.counters import COUNTERS, counters
from proofs.benching.stage import SLUG, Stage
from proofs.proof import Broken

STORES = ["sqlite", pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.slow])]


@pytest.mark.parametrize("store", STORES)
def test_every_order_goes_well_and_the_floor_writes_the_same_rows(store: str) -> None:
    said = play("bench", "tiny", 1, (store,), None)

    assert said["ok"], said
    assert {name: said["figures"][name] for name in COUNTERS} == dict.fromkeys(COUNTERS, 0)
    assert said["figures"][store]["20 at a time"]["floor"] > 0
    assert said["figures"][store]["statements"] > said["figures"][store]["writing"]


@pytest.mark.parametrize(("guard", "counter"), [("notices-once", "duplicates"), ("set-aside", "oversold")])
def test_without_a_guard_the_counters_tell(guard: str, counter: str) -> None:
    said = play("bench", "tiny", 1, ("sqlite",), guard)

    assert not said["ok"]
    assert said["figures"][counter] > 0


async def test_money_for_which_no_code_went_out_is_counted(tmp_path: Path) -> None:
    stage = await stage_of(tmp_path)
    async with stage.opened(stage.copy()) as db:
        buying = Buying(db, jobs=False)
        rail = Merchant(buying.rail.name, buying.rail.account, buying.rail.mode)
        order = await db.write(checkout.place, stage.people[0], SLUG, 1, rail, {}, "key")
        notice = await buying.is_told(order)
        assert (await db.read(counters))["charged_without_code"] == 0
        await db.write(settled, notice.rail, notice.event)

        assert (await db.read(counters))["charged_without_code"] == 1


async def test_a_floor_that_leaves_something_out_is_caught(tmp_path: Path) -> None:
    stage = await stage_of(tmp_path)
    shape = (await asyncio.to_thread(asyncio.run, bench.facts(stage)))["pattern"]
    *most, last = shape.transactions
    lazy = replace(shape, transactions=(*most, last[:-1]))

    with pytest.raises(Broken, match="did not write what the shop writes"):
        await asyncio.to_thread(lambda: list(bench.floors(stage, lazy, 3, 1, 1.0)))


async def stage_of(folder: Path) -> Stage:
    """Where a loop of its own can run, as the stage does."""
    return await asyncio.to_thread(Stage, folder, "sqlite", 10, None)
