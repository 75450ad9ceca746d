"""`mika secret`: what there is, never a value; a new one is tried before it is written; what was exposed is said."""

from __future__ import annotations

import asyncio
import errno
import io
import os
import tomllib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from core.ground import audit, inbox
from doubles.alipay import Alipay
from doubles.alipay_keys import APP_ID, SELLER_ID, private_text
from doubles.btcpay import BtcPay
from doubles.crypto_pay import CryptoPay
from doubles.epay import Epay
from doubles.epusdt import Epusdt
from doubles.sandbox import Sandbox
from doubles.stripe import Stripe
from doubles.telegram import Telegram, served_telegram
from doubles.wechat_pay import WechatPay
from mika import cli, rewriting, secret_list, secret_replace, serving
from mika.parts import ALL
from mika.refusals import Refusal
from mika.rewriting import NotThere, with_value
from mika.secret_replace import Wanted
from mika.settings import Settings
from mika.settings_read import load
from mika.wiring import opened
from tests.mailserver import PASSWORD, USER
from tests.mailserver import serving as serving_mail

NEW = "an-entirely-new-key-0123456789"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class Owner:
    """Replaces secrets of the demo shop, whose provider takes the new key too."""

    settings: Settings
    said: list[str] = field(default_factory=list)

    @property
    def file(self) -> Path:
        assert self.settings.file is not None
        return self.settings.file

    @property
    def text(self) -> str:
        return " ".join("\n".join(self.said).split())

    def again(self) -> Settings:
        return load(self.file, {})

    async def replaces(self, name: str, new: str = "", environ: dict[str, str] | None = None) -> int:
        wanted = Wanted(name, LONG_AGO, lambda one: new, lambda: True)
        return await secret_replace.replace(self.settings, wanted, self.said.append, environ or {})

    async def is_refused(self, code: str, name: str, new: str = "", environ: dict[str, str] | None = None) -> str:
        """And nothing has changed, nor is the value said."""
        before = contents(self.file.parent)
        with pytest.raises(Refusal) as refused:
            await self.replaces(name, new, environ)
        after = contents(self.file.parent)
        assert str(refused.value).startswith(code), refused.value
        assert after == before
        assert not new or len(new) < 4 or new not in str(refused.value)
        async with opened(self.settings) as house:
            assert await house.shop.db.read(acts) == []
        return str(refused.value)


def contents(folder: Path) -> dict[str, bytes]:
    """Of the settings and the key."""
    return {path.name: path.read_bytes() for path in folder.glob("mika.toml*")} | {"key": (folder / "key").read_bytes()}


def acts(tx: Any) -> list[str]:
    found = tx.all(select(audit.audit.c.subject).where(audit.audit.c.action == secret_list.ACTION))
    return [row.subject for row in found]


@pytest.fixture
async def owner(folder: Path) -> AsyncIterator[Owner]:
    told = load(folder / "mika.toml", {}).rails.sandbox
    assert told is not None
    provider = Sandbox(folder / "books.db", api_key=NEW, secret=told.secret.get_secret_value(), account=told.account)
    async with provider.served() as url:
        file = folder / "mika.toml"
        file.write_text(with_value(file.read_text(), ("rails", "sandbox", "url"), url))
        yield Owner(load(file, {}))


# What there is


async def test_every_secret_is_listed_with_where_it_comes_from_and_no_value(owner: Owner):
    await secret_list.show(owner.settings, owner.said.append)
    told = owner.settings.rails.sandbox
    assert told is not None
    assert "vault" in owner.text
    assert f"rails.sandbox.api_key 0 days {owner.file}" in owner.text
    for secret in (told.api_key, told.secret):
        assert secret.get_secret_value() not in owner.text


def test_what_the_environment_says_is_known_to_come_from_there(owner: Owner):
    environ = {"MIKA_RAILS__SANDBOX__SECRET": "x", "MIKA_WECHAT": "{}"}
    found = {one.name: one.variable for one in secret_list.everything(owner.settings, environ)}
    assert found["rails.sandbox.secret"] == "MIKA_RAILS__SANDBOX__SECRET"
    assert found["rails.sandbox.api_key"] is None


