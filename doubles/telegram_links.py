"""What Telegram marks in a text on its own: links, names, commands. And how it cleans a text before that."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from doubles.telegram_html import units
from doubles.telegram_nesting import SOLID, Entity

TAPPED = frozenset(
    ["url", "email", "mention", "hashtag", "cashtag", "bot_command", "phone_number", "text_link", "text_mention"]
)  # kinds that do something when a person touches them

# Top-level domains that make a link without http://. The real list has some 1,500; these are what names and codes
# of a shop could run into.
DOMAINS = frozenset(Path(__file__).with_name("telegram_domains.txt").read_text("utf-8").split())

PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("email", re.compile(r"(?<![\w.+-])[a-zA-Z0-9._%+-]{1,64}@(?:[a-zA-Z0-9-]+\.)+[a-zA-Z]{2,24}(?![\w@])")),
    (
        "url",
        re.compile(
            r"(?<![\w@.#$/-])"
            r"(?:(?P<protocol>https?|ftp|tg|ton|tonsite)://)?"
            r"(?P<host>(?:[\w-]+\.)+(?P<top>[^\W_]+|xn--[\w-]+)|(?<=://)[\w.-]+)"
            r"(?::\d{1,5})?"
            r"(?:[/?#][^\s<>«»\"“”|]*)?",
            re.IGNORECASE,
        ),
    ),
    ("mention", re.compile(r"(?<![\w@])@[a-zA-Z0-9_]{2,32}(?![\w@])")),
    ("hashtag", re.compile(r"(?<![\w#])#(?=\w*[^\W\d])\w{1,256}(?![\w#])")),
    ("cashtag", re.compile(r"(?<![\w$])\$(?:1[A-Z]{3,8}|[A-Z]{1,8})(?![\w$])")),
    ("bot_command", re.compile(r"(?<![\w/<>])/[a-zA-Z0-9_]{1,64}(?:@[a-zA-Z0-9_]{3,32})?(?![\w/<>])")),
    ("phone_number", re.compile(r"(?<![\w+])\+\d[\d ()-]{7,17}\d(?!\w)")),
)
HINTS = re.compile(r"[@#$/+.:]")  # without one of these nothing is found
ENDS = ".,:;!?'()[]{}*~`…，。！？；：、"  # left out at the end of a link
DROPPED = re.compile("[\r\u2028-\u202e\u0333\u033f\u030a]")
BLANKED = re.compile("[\x00-\x08\x0b-\x1f]")


def cleaned(text: str) -> str:
    """Without the characters that Telegram takes out of every text; other control characters become spaces."""
    return BLANKED.sub(" ", DROPPED.sub("", text))


def empty(text: str) -> bool:
    """Whether a reader would see nothing."""
    return all(char.isspace() or unicodedata.category(char) in ("Cf", "Cc", "Zs", "Zl", "Zp") for char in text)


def trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Without the blanks around it; entities move along, and those of nothing but such blanks go."""
    body = text.lstrip()
    cut = units(text[: len(text) - len(body)])
    body = body.rstrip()
    if body == text:
        return text, entities
    length, kept = units(body), []
    for one in entities:
        start, end = max(one["offset"] - cut, 0), min(one["offset"] + one["length"] - cut, length)
        if start < end:
            kept.append(one | {"offset": start, "length": end - start})
    return body, kept


def marked(text: str, entities: list[Entity]) -> list[Entity]:
    """The entities and what Telegram finds by itself, which is never inside code or another link."""
    if not HINTS.search(text):
        return entities
    found = list(entities)
    taken = [
        (one["offset"], one["offset"] + one["length"])
        for one in entities
        if one["type"] in SOLID or one["type"] in TAPPED
    ]
    for kind, start, end in seen(text):
        offset = units(text[:start])
        length = units(text[start:end])
        if not any(offset < b and a < offset + length for a, b in taken):
            taken.append((offset, offset + length))
            found.append({"type": kind, "offset": offset, "length": length})
    return sorted(found, key=lambda one: (one["offset"], -one["length"]))


def seen(text: str) -> Iterator[tuple[str, int, int]]:
    """Kind, start and end (in characters) of everything in the text that looks like something to touch."""
    for kind, pattern in PATTERNS:
        for match in pattern.finditer(text):
            start, end = match.span()
            if kind == "url":
                while end > start and text[end - 1] in ENDS and not balanced(text[start:end]):
                    end -= 1
                if not is_link(match):
                    continue
            yield kind, start, end


def balanced(link: str) -> bool:
    """Whether the link ends with a bracket that belongs to it."""
    return (link[-1] == ")" and link.count("(") == link.count(")")) or (
        link[-1] == "]" and link.count("[") == link.count("]")
    )


def is_link(match: re.Match[str]) -> bool:
    protocol, host, top = match["protocol"], match["host"], match["top"]
    if protocol:
        return protocol.lower() not in ("http", "https", "ftp") or "." in host
    parts = host.split(".")
    if len(parts) == 4 and all(part.isdigit() and int(part) < 256 for part in parts):
        return True
    return top is not None and (top.lower() in DOMAINS or top.lower().startswith("xn--"))
