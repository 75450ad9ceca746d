"""BTCPay's invoices, and what the coins that came for one are in money."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from core.ground.money import Money, exponent, parse
from payments.wire import Currency, Foreign, Link, Misunderstood, Word

KEY = re.compile(r"[\x21-\x7e]{1,120}")

Number = Annotated[str, StringConstraints(max_length=60, pattern=r"^[0-9]{1,30}(\.[0-9]{1,28})?$")]
Moment = Annotated[int, Field(ge=0, lt=2**33)]  # seconds since 1970


class Invoice(Foreign):
    id: Word
    storeId: Word
    amount: Number
    currency: Currency
    status: Literal["New", "Processing", "Expired", "Invalid", "Settled"]
    additionalStatus: Word
    expirationTime: Moment
    checkoutLink: Link
    metadata: dict[str, Any]

    @property
    def key(self) -> str:
        return ours(self.metadata)

    @property
    def total(self) -> Money | None:
        try:
            return parse(self.amount, self.currency)
        except ValueError:  # of another till, finer than money is
            return None


@dataclass(frozen=True)
class Worth:
    """Coins that came, in the invoice's money."""

    id: str
    at: int
    value: Decimal
    state: str


class Coins(Foreign):
    """One payment on a chain, or over Lightning."""

    id: Word
    receivedDate: Moment
    value: Number
    status: Literal["Invalid", "Processing", "Settled"]

    def worth(self, rate: str) -> Worth:
        return Worth(self.id, self.receivedDate, Decimal(self.value) * Decimal(rate), self.status)


class Method(Foreign):
    """A coin that the invoice can be paid in; `rate` is what one of it is worth in the invoice's currency."""

    rate: Number
    payments: list[Coins]


INVOICES, METHODS = TypeAdapter(list[Invoice]), TypeAdapter(list[Method])


def ours(metadata: Mapping[str, Any] | None) -> str:
    """The key it carries; empty for an invoice that is not of this shop."""
    key = (metadata or {}).get("orderId")
    return key if isinstance(key, str) and KEY.fullmatch(key) else ""


def sums(invoice: Invoice, coins: list[Worth]) -> list[tuple[str, int, Money]]:
    """What came in as money: one sum until the invoice's end, then each payment by itself; with its name and moment.

    A settled invoice was paid whole as the server counts it, though the rounding of a rate may say a cent less. One
    that somebody marked settled by hand has brought in what it has, which may be nothing. Fractions are carried over:
    all sums together are what all coins together are worth.
    """
    settled = sorted((one for one in coins if one.state == "Settled"), key=lambda one: (one.at, one.id))
    in_time = [one for one in settled if one.at <= invoice.expirationTime]
    if any(one.state == "Processing" and one.at <= invoice.expirationTime for one in coins):
        return []  # until it is known how much came in time, nothing is: what comes after it has to wait
    steps = [(invoice.id, in_time)] if in_time else []
    steps += [(one.id, [one]) for one in settled if one.at > invoice.expirationTime]
    whole, known, found = Decimal(), Money(0, invoice.currency), []
    for name, group in steps:
        whole += sum((one.value for one in group), Decimal())
        upto = floored(whole, invoice.currency)
        if name == invoice.id and paid_whole(invoice) and invoice.total:
            upto = max(upto, invoice.total, key=lambda money: money.amount)
        if upto.amount > known.amount:
            found.append((name, max(one.at for one in group), upto - known))
            known = upto
    return found


def paid_whole(invoice: Invoice) -> bool:
    """As the server counts it. Not what somebody has marked so."""
    return invoice.status == "Settled" and invoice.additionalStatus in ("None", "PaidOver")


def floored(worth: Decimal, currency: str) -> Money:
    """What came in, in whole minor units: a fraction of one is nobody's money."""
    amount = int(worth.scaleb(exponent(currency)))
    if amount >= 10**15:
        raise Misunderstood("the server's sum makes no sense to us")
    return Money(amount, currency)


def listed(shape: TypeAdapter[Any], answer: bytes | None) -> list[Any]:
    try:
        return shape.validate_json(answer or b"", strict=True)
    except ValidationError:
        raise Misunderstood("the server's answer makes no sense to us") from None
