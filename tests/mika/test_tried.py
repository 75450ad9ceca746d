"""The process beside the shop: it plays on a copy, is ended when it takes too long, and nothing of it is believed."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path

import pytest

from core.rehearsals import Rehearsed
from mika import tried
from mika.settings import Settings
from mika.tried import Beside
from mika.wiring import opened


def saying(text: str) -> tuple[str, ...]:
    """A command that says just that, whatever it is asked."""
    return (sys.executable, "-c", f"print({text!r})")


async def test_staff_s_rehearsal_is_played_on_a_copy(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tried, "PATIENCE", 300.0)  # how long it may take is not what is looked at
    before = (settings.data / "shop.db").read_bytes()
    found = await Beside(settings.file).play("held", "steam-us-10", "en")
    assert found.ok, found.detail
    assert {"does": "approves", "n": 0} in found.lines
    assert (settings.data / "shop.db").read_bytes() == before


async def test_a_shop_that_is_opened_can_play(settings: Settings):
    async with opened(settings) as house:
        assert isinstance(house.shop.rehearsal, Beside)


async def test_what_can_not_be_played_says_why(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tried, "PATIENCE", 300.0)
    found = await Beside(settings.file).play("purchase", "spotify-us-12m", "ru")
    assert (found.ok, "sold out" in found.detail) == (False, True)


async def test_what_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(tried, "PATIENCE", 0.5)
    note = tmp_path / "pid"
    sleeps = f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    began = time.monotonic()
    found = await Beside(None, (sys.executable, "-c", sleeps)).play("held", None, "en")
    assert (found.ok, found.why) == (False, "too-long")
    assert time.monotonic() - began < 20
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


async def test_whoever_stops_waiting_leaves_no_process_behind(tmp_path: Path):
    note = tmp_path / "pid"
    sleeps = f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    playing = asyncio.create_task(Beside(None, (sys.executable, "-c", sleeps)).play("held", None, "en"))
    while not await asyncio.to_thread(note.exists):  # noqa: ASYNC110  another process writes it
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.1)
    playing.cancel()
    await asyncio.gather(playing, return_exceptions=True)
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


@pytest.mark.parametrize("said", ["", "nonsense", "[]", '{"ok": true}', '{"ok": true, "lines": 1}'])
async def test_what_is_no_report_is_not_believed(said: str):
    assert await Beside(None, saying(said)).play("held", None, "en") == Rehearsed(False, why="broken")


async def test_only_true_is_ok():
    found = await Beside(None, saying(json.dumps({"ok": "yes", "lines": []}))).play("held", None, "en")
    assert not found.ok
