"""Money: an int of minor units and a currency. No float ever touches it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import format_currency, format_decimal

# ISO 4217 where the exponent is not 2, and what we sell for besides ISO: Babel assumes 2 for those it doesn't know.
ISO = {0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF", 3: "BHD IQD JOD KWD LYD OMR TND"}
EXPONENTS = {currency: places for places, currencies in ISO.items() for currency in currencies.split()}
EXPONENTS |= {"CLF": 4, "UYW": 4, "XTR": 0, "USDT": 6, "USDC": 6, "TON": 9, "BTC": 8, "ETH": 18}
SIGNS = {"XTR": "⭐"}
AMOUNT = re.compile(r"\d{1,15}(?:\.\d{1,18})?")


def exponent(currency: str) -> int:
    return EXPONENTS.get(currency, 2)


@dataclass(frozen=True)
class Money:
    """`amount` minor units of `currency`: Money(1250, "CNY") is 12.50 yuan."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount) is not int:  # a float out of somebody's JSON, a Decimal out of PostgreSQL's SUM
            raise TypeError(f"{self.amount!r} {self.currency} is no whole number of minor units")

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other).amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other).amount, self.currency)

    def __mul__(self, times: int) -> Money:
        return Money(self.amount * times, self.currency)

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} don't mix")
        return other

    @property
    def decimal(self) -> Decimal:
        return Decimal(self.amount).scaleb(-exponent(self.currency))

    def plain(self) -> str:
        """ "12.50": for machines, always with all its decimals."""
        return f"{self.decimal:.{exponent(self.currency)}f}"

    def shown(self, locale: str) -> str:
        """ "¥12.50": for people, as their language writes it."""
        places = exponent(self.currency)
        number = "0" if places == 0 else "0." + "0" * min(places, 2) + "#" * max(places - 2, 0)
        if self.currency in SIGNS or len(self.currency) != 3:
            amount = format_decimal(self.decimal, "#,##0." + "#" * places, locale=locale.replace("-", "_"))
            return f"{amount} {SIGNS.get(self.currency, self.currency)}"
        pattern = f"#,##{number} ¤" if locale.startswith("ru") else f"¤#,##{number}"
        return format_currency(
            self.decimal, self.currency, pattern, locale=locale.replace("-", "_"), currency_digits=False
        )


def parse(text: str, currency: str) -> Money:
    """ "12.5" of a currency. Raises ValueError for signs, exponents, and more decimals than the currency has."""
    if not AMOUNT.fullmatch(text.strip()):
        raise ValueError(f"not an amount: {text!r}")
    scaled = Decimal(text.strip()).scaleb(exponent(currency))
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{currency} has {exponent(currency)} decimals: {text!r}")
    return Money(int(scaled), currency)
