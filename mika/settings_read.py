"""Reading the settings: mika.toml and MIKA_* of the environment become one frozen object, or a coded reason why not.

mika.toml is looked for in the working folder, or where MIKA_CONFIG says. What the environment says counts more:
MIKA_PORT is `port`, MIKA_RAILS__SANDBOX__SECRET is `secret` in [rails.sandbox]. MIKA_SECRETS names a folder of files
that count like the environment: `rails__sandbox__secret` there holds that secret and nothing else. Paths that are not
absolute begin at the folder of mika.toml, or at the working folder where there is none.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_settings import EnvSettingsSource
from pydantic_settings.exceptions import SettingsError

from core import risk_policy
from mika.backup_settings import placed_backups
from mika.chat_settings import BOT_API
from mika.rail_settings import placed
from mika.reach_settings import look_at_mail, placed_mail
from mika.refusals import Refusal
from mika.settings import PREFIX, SQLITE, Settings, is_loopback

FILE = "mika.toml"
SECRETS = "MIKA_SECRETS"
ABOUT_THE_PROGRAM = {"MIKA_CONFIG", "MIKA_DEBUG", SECRETS}
CRYPTO_NEEDS = {
    "crypto_pay": ("token",),
    "btcpay": ("url", "store", "api_key", "secret"),
    "epusdt": ("url", "token"),
}


def is_set_up(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether somebody has set up a shop here: there is a mika.toml, or the environment says something."""
    named = bool({"MIKA_CONFIG", SECRETS} & environ.keys())
    return Path(environ.get("MIKA_CONFIG", FILE)).exists() or named or bool(_said(environ))


