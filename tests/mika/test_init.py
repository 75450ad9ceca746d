"""`mika init`: a shop from a file of answers and at a terminal; what is wrong is refused; what is done stays done."""

from __future__ import annotations

import asyncio
import io
import os
import pty
import re
import resource
import select
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from sqlalchemy import func
from sqlalchemy import select as choose

from core import catalog, hiring, inventory, rooms, ways
from core.ground import points
from core.ground.db import Tx
from core.ground.vault import KeyRing
from doubles.sandbox import Sandbox
from doubles.telegram import Telegram, served_telegram
from doubles.telegram_bots import Bot
from mika import init, init_selling, init_steps, paper
from mika.init_asking import AtTerminal, FromFile, Wrong
from mika.init_questions import BESIDES, QUESTIONS
from mika.init_site import FIRST, Site
from mika.init_steps import Setup
from mika.refusals import Refusal
from mika.settings import Settings
from mika.settings_read import load
from mika.wiring import opened
from tests import mailserver
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
SHOP, FILE, KEY, COPY = map(Path, ("shop", "shop/mika.toml", "shop/data/key", "key-on-paper.txt"))
CODES = [f"CANARY{number}-7K2M4-94QFX" for number in range(5)]
PATIENCE = 60.0  # seconds


@dataclass
class World:
    """Telegram, a provider, and the answers of an owner who has everything."""

    telegram: Telegram
    buyers: Bot
    staff: Bot
    provider: Sandbox

    def answers(self) -> dict[str, Any]:
        """By their names with dots."""
        return {
            "languages": "en, zh-CN",
            "shop_name": "Kiosk",
            "zone": "Europe/Berlin",
            "port": free_port(),
            "key_copy": "key-on-paper.txt",
            "owner": "Chen",
            "codes": "codes.txt",
            "telegram.api": self.telegram.url,
            "telegram.buyers": self.buyers.token,
            "telegram.staff": self.staff.token,
            "rails.sandbox.url": self.provider.url,
            "rails.sandbox.api_key": "our key",
            "rails.sandbox.secret": "our secret",
            "rails.sandbox.permit": ["browser"],
            "product.category": "Gift cards",
            "product.brand": "Steam",
            "product.name": "Steam 10 USD",
            "product.face_value": "10 USD",
            "product.region": "US",
            "product.prices": "68; 5: 67 | XTR 900",
        }


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    provider = Sandbox(tmp_path / "provider.db", api_key="our key", secret="our secret")
    async with served_telegram() as telegram, provider.served():
        yield World(telegram, telegram.add_bot("kiosk_bot"), telegram.add_bot("kiosk_staff_bot"), provider)


def written(told: dict[str, Any], name: str = "answers.toml") -> Path:
    """A file of answers, of names with dots; and the codes beside it."""
    Path("codes.txt").write_text("\n".join(CODES))
    file = Path(name)
    file.write_text("".join(f"{name} = {_toml(value)}\n" for name, value in told.items()))
    return file


def _toml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)


def setup_of(told: dict[str, Any], folder: str = "shop") -> Setup:
    """What is said goes nowhere: pytest would keep it in a file, and there may be no room for one."""
    return Setup(Site(Path(folder)), FromFile(written(told), Console(file=io.StringIO())))


def what_was_said(setup: Setup) -> str:
    assert isinstance(setup.asking, FromFile)
    assert isinstance(setup.asking.console.file, io.StringIO)
    return setup.asking.console.file.getvalue()


async def set_up(told: dict[str, Any], folder: str = "shop") -> Settings:
    """All but the rehearsal."""
    made = setup_of(told, folder)
    with made.site.held():
        await init.steps(made)
    return made.site.settings()


def nothing_is_half_done(folder: Path = SHOP) -> None:
    assert list(folder.rglob("*.new")) == []
    if (folder / "mika.toml").exists():
        load(folder / "mika.toml", {})
        assert (folder / "mika.toml").stat().st_mode & 0o077 == 0
    if (folder / "data/key").exists():
        KeyRing.load(folder / "data/key")


async def what_is_there(settings: Settings) -> dict[str, Any]:
    """What must be there once, however often it was interrupted."""

    def look(tx: Tx) -> dict[str, Any]:
        products = catalog.everything(tx)
        good = choose(func.count()).select_from(hiring.invites).where(hiring.invites.c.expires_at > tx.now)
        return {
            "products": [(product.slug, product.on_sale, dict(product.name.texts)) for product in products],
            "prices": [product.steps for product in products],
            "in stock": [inventory.available(tx, product) for product in products],
            "links that are good": tx.value(good),
            "permits": [row[:3] for row in ways.permitted(tx)],
            "brands": [brand.slug for brand in catalog.all_brands(tx)],
        }

    async with opened(settings) as house:
        return await house.shop.db.read(look)


ALL_OF_IT = {
    "products": [("steam-us-10-usd", True, {"en": "Steam 10 USD", "zh-CN": "Steam 10 USD"})],
    "prices": [{"CNY": {1: 6800, 5: 6700}, "XTR": {1: 900}}],
    "in stock": [5],
    "links that are good": 1,
    "permits": [("sandbox", "browser", "digital")],
    "brands": ["steam"],
}


