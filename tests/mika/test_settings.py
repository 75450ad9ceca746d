"""Missing or wrong settings: the program says what happened and what to do, and never a secret."""

from __future__ import annotations

import json
import logging
import re
import socket
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

import payments
from core.ground.money import Money
from core.ground.rules import Rules
from core.ground.vault import KeyRing
from doubles.wechat_keys import Keys
from mika import cli, logs, refusals, serving, wiring
from mika.chat_settings import TelegramSettings
from mika.rails import rails
from mika.refusals import Refusal
from mika.settings import Settings, SupplierSettings
from mika.settings_read import is_set_up, load

CANARY = "canary-0f3b"
SANDBOX = f"""
[rails.sandbox]
url = "http://127.0.0.1:8001"
api_key = "{CANARY}"
secret = "{CANARY}"
"""
SUPPLIER = f"""
[suppliers.sandbox]
url = "http://127.0.0.1:8002"
api_key = "{CANARY}"
"""


def refused(text: str = "", **environ: str) -> Refusal:
    """Why these settings won't do."""
    Path("mika.toml").write_text(text)
    with pytest.raises(Refusal) as caught:
        load(environ=environ)
    assert CANARY not in str(caught.value)
    return caught.value


def test_nothing_set_is_a_whole_set_of_settings(tmp_path: Path):
    found = load(environ={})
    assert (found.host, found.port, found.address) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert found.database_url == f"sqlite+aiosqlite:///{tmp_path}/data/shop.db"
    assert found.key_path == tmp_path / "data" / "key"
    assert found.rules().review_above == Rules().review_above == Money(100000, "CNY")
    assert not is_set_up({})


def test_the_environment_counts_more_than_the_file_and_both_are_read():
    Path("mika.toml").write_text(f'port = 9000\nreview_above = "350.50"\nhold_minutes = 5\n{SANDBOX}')
    environ = {
        "MIKA_PORT": "9100",
        "MIKA_SHOP_NAME": "Kiosk",
        "MIKA_EMBED_ORIGINS": "https://a.example, https://b.example/",
        "MIKA_RAILS__SANDBOX__ACCOUNT": "ours",
    }
    found = load(environ=environ)
    assert (found.port, found.hold_minutes, found.embed_origins) == (
        9100,
        5,
        ("https://a.example", "https://b.example"),
    )
    assert found.rails.sandbox and found.rails.sandbox.account == "ours"
    assert found.rails.sandbox.secret.get_secret_value() == CANARY
    assert CANARY not in repr(found)


def test_settings_become_rules():
    Path("mika.toml").write_text('currency = "JPY"\nreview_above = 5000\nreview_hours = 3\nhand_hours = 1\n')
    rules = load(environ={}).rules()
    assert rules.review_above == Money(5000, "JPY")
    assert (rules.review_within, rules.hand_within, rules.hold) == (
        timedelta(hours=3),
        timedelta(hours=1),
        timedelta(minutes=15),
    )


def test_paths_begin_where_the_file_is(tmp_path: Path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "mika.toml").write_text('data = "here"\nkey_file = "/run/keys/mika"\n')
    found = load(environ={"MIKA_CONFIG": "etc/mika.toml"})
    assert (found.data, found.key_path) == (tmp_path / "etc" / "here", Path("/run/keys/mika"))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("sqlite+aiosqlite:///shop.db", "sqlite+aiosqlite:///{etc}/shop.db"),
        ("sqlite+aiosqlite:///here/shop.db?timeout=5", "sqlite+aiosqlite:///{etc}/here/shop.db?timeout=5"),
        ("sqlite+aiosqlite:////var/shop.db", "sqlite+aiosqlite:////var/shop.db"),
        ("sqlite+aiosqlite:///:memory:", "sqlite+aiosqlite:///:memory:"),
        ("postgresql+asyncpg://mika@db/shop", "postgresql+asyncpg://mika@db/shop"),
    ],
)
def test_a_databases_file_begins_where_the_settings_file_is(tmp_path: Path, written: str, meant: str):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "mika.toml").write_text(f'database = "{written}"\n')
    found = load(environ={"MIKA_CONFIG": "etc/mika.toml"})
    assert found.database_url == meant.format(etc=tmp_path / "etc")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "shop.local", ""])
