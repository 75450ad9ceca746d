"""Settings: mika.toml and MIKA_* of the environment become one frozen object, or a coded reason why not.

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
from datetime import time, timedelta
from decimal import Decimal
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings.exceptions import SettingsError

from core import risk_policy
from core.ground.messages import Local
from core.ground.money import Money, exponent, parse
from core.ground.rules import Rules
from mika.backup_settings import BackupSettings, placed_backups
from mika.metrics_settings import MetricsSettings
from mika.rail_settings import Currency, Origin, RailSettings, by_locale, placed
from mika.rails import BuyersBot
from mika.reach_settings import EmailSettings, ReachSettings, look_at_mail, placed_mail
from mika.refusals import Refusal
from mika.shapes import shaped

FILE = "mika.toml"
DEMO = Path("data/demo")  # where `mika demo` keeps its shop, below the working folder
JOURNAL = "handed-over.journal"
PREFIX = "MIKA_"
SECRETS = "MIKA_SECRETS"
ABOUT_THE_PROGRAM = {"MIKA_CONFIG", "MIKA_DEBUG", SECRETS}
DEFAULTS = Rules()
SQLITE = "sqlite+aiosqlite:///"
CRYPTO_NEEDS = {
    "crypto_pay": ("token",),
    "btcpay": ("url", "store", "api_key", "secret"),
    "epusdt": ("url", "token"),
}
TOKEN = re.compile(r"[0-9]{5,20}:[A-Za-z0-9_-]{35,200}")  # a bot's: its id, and its password
BOT_API = "https://api.telegram.org"


def _database(value: Any) -> Any:
    """The driver is part of it, because a synchronous one would do for SQLAlchemy and not for us."""
    if value is not None and not str(value).startswith((SQLITE, "postgresql+asyncpg://")):
        raise ValueError("should begin with sqlite+aiosqlite:/// or postgresql+asyncpg://")
    return value


def _zone(value: Any) -> Any:
    try:
        return ZoneInfo(str(value)).key
    except (KeyError, ValueError, OSError):
        raise ValueError("should be a time zone such as Asia/Shanghai") from None


def _hours(value: Any) -> Any:
    hours_of(str(value))
    return str(value)


def hours_of(said: str) -> tuple[time, time] | None:
    """ "09:00-18:00" as times of the day; None for nothing. Raises ValueError."""
    if not said:
        return None
    try:
        opens, closes = (time.fromisoformat(part.strip().rjust(5, "0")) for part in said.split("-"))
    except ValueError:
        raise ValueError('should be hours of the day such as "09:00-18:00"') from None
    if opens == closes:
        raise ValueError('should be hours of the day such as "09:00-18:00"; leave it out if somebody is always there')
    return opens, closes


def _amount(value: Any) -> Any:
    if isinstance(value, float):
        raise ValueError('should be in quotes, like "200.00": binary fractions are no money')
    return str(value)


def _watcher(value: Any) -> Any:
    """An address that only its owner knows: whoever has it could say in our place that all is well."""
    plain = value.get_secret_value() if isinstance(value, SecretStr) else value
    url = urlsplit(plain) if isinstance(plain, str) else None
    if plain and not (url and url.scheme in ("https", "http") and url.hostname and not url.fragment):
        raise ValueError("should be an address like https://watcher.example/ping/...")
    return value


def _listed(value: Any) -> Any:
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


def _token(value: Any) -> Any:
    """As BotFather gives it. What is none may be somebody's password: it is not quoted."""
    plain = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not isinstance(plain, str) or (plain and not TOKEN.fullmatch(plain)):
        raise ValueError("should be the whole token that BotFather gives, like 123456789:AAE...")
    return value


def _fillable(fields: dict[str, str]) -> dict[str, str]:
    try:
        for text in fields.values():
            text.format_map({"number": "", "product": ""})
    except (KeyError, ValueError, IndexError, AttributeError):
        raise ValueError('should put in "{number}" and "{product}" alone') from None
    return fields


