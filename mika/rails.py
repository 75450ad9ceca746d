"""The ways to pay: their settings, [rails.NAME], and making each of what they say.

To add one: its settings as a class here, its name in RailSettings, and how it is made in `rails`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
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


def _site(value: Any) -> Any:
    """An address of something that may live below a site: https://pay.example/xpay"""
    if not isinstance(value, str):
        raise ValueError("should be text")
    parts = urlsplit(value.rstrip("/"))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError("should be like https://pay.example, and may have a path behind it")
    return value.rstrip("/")


Origin = Annotated[str, BeforeValidator(_origin)]
Site = Annotated[str, BeforeValidator(_site)]
Word = Annotated[str, Field(max_length=120, pattern=r"^[\x21-\x7e]*$")]


class SandboxSettings(BaseModel):
    """The test rail: where its provider is, and the two secrets shared with it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    url: Origin | None = None
    api_key: SecretStr = SecretStr("")
    secret: SecretStr = SecretStr("")
    account: Annotated[str, Field(min_length=1, max_length=120)] = "sandbox-shop"


class EpaySettings(BaseModel):
    """易支付: a gateway's address, our number there, and the key both sides sign with."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    url: Site | None = None
    pid: Word = ""
    key: SecretStr = SecretStr("")
    type: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,20}$")] = "alipay"  # as the gateway calls it: wxpay, qqpay, ...
    submit: Literal["mapi", "link"] = "mapi"  # link: for gateways without mapi.php
    client_ip: Word = ""  # some gateways want one, and nobody knows the buyer's


class CryptoPaySettings(BaseModel):
    """Coins through Crypto Pay (@CryptoBot): the app's token. The testnet's coins are worth nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    kind: Literal["crypto_pay"]
    token: SecretStr = SecretStr("")
    testnet: bool = False
    url: Site | None = None  # another address than its own


class BtcPaySettings(BaseModel):
    """Coins through a BTCPay Server: its address, a store of the shop's own there, a key, and the webhook's secret."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    kind: Literal["btcpay"]
    url: Site | None = None
    store: Word = ""
    api_key: SecretStr = SecretStr("")
    secret: SecretStr = SecretStr("")


class EpusdtSettings(BaseModel):
    """USDT through an epusdt or BEpusdt gateway: its address and API token. `account` is what you call it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    kind: Literal["epusdt"]
    url: Site | None = None
    token: SecretStr = SecretStr("")
    account: Annotated[str, Field(min_length=1, max_length=120)] = "epusdt"
    network: Literal["trc20", "erc20", "bep20", "polygon", "solana", "arbitrum", "aptos", "ton"] = "trc20"
    currency: Literal["CNY", "USD", "EUR", "GBP"] = "CNY"  # what the gateway reckons in; old ones know yuan only


CryptoSettings = Annotated[CryptoPaySettings | BtcPaySettings | EpusdtSettings, Field(discriminator="kind")]


class RailSettings(BaseModel):
    """[rails.NAME]: a rail that is named here is offered to buyers."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    sandbox: SandboxSettings | None = None
    epay: EpaySettings | None = None
    crypto: CryptoSettings | None = None


def rails(told: RailSettings, address: str) -> dict[str, PaymentRail]:
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
    if (epay := told.epay) and epay.url:
        made["epay"] = payments.load("epay")(
            epay.url,
            pid=epay.pid,
            key=epay.key.get_secret_value(),
            notify_url=f"{address}/hooks/epay",
            kind=epay.type,
            submit=epay.submit,
            client_ip=epay.client_ip,
        )
    if told.crypto:
        made["crypto"] = _crypto(told.crypto, f"{address}/hooks/crypto")
    return made


def _crypto(told: CryptoPaySettings | BtcPaySettings | EpusdtSettings, notify_url: str) -> PaymentRail:
    """One of three ways to take coins. Two of them are told in their own settings where notices go to."""
    kind = payments.load(told.kind)
    match told:
        case CryptoPaySettings():
            mode = "test" if told.testnet else "live"
            return kind(told.token.get_secret_value(), url=told.url or "", mode=mode)
        case BtcPaySettings():
            keys = {"api_key": told.api_key.get_secret_value(), "secret": told.secret.get_secret_value()}
            return kind(told.url, store=told.store, **keys)
        case EpusdtSettings():
            named = {"account": told.account, "network": told.network, "currency": told.currency}
            return kind(told.url, token=told.token.get_secret_value(), notify_url=notify_url, **named)
