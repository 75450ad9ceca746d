"""The staff's router: only people who work here, asked at every word."""

from __future__ import annotations

from bot.router import Router
from core.ground.messages import Choice, words

staff = Router(
    "staff",
    Choice(words("choose-reviews"), "reviews"),
    Choice(words("choose-hands"), "hands"),
    Choice(words("choose-threads"), "threads"),
    Choice(words("choose-latest"), "orders"),
    Choice(words("choose-stock"), "stock"),
    only_staff=True,
)
staff.instead = {"approve": "order", "reject": "order"}
staff.anywhere = frozenset({"here"})

from bot.conversations import (  # noqa: E402
    staff_announcing,
    staff_calling_off,
    staff_export,
    staff_fulfil,
    staff_giveback,
    staff_goodwill,
    staff_hiring,
    staff_hours,
    staff_noting,
    staff_received,
    staff_replace,
    staff_reply,
    staff_restock,
    staff_reveal,
    staff_room,
    staff_selling,
    staff_switching,
    staff_withdraw,
)
from bot.handlers import (  # noqa: E402
    language,
    staff_audit,
    staff_days,
    staff_exports,
    staff_finding,
    staff_help,
    staff_money,
    staff_news,
    staff_notices,
    staff_orders,
    staff_payments,
    staff_people,
    staff_review,
    staff_stock,
    staff_switches,
    staff_threads,
)

__all__ = [
    "language",
    "staff",
    "staff_announcing",
    "staff_audit",
    "staff_calling_off",
    "staff_days",
    "staff_export",
    "staff_exports",
    "staff_finding",
    "staff_fulfil",
    "staff_giveback",
    "staff_goodwill",
    "staff_help",
    "staff_hiring",
    "staff_hours",
    "staff_money",
    "staff_news",
    "staff_notices",
    "staff_noting",
    "staff_orders",
    "staff_payments",
    "staff_people",
    "staff_received",
    "staff_replace",
    "staff_reply",
    "staff_restock",
    "staff_reveal",
    "staff_review",
    "staff_room",
    "staff_selling",
    "staff_stock",
    "staff_switches",
    "staff_switching",
    "staff_threads",
    "staff_withdraw",
]
