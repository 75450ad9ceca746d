"""The ways to pay: their settings, [rails.NAME], and making each of what they say.

To add one: its settings as a class here, its name in RailSettings, and how it is made in `rails`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

import payments
from core.parties import PaymentRail
from mika.refusals import Refusal

WHERE = "mika.toml, or MIKA_* of the environment"


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


Number = Annotated[str, Field(max_length=64, pattern=r"^[0-9A-Za-z_]*$")]


class AlipaySettings(BaseModel):
    """当面付: the app, the seller's account (2088...), and files with the app's private and Alipay's public key."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    app_id: Number = ""
    seller_id: Number = ""
    private_key: Path | None = None
    public_key: Path | None = None
    gateway: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")] = "https://openapi.alipay.com/gateway.do"
    mode: Literal["live", "test"] = "live"


class WechatPaySettings(BaseModel):
    """Native: the merchant and its app, files with its own key and with what WeChat signs with, and the APIv3 key."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    mchid: Number = ""
    appid: Number = ""
    serial: Number = ""  # of the merchant's certificate
    private_key: Path | None = None  # apiclient_key.pem
    api_v3_key: SecretStr = SecretStr("")
    public_key: Path | None = None  # WeChat's, pub_key.pem, and its name PUB_KEY_ID_...
    public_key_id: Number = ""
    certificates: Path | None = None  # or the platform's, one behind the other; while a merchant changes over, both
    gateway: Origin = "https://api.mch.weixin.qq.com"
    mode: Literal["live", "test"] = "live"


class RailSettings(BaseModel):
    """[rails.NAME]: a rail that is named here is offered to buyers."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    alipay: AlipaySettings | None = None
    sandbox: SandboxSettings | None = None
    wechat_pay: WechatPaySettings | None = None


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
    if alipay := told.alipay:
        made["alipay"] = _made(
            "alipay",
            app_id=alipay.app_id,
            seller_id=alipay.seller_id,
            private_key=_held("alipay.private_key", alipay.private_key),
            public_key=_held("alipay.public_key", alipay.public_key),
            gateway=alipay.gateway,
            mode=alipay.mode,
            notify_url=f"{address}/hooks/alipay",
        )
    if wechat := told.wechat_pay:
        made["wechat_pay"] = _made(
            "wechat_pay",
            mchid=wechat.mchid,
            appid=wechat.appid,
            serial=wechat.serial,
            private_key=_held("wechat_pay.private_key", wechat.private_key),
            api_v3_key=wechat.api_v3_key.get_secret_value(),
            public_key=_held("wechat_pay.public_key", wechat.public_key),
            public_key_id=wechat.public_key_id,
            certificates=_held("wechat_pay.certificates", wechat.certificates),
            gateway=wechat.gateway,
            mode=wechat.mode,
            notify_url=f"{address}/hooks/wechat_pay",
        )
    return made


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


def _held(name: str, file: Path | None) -> str:
    """The text of a key file. Raises Refusal S004."""
    try:
        return file.read_text(encoding="ascii") if file else ""
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise Refusal("S004", what=f"`rails.{name}`: {file} can't be read ({why})", where=WHERE) from None


def _made(name: str, **settings: Any) -> PaymentRail:
    """The rail. Raises Refusal S004 where it finds that one of its keys is none."""
    kind: Callable[..., PaymentRail] = payments.load(name)
    try:
        return kind(**settings)
    except ValueError as error:
        raise Refusal("S004", what=f"`rails.{name}`: {error}", where=WHERE) from None
