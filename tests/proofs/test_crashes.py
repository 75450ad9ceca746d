"""The proof of crashes, tiny: it holds, and with any of its guards off it does not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from proofs.crash_points import ELSEWHERE, never_passed, not_to_be_passed, there_are
from proofs.crashes import PROOF

ROOT = Path(__file__).resolve().parents[2]


def play(*more: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "proofs", "crashes", "--size", "tiny", "--store", "sqlite", *more]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    said = json.loads(ran.stdout.strip().splitlines()[-1])
    assert said["ok"] == (ran.returncode == 0), ran.stderr
    return said


def test_killed_anywhere_it_ends_as_if_it_had_not_been():
    said = play()
    assert said["ok"], said
    found = said["figures"]["sqlite"]
    assert found["kills"] > 20
    assert (found["lost"], found["double"], found["broken"]) == (0, 0, 0)


@pytest.mark.parametrize("guard", PROOF.guards)
def test_without_a_guard_it_does_not(guard: str):
    said = play("--without", guard)
    assert not said["ok"]
    assert "killed at passage" in said["figures"]["broken"], said


def test_a_point_that_no_act_passes_is_named():
    passed = {f"before commit {name}" for name in there_are() - set(ELSEWHERE)}
    assert {"rail.refund", "supplier.look_up", "send", "choosing._choose shortage.wait"} < there_are()
    assert never_passed(passed) == []
    assert never_passed(passed - {"before commit rail.refund"}) == ["rail.refund"]
    assert not_to_be_passed(passed) == []
    assert not_to_be_passed(passed | {f"after commit {name}" for name in ELSEWHERE}) == sorted(ELSEWHERE)
