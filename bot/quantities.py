"""How many? People write "2", "２", "二", "两张", "要2个", "x2", "two" and mean the same."""

from __future__ import annotations

import re
import unicodedata

CHINESE = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2, "俩": 2, "仨": 3, "〇": 0}
NAMED = {
    word: value
    for value, word in enumerate(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], 1)
}
NAMED |= {"один": 1, "одна": 1, "одну": 1, "два": 2, "две": 2, "три": 3, "четыре": 4, "пять": 5}
NAMED |= {"шесть": 6, "семь": 7, "восемь": 8, "девять": 9, "десять": 10}
NUMBER = r"[0-9]{1,9}|[零〇一二两俩仨三四五六七八九十]{1,3}|[a-z]{3,5}|[а-яё]{3,6}"
SAID = re.compile(
    r"(?:我?想?要|我?想?买|来|给我|x|×|\*)?\s*"
    rf"({NUMBER})\s*"
    r"(?:张|个|份|件|码|卡|pcs?|pieces?|codes?|cards?|x|×|шт\.?|штук[аиу]?|кодов|кода?|карт[аыу]?)?"
    r"\s*(?:吧|please|пожалуйста)?\.?"
)


def quantity_said(text: str) -> int | None:
    """The whole number of at least 1 that was meant, or None: "几张", "1.5", "0" and "-1" are no quantities."""
    found = SAID.fullmatch(unicodedata.normalize("NFKC", text).strip().casefold())
    many = _number(found[1]) if found else None
    return many or None


def numeral(text: str) -> int | None:
    """The number, if it is nothing but one: "2", "２", "二", "two"; None for "两张" and "要2个"."""
    word = unicodedata.normalize("NFKC", text).strip().casefold()
    return _number(word) if re.fullmatch(NUMBER, word) else None


def _number(word: str) -> int | None:
    if word.isascii() and word.isdigit():
        return int(word)
    if word in NAMED:
        return NAMED[word]
    tens, ten, ones = word.partition("十")
    if not ten:
        return CHINESE.get(word)
    if any(part and part not in CHINESE for part in (tens, ones)):
        return None
    return CHINESE.get(tens, 1) * 10 + CHINESE.get(ones, 0)
