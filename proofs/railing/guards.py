"""What the shop can't do without when it is paid, and how it is switched off; where it is seen: rail and leg."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import proofs.notices  # noqa: F401  two of its guards are this proof's as well
from core import aftersales, ledger
from core.aftersales import RefundCall
from core.ground.db import Tx
from payments import alipay_signing
from payments.stripe import Stripe
from proofs.guards import guard, replaced

SEEN_AT = {
    "asking the rail": ("epay", "forged"),
    "signed by the provider": ("alipay", "forged"),
    "verified on raw bytes": ("stripe", "forged"),
    "one receipt a transaction": ("alipay", "sales"),
    "one key a refund": ("alipay", "sales"),
    "a transfer is looked up": ("manual", "confirmed"),
}


@guard("signed by the provider")
def whoever_has_signed() -> Iterator[None]:
    """A signature is one, whoever's it is."""
    with replaced(alipay_signing, "signed", lambda key, signature, text: True):
        yield


@guard("verified on raw bytes")
def parsed_first() -> Iterator[None]:
    """The notice is parsed, and what is verified is how it would be written."""
    verify: Callable[..., None] = Stripe._verify

    def tidy(rail: Stripe, headers: Mapping[str, str], body: bytes) -> None:
        with suppress(ValueError, RecursionError):
            body = json.dumps(json.loads(body), indent=2).encode()
        verify(rail, headers, body)

    with replaced(Stripe, "_verify", tidy):
        yield


@guard("one key a refund")
def a_new_key_each_time() -> Iterator[None]:
    """A refund whose answer was lost is sent again as another one."""
    begins = aftersales.refund_begins

    def forgetful(tx: Tx, refund: int) -> RefundCall | None:
        call = begins(tx, refund)
        return call and replace(call, key=f"refund-{secrets.token_hex(8)}", ask_first=False)

    with replaced(aftersales, "refund_begins", forgetful):
        yield


@guard("a transfer is looked up")
def never_seen_before() -> Iterator[None]:
    """Whether a reference is written down already is nobody's question."""

    def unknown(tx: Tx, rail: str, account: str, transaction: str) -> Any:
        return None

    with replaced(ledger, "received_before", unknown):
        yield
