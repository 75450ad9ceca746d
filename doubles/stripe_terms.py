"""What Stripe accepts: its forms taken apart, and refused the way it refuses."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

ZERO = frozenset("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".lower().split())
WHOLE = frozenset({"isk", "ugx"})  # in hundredths, of which only whole hundreds are taken
TENS = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
LEAST = {"usd": 50, "eur": 50, "gbp": 30, "hkd": 400, "jpy": 50, "cny": 1}
SESSION = {
    "adaptive_pricing", "cancel_url", "client_reference_id", "expires_at", "line_items", "locale", "metadata", "mode",
    "payment_intent_data", "success_url",
}  # fmt: skip
LOCALES = {"auto", "zh", "en", "ru", "de", "ja"}


class Refused(Exception):
    """An answer of Stripe's that is no success."""

    def __init__(self, status: int, message: str, code: str = "", param: str = "", kind: str = "") -> None:
        self.status = status
        told = {"type": kind or "invalid_request_error", "message": message, "code": code, "param": param}
        self.error = {"error": {name: value for name, value in told.items() if value}}
        super().__init__(message)


def missing(what: str, made: str) -> Refused:
    return Refused(404, f"No such {what}: '{made}'", "resource_missing", "id")


def taken_apart(form: str) -> dict[str, Any]:
    """`a[b][0][c]=1` as {"a": {"b": [{"c": "1"}]}}."""
    made: dict[str, Any] = {}
    for name, value in parse_qsl(form, keep_blank_values=True):
        path = re.findall(r"[^\[\]]+", name) + ([""] if name.endswith("[]") else [])
        at = made
        for step in path[:-1]:
            at = at.setdefault(step, {})
        at[path[-1] or str(len(at))] = value
    return _lists(made)


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _lists(each) for name, each in value.items()}
    if inner and set(inner) == {str(number) for number in range(len(inner))}:
        return [inner[str(number)] for number in range(len(inner))]
    return inner


def whole(value: Any, param: str) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,18}", value):
        raise Refused(400, f"Invalid integer: {value}", "parameter_invalid_integer", param)
    return int(value)


def amount_taken(amount: int, currency: str) -> None:
    """Raises Refused for an amount that Stripe can't charge in that currency."""
    if not 0 < amount <= 99_999_999:
        raise Refused(400, "This value must be between 1 and 99999999", "parameter_invalid_integer", "unit_amount")
    if amount < LEAST.get(currency, 1):
        raise Refused(400, "The amount is below the minimum", "amount_too_small", "unit_amount")
    if (currency in WHOLE and amount % 100) or (currency in TENS and amount % 10):
        raise Refused(400, f"Invalid amount in {currency}", "invalid_charge_amount", "unit_amount")


def new_session(asked: dict[str, Any], now: float) -> dict[str, Any]:
    """The terms of a Checkout Session in types. Raises Refused for what Stripe would refuse."""
    if unknown := asked.keys() - SESSION:
        raise Refused(400, f"Received unknown parameter: {min(unknown)}", "parameter_unknown", min(unknown))
    if asked.get("mode") != "payment" or not str(asked.get("success_url", "")).startswith(("http://", "https://")):
        raise Refused(400, "Not a valid URL", "url_invalid", "success_url")
    lines = asked.get("line_items")
    if not isinstance(lines, list) or len(lines) != 1:
        raise Refused(400, "You must pass line items", "parameter_missing", "line_items")
    price = lines[0]["price_data"]
    amount = whole(price.get("unit_amount"), "unit_amount")
    if not re.fullmatch("[a-z]{3}", price["currency"]):
        raise Refused(400, "Invalid currency", "currency_invalid", "currency")
    amount_taken(amount, price["currency"])
    name = price["product_data"]["name"]
    if not 0 < len(name) <= 250 or len(asked.get("client_reference_id", "")) > 200:
        raise Refused(400, "Invalid string", "parameter_invalid_string", "name")
    if asked.get("locale", "auto") not in LOCALES:
        raise Refused(400, "Invalid locale", "parameter_invalid_enum", "locale")
    made = dict(asked)
    made["line_items"] = [
        {
            "quantity": whole(lines[0].get("quantity"), "quantity"),
            "price_data": {**price, "unit_amount": amount},
        }
    ]
    if "expires_at" in asked:
        end = made["expires_at"] = whole(asked["expires_at"], "expires_at")
        if not now + 30 * 60 - 1 <= end <= now + 24 * 3600:
            raise Refused(400, "The `expires_at` timestamp must be 30 minutes to 24 hours ahead", "", "expires_at")
    if "adaptive_pricing" in asked:
        made["adaptive_pricing"] = {"enabled": asked["adaptive_pricing"]["enabled"] == "true"}
    return made
