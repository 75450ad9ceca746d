"""What may be set in mika.toml: each setting and each section, its form, and what it is if nobody says."""

from __future__ import annotations

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
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from core.ground.messages import Local
from core.ground.money import Money, exponent, parse
from core.ground.rules import Rules
from mika.backup_settings import BackupSettings
from mika.chat_settings import TelegramSettings, WeChatSettings
from mika.metrics_settings import MetricsSettings
from mika.rail_settings import Currency, Origin, RailSettings, by_locale
from mika.rails import BuyersBot
from mika.reach_settings import EmailSettings, ReachSettings
from mika.shapes import shaped

JOURNAL = "handed-over.journal"
PREFIX = "MIKA_"
DEFAULTS = Rules()
SQLITE = "sqlite+aiosqlite:///"


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


class Settings(BaseSettings):
    """What the owner decided. Read by mika/settings_read.py; its fields are the names of the settings."""

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
        return self.telegram.receive or ("webhook" if self.is_public else "polling")

    @property
    def is_public(self) -> bool:
        address = urlsplit(self.public_url or "")
        return address.scheme == "https" and not is_loopback(address.hostname or "")

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


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
