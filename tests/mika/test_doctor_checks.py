"""What the doctor finds in the settings, the machine and the world outside: each code, and that it is not found where
all is well."""

from __future__ import annotations

import asyncio
import resource
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pydantic import SecretStr
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from core import backups, customers, hiring, restores, ways
from core.findings import Level
from core.ground.db import Tx
from core.shop import Shop
from doubles.serving import Served
from mika import demo, doctor_machine, doctor_outside, serving
from mika.backup_settings import BackupSettings
from mika.chat_settings import BotSettings
from mika.doctor import in_english
from mika.rail_settings import RailSettings, TelegramStarsSettings
from mika.reach_settings import EmailSettings
from mika.settings import Settings
from mika.wiring import opened
from tests.mailserver import serving as mail_server
from tests.mika.doctoring import codes, found, kept_open
from tests.ports import free_port

TOKEN = f"77000:{'A' * 35}"


@pytest.fixture
async def shop(settings: Settings) -> AsyncIterator[Shop]:
    async with opened(settings, with_site=False) as house:
        yield house.shop


# Settings


@pytest.mark.parametrize(
    ("changes", "finds"),
    [
        ({}, []),
        ({"public_url": "https://shop.example"}, ["D001"]),
        ({"public_url": "https://shop.example", "demo": False}, []),
        ({"public_url": "https://shop.example", "demo": False, "host": "0.0.0.0"}, ["D002"]),
        ({"demo": False}, ["D007"]),
    ],
)
async def test_settings_of_a_shop_that_sells(settings: Settings, changes: dict[str, object], finds: list[str]):
    assert await codes(settings.changed(**changes), "settings") == finds


async def test_the_key_and_the_journal_lie_apart_from_the_database(settings: Settings, tmp_path: Path):
    assert await codes(settings, "files") == ["D003", "D004"]
    assert await codes(settings.changed(key_file=tmp_path / "elsewhere" / "key"), "files") == ["D004"]
    on_a_server = settings.changed(database="postgresql+asyncpg://shop@db.internal/shop")
    assert await codes(on_a_server, "files") == []


