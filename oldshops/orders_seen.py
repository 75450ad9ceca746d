"""What is counted while an old shop's orders are read once: by status, by month, what is owed, what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.old_shops import OwedOrder
from oldshops.figures import SHANGHAI
from oldshops.rows import NEVER, OrderRow

RECENT = timedelta(days=1)  # a payment for an order so young may still be under way


@dataclass
class OrdersSeen:
    statuses: Counter[str] = field(default_factory=Counter)
    status_totals: Counter[str] = field(default_factory=Counter)
    months: Counter[str] = field(default_factory=Counter)
    month_totals: Counter[str] = field(default_factory=Counter)
    read: int = 0
    finished: int = 0
    total: int = 0
    chosen: int = 0  # of the finished ones, in the category that is brought
    chosen_total: int = 0
    unpaid: int = 0
    unpaid_now: int = 0
    others: int = 0  # merchants'
    binned: int = 0
    without_product: int = 0
    without_password: int = 0
    without_contact: int = 0
    without_time: int = 0
    owed: list[OwedOrder] = field(default_factory=list)
    owed_elsewhere: int = 0  # in categories that are not brought
    newest: datetime | None = None

    def watch(self, rows: Iterable[OrderRow], now: datetime, category: str | None) -> None:
        for row in rows:
            self._count(row)
            if row.state == "bin":
                self.binned += 1
            elif row.state == "merchant":
                self.others += 1
            elif row.state == "unpaid":
                self.unpaid += 1
                self.unpaid_now += row.order.at > now - RECENT
            elif row.state:
                self._owe(row, category)
            else:
                self._finish(row, category)

    @property
    def owed_total(self) -> int:
        return sum(order.total for order in self.owed)

    def _count(self, row: OrderRow) -> None:
        self.read += 1
        self.statuses[row.status] += 1
        self.status_totals[row.status] += row.order.total
        if row.order.at == NEVER:
            self.without_time += 1
        elif self.newest is None or row.order.at > self.newest:
            self.newest = row.order.at

    def _owe(self, row: OrderRow, category: str | None) -> None:
        order = row.order
        if category is not None and row.category != category:
            self.owed_elsewhere += 1
            return
        self.owed.append(OwedOrder(order.id, order.number, order.title, order.total, order.at, row.state))

    def _finish(self, row: OrderRow, category: str | None) -> None:
        order = row.order
        month = f"{order.at + SHANGHAI:%Y-%m}"
        self.finished += 1
        self.total += order.total
        self.months[month] += 1
        self.month_totals[month] += order.total
        if category is None or row.category == category:
            self.chosen += 1
            self.chosen_total += order.total
        self.without_product += not row.product
        self.without_password += order.password is None
        self.without_contact += not order.contact
