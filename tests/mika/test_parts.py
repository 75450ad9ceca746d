"""`mika run --only`: each part does its own work and leaves the others theirs, in processes of their own."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from bot.said import Said
from core import customers, staff
from core.ground import inbox, outbox
from core.ground.db import Tx
from core.ground.messages import Message, words
from core.ground.outbox import outbox as rows
from mika.chat_settings import BotSettings, TelegramSettings
from mika.parts import ALL, ONLY, Only
from mika.refusals import Refusal
from mika.settings import Settings
from mika.wiring import opened
from tests.mika.telegram_standin import modules
from tests.ports import free_port

PATIENCE = 120.0  # seconds for what takes two or three on an idle machine
BUYERS, STAFF = "11111111:" + "A" * 35, "22222222:" + "B" * 35


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the chats' stand-ins do."""
    file = tmp_path / "told"
    file.touch()
    monkeypatch.setenv("TOLD", str(file))
    for name, module in modules().items():
        monkeypatch.setitem(sys.modules, name, module)
    return file


@pytest.fixture
def settings(folder: Path) -> Settings:
    """A shop with both bots, at a free port."""
    from mika.settings_read import load

    file = folder / "mika.toml"
    bots = f"\nport = {free_port()}\n"
    text = file.read_text()
    file.write_text(bots + text + f'\n[telegram.buyers]\ntoken = "{BUYERS}"\n[telegram.staff]\ntoken = "{STAFF}"\n')
    return load(file, {})


class Shops:
    """Processes of one shop, by their part."""

    def __init__(self, settings: Settings, told: Path) -> None:
        self._settings = settings
        self._told = told
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def begin(self, part: str, **trouble: str) -> int:
        environ = {**os.environ, "MIKA_CONFIG": str(self._settings.data / "mika.toml"), "TOLD": str(self._told)}
        command = [
            sys.executable,
            "-m",
            "tests.mika.telegram_standin",
            "run",
            *(["--only", part] if part != "all" else []),
        ]
        root = Path(__file__).resolve().parents[2]
        made = subprocess.Popen(command, cwd=root, env={**environ, **trouble}, stderr=subprocess.PIPE)
        self._running[part] = made
        return made.pid

    def end(self, part: str) -> tuple[float, int, str]:
        """Told to stop: how long it took, its status, its log."""
        began = time.monotonic()
        process = self._running.pop(part)
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=20)
        return time.monotonic() - began, process.returncode, log.decode()

    def end_all(self) -> None:
        for process in self._running.values():
            process.kill()
            process.communicate()

    def did(self) -> set[tuple[int, str, str]]:
        """Which process did what in which chat."""
        found = (line.split(" ", 2) for line in self._told.read_text().splitlines())
        return {(int(pid), chat, what) for pid, chat, what in found}


@pytest.fixture
def shops(settings: Settings, told: Path) -> Iterator[Shops]:
    made = Shops(settings, told)
    yield made
    made.end_all()


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


