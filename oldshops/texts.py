"""Texts of old shops are HTML, written by owners and editors: here they become plain names and plain Markdown."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

HIDDEN = {"script", "style", "head", "template"}
LINES = {"p", "div", "br", "li", "ul", "ol", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "section"}


class Plain(HTMLParser):
    """What a person sees: lines, points of lists and links; pictures are counted, scripts and styles left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.images: list[str] = []
        self._hidden = 0
        self._lists: list[int | None] = []
        self._link: tuple[str, int] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag in HIDDEN:
            self._hidden += 1
        elif tag == "img":
            self.images.append(said.get("src") or "")
        elif tag in LINES:
            self.parts.append("\n")
        if tag in ("ul", "ol"):
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._point()
        elif tag == "a" and (said.get("href") or "").startswith("https://"):
            self._link = (said["href"] or "", len(self.parts))

    def handle_endtag(self, tag: str) -> None:
        if tag in HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in LINES:
            self.parts.append("\n")
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        elif tag == "a" and self._link:
            address, began = self._link
            label = "".join(self.parts[began:]).strip()
            self.parts[began:] = [f"[{label}]({address})" if label and label != address else address]
            self._link = None

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(re.sub(r"\s+", " ", data))

    def _point(self) -> None:
        if self._lists and (number := self._lists[-1]) is not None:
            self._lists[-1] = number + 1
            self.parts.append(f"{number + 1}. ")
        else:
            self.parts.append("- ")


def _read(markup: str) -> Plain:
    plain = Plain()
    plain.feed(markup)
    plain.close()
    return plain


def has_markup(text: str) -> bool:
    return bool(re.search(r"</?[A-Za-z][^<>]*>", text))


def name(markup: str | None) -> str:
    """On one line, no tags, entities as what they stand for, single blanks."""
    text = markup or ""
    seen = "".join(_read(text).parts) if has_markup(text) else html.unescape(text)
    return " ".join(seen.split())


def markdown(markup: str | None) -> str:
    """Lines, lists and https links; nothing else survives."""
    text = markup or ""
    seen = "".join(_read(text).parts) if has_markup(text) else html.unescape(text).replace("\r", "")
    lines = [" ".join(line.split()) for line in seen.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def guide(*markups: str | None) -> str:
    """What stands beside a product, one text after the other."""
    return "\n\n".join(filter(None, map(markdown, markups)))


def images(markup: str | None) -> list[str]:
    return _read(markup or "").images


REGIONS = (
    ("US", r"美区|美国|美服|\bUSA?\b"),
    ("HK", r"港区|香港|港服|\bHK\b"),
    ("TW", r"台区|台湾|台服|\bTW\b"),
    ("JP", r"日区|日本|日服|\bJP\b"),
    ("KR", r"韩区|韩国|韩服|\bKR\b"),
    ("TR", r"土区|土耳其|\bTR\b"),
    ("AR", r"阿区|阿根廷|\bAR\b"),
    ("RU", r"俄区|俄罗斯|\bRU\b"),
    ("GB", r"英区|英国|\bUK\b"),
    ("EU", r"欧区|欧洲|欧服|\bEU\b"),
    ("CN", r"国区|国服|中国|大陆|\bCN\b"),
)
SIGNS = {
    "$": "USD",
    "US$": "USD",
    "¥": "CNY",
    "￥": "CNY",
    "€": "EUR",
    "£": "GBP",
    "₽": "RUB",
    "HK$": "HKD",
    "₺": "TRY",
}
UNITS = {
    "元": "CNY",
    "美元": "USD",
    "美金": "USD",
    "刀": "USD",
    "港币": "HKD",
    "日元": "JPY",
    "欧元": "EUR",
    "里拉": "TRY",
}
BEFORE = re.compile(r"(US\$|HK\$|[$¥￥€£₽₺])\s?(\d{1,6})(?![\d.])")
AFTER = re.compile(r"(?<![\d.])(\d{1,6})\s?(美元|美金|港币|日元|欧元|里拉|刀|元)")


def region(title: str) -> str:
    """A guess, for the owner to confirm: "US" of "Steam 美区 $25"; "" when the name says none or several."""
    found = [
        code for code, pattern in REGIONS if re.search(pattern, title, re.IGNORECASE if "\\b" not in pattern else 0)
    ]
    return found[0] if len(found) == 1 else ""


def face_value(title: str) -> str:
    """A guess likewise: "25 USD"; "" when the name says none or several."""
    found = {f"{number} {SIGNS[sign]}" for sign, number in BEFORE.findall(title)}
    found |= {f"{number} {UNITS[unit]}" for number, unit in AFTER.findall(title)}
    return found.pop() if len(found) == 1 else ""
