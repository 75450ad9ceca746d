"""Amounts and times as old shops write them: yuan with two decimals, and Shanghai's wall clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

SHANGHAI = timedelta(hours=8)  # no summer time since 1991


def cents(amount: Any) -> int:
    """Minor units, exactly. Raises ValueError for what is no amount, is below zero or has more than two decimals."""
    try:
        scaled = Decimal(str(amount).strip()).scaleb(2)
    except InvalidOperation:
        raise ValueError(f"not an amount: {amount!r}") from None
    if not scaled.is_finite() or scaled < 0 or scaled != scaled.to_integral_value():
        raise ValueError(f"not an amount of two decimals: {amount!r}")
    return int(scaled)


def moment(wall: Any) -> datetime | None:
    """What the clock on the wall in Shanghai showed, as a moment. None for no time, also for the year 0."""
    if not isinstance(wall, datetime):
        return None
    return (wall - SHANGHAI).replace(tzinfo=UTC)


def yuan(amount: int) -> str:
    """ "1 234.50" of minor units, for people."""
    return f"{amount / 100:,.2f}".replace(",", " ")
