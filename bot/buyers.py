"""The buyers' router: everyone may look, buy, and ask after their own orders."""

from __future__ import annotations

from bot.router import Router
from core import cards

buyers = Router("buyers", cards.SHELF, cards.MY_ORDERS, cards.HUMAN)
buyers.instead = {"buy": "product"} | dict.fromkeys(
    ("cancel", "refundme", "wait", "swap", "deliver", "credit", "creditback", "forgetwhere"), "order"
)

from bot.conversations import asking, buying, claiming, giving, linking, looking_back, mailing, redeemed  # noqa: E402
from bot.handlers import (  # noqa: E402
    arriving,
    asked,
    buyer_orders,
    choosing,
    claims,
    finding,
    gifts,
    help,
    language,
    moved_here,
    news,
    paying,
    product,
    shelf,
    waitlist,
)

__all__ = [
    "arriving",
    "asked",
    "asking",
    "buyers",
    "buyer_orders",
    "buying",
    "choosing",
    "claiming",
    "claims",
    "finding",
    "gifts",
    "giving",
    "help",
    "language",
    "linking",
    "looking_back",
    "mailing",
    "moved_here",
    "news",
    "paying",
    "product",
    "redeemed",
    "shelf",
    "waitlist",
]