def test_s004_a_shop_for_others_needs_its_public_url(host: str):
    refusal = refused(f'host = "{host}"')
    assert refusal.code == "S004"
    assert 'public_url = "https://shop.example"' in refusal.happened
    Path("mika.toml").write_text(f'host = "{host}"\npublic_url = "https://mika.example"')
    assert load(environ={}).address == "https://mika.example"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_a_shop_for_this_machine_needs_none(host: str):
    Path("mika.toml").write_text(f'host = "{host}"')
    assert load(environ={}).host == host


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("prot = 8000", "prot"),
        ("port = 70000", "port"),
        ('port = "8000x"', "port"),
        (f'zone = "{CANARY}"', "zone"),
        (f'database = "mysql://u:{CANARY}@db/x"', "database"),
        (f'public_url = "https://{CANARY}@shop.example"', "public_url"),
        ('public_url = "https://shop.example/shop"', "public_url"),
        ("review_above = 12.5", "review_above"),
        ('review_above = "12.345"', "review_above"),
        ("hold_minutes = 0", "hold_minutes"),
        ('shop_name = { de = "Laden" }', "shop_name"),
        ('embed_origins = ["https://a.example/x"]', "embed_origins.0"),
        (f'[rails.sandbox]\nsecert = "{CANARY}"', "rails.sandbox.secert"),
        ("[rails.strype]", "rails.strype"),
        (f'[rails.stripe]\napi_key = "{CANARY}"', "rails.stripe.api_key"),
        (f'[rails.stripe]\napi_key = "pk_live_{CANARY}"', "rails.stripe.api_key"),
        (f'[rails.stripe]\nsecret = "{CANARY}"', "rails.stripe.secret"),
        (f'[rails.stripe]\naccount = "{CANARY}"', "rails.stripe.account"),
        (f"[rails]\nsandbox = '{CANARY}'", "rails.sandbox"),
        (f'[suppliers.sandbox]\nsecret = "{CANARY}"', "suppliers.sandbox.secret"),
        ("[suppliers.fulu]", "suppliers.fulu"),
        ("supply_hours = 0", "supply_hours"),
    ],
)
def test_s004_names_the_setting_that_is_wrong(text: str, names: str):
    refusal = refused(text)
    assert refusal.code == "S004"
    assert f"`{names}`" in refusal.happened


@pytest.mark.parametrize(
    ("text", "like"),
    [
        (f'[rails.stripe]\naccount = "{CANARY}"', "should be the account, like acct_..."),
        ('[rails.epay]\npid = "1 2"', "should be letters, digits and signs without spaces, 120 at most"),
        ('[email]\nhost = "https://smtp.example.org"', "should be a server's name, such as smtp.example.org"),
        ('[wechat]\nappid = "kiosk"', "should be the AppID, wx and 16 digits or letters"),
        ('[backups]\nto = "/there"\nregion = "US East"', "should be a region such as us-east-1"),
        ('currency = "yuan"', "should be a currency such as CNY"),
        (f'shop_name = "{"K" * 41}"', "should be one line of 40 characters at most"),
    ],
)
def test_s004_says_what_a_setting_should_be_like(text: str, like: str):
    assert refused(text).happened.endswith(f": {like}.")


def test_no_setting_has_a_form_that_is_told_as_a_pattern():
    told = re.findall(r'"pattern": ("[^"]+")', json.dumps(Settings.model_json_schema()))
    assert {form for form in told if r"\\d*" not in form} == set()  # that one is of amounts, which say what they are


@pytest.mark.parametrize(
    "environ",
    [{"MIKA_PROT": CANARY}, {"MIKA_RAILS": CANARY}, {"MIKA_PORT": CANARY}, {"MIKA_SHOP_NAME": '{"en": "' + CANARY}],
)
def test_s004_for_what_the_environment_says(environ: dict[str, str]):
    assert refused(**environ).code == "S004"


@pytest.mark.parametrize("missing", ["url", "api_key", "secret"])
def test_s005_a_rail_is_used_with_all_its_secrets_or_not_at_all(missing: str):
    text = "\n".join(line for line in SANDBOX.splitlines() if not line.startswith(missing))
    refusal = refused(text)
    assert (refusal.code, f"`{missing}`" in refusal.happened) == ("S005", True)


STRIPE = f"""
[rails.stripe]
api_key = "rk_live_51{CANARY.replace("-", "")}"
account = "acct_1Mika"
secret = "whsec_{CANARY.replace("-", "")}"
"""


