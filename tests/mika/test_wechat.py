"""`mika wechat`: what the account may do and what is left to do, its menu, its settings; and a rehearsal on WeChat."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import pytest

from bot.buyers import buyers
from bot.chats.wechat.callback import PATH
from bot.chats.wechat.heard import TYPED
from bot.said import Said
from core.ground.words import LOCALES, sentence
from doubles.serving import listener
from doubles.wechat import WeChat, served_wechat
from doubles.wechat_accounts import Account
from doubles.wechat_menus import LONGEST_KEY, SUB, TOP, checked
from mika import cli, serving, wechat
from mika.refusals import Refusal
from mika.rehearse import rehearse
from mika.settings import Settings
from mika.settings_read import load
from mika.wiring import opened

CANARY = "canary-0f3b"
APPID, AES_KEY = "wx0123456789abcdef", "a" * 43
ACCOUNT = f'[wechat]\nappid = "{APPID}"\nsecret = "{CANARY}"\ntoken = "{CANARY}"\naes_key = "{AES_KEY}"\n'
TEMPLATE = '[wechat.template]\nid = "ready"\nfields = { character_string1 = "{number}", thing2 = "{product}" }\n'


@pytest.fixture
async def api() -> AsyncIterator[WeChat]:
    async with served_wechat() as made:
        yield made


@pytest.fixture
def account(api: WeChat) -> Account:
    made = api.add_account()
    made.add_template("ready", ("character_string1", "thing2"))
    return made


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def folder(folder: Path, account: Account) -> Path:
    """The demo shop with that account."""
    write(folder, account)
    return folder


def write(folder: Path, account: Account, more: str = "", **changed: str) -> Settings:
    """mika.toml with the account in it, at an address where nobody answers."""
    file, free = folder / "mika.toml", listener()
    port = free.getsockname()[1]
    free.close()
    told = {"appid": account.appid, "secret": account.secret, "token": account.token, "aes_key": account.aes_key}
    lines = [f'{name} = "{value}"' for name, value in (told | changed).items()]
    before = re.sub(r"(?m)^port = .*\n", "", file.read_text().partition("\n[wechat]")[0])
    first, _, rest = before.partition("\n[")
    first = f"{first}\nport = {port}\n"
    section = "\n".join(["", "[wechat]", f'api = "{account.api.url}"', *lines, more, ""])
    file.write_text(f"{first}{'[' if rest else ''}{rest}{section}")
    return load(file, {})


@asynccontextmanager
async def at_work(settings: Settings) -> AsyncIterator[None]:
    listening = serving.listen("127.0.0.1", settings.port)
    async with opened(settings) as house, serving.at_work(house, listening):
        yield


async def told(settings: Settings, said: list[str]) -> list[str]:
    """What is to do."""
    said.clear()
    status = await wechat.check(settings, said.append)
    todo = [line.removeprefix("TO DO  ") for line in said if line.startswith("TO DO")]
    assert (status, said[-1]) == ((1, f"{len(todo)} to do.") if todo else (0, "All is well."))
    assert not any(secret in "\n".join(said) for secret in secrets_of(settings))
    return todo


def secrets_of(settings: Settings) -> list[str]:
    assert settings.wechat is not None
    return [one.get_secret_value() for one in (settings.wechat.secret, settings.wechat.token, settings.wechat.aes_key)]


# check


async def test_a_shop_without_an_account_is_told_where_to_begin(settings: Settings, said: list[str]):
    assert await wechat.check(settings.changed(wechat=None), said.append) == 1
    assert [line for line in said if "no account" in line]


async def test_a_verified_service_account_is_told_all_it_may(settings: Settings, said: list[str]):
    todo = await told(settings, said)
    for what in ("menu: none yet", "template messages: allowed", "sign-in on pages: this account may", "reached"):
        assert len([line for line in todo if what in line]) == 1, what
    assert len(todo) == 4
    assert any(line.startswith("ok     messages of its own: yes") for line in said)
    assert any("codes to scan that lead to a product: yes" in line for line in said)


async def test_all_is_well_once_all_is_set_and_the_shop_runs(folder: Path, account: Account, said: list[str]):
    settings = write(folder, account, f"signs_in = true\n{TEMPLATE}")
    await wechat.menu(settings, "zh-CN", said.append)
    async with at_work(settings):
        assert await told(settings, said) == []
        account.token = "another-token"
        account.callback_url = f"{settings.address}{PATH}"
        assert not await account.check_url(), "the door would not open for another token"


@pytest.mark.parametrize("kind", ["service", "subscription"])
async def test_an_unverified_account_is_told_how_it_sells(
    settings: Settings, account: Account, said: list[str], kind: Literal["service", "subscription"]
):
    account.kind, account.verified = kind, False
    todo = await told(settings, said)
    assert any("messages of its own: no" in line and "领取" in line for line in said)
    assert any("template messages: not for this account" in line for line in said)
    assert any("OAuth): no" in line for line in said)
    assert any("codes to scan that lead to a product: no" in line for line in said)
    assert any("menu: not for this account" in line for line in said) is (kind == "subscription")
    assert [line.partition(":")[0] for line in todo if "menu" in line] == (["menu"] if kind == "service" else [])
    assert len(todo) == (2 if kind == "service" else 1)


async def test_what_is_set_and_may_not_be_is_to_do(folder: Path, account: Account, said: list[str]):
    settings = write(folder, account, f"signs_in = true\n{TEMPLATE}")
    account.verified = False
    todo = await told(settings, said)
    assert any("Take [wechat.template] out" in line for line in todo)
    assert any("Set `signs_in = false`" in line for line in todo)


async def test_a_template_that_is_not_the_accounts_is_to_do(folder: Path, account: Account, said: list[str]):
    settings = write(folder, account, TEMPLATE)
    account.templates.clear()
    assert any("no template of that id" in line for line in await told(settings, said))


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (lambda account: setattr(account, "secret", "another"), "secret is another account's"),
        (lambda account: account.api.accounts.clear(), "no account's"),
        (lambda account: setattr(account, "ip_whitelist", frozenset({"192.0.2.1"})), "IP whitelist"),
        (lambda account: setattr(account.api.faults, "outage", "busy"), "busy"),
        (lambda account: setattr(account.api.faults, "outage", "broken"), "can't be asked"),
    ],
    ids=["secret", "appid", "whitelist", "busy", "broken"],
)
async def test_an_account_that_is_not_let_in_is_told_why(
    settings: Settings, account: Account, said: list[str], wrong: Callable[[Account], Any], why: str
):
    wrong(account)
    todo = await told(settings, said)
    assert why in todo[0]
    assert len(todo) == 2, "and that the door is shut; nothing is guessed of what it may do"


@pytest.mark.parametrize("trouble", ["busy", "broken"])
@pytest.mark.parametrize(
    "name", ["message/custom/send", "message/template/send", "qrcode/create", "sns/oauth2/access_token"]
)
async def test_trouble_in_the_middle_is_said_and_is_no_ability(
    settings: Settings, account: Account, said: list[str], name: str, trouble: Any
):
    account.api.faults.give(name, trouble)
    todo = await told(settings, said)
    assert len([line for line in todo if "can't be asked" in line]) == 1


async def test_a_door_of_another_shop_is_to_do(folder: Path, account: Account, said: list[str]):
    """Something answers there, which does not know this account's token."""
    settings = write(folder, account)
    async with at_work(write(folder, account, token="another-token").changed(port=settings.port)):
        assert any("does not answer a greeting" in line for line in await told(settings, said))