def _network(value: str) -> str:
    """An address or a network of them; what is wrong names no value."""
    try:
        return str(ip_network(value)) if "/" in value else str(ip_address(value))
    except ValueError:
        raise ValueError("should be addresses or networks such as 172.30.77.0/24") from None


Network = Annotated[str, AfterValidator(_network)]
Rate = Annotated[Decimal, BeforeValidator(_amount), Field(ge=0, lt=10**9)]
Minutes = Annotated[int, Field(ge=1, le=1440)]
Name = Annotated[str, shaped(r"[^\x00-\x1f]{1,40}", "one line of 40 characters at most")]


class Fee(BaseModel):
    """What a rail keeps: so many percent, and an amount in the shop's own currency."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    percent: Rate = Decimal(0)
    fixed: Rate = Decimal(0)


class ClaimSettings(BaseModel):
    """[claims]: what becomes of a code that is said not to work."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    alone: Rate = Decimal(0)  # up to this price the shop replaces by itself, where nothing objects; 0: people do
    hours: int = Field(default=4, ge=1, le=168)  # of the shop's: until a claim with evidence has its answer
    evidence_hours: int = Field(default=48, ge=1, le=720)  # in which the buyer may send some
    at_once: int = Field(default=3, ge=1, le=100)  # of one buyer
    lately: int = Field(default=10, ge=1, le=1000)  # of one buyer in thirty days, however they ended
    default: Literal["replace", "refuse"] = "replace"  # where nobody decided in time, and nothing objects
    replacements: int = Field(default=3, ge=0, le=1000)  # of one buyer's codes in thirty days


class SandboxSupplierSettings(BaseModel):
    """The test supplier: where it is, and our key there; and where it tells what was redeemed, if it does."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    url: Origin | None = None
    issuer_url: Origin | None = None
    api_key: SecretStr = SecretStr("")


class SupplierSettings(BaseModel):
    """[suppliers.NAME]: products may be bought from a supplier that is named here."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    sandbox: SandboxSupplierSettings | None = None


class BotSettings(BaseModel):
    """One of the two bots."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    token: Annotated[SecretStr, BeforeValidator(_token)] = SecretStr("")

    @property
    def id(self) -> int:
        """The bot's account, which its token begins with."""
        return int(self.token.get_secret_value().partition(":")[0])


class TelegramSettings(BaseModel):
    """[telegram]: how its two bots are reached, and how fast they may speak. A bot that is named here is run."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    api: Origin = BOT_API
    receive: Literal["webhook", "polling"] | None = None  # None: what the public address allows
    spoiler: bool = False
    protect: bool = False
    per_second: int = Field(default=30, ge=1, le=10_000)  # messages of one bot
    per_chat: int = Field(default=1, ge=1, le=1_000)  # messages a second to one person
    per_group: int = Field(default=20, ge=1, le=10_000)  # messages a minute to a group
    hook_generation: int = Field(default=0, ge=0, le=1_000_000)  # of the webhooks' addresses: another makes new ones
    buyers: BotSettings | None = None
    staff: BotSettings | None = None


def _aes_key(value: Any) -> Any:
    """As the platform makes it. What is none may be another secret: it is not quoted."""
    plain = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not isinstance(plain, str) or (plain and not re.fullmatch(r"[A-Za-z0-9]{43}", plain)):
        raise ValueError("should be the EncodingAESKey, 43 letters and digits")
    return value


class TemplateSettings(BaseModel):
    """[wechat.template]: the template message that says that codes wait. "{number}" and "{product}" are put in."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    id: Annotated[str, shaped(r"[A-Za-z0-9_-]{1,80}", "the template's ID, as its page shows it")]
    fields: Annotated[dict[str, str], AfterValidator(_fillable)]


