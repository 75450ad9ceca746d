"""Several processes of one shop: one at a time speaks for a bot, and each hands over what it has when it ends."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

import migrations
from core import customers, staff
from core.ground import leases
from core.ground.db import Tx
from core.ground.errors import SendError
from core.ground.leases import Lease
from core.ground.messages import Message, Spoken, words
from doubles.telegram import Telegram
from doubles.telegram_bots import Bot
from doubles.telegram_budgets import Budgets
from mika import running, serving, turns
from mika.alive import Sign
from mika.parts import ONLY
from mika.refusals import Refusal
from mika.settings import Settings
from mika.settings_read import load
from mika.wiring import House, opened

PATIENCE = 60.0  # seconds for what takes one or two
MANY = 40  # messages: more than a bot may say in a second
NAME = "telegram"


@pytest.fixture
async def api() -> AsyncIterator[Telegram]:
    made = Telegram(budgets=Budgets())
    async with made.served():
        yield made


@pytest.fixture
def bot(api: Telegram) -> Bot:
    return api.add_bot("mika_shop_bot")


@pytest.fixture
def settings(folder: Path, api: Telegram, bot: Bot) -> Settings:
    file = folder / "mika.toml"
    file.write_text(
        f'{file.read_text()}\n[telegram]\napi = "{api.url}"\nreceive = "polling"\n'
        f'[telegram.buyers]\ntoken = "{bot.token}"\n'
    )
    file.chmod(0o600)
    return load(file, {})


@asynccontextmanager
async def process(settings: Settings) -> AsyncIterator[House]:
    """One that runs the buyers' bot, as far as that is a matter of what it holds in memory."""
    async with opened(settings, parts=ONLY["buyers-bot"]) as house, serving.at_work(house, None):
        yield house


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110  another process changes it
            await asyncio.sleep(0.02)


def speak(tx: Tx, numbers: range, what: str) -> None:
    """Something is to be said to each of so many people."""
    for number in numbers:
        customers.meet(tx, NAME, str(number), "lin", "en", None)
        staff.say(tx, f"{what} {number}", f"{NAME}:{number}", Message(words("not-staff")))


def heard(api: Telegram, bot: Bot, numbers: range) -> int:
    return sum(len(api.private(bot, number).said()) for number in numbers)


def introduced(api: Telegram, bot: Bot, numbers: range) -> None:
    for number in numbers:
        api.person(number, f"Lin {number}")
        bot.started.add(number)


# One at a time


async def two_speak(settings: Settings, api: Telegram, bot: Bot) -> tuple[int, list[bool]]:
    """How often Telegram had to say 429, and which of two processes thinks that it speaks."""
    people = range(1, MANY + 1)
    introduced(api, bot, people)
    async with process(settings) as one, process(settings) as other:
        await until(lambda: one.shop.speaks(NAME) or other.shop.speaks(NAME))
        await asyncio.sleep(0.3)
        speaking = [house.shop.speaks(NAME) for house in (one, other)]
        await one.shop.db.write(speak, people, "news")
        await until(lambda: heard(api, bot, people) == MANY)
    return api.budgets.exceeded.total(), speaking


async def test_one_speaks_and_the_other_stands_by(settings: Settings, api: Telegram, bot: Bot):
    refused, speaking = await two_speak(settings, api, bot)
    assert sorted(speaking) == [False, True]
    assert refused == 0


