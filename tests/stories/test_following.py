"""One purchase is followed through the log: from the provider's call to the codes that went out."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from core.ground import inbox
from core.ground.inbox import InboxRow
from core.ground.trails import mark
from core.orders import State
from core.shop import Shop
from jobs.runner import Runner
from mika import logs

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    logs.set_up("info", "json", tmp_path / "mika.log")
    yield tmp_path / "mika.log"
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


async def test_one_purchase_is_followed_through_the_log(log, world, lin, chen, steam):
    codes = await world.stock(steam, 3)
    orders = []
    for _ in range(2):
        await lin.buys(steam)
        await lin.pays()
        await world.becomes(lin, State.DELIVERED)
        orders.append((await world.order(lin)).id)
    written = log.read_text()
    lines = [json.loads(line) for line in written.splitlines()]

    for order in orders:
        of_it = [line for line in lines if line.get("order") == order]
        assert of_it[0]["event"] == "an order stands"
        works = [line["work"] for line in of_it if line["event"] == "worked"]
        assert works.index("settle") < works.index("weigh") < works.index("deliver")
        [settled] = {line["heard"] for line in of_it if line.get("work") == "settle"}
        came = [line for line in lines if line.get("heard") == settled and line.get("route") == "/hooks/{rail}"]
        assert len(came) >= 1
        assert all(line["request"] for line in came)
        assert not any(line.get("order") for line in came)

    assert not any(code in written for code in codes)
    requests = [line["request"] for line in lines if line["event"] == "request"]
    assert len(requests) == len(set(requests))


async def test_what_is_said_while_an_event_is_answered_names_the_event_and_no_other(log, world):
    async def hear(shop: Shop, row: InboxRow) -> None:
        for _ in range(3):
            await asyncio.sleep(0.01)  # the others are under way meanwhile
            structlog.get_logger().info("answering", key=row.external_id)

    for number in range(4):
        await world.db.write(inbox.store, "elsewhere", f"key {number}", "{}")
    await Runner(world.shop, {"elsewhere": hear}, timetable=()).drain()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    said = [line for line in lines if line["event"] == "answering"]
    assert len(said) == 12
    for line in said:
        assert (line["work"], line["heard"]) == ("hear", mark("elsewhere", line["key"]))
    assert len({line["row"] for line in said}) == 4