async def test_what_a_folder_of_secrets_says_is_listed_with_its_file_and_replaced_there(owner: Owner, folder: Path):
    environ = mounted(owner, folder, "rails__sandbox__api_key", "the-old-key")
    file = folder / "mounted" / "rails__sandbox__api_key"
    found = {one.name: one for one in secret_list.everything(owner.settings, environ)}
    assert found["rails.sandbox.api_key"].where(owner.settings) == str(file)
    assert found["rails.sandbox.secret"].where(owner.settings) == str(owner.file)
    before = owner.file.read_text()
    assert await owner.replaces("rails.sandbox.api_key", NEW, environ) == 0
    assert file.read_text() == NEW
    assert owner.file.read_text() == before
    assert f"{file} has the new one" in owner.text


async def test_a_file_of_that_folder_that_holds_more_is_named_and_left_alone(owner: Owner, folder: Path):
    environ = mounted(owner, folder, "rails__sandbox", '{"api_key": "the-old-key"}')
    file = folder / "mounted" / "rails__sandbox"
    assert str(file) in await owner.is_refused("S041", "rails.sandbox.api_key", NEW, environ)
    assert file.read_text() == '{"api_key": "the-old-key"}\n'


async def test_what_a_variable_says_counts_more_than_that_folder(owner: Owner, folder: Path):
    variable = "MIKA_RAILS__SANDBOX__API_KEY"
    environ = mounted(owner, folder, "rails__sandbox__api_key", "the-old-key") | {variable: "x"}
    assert f"Set {variable} anew" in await owner.is_refused("S041", "rails.sandbox.api_key", NEW, environ)


def mounted(owner: Owner, folder: Path, name: str, content: str) -> dict[str, str]:
    """A folder with one secret in it, which the owner's shop takes from there."""
    there = folder / "mounted"
    there.mkdir()
    (there / name).write_text(f"{content}\n")
    environ = {"MIKA_SECRETS": str(there)}
    owner.settings = load(owner.file, environ)
    return environ


async def test_secrets_of_backups_of_the_watcher_and_of_the_database_are_there_too(owner: Owner, folder: Path):
    bucket = '\n[backups]\nto = "s3://bucket/shop"\naccess_key = "AK"\nsecret_key_file = "s3-secret"\n'
    (folder / "s3-secret").write_text("the-old-secret")
    owner.file.write_text(f'heartbeat_url = "https://watcher.example/ping/1"\n{owner.file.read_text()}{bucket}')
    owner.settings = owner.again()
    elsewhere = owner.settings.changed(database="postgresql+asyncpg://mika:hunter2@db.example/shop")
    where = {one.name: one.where(elsewhere) for one in secret_list.everything(elsewhere, {})}
    assert where["backups.access_key"] == where["heartbeat_url"] == where["database"] == str(owner.file)
    assert where["backups.secret_key"] == str(folder / "s3-secret")
    assert await owner.replaces("backups.secret_key", "another-secret") == 0
    assert (folder / "s3-secret").read_text() == "another-secret"
    assert await owner.replaces("backups.access_key", "AK2") == 0
    assert "replace the other one too" in owner.text
    with pytest.raises(Refusal, match=r"S040 .*should be an address"):
        await owner.replaces("heartbeat_url", "nowhere")
    assert await owner.replaces("heartbeat_url", "https://watcher.example/ping/2") == 0
    assert owner.again().heartbeat_url.get_secret_value().endswith("/2")


async def test_the_token_of_the_figures_is_one_too(owner: Owner):
    owner.file.write_text(f'{owner.file.read_text()}\n[metrics]\ntoken = "the-old-token-0123"\n')
    owner.settings = owner.again()
    with pytest.raises(Refusal, match=r"S040 .*16 characters or more"):
        await owner.replaces("metrics.token", "short")
    assert await owner.replaces("metrics.token", "the-new-token-0123") == 0
    assert owner.again().metrics.token.get_secret_value() == "the-new-token-0123"
    assert "Nobody can be asked whether it is right" in owner.text
    assert "figures could be read at /metrics" in owner.text


async def test_the_password_of_a_database_is_no_program_s_to_change(owner: Owner):
    one = secret_list.Kept("database", ("database",), "hunter2")
    wanted = Wanted("database", None, lambda _: "hunter3", lambda: True)
    with pytest.raises(Refusal, match="S041") as refused:
        await secret_replace._put(owner.settings, one, wanted, print)
    assert str(owner.file) in str(refused.value)
    assert "ALTER ROLE" in str(refused.value)


