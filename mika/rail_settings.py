"""The settings of the ways to pay, [rails.NAME]. To add one: its class here, and its name in RailSettings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr
from pydantic_settings import NoDecode

from core.ground.words import LOCALES
from mika.shapes import shaped


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
Currency = Annotated[str, shaped(r"[A-Z]{3,5}", "a currency such as CNY")]
PayTo = Annotated[str, Field(min_length=1, max_length=400)]


def _site(value: Any) -> Any:
    """An address of something that may live below a site: https://pay.example/xpay"""
    if not isinstance(value, str):
        raise ValueError("should be text")
    parts = urlsplit(value.rstrip("/"))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError("should be like https://pay.example, and may have a path behind it")
    return value.rstrip("/")


Site = Annotated[str, BeforeValidator(_site)]
Word = Annotated[str, shaped(r"[\x21-\x7e]{0,120}", "letters, digits and signs without spaces, 120 at most")]


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


STRIPE_KEY = shaped(r"((sk|rk)_(live|test)_[A-Za-z0-9_]{3,250})?", "a secret or restricted key, like sk_live_...")
STRIPE_SECRET = shaped(r"(whsec_[A-Za-z0-9+/=_]{3,250})?", "the endpoint's secret, like whsec_...")


class StripeSettings(BaseModel):
    """Stripe Checkout: the key (live or test, which decides the mode), its account, and the webhook endpoint's secret.

    A restricted key has to be let write Checkout Sessions and refunds, and read events and its account.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    api_key: Annotated[SecretStr, STRIPE_KEY] = SecretStr("")
    secret: Annotated[SecretStr, STRIPE_SECRET] = SecretStr("")
    account: Annotated[str, shaped(r"(acct_[A-Za-z0-9_]{1,100})?", "the account, like acct_...")] = ""
    api: Origin = "https://api.stripe.com"


class TelegramStarsSettings(BaseModel):
    """Telegram Stars: nothing to set, they are paid to the buyers' bot of [telegram]."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


Number = Annotated[str, shaped(r"[0-9A-Za-z_]{0,64}", "letters and digits, 64 at most")]


class AlipaySettings(BaseModel):
    """当面付: the app, the seller's account (2088...), and files with the app's private and Alipay's public key."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    app_id: Number = ""
    seller_id: Number = ""
    private_key: Path | None = None
    public_key: Path | None = None
    gateway: Annotated[str, shaped(r"https?://[^\s?#]+", "an address like https://openapi.alipay.com/gateway.do")] = (
        "https://openapi.alipay.com/gateway.do"
    )
    mode: Literal["live", "test"] = "live"


Product = Literal["native", "jsapi", "h5"]


def _with_native(products: frozenset[Product]) -> frozenset[Product]:
    """Conversations open every payment as a code to scan; pages change over from that."""
    if "native" not in products:
        raise ValueError("should have native among them")
    return products


class WechatPaySettings(BaseModel):
    """The merchant and its app, files with its own key and with what WeChat signs with, and the APIv3 key.

    `products` are those that WeChat has opened to it: native, a code to scan; jsapi, inside WeChat; h5, in a browser.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    mchid: Number = ""
    appid: Number = ""
    serial: Number = ""  # of the merchant's certificate
    private_key: Path | None = None  # apiclient_key.pem
    api_v3_key: SecretStr = SecretStr("")
    public_key: Path | None = None  # WeChat's, pub_key.pem, and its name PUB_KEY_ID_...
    public_key_id: Number = ""
    certificates: Path | None = None  # or the platform's, one behind the other; while a merchant changes over, both
    products: Annotated[frozenset[Product], AfterValidator(_with_native)] = frozenset({"native"})
    gateway: Origin = "https://api.mch.weixin.qq.com"
    mode: Literal["live", "test"] = "live"


class EpaySettings(BaseModel):
    """易支付: a gateway's address, our number there, and the key both sides sign with."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    url: Site | None = None
    pid: Word = ""
    key: SecretStr = SecretStr("")
    type: Annotated[str, shaped(r"[a-z0-9_]{1,20}", "as the gateway calls it: alipay, wxpay, qqpay, ...")] = "alipay"
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
    alipay: AlipaySettings | None = None
    sandbox: SandboxSettings | None = None
    stripe: StripeSettings | None = None
    telegram_stars: TelegramStarsSettings | None = None
    manual: ManualSettings | None = None
    wechat_pay: WechatPaySettings | None = None
    epay: EpaySettings | None = None
    crypto: CryptoSettings | None = None


def placed(told: RailSettings, folder: Path) -> RailSettings:
    """The same settings, with the paths of files made absolute: they begin at the folder."""
    found = {name: getattr(told, name) for name in RailSettings.model_fields}
    return told.model_copy(
        update={
            name: rail.model_copy(update={field: folder / value for field, value in rail if isinstance(value, Path)})
            for name, rail in found.items()
            if rail
        }
    )