# The whole way


async def test_a_file_of_answers_becomes_a_shop_that_sells_in_each_chat(world: World):
    """As an owner does it: the command, Start in the staff bot, a group with the code; it ends with both purchases."""
    answers = written(world.answers() | {"wait": int(PATIENCE)})
    command = [sys.executable, "-m", "mika.cli", "init", "--answers", str(answers), "--folder", "shop"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env=environment())
    assert process.stdout
    chen, said = world.telegram.person(77, "Chen", language="en"), ""
    while line := (await process.stdout.readline()).decode():
        said += line
        if link := re.search(r"https://t\.me/\w+\?start=(\S+)", line):
            chen.starts(link[1], bot=world.staff)
        if code := re.search(r"/here (\S+)", line):
            group = world.telegram.group("Kiosk staff", chen)
            group.adds(world.staff, admin=True)
            chen.writes(f"/here {code[1]}", group)
    assert await process.wait() == 0, said
    assert "arrives in the browser chat" in said
    assert "arrives in the telegram chat" in said
    for secret in (world.buyers.token, world.staff.token, "our secret", *CODES):
        assert secret not in said
    settings = load(FILE, {})
    assert await what_is_there(settings) == ALL_OF_IT | {"links that are good": 1}  # it is used
    async with opened(settings) as house:
        assert [member.name for member in await house.shop.db.read(hiring.members)] == ["Chen"]
        assert await house.shop.db.read(rooms.of_chat, "telegram_staff")
    assert paper.read(COPY.read_text()) == KeyRing.load(KEY)
    assert COPY.stat().st_mode & 0o777 == 0o600
    nothing_is_half_done()


async def test_a_second_run_changes_nothing_and_keeps_what_somebody_wrote(world: World):
    told = world.answers()
    settings = await set_up(told)
    file = settings.data.parent / "mika.toml"
    file.write_text(file.read_text().replace("[telegram]", "hold_minutes = 20  # my own\n\n[telegram]", 1))
    before, key = file.read_text(), settings.key_path.read_bytes()
    assert await what_is_there(settings) == ALL_OF_IT
    await set_up(told | {"shop_name": "Another", "zone": "UTC", "owner": "Wang"})
    assert file.read_text() == before
    assert settings.key_path.read_bytes() == key
    assert await what_is_there(settings) == ALL_OF_IT  # the link of before is worth nothing, a new one was made


async def test_an_answer_that_differs_from_what_is_kept_is_said_not_to_count(world: World):
    told = world.answers()
    await set_up(told | {"email.host": "-"})
    other = {"shop_name": "Another", "port": 1, "public_url": "https://x.example", "email.host": "smtp.example.org"}
    secret = {"telegram.buyers": world.staff.token, "rails.sandbox.secret": "another secret"}
    made = setup_of(told | other | secret)
    with made.site.held():
        await init.steps(made)
    said = what_was_said(made)
    assert [line.strip() for line in said.splitlines() if " stays " in line] == [
        "shop_name.en stays Kiosk: change it in mika.toml.",
        "shop_name.zh-CN stays Kiosk: change it in mika.toml.",
        f"port stays {told['port']}: change it in mika.toml.",
        "public_url stays left out: `mika init --again` asks for it.",
        "email.host stays left out: `mika init --again` asks for it.",
    ]
    same = setup_of({name: value for name, value in told.items() if name != "owner"} | {"currency": "cny"})
    with same.site.held():
        await init.steps(same)
    assert " stays " not in what_was_said(same)
    assert "This is a new link; the one before no longer works." in what_was_said(same)
    async with opened(same.site.settings()) as house:
        assert await house.shop.db.read(lambda tx: tx.value(choose(hiring.invites.c.name).limit(1))) == "Chen"


async def test_links_of_before_would_stay_good_if_they_were_not_ended(world: World, monkeypatch: pytest.MonkeyPatch):
    """The negative control of the one link."""
    settings = await set_up(world.answers())
    monkeypatch.setattr("mika.init_people._end_links", lambda tx: None)
    await set_up(world.answers())
    assert (await what_is_there(settings))["links that are good"] == 2


async def asked_again(told: dict[str, Any]) -> Settings:
    """As `mika init --again` does."""
    made = setup_of(told)
    with made.site.held():
        made.site.ask_again()
        await init.steps(made)
    return made.site.settings()


async def test_what_is_left_out_is_left_out_and_not_asked_again(world: World):
    some = {name: value for name, value in world.answers().items() if "." not in name and name != "codes"}
    settings = await set_up(some | {"shop_name": "Kiosk", "rails": "-", "email.host": "-"})
    assert settings.telegram.buyers is settings.telegram.staff is settings.email is None
    await set_up(world.answers())
    assert settings == load(settings.data.parent / "mika.toml", {})

    settings = await asked_again(world.answers())
    assert settings.telegram.buyers
    assert settings.telegram.staff
    assert settings.rails.sandbox
    assert settings.email is None  # nothing was answered