class WeChatSettings(BaseModel):
    """[wechat]: an Official Account, as its page "基本配置" shows it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    appid: Annotated[str, shaped(r"(wx[0-9a-f]{16})?", "the AppID, wx and 16 digits or letters")] = ""
    secret: SecretStr = SecretStr("")
    token: SecretStr = SecretStr("")  # signs what WeChat sends us
    aes_key: Annotated[SecretStr, BeforeValidator(_aes_key)] = SecretStr("")  # and seals it
    signs_in: bool = False  # whether pages may ask WeChat who opens them: a verified service account
    sells_on_apple: bool = False  # whether pages sell on iPhones too, which WeChat forbids for virtual goods
    template: TemplateSettings | None = None
    api: Origin = "https://api.weixin.qq.com"
    sign_in: Origin = "https://open.weixin.qq.com"


class Settings(BaseSettings):
    """What the owner decided. Read by `load`; its fields are the names of the settings."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, hide_input_in_errors=True
    )

    _file: Path | None = PrivateAttr(default=None)

    data: Path = Path("data")
    database: Annotated[str | None, BeforeValidator(_database)] = None
    key_file: Path | None = None
    risk_file: Path | None = None  # the rules of risk; risk.toml beside mika.toml unless told otherwise
    public_url: Origin | None = None
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    proxies: Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_listed)] = ("127.0.0.1", "::1")
    drain_seconds: int = Field(0, ge=0, le=60)  # told to end, so long it still listens and says so at /healthz
    shop_name: Annotated[dict[str, Name], NoDecode, BeforeValidator(by_locale)] = dict(DEFAULTS.shop_name.texts)
    currency: Currency = DEFAULTS.currency
    demo: bool = False  # all of it is a test: the test rail may be used everywhere, and no other
    zone: Annotated[str, BeforeValidator(_zone)] = DEFAULTS.zone.key
    hours: Annotated[str, BeforeValidator(_hours)] = ""  # when people are here to answer: "09:00-18:00"
    hold_minutes: int = Field(15, ge=1, le=1440)
    scarce_below: int = Field(10, ge=0, le=1000)  # so many codes of a product are few; 0: no share is counted
    scarce_hold_minutes: int = Field(5, ge=1, le=1440)
    unpaid_share: int = Field(30, ge=1, le=100)  # percent of what is scarce, in one buyer's unpaid orders
    newcomers_share: int = Field(50, ge=1, le=100)  # percent of a product, in all new buyers' unpaid orders
    lapses_free: int = Field(2, ge=1, le=100)  # unpaid orders that may lapse in a day before the next has to wait
    cool_down_minutes: Annotated[tuple[Minutes, ...], NoDecode, BeforeValidator(_listed)] = (10, 30, 120, 360)
    review_above: Annotated[str, BeforeValidator(_amount)] = "1000.00"
    review_hours: int = Field(2, ge=1, le=168)
    review_default: Literal["refund", "deliver"] = "refund"  # what becomes of a held order nobody decided in time
    hand_hours: int = Field(12, ge=1, le=168)
    embed_origins: Annotated[tuple[Origin, ...], NoDecode, BeforeValidator(_listed)] = ()
    country_header: Annotated[str, shaped(r"[A-Za-z0-9-]{0,60}", "a header's name such as CF-IPCountry")] = ""
    rails: RailSettings = RailSettings()
    rates: dict[str, Rate] = {}  # what one of another currency brings, in the shop's own: XTR = "0.09"
    fees: dict[str, Fee] = {}  # [fees.stripe]: what a rail keeps of each payment
    suppliers: SupplierSettings = SupplierSettings()
    claims: ClaimSettings = ClaimSettings()
    telegram: TelegramSettings = TelegramSettings()
    wechat: WeChatSettings | None = None
    email: EmailSettings | None = None
    reach: ReachSettings = ReachSettings()
    backups: BackupSettings | None = None
    metrics: MetricsSettings = MetricsSettings()
    supply_hours: int = Field(12, ge=1, le=720)
    reveals_a_day: int = Field(20, ge=0, le=100_000)
    files_a_day: int = Field(20, ge=0, le=100_000)  # that one colleague may take out
    export_hours: int = Field(24, ge=1, le=720)  # that owners have to stop codes which one person takes out alone
    heartbeat_url: Annotated[SecretStr, BeforeValidator(_watcher)] = SecretStr("")  # hears that all is well
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "console", "json"] = "auto"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)  # what `load` has put together

    @model_validator(mode="after")
    def _limit_is_an_amount(self) -> Self:
        parse(self.review_above, self.currency)
        return self

    @property
    def key_path(self) -> Path:
        return self.key_file or self.data / "key"

    @property
    def journal_path(self) -> Path:
        """Of what was handed over, see mika/journal.py."""
        return self.data / JOURNAL

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite+aiosqlite:///{self.data / 'shop.db'}"

    @property
    def address(self) -> str:
        """Where people reach the shop, without a slash at its end."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def buyers_bot(self) -> BuyersBot | None:
        """The bot that buyers talk to, and pay to; None where there is none."""
        bot = self.telegram.buyers
        return BuyersBot(bot.token.get_secret_value(), self.telegram.api) if bot else None

    @property
    def chats(self) -> tuple[str, ...]:
        """The chats for buyers that are connected: the shop's own site always is."""
        told = {"telegram": self.telegram.buyers, "wechat": self.wechat}
        return ("browser", *(name for name, chat in told.items() if chat))

    @property
    def receive(self) -> Literal["webhook", "polling"]:
        """How Telegram's updates come: it calls only public addresses, by https."""
        return self.telegram.receive or ("webhook" if self._is_public else "polling")

    @property
    def _is_public(self) -> bool:
        address = urlsplit(self.public_url or "")
        return address.scheme == "https" and not _is_loopback(address.hostname or "")

    @property
    def _alone(self) -> Money | None:
        """Up to which price the shop replaces a code by itself."""
        most = self.claims.alone.scaleb(exponent(self.currency)).to_integral_value()
        return Money(int(most), self.currency) if most else None

    def rules(self) -> Rules:
        """What of the settings the core's rules depend on."""
        return Rules(
            shop_name=Local(self.shop_name),
            site=self.public_url,
            address=self.address,
            currency=self.currency,
            rehearsal=self.demo,
            rates=self.rates,
            fees={rail: (fee.percent, fee.fixed) for rail, fee in self.fees.items()},
            zone=ZoneInfo(self.zone),
            hours=hours_of(self.hours),
            hold=timedelta(minutes=self.hold_minutes),
            scarce_below=self.scarce_below,
            scarce_hold=timedelta(minutes=self.scarce_hold_minutes),
            unpaid_share=self.unpaid_share,
            newcomers_share=self.newcomers_share,
            lapses_free=self.lapses_free,
            cool_downs=tuple(timedelta(minutes=minutes) for minutes in self.cool_down_minutes),
            review_above=parse(self.review_above, self.currency),
            review_within=timedelta(hours=self.review_hours),
            review_default=self.review_default,
            hand_within=timedelta(hours=self.hand_hours),
            supply_within=timedelta(hours=self.supply_hours),
            reveals_a_day=self.reveals_a_day,
            files_a_day=self.files_a_day,
            replacements=self.claims.replacements,
            claims_open=self.claims.at_once,
            claims_lately=self.claims.lately,
            claim_within=timedelta(hours=self.claims.hours),
            evidence_within=timedelta(hours=self.claims.evidence_hours),
            claims_alone=self._alone,
            claim_default=self.claims.default,
            export_wait=timedelta(hours=self.export_hours),
            reach=tuple(way for way in self.reach.order if way == "chat" or self.email),
            also=self.reach.also,
            ask_address=self.reach.ask,
            mails_codes=self.email is not None and self.email.codes == "inside",
        )

    @property
    def file(self) -> Path | None:
        """The mika.toml they were read from; None where the environment says it all."""
        return self._file

    def keep_file(self, file: Path | None) -> None:
        self._file = file

    def changed(self, **changes: Any) -> Settings:
        """The same settings but for these, which are right as they are."""
        return self.model_copy(update=changes)


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
    if made.public_url is None and not _is_loopback(made.host):
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


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


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
    if telegram.receive == "webhook" and telegram.api == BOT_API and not settings._is_public:
        what = "`telegram.receive` is webhook, and Telegram can't call `public_url`: that takes an https address"
        raise Refusal("S004", what=what, where=where)


__all__ = ["DEMO", "FILE", "Settings", "is_set_up", "load", "secret_files", "what_is_wrong"]
