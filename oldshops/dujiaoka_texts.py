"""Small texts of dujiaoka that hold settings, both of 1.x and 2.x: one line each, taken apart at "="."""

from __future__ import annotations

from oldshops.figures import cents

# What stands where codes should be, when there were too few. Staff may set such an order to "done" and leave it there.
APOLOGIES = (
    "库存可使用卡密不足，请联系管理员核查",
    "庫存可使用卡密不足，請聯系管理員核查",
    "发卡异常请联系管理员核查",
)


def is_apology(text: str) -> bool:
    return any(apology in text for apology in APOLOGIES)


def tiers(text: str | None) -> dict[int, int]:
    """From so many on, one costs. Raises ValueError for a line that isn't so: the old shop then applies none."""
    found: dict[int, int] = {}
    for line in filter(None, map(str.strip, (text or "").splitlines())):
        least, sign, price = line.partition("=")
        if not sign or "=" in price:
            raise ValueError(line)
        found[int(least)] = cents(price)
    return found


def form(text: str | None) -> tuple[tuple[str, str], ...]:
    """What a buyer is asked: name, label. Raises ValueError for a line that isn't so."""
    asked = []
    for line in filter(None, map(str.strip, (text or "").splitlines())):
        name, *rest = (part.strip() for part in line.split("="))
        if not name or not rest or not rest[0]:
            raise ValueError(line)
        asked.append((name, rest[0]))
    return tuple(asked)


def lacks(text: str, quantity: int, automatic: bool) -> str:
    """Why a finished order was not served after all, by its text and by counting; "" when it was."""
    if is_apology(text):
        return "apology"
    if not automatic:
        return ""
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return "nothing sent"
    return "short" if len(lines) < quantity else ""
