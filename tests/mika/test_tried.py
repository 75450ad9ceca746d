"""The process beside the shop: it plays on a copy, is ended when it takes too long, and nothing of it is believed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import pytest

from core.rehearsals import Rehearsed
from mika import scratch, tried
from mika.settings import Settings
from mika.settings_read import load
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


async def test_the_chats_are_those_that_are_connected(settings: Settings):
    assert settings.chats == ("browser",)
    with_bot = load(settings.file, {"MIKA_TELEGRAM__BUYERS__TOKEN": f"10000001:{'A' * 35}"})
    assert with_bot.chats == ("browser", "telegram")
    async with opened(with_bot) as house:
        assert house.shop.rehearsal
        assert house.shop.rehearsal.chats == ("browser", "telegram")


async def test_it_is_played_in_the_chat_that_is_asked_for():
    says = "import json, sys; print(json.dumps({'ok': True, 'lines': [{'who': 'shop', 'text': ' '.join(sys.argv)}]}))"
    beside = Beside(None, command=(sys.executable, "-c", says))
    [line] = (await beside.play("purchase", "steam-us-10", "en", "telegram")).lines
    assert line["text"].endswith("--product steam-us-10 --chat telegram")
    [line] = (await beside.play("held", None, "en", None)).lines
    assert "--chat" not in line["text"]


async def test_what_can_not_be_played_says_why(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tried, "PATIENCE", 300.0)
    found = await Beside(settings.file).play("purchase", "spotify-us-12m", "ru")
    assert (found.ok, "sold out" in found.detail) == (False, True)


async def test_what_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(tried, "PATIENCE", 0.5)
    note = tmp_path / "pid"
    sleeps = f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    began = time.monotonic()
    found = await Beside(None, command=(sys.executable, "-c", sleeps)).play("held", None, "en")
    assert (found.ok, found.why) == (False, "too-long")
    assert time.monotonic() - began < 20
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


async def test_whoever_stops_waiting_leaves_no_process_behind(tmp_path: Path):
    note = tmp_path / "pid"
    sleeps = f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    playing = asyncio.create_task(Beside(None, command=(sys.executable, "-c", sleeps)).play("held", None, "en"))
    while not await asyncio.to_thread(note.exists):  # noqa: ASYNC110  another process writes it
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.1)
    playing.cancel()
    await asyncio.gather(playing, return_exceptions=True)
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


# Its copy of the shop


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The temporary folder, of this test's own."""
    made = tmp_path / "temporary"
    made.mkdir()
    monkeypatch.setenv("TMPDIR", str(made))
    monkeypatch.setattr(tempfile, "tempdir", str(made))
    return made


async def playing(settings: Settings, temporary: Path, *, but: str = "") -> tuple[asyncio.subprocess.Process, Path]:
    """A rehearsal that has made its copy, with a key and codes in it."""
    asked = (sys.executable, "-m", "mika.cli", "rehearse", "--json", "--scenario", "all")
    process = await asyncio.create_subprocess_exec(
        *asked, env=os.environ | {"MIKA_CONFIG": str(settings.file)}, stdout=asyncio.subprocess.DEVNULL
    )
    async with asyncio.timeout(120):
        while True:
            for folder in temporary.glob("mika-rehearsal-*"):  # noqa: ASYNC240
                if folder.name != but and (folder / "key").exists() and (folder / "provider.db").exists():
                    return process, folder
            assert process.returncode is None
            await asyncio.sleep(0.05)


async def test_told_to_end_it_takes_its_copy_away(settings: Settings, temporary: Path):
    process, _ = await playing(settings, temporary)
    process.terminate()
    assert await process.wait() == 128 + signal.SIGTERM
    assert os.listdir(temporary) == []


async def test_the_copy_of_one_that_was_killed_goes_when_the_next_begins(settings: Settings, temporary: Path):
    process, left = await playing(settings, temporary)
    process.kill()
    await process.wait()
    assert (left / "key").exists()
    other, its = await playing(settings, temporary, but=left.name)
    assert not left.exists()
    scratch.sweep()
    assert (its / "key").exists()  # it is being played
    other.terminate()
    await other.wait()
    assert os.listdir(temporary) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give folders away")
def test_another_user_s_is_left_alone(temporary: Path):
    (temporary / "mika-rehearsal-1").mkdir()
    os.chown(temporary / "mika-rehearsal-1", 12345, 12345)
    scratch.sweep()
    assert (temporary / "mika-rehearsal-1").exists()


def test_what_is_no_rehearsal_s_is_left_alone(temporary: Path):
    for name in ("mika-rehearsal-1", "kept", "mika-backtest-1"):
        (temporary / name).mkdir()
    (temporary / "mika-rehearsal-2").symlink_to(temporary / "kept")
    (temporary / "mika-rehearsal-3").write_text("no folder")
    scratch.sweep()
    left = {"kept", "mika-backtest-1", "mika-rehearsal-2", "mika-rehearsal-3"}
    assert {path.name for path in temporary.iterdir()} == left


async def test_one_that_takes_too_long_is_told_to_end_before_it_is_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(tried, "PATIENCE", 1.5)
    note = tmp_path / "tidied"
    tidies = (
        f"import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: (open({str(note)!r}, 'w'), sys.exit()))"
    )
    found = await Beside(None, command=(sys.executable, "-c", f"{tidies}; time.sleep(60)")).play("held", None, "en")
    assert (found.why, note.exists()) == ("too-long", True)


async def test_one_that_does_not_listen_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(tried, "PATIENCE", 1.5)
    note = tmp_path / "pid"
    deaf = "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    deaf += f"; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    began = time.monotonic()
    found = await Beside(None, command=(sys.executable, "-c", deaf)).play("held", None, "en")
    assert (found.why, time.monotonic() - began < 20) == ("too-long", True)
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


# What it says


@pytest.mark.parametrize("said", ["", "nonsense", "[]", '{"ok": true}', '{"ok": true, "lines": 1}'])
async def test_what_is_no_report_is_not_believed(said: str):
    assert await Beside(None, command=saying(said)).play("held", None, "en") == Rehearsed(False, why="broken")


async def test_only_true_is_ok():
    found = await Beside(None, command=saying(json.dumps({"ok": "yes", "lines": []}))).play("held", None, "en")
    assert not found.ok