async def test_again_asks_a_shop_that_sells_for_what_was_left_out_and_keeps_its_database(world: World):
    told = world.answers()
    pages = {name: value for name, value in told.items() if not name.startswith("telegram.")}
    file = (await set_up(pages)).data.parent / "mika.toml"
    file.write_text(file.read_text().replace("`mika init --again` asks again", "take a name away to be asked again"))
    settings = await asked_again(told)
    assert settings.telegram.buyers
    assert settings.telegram.staff
    assert settings.database is None
    assert (await what_is_there(settings))["brands"] == ["steam"]
    assert file.read_text().count("# Left out when asked") == 1


def test_of_a_block_it_is_said_which_setting_will_not_do(world: World):
    made = setup_of(world.answers())
    with made.site.held(), pytest.raises(Wrong, match=r"^`pid`: should be"):
        made.site.tried(rails__epay={"url": "https://pay.example", "pid": "two words", "key": "k"})
    with made.site.held(), pytest.raises(Wrong, match=r"^should be"):
        made.site.tried({"currency": "yuan"})


async def test_a_name_written_by_hand_for_all_languages_is_compared_as_one(world: World):
    told = world.answers()
    await set_up(told)
    made = setup_of(told)
    rows = made.site.text().splitlines()
    at = next(number for number, row in enumerate(rows) if row.startswith("shop_name"))
    made.site.file.write_text("\n".join([*rows[:at], 'shop_name = "Kiosk"', *rows[at + 1 :]]) + "\n")
    with made.site.held():
        await init.steps(made)
    assert "shop_name" not in what_was_said(made)
    assert "languages stays" not in what_was_said(made)


# Interrupted


class Interrupted(BaseException):
    """Nothing catches it, as nothing catches a kill."""


@contextmanager
def interrupted_at(last: str) -> Iterator[None]:
    class Ends(points.Watch):
        def sees(self, point: str) -> None:
            if point == last:
                raise Interrupted

    points.watch(Ends())
    try:
        yield
    finally:
        points.watch(None)


async def test_interrupted_after_each_step_it_goes_on_and_all_is_there_once(world: World):
    told = world.answers()
    for number in range(1, len(init.STEPS) + 1):
        with pytest.raises(Interrupted), interrupted_at(f"after init step {number}"):
            await set_up(told)
        nothing_is_half_done()
    assert await what_is_there(await set_up(told)) == ALL_OF_IT


@pytest.mark.slow
async def test_killed_before_and_after_each_change_it_goes_on_and_all_is_there_once(world: World, tmp_path: Path):
    """By SIGKILL, in a process of its own, at the first change that it makes; until a run makes none."""
    told = world.answers()
    written(told)
    changes = (
        "init settings",
        "init key copy",
        "init key",
        "commit init_people._end_links",
        "commit init_selling._make",
    )
    for change in changes:
        for _ in range(30):
            before = await played(f"before {change}:1")
            after = await played(f"after {change}:1")
            nothing_is_half_done_after_a_kill()
            if (before, after) != (-signal.SIGKILL, -signal.SIGKILL):
                break
        else:
            pytest.fail(f"{change} never ended")
    assert await what_is_there(await set_up(told)) == ALL_OF_IT
    nothing_is_half_done()


STEPS_ONLY = """
import asyncio
from pathlib import Path
from mika import init
from mika.init_asking import FromFile
from mika.init_site import Site
from mika.init_steps import Setup
made = Setup(Site(Path("shop")), FromFile(Path("answers.toml")))
with made.site.held():
    asyncio.run(init.steps(made))
"""


async def played(die_at: str) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STEPS_ONLY, env=environment() | {"MIKA_CRASH_AT": die_at}, stdout=asyncio.subprocess.PIPE
    )
    await process.communicate()
    return process.returncode or 0


def nothing_is_half_done_after_a_kill() -> None:
    """A file that was on its way may lie there: it is written over, and nobody reads it."""
    if FILE.exists():
        load(FILE, {})


def environment() -> dict[str, str]:
    return {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}


# A full disk


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file grows beyond so many bytes: what the system then says is an error of writing, as a full disk is."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [0, 120, 200, 300, 4096, 100_000])
async def test_a_full_disk_is_refused_and_goes_on_once_there_is_room(world: World, size: int):
    told = world.answers()
    made = setup_of(told)
    with made.site.held(), room_for(size), pytest.raises(Refusal, match=r"S00[128]|S011"):
        await init.steps(made)
    nothing_is_half_done()
    assert await what_is_there(await set_up(told)) == ALL_OF_IT


async def test_a_disk_that_is_full_for_the_database_is_no_wrong_answer(world: World):
    made = setup_of(world.answers())
    with made.site.held(), room_for(4096), pytest.raises(Refusal, match=r"S002 .*disk I/O error[^$]*room on the disk"):
        await init.steps(made)


async def test_nor_is_it_where_a_file_was_named(world: World):
    made = setup_of(world.answers() | {"database": f"sqlite+aiosqlite:///{Path.cwd() / 'named.db'}"})
    with made.site.held(), room_for(4096), pytest.raises(Refusal, match="S002"):
        await init.steps(made)


# What is wrong


