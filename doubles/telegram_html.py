"""Telegram's HTML, read the way its server reads it: the text that is left, and what is marked in it.

Offsets and lengths are UTF-16 code units, as everywhere at Telegram; the byte offsets of complaints are UTF-8.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from doubles.telegram_nesting import Entity, ordered

STYLES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
SPECIAL = re.compile("[<&]")


class CantParse(ValueError):
    """What the server says after "can't parse entities: "."""


class Open(NamedTuple):
    """A start tag whose end has not come yet."""

    tag: str
    value: str  # the href, the language, the emoji's id
    offset: int
    place: int  # in the pieces of the text that is left


def units(text: str) -> int:
    """How long Telegram says a text is."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def parsed(source: str) -> tuple[str, list[Entity]]:
    """The text without its tags, and its entities in order. Raises CantParse as the server complains."""
    if "<" not in source and "&" not in source:
        return source, []
    return Reading(source).read()


class Reading:
    def __init__(self, source: str) -> None:
        self._source = source
        self._text: list[str] = []  # in pieces
        self._offset = 0
        self._open: list[Open] = []
        self._entities: list[Entity] = []

    def read(self) -> tuple[str, list[Entity]]:
        source, at = self._source, 0
        while at < len(source):
            char = source[at]
            if char == "<":
                at = self._end(at) if source.startswith("</", at) else self._start(at)
            elif char == "&":
                char, at = reference(source, at)
                self._add(char)
            else:
                special = SPECIAL.search(source, at)
                end = special.start() if special else len(source)
                self._add(source[at:end])
                at = end
        if self._open:
            raise CantParse(f"Can't find end tag corresponding to start tag {self._open[-1].tag}")
        return "".join(self._text), ordered(self._entities)

    def _add(self, piece: str) -> None:
        self._text.append(piece)
        self._offset += units(piece)

    def _bytes(self, at: int) -> int:
        return len(self._source[:at].encode("utf-8", "surrogatepass"))

    def _start(self, begin: int) -> int:
        source = self._source
        at = run(source, begin + 1, stops=">")
        if at == len(source):
            raise CantParse(f"Unclosed start tag at byte offset {self._bytes(begin)}")
        tag = source[begin + 1 : at].lower()
        if tag not in STYLES:
            raise CantParse(f'Unsupported start tag "{tag}" at byte offset {self._bytes(begin)}')
        given, at = self._attributes(tag, begin, at)
        value = ""
        if tag == "a":
            value = given.get("href", "")
        elif tag == "code":
            value = given.get("class", "").removeprefix("language-") if "class" in given else ""
        elif tag == "tg-emoji":
            value = given.get("emoji-id", "")
        elif tag == "blockquote":
            value = "expandable" if "expandable" in given else ""
        elif tag == "span" and given.get("class") != "tg-spoiler":
            raise CantParse(f'Tag "span" must have class "tg-spoiler" at byte offset {self._bytes(begin)}')
        self._open.append(Open(tag, value, self._offset, len(self._text)))
        return at + 1

    def _attributes(self, tag: str, begin: int, at: int) -> tuple[dict[str, str], int]:
        """Those of a start tag, and where its ">" is."""
        source, found = self._source, dict[str, str]()
        while True:
            at = spaces(source, at)
            if source[at : at + 1] == ">":
                return found, at
            name_at = at
            at = run(source, at, stops="=>")
            name = source[name_at:at]
            if not name and at < len(source):
                raise CantParse(f'Empty attribute name in the tag "{tag}" at byte offset {self._bytes(begin)}')
            at = spaces(source, at)
            if source[at : at + 1] != "=":
                if tag == "blockquote" and name == "expandable":
                    found[name] = ""
                    continue
                raise CantParse(
                    f'Expected equal sign in declaration of an attribute of the tag "{tag}" '
                    f"at byte offset {self._bytes(begin)}"
                )
            found[name], at = self._value(tag, begin, spaces(source, at + 1))

    def _value(self, tag: str, begin: int, at: int) -> tuple[str, int]:
        source = self._source
        if at >= len(source):
            raise CantParse(f'Unclosed start tag "{tag}" at byte offset {self._bytes(begin)}')
        quote = source[at]
        if quote not in "'\"":
            end = at
            while end < len(source) and (source[end] in ".-" or (source[end].isascii() and source[end].isalnum())):
                end += 1
            if source[end : end + 1] not in (">", " ", "\n", "\t"):
                raise CantParse(f"Unexpected end of name token at byte offset {self._bytes(at)}")
            return source[at:end].lower(), end
        value, at = "", at + 1
        while at < len(source) and source[at] != quote:
            if source[at] == "&":
                char, at = reference(source, at)
            else:
                char, at = source[at], at + 1
            value += char
        if at + 1 >= len(source):
            raise CantParse(f"Unclosed start tag at byte offset {self._bytes(begin)}")
        return value, at + 1

    def _end(self, begin: int) -> int:
        source = self._source
        if not self._open:
            raise CantParse(f"Unexpected end tag at byte offset {self._bytes(begin)}")
        at = run(source, begin + 2, stops=">")
        name = source[begin + 2 : at].lower()
        at = spaces(source, at)
        if source[at : at + 1] != ">":
            raise CantParse(f"Unclosed end tag at byte offset {self._bytes(begin)}")
        opened = self._open.pop()
        if name and name != opened.tag:
            raise CantParse(
                f'Unmatched end tag at byte offset {self._bytes(begin)}, expected "</{opened.tag}>", found "</{name}>"'
            )
        if self._offset > opened.offset:
            self._close(opened)
        return at + 1

    def _close(self, opened: Open) -> None:
        kind, value = STYLES[opened.tag], opened.value
        entity: Entity = {"type": kind, "offset": opened.offset, "length": self._offset - opened.offset}
        last = self._entities[-1] if self._entities else None
        same = last is not None and (last["offset"], last["length"]) == (entity["offset"], entity["length"])
        if kind == "pre" and same and last is not None and last["type"] == "code":
            last["type"] = "pre"  # <pre><code class="language-..."> is one block
            return
        if kind == "code" and value:
            entity["language"] = value
        if kind == "blockquote" and value:
            entity["type"] = "expandable_blockquote"
        if kind == "custom_emoji":
            if not value.isdigit() or not int(value):
                raise CantParse("Invalid custom emoji identifier specified")
            entity["custom_emoji_id"] = value
        if kind == "text_link":
            link = linked(value or "".join(self._text[opened.place :]))
            if link is None:
                return
            entity.update(link)
        self._entities.append(entity)