@pytest.mark.parametrize("missing", ["account", "api_key", "secret"])
def test_s005_stripe_likewise(missing: str):
    text = "\n".join(line for line in STRIPE.splitlines() if not line.startswith(missing))
    refusal = refused(text)
    assert (refusal.code, f"`{missing}`" in refusal.happened) == ("S005", True)
    assert "[rails.stripe]" in refusal.todo


def test_stripes_mode_is_its_keys():
    for key, mode in (("rk_live_51", "live"), ("sk_test_51", "test")):
        Path("mika.toml").write_text(STRIPE.replace("rk_live_51", key))
        found = load(environ={})
        assert CANARY.replace("-", "") not in repr(found)
        rail = rails(found.rails, found.address, found.currency)["stripe"]
        assert (rail.name, rail.account, rail.mode, rail.listens) == ("stripe", "acct_1Mika", mode, True)


ALIPAY = """
[rails.alipay]
app_id = "2021000123456789"
seller_id = "2088102177846880"
private_key = "keys/app.pem"
public_key = "/keys/alipay.pem"
"""


@pytest.mark.parametrize("missing", ["app_id", "seller_id", "private_key", "public_key"])
def test_s005_alipay_likewise(missing: str):
    refusal = refused("\n".join(line for line in ALIPAY.splitlines() if not line.startswith(missing)))
    assert (refusal.code, f"`{missing}`" in refusal.happened) == ("S005", True)


WECHAT = f"""
[rails.wechat_pay]
mchid = "1900000109"
appid = "wxd678efh567hg6787"
serial = "444F4864"
private_key = "keys/apiclient_key.pem"
api_v3_key = "{CANARY}"
public_key = "keys/pub_key.pem"
public_key_id = "PUB_KEY_ID_1"
"""


@pytest.mark.parametrize(
    "missing", ["mchid", "appid", "serial", "private_key", "api_v3_key", "public_key", "public_key_id"]
)
def test_s005_wechat_pay_likewise(missing: str):
    refusal = refused("\n".join(line for line in WECHAT.splitlines() if not line.startswith(f"{missing} ")))
    assert (refusal.code, f"`{missing}`" in refusal.happened) == ("S005", True)


def test_wechat_pay_may_be_known_by_its_certificates_alone():
    Path("mika.toml").write_text(WECHAT.replace("public_key =", "certificates =").replace("public_key_id", "#"))
    found = load(environ={}).rails.wechat_pay
    assert found and found.certificates and found.api_v3_key.get_secret_value() == CANARY


@pytest.mark.parametrize(
    ("line", "environ", "devices"),
    [
        ("", {}, {"scan"}),
        ('products = ["native", "jsapi", "h5"]', {}, {"scan", "inside", "phone"}),
        ("", {"MIKA_RAILS__WECHAT_PAY__PRODUCTS": '["native", "jsapi"]'}, {"scan", "inside"}),
    ],
)
def test_wechat_pay_can_do_what_the_merchant_has_switched_on(tmp_path: Path, line, environ, devices):
    keys = Keys.made()
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "apiclient_key.pem").write_text(keys.merchant_private)
    (tmp_path / "keys" / "pub_key.pem").write_text(keys.platform_public)
    Path("mika.toml").write_text(WECHAT.replace(CANARY, CANARY[:32].ljust(32, "0")) + line)
    found = load(environ=environ)
    assert rails(found.rails, found.address, found.currency)["wechat_pay"].abilities.devices == devices


@pytest.mark.parametrize("products", ["[]", '["jsapi"]', '["app"]', '"native"', '["native", 1]'])
def test_a_product_that_is_none_is_refused(products: str):
    assert "products" in refused(f"{WECHAT}products = {products}").happened


def test_key_files_are_looked_for_beside_the_settings_and_read_when_the_shop_opens(tmp_path: Path):
    Path("mika.toml").write_text(ALIPAY)
    found = load(environ={})
    assert found.rails.alipay
    assert (found.rails.alipay.private_key, found.rails.alipay.public_key) == (
        tmp_path / "keys" / "app.pem",
        Path("/keys/alipay.pem"),
    )
    with pytest.raises(Refusal) as caught:
        rails(found.rails, found.address, found.currency)
    assert (caught.value.code, "`rails.alipay.private_key`" in caught.value.happened) == ("S004", True)