def load(file: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings as they stand. Raises Refusal S004, S005 or S009; no value of a setting is in its text."""
    file = file or Path(environ.get("MIKA_CONFIG", FILE))
    written = _written(file, needed="MIKA_CONFIG" in environ)
    where = f"{file}, or MIKA_* of the environment"
    environ = {**_secrets(environ), **environ}
    if unknown := _said(environ) - {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}:
        raise Refusal(
            "S004", what=f"{sorted(unknown)[0]} of the environment means nothing here", where="the environment"
        )
    try:
        made = Settings(**_over(_environment(environ), written))
    except ValidationError as error:
        raise Refusal("S004", what=_told(error), where=where) from None
    except SettingsError as error:
        raise Refusal("S004", what=re.sub(r"\s+", " ", str(error)), where=where) from None
    if made.public_url is None and not is_loopback(made.host):
        what = '`public_url` is missing, which everybody beyond this machine needs: public_url = "https://shop.example"'
        raise Refusal("S004", what=what, where=where)
    if made.demo and (real := sorted(made.rails.model_fields_set - {"sandbox"})):
        what = f"`demo` is on, and `rails.{real[0]}` takes real money: a demo has the test rail only"
        raise Refusal("S004", what=what, where=where)
    _look_at_parties(made)
    _look_at_bots(made, where)
    look_at_mail(made.email, made.reach, where)
    folder = file.parent.absolute()
    if made.risk_file and not (folder / made.risk_file).is_file():
        raise Refusal("S004", what=f"`risk_file` is {made.risk_file}, and there is no such file", where=where)
    settings = made.changed(
        data=folder / made.data,
        key_file=None if made.key_file is None else folder / made.key_file,
        risk_file=folder / (made.risk_file or risk_policy.FILE),
        database=_from(folder, made.database),
        rails=placed(made.rails, folder),
        email=placed_mail(made.email, folder),
        backups=placed_backups(made.backups, folder),
    )
    settings.keep_file(file.absolute() if file.exists() else None)
    return settings


def _from(folder: Path, database: str | None) -> str | None:
    """The same database, with the path of its file made absolute."""
    if database is None or not database.startswith(SQLITE):
        return database
    path, mark, query = database.removeprefix(SQLITE).partition("?")
    if not path or path.startswith((":", "file:")):  # in memory, or an address of SQLite's own
        return database
    return f"{SQLITE}{folder / path}{mark}{query}"


def _said(environ: Mapping[str, str]) -> set[str]:
    """The settings the environment names; MIKA_RAILS__SANDBOX__URL counts as MIKA_RAILS."""
    return {name.split("__")[0] for name in environ if name.startswith(PREFIX)} - ABOUT_THE_PROGRAM


def _secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """What the folder of MIKA_SECRETS says, named as in the environment. Raises Refusal S009."""
    try:
        files = secret_files(environ).items()
        return {name: file.read_text(encoding="utf-8").rstrip("\r\n") for name, file in files}
    except OSError as error:
        raise Refusal("S009", file=error.filename, what=error.strerror or type(error).__name__) from None
    except UnicodeDecodeError:
        raise Refusal("S009", file=environ[SECRETS], what="a file in it is not UTF-8") from None


def secret_files(environ: Mapping[str, str]) -> dict[str, Path]:
    """The files of the folder of MIKA_SECRETS, named as in the environment. Raises Refusal S009."""
    folder = environ.get(SECRETS)
    if not folder:
        return {}
    try:
        files = sorted(file for file in Path(folder).iterdir() if file.is_file() and not file.name.startswith("."))
    except OSError as error:
        raise Refusal("S009", file=error.filename or folder, what=error.strerror or type(error).__name__) from None
    return {_env_name(file.name): file.absolute() for file in files}


def _env_name(name: str) -> str:
    return PREFIX + name.upper().removeprefix(PREFIX)


def _environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """What the environment says, in the shape of the file."""
    source = EnvSettingsSource(Settings)
    source.env_vars = {name.lower(): value for name, value in environ.items()}
    return source()


def _over(upper: Mapping[str, Any], lower: Mapping[str, Any]) -> dict[str, Any]:
    """Both together; where both say something the upper counts, setting by setting."""
    found = {**lower, **upper}
    for name in upper.keys() & lower.keys():
        if isinstance(upper[name], Mapping) and isinstance(lower[name], Mapping):
            found[name] = _over(upper[name], lower[name])
    return found


def _written(file: Path, *, needed: bool) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if not needed:
            return {}
        raise Refusal("S009", file=file, what="it is not there") from None
    except OSError as error:
        raise Refusal("S009", file=file, what=error.strerror or type(error).__name__) from None
    except UnicodeDecodeError:
        raise Refusal("S009", file=file, what="it is not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at (.*?)\)$", str(error))  # the rest may quote a value
        raise Refusal("S009", file=file, what=f"it is not TOML ({place[1] if place else 'nowhere'})") from None


def _told(error: ValidationError) -> str:
    """The first thing that is wrong, by the setting's name, without any value."""
    first = _wrong(error)[0]
    name = ".".join(str(part) for part in first["loc"]) or "review_above"
    if first["type"] == "extra_forbidden":
        return f"`{name}` is no setting"
    sentence = _sentence(first)
    if name == "review_above":
        sentence = 'should be an amount like "200.00"' if "quotes" not in sentence else sentence
    return f"`{name}`: {sentence}"


def _wrong(error: ValidationError) -> list[Any]:
    return error.errors(include_input=False, include_url=False, include_context=False)


def _sentence(wrong: Any) -> str:
    sentence = wrong["msg"].removeprefix("Value error, ")
    return sentence[:1].lower() + sentence[1:]


def what_is_wrong(block: type[BaseModel], told: Mapping[str, Any], name: str) -> str:
    """What a block says against one of its settings, where others may be missing yet; empty if nothing."""
    try:
        block.model_validate(told)
    except ValidationError as error:
        return next((_sentence(wrong) for wrong in _wrong(error) if name in wrong["loc"] or not wrong["loc"]), "")
    return ""


def _look_at_parties(settings: Settings) -> None:
    """Who is named has what it takes to call them."""
    _look_at("rail", settings.rails.sandbox, "url", "api_key", "secret")
    _look_at("rail", settings.rails.stripe, "api_key", "account", "secret", name="stripe")
    _look_at("rail", settings.rails.alipay, "app_id", "seller_id", "private_key", "public_key", name="alipay")
    wechat = settings.rails.wechat_pay
    _look_at("rail", wechat, "mchid", "appid", "serial", "private_key", "api_v3_key", name="wechat_pay")
    if wechat and (wechat.public_key or not wechat.certificates):  # what WeChat signs with
        _look_at("rail", wechat, "public_key", "public_key_id", name="wechat_pay")
    _look_at("rail", settings.rails.epay, "url", "pid", "key", name="epay")
    if crypto := settings.rails.crypto:
        _look_at("rail", crypto, *CRYPTO_NEEDS[crypto.kind], name="crypto")
    _look_at("supplier", settings.suppliers.sandbox, "url", "api_key")
    _look_at("chat", settings.wechat, "appid", "secret", "token", "aes_key", name="wechat", under="wechat")
    if settings.rails.telegram_stars and not settings.telegram.buyers:
        what, env = "buyers' bot (`token`)", "BUYERS__TOKEN"
        raise Refusal("S005", kind="rail", name="telegram_stars", what=what, under="telegram.buyers", env=env)


def _look_at(kind: str, party: BaseModel | None, *needed: str, name: str = "sandbox", under: str = "") -> None:
    under = under or f"{kind}s.{name}"
    for setting in needed if party else ():
        value = getattr(party, setting)
        if not (value.get_secret_value() if isinstance(value, SecretStr) else value):
            env = f"{name}__{setting}".upper()
            raise Refusal("S005", kind=kind, name=name, what=f"`{setting}`", under=under, env=env)


def _look_at_bots(settings: Settings, where: str) -> None:
    """Two bots, each with a token of its own, and an address that Telegram can call if it is to."""
    telegram = settings.telegram
    for name in ("buyers", "staff"):
        _look_at("bot", getattr(telegram, name), "token", name=name, under=f"telegram.{name}")
    if telegram.buyers and telegram.staff and telegram.buyers.id == telegram.staff.id:
        what = (
            "`telegram.staff.token` is the buyers' bot's too: make a second bot, or whoever has the one "
            "that buyers talk to reads along with staff"
        )
        raise Refusal("S004", what=what, where=where)
    if telegram.receive == "webhook" and telegram.api == BOT_API and not settings.is_public:
        what = "`telegram.receive` is webhook, and Telegram can't call `public_url`: that takes an https address"
        raise Refusal("S004", what=what, where=where)
