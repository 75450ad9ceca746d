"""What the doctor finds on the platforms: each code, and that it is not found where all is well. No token is shown."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from email.utils import formatdate
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from core import customers, findings, hiring, staff
from core.findings import Finding
from core.shop import Shop
from doubles.serving import Served
from doubles.telegram import Telegram, served_telegram
from doubles.telegram_bots import Bot
from doubles.telegram_updates import Waiting
from doubles.wechat import served_wechat
from mika import telegram
from mika.doctor import CHECKS, Doctor, examine
from mika.doctor_place import Place
from mika.settings import Settings
from mika.settings_read import load
from mika.telegram import Which
from mika.wiring import opened
from tests.mika.doctoring import codes, found, kept_open

CHEN = 77
Bots = dict[Which, Bot]
ABOUT_BUYERS = {f"{code} buyers" for code in ("D041", "D042", "D043", "D047")}
ABOUT_STAFF = {f"{code} staff" for code in ("D041", "D042", "D043", "D047")} | {"D044", "D045"}


@pytest.fixture
async def api() -> AsyncIterator[Telegram]:
    async with served_telegram() as made:
        yield made


@pytest.fixture
def bots(api: Telegram) -> Bots:
    return {"buyers": api.add_bot("mika_shop_bot"), "staff": api.add_bot("mika_staff_bot")}


@pytest.fixture
def told(folder: Path, api: Telegram, bots: Bots) -> Settings:
    """The demo shop with both bots."""
    file = folder / "mika.toml"
    named = "".join(f'[telegram.{which}]\ntoken = "{bot.token}"\n' for which, bot in bots.items())
    file.write_text(f'{file.read_text()}\n[telegram]\napi = "{api.url}"\n{named}')
    return load(file, {})


@pytest.fixture
async def shop(told: Settings) -> AsyncIterator[Shop]:
    async with opened(told, with_site=False) as house:
        yield house.shop


async def test_two_bots_that_are_as_they_should_be(told: Settings, shop: Shop):
    assert await codes(told, "telegram", shop) == []


@pytest.mark.parametrize(("ahead", "finds"), [(2.0, []), (90.0, ["D010"])])
async def test_d010_their_answers_tell_the_time(told: Settings, ahead: float, finds: list[str]):
    async def answer(_: object) -> JSONResponse:
        return JSONResponse({"ok": True, "result": {}}, headers={"date": formatdate(time.time() + ahead, usegmt=True)})

    both = [check for check in CHECKS if check.name in ("telegram", "clock")]
    async with Served(Starlette(routes=[Route("/{any:path}", answer, methods=["POST"])])) as server:
        elsewhere = told.changed(telegram=told.telegram.model_copy(update={"api": server.url}))
        async with httpx.AsyncClient(trust_env=False) as http:
            said = await examine(Place(elsewhere, None, http), both)
    assert [one.code for one in said["clock"] if isinstance(one, Finding)] == finds
    assert "Telegram" in str(said["clock"][0])


async def test_d040_a_token_that_telegram_does_not_know(told: Settings, shop: Shop, api: Telegram, bots: Bots):
    api.ban(bots["buyers"])
    (one,) = await found(told, "telegram", shop)
    assert (one.code, one.subject) == ("D040", "buyers")
    assert await kept_open(told, "telegram", shop) == ABOUT_BUYERS
    assert bots["buyers"].token not in repr(one)


async def test_d041_updates_go_elsewhere(told: Settings, shop: Shop, bots: Bots):
    await telegram.ask(told, bots["buyers"].token, "setWebhook", url="https://elsewhere.example/secret-path")
    (one,) = await found(told, "telegram", shop)
    assert (one.code, one.subject, one.facts["there"]) == ("D041", "buyers", "https://elsewhere.example")
    assert "secret-path" not in repr(one)
    public = told.changed(public_url="https://shop.example")
    assert await codes(public, "telegram", shop) == ["D041", "D041"]
    for bot in bots.values():
        await telegram.ask(told, bot.token, "setWebhook", url="https://shop.example/telegram/secret-path")
    assert await codes(public, "telegram", shop) == []


async def test_d042_updates_that_nobody_takes(told: Settings, shop: Shop, bots: Bots):
    waiting = bots["staff"].updates.waiting
    waiting.update({number: Waiting(number, 0, b"{}") for number in range(100)})
    assert await codes(told, "telegram", shop) == []
    waiting[100] = Waiting(100, 0, b"{}")
    (one,) = await found(told, "telegram", shop)
    assert (one.code, one.subject, one.facts["count"]) == ("D042", "staff", 101)


@pytest.mark.parametrize(("ago", "finds"), [(60, ["D043"]), (7200, [])])
async def test_d043_an_update_that_could_not_be_brought(
    told: Settings, shop: Shop, bots: Bots, ago: int, finds: list[str]
):
    public = told.changed(public_url="https://shop.example")
    for bot in bots.values():
        await telegram.ask(told, bot.token, "setWebhook", url="https://shop.example/telegram/secret-path")
    hook = bots["buyers"].updates.webhook
    hook.failed_at, hook.failed_why = int(time.time()) - ago, "Connection timed out"
    assert await codes(public, "telegram", shop) == finds


async def test_d044_and_d045_the_staff_group(told: Settings, shop: Shop, api: Telegram, bots: Bots):
    group = api.group("Mika staff", api.person(CHEN, "Chen"))
    group.adds(bots["staff"], admin=True)
    chen = f"telegram_staff:{CHEN}"
    await shop.db.write(customers.meet, "telegram_staff", str(CHEN), "Chen", "en", None)
    await shop.db.write(hiring.enter, await shop.db.write(hiring.invite, "Chen"), chen)
    code = await shop.db.write(staff.room_code)
    assert await shop.db.write(staff.open_room, code, f"telegram_staff:{group.id}", chen)
    assert await codes(told, "telegram", shop) == []
    group.demotes(bots["staff"])
    assert await codes(told, "telegram", shop) == ["D044"]
    group.removes(bots["staff"])
    assert await codes(told, "telegram", shop) == ["D045"]


async def test_d046_telegram_is_away(told: Settings, shop: Shop, bots: Bots):
    away = told.changed(telegram=told.telegram.model_copy(update={"api": "http://127.0.0.1:9"}))
    (one,) = await found(away, "telegram", shop)
    assert one.code == "D046"
    assert await kept_open(away, "telegram", shop) == {*ABOUT_BUYERS, *ABOUT_STAFF, "D040 buyers", "D040 staff"}
    assert await kept_open(told, "telegram", shop) == set()
    assert not any(bot.token in repr(one) for bot in bots.values())


async def test_d047_another_bot_than_the_shop_knows(told: Settings, shop: Shop):
    await shop.db.write(telegram.shown.replace_bot, "telegram", 4711)
    (one,) = await found(told, "telegram", shop)
    assert (one.code, one.subject) == ("D047", "buyers")


async def test_d048_and_d049_the_account_on_wechat(folder: Path):
    file = folder / "mika.toml"
    async with served_wechat() as api:
        account = api.add_account()
        kept = f'secret = "{account.secret}"\ntoken = "{account.token}"\naes_key = "{account.aes_key}"\n'
        file.write_text(f'{file.read_text()}\n[wechat]\napi = "{api.url}"\nappid = "{account.appid}"\n{kept}')
        known = load(file, {}).changed(port=9)
        (door,) = await found(known, "wechat")
        assert door.code == "D049"
        file.write_text(file.read_text().replace(account.secret, "f" * 32))
        (secret,) = await found(load(file, {}), "wechat")
        assert secret.code == "D048"
        assert account.token not in f"{door!r}{secret!r}"
    (away,) = await found(known, "wechat")
    assert away.code == "D048"


async def test_d010_is_looked_for_when_telegram_is_asked_and_lasts_from_one_time_to_the_next(
    told: Settings, shop: Shop
):
    async def answer(_: object) -> JSONResponse:
        return JSONResponse({"ok": True, "result": {}}, headers={"date": formatdate(time.time() + 90, usegmt=True)})

    both = [check for check in CHECKS if check.name in ("telegram", "clock")]
    async with Served(Starlette(routes=[Route("/{any:path}", answer, methods=["POST"])])) as server:
        elsewhere = told.changed(telegram=told.telegram.model_copy(update={"api": server.url}))
        kept, seen = Doctor(elsewhere, shop, both), []
        for _ in range(8):
            look = await kept.look_over()
            asked = any("D046" in one for one in look.codes)
            assert ("D010" in look.codes) == asked == any(one.code == "D010" for one in look.found)
            await shop.db.write(findings.looked, look)
            seen += [one.seen for one in await shop.db.read(findings.still_open) if one.finding.code == "D010"]
            kept._due = {name: due - 300.0 for name, due in kept._due.items()}  # five minutes later
    assert max(seen) == 2  # twice in a row, so that it is told


async def test_d010_stays_while_nobody_tells_the_time(told: Settings, shop: Shop):
    assert await kept_open(told, "clock", shop) == {"D010"}
    nobody = told.changed(telegram=told.telegram.model_copy(update={"buyers": None, "staff": None}))
    assert await kept_open(nobody, "clock", shop) == set()