def test_s004_a_key_file_holds_no_key_and_is_not_quoted(tmp_path: Path):
    (tmp_path / "app.pem").write_text(CANARY)
    Path("mika.toml").write_text(ALIPAY.replace("keys/app.pem", "app.pem").replace("/keys/alipay.pem", "app.pem"))
    found = load(environ={})
    with pytest.raises(Refusal) as caught:
        rails(found.rails, found.address, found.currency)
    assert caught.value.code == "S004"
    assert CANARY not in str(caught.value)


OTHERS = {
    "epay": f'[rails.epay]\nurl = "https://pay.example/xpay"\npid = "1001"\nkey = "{CANARY}"\n',
    "crypto_pay": f'[rails.crypto]\nkind = "crypto_pay"\ntoken = "12345:{CANARY}"\n',
    "btcpay": f'[rails.crypto]\nkind = "btcpay"\nurl = "https://pay.example"\nstore = "S1"\n'
    f'api_key = "{CANARY}"\nsecret = "{CANARY}"\n',
    "epusdt": f'[rails.crypto]\nkind = "epusdt"\nurl = "https://pay.example"\ntoken = "{CANARY}"\n',
}
NEEDED = [
    (name, line.split(" ")[0]) for name, text in OTHERS.items() for line in text.splitlines()[1:] if "kind" not in line
]


@pytest.mark.parametrize(("name", "missing"), NEEDED)
def test_s005_every_rail_has_what_it_takes(name: str, missing: str):
    refusal = refused("\n".join(line for line in OTHERS[name].splitlines() if not line.startswith(f"{missing} ")))
    assert (refusal.code, f"`{missing}`" in refusal.happened) == ("S005", True)


@pytest.mark.parametrize("name", OTHERS)
def test_a_rail_that_is_named_is_made(name: str):
    Path("mika.toml").write_text(f'public_url = "https://shop.example"\n{OTHERS[name]}')
    found = load(environ={})
    assert CANARY not in repr(found)
    [made] = rails(found.rails, found.address, found.currency).values()
    assert isinstance(made, payments.load(name))
    assert (made.name, made.mode, made.listens) == ("epay" if name == "epay" else "crypto", "live", True)


@pytest.mark.parametrize("told", ["", 'kind = "bitcoin"', 'kind = "btcpay"\nnetwork = "trc20"'])
def test_s004_for_a_way_to_take_coins_that_there_is_not(told: str):
    assert refused(f"[rails.crypto]\n{told}").code == "S004"


@pytest.mark.parametrize("missing", ["url", "api_key"])
def test_s005_a_supplier_likewise(missing: str):
    text = "\n".join(line for line in SUPPLIER.splitlines() if not line.startswith(missing))
    refusal = refused(text)
    assert (refusal.code, f"`{missing}`" in refusal.happened) == ("S005", True)
    assert "[suppliers.sandbox]" in refusal.todo


def test_a_supplier_that_is_named_is_known_to_the_shop():
    Path("mika.toml").write_text(f"supply_hours = 6\n{SUPPLIER}")
    found = load(environ={})
    assert CANARY not in repr(found)
    assert found.rules().supply_within == timedelta(hours=6)
    assert list(wiring.sources(found)) == ["sandbox"]
    assert wiring.sources(found.changed(suppliers=SupplierSettings())) == {}


# Telegram

TOKENS = ("11111111:" + "A" * 28 + CANARY, "22222222:" + "B" * 28 + CANARY)
BOTS = f"""
[telegram.buyers]
token = "{TOKENS[0]}"
[telegram.staff]
token = "{TOKENS[1]}"
"""