async def test_d004_is_about_disks(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("mika.doctor_settings._disk", lambda path: path.name)
    assert await codes(settings, "files") == ["D003"]


@pytest.mark.parametrize(("to", "finds"), [("s3://copies/shop", []), ("copies", ["D004"])])
async def test_d004_is_over_where_backups_take_the_journal_to_another_disk(
    settings: Settings, tmp_path: Path, to: str, finds: list[str]
):
    where = to if to.startswith("s3:") else str(tmp_path / to)
    told = BackupSettings(to=where, access_key=SecretStr("a"), secret_key=SecretStr("b"))
    apart = settings.changed(key_file=tmp_path / "elsewhere" / "key", backups=told)
    assert await codes(apart, "files") == finds


async def test_somebody_must_own_the_shop_and_staff_hear_things_together(settings: Settings, shop: Shop):
    telegram = settings.telegram.model_copy(update={"staff": BotSettings(token=SecretStr(TOKEN))})
    assert await codes(settings.changed(telegram=telegram), "people", shop) == ["D005", "D006"]
    await shop.db.write(customers.meet, "desk", "chen", "Chen", "en", None)
    await shop.db.write(hiring.enter, await shop.db.write(hiring.invite, "Chen"), "desk:chen")
    assert await codes(settings, "people", shop) == []


# Backups


async def test_a_shop_that_sells_has_a_backup_that_was_tried_of_late(settings: Settings, shop: Shop):
    sells = settings.changed(demo=False)
    assert await codes(settings, "backups", shop) == []
    assert await codes(sells, "backups", shop) == ["D091"]
    now = datetime.now(UTC)
    await shop.db.write(backups.made, kept("mika-1", now - timedelta(days=3, hours=1)))
    (old,) = await found(sells, "backups", shop)
    assert (old.code, old.facts) == ("D090", {"days": 3})
    await shop.db.write(backups.made, kept("mika-2", now - timedelta(days=1, hours=23)))
    assert await codes(sells, "backups", shop) == []


async def test_a_restored_shop_is_said_to_sell_nothing_until_its_books_are_checked(settings: Settings, shop: Shop):
    assert await codes(settings, "restored", shop) == []
    now = datetime.now(UTC)
    await shop.db.write(restores.restored, "ab" * 32, now - timedelta(hours=3), now)
    (closed,) = await found(settings, "restored", shop)
    assert (closed.code, closed.level) == ("D092", Level.ERROR)
    assert await shop.db.write(restores.checked, {})
    assert await codes(settings, "restored", shop) == []


def kept(name: str, at: datetime) -> backups.Kept:
    return backups.Kept(name, at, 2_000_000, "ab" * 32, timedelta(seconds=9), "restored", 1)


# Ways to pay


async def test_something_can_be_paid_with_real_money(settings: Settings, shop: Shop):
    assert await codes(settings, "ways to pay", shop) == []
    assert await codes(settings.changed(demo=False), "ways to pay", shop) == ["D054"]
    await shop.db.write(ways.permit, "sandbox", "telegram", "digital", "command line", "read")
    assert await codes(settings, "ways to pay", shop) == ["D056"]
    shop.payments = {}
    assert await codes(settings, "ways to pay", shop) == ["D053", "D056"]


async def test_d055_a_rail_whose_money_nothing_is_priced_in(settings: Settings):
    telegram = settings.telegram.model_copy(update={"buyers": BotSettings(token=SecretStr(TOKEN))})
    rails = settings.rails.model_copy(update={"telegram_stars": TelegramStarsSettings()})
    told = settings.changed(telegram=telegram, rails=rails)
    async with opened(told, with_site=False) as house:
        (idle,) = await found(told, "ways to pay", house.shop)
        assert (idle.code, idle.subject, idle.facts["takes"]) == ("D055", "telegram_stars", "XTR")
        await house.shop.db.write(_priced_in_stars)
        assert await codes(told, "ways to pay", house.shop) == []


def _priced_in_stars(tx: Tx) -> None:
    tx.changed(text("INSERT INTO prices SELECT product_id, 'XTR', 1, 50 FROM prices WHERE from_quantity = 1"))


@asynccontextmanager
async def at_work(settings: Settings) -> AsyncIterator[tuple[Settings, Shop]]:
    listening = serving.listen("127.0.0.1", 0)
    told, served = await demo.provider(settings.changed(port=serving.port_of(listening)))
    try:
        async with opened(told) as house, serving.at_work(house, listening):
            yield told, house.shop
    finally:
        await served.stop()


async def test_rails_answer_and_their_notices_get_in(settings: Settings):
    async with at_work(settings) as (told, shop):
        for check in ("rails", "doors", "address"):
            assert await codes(told, check, shop) == []
        assert await codes(told, "doors", shop, asks=False) == []
    assert await codes(told, "address") == ["D072"]


async def test_d050_a_rail_whose_provider_is_away(settings: Settings, shop: Shop):
    (away,) = await found(settings, "rails", shop)  # nobody has started its provider
    assert (away.code, away.subject) == ("D050", "sandbox")
    assert await codes(settings, "rails", shop, asks=False) == []  # the jobs have not looked yet
    await shop.db.write(ways.looked_at, "sandbox", "away")
    assert await codes(settings, "rails", shop, asks=False) == ["D050"]


def with_secret(settings: Settings, secret: str) -> Settings:
    sandbox = settings.rails.sandbox
    assert sandbox
    changed = sandbox.model_copy(update={"secret": SecretStr(secret)})
    return settings.changed(rails=RailSettings(sandbox=changed))


async def test_d051_a_notice_that_does_not_get_in(settings: Settings):
    async with at_work(settings) as (told, _):
        other = with_secret(told, "another")
        async with opened(other, with_site=False) as house:
            (refused,) = await found(other, "doors", house.shop)
    assert (refused.code, refused.subject) == ("D051", "sandbox")
    assert "400" in str(refused.facts["why"])


async def test_d052_a_rail_without_a_secret_has_no_door(settings: Settings):
    told = with_secret(settings, "")
    async with opened(told, with_site=False) as house:
        assert await codes(told, "doors", house.shop) == ["D052"]


# The machine


async def test_d011_room_on_the_disk(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    assert await codes(settings, "disk") == []
    monkeypatch.setattr(doctor_machine, "LEAST_MB", 10**9)
    assert await codes(settings, "disk") == ["D011"]


async def test_d013_a_folder_that_takes_no_writes(settings: Settings):
    assert await codes(settings.changed(data=Path("/proc")), "disk") == ["D013"]


@pytest.fixture
def few_files() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


async def test_d012_open_files(settings: Settings, few_files: None, monkeypatch: pytest.MonkeyPatch):
    assert await codes(settings, "machine") == ["D012"]
    monkeypatch.setattr(doctor_machine, "FILES", 1024)
    assert await codes(settings, "machine") == []


@pytest.mark.parametrize(("says", "finds"), [("MemAvailable: 90000 kB", ["D014"]), ("MemAvailable: 9000000 kB", [])])
async def test_d014_memory(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, finds: list[str]
):
    file = tmp_path / "meminfo"
    file.write_text(f"MemTotal: 16000000 kB\n{says}\n")
    monkeypatch.setattr(doctor_machine, "MEMORY", file)
    monkeypatch.setattr(doctor_machine, "FILES", 10)
    assert await codes(settings, "machine") == finds


@pytest.mark.parametrize(("ahead", "finds"), [(-3.0, []), (45.0, ["D010"]), (-45.0, ["D010"])])
async def test_d010_the_clock(settings: Settings, ahead: float, finds: list[str]):
    assert await codes(settings, "clock", clocks={"Telegram": ahead}) == finds


# The world outside


def certified(folder: Path, name: str, days: float) -> tuple[ssl.SSLContext, Path]:
    """A certificate that signs itself, and the file of those who trust it."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, whole = folder / "trusted.pem", folder / "whole.pem"
    trusted.write_bytes(made.public_bytes(Encoding.PEM))
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    whole.write_bytes(trusted.read_bytes() + plain)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(whole)
    return context, trusted


@pytest.mark.parametrize(
    ("name", "days", "trusts", "finds"),
    [
        ("localhost", 90.0, True, []),
        ("localhost", 5.5, True, ["D070"]),
        ("localhost", -1.0, True, ["D071"]),
        ("other.example", 90.0, True, ["D071"]),
        ("localhost", 90.0, False, ["D071"]),
    ],
)
async def test_the_certificate(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    days: float,
    trusts: bool,
    finds: list[str],
):
    context, trusted = certified(tmp_path, name, days)
    if trusts:
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    async with server:
        address = f"https://localhost:{server.sockets[0].getsockname()[1]}"
        assert await codes(settings.changed(public_url=address), "certificate") == finds
        if finds == ["D071"]:
            assert await codes(settings.changed(public_url=address), "address") == []  # once is enough


async def test_without_https_there_is_no_certificate(settings: Settings):
    assert await codes(settings, "certificate") == []
    assert await kept_open(settings, "certificate") == set()
    nobody = settings.changed(public_url=f"https://localhost:{free_port()}")
    assert await codes(nobody, "certificate") == []
    assert await kept_open(nobody, "certificate") == {"D070", "D071"}
    assert await codes(nobody, "address") == ["D072"]


@pytest.mark.parametrize(
    ("address", "why", "todo"),
    [
        ("http://127.0.0.1", "nothing answers there.", "Start the shop: `mika run`."),
        ("http://0.0.0.0", "nothing answers there.", "Look whether the name leads to this machine"),
        ("http://no.invalid", "can't resolve its name", "Look whether the name leads to this machine"),
    ],
)
async def test_d072_says_why_in_words(settings: Settings, address: str, why: str, todo: str):
    (one,) = await found(settings.changed(public_url=f"{address}:{free_port()}"), "address")
    what, then = in_english(one)
    assert what.endswith(why)
    assert then.startswith(todo)
    assert "Error" not in what


def test_d072_refused_at_each_of_several_addresses_is_refused():
    error = httpx.ConnectError("All connection attempts failed")
    error.__cause__ = OSError("All connection attempts failed")
    error.__cause__.__cause__ = ExceptionGroup("each", [TimeoutError(), ConnectionRefusedError()])
    assert doctor_outside._why(error, "https://shop.example") == "refused"
    assert doctor_outside._why(error, "http://localhost:8000") == "refused-here"


@pytest.mark.parametrize(("theirs", "finds"), [(False, []), (True, ["D072"])])
async def test_d072_another_program_where_the_shop_should_be(settings: Settings, theirs: bool, finds: list[str]):
    async def answer(_: object) -> PlainTextResponse | JSONResponse:
        return PlainTextResponse("It works") if theirs else JSONResponse({"status": "down"}, 503)

    async with Served(Starlette(routes=[Route("/healthz", answer)])) as server:
        assert await codes(settings.changed(public_url=server.url), "address") == finds


async def test_d080_the_mail_server(settings: Settings):
    assert await codes(settings, "mail") == []
    async with mail_server() as server:
        told = EmailSettings(host="127.0.0.1", port=server.port, security="none", sender="shop@example.org")
        assert await codes(settings.changed(email=told), "mail") == []
    away = told.model_copy(update={"port": free_port()})
    assert await codes(settings.changed(email=away), "mail") == ["D080"]
