"""deploy/systemd: systemd itself takes the units, and says how little each may do."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.conftest import DEPLOY, needs

UNITS = sorted((DEPLOY / "systemd").iterdir())
EXPOSED = 2.0  # of ten, as systemd counts; what is not shut off at all has nine


@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
    """All of them with this program in place of the one they name, so that systemd finds it."""
    mika = Path(sys.executable).with_name("mika")
    made = []
    for unit in UNITS:
        copy = tmp_path / unit.name.replace("@.", "@1.")
        copy.write_text(unit.read_text().replace("/opt/mika/.venv/bin/mika", str(mika)))
        made.append(copy)
    return made


def test_systemd_takes_each(units: list[Path]):
    ran = subprocess.run([needs("systemd-analyze"), "verify", *units], capture_output=True, text=True)
    about_ours = [line for line in ran.stderr.splitlines() if "mika" in line and "man page" not in line]
    assert (ran.returncode, about_ours) == (0, [])


def test_a_unit_with_a_word_that_is_none_is_found_out(units: list[Path]):
    service = next(unit for unit in units if unit.suffix == ".service")
    service.write_text(service.read_text().replace("NoNewPrivileges=yes", "NoNewPrivilege=yes"))
    ran = subprocess.run([needs("systemd-analyze"), "verify", service], capture_output=True, text=True)
    assert "NoNewPrivilege" in ran.stderr


@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.suffix == ".service"], ids=lambda unit: unit.name)
def test_a_shop_that_was_set_up_by_hand_is_the_one_that_is_run(unit: Path):
    """Nothing in the environment of a unit counts more than what the wizard wrote into mika.toml."""
    told = [row for row in unit.read_text().splitlines() if row.startswith("Environment")]
    assert told == []
    assert "WorkingDirectory=/var/lib/mika\n" in unit.read_text()


@pytest.mark.parametrize("name", [unit.name for unit in UNITS if unit.suffix == ".service"])
def test_each_service_is_shut_in(name: str):
    command = [needs("systemd-analyze"), "security", "--offline=true", str(DEPLOY / "systemd" / name)]
    ran = subprocess.run(command, capture_output=True, text=True)
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", ran.stdout)
    assert found, ran.stdout + ran.stderr
    assert float(found[1]) <= EXPOSED