STRIPE = {"rails.stripe.api_key": "sk_test_key", "rails.stripe.secret": "whsec_x", "rails.stripe.account": "acct_1"}
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a name that is none": ({"shop_nam": "Kiosk"}, "shop_nam"),
    "a rail that is none": ({"rails.barter.url": "https://x.example"}, "rails.barter.url"),
    "a time to wait that is none": ({"wait": -1}, "wait"),
    "a language that is none": ({"languages": "en, de"}, "languages"),
    "no name": ({"shop_name": None}, "shop_name.en"),
    "a name too long": ({"shop_name": "K" * 41}, "shop_name.en"),
    "a zone that is none": ({"zone": "Mars/Base"}, "zone"),
    "a currency that is none": ({"currency": "ABC"}, "currency"),
    "a port that is none": ({"port": 70000}, "port"),
    "no address": ({"public_url": "https://shop.example/path"}, "public_url"),
    "an address that does not resolve": ({"public_url": "https://no.invalid", "check_domain": True}, "public_url"),
    "an address that does not answer": ({"public_url": "http://127.0.0.1:9", "check_domain": True}, "public_url"),
    "no copy of the key": ({"key_copy": None}, "key_copy"),
    "a copy that is none": ({"key_copy": "codes.txt"}, "key_copy"),
    "a database of another kind": ({"database": "mysql://x"}, "database"),
    "a database that does not answer": ({"database": "postgresql+asyncpg://me@127.0.0.1:9/shop"}, "database"),
    "a token that is none": ({"telegram.buyers": "hunter2"}, "telegram.buyers"),
    "a token nobody knows": ({"telegram.buyers": f"99999:{'x' * 35}"}, "telegram.buyers"),
    "one bot for both": ({"telegram.staff": "the buyers'"}, "telegram.staff"),
    "no Telegram": ({"telegram.api": "http://127.0.0.1:9"}, "telegram.buyers"),
    "no owner": ({"owner": None}, "owner"),
    "an owner's name too long": ({"owner": "C" * 61}, "owner"),
    "a provider that does not answer": ({"rails.sandbox.url": "http://127.0.0.1:9"}, "rails.sandbox"),
    "a provider that does not know us": ({"rails.sandbox.api_key": "hunter2"}, "rails.sandbox"),
    "a setting no rail has": ({"rails.sandbox.colour": "red"}, "rails.sandbox"),
    "a key of Stripe's that is none": (STRIPE | {"rails.stripe.api_key": "hunter2"}, "rails.stripe"),
    "a key file that is not there": (
        {f"rails.alipay.{name}": "1" for name in ("app_id", "seller_id", "private_key", "public_key")},
        "rails.alipay",
    ),
    "rails that are no table": ({"rails": "stripe"}, "rails"),
    "a rail that is no table": ({"rails.stripe": "yes"}, "rails.stripe"),
    "a permit for no chat": ({"rails.sandbox.permit": "browser"}, "rails.sandbox.permit"),
    "a mail server that does not answer": (
        {"email.host": "127.0.0.1", "email.port": 9, "email.security": "none", "email.sender": "a@shop.example"},
        "email",
    ),
    "no sender": ({"email.host": "localhost", "email.security": "none"}, "email.sender"),
    "a mail server that is none": ({"email.host": "https://smtp.example.org"}, "email.host"),
    "no security far away": ({"email.host": "smtp.example.org", "email.security": "none"}, "email.security"),
    "a mail server's port that is none": ({"email.host": "localhost", "email.port": 70000}, "email.port"),
    "a sender that is none": ({"email.host": "localhost", "email.sender": "礼品卡"}, "email.sender"),
    "a price that is none": ({"product.prices": "cheap"}, "product.prices"),
    "a region that is none": ({"product.region": "U S"}, "product.region"),
    "a noun that is none": ({"product.noun": "sandwich"}, "product.noun"),
    "a page that is none": ({"product.redeem_url": "javascript:x"}, "product.redeem_url"),
    "no brand": ({"product.brand": None}, "product.brand"),
    "no file of codes": ({"codes": "nowhere.txt"}, "codes"),
    "a file without codes": ({"codes": "empty.txt"}, "codes"),
    "a file with a line that is none": ({"codes": "bad.txt"}, "codes"),
}


