"""Staff hear of whatever is owed and overdue, once; money that nobody found an order for goes back."""

from __future__ import annotations

from core import aftersales, restores
from core.shop import Shop
from jobs.chunks import one_by_one


async def alarms(shop: Shop) -> None:
    await one_by_one(shop, aftersales.overdue_units, aftersales.alarm_overdue)


async def lost_money(shop: Shop) -> None:
    await one_by_one(shop, aftersales.lost_money, aftersales.send_lost_money_back, unless=restores.unchecked)
