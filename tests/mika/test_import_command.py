"""`mika import`: what it says, what it refuses, what it writes; over an old shop of plain lists."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from core import inventory, old_credit
from core.old_shops import Check, OldCoupon, OwedOrder
from mika import import_command
from mika.import_command import Told
from mika.refusals import Refusal
from tests import oldshop
from tests.core import counter
from tests.core.conftest import clock, rules, shop_db, world
from tests.mika.test_moving import everything, ours
from tests.oldshop import LONG_AGO, Listed
from tests.world import World

__all__ = ["clock", "rules", "shop_db", "world"]


@pytest.fixture(params=["sqlite"])
def store(request: pytest.FixtureRequest) -> str:
    """What it says is the same on both."""
    return request.param


async def told(world: World, old: Listed, file: Path, **said: object) -> tuple[int, list[str]]:
    lines: list[str] = []
    command = Told("acg-faka", "mysql://reader@old/faka", **{"yes": True, **said})
    return await import_command.moved_in(world.shop, old, command, file, lines.append), lines


async def test_it_says_there_and_here_and_the_report_holds_no_code(world, tmp_path):
    old, file = oldshop.small(), tmp_path / "report.md"
    old.its_owed = [OwedOrder("77", "OWED|1", "<b>Steam</b>", 8800, LONG_AGO, "abnormal")]
    old.its_coupons = [OldCoupon("1", "SAVE5", "5.00 off", 3)]
    status, said = await told(world, old, file)
    assert status == 0
    assert "codes of 17 Steam 点卡 17: 230 there, 230 here: ok" in said
    assert "finished orders: 10 there, 10 here: ok" in said
    assert "their sum: 1,734 there, 1,734 here: ok" in said
    written = file.read_text()
    for canary in ("OLDCODE", "OLDTEXT", "a&b"):
        assert canary not in written + "\n".join(said)
    for listed in ("OWED\\|1, \\<b\\>Steam", "SAVE5", "- 9: 99.99 CNY"):
        assert listed in written
    assert file.stat().st_mode & 0o077 == 0


async def test_a_dry_run_changes_nothing(world, tmp_path):
    before = await everything(world)
    status, said = await told(world, oldshop.small(), tmp_path / "r.md", dry_run=True)
    assert status == 0
    assert "New since an earlier run: 235 codes, 10 orders, 3 products." in said
    assert await everything(world) == before


async def test_a_check_that_says_stop_refuses_the_real_run(world, tmp_path):
    old, before = oldshop.small(), await everything(world)
    old.its_checks = [Check(8, "Shape of codes", "stop", ("1 code has U+FFFD in it",))]
    with pytest.raises(Refusal, match=r"S038.*8 Shape of codes"):
        await told(world, old, tmp_path / "r.md")
    assert await everything(world) == before
    assert (await told(world, old, tmp_path / "r.md", dry_run=True))[0] == 1


async def test_with_nobody_to_ask_nothing_comes_over_without_a_yes(world, tmp_path):
    before = await everything(world)
    assert (await told(world, oldshop.small(), tmp_path / "r.md", yes=False))[0] == 1
    assert await everything(world) == before


async def test_open_puts_it_on_sale(world, tmp_path):
    old = oldshop.small()
    await told(world, old, tmp_path / "r.md")
    assert await world.db.read(inventory.available, await ours(world, old, "17")) == 0
    status, said = await told(world, old, tmp_path / "r.md", open=True)
    assert (status, said[-2]) == (0, "235 codes are on sale.")


async def test_what_does_not_add_up_is_said_and_is_the_status(world, tmp_path, monkeypatch):
    old = oldshop.small()
    await told(world, old, tmp_path / "r.md")
    await counter.run(world, "DELETE FROM moved WHERE kind = 'code' AND old_id = '1800001'")
    monkeypatch.setattr(import_command.moving.moving_in.moved, "note_all", lambda *_: None)
    status, said = await told(world, old, tmp_path / "r.md", open=True)
    assert status == 1
    assert any("DIFFERS" in line for line in said)
    assert await world.db.read(inventory.available, await ours(world, old, "17")) == 0
    await told(world, old, tmp_path / "r.md", open=True, although_it_differs=True)
    assert await world.db.read(inventory.available, await ours(world, old, "17")) == 230


async def test_the_same_shop_by_another_address_is_refused(world, tmp_path):
    old = oldshop.small()
    await told(world, old, tmp_path / "r.md")
    again = oldshop.small()
    again.source = "dump:faka.sql"
    before = await everything(world)
    with pytest.raises(Refusal, match=r"S038.*dump:faka.sql"):
        await told(world, again, tmp_path / "r.md")
    assert await everything(world) == before
    assert (await told(world, oldshop.small(), tmp_path / "r.md"))[0] == 0
    assert await everything(world) == before
    await told(world, again, tmp_path / "r.md", another_shop=True)
    assert await everything(world) != before
    assert (await told(world, again, tmp_path / "r.md"))[0] == 0


async def test_it_is_told_which_shop_it_is_and_brings_nothing_twice(world, tmp_path):
    await told(world, oldshop.small(), tmp_path / "r.md")
    again, before = oldshop.small(), await everything(world)
    again.source = "dump:faka.sql"
    assert (await told(world, again, tmp_path / "r.md", source_name="db.example/faka"))[0] == 0
    assert await everything(world) == before


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"only": "没有"}, "S039"),
        ({"uses": ("99=5",)}, "S039"),
        ({"uses": ("17=many",)}, "S039"),
        ({"uses": ("17",)}, "S039"),
        ({"separators": ("99=--",)}, "S039"),
    ],
)
async def test_what_is_not_there_is_refused(world, tmp_path, said, code):
    before = await everything(world)
    with pytest.raises(Refusal) as refused:
        await told(world, oldshop.small(), tmp_path / "r.md", **said)
    assert refused.value.code == code
    assert await everything(world) == before


async def test_the_report_that_cannot_be_written_is_a_refusal(world, tmp_path):
    with pytest.raises(Refusal, match="S011"):
        await told(world, oldshop.small(), tmp_path / "no" / "r.md", dry_run=True)


async def test_the_links_open_what_they_say_and_are_for_the_owner_alone(world, tmp_path):
    old, file = oldshop.small(), tmp_path / "links.csv"
    old.its_members[0] = oldshop.replace(old.its_members[0], name="=cmd()")
    await told(world, old, tmp_path / "r.md", open=True)
    assert await import_command.claims(world.shop, file, lambda line: None) == 0
    rows = list(csv.DictReader(file.open(encoding="utf-8")))
    assert [(row["member"], row["amount"]) for row in rows] == [("7", "12.34"), ("8", "5.00")]
    assert rows[0]["name"] == "'=cmd()"
    assert file.stat().st_mode & 0o077 == 0
    lin = await counter.meet(world, "lin")
    token = rows[0]["link"].partition("/credit?t=")[2]
    assert (await world.db.write(old_credit.look, token, lin)).total.amount == 1234


async def test_a_batch_that_is_not_held_is_not_released(world):
    for number in ("1", "x", "²", "-1"):
        with pytest.raises(Refusal, match="S039"):
            await import_command.release(world.shop, number, lambda line: None)