# A new one


async def test_a_key_is_tried_written_in_its_place_and_audited(owner: Owner):
    before = tomllib.loads(owner.file.read_text())
    assert await owner.replaces("rails.sandbox.api_key", NEW) == 0
    after = tomllib.loads(owner.file.read_text())
    assert after["rails"]["sandbox"].pop("api_key") == NEW
    before["rails"]["sandbox"].pop("api_key")
    assert after == before
    assert "Restart `mika run`" in owner.text
    assert "compare with the provider's list" in owner.text
    assert NEW not in owner.text
    async with opened(owner.again()) as house:
        assert await house.shop.db.read(acts) == ["rails.sandbox.api_key"]
        await house.shop.payments["sandbox"].well()


async def test_the_secret_of_notices_says_which_were_refused_meanwhile(owner: Owner):
    async with opened(owner.settings) as house:
        await house.shop.db.write(inbox.refuse, "sandbox", "the signature is another's")
        await house.shop.db.write(inbox.store, "sandbox", "evt-1", "{}")
    owner.settings = _with_key(owner)
    assert await owner.replaces("rails.sandbox.secret", "a-new-secret") == 0
    assert "1 that came since are known, and 1 were refused at the door" in owner.text
    assert "the signature is another's" in owner.text
    assert "None of them counted by itself" in owner.text


def _with_key(owner: Owner) -> Settings:
    """The key that the provider takes."""
    owner.file.write_text(with_value(owner.file.read_text(), ("rails", "sandbox", "api_key"), NEW))
    return owner.again()


async def test_the_age_is_that_of_the_last_replacement(owner: Owner):
    old = (datetime.now(UTC) - timedelta(days=40)).timestamp()
    await owner.replaces("rails.sandbox.api_key", NEW)
    os.utime(owner.file, (old, old))
    owner.said.clear()
    await secret_list.show(owner.again(), owner.said.append)
    ages = {line.split()[0]: line.split()[1] for line in owner.said[:-1]}
    assert (ages["rails.sandbox.api_key"], ages["rails.sandbox.secret"]) == ("0", "40")


async def test_the_vault_s_key_is_rotated_and_older_backups_are_named(owner: Owner, capsys: pytest.CaptureFixture[str]):
    assert await owner.replaces("vault") == 0
    assert "older backups need them" in capsys.readouterr().out
    assert "every backup made until now" in owner.text
    assert " unsold" in owner.text


# What is refused


@pytest.mark.parametrize(
    ("name", "new", "code", "why"),
    [
        ("rails.sandbox.api_key", "a-wrong-key-0123456789", "S042", ""),
        ("rails.sandbox.api_key", "", "S040", "nothing was given"),
        ("rails.sandbox.password", NEW, "S040", "there is no rails.sandbox.password"),
        ("rails.stripe.api_key", NEW, "S040", "there is no rails.stripe.api_key"),
    ],
)
async def test_what_can_not_be_it_changes_nothing(owner: Owner, name: str, new: str, code: str, why: str):
    assert why in await owner.is_refused(code, name, new)


async def test_the_same_one_is_no_new_one(owner: Owner):
    told = owner.settings.rails.sandbox
    assert told is not None
    assert "is the old one" in await owner.is_refused("S040", "rails.sandbox.api_key", told.api_key.get_secret_value())


async def test_a_provider_that_is_away_changes_nothing(owner: Owner):
    gone = with_value(owner.file.read_text(), ("rails", "sandbox", "url"), "http://127.0.0.1:9")
    owner.file.write_text(gone)
    owner.settings = owner.again()
    await owner.is_refused("S042", "rails.sandbox.api_key", NEW)


async def test_what_the_environment_says_is_set_there(owner: Owner):
    variable = "MIKA_RAILS__SANDBOX__API_KEY"
    assert f"Set {variable} anew" in await owner.is_refused("S041", "rails.sandbox.api_key", NEW, {variable: "x"})


