"""What a deep link into a chat carries: 1 to 64 of A-Z, a-z, 0-9, _ and -, as Telegram takes it."""

from __future__ import annotations

import re

from core.catalog import Brand, Product
from core.orders import Order

PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")
OPENS = {"p": "product", "b": "brand", "o": "order", "g": "gift", "c": "credit"}


def payload_for(what: Product | Brand | Order) -> str | None:
    """What a link to this carries; `arrive` opens it again. None for what can't be said in a payload."""
    match what:
        case Product(slug=name):
            made = f"p-{name}"
        case Brand(slug=name):
            made = f"b-{name}"
        case Order(number=name):
            return to_order(name)
    return made if PAYLOAD.fullmatch(made) else None


def to_order(number: str) -> str | None:
    """What a link to the order of that number carries."""
    made = f"o-{number}"
    return made if PAYLOAD.fullmatch(made) else None


def to_gift(token: str) -> str:
    """What a link to a gift carries."""
    return f"g-{token}"


def to_credit(token: str) -> str:
    """What a link to a balance from the old shop carries."""
    return f"c-{token}"


def opened(payload: str) -> tuple[str, str] | None:
    """What a payload leads to, and its name: ("product", "steam-us-20"). None for one that isn't ours."""
    kind, dash, name = payload.partition("-")
    return (OPENS[kind], name) if PAYLOAD.fullmatch(payload) and dash and name and kind in OPENS else None
