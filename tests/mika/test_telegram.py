"""`mika telegram`: what is right and what to do, a code for the group, and a new bot for the same people."""

from __future__ import annotations

import errno
import io
import logging
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from core import customers, hiring, rooms, staff
from core.ground import shown
from doubles.telegram import Telegram, served_telegram
from doubles.telegram_bots import Bot
from mika import rewriting, running, serving, telegram
from mika.parts import ALL, ONLY
from mika.refusals import Refusal
from mika.settings import Settings
from mika.settings_read import load
from mika.telegram import Which
from mika.wiring import opened

CHEN = 77
PATIENCE = 30.0  # seconds


@pytest.fixture
async def api() -> AsyncIterator[Telegram]:
    async with served_telegram() as made:
        yield made


@pytest.fixture
def bots(api: Telegram) -> dict[Which, Bot]:
    return {"buyers": api.add_bot("mika_shop_bot"), "staff": api.add_bot("mika_staff_bot")}


def written(folder: Path, api: Telegram, bots: dict[Which, Bot]) -> Settings:
    file = folder / "mika.toml"
    named = "".join(f'[telegram.{which}]\ntoken = "{bot.token}"  # {which}\n' for which, bot in bots.items())
    file.write_text(f'{file.read_text()}\n[telegram]\napi = "{api.url}"\n{named}')
    file.chmod(0o600)
    return load(file, {})


@pytest.fixture
def settings(folder: Path, api: Telegram, bots: dict[Which, Bot]) -> Settings:
    return written(folder, api, bots)


@pytest.fixture
def said() -> list[str]:
    return []


def settings_files(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("mika.toml*")]


async def hire(settings: Settings) -> None:
    """Chen works here, and has started the staff bot."""
    async with opened(settings) as house:
        await house.shop.db.write(customers.meet, "telegram_staff", str(CHEN), "Chen", "en", None)
        token = await house.shop.db.write(hiring.invite, "Chen")
        await house.shop.db.write(hiring.enter, token, f"telegram_staff:{CHEN}")


def secrets_in(said: list[str], bots: dict[Which, Bot]) -> bool:
    return any(bot.token.partition(":")[2] in "\n".join(said) for bot in bots.values())


# check


async def test_a_new_shop_is_told_what_is_left_to_do(settings: Settings, said: list[str], bots: dict[Which, Bot]):
    assert await telegram.check(settings, said.append) == 1
    assert said[0] == f"ok     buyers: @mika_shop_bot, number {bots['buyers'].id}"
    assert [line for line in said if line.startswith("TO DO")] == [
        "TO DO  staff: no group yet, so each is told in private. `mika telegram group` says how to open one."
    ]
    assert said[-1] == "1 to do."


async def test_all_is_well_once_the_group_is_open(
    settings: Settings, said: list[str], api: Telegram, bots: dict[Which, Bot]
):
    await hire(settings)
    await telegram.group(settings, said.append)
    code = next(line.split()[1] for line in said if "/here" in line)
    assert "@mika_staff_bot" in "".join(said)
    group = api.group("Mika staff", api.person(CHEN, "Chen"))
    group.adds(bots["staff"], admin=True)
    async with opened(settings) as house:
        assert await house.shop.db.write(staff.open_room, code, f"telegram_staff:{group.id}", f"telegram_staff:{CHEN}")
    said.clear()
    assert await telegram.check(settings, said.append) == 0, said
    assert "ok     staff: the group is Mika staff" in said
    group.demotes(bots["staff"])
    assert await telegram.check(settings, said.append) == 1
    assert "no admin" in said[-2]
    group.removes(bots["staff"])
    assert await telegram.check(settings, said.append) == 1
    assert "can't be reached" in said[-2]
    async with opened(settings) as house:
        await house.shop.db.write(staff.move_room, f"telegram_staff:{group.id}", "telegram_staff:-1009")
    assert await telegram.check(settings, said.append) == 1
    assert "new id" in said[-2]


async def test_a_webhook_is_looked_at(settings: Settings, said: list[str], api: Telegram, bots: dict[Which, Bot]):
    token = bots["buyers"].token
    await telegram.ask(settings, token, "setWebhook", url="https://elsewhere.example/secret-path")
    await telegram.check(settings, said.append)
    assert any("elsewhere.example" in line and line.startswith("TO DO") for line in said)
    public = settings.changed(public_url="https://shop.example")
    said.clear()
    await telegram.check(public, said.append)
    assert any("brings updates to https://elsewhere.example." in line for line in said)
    assert any("does not know where" in line for line in said)  # the staff bot has none
    await telegram.ask(settings, token, "setWebhook", url="https://shop.example/telegram/secret-path")
    said.clear()
    await telegram.check(public, said.append)
    assert "ok     buyers: Telegram brings updates to https://shop.example" in said
    assert "secret-path" not in "".join(said)