def test_two_bots_and_how_they_are_reached():
    Path("mika.toml").write_text(BOTS)
    found = load(environ={"MIKA_TELEGRAM__STAFF__TOKEN": TOKENS[1].replace("2", "3", 1)})
    telegram = found.telegram
    assert telegram.buyers and telegram.staff
    assert (telegram.buyers.id, telegram.staff.id) == (11111111, 32222222)
    assert telegram.buyers.token.get_secret_value() == TOKENS[0]
    assert (telegram.api, telegram.spoiler, telegram.protect) == ("https://api.telegram.org", False, False)
    assert (telegram.per_second, telegram.per_chat, telegram.per_group) == (30, 1, 20)
    assert CANARY not in f"{found!r} {found}"


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("", "polling"),
        ('public_url = "http://shop.example"', "polling"),
        ('public_url = "https://127.0.0.1:8443"', "polling"),
        ('public_url = "https://localhost"', "polling"),
        ('public_url = "https://shop.example"', "webhook"),
        ('public_url = "https://shop.example"\n[telegram]\nreceive = "polling"', "polling"),
        ('[telegram]\nreceive = "webhook"\napi = "http://127.0.0.1:8081"', "webhook"),  # a Bot API server of one's own
    ],
)
def test_how_updates_come(text: str, how: str):
    Path("mika.toml").write_text(text)
    assert load(environ={}).receive == how


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (f'[telegram.buyers]\ntoken = "{CANARY}"', "telegram.buyers.token"),
        (f'[telegram.staff]\ntoken = "11111111:{CANARY}"', "telegram.staff.token"),
        (f'[telegram.staff]\ntoken = "{TOKENS[0]} "', "telegram.staff.token"),
        (BOTS.replace(TOKENS[1], TOKENS[0]), "telegram.staff.token"),
        ('[telegram]\nreceive = "webhook"', "telegram.receive"),
        ('[telegram]\nreceive = "pigeon"', "telegram.receive"),
        ('[telegram]\napi = "api.telegram.org"', "telegram.api"),
        ("[telegram]\nper_second = 0", "telegram.per_second"),
        (f'[telegram]\ntoken = "{CANARY}"', "telegram.token"),
        ('[telegram.admins]\ntoken = "x"', "telegram.admins"),
    ],
)
def test_s004_for_what_is_said_of_telegram(text: str, names: str):
    refusal = refused(text)
    assert (refusal.code, f"`{names}`" in refusal.happened) == ("S004", True), str(refusal)


def test_s004_the_same_bot_twice_is_told_why():
    assert "reads along" in refused(BOTS.replace(TOKENS[1], TOKENS[0])).happened


@pytest.mark.parametrize("bot", ["buyers", "staff"])
def test_s005_a_bot_that_is_named_has_a_token(bot: str):
    for text in (f"[telegram.{bot}]", f'[telegram.{bot}]\ntoken = ""'):
        refusal = refused(text)
        assert refusal.code == "S005"
        assert f"[telegram.{bot}]" in refusal.todo
        assert f"{bot.upper()}__TOKEN" in refusal.todo


def test_s005_stars_are_paid_to_the_buyers_bot():
    staff_only = f'[rails.telegram_stars]\n[telegram.staff]\ntoken = "{TOKENS[1]}"'
    for text in ("[rails.telegram_stars]", staff_only, "[rails.telegram_stars]\n[telegram.buyers]"):
        refusal = refused(text)
        assert refusal.code == "S005"
        assert ("[telegram.buyers]" in refusal.todo, "BUYERS__TOKEN" in refusal.todo) == (True, True)
    assert "telegram_stars has no buyers' bot" in refused("[rails.telegram_stars]").happened
    assert refused(f"{BOTS}[rails.telegram_stars]\ntoken = '{CANARY}'").code == "S004"  # nothing is set there


async def test_stars_are_taken_by_the_bot_whose_token_it_is():
    found = load(environ={"MIKA_TELEGRAM__BUYERS__TOKEN": TOKENS[0], "MIKA_RAILS__TELEGRAM_STARS": "{}"})
    assert CANARY not in repr(found.buyers_bot)
    made = rails(found.rails, found.address, found.currency, bot=found.buyers_bot)
    assert [(rail.name, rail.account, rail.listens) for rail in made.values()] == [
        ("telegram_stars", "11111111", False)
    ]
    for rail in made.values():
        await rail.aclose()
    assert rails(found.rails.model_copy(update={"telegram_stars": None}), found.address, found.currency) == {}


def test_s004_a_token_of_the_environment_is_not_quoted():
    assert refused(MIKA_TELEGRAM__BUYERS__TOKEN=CANARY).code == "S004"


def test_s009_a_settings_file_that_can_not_be_read():
    assert refused(f"secret = '{CANARY}").code == "S009"
    assert refused(MIKA_CONFIG="elsewhere.toml").code == "S009"


def test_s001_no_key_no_shop():
    with pytest.raises(Refusal, match="S001") as caught:
        wiring.key_ring(load(environ={}))
    assert "mika init" in caught.value.todo


def test_s001_a_key_others_can_read_is_not_used(settings: Settings):
    settings.key_path.chmod(0o640)
    with pytest.raises(Refusal, match=r"S001.*others can read"):
        wiring.key_ring(settings)


