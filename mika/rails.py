"""The ways to pay: their settings, [rails.NAME], and making each of what they say.

To add one: its settings as a class here, its name in RailSettings, and how it is made in `rails`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

import payments
from core.parties import PaymentRail


def _origin(value: Any) -> Any:
    """An address of a site and nothing behind it: https://shop.example"""
    if not isinstance(value, str):
        raise ValueError("should be text")
    parts = urlsplit(value.rstrip("/"))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or parts.username:
        raise ValueError("should be like https://shop.example, with nothing behind it")
    return value.rstrip("/")


Origin = Annotated[str, BeforeValidator(_origin)]


class SandboxSettings(BaseModel):
    """The test rail: where its provider is, and the two secrets shared with it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    url: Origin | None = None
    api_key: SecretStr = SecretStr("")
    secret: SecretStr = SecretStr("")
    account: Annotated[str, Field(min_length=1, max_length=120)] = "sandbox-shop"


class TelegramStarsSettings(BaseModel):
    """Telegram Stars: nothing to set, they are paid to the buyers' bot of [telegram]."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class RailSettings(BaseModel):
    """[rails.NAME]: a rail that is named here is offered to buyers."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    sandbox: SandboxSettings | None = None
    telegram_stars: TelegramStarsSettings | None = None


@dataclass(frozen=True)
class BuyersBot:
    """The bot that Stars are paid to: its token, and the address of its Bot API."""

    token: str = field(repr=False)
    api: str


def rails(told: RailSettings, address: str, bot: BuyersBot | None = None) -> dict[str, PaymentRail]:
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
    if told.telegram_stars and bot:
        made["telegram_stars"] = payments.load("telegram_stars")(bot.token, api=bot.api)
    return made