# menu


async def test_a_menu_is_made_of_what_is_sold(settings: Settings, account: Account, said: list[str]):
    await wechat.menu(settings, "zh-CN", said.append)
    assert [one["name"] for one in account.menu] == ["货架", "选择", "我的"]
    assert "Steam" in said[0]
    assert "made" in said[-1]


@pytest.mark.parametrize("locale", LOCALES)
async def test_a_menu_is_small_enough_and_each_button_leads_somewhere(settings: Settings, locale: str):
    async with opened(settings, with_site=False) as house:
        made = await house.shop.db.read(wechat.menu_of, locale)
        buttons = [one for top in made["button"] for one in top["sub_button"]]
        assert len(made["button"]) <= TOP
        assert all(1 <= len(top["sub_button"]) <= SUB for top in made["button"])
        assert [checked(top, sub=False) for top in made["button"]]
        assert max(len(one["key"].encode()) for one in buttons) <= LONGEST_KEY
        assert len({one["name"] for one in buttons}) == len({one["key"] for one in buttons}) == len(buttons)
        lost = await buyers.answer(house.shop, Said("wechat", "o-lost-0123456789", "0", "", "no-such-verb"))
        for number, one in enumerate(buttons, 1):
            key = one["key"]
            if key.startswith(TYPED):
                assert key.isdecimal() or key == f">{sentence(locale, 'choose-next-page')}"
                continue
            assert key.partition(" ")[0] in {*buyers.handlers, *buyers.openings}, key
            message = await buyers.answer(house.shop, Said("wechat", "o-lin-0123456789", str(number), "", key))
            assert message.text != lost.text, key