def bad_files() -> None:
    Path("empty.txt").write_text("\n\n")
    Path("bad.txt").write_text(f"{CODES[0]}\n{'x' * 400}\n")


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop that has everything up to its people, without Telegram. Not to be opened, only copied."""
    folder = tmp_path_factory.mktemp("begun")
    file = folder / "answers.toml"
    file.write_text('shop_name = "Kiosk"\nlanguages = "en, zh-CN"\nkey_copy_written = true\nowner = "Chen"\n')
    made = Setup(Site(folder / "shop"), FromFile(file, Console(file=io.StringIO())))
    with made.site.held(), pytest.raises(Interrupted), interrupted_at("after init step 9"):
        asyncio.run(init.steps(made))
    return folder / "shop"


@pytest.mark.parametrize("wrong", WRONG)
async def test_s024_an_answer_that_will_not_do_is_named_and_nothing_is_half_done(world: World, begun: Path, wrong: str):
    bad_files()
    changed, name = WRONG[wrong]
    told = {key: value for key, value in (world.answers() | changed).items() if value is not None}
    if "rails" in changed:
        told = {key: value for key, value in told.items() if not key.startswith("rails.")}
    if told.get("telegram.staff") == "the buyers'":
        told["telegram.staff"] = world.buyers.token
    if name.startswith(("rails", "email", "product", "codes")):
        shutil.copytree(begun, SHOP)
    with pytest.raises(Refusal) as refused:
        await set_up(told)
    assert refused.value.code == "S024"
    assert f"`{name}`" in str(refused.value)
    assert "hunter2" not in str(refused.value)
    assert not re.search(r"(?<!\.)\.\.(?!\.)", str(refused.value))
    assert "pattern" not in str(refused.value)
    nothing_is_half_done()
    block = ".".join(name.split(".")[:2])
    if name != "rails.sandbox.permit":  # which is looked at before its rail
        assert Site(SHOP).told(block) is None


async def test_a_rail_that_is_left_out_is_not_set_up(world: World, begun: Path):
    shutil.copytree(begun, SHOP)
    settings = await set_up(world.answers() | {"rails.telegram_stars": "-", "rails.manual": "-"})
    assert settings.rails.model_fields_set == {"sandbox"}


@pytest.mark.parametrize("said", ["", "-"])
async def test_of_a_product_only_the_category_may_be_left_out(said: str):
    assert await init_selling._line_or_none(said) == ""
    with pytest.raises(Wrong, match="can't be left out"):
        await init_selling._line(said)


async def test_without_codes_there_is_no_rehearsal_and_nothing_is_wrong(
    world: World, begun: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys, "argv", [".venv/bin/mika", "init"])  # which is not on PATH
    shutil.copytree(begun, SHOP)
    made = setup_of(world.answers() | {"codes": "-"})
    with made.site.held():
        assert await init.set_up(made) == 0
    said = what_was_said(made)
    assert "there is no code of steam-us-10-usd to buy" in " ".join(said.split())
    next_ = said.partition("What comes next")[2]
    commands = ("run", "doctor", "payments check", "telegram check")
    assert [command for command in commands if f"{os.getcwd()}/.venv/bin/mika {command}" not in next_] == []
    assert " mika " not in next_
    assert "Back up each night: [backups] in mika.toml, docs/how-to/backups.md" in next_


def test_what_holds_a_password_is_not_shown_while_it_is_typed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("mika.init_asking.typed_in", lambda prompt, *, hidden=False: f"hidden: {hidden}")
    assert AtTerminal()._line(QUESTIONS["database"]) == "hidden: True"


async def test_an_address_that_does_not_answer_yet_is_taken(world: World):
    settings = await set_up(world.answers() | {"public_url": "http://127.0.0.1:9"})
    assert settings.public_url == "http://127.0.0.1:9"


async def test_an_address_where_something_answers_is_right(world: World):
    assert await init_steps.reached(world.provider.url) == ""


async def test_mail_goes_by_a_server_that_takes_us_and_its_password_has_a_file(world: World):
    async with mailserver.serving() as mail:
        told = {"email.host": "127.0.0.1", "email.port": mail.port, "email.security": "none"}
        settings = await set_up(world.answers() | told | {"email.sender": "shop@shop.example"})
    again = setup_of(told | {"email.sender": "shop@shop.example", "email.port": 587})
    await init_selling.email(again)
    assert f"email.port stays {mail.port}: change it in mika.toml." in what_was_said(again)
    assert "email.sender" not in what_was_said(again)
    assert settings.email
    assert settings.email.at == mail.port


async def test_what_is_refused_is_said_once_and_not_logged_as_well(begun: Path):
    shutil.copytree(begun, SHOP)
    told = {"email.host": "127.0.0.1", "email.port": 9, "email.security": "none", "email.sender": "a@shop.example"}
    command = [sys.executable, "-m", "mika.cli", "init", "--answers", str(written(told)), "--folder", "shop"]
    process = await asyncio.create_subprocess_exec(*command, env=environment(), stderr=asyncio.subprocess.PIPE)
    _, complaint = await process.communicate()
    assert complaint.decode().startswith("mika: S024 The answer `email` will not do")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
@pytest.mark.parametrize("there", ["no folder", "an empty folder"])
async def test_what_root_sets_up_is_for_whom_the_folder_is(world: World, tmp_path: Path, there: str):
    if there == "an empty folder":
        SHOP.mkdir()
    os.chown(SHOP if there == "an empty folder" else tmp_path, 12345, 12346)
    await set_up(world.answers() | {"wait": 1})  # so the staff bot is run here
    Site(SHOP).keep_secret("email", b"password")
    files = {
        file.relative_to(tmp_path).as_posix(): file.stat() for file in (SHOP.absolute(), *SHOP.absolute().rglob("*"))
    }
    assert {"shop/mika.toml", "shop/secrets/email", "shop/data/key", "shop/data/shop.db", "shop/data/alive"} <= set(
        files
    )
    assert {name: (one.st_uid, one.st_gid) for name, one in files.items()} == dict.fromkeys(files, (12345, 12346))


# What the environment says


def said_by(made: Setup) -> str:
    asking: Any = made.asking
    return asking.console.file.getvalue()


async def test_what_the_environment_says_is_told_and_not_asked(world: World, monkeypatch: pytest.MonkeyPatch):
    port = free_port()
    for name, value in (("PORT", str(port)), ("PUBLIC_URL", "https://shop.example"), ("ZONE", "Asia/Tokyo")):
        monkeypatch.setenv(f"MIKA_{name}", value)
    made = setup_of(world.answers() | {"port": 9000, "public_url": "https://no.invalid", "check_domain": True})
    with made.site.held():
        await init.steps(made)
    assert f"port: MIKA_PORT says {port}" in said_by(made)
    assert "public_url: MIKA_PUBLIC_URL says https://shop.example" in said_by(made)
    assert "zone: MIKA_ZONE says Asia/Tokyo" in said_by(made)
    assert [name for name in ("port", "public_url", "zone") if made.site.told(name) is not None] == []
    assert made.site.settings().port == port


async def test_what_it_says_wrong_is_corrected_there(world: World, monkeypatch: pytest.MonkeyPatch):
    made = setup_of(world.answers())
    with made.site.held():
        made.site.put({"data": "data"})
        monkeypatch.setenv("MIKA_PORT", "70000")
        with pytest.raises(Refusal, match=r"S004 .*`port`: .*\n.*Correct it in MIKA_PORT"):
            await init_steps.address(made)


async def test_a_database_of_mika_secrets_is_used_and_its_address_not_said(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "mounted").mkdir()
    (tmp_path / "mounted" / "database").write_text(f"sqlite+aiosqlite:///{tmp_path / 'elsewhere.db'}\n")
    monkeypatch.setenv("MIKA_SECRETS", str(tmp_path / "mounted"))
    for _ in ("set up", "again"):
        made = setup_of(world.answers() | {"codes": "-"})
        with made.site.held():
            await init.steps(made)
        assert "elsewhere.db" not in said_by(made)
    assert (tmp_path / "elsewhere.db").exists()
    assert not (SHOP / "data" / "shop.db").exists()
    assert made.site.told("database") is None
    other = setup_of(world.answers() | {"key_copy": "another-copy.txt"}, "another")
    with other.site.held(), pytest.raises(Refusal, match=r"S025 .*There is a shop in that database already"):
        await init.steps(other)


def everything_outside(world: World, mounted: Path, monkeypatch: pytest.MonkeyPatch, port: int) -> list[str]:
    """Bots, a way to pay and the mail server: some as variables, some as files. Returns what is secret of them."""
    said = {
        "telegram__api": world.telegram.url,
        "telegram__buyers__token": world.buyers.token,
        "rails__sandbox__url": world.provider.url,
        "rails__sandbox__api_key": "our key",
        "email__host": "127.0.0.1",
        "email__port": str(port),
        "email__security": "none",
        "email__sender": "shop@shop.example",
    }
    for name, value in said.items():
        monkeypatch.setenv(f"MIKA_{name.upper()}", value)
    mounted.mkdir()
    (mounted / "telegram__staff__token").write_text(f"{world.staff.token}\n")
    (mounted / "rails__sandbox__secret").write_text("our secret\n")
    monkeypatch.setenv("MIKA_SECRETS", str(mounted))
    return [world.buyers.token, world.staff.token, "our key", "our secret"]


NOT_ASKED = ("telegram", "rails.sandbox.url", "rails.sandbox.api_key", "rails.sandbox.secret")


async def test_bots_ways_to_pay_and_mail_that_it_says_are_tried_and_told_and_not_asked(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    told = {name: value for name, value in world.answers().items() if not name.startswith(NOT_ASKED)}
    async with mailserver.serving() as mail:
        secrets = everything_outside(world, tmp_path / "mounted", monkeypatch, mail.port)
        for _ in ("set up", "again"):
            made = setup_of(told)
            with made.site.held():
                await init.steps(made)
            for line in (
                "telegram.buyers: MIKA_TELEGRAM__BUYERS__TOKEN says it",
                f"telegram.staff: {tmp_path}/mounted/telegram__staff__token says it",
                f"rails.sandbox: {tmp_path}/mounted/rails__sandbox__secret says it",
                "email: MIKA_EMAIL__HOST says it",
            ):
                assert line in said_by(made)
            assert [secret for secret in secrets if secret in said_by(made) + made.site.text()] == []
            assert [name for name in ("telegram", "rails", "email") if made.site.told(name) is not None] == []
        blocks = ("telegram.buyers", "telegram.staff", "rails.sandbox", "email")
        assert not any(made.site.is_left_out(block) for block in blocks)  # asked for where it says nothing any more
        settings = made.site.settings()
        assert settings.telegram.buyers and settings.telegram.staff and settings.rails.sandbox and settings.email
        assert await what_is_there(settings) == ALL_OF_IT


@pytest.mark.parametrize(
    ("name", "value", "block"),
    [
        ("TELEGRAM__BUYERS__TOKEN", "987654321:" + "x" * 35, "telegram.buyers"),
        ("RAILS__SANDBOX__URL", "http://127.0.0.1:9", "rails.sandbox"),
        ("EMAIL__PORT", "9", "email"),
    ],
)
async def test_what_of_them_does_not_work_is_corrected_there(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, block: str
):
    told = {name: value for name, value in world.answers().items() if not name.startswith(NOT_ASKED)}
    async with mailserver.serving() as mail:
        everything_outside(world, tmp_path / "mounted", monkeypatch, mail.port)
        right = os.environ[f"MIKA_{name}"]
        monkeypatch.setenv(f"MIKA_{name}", value)
        made = setup_of(told)
        with made.site.held(), pytest.raises(Refusal, match=rf"S004 .*`{block}`: ") as refused:
            await init.steps(made)
        assert value not in str(refused.value) and "Correct it in " in str(refused.value)
        monkeypatch.setenv(f"MIKA_{name}", right)
        assert await what_is_there(await set_up(told)) == ALL_OF_IT


async def test_of_several_ways_to_pay_those_it_does_not_say_are_asked(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MIKA_RAILS__MANUAL__PAY_TO", "Bank of Nowhere")
    settings = await set_up(world.answers() | {"rails.manual.permit": ["browser"]})
    assert settings.rails.manual and settings.rails.sandbox
    assert set(load(FILE, {}).rails.model_fields_set) == {"sandbox"}


# Shops of others


async def test_s025_a_shop_that_it_did_not_make_is_left_alone(world: World):
    SHOP.mkdir()
    FILE.write_text('shop_name = "Mine"\n')
    with pytest.raises(Refusal, match="S025"):
        await set_up(world.answers())
    assert FILE.read_text() == 'shop_name = "Mine"\n'
    FILE.unlink()
    KEY.parent.mkdir()
    KEY.write_text("a key")
    with pytest.raises(Refusal, match="S025"):
        await set_up(world.answers())
    assert sorted(path.name for path in SHOP.rglob("*")) == ["data", "key"]


async def test_a_folder_or_database_with_a_shop_in_it_is_left_alone(world: World, folder: Path):
    before = (folder / "shop.db").read_bytes()
    with pytest.raises(Refusal, match=r"S024 .*`data`"):
        await set_up(world.answers() | {"data": str(folder)})
    with pytest.raises(Refusal, match=r"S024 .*`database`"):
        await set_up(world.answers() | {"database": f"sqlite+aiosqlite:///{folder / 'shop.db'}"})
    assert (folder / "shop.db").read_bytes() == before
    shutil.copy(folder / "key", "shop/data/key")  # not even where its key opens it
    with pytest.raises(Refusal, match=r"S024 .*`database`.*shop in that database"):
        await set_up(world.answers() | {"database": f"sqlite+aiosqlite:///{folder / 'shop.db'}"})


async def test_s010_two_at_once_do_not_get_in_each_others_way(world: World):
    with Site(SHOP).held(), pytest.raises(Refusal, match="S010"):
        await set_up(world.answers())
    await set_up(world.answers())


TOLD = (ROOT / "docs/how-to/init.md").read_text()
SAMPLES = re.findall(r"```toml\n(.*?)```", TOLD, re.DOTALL)


def test_every_answer_is_told_in_the_docs_and_the_samples_are_answers(tmp_path: Path):
    names = {re.sub(r"\.(zh-CN|en|ru)$", "", name) for name in (*QUESTIONS, *BESIDES)}
    assert [name for name in names if f"`{name}`" not in TOLD] == []
    assert len(SAMPLES) == 2
    for sample in SAMPLES:
        (tmp_path / "sample.toml").write_text(sample)
        FromFile(tmp_path / "sample.toml")


def test_the_first_sample_runs_as_it_stands():
    Path("codes.txt").write_text("\n".join(CODES))
    Path("answers.toml").write_text(SAMPLES[0])
    made = Setup(Site(SHOP), FromFile(Path("answers.toml"), Console(file=io.StringIO())))
    with made.site.held():
        assert asyncio.run(init.set_up(made)) == 0
    assert (SHOP / "data/shop.db").exists()


def test_what_it_writes_begins_with_what_it_knows_its_own_files_by(tmp_path: Path):
    Site(tmp_path).put({"data": "data"})
    assert (tmp_path / "mika.toml").read_text().startswith(FIRST)


# At a terminal


class Terminal:
    """`mika init` at a terminal of its own, and what is typed there."""

    def __init__(self, *options: str) -> None:
        self.said, self._seen = "", 0
        self.pid, self._end = pty.fork()
        if not self.pid:
            environ = environment() | {"TERM": "xterm", "COLUMNS": "100"}
            os.execve(sys.executable, [sys.executable, "-m", "mika.cli", "init", *options], environ)

    def types(self, prompt: str, line: str) -> None:
        """Once it asks that, and not before."""
        self.until(prompt)
        os.write(self._end, f"{line}\n".encode())

    def until(self, text: str) -> None:
        ends = time.monotonic() + PATIENCE
        while (at := self.said.find(text, self._seen)) < 0:
            assert time.monotonic() < ends and self._reads(), f"no {text!r} in:\n{self.said[self._seen :]}"
        self._seen = at + len(text)

    def _reads(self) -> bool:
        ready, _, _ = select.select([self._end], [], [], 1)
        try:
            self.said += os.read(self._end, 65536).decode(errors="replace") if ready else ""
        except OSError:
            return False
        return True

    def presses_ctrl_c(self) -> None:
        """Until it ends: one that comes just before the line is waited for, Python hears only after the line."""
        for _ in range(3):
            os.write(self._end, b"\x03")
            ends = time.monotonic() + PATIENCE / 4
            while time.monotonic() < ends:
                if not self._reads():
                    return

    def ends(self) -> int:
        ends = time.monotonic() + PATIENCE
        while self._reads():
            assert time.monotonic() < ends, self.said
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self._end)
        return status

    def group(self) -> str:
        """What the paper says where it asks."""
        self.until("Line ")
        self.until(":")
        line, place = re.findall(r"Line (\d+), group (\d+):", self.said)[-1]
        rows = re.findall(
            r"^ +(\d+)  (\S{4} \S{4} \S{4} \S{4})  \S{4}\s*$", re.sub(r"\x1b\[[\d;]*m", "", self.said), re.M
        )
        return dict(rows)[line].split()[int(place) - 1]


def test_at_a_terminal_each_answer_is_explained_checked_and_asked_again():
    written({})
    first = Terminal("--folder", "shop")
    first.types("Data folder [data]", "")
    first.types("Languages you write in", "en")
    first.types("name in English", "")
    first.types("can't be left out", "Kiosk")
    first.types("Time zone [Asia/Shanghai]", "Mars/Base")
    first.types("should be a time zone", "Europe/Berlin")
    first.until("Currency [CNY]")
    first.presses_ctrl_c()
    assert first.ends() == 130
    again = Terminal("--folder", "shop")
    again.until("done: the shop is called Kiosk")
    again.types("Currency [CNY]", "")
    again.types("Port [8000]", str(free_port()))
    again.types("Public address", "http://127.0.0.1:9")
    again.until("not yet: http://127.0.0.1:9")
    again.until("This is the vault's key")
    os.write(again._end, b"AAAA\n")
    again.until("Look again")
    for _ in range(2):
        os.write(again._end, f"{again.group().lower()}\n".encode())
    again.types("Database", "")
    again.types("Token of the buyers' bot", "hunter2")
    again.until("should be the whole token")
    again.types("Token of the buyers' bot", "")  # what is typed before a hidden prompt is thrown away
    again.types("Token of the staff's bot", "")
    again.types("first owner's name", "Chen")
    again.types("Ways to pay", "barter")
    again.types("There is no barter", "manual, telegram_stars")
    again.types("Account to transfer to", "Bank of Nowhere")
    again.types("Try it once more", "no")  # there is no bot that Stars could be paid to
    again.types("Mail server", "")
    again.types("Category of the first product", "Gift cards")
    again.types("Brand", "Steam")
    again.types("name in English", "Steam 10 USD")
    again.types("Face value", "10 USD")
    again.types("Region", "US")
    again.types("What one of it is", "")
    again.types("Price", "cheap")
    again.types("Price", "68")
    again.types("Page where", "")
    again.types("File of the first codes", "nowhere.txt")
    again.types("File of the first codes", "codes.txt")
    again.until("arrives in the browser chat")
    assert again.ends() == 0
    assert "hunter2" not in again.said.replace("AAAA", "")
    settings = load(FILE, {})
    assert settings.rails.manual
    assert settings.rails.telegram_stars is None
    nothing_is_half_done()


def test_at_a_terminal_the_settings_of_rails_and_mail_are_checked_when_each_is_typed(begun: Path):
    written({})
    shutil.copytree(begun, SHOP)
    terminal = Terminal("--folder", "shop")
    terminal.types("first owner's name [Chen]", "")
    terminal.until("This is a new link; the one before no longer works.")
    terminal.types("Ways to pay", "sandbox")
    terminal.until("There are stripe, telegram_stars, alipay, wechat_pay, epay, crypto, manual.")
    terminal.types("Ways to pay", "alipay, epay")
    terminal.types("App", "支付宝")
    terminal.types("It should be letters and digits", "2021")
    terminal.types("seller's account", "2088")
    terminal.types("app's private key", "nowhere.pem")
    terminal.types("There is no file nowhere.pem.", "answers.toml")
    terminal.types("Alipay's public key", "answers.toml")
    terminal.types("Try it once more", "no")  # that file is no key
    terminal.types("The gateway's address", "pay.example")
    terminal.types("It should be like https://pay.example", "http://127.0.0.1:9")
    terminal.types("Your number there", "1 2")
    terminal.types("without spaces", "1001")
    terminal.types("The key both sides sign with", "key")
    terminal.types("Try it once more", "no")
    terminal.types("Mail server", "https://smtp.example.org")
    terminal.types("It should be a server's name, such as smtp.example.org.", "127.0.0.1")
    terminal.types("Security", "none")
    terminal.types("Port of the mail server", "smtp")
    terminal.types("A port is a number, such as 465.", "9")
    terminal.types("address that mail comes from", "礼品卡")
    terminal.types("It should be the bare address", "a@shop.example")
    terminal.types("User at the mail server", "")
    terminal.until("the mail server does not take us")
    terminal.types("Mail server", "")
    terminal.types("Category of the first product", "")
    assert terminal.ends() == 0
    assert "pattern" not in terminal.said
    assert "can't be reached" not in terminal.said  # which is the log's
