"""Ways to take money, one file per rail.

To add one:

1. Write `payments/NAME.py` with a class that keeps `PaymentRail` of core/parties.py. It knows the core's data
   and one vendor's HTTP or SDK, nothing else: no database, no door, no other rail. `read` only verifies and
   translates, on the raw bytes, and raises ForgedNotice for all it can't vouch for; whether money counts is
   decided by core/settling.
2. Add its line to RAILS. It is imported when a shop that uses it starts, not before.
3. Write the provider's side as a server in `doubles/`, with its faults, and drive the rail against it in
   `tests/payments/`. Sandbox is the example to follow.
4. Name its settings, and how it is made of them, in `mika/rail_settings.py` and `mika/rails.py`.

Coins are one rail to buyers, "crypto", and three to us: [rails.crypto] says which.

A rail without a secret to verify notices with says `listens = False`; its hook then answers 404.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

RAILS = {
    "alipay": "payments.alipay:Alipay",
    "btcpay": "payments.btcpay:BtcPay",
    "crypto_pay": "payments.crypto_pay:CryptoPay",
    "epay": "payments.epay:Epay",
    "epusdt": "payments.epusdt:Epusdt",
    "manual": "payments.manual:Manual",
    "sandbox": "payments.sandbox:Sandbox",
    "stripe": "payments.stripe:Stripe",
    "telegram_stars": "payments.telegram_stars:TelegramStars",
    "wechat_pay": "payments.wechat_pay:WechatPay",
}

CRYPTO = ("btcpay", "crypto_pay", "epusdt")  # three ways to keep the one rail that buyers know as crypto


def load(name: str) -> Any:
    """The class of a rail, imported now if it wasn't before. Raises LookupError for an unknown name."""
    try:
        module, _, kind = RAILS[name].partition(":")
    except KeyError:
        raise LookupError(f"no payment rail is called {name!r}; there are {', '.join(sorted(RAILS))}") from None
    return getattr(import_module(module), kind)