def answers(settings: Settings) -> bool:
    try:
        return httpx.get(f"{settings.address}/healthz", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def speak(tx: Tx) -> None:
    """Somebody says something in each chat, and something is to be said in each."""
    for chat in ("telegram", "telegram_staff", "browser"):
        customers.meet(tx, chat, "1", "lin", "en", None)
        said = Said(chat, "1", f"{chat} 1", "help", name="lin", locale="en")
        inbox.store(tx, chat, said.key, said.packed(), person=said.person)
        staff.say(tx, f"news {chat}", f"{chat}:1", Message(words("not-staff")))


def to_be_said(tx: Tx) -> set[str]:
    """The chats in which something is still to be said."""
    return {row.via for row in tx.all(select(rows.c.via).where(rows.c.state == "new", rows.c.kind == "say"))}


@pytest.mark.slow
async def test_only_the_bots_process_hears_and_speaks_on_telegram(settings: Settings, shops: Shops):
    shops.begin("web")
    shops.begin("jobs")
    until(lambda: answers(settings))
    async with opened(settings) as house:

        async def only_these_wait(chats: set[str]) -> None:
            async with asyncio.timeout(PATIENCE):
                while await house.shop.db.read(to_be_said) != chats:  # noqa: ASYNC110  another process changes it
                    await asyncio.sleep(0.1)

        await house.shop.db.write(speak)
        await only_these_wait(set(ALL.bots))  # the jobs have said what is theirs to say
        assert shops.did() == set()
        pid = shops.begin("bots")
        await only_these_wait(set())
        until(lambda: sum(what == "hears help" for _, _, what in shops.did()) == 2)
    assert {who for who, _, _ in shops.did()} == {pid}
    expected = {(chat, what) for chat in ALL.bots for what in ("routes", "stays", "hears help", "sends 1")}
    assert {(chat, what) for _, chat, what in shops.did()} == expected
    for part in ("bots", "jobs", "web"):
        seconds, status, log = shops.end(part)
        assert (seconds < 15, status) == (True, 0), log
    assert {what for _, _, what in shops.did()} >= {"closes"}


@pytest.mark.slow
@pytest.mark.parametrize(("part", "chat"), [("buyers-bot", "telegram"), ("staff-bot", "telegram_staff")])
def test_one_bot_alone_is_only_that_one(settings: Settings, shops: Shops, part: str, chat: str):
    pid = shops.begin(part)
    until(lambda: (pid, chat, "stays") in shops.did())
    assert {name for _, name, _ in shops.did()} == {chat}
    assert shops.end(part)[1] == 0


@pytest.mark.slow
@pytest.mark.parametrize("trouble", ["breaks", "clings"])
def test_a_bot_in_trouble_ends_nothing_else_and_is_ended_in_time(settings: Settings, shops: Shops, trouble: str):
    shops.begin("all", TROUBLE=trouble)
    until(lambda: answers(settings))
    until(lambda: any(what == "stays" for _, _, what in shops.did()))
    assert answers(settings)
    seconds, status, log = shops.end("all")
    assert (seconds < 15, status) == (True, 0), log
    assert ("a chat broke" in log) == (trouble == "breaks")


# In this process


def lines(told: Path, what: str) -> int:
    """How often the stand-ins did that."""
    return sum(what in line for line in told.read_text().splitlines())


@pytest.mark.parametrize(
    ("only", "speaks", "connected"),
    [
        (None, {"browser", "desk", "telegram", "telegram_staff"}, {"telegram", "telegram_staff"}),
        ("web", set(), set()),
        ("jobs", {"browser", "desk"}, set()),
        ("bots", {"telegram", "telegram_staff"}, {"telegram", "telegram_staff"}),
        ("buyers-bot", {"telegram"}, {"telegram"}),
        ("staff-bot", {"telegram_staff"}, {"telegram_staff"}),
    ],
)
async def test_who_speaks_where(
    settings: Settings, told: Path, only: Only | None, speaks: set[str], connected: set[str]
):
    async with opened(settings, parts=ONLY[only]) as house:
        assert set(house.shop.senders) == speaks
        assert {chat.name for chat in house.staying} == connected
    assert lines(told, "closes") == len(connected)


@pytest.mark.parametrize(("only", "tries"), [("jobs", 1), ("bots", 0)])
async def test_what_goes_through_no_chat_is_the_jobs_work(settings: Settings, told: Path, only: Only, tries: int):
    async with opened(settings, parts=ONLY[only]) as house:
        await house.shop.db.write(outbox.put, "weigh", "weigh nothing", order=1)
        await house.runner.drain()
        assert await house.shop.db.read(lambda tx: tx.value(select(rows.c.tries))) == tries
        sources = [row for lane in house.runner._lanes for row in getattr(lane, "_sources", ())]
        assert ("sandbox" in sources) == (only == "jobs")  # whose notices are settled


async def test_what_telegram_posts_is_taken_in_by_the_web_process(settings: Settings, told: Path):
    public = settings.changed(public_url="https://shop.example")
    async with opened(public, parts=ONLY["web"]) as house:
        assert [chat.name for chat in house.shop.connected] == ["telegram", "telegram_staff"]
        assert house.staying == []
        assert house.shop.senders == {}
    assert lines(told, "routes") == 2


async def test_a_bot_is_made_of_its_settings(settings: Settings, told: Path):
    telegram = settings.telegram.model_copy(update={"per_group": 200, "spoiler": True, "api": "http://127.0.0.1:8081"})
    async with opened(settings.changed(telegram=telegram), parts=ALL) as house:
        buyers, people = house.shop.connected
        api, receive, url, manners = buyers.given  # type: ignore[attr-defined]
        assert (api, receive, url) == ("http://127.0.0.1:8081", "polling", settings.address)
        assert (manners.per_second, manners.per_chat, manners.per_group) == (30, 1, 200)
        assert (manners.spoiler, manners.protect) == (True, False)
        assert buyers.path != people.path  # type: ignore[attr-defined]
        assert BUYERS not in buyers.path  # type: ignore[attr-defined]


async def test_other_commands_have_no_bots(settings: Settings, told: Path):
    async with opened(settings) as house:
        assert house.shop.connected == []
    assert lines(told, "") == 0


async def test_s019_no_bot_to_run(settings: Settings):
    without = settings.changed(telegram=TelegramSettings())
    with pytest.raises(Refusal, match="S019"):
        async with opened(without, parts=ONLY["bots"]):
            pass
    only_staff = settings.changed(telegram=TelegramSettings(staff=BotSettings(token=STAFF)))  # type: ignore[arg-type]
    with pytest.raises(Refusal, match="S019"):
        async with opened(only_staff, parts=ONLY["buyers-bot"]):
            pass
    async with opened(without, parts=ALL) as house:  # all there is
        assert house.staying == []