async def test_a_number_of_the_menu_picks_what_was_offered(settings: Settings):
    async with opened(settings, with_site=False) as house:
        keys = [one["key"] for one in (await house.shop.db.read(wechat.menu_of, "zh-CN"))["button"][1]["sub_button"]]
    assert keys == ["1", "2", "3", "4", ">下一页"]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (lambda account: setattr(account, "secret", "another"), "secret"),
        (lambda account: account.__dict__.update(kind="subscription", verified=False), "may have none"),
        (lambda account: setattr(account.api.faults, "outage", "broken"), "no answer"),
    ],
    ids=["secret", "kind", "broken"],
)
async def test_s023_a_menu_that_is_not_made(
    settings: Settings, account: Account, said: list[str], wrong: Callable[[Account], Any], why: str
):
    wrong(account)
    with pytest.raises(Refusal, match="S023") as refused:
        await wechat.menu(settings, "zh-CN", said.append)
    assert why in str(refused.value)
    assert not any(secret in str(refused.value) for secret in secrets_of(settings))
    assert (account.menu, said) == ([], [])


async def test_s023_no_account_no_menu(settings: Settings, said: list[str]):
    with pytest.raises(Refusal, match="S023"):
        await wechat.menu(settings.changed(wechat=None), "zh-CN", said.append)


@pytest.mark.parametrize("command", ["check", "menu"])
def test_the_commands_are_there(command: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        cli.app(["wechat", command, "--help"])
    assert ended.value.code == 0
    assert "menu" in capsys.readouterr().out.lower() or command == "check"


# Settings


def refused(text: str) -> Refusal:
    Path("mika.toml").write_text(text)
    with pytest.raises(Refusal) as caught:
        load(environ={})
    assert CANARY not in str(caught.value)
    return caught.value


def test_an_account_and_its_template():
    Path("mika.toml").write_text(f"{ACCOUNT}{TEMPLATE}")
    found = load(environ={"MIKA_WECHAT__SIGNS_IN": "true"})
    assert found.wechat is not None
    assert found.wechat.template is not None
    assert (found.wechat.appid, found.wechat.signs_in, found.wechat.template.id) == (APPID, True, "ready")
    assert (found.wechat.api, found.wechat.sign_in) == ("https://api.weixin.qq.com", "https://open.weixin.qq.com")
    assert found.wechat.secret.get_secret_value() == CANARY
    assert not any(secret in f"{found!r} {found}" for secret in (CANARY, AES_KEY))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (ACCOUNT.replace(APPID, CANARY), "wechat.appid"),
        (ACCOUNT.replace(APPID, APPID.upper()), "wechat.appid"),
        (ACCOUNT.replace(AES_KEY, CANARY), "wechat.aes_key"),
        (ACCOUNT.replace(AES_KEY, "a" * 42), "wechat.aes_key"),
        (ACCOUNT.replace(AES_KEY, "a" * 42 + "!"), "wechat.aes_key"),
        (f'{ACCOUNT}api = "api.weixin.qq.com"\n', "wechat.api"),
        (f'{ACCOUNT}sign_in = "ftp://open.weixin.qq.com"\n', "wechat.sign_in"),
        (f'{ACCOUNT}signs_in = "{CANARY}"\n', "wechat.signs_in"),
        (f'{ACCOUNT}password = "{CANARY}"\n', "wechat.password"),
        (f'{ACCOUNT}[wechat.template]\nid = "ready"\n', "wechat.template.fields"),
        (f"{ACCOUNT}{TEMPLATE.replace('ready', 'no id')}", "wechat.template.id"),
        (f"{ACCOUNT}{TEMPLATE.replace('{product}', '{code}')}", "wechat.template.fields"),
        (f"{ACCOUNT}{TEMPLATE.replace('{product}', '{')}", "wechat.template.fields"),
        (f"{ACCOUNT}{TEMPLATE.replace('{product}', '{product.text}')}", "wechat.template.fields"),
    ],
)
def test_s004_for_what_is_said_of_wechat(text: str, names: str):
    refusal = refused(text)
    assert (refusal.code, f"`{names}`" in refusal.happened) == ("S004", True), str(refusal)


@pytest.mark.parametrize("name", ["appid", "secret", "token", "aes_key"])
def test_s005_an_account_that_is_named_has_all_it_takes(name: str):
    for text in (re.sub(f"(?m)^{name} = .*$", "", ACCOUNT), re.sub(f"(?m)^{name} = .*$", f'{name} = ""', ACCOUNT)):
        refusal = refused(text)
        assert (refusal.code, f"wechat has no `{name}`" in refusal.happened) == ("S005", True), str(refusal)
        assert ("[wechat]" in refusal.todo, f"WECHAT__{name.upper()}" in refusal.todo) == (True, True)


# A rehearsal


async def test_a_rehearsal_on_wechat_arrives_at_the_code(settings: Settings, api: WeChat):
    """At a platform of its own: the shop's account is told nothing."""
    lines: list[str] = []
    report = await rehearse(settings, "wechat", "zh-CN", None, lines.append)
    assert report.ok, f"{report.why}\n{lines}"
    assert {"open_seconds", "paid_to_code_seconds", "seconds"} <= report.figures.keys()
    assert not re.search(r"DEMO.-?[0-9A-Z]{5}", "\n".join(lines)), "a whole code stands in the transcript"
    assert api.calls == []
