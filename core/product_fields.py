"""What may be written about a product: each field read from text as a person types it, or refused in words. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from urllib.parse import urlsplit

from babel.numbers import list_currencies

from core.catalog import StockKind
from core.ground.errors import ShopError
from core.ground.messages import Words, words
from core.ground.money import EXPONENTS, Money, parse

LOCAL = {"name": 80, "delivery": 500}  # characters; one text a language
LONGEST = {"face": 40, "region": 20, "redeem": 300}
NUMBERS = {"order": (1, 1000), "buyer": (1, 100_000), "days": (0, 365)}
CHOICES: Mapping[str, tuple[str, ...]] = {
    "kind": (StockKind.UNIQUE, StockKind.SHARED, StockKind.ON_DEMAND, StockKind.BY_HAND),
    "goods": ("digital", "physical"),
    "resale": ("low", "normal", "high"),
    "shortage": ("ask", "wait", "substitute", "refund"),
    "shelf": ("on", "off"),
    "noun": ("code", "card", "membership", "topup"),
    "reminders": ("private", "region", "paste"),
}
SHORTAGES = {"ask": ["wait", "substitute"], "wait": ["wait"], "substitute": ["substitute"], "refund": []}
MEASURES = {"code": "ge", "card": "zhang", "membership": "fen", "topup": "fen"}  # the Chinese measure word of each
NONE = frozenset({"-", "–", "—", "none", "no", "无", "没有", "不限", "нет"})
DEAREST = 2**63 // 1000  # minor units each: a thousand of them still fit into 64 bits
MOST_STEPS = 20
TAG = re.compile(r"<[A-Za-z/!?]|&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});", re.IGNORECASE)
JOINER = "\u200d"  # of emoji that are made of several
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
CODE = re.compile(r"[A-Z]{2,10}")
NUMBER = re.compile(r"\d{1,7}")
STEP = re.compile(r"(?:(\d{1,7})\s*\+?\s*[:=]\s*)?([\d.]+)")


class NotTaken(ShopError):
    """What was written can't be that. Facts: why, in words."""


def wrong(sentence: Words) -> NotTaken:
    return NotTaken(why=sentence)


def line(text: str, most: int) -> str:
    """One line of text as it will be shown. Raises NotTaken for what is empty, too long, or no plain text."""
    found = " ".join(plain(text).split())
    return _measured(found, most)


def lines(text: str, most: int) -> str:
    """The same, in several lines."""
    found = "\n".join(each.rstrip() for each in plain(text).strip().split("\n"))
    return _measured(found, most)


def plain(text: str) -> str:
    """Raises NotTaken for tags, control characters and others that no eye sees."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\t", " "))
    if any(unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs") and char not in f"\n{JOINER}" for char in text):
        raise wrong(words("wrong-hidden"))
    if TAG.search(text):
        raise wrong(words("wrong-tags"))
    return text


def _measured(found: str, most: int) -> str:
    if not found:
        raise wrong(words("wrong-empty"))
    if len(found) > most:
        raise wrong(words("wrong-long", n=len(found), most=most))
    return found


def is_none(text: str) -> bool:
    """Whether somebody says that there is to be none."""
    return text.strip().casefold() in NONE


def number(text: str, field: str) -> int:
    """A whole number within the field's limits, in digits of any script. Raises NotTaken."""
    least, most = NUMBERS[field]
    found = unicodedata.normalize("NFKC", text).strip()
    if not (NUMBER.fullmatch(found) and found.isascii() and least <= int(found) <= most):
        raise wrong(words("wrong-number", least=least, most=most))
    return int(found)


def choice(text: str, field: str) -> str:
    """One of what the field can be. Raises NotTaken."""
    found = text.strip().casefold().replace(" ", "_")
    if found not in CHOICES[field]:
        raise wrong(words("wrong-choice", options=", ".join(CHOICES[field])))
    return found


def link(text: str) -> str:
    """An address that buyers may be sent to. Raises NotTaken."""
    found = line(text, LONGEST["redeem"])
    try:
        parts = urlsplit(found)
        plain_host = "." in (parts.hostname or "") and "@" not in parts.netloc
    except ValueError:
        raise wrong(words("wrong-link")) from None
    if parts.scheme not in ("http", "https") or not plain_host or " " in found:
        raise wrong(words("wrong-link"))
    return found


def region(text: str) -> str:
    """A region's code: us, hk, global. Raises NotTaken."""
    found = line(text, LONGEST["region"]).casefold()
    if not re.fullmatch(r"[a-z]{2,20}", found):
        raise wrong(words("wrong-region"))
    return found if found == "global" else found.upper()


def currency(code: str) -> str:
    """A currency there is. Raises NotTaken."""
    found = code.strip().upper()
    if not CODE.fullmatch(found) or not (found in EXPONENTS or found in list_currencies()):
        raise wrong(words("wrong-currency", text=code.strip()[:20]))
    return found


def steps(text: str, in_currency: str) -> dict[int, int]:
    """ "128; 5: 125" is 128 each, and 125 each from five on: {1: 12800, 5: 12500}, minor units. Raises NotTaken."""
    found: dict[int, int] = {}
    tidy = unicodedata.normalize("NFKC", text).replace("、", ";").replace("\n", ";")
    for piece in filter(None, (part.strip() for part in re.split(r"[;,]", tidy))):
        read = STEP.fullmatch(piece)
        least = int(read[1] or 1) if read else 0
        if read is None or not least or least in found or len(found) == MOST_STEPS:
            raise wrong(words("wrong-price", text=piece[:40]))
        found[least] = amount(read[2], in_currency)
    if 1 not in found:
        raise wrong(words("wrong-price", text=tidy.strip()[:40] or "-"))
    return dict(sorted(found.items()))


def amount(text: str, in_currency: str) -> int:
    """Minor units. Raises NotTaken for what is no amount of that currency, and for more than fits."""
    try:
        found = parse(text, in_currency)
    except ValueError:
        raise wrong(words("wrong-price", text=f"{text} {in_currency}"[:40])) from None
    if found.amount > DEAREST:
        raise wrong(words("wrong-price", text=f"{text} {in_currency}"[:40]))
    return found.amount


def prices(text: str, own: str) -> dict[str, dict[int, int]]:
    """What is written of prices, a currency a line: "128; 5: 125", "USDT 18.5", "USDT -".

    Without a code it is the shop's own. No steps for a currency: it has no price in it any more. Raises NotTaken.
    """
    found: dict[str, dict[int, int]] = {}
    for row in filter(None, (each.strip() for each in unicodedata.normalize("NFKC", text).splitlines())):
        code, _, rest = row.partition(" ")
        if not (rest and code.isalpha()):
            code, rest = own, row
        if is_none(rest) and currency(code) != own:
            found[currency(code)] = {}
        else:
            found[currency(code)] = steps(rest, currency(code))
    if not found:
        raise wrong(words("wrong-price", text="-"))
    return found


def prices_shown(of_currency: Mapping[int, int], code: str) -> str:
    """Steps as `steps` reads them: "128.00; 5: 125.00"."""
    return "; ".join(
        f"{least}: {Money(price, code).plain()}" if least > 1 else Money(price, code).plain()
        for least, price in of_currency.items()
    )


def slug_of(*parts: str) -> str:
    """A short name made of these, of letters and digits that every chat's buttons carry; empty where none are left."""
    plainer = unicodedata.normalize("NFKD", " ".join(parts)).casefold()
    return re.sub(r"[^a-z0-9]+", "-", plainer).strip("-")[:40].strip("-")