async def test_a_banned_bot_and_a_missing_one(
    settings: Settings, said: list[str], api: Telegram, bots: dict[Which, Bot], folder: Path
):
    api.ban(bots["buyers"])
    assert await telegram.check(settings, said.append) == 1
    assert said[0].startswith("TO DO  buyers: Telegram does not know this token")
    without = settings.changed(telegram=settings.telegram.model_copy(update={"staff": None}))
    assert await telegram.check(without, said.append) == 1
    assert "TO DO  staff: no bot. Set `token` under [telegram.staff]." in said
    assert not secrets_in(said, bots)


async def test_s020_telegram_is_away_and_no_token_is_shown(
    settings: Settings, said: list[str], caplog: pytest.LogCaptureFixture
):
    away = settings.changed(telegram=settings.telegram.model_copy(update={"api": "http://127.0.0.1:9"}))
    caplog.set_level(logging.WARNING)
    with pytest.raises(Refusal, match="S020") as refused:
        await telegram.check(away, said.append)
    assert ":AA" not in str(refused.value) + caplog.text
    assert "127.0.0.1:9" in str(refused.value)


async def test_s019_a_group_needs_a_bot(settings: Settings, said: list[str]):
    without = settings.changed(telegram=settings.telegram.model_copy(update={"staff": None}))
    with pytest.raises(Refusal, match="S019"):
        await telegram.group(without, said.append)


# replace-bot


async def test_a_new_bot_keeps_people_and_orders(
    settings: Settings, said: list[str], api: Telegram, bots: dict[Which, Bot], folder: Path
):
    file, new = folder / "mika.toml", api.add_bot("mika_new_bot")
    before = file.read_text()
    async with opened(settings) as house:
        await house.shop.db.write(customers.meet, "telegram", "5", "Lin", "en", None)
        await house.shop.db.write(shown.replace_bot, "telegram", bots["buyers"].id)
        await house.shop.db.write(shown.keep, "telegram:5", "order K7M2-94QF", "17")
        await house.shop.db.write(shown.keep, f"telegram_staff:{CHEN}", "review K7M2-94QF", "3")
        people = await house.shop.db.read(lambda tx: tx.all(text("SELECT * FROM people")))
    api.ban(bots["buyers"])  # the old token is not asked
    assert await telegram.replace(settings, "buyers", new.token, said.append, lambda: True, file)
    assert file.read_text() == before.replace(bots["buyers"].token, new.token)
    assert file.stat().st_mode & 0o777 == 0o600
    assert settings_files(folder) == ["mika.toml"]
    again = load(file, {})
    assert again.telegram.buyers
    assert again.telegram.buyers.id == new.id
    async with opened(again) as house:
        assert await house.shop.db.read(shown.bot_of, "telegram") == new.id
        assert await house.shop.db.read(shown.where, "telegram:5", "order K7M2-94QF") is None
        assert await house.shop.db.read(shown.where, f"telegram_staff:{CHEN}", "review K7M2-94QF") == "3"
        assert await house.shop.db.read(lambda tx: tx.all(text("SELECT * FROM people"))) == people
    assert "1 people" in said[0]
    assert any("https://t.me/mika_new_bot" in line for line in said)
    assert "Restart" in said[-1]
    assert not secrets_in(said, {**bots, "buyers": new})


async def test_a_token_of_the_environment_is_changed_there(
    settings: Settings, said: list[str], api: Telegram, bots: dict[Which, Bot], folder: Path
):
    file, new = folder / "mika.toml", api.add_bot("mika_new_bot")
    file.write_text(file.read_text().replace(bots["staff"].token, api.add_bot("other_bot").token))
    before = file.read_text()
    assert await telegram.replace(settings, "staff", new.token, said.append, lambda: True, file)
    assert file.read_text() == before
    assert "MIKA_TELEGRAM__STAFF__TOKEN" in said[-1]


async def test_who_does_not_go_on_has_changed_nothing(settings: Settings, said: list[str], api: Telegram, folder: Path):
    file, new = folder / "mika.toml", api.add_bot("mika_new_bot")
    before = file.read_text()
    assert not await telegram.replace(settings, "buyers", new.token, said.append, lambda: False, file)
    assert file.read_text() == before
    async with opened(settings) as house:
        assert await house.shop.db.read(shown.bot_of, "telegram") is None


@pytest.mark.parametrize("wrong", ["no token", "unknown", "the other bot's", "none to replace"])
async def test_s021_a_token_that_will_not_do(
    settings: Settings, said: list[str], bots: dict[Which, Bot], folder: Path, wrong: str
):
    unknown = "99999:" + "x" * 35
    token = {"no token": "hunter2", "the other bot's": bots["staff"].token}.get(wrong, unknown)
    if wrong == "none to replace":
        settings = settings.changed(telegram=settings.telegram.model_copy(update={"buyers": None}))
    before = (folder / "mika.toml").read_text()
    with pytest.raises(Refusal, match="S021") as refused:
        await telegram.replace(settings, "buyers", token, said.append, lambda: True, folder / "mika.toml")
    assert token not in str(refused.value)
    assert (folder / "mika.toml").read_text() == before


