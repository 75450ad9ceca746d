"""Planned price changes whose time has come are made."""

from __future__ import annotations

from core import repricing
from core.shop import Shop
from jobs.chunks import one_by_one


async def reprice(shop: Shop) -> None:
    await one_by_one(shop, repricing.due, repricing.apply)