async def test_without_a_lease_both_speak(settings: Settings, api: Telegram, bot: Bot, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(leases, "take", lambda tx, name, me, dead="": Lease(None, timedelta(0)))
    _, speaking = await two_speak(settings, api, bot)
    assert speaking == [True, True]


async def test_who_ends_hands_over_and_the_next_one_goes_on(settings: Settings, api: Telegram, bot: Bot):
    people = range(1, MANY + 1)
    introduced(api, bot, people)
    async with AsyncExitStack() as first, process_after(first, settings) as (one, other):
        await one.shop.db.write(speak, people, "news")
        await until(lambda: heard(api, bot, people) > 0)
        await first.aclose()  # in the midst of it
        await until(lambda: other.shop.speaks(NAME))
        await until(lambda: heard(api, bot, people) == MANY)
    assert api.budgets.exceeded.total() == 0  # of both together


@asynccontextmanager
async def process_after(first: AsyncExitStack, settings: Settings) -> AsyncIterator[tuple[House, House]]:
    """The one that speaks, which ends with `first`, and one that stands by."""
    one = await first.enter_async_context(process(settings))
    await until(lambda: one.shop.speaks(NAME))
    async with process(settings) as other:
        assert not other.shop.speaks(NAME)
        yield one, other


async def test_who_cannot_renew_falls_silent_before_the_lease_is_over(
    settings: Settings, api: Telegram, bot: Bot, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(turns, "RENEW", 0.2)
    monkeypatch.setattr(turns, "MARGIN", leases.LENGTH.total_seconds() - 1.0)
    introduced(api, bot, range(1, 2))
    async with process(settings) as house:
        await until(lambda: house.shop.speaks(NAME))
        await asyncio.sleep(1.5)
        assert house.shop.speaks(NAME)  # it renews

        def away(tx: Tx, *facts: object) -> None:
            raise OSError("the database is away")

        monkeypatch.setattr(leases, "take", away)
        await until(lambda: not house.shop.speaks(NAME))
        [chat] = house.staying
        spoken = Spoken(("Hello",), (), "en", Message(words("not-staff")))
        with pytest.raises(SendError) as caught:
            await chat.send("1", spoken)  # type: ignore[attr-defined]
        assert caught.value.wait is not None
        assert heard(api, bot, range(1, 2)) == 0


# Signs of life


HOLDS = "import sys; from pathlib import Path; from mika.alive import Sign; s = Sign(Path(sys.argv[1])); "


@pytest.fixture
def neighbour(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another process with a sign in the same folder; and its name."""
    code = HOLDS + "print(s.name, flush=True); input()"
    root = Path(__file__).resolve().parents[2]
    made = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=root, stdin=-1, stdout=-1, text=True)
    assert made.stdout is not None
    yield made, made.stdout.readline().strip()
    made.kill()
    made.communicate()


def test_a_process_that_was_killed_is_known_to_be_dead(neighbour, tmp_path: Path):
    process, name = neighbour
    ours = Sign(tmp_path)
    assert not ours.is_dead(name)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert ours.is_dead(name)
    ours.end()
    assert not (tmp_path / "alive" / name).exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_the_sign_of_a_process_of_roots_is_for_whom_the_folder_is(tmp_path: Path):
    os.chown(tmp_path, 12345, 12346)
    ours = Sign(tmp_path)
    for there in (tmp_path / "alive", tmp_path / "alive" / ours.name):
        assert (there.stat().st_uid, there.stat().st_gid) == (12345, 12346)
    ours.end()


def test_of_strangers_nobody_says_that_they_are_dead(tmp_path: Path):
    ours, elsewhere = Sign(tmp_path / "a"), Sign(tmp_path / "b")
    name = elsewhere.name
    elsewhere.end()
    for stranger in (name, ours.name, "", "another-machine", "../a"):
        assert not ours.is_dead(stranger)
    ours.end()


async def test_the_lease_of_a_killed_process_is_not_waited_for(
    settings: Settings, bot: Bot, neighbour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(leases, "LENGTH", timedelta(hours=1))
    name = neighbour[1]
    shutil.copytree(tmp_path / "alive", settings.data / "alive")  # nobody locks a copy
    async with opened(settings) as house:
        await house.shop.db.write(leases.take, f"{NAME} {bot.id}", name)
    async with process(settings) as house:
        await until(lambda: house.shop.speaks(NAME))
    async with opened(settings) as house:
        held = await house.shop.db.read(lambda tx: tx.value(text("SELECT holder FROM leases")))
    assert held == leases.NOBODY  # and given up in the end


# Schemas


def run(url: str, *statements: str) -> None:
    migrations._in_transaction(url, lambda connection: [connection.execute(text(one)) for one in statements])


async def test_s046_a_database_that_left_this_program_behind(settings: Settings):
    url = settings.database_url
    run(url, "UPDATE alembic_version SET version_num = '9999'", "UPDATE schema_fits SET oldest = '9999'")
    with pytest.raises(Refusal, match="S046"):
        async with opened(settings):
            pass
    with pytest.raises(Refusal, match="S046"):
        running.migrate(settings)
    run(url, "UPDATE schema_fits SET oldest = '0032'")
    async with opened(settings):
        pass
    assert "Nothing was changed" in running.migrate(settings)