async def test_a_full_disk_changes_nothing(owner: Owner, monkeypatch: pytest.MonkeyPatch):
    def full(file: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(rewriting.os, "fsync", full)
    assert "Make room" in await owner.is_refused("S041", "rails.sandbox.api_key", NEW)
    assert [path.name for path in owner.file.parent.glob("mika.toml*")] == ["mika.toml"]


async def test_a_file_that_is_mounted_is_changed_where_it_is_kept(
    owner: Owner, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    environ = mounted(owner, folder, "rails__sandbox__api_key", "the-old-key")

    def read_only(*_: Any, **__: Any) -> int:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(rewriting.os, "fsync", read_only)
    refused = await owner.is_refused("S041", "rails.sandbox.api_key", NEW, environ)
    assert "deploy/secrets/rails__sandbox__api_key or /etc/mika/rails__sandbox__api_key" in refused


async def test_a_value_that_is_not_tried_would_be_written(owner: Owner, monkeypatch: pytest.MonkeyPatch):
    """The negative control: it is the trying that keeps a wrong key out."""

    async def not_tried(*_: Any) -> None: ...

    monkeypatch.setattr(secret_replace, "_verify", not_tried)
    assert await owner.replaces("rails.sandbox.api_key", "a-wrong-key-0123456789") == 0
    assert "a-wrong-key" in owner.file.read_text()


async def test_a_file_written_in_another_form_is_left_to_its_owner(owner: Owner):
    text = owner.file.read_text().replace("[rails.sandbox]", "[rails]\n[rails.'sandbox']")
    owner.file.write_text(text)
    assert "yourself" in await owner.is_refused("S041", "rails.sandbox.api_key", NEW)


# The file


TOML = 'a = 1\n[rails.one]\nsecret = "x"  # of one\n[rails.two]\nsecret = \'x\'\n[[list]]\nsecret = "x"\n'


def test_one_value_changes_and_nothing_else():
    made = with_value(TOML, ("rails", "two", "secret"), 'q"uo\\te')
    assert tomllib.loads(made)["rails"] == {"one": {"secret": "x"}, "two": {"secret": 'q"uo\\te'}}
    assert made.splitlines()[2] == 'secret = "x"  # of one'


@pytest.mark.parametrize("place", [("rails", "three", "secret"), ("secret",), ("list", "secret")])
def test_what_is_not_there_is_not_written(place: tuple[str, ...]):
    with pytest.raises(NotThere):
        with_value(TOML, place, "y")


@pytest.mark.parametrize(
    "text",
    ["", "a = 1", "[telegram]\napi = 'x'\n", '[telegram.buyers]\ntoken = "t"\n', "[telegram]\nhook_generation = 4\n"],
)
def test_a_number_is_put_where_there_is_none(text: str):
    made = with_value(text, ("telegram", "hook_generation"), 5, adds=True)
    assert tomllib.loads(made)["telegram"]["hook_generation"] == 5


@pytest.mark.parametrize("text", ['s = """\n[a]\nsecret = "x"\n"""\n[a]\nb = 1\n', '[a]\n"secret" = "x"\n'])
def test_what_only_looks_like_it_is_left_alone(text: str):
    with pytest.raises(NotThere):
        with_value(text, ("a", "secret"), "y")


def test_a_link_to_the_file_stays_one(tmp_path: Path):
    (tmp_path / "kept").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    rewriting.replace_file(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "kept").read_text() == "new"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_root_leaves_the_file_to_whom_it_belongs(tmp_path: Path):
    file = tmp_path / "mika.toml"
    file.write_text("old")
    file.chmod(0o600)
    os.chown(file, 12345, 12346)
    rewriting.replace_file(file, b"new")
    told = file.stat()
    assert (told.st_uid, told.st_gid, told.st_mode & 0o777) == (12345, 12346, 0o600)


# Files of their own


async def test_a_secret_in_a_file_of_its_own_is_tried_from_beside_it(folder: Path):
    kept = folder / "mail-password"
    kept.write_text("the-old-password")
    kept.chmod(0o600)
    async with serving_mail(login=True) as server:
        at = f'host = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\nsender = "shop@example.org"\n'
        with (folder / "mika.toml").open("a") as file:
            file.write(f'\n[email]\n{at}user = "{USER}"\npassword_file = "mail-password"\n')
        owner = Owner(load(folder / "mika.toml", {}))
        await owner.is_refused("S042", "email.password", "not-the-password")
        assert kept.read_text() == "the-old-password"
        assert await owner.replaces("email.password", PASSWORD) == 0
    assert kept.read_text() == PASSWORD
    assert kept.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in folder.glob("mail-password*")] == ["mail-password"]  # noqa: ASYNC240
    assert f"{kept} has the new one" in owner.text
    assert "mails went to buyers since" in owner.text


async def test_a_file_of_its_own_that_is_mounted_is_changed_where_it_is_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    kept = folder / "mail-password"
    kept.write_text("the-old-password")
    with (folder / "mika.toml").open("a") as file:
        file.write('\n[email]\nhost = "127.0.0.1"\nsender = "shop@example.org"\npassword_file = "mail-password"\n')
        file.write(f'user = "{USER}"\n')
    owner = Owner(load(folder / "mika.toml", {}))

    def read_only(*_: Any, **__: Any) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", read_only)
        refused = await owner.is_refused("S041", "email.password", PASSWORD)
    assert "deploy/secrets/mail-password" in refused
    assert kept.read_text() == "the-old-password"


# The real ways to pay: what each provider takes is what is written, and nothing else


@dataclass(frozen=True)
class Way:
    """A way to pay whose provider knows the new value, and its block of mika.toml with the old one."""

    name: str
    old: str
    new: str
    double: Any
    block: Callable[[str], str]  # of the double's address


def the_ways() -> Iterator[Way]:
    key, other = "sk_test_" + "n" * 24, "sk_test_" + "o" * 24
    stripe = Stripe(api_key=key, secret="whsec_abc")
    yield Way(
        *("rails.stripe.api_key", other, key, stripe),
        lambda url: (
            f'[rails.stripe]\napi = "{url}"\naccount = "acct_1MikaShop"\napi_key = "{other}"\nsecret = "whsec_abc"\n'
        ),
    )
    yield Way(
        *("rails.epay.key", "OLD-KEY", "NEW-KEY", Epay("1001", "NEW-KEY")),
        lambda url: f'[rails.epay]\nurl = "{url}"\npid = "1001"\nkey = "OLD-KEY"\n',
    )
    token, before = f"1001:{'N' * 35}", f"1001:{'O' * 35}"
    yield Way(
        *("rails.crypto.token", before, token, CryptoPay(token)),
        lambda url: f'[rails.crypto]\nkind = "crypto_pay"\nurl = "{url}"\ntoken = "{before}"\n',
    )
    yield Way(
        *("rails.crypto.api_key", "old-key", "new-key", BtcPay("STORE1", api_key="new-key")),
        lambda url: (
            f'[rails.crypto]\nkind = "btcpay"\nurl = "{url}"\nstore = "STORE1"\napi_key = "old-key"\n'
            'secret = "hook secret"\n'
        ),
    )


@pytest.mark.parametrize("way", list(the_ways()), ids=lambda way: way.name)
async def test_the_key_of_each_way_to_pay_is_tried_at_its_provider(folder: Path, way: Way):
    file = folder / "mika.toml"
    async with way.double.served() as url:
        file.write_text(f'data = "."\n{way.block(url)}')
        owner = Owner(load(file, {}))
        await owner.is_refused("S042", way.name, f"{way.old}x")
        assert await owner.replaces(way.name, way.new) == 0
    value: Any = tomllib.loads(file.read_text())
    for part in way.name.split("."):
        value = value[part]
    assert value == way.new
    assert ("The provider answers." if way.name == "rails.epay.key" else "It was tried, and it works.") in owner.text
    assert way.old not in owner.text
    assert way.new not in owner.text


async def test_the_app_s_key_at_alipay_is_tried_from_beside_its_file(folder: Path):
    double, file = Alipay(), folder / "mika.toml"
    (folder / "app.pem").write_text(private_text(double.keys.stranger))
    (folder / "alipay.pem").write_text(double.keys.alipay_public)
    async with double.served():
        block = f'[rails.alipay]\napp_id = "{APP_ID}"\nseller_id = "{SELLER_ID}"\ngateway = "{double.gateway}"\n'
        keys = 'private_key = "app.pem"\npublic_key = "alipay.pem"\n'
        file.write_text(f'data = "."\n{block}{keys}')
        owner = Owner(load(file, {}))
        await owner.is_refused("S042", "rails.alipay.private_key", private_text(double.keys.alipay))
        await owner.is_refused("S040", "rails.alipay.private_key", "no key at all")
        assert (folder / "app.pem").read_text() == private_text(double.keys.stranger)
        assert await owner.replaces("rails.alipay.private_key", double.keys.app_private) == 0
    assert (folder / "app.pem").read_text() == double.keys.app_private
    assert sorted(path.name for path in folder.glob("app.pem*")) == ["app.pem"]  # noqa: ASYNC240


UNTRIED = "The provider answers. What signs its notices shows when one comes"


async def test_wechat_pay_s_key_of_notices_is_not_said_to_be_tried(folder: Path):
    double, file = WechatPay(), folder / "mika.toml"
    (folder / "apiclient_key.pem").write_text(double.keys.merchant_private)
    (folder / "pub_key.pem").write_text(double.keys.platform_public)
    told = {
        **{name: getattr(double.keys, name) for name in ("mchid", "appid", "serial", "public_key_id")},
        **{"private_key": "apiclient_key.pem", "public_key": "pub_key.pem", "api_v3_key": "o" * 32},
    }
    async with double.served():
        block = "".join(f'{name} = "{value}"\n' for name, value in (told | {"gateway": double.url}).items())
        file.write_text(f'data = "."\n[rails.wechat_pay]\n{block}')
        owner = Owner(load(file, {}))
        assert await owner.replaces("rails.wechat_pay.api_v3_key", "n" * 32) == 0
    assert UNTRIED in owner.text
    assert "it works" not in owner.text


async def test_nor_is_the_token_of_an_epusdt_gateway(folder: Path):
    file = folder / "mika.toml"
    async with Epusdt("new-token").served() as url:
        file.write_text(f'data = "."\n[rails.crypto]\nkind = "epusdt"\nurl = "{url}"\ntoken = "old-token"\n')
        owner = Owner(load(file, {}))
        assert await owner.replaces("rails.crypto.token", "new-token") == 0
    assert UNTRIED in owner.text
    assert "it works" not in owner.text


# Telegram


@pytest.fixture
async def api() -> AsyncIterator[Telegram]:
    async with served_telegram() as made:
        yield made


async def test_a_new_webhook_address_and_the_old_one_is_refused(folder: Path, api: Telegram):
    bot = api.add_bot("mika_shop_bot")
    listening = serving.listen("127.0.0.1", 0)
    file = folder / "mika.toml"
    said = f'[telegram]\napi = "{api.url}"\nreceive = "webhook"\n[telegram.buyers]\ntoken = "{bot.token}"\n'
    file.write_text(f"port = {serving.port_of(listening)}\n{file.read_text()}\n{said}")
    owner = Owner(load(file, {}))
    async with opened(owner.settings, parts=ALL) as house, serving.at_work(house, listening):
        old = await _hook_of(bot)
    assert await owner.replaces("telegram.webhook") == 0
    assert "Both bots have a new webhook address" in owner.text
    assert "Updates could be forged" in owner.text
    listening = serving.listen("127.0.0.1", owner.again().port)
    async with opened(owner.again(), parts=ALL) as house, serving.at_work(house, listening):
        new = await _hook_of(bot, but=old[0])
        async with httpx.AsyncClient(trust_env=False) as http:
            assert await _status(http, old[0], old[1]) == 401
            assert await _status(http, new[0], old[1]) == 401
            assert await _status(http, new[0], new[1]) == 200
    assert old[1] != new[1]


async def _hook_of(bot: Any, but: str = "") -> tuple[str, str]:
    async with asyncio.timeout(60):
        while not bot.updates.webhook.url or bot.updates.webhook.url == but:  # noqa: ASYNC110  another side sets it
            await asyncio.sleep(0.05)
    return bot.updates.webhook.url, bot.updates.webhook.secret


async def _status(http: httpx.AsyncClient, url: str, secret: str) -> int:
    headers = {"x-telegram-bot-api-secret-token": secret}
    return (await http.post(url, json={"update_id": 900_000}, headers=headers)).status_code


# The command


def test_the_command_refuses_by_its_code(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    with pytest.raises(SystemExit) as ended:
        cli.app(["secret", "replace", "rails.sandbox.api_key"])
    assert ended.value.code == 78
    assert "S040" in capsys.readouterr().err


def test_the_command_lists(folder: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        cli.app(["secret", "list"])
    assert ended.value.code == 0
    assert "rails.sandbox.secret" in capsys.readouterr().out
