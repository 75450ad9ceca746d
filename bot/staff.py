"""The staff's router: only people who work here, asked at every word."""

from __future__ import annotations

from bot.router import Router
from core.ground.messages import Choice, words

staff = Router(
    "staff",
    Choice(words("choose-reviews"), "reviews"),
    Choice(words("choose-hands"), "hands"),
    Choice(words("choose-latest"), "orders"),
    Choice(words("choose-stock"), "stock"),
    only_staff=True,
)
staff.instead = {"approve": "order", "reject": "order"}
staff.anywhere = frozenset({"here"})

from bot.conversations import (  # noqa: E402
    staff_catalogue,
    staff_fulfil,
    staff_goodwill,
    staff_hiring,
    staff_product,
    staff_product_new,
    staff_received,
    staff_replace,
    staff_reply,
    staff_repricing,
    staff_restock,
    staff_room,
)
from bot.handlers import (  # noqa: E402
    language,
    staff_help,
    staff_money,
    staff_orders,
    staff_payments,
    staff_people,
    staff_prices,
    staff_products,
    staff_review,
    staff_stock,
)

__all__ = [
    "language",
    "staff",
    "staff_catalogue",
    "staff_fulfil",
    "staff_goodwill",
    "staff_received",
    "staff_help",
    "staff_money",
    "staff_orders",
    "staff_payments",
    "staff_hiring",
    "staff_people",
    "staff_prices",
    "staff_product",
    "staff_product_new",
    "staff_products",
    "staff_replace",
    "staff_reply",
    "staff_repricing",
    "staff_restock",
    "staff_review",
    "staff_room",
    "staff_stock",
]
