"""Making the ways to pay from what their settings say. To add one: a function that makes it, and its line in MAKING."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import payments
from core.parties import PaymentRail
from mika.rail_settings import (
    AlipaySettings,
    BtcPaySettings,
    CryptoPaySettings,
    EpaySettings,
    EpusdtSettings,
    ManualSettings,
    RailSettings,
    SandboxSettings,
    StripeSettings,
    TelegramStarsSettings,
    WechatPaySettings,
)
from mika.refusals import Refusal

WHERE = "mika.toml, or MIKA_* of the environment"


@dataclass(frozen=True)
class BuyersBot:
    """The bot that Stars are paid to: its token, and the address of its Bot API."""

    token: str = field(repr=False)
    api: str


@dataclass(frozen=True)
class Around:
    """What a rail must know of the shop."""

    address: str  # where notices come to
    currency: str
    demo: bool
    bot: BuyersBot | None

    def hook(self, rail: str) -> str:
        return f"{self.address}/hooks/{rail}"


def rails(
    told: RailSettings, address: str, currency: str, *, bot: BuyersBot | None = None, demo: bool = False
) -> dict[str, PaymentRail]:
    """By name, each imported now because it is used. Raises Refusal S004 where a key can't be read or is none."""
    around = Around(address, currency, demo, bot)
    wanted = {name: getattr(told, name) for name in MAKING}
    made = {name: MAKING[name](settings, around) for name, settings in wanted.items() if settings}
    return {name: rail for name, rail in made.items() if rail}


def _sandbox(told: SandboxSettings, around: Around) -> PaymentRail | None:
    """None as long as nobody has said where its provider is, as in a demo that is about to start one."""
    if not told.url:
        return None
    return payments.load("sandbox")(
        told.url,
        api_key=told.api_key.get_secret_value(),
        secret=told.secret.get_secret_value(),
        account=told.account,
        notify_url=around.hook("sandbox"),
    )


def _manual(told: ManualSettings, around: Around) -> PaymentRail:
    currencies, mode = told.currencies or frozenset({around.currency}), "test" if around.demo else "live"
    return payments.load("manual")(told.pay_to, currencies=currencies, mode=mode)


def _stripe(told: StripeSettings, around: Around) -> PaymentRail:
    keys = {"api_key": told.api_key.get_secret_value(), "secret": told.secret.get_secret_value()}
    return payments.load("stripe")(**keys, account=told.account, api=told.api)


def _telegram_stars(told: TelegramStarsSettings, around: Around) -> PaymentRail | None:
    return around.bot and payments.load("telegram_stars")(around.bot.token, api=around.bot.api)


def _alipay(told: AlipaySettings, around: Around) -> PaymentRail:
    return _made(
        "alipay",
        app_id=told.app_id,
        seller_id=told.seller_id,
        private_key=_held("alipay.private_key", told.private_key),
        public_key=_held("alipay.public_key", told.public_key),
        gateway=told.gateway,
        mode=told.mode,
        notify_url=around.hook("alipay"),
    )


def _wechat_pay(told: WechatPaySettings, around: Around) -> PaymentRail:
    return _made(
        "wechat_pay",
        mchid=told.mchid,
        appid=told.appid,
        serial=told.serial,
        private_key=_held("wechat_pay.private_key", told.private_key),
        api_v3_key=told.api_v3_key.get_secret_value(),
        public_key=_held("wechat_pay.public_key", told.public_key),
        public_key_id=told.public_key_id,
        certificates=_held("wechat_pay.certificates", told.certificates),
        products=told.products,
        gateway=told.gateway,
        mode=told.mode,
        notify_url=around.hook("wechat_pay"),
    )


def _epay(told: EpaySettings, around: Around) -> PaymentRail:
    return payments.load("epay")(
        told.url,
        pid=told.pid,
        key=told.key.get_secret_value(),
        notify_url=around.hook("epay"),
        kind=told.type,
        submit=told.submit,
        client_ip=told.client_ip,
    )


def _crypto(told: CryptoPaySettings | BtcPaySettings | EpusdtSettings, around: Around) -> PaymentRail:
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
            return kind(told.url, token=told.token.get_secret_value(), notify_url=around.hook("crypto"), **named)


MAKING: Mapping[str, Callable[[Any, Around], PaymentRail | None]] = {  # as buyers are offered them
    "sandbox": _sandbox,
    "manual": _manual,
    "stripe": _stripe,
    "telegram_stars": _telegram_stars,
    "alipay": _alipay,
    "wechat_pay": _wechat_pay,
    "epay": _epay,
    "crypto": _crypto,
}


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