@pytest.mark.parametrize("text", ["", "{}", '{"keys": {"1": "AAAA"}, "current": 1, "pepper": "AAAA"}', "\x00\xff"])
def test_s001_a_key_file_that_is_none(settings: Settings, text: str):
    settings.key_path.write_text(text)
    with pytest.raises(Refusal, match="S001"):
        wiring.key_ring(settings)


async def test_s002_a_database_that_is_not_to_be_had(settings: Settings):
    there = settings.changed(database=f"postgresql+asyncpg://mika:{CANARY}@127.0.0.1:1/shop")
    with pytest.raises(Refusal, match="S002") as caught:
        async with wiring.opened(there):
            pass
    assert CANARY not in str(caught.value)


async def test_s002_a_file_that_is_no_database(settings: Settings):
    (settings.data / "shop.db").write_bytes(b"not a database, and long enough to be looked at" * 100)
    with pytest.raises(Refusal, match="S002"):
        async with wiring.opened(settings):
            pass


async def test_s003_a_database_that_has_not_our_schema(settings: Settings):
    (settings.data / "shop.db").write_bytes(b"")
    with pytest.raises(Refusal, match="S003") as caught:
        async with wiring.opened(settings):
            pass
    assert "mika migrate" in caught.value.todo


async def test_s006_another_shops_key(settings: Settings):
    settings.key_path.unlink()
    KeyRing.fresh().save(settings.key_path)
    with pytest.raises(Refusal, match="S006"):
        async with wiring.opened(settings):
            pass


def test_s007_a_port_that_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(Refusal, match=r"S007.*another program"):
        serving.listen("127.0.0.1", other.getsockname()[1])


def test_every_refusal_says_what_happened_and_what_to_do():
    for code, (happened, todo) in refusals.REASONS.items():
        assert code.startswith("S0")
        assert happened.endswith((".", "}"))
        assert todo.endswith((".", "{todo}"))  # where each cause has its own cure


@pytest.mark.parametrize("command", ["run", "invariants", "chat"])
def test_a_command_refuses_with_status_78_and_two_lines(command: str, capsys: pytest.CaptureFixture[str]):
    Path("mika.toml").write_text("port = 0")
    with pytest.raises(SystemExit) as ended:
        cli.app([command])
    assert ended.value.code == 78
    printed = capsys.readouterr().err
    assert printed.startswith("mika: S004 ")
    assert "Traceback" not in printed


