"""Notices that are forged, broken or untrue: none may change anything, whatever it is answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from doubles.sandbox_notices import HEADER, signature

SECRET = "the provider's secret"
TAKEN = (204,)  # what is signed is stored; the rail, when asked, denies or corrects it
REFUSED = (400, 413)


@dataclass(frozen=True)
class Sending:
    """One request to the hook, and how it may be answered."""

    body: bytes
    headers: list[tuple[str, str]]
    answers: tuple[int, ...] = TAKEN
    path: str = "/hooks/sandbox"
    what: str = "a good notice"
    event: str = ""  # the event it is stored as, if it is


@dataclass(frozen=True)
class Given:
    """What a notice is made worse from."""

    body: dict[str, Any]  # a good one, of a payment that is paid and may be told of at any time
    unpaid: str  # the key of a payment nobody has paid
    at: datetime
    number: int = field(default=0)


def signed(body: bytes, at: datetime, **rest: Any) -> Sending:
    return Sending(body, [(HEADER, signature(SECRET, at, body))], **rest)


def packed(body: dict[str, Any]) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


def changed(given: Given, **fields: Any) -> Sending:
    """Signed as it should be, with something else in it; refused for its form."""
    return signed(packed({**given.body, **fields}), given.at, answers=REFUSED)


def untrue(given: Given, **fields: Any) -> Sending:
    """Signed and well-formed, and not so: taken, and found out when the rail is asked."""
    body = {**given.body, **fields}
    return signed(packed(body), given.at, event=body["event"])


def headed(given: Given, *headers: str, body: bytes | None = None) -> Sending:
    """With other signatures than the provider's."""
    return Sending(packed(given.body) if body is None else body, [(HEADER, one) for one in headers], REFUSED)


def good(given: Given) -> str:
    return signature(SECRET, given.at, packed(given.body))


def raw(given: Given, body: bytes) -> Sending:
    return signed(body, given.at, answers=REFUSED)


def named(given: Given) -> dict[str, str]:
    """An event and a transaction of its own."""
    return {"event": f"evt_lie_{given.number}", "transaction": f"txn_lie_{given.number}"}


WAYS: dict[str, Callable[[Given], Sending]] = {
    "another amount": lambda given: untrue(given, amount=given.body["amount"] * 100),
    "another currency": lambda given: untrue(given, currency="USD"),
    "an unknown key": lambda given: untrue(given, **named(given), key=f"NOBODY-{given.number}"),
    "paid, says who": lambda given: untrue(given, **named(given), key=given.unpaid),
    "no signature": lambda given: headed(given),
    "another's secret": lambda given: headed(given, signature("another's", given.at, packed(given.body))),
    "an empty secret": lambda given: headed(given, signature("", given.at, packed(given.body))),
    "another algorithm": lambda given: headed(given, good(given).replace("sha256=", "md5=")),
    "an empty signature": lambda given: headed(given, ""),
    "a signature of other bytes": lambda given: headed(given, good(given), body=packed({**given.body, "amount": 1})),
    "two signatures": lambda given: headed(given, good(given), signature("another's", given.at, packed(given.body))),
    "signed too long ago": lambda given: headed(
        given, signature(SECRET, given.at - timedelta(minutes=6), packed(given.body))
    ),
    "signed in the future": lambda given: headed(
        given, signature(SECRET, given.at + timedelta(minutes=6), packed(given.body))
    ),
    "a parameter twice": lambda given: replace(raw(given, packed(given.body)), path="/hooks/sandbox?event=1&event=2"),
    "a name twice": lambda given: raw(given, packed(given.body)[:-1] + b',"amount":1}'),
    "truncated": lambda given: headed(given, good(given), body=packed(given.body)[:-7]),
    "truncated, then signed": lambda given: raw(given, packed(given.body)[:-7]),
    "nothing in it": lambda given: raw(given, b""),
    "no JSON": lambda given: raw(given, b"event=1&state=paid"),
    "no UTF-8": lambda given: raw(given, b'{"event":"\xff\xfe"}'),
    "nested without end": lambda given: raw(given, b"[" * 50_000),
    "bigger than a notice": lambda given: raw(given, packed({**given.body, "more": "x" * 100_000})),
    "huge": lambda given: raw(given, packed({**given.body, "more": "x" * 300_000})),
    "half a unit": lambda given: changed(given, amount=given.body["amount"] + 0.5),
    "an amount in words": lambda given: changed(given, amount=str(given.body["amount"])),
    "less than nothing": lambda given: changed(given, amount=-given.body["amount"]),
    "more than there is": lambda given: changed(given, amount=10**30),
    "no currency": lambda given: changed(given, currency="¥"),
    "another account": lambda given: changed(given, account="another-shop"),
    "live money": lambda given: changed(given, mode="live"),
    "a state nobody knows": lambda given: changed(given, state="refunded"),
    "an event without a name": lambda given: changed(given, event=""),
    "an event of two lines": lambda given: changed(given, event="evt\n1"),
    "a key that is none": lambda given: changed(given, key=None),
    "another rail": lambda given: replace(raw(given, packed(given.body)), path="/hooks/nobody", answers=(404,)),
}


def made(way: str, given: Given) -> Sending:
    return replace(WAYS[way](given), what=way)
