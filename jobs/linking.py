"""Somebody was asked whether an account is theirs and did not say: nothing is linked, and both are told."""

from __future__ import annotations

from core import linking
from core.shop import Shop
from jobs.chunks import one_by_one


async def unanswered(shop: Shop) -> None:
    await one_by_one(shop, linking.lapsed, linking.lapse)