@pytest.mark.parametrize(
    "command", ["run", "migrate", "stock list", "backup shop.backup", "restore --from latest", "key --paper"]
)
def test_s047_where_no_shop_is_none_is_made(command: str, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    with pytest.raises(SystemExit) as ended:
        cli.app(command.split())
    assert ended.value.code == 78
    assert capsys.readouterr().err.startswith(f"mika: S047 There is no shop in {tmp_path}.")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("there", ["mika.toml", "data/key", "MIKA_PORT"])
def test_s047_is_not_said_where_settings_or_a_key_are(
    there: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    if there.startswith("MIKA_"):
        monkeypatch.setenv(there, "8017")
    else:
        Path(there).parent.mkdir(exist_ok=True)
        Path(there).touch(0o600)
    with pytest.raises(SystemExit):
        cli.app(["stock", "list"])
    assert capsys.readouterr().err.startswith("mika: S001 ")


def test_a_new_shop_in_two_commands(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    for command in ("key", "migrate", "migrate", "invariants"):
        Path("mika.toml").touch()
        with pytest.raises(SystemExit) as ended:
            cli.app([command])
        assert ended.value.code == 0, capsys.readouterr().err
    assert "Everything holds" in capsys.readouterr().out
    modes = {path.name: path.stat().st_mode & 0o777 for path in [tmp_path / "data", *(tmp_path / "data").iterdir()]}
    assert set(modes.values()) <= {0o600, 0o700}, modes
    with pytest.raises(SystemExit) as ended:  # a second key would be the end of the first one's stock
        cli.app(["key"])
    assert ended.value.code == 78


def test_a_bug_is_one_line_without_what_it_quotes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    def broken(*_: object, **__: object) -> None:
        raise ValueError(CANARY)

    monkeypatch.setattr("mika.settings_read.load", broken)
    with pytest.raises(SystemExit) as ended:
        cli.app(["migrate"])
    printed = capsys.readouterr().err
    assert ended.value.code == 70
    assert "ValueError" in printed
    assert CANARY not in printed
    assert "Traceback" not in printed


def test_the_log_tells_where_and_not_what(tmp_path: Path):
    logs.set_up("info", "json", tmp_path / "mika.log")
    try:
        raise ValueError(CANARY)
    except ValueError:
        logging.getLogger("ours").exception("it broke")
        structlog.get_logger().exception("it broke")
    logging.getLogger("httpx").info("GET https://%s", CANARY)
    structlog.get_logger().info("open", address="x")
    text = (tmp_path / "mika.log").read_text()
    assert CANARY not in text
    rows = [json.loads(line) for line in text.splitlines()]
    assert [row["event"] for row in rows] == ["it broke", "it broke", "open"]
    assert rows[0]["error"] == rows[1]["error"] == "ValueError"
    assert (tmp_path / "mika.log").stat().st_mode & 0o077 == 0


def test_every_setting_is_told_in_the_docs():
    told = (Path(__file__).parents[2] / "docs" / "settings.md").read_text()
    names = [*Settings.model_fields, *TelegramSettings.model_fields]
    assert [name for name in names if f"`{name}`" not in told and f"[telegram.{name}]" not in told] == []


def test_a_file_of_rules_that_is_named_must_be_there(tmp_path: Path):
    Path("mika.toml").write_text(f'risk_file = "mine.toml"\n{SANDBOX}')
    with pytest.raises(Refusal, match=r"mine\.toml"):
        load()
    Path("mine.toml").write_text('preset = "lax"\n')
    assert load().risk_file == tmp_path / "mine.toml"


def test_claims_are_decided_by_people_unless_a_price_is_set() -> None:
    assert load(environ={}).rules().claims_alone is None
    Path("mika.toml").write_text('[claims]\nalone = "20.00"\nhours = 2\nat_once = 1\nlately = 5\ndefault = "refuse"\n')
    rules = load(environ={}).rules()
    assert rules.claims_alone == Money(2000, "CNY")
    assert (rules.claim_within, rules.claim_default) == (timedelta(hours=2), "refuse")
    assert (rules.claims_open, rules.claims_lately) == (1, 5)


def test_secrets_are_read_from_files_and_the_environment_counts_more(tmp_path: Path):
    folder = tmp_path / "secrets"
    (folder / "..data").mkdir(parents=True)  # as Kubernetes leaves there
    (folder / "rails__sandbox__secret").write_text(f"{CANARY}\n")
    (folder / "MIKA_RAILS__SANDBOX__API_KEY").write_text("from a file")
    Path("mika.toml").write_text('[rails.sandbox]\nurl = "http://127.0.0.1:8001"\napi_key = "from mika.toml"\n')
    environ = {"MIKA_SECRETS": str(folder), "MIKA_RAILS__SANDBOX__API_KEY": "from the environment"}

    told = load(environ=environ).rails.sandbox
    assert told and told.secret.get_secret_value() == CANARY
    assert told.api_key.get_secret_value() == "from the environment"
    told = load(environ={"MIKA_SECRETS": str(folder)}).rails.sandbox
    assert told and told.api_key.get_secret_value() == "from a file"
    assert is_set_up({"MIKA_SECRETS": str(folder)})


def test_a_folder_of_secrets_that_cannot_be_read_or_says_what_is_no_setting_is_refused(tmp_path: Path):
    assert "S009" in str(refused(MIKA_SECRETS=str(tmp_path / "nowhere")))
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "rails__sandboxx").write_text(CANARY)
    assert "S004" in str(refused(MIKA_SECRETS=str(folder)))
    (folder / "rails__sandboxx").rename(folder / "salt")
    assert "MIKA_SALT" in str(refused(MIKA_SECRETS=str(folder)))
    (folder / "salt").write_bytes(b"\xff\xfe")
    assert "S009" in str(refused(MIKA_SECRETS=str(folder)))


def test_only_proxies_that_are_named_are_believed():
    assert load(environ={}).proxies == ("127.0.0.1", "::1")
    assert load(environ={"MIKA_PROXIES": "127.0.0.1, 172.30.77.0/24"}).proxies == ("127.0.0.1", "172.30.77.0/24")
    for wrong in ("*", "172.30.77.1/24", "caddy"):
        assert refused(MIKA_PROXIES=wrong).code == "S004"