def reference(source: str, at: int) -> tuple[str, int]:
    """The character that a reference at "&" stands for, and where it ends; an unknown one is left as it stands."""
    end = at + 1
    if source.startswith("#", end):
        digits, base = ("0123456789abcdefABCDEF", 16) if source.startswith("x", end + 1) else ("0123456789", 10)
        first = end = at + (3 if base == 16 else 2)
        while end < len(source) and source[end] in digits:
            end += 1
        code = int(source[first:end], base) if end > first else 0
        if not 0 < code < 0x10FFFF or end - at >= 10:
            return "&", at + 1
        if 0xD800 <= code <= 0xDFFF:
            raise CantParse(
                "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched "
                "surrogate code units"
            )
        char = chr(code)
    else:
        while end < len(source) and source[end].isascii() and source[end].isalpha():
            end += 1
        named = NAMED.get(source[at + 1 : end])
        if named is None:
            return "&", at + 1
        char = named
    return char, end + source.startswith(";", end)


def linked(url: str) -> Entity | None:
    """What an <a> becomes; None when Telegram silently makes plain text of it."""
    if url.startswith("tg://user?id="):
        number = url.removeprefix("tg://user?id=")
        return mention(int(number)) if number.isdigit() else None
    if "://" not in url:
        url = f"http://{url}"
    protocol, _, rest = url.partition("://")
    host = rest.split("/", 1)[0].split("?", 1)[0]
    if not host or " " in host or (protocol in ("http", "https") and "." not in host):
        return None
    return {"url": url if "/" in rest or protocol not in ("http", "https") else f"{url}/"}


def mention(user: int) -> Entity:
    return {"type": "text_mention", "user": {"id": user, "is_bot": False, "first_name": f"Person {user}"}}


def run(source: str, at: int, stops: str) -> int:
    """Where the word at `at` ends: at a blank, at one of the stops or with the source."""
    while at < len(source) and source[at] not in stops and not source[at].isspace():
        at += 1
    return at


def spaces(source: str, at: int) -> int:
    while at < len(source) and source[at].isspace():
        at += 1
    return at
