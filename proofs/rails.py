"""The ways to pay, each at a double of its provider: `--rail` says which, all of them if none is named.

A rail is one file of proofs/railing/; `crypto` is each of the three ways to take coins. With a guard off only the rail
and the leg that are about it are played.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from proofs import shop
from proofs.proof import Broken, Figures, Proof, Run
from proofs.railing.alipay import Alipay
from proofs.railing.btcpay import BtcPay
from proofs.railing.confirmed import confirmed
from proofs.railing.crypto_pay import CryptoPay
from proofs.railing.epay import Epay
from proofs.railing.epusdt import Epusdt
from proofs.railing.forged import forged
from proofs.railing.guards import SEEN_AT
from proofs.railing.manual import Manual
from proofs.railing.provider import Provider
from proofs.railing.sales import sales
from proofs.railing.stripe import Stripe
from proofs.railing.telegram_stars import TelegramStars
from proofs.railing.wechat_pay import WechatPay
from proofs.shop import Premises

Leg = Callable[[Run, Premises, type[Provider]], Coroutine[Any, Any, Figures]]

RAILS: Mapping[str, tuple[type[Provider], ...]] = {
    "stripe": (Stripe,),
    "telegram_stars": (TelegramStars,),
    "wechat_pay": (WechatPay,),
    "alipay": (Alipay,),
    "epay": (Epay,),
    "crypto": (CryptoPay, BtcPay, Epusdt),
    "manual": (Manual,),
}
TOLD: Mapping[str, Leg] = {"forged": forged, "sales": sales}  # of a rail that is told something
SEEN: Mapping[str, Leg] = {"confirmed": confirmed, "sales": sales}  # of one that only staff can look at


def rails(run: Run) -> Figures:
    """Raises KeyError for a part that is neither a rail nor a leg."""
    named = (SEEN_AT[run.without][0],) if run.without else run.parts
    if unknown := set(named) - RAILS.keys() - TOLD.keys() - SEEN.keys():
        raise KeyError(*unknown)
    figures: dict[str, Any] = {}
    for rail in [rail for rail in RAILS if rail in named] or list(RAILS):
        for kind in RAILS[rail]:
            figures[kind.name] = {}
            for store in run.stores:
                figures[kind.name][store] = paid_by(run, store, kind, figures)
    return figures


def paid_by(run: Run, store: str, kind: type[Provider], so_far: Figures) -> Figures:
    """The legs of one rail, each in a new shop."""
    found: dict[str, Figures] = {}
    for name, leg in wanted(run, kind).items():
        run.progress(f"{store}: {kind.name}, {name}")
        with shop.premises(run, store) as place:
            try:
                found[name] = asyncio.run(leg(run, place, kind))
            except Broken as broken:
                why = f"{store}, {kind.name}, {name}: {broken}"
                raise Broken(why, **so_far, broken_leg=broken.figures) from None
        run.progress(f"{store}: {kind.name}, {name}: {found[name]}")
    return found


def wanted(run: Run, kind: type[Provider]) -> Mapping[str, Leg]:
    legs = SEEN if kind is Manual else TOLD
    if run.without:
        return {name: leg for name, leg in legs.items() if name == SEEN_AT[run.without][1]}
    return {name: leg for name, leg in legs.items() if name in run.parts} or legs


PROOF = Proof(
    name="rails",
    claim="By whichever rail, however badly it is told: money is one receipt and one end, and a forged notice nothing.",
    sizes={
        "tiny": {"forged": 80, "orders": 24, "paced": 20, "races": 6, "judged": 0},
        "ci": {"forged": 1_000, "orders": 100, "paced": 100, "races": 30, "judged": 0},
        "release": {"forged": 10_000, "orders": 1_000, "paced": 1_000, "races": 300, "judged": 1},
    },
    plays=rails,
    guards=tuple(SEEN_AT),
)