async def test_s041_a_token_in_a_mounted_file_is_changed_where_it_is_kept(
    settings: Settings,
    said: list[str],
    api: Telegram,
    bots: dict[Which, Bot],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    def read_only(*_: Any) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(rewriting.os, "fsync", read_only)
    new, file = api.add_bot("another_bot"), folder / "mika.toml"
    before = file.read_text()
    with pytest.raises(Refusal, match=r"S041 (?s:.*)deploy/secrets/"):
        await telegram.replace(settings, "buyers", new.token, said.append, lambda: True, file)
    assert file.read_text() == before
    monkeypatch.undo()
    async with opened(settings) as house:
        assert await house.shop.db.read(shown.bot_of, "telegram") is None


async def test_a_new_token_of_the_same_bot_changes_nothing_else(
    settings: Settings, said: list[str], api: Telegram, bots: dict[Which, Bot], folder: Path
):
    async with opened(settings) as house:
        await house.shop.db.write(shown.replace_bot, "telegram", bots["buyers"].id)
        await house.shop.db.write(shown.keep, "telegram:5", "order K7M2-94QF", "17")
    token = f"{bots['buyers'].id}:" + "z" * 35
    api.new_token(bots["buyers"], token)
    assert await telegram.replace(settings, "buyers", token, said.append, lambda: True, folder / "mika.toml")
    assert "nothing changes" in said[0]
    async with opened(settings) as house:
        assert await house.shop.db.read(shown.where, "telegram:5", "order K7M2-94QF") == "17"


# At work


async def test_both_bots_answer_from_their_own_process_and_stop_at_once(
    settings: Settings, api: Telegram, bots: dict[Which, Bot]
):
    lin, chen = api.person(5, "Lin"), api.person(CHEN, "Chen")
    link = (await running.invite(settings, "Chen")).split("start=")[1]
    async with opened(settings, parts=ONLY["bots"]) as house:
        async with serving.at_work(house, None) as tasks:
            lin.starts()
            chen.starts(link, bot=bots["staff"])
            assert (await lin.chat(bots["buyers"]).next(0, PATIENCE)).buttons
            assert (await chen.chat(bots["staff"]).next(0, PATIENCE)).buttons
            assert not any(task.done() for task in tasks)
            began = time.monotonic()
        assert time.monotonic() - began < 20
        assert await house.shop.db.read(staff.is_staff, f"telegram_staff:{CHEN}")


async def test_a_telegram_that_is_away_holds_up_nothing(settings: Settings, api: Telegram):
    away = settings.changed(telegram=settings.telegram.model_copy(update={"api": "http://127.0.0.1:9"}))
    listening = serving.listen("127.0.0.1", 0)
    address = f"http://127.0.0.1:{serving.port_of(listening)}"
    async with opened(away, parts=ALL) as house:
        async with serving.at_work(house, listening) as tasks:
            async with httpx.AsyncClient(trust_env=False) as http:
                assert (await http.get(f"{address}/healthz")).status_code == 200
            assert not any(task.done() for task in tasks)
            began = time.monotonic()
        assert time.monotonic() - began < 20


# Inviting, and the command itself


async def test_an_invitation_leads_to_the_staff_bot_too(settings: Settings, bots: dict[Which, Bot]):
    desk, bot = (await running.invite(settings, "Chen")).split("\n")
    assert bot == f"https://t.me/mika_staff_bot?start={desk.partition('t=')[2]}"
    assert len(bot.partition("start=")[2]) <= 64
    away = settings.changed(telegram=settings.telegram.model_copy(update={"api": "http://127.0.0.1:9"}))
    desk, why = (await running.invite(away, "Chen")).split("\n")
    assert desk.startswith("http")
    assert "ConnectError" in why


async def test_a_room_stays_the_room_when_its_bot_is_replaced(
    settings: Settings, said: list[str], api: Telegram, folder: Path
):
    await hire(settings)
    async with opened(settings) as house:
        code = await house.shop.db.write(staff.room_code)
        await house.shop.db.write(staff.open_room, code, "telegram_staff:-100", f"telegram_staff:{CHEN}")
    new = api.add_bot("mika_new_staff_bot")
    await telegram.replace(settings, "staff", new.token, said.append, lambda: True, folder / "mika.toml")
    async with opened(settings) as house:
        assert [room.id for room in await house.shop.db.read(rooms.reached)] == ["telegram_staff:-100"]
        assert await house.shop.db.read(staff.is_staff, f"telegram_staff:{CHEN}")


def test_the_token_comes_from_a_pipe_and_is_not_shown(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    from mika import cli

    token = "12345:" + "q" * 35
    monkeypatch.setenv("MIKA_CONFIG", str(folder / "mika.toml"))
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{token}\n"))
    with pytest.raises(SystemExit) as ended:
        cli.app(["telegram", "replace-bot"])
    assert ended.value.code == 78  # there is no bot to replace
    printed = capsys.readouterr()
    assert "S021" in printed.err
    assert token not in printed.out + printed.err
