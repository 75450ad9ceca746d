"""The ways to pay: their settings, [rails.NAME], and making each of what they say.

To add one: its settings as a class here, its name in RailSettings, and how it is made in `rails`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr
from pydantic_settings import NoDecode

import payments
from core.ground.words import LOCALES
from core.parties import PaymentRail


def _origin(value: Any) -> Any:
    """An address of a site and nothing behind it: https://shop.example"""
    if not isinstance(value, str):
        raise ValueError("should be text")
    parts = urlsplit(value.rstrip("/"))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or parts.username:
        raise ValueError("should be like https://shop.example, with nothing behind it")
    return value.rstrip("/")


def by_locale(value: Any) -> Any:
    """One text for all languages, or one for each (in the environment as JSON)."""
    if isinstance(value, str):
        with suppress(json.JSONDecodeError):
            value = json.loads(value) if value.startswith("{") else dict.fromkeys(LOCALES, value)
    if not isinstance(value, Mapping) or not value or set(value) - set(LOCALES):
        raise ValueError(f"should be one text, or one for each of {', '.join(LOCALES)}")
    return value


Origin = Annotated[str, BeforeValidator(_origin)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3,5}$")]
PayTo = Annotated[str, Field(min_length=1, max_length=400)]


class SandboxSettings(BaseModel):
    """The test rail: where its provider is, and the two secrets shared with it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    url: Origin | None = None
    api_key: SecretStr = SecretStr("")
    secret: SecretStr = SecretStr("")
    account: Annotated[str, Field(min_length=1, max_length=120)] = "sandbox-shop"


class ManualSettings(BaseModel):
    """Transfers to an account of the shop: `pay_to` is what buyers read, one text or one for each language."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    pay_to: Annotated[dict[str, PayTo], NoDecode, BeforeValidator(by_locale)] = {}
    currencies: frozenset[Currency] = frozenset()  # empty: the shop's own


STRIPE_KEY = re.compile(r"(?:sk|rk)_(?:live|test)_[A-Za-z0-9_]{3,250}")
STRIPE_SECRET = re.compile(r"whsec_[A-Za-z0-9+/=_]{3,250}")


def _like(pattern: re.Pattern[str], how: str) -> BeforeValidator:
    """A secret of that form, or none yet. One of another form may be somebody's password: it is not quoted."""

    def checked(value: Any) -> Any:
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not isinstance(plain, str) or (plain and not pattern.fullmatch(plain)):
            raise ValueError(f"should be {how}")
        return value

    return BeforeValidator(checked)


class StripeSettings(BaseModel):
    """Stripe Checkout: the key (live or test, which decides the mode), its account, and the webhook endpoint's secret.

    A restricted key has to be let write Checkout Sessions and refunds, and read events and its account.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    api_key: Annotated[SecretStr, _like(STRIPE_KEY, "a secret or restricted key, like sk_live_...")] = SecretStr("")
    secret: Annotated[SecretStr, _like(STRIPE_SECRET, "the endpoint's secret, like whsec_...")] = SecretStr("")
    account: Annotated[str, Field(pattern=r"^(acct_[A-Za-z0-9_]{1,100})?$")] = ""
    api: Origin = "https://api.stripe.com"


class TelegramStarsSettings(BaseModel):
    """Telegram Stars: nothing to set, they are paid to the buyers' bot of [telegram]."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class RailSettings(BaseModel):
    """[rails.NAME]: a rail that is named here is offered to buyers."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    sandbox: SandboxSettings | None = None
    stripe: StripeSettings | None = None
    telegram_stars: TelegramStarsSettings | None = None
    manual: ManualSettings | None = None


@dataclass(frozen=True)
class BuyersBot:
    """The bot that Stars are paid to: its token, and the address of its Bot API."""

    token: str = field(repr=False)
    api: str


def rails(
    told: RailSettings, address: str, currency: str, *, bot: BuyersBot | None = None, demo: bool = False
) -> dict[str, PaymentRail]:
    """By name, each imported now because it is used. `address` is the shop's own, where notices come to."""
    made: dict[str, PaymentRail] = {}
    if (sandbox := told.sandbox) and sandbox.url:
        made["sandbox"] = payments.load("sandbox")(
            sandbox.url,
            api_key=sandbox.api_key.get_secret_value(),
            secret=sandbox.secret.get_secret_value(),
            account=sandbox.account,
            notify_url=f"{address}/hooks/sandbox",
        )
    if manual := told.manual:
        made["manual"] = payments.load("manual")(
            manual.pay_to, currencies=manual.currencies or frozenset({currency}), mode="test" if demo else "live"
        )
    if (stripe := told.stripe) and stripe.api_key.get_secret_value():
        made["stripe"] = payments.load("stripe")(
            api_key=stripe.api_key.get_secret_value(),
            secret=stripe.secret.get_secret_value(),
            account=stripe.account,
            api=stripe.api,
        )
    if told.telegram_stars and bot:
        made["telegram_stars"] = payments.load("telegram_stars")(bot.token, api=bot.api)
    return made
