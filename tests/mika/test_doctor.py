"""`mika doctor`: it says what is wrong with a shop in any state, breaks at nothing, and shows no secret."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.findings import LEVELS, Finding, Level, Look
from core.ground.vault import KeyRing
from mika import doctor
from mika.cli import app
from mika.doctor import BROKEN, CHECKS, Doctor, look_of
from mika.doctor_place import Check, Place, Said
from mika.settings import Settings
from mika.settings_read import load
from mika.wiring import opened
from tests.mika.test_doctor_checks import at_work

CANARY = "canary-77aa"


@pytest.fixture
def said() -> list[str]:
    return []


def codes_of(said: list[str]) -> set[str]:
    return {line.split()[0] for line in said if line[:1] == "D" and line[1:4].isdigit()}


async def looked_over(settings: Settings | Callable[[], Settings], said: list[str]) -> tuple[int, set[str]]:
    given = settings if callable(settings) else lambda: settings
    status = await doctor.run(given, said.append)
    return status, codes_of(said)


async def test_every_finding_says_what_to_do_and_errors_end_with_status_1(settings: Settings, said: list[str]):
    status, found = await looked_over(settings, said)
    assert status == 1
    assert {"D003", "D005", "D063"} <= found
    assert any(line.startswith("ok     guards:") for line in said)
    for line in said:
        assert not line.startswith("D0") or line.count("\n") == 1
    assert said[-1].endswith("to think about.")


async def test_advice_alone_is_status_0(settings: Settings, said: list[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor, "CHECKS", [check for check in CHECKS if check.name == "files"])
    assert await looked_over(settings, said) == (0, {"D003", "D004"})
    assert said[-1] == "0 to mend, 2 to think about."
    monkeypatch.setattr(doctor, "CHECKS", [check for check in CHECKS if check.name == "guards"])
    said.clear()
    assert await looked_over(settings, said) == (0, set())
    assert said[-1] == "All is well."


def test_as_json_it_is_one_object(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MIKA_CONFIG", str(folder / "mika.toml"))
    ran = CliRunner().invoke(app, ["doctor", "--json"])
    assert ran.exit_code == 1, ran.output
    told = json.loads(ran.stdout)
    assert {"code", "level", "subject", "what", "todo"} == set(told["findings"][0])
    assert any("triggers" in line for line in told["ok"])


# A shop that does not open


def without_key(folder: Path) -> None:
    (folder / "key").unlink()


def with_a_readable_key(folder: Path) -> None:
    (folder / "key").chmod(0o644)


def with_another_key(folder: Path) -> None:
    (folder / "key").unlink()
    KeyRing.fresh().save(folder / "key")


def without_database(folder: Path) -> None:
    (folder / "shop.db").unlink()


def with_no_database_but_a_file(folder: Path) -> None:
    (folder / "shop.db").write_bytes(b"no database" * 1000)


def on_a_server_that_is_away(folder: Path) -> None:
    file = folder / "mika.toml"
    file.write_text(f'database = "postgresql+asyncpg://shop:{CANARY}@127.0.0.1:9/shop"\n{file.read_text()}')


def with_a_wrong_setting(folder: Path) -> None:
    file = folder / "mika.toml"
    file.write_text(f'hold_minutes = "{CANARY}"\n{file.read_text()}')


def with_no_settings(folder: Path) -> None:
    (folder / "mika.toml").write_text(f"{CANARY} = = {CANARY}")


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (without_key, "D031"),
        (with_a_readable_key, "D031"),
        (with_another_key, "D030"),
        (without_database, "D020"),
        (with_no_database_but_a_file, "D019"),
        (on_a_server_that_is_away, "D019"),
        (with_a_wrong_setting, "D008"),
        (with_no_settings, "D008"),
    ],
)
async def test_why_a_shop_does_not_open_is_a_finding_too(
    folder: Path, said: list[str], broken: Callable[[Path], None], code: str
):
    broken(folder)
    status, found = await looked_over(lambda: load(folder / "mika.toml", {}), said)
    assert status == 1
    assert code in found
    assert BROKEN not in found, said
    assert CANARY not in "\n".join(said)
    if code != "D008":
        assert any(line.startswith("ok     disk:") for line in said)  # the rest is looked at all the same


def test_d032_where_no_shop_is_nothing_else_is_looked_at(tmp_path: Path):
    ran = CliRunner().invoke(app, ["doctor"])
    assert ran.exit_code == 1
    assert ran.stdout.startswith("D032 ")
    assert f"There is no shop in {tmp_path}." in ran.stdout
    assert "D031" not in ran.stdout
    assert not list(tmp_path.iterdir())


# A check that breaks


async def breaks(_: Place) -> Said:
    raise KeyError(CANARY)


async def hangs(_: Place) -> Said:
    await asyncio.sleep(60)
    return []


async def is_well(_: Place) -> Said:
    return ["fine"]


ODD = (
    Check("breaks", ("D011",), breaks, opens=False),
    Check("hangs", ("D014",), hangs, opens=False, seconds=0.05),
    Check("is well", ("D080",), is_well, opens=False),
)


async def test_a_check_that_breaks_or_hangs_is_a_finding_and_never_the_end(
    settings: Settings, said: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(doctor, "CHECKS", ODD)
    status, found = await looked_over(settings, said)
    assert (status, found) == (1, {BROKEN})
    assert len([line for line in said if line.startswith(BROKEN)]) == 2
    assert said[-2] == "ok     fine"
    assert CANARY not in "\n".join(said)


async def test_what_a_broken_check_looks_for_is_not_taken_for_gone(settings: Settings):
    async with opened(settings, with_site=False) as house:
        look = await Doctor(settings, house.shop, ODD).look_over()
    assert {one.subject for one in look.found} == {"breaks", "hangs"}
    assert not {"D011", "D014"} & look.codes
    assert {"D080", f"{BROKEN} breaks", f"{BROKEN} is well"} <= look.codes


# In the running shop


async def test_what_is_outside_is_asked_seldom_and_not_all_at_once(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []

    def one(name: str, *, outside: bool) -> Check:
        async def look(_: Place) -> Said:
            asked.append(name)
            return []

        return Check(name, ("D080",), look, outside=outside, opens=False)

    now = 1000.0
    monkeypatch.setattr("mika.doctor.time.monotonic", lambda: now)
    checks = [one("inside", outside=False), *(one(f"outside {n}", outside=True) for n in range(3))]
    async with opened(settings, with_site=False) as house:
        kept = Doctor(settings, house.shop, checks)
        rounds = []
        for _ in range(7):
            asked.clear()
            await kept.look_over()
            rounds.append(sorted(asked))
            now += 300.0
    assert rounds[0] == ["inside"]
    assert all("inside" in names for names in rounds)
    assert all(len(names) < 4 for names in rounds[:4])
    assert sorted(name for names in rounds[:4] for name in names if name != "inside") == [
        f"outside {n}" for n in range(3)
    ]


async def test_for_what_stands_only_the_checks_that_find_it_are_made(settings: Settings):
    made: list[str] = []

    def noted(check: Check) -> Check:
        async def look(place: Place) -> Said:
            made.append(check.name)
            return await check.look(place)

        return replace(check, look=look)

    async with opened(settings, with_site=False) as house:
        full = settings.changed(data=Path("/proc"))
        for told, found in ((full, ["D013"]), (settings, [])):
            made.clear()
            look = await Doctor(told, house.shop, [noted(check) for check in CHECKS]).look_over(frozenset({"D013"}))
            assert ([one.code for one in look.found], made) == (found, ["disk"])
            assert look.codes == {"D013"}


async def test_a_running_demo_is_looked_over_by_itself_and_from_outside(settings: Settings, said: list[str]):
    async with at_work(settings) as (told, shop):
        look = await Doctor(told, shop).look_over()
        assert not [one for one in look.found if one.level is not Level.ADVICE and one.code != "D005"], look.found
        assert "D021" in look.codes and "D080" not in look.codes
        status, found = await looked_over(told, said)
    assert (status, found - {"D003", "D004", "D012"}) == (1, {"D005", "D063"})


def test_every_code_belongs_to_a_check_or_to_the_opening():
    there = {code for check in CHECKS for code in check.codes}
    assert there | {"D008", "D009", "D019", "D020", "D031", "D032"} == set(LEVELS)
    names = [check.name for check in CHECKS]
    assert len(set(names)) == len(names)
    assert look_of({"disk": [Finding("D011")]}, [CHECKS[0]]) == Look(
        [Finding("D011")], frozenset({*CHECKS[0].codes, f"{BROKEN} {CHECKS[0].name}"})
    )
