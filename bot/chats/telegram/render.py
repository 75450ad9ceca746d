"""A spoken message as Telegram takes it: HTML within its limits, buttons, a file. Knows the platform, no library.

Limits: core.telegram.org/bots/api (sendMessage 4096 and captions 1024 characters, counted as UTF-16 after parsing;
callback_data 1-64 bytes; copy_text 1-256 characters).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from html import escape
from urllib.parse import urlsplit

from core.ground.messages import Fact, Invoice, Lines, Note, Spoken, SpokenChoice, Text, Words, words
from core.ground.vault import Secret
from core.ground.words import Hearer, render

TEXT = 4096
CAPTION = 1024
DATA = 64  # bytes
COPIED = 256
TITLE = 32  # of an invoice
ABOUT = 255
PIECE = 1000  # characters a line is cut into where it must be cut
LABEL = 60  # characters of a button that are worth showing
PAIR = 16  # columns: two buttons beside each other are no wider each; Chinese characters have two
BUTTONS = 90

# What Telegram would make a link by itself: addresses, accounts, tags, commands, phone numbers.
LINKED = re.compile(
    r"(?<=\w)\.(?=[^\W\d_])|(?<=\d)\.(?=\d+\.\d)|:(?=//)|[@#](?=\w)|\$(?=[A-Z])|\+(?=\d{5})|(?<![\w/:])/(?=\w)"
)
BREAK = "\u2060"  # a word joiner: nothing to see, and no link

Parts = Sequence[str | Secret]


@dataclass(frozen=True)
class Button:
    """What a button does: says something to us, opens an address, copies, or pays."""

    label: str
    says: str = ""
    link: str | None = None
    copies: Secret | None = None
    pays: bool = False  # Telegram's own, of an invoice


@dataclass(frozen=True)
class File:
    name: str
    content: Secret


@dataclass(frozen=True)
class Bill:
    """An invoice that Telegram shows itself; its pay button is Telegram's."""

    title: str
    about: str
    invoice: Invoice


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True)
class Shown:
    """One message, or several where one would be too long; buttons, file, picture and bill belong to the last.

    The HTML holds codes, so it is a secret too, and revealed only in the sending call.
    """

    texts: tuple[Secret, ...]
    rows: Rows = ()
    file: File | None = None
    picture: str | None = None  # a file that must be sent along
    preview: str | None = None  # or the address of one, which Telegram fetches and shows above the text
    bill: Bill | None = None
    document: str | None = None  # a file of ours that is made and sent along, by name
    scan: str | None = None  # what a picture holds that is made and sent along


@dataclass(frozen=True)
class Style:
    """How a chat writes: codes hidden until tapped; whether what people wrote may have links in it."""

    spoiler: bool = False
    trusts_notes: bool = False


def show(spoken: Spoken, style: Style, pictures: str | None = None) -> Shown:
    """The message as it will look. An order's codes are never cut: what doesn't fit goes as a file, whole.

    `pictures`: where Telegram finds the shop's pictures. Shown as a preview, one leaves the message a text, which can
    change into any other in its place; a picture that is sent can't.
    """
    to = Hearer(spoken.locale, datetime.now(UTC))
    unopened = {choice.link: choice.label for choice in spoken.choices if choice.link and not opens(choice.link)}
    text: Parts = (*spoken.text, *(f"\n{label}: {link}" for link, label in unopened.items()))
    fits = _length(text) <= TEXT
    rows = tuple(_rows([button for choice in spoken.choices if (button := _button(choice, spoken, fits))]))
    write = Writer(
        frozenset((*_addresses(spoken.source.paragraphs), *unopened)),
        style,
        notes=not spoken.codes and _has_note(spoken),
    )
    if not fits and spoken.codes:
        told = render(words("telegram-in-file", n=len(spoken.codes)), to)
        around = [told if isinstance(part, Secret) and _are_codes(part, spoken) else part for part in text]
        content = Secret("".join(f"{code.reveal()}\n" for code in spoken.codes))
        return Shown((write.html(around),), rows, file=File(_file_name(spoken), content))
    if spoken.source.invoice:
        return _billed(spoken, spoken.source.invoice, write, to)
    picture = spoken.source.picture
    pages = tuple(map(write.html, _pages(text)))
    if spoken.source.document:
        return Shown(pages, rows, document=spoken.source.document)
    if spoken.source.qr:
        return Shown(pages, rows, scan=spoken.source.qr)
    if pictures and picture:
        return Shown(pages, rows, preview=f"{pictures}/{picture}")
    return Shown(pages, rows, picture=picture if _length(text) <= CAPTION else None)


def _billed(spoken: Spoken, invoice: Invoice, write: Writer, to: Hearer) -> Shown:
    """An invoice, whose first button is Telegram's own. What is too long to stand on it is said before it."""
    about = spoken.plain()
    title = render(invoice.title, to)
    pay = next((choice.label for choice in spoken.choices if choice.main), "")
    others = [choice for choice in spoken.choices if not choice.main]
    rows = tuple(_rows([button for choice in others if (button := _button(choice, spoken, fits=False))]))
    label = _cut(pay or render(words("choose-pay", total=invoice.total), to), LABEL)
    bill = Bill(_cut(title, TITLE), about if _length([about]) <= ABOUT else _cut(title, ABOUT), invoice)
    before = () if _length([about]) <= ABOUT else tuple(map(write.html, _pages(spoken.text)))
    return Shown(before, ((Button(label, pays=True),), *rows), bill=bill)


def _are_codes(secret: Secret, spoken: Spoken) -> bool:
    """Whether that is where the codes stand: a pick-up phrase is a secret too."""
    return all(field in secret.reveal() for field in spoken.codes[0].reveal().split())


def _file_name(spoken: Spoken) -> str:
    """The order's number, which is what a delivery's card is of."""
    number = (spoken.source.card or "").rpartition(" ")[2]
    return f"{re.sub(r'[^A-Za-z0-9-]', '', number) or 'codes'}.txt"


# Text


@dataclass
class Writer:
    """Parts of a message become HTML. `links` are the addresses that the shop's own sentences give."""

    links: frozenset[str]
    style: Style
    notes: bool  # the secrets are what somebody wrote, not codes

    def html(self, text: Parts) -> Secret:
        return Secret("".join(self._secret(part) if isinstance(part, Secret) else self._plain(part) for part in text))

    def _secret(self, secret: Secret) -> str:
        """A code, alone on its line, is copied whole by one tap; several are one block. Inside, nothing is a link.

        A hidden code can't be such a block (spoilers and code don't nest); one that looks like a link isn't hidden.
        """
        plain = secret.reveal()
        shown = escape(plain, quote=False)
        if self.notes and self.style.trusts_notes:
            return shown
        if self.style.spoiler and not self.notes and not LINKED.search(plain):
            return f"<tg-spoiler>{shown}</tg-spoiler>"
        return f"<pre>{shown}</pre>" if "\n" in shown else f"<code>{shown}</code>"

    def _plain(self, text: str) -> str:
        """Escaped, and without links but those the shop's own sentences give."""
        made, end = [], 0
        for found in self._ours.finditer(text):
            made += [_unlinked(text[end : found.start()]), escape(found[0], quote=False)]
            end = found.end()
        return "".join((*made, _unlinked(text[end:])))

    @cached_property
    def _ours(self) -> re.Pattern[str]:
        """Finds the shop's own addresses, whole: what goes on after one is another address."""
        known = "|".join(map(re.escape, sorted(self.links, key=len, reverse=True))) or r"(?!)"
        return re.compile(rf"(?<!\w)(?:{known})(?![\w/]|[.:@?&=#-]\w)")


def _unlinked(text: str) -> str:
    return escape(LINKED.sub(lambda found: f"{found[0]}{BREAK}", text), quote=False)


def _facts(texts: Iterable[Text]) -> Iterator[tuple[str, Fact]]:
    """Every fact of the sentences, and of the sentences within them."""
    for text in texts:
        if isinstance(text, Lines):
            yield from _facts(text.texts)
        elif isinstance(text, Words):
            yield from text.facts.items()
            yield from _facts(fact for fact in text.facts.values() if isinstance(fact, Words))


def _addresses(texts: Iterable[Text]) -> Iterator[str]:
    return (fact for name, fact in _facts(texts) if name.startswith("url") and isinstance(fact, str))


def _has_note(spoken: Spoken) -> bool:
    return any(isinstance(fact, Note) for _, fact in _facts(spoken.source.paragraphs))


def _length(text: Parts) -> int:
    """As Telegram counts, with the breaks that may be added."""
    plain = "".join(part.reveal() if isinstance(part, Secret) else LINKED.sub(f"\\g<0>{BREAK}", part) for part in text)
    return len(plain.encode("utf-16-le", "surrogatepass")) // 2


def _pages(text: Parts) -> Iterator[Parts]:
    """Cut where a line ends, so that each page fits."""
    page: list[str | Secret] = []
    for piece in [text] if _length(text) <= TEXT else [(piece,) for piece in _pieces(text)]:
        if page and _length((*page, *piece)) > TEXT:
            yield page
            page = []
        page += piece
    yield page


def _pieces(text: Parts) -> Iterator[str | Secret]:
    for part in text:
        if isinstance(part, Secret):
            yield part
            continue
        for line in part.splitlines(keepends=True):
            for start in range(0, len(line), PIECE):
                yield line[start : start + PIECE]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


# Buttons


def _rows(buttons: Sequence[Button]) -> Iterator[tuple[Button, ...]]:
    """At most two beside each other, and only short ones."""
    left = list(buttons[:BUTTONS])
    while left:
        two = len(left) > 1 and all(_columns(button.label) <= PAIR for button in left[:2])
        yield tuple(left[: 1 + two])
        del left[: 1 + two]


def _button(choice: SpokenChoice, spoken: Spoken, fits: bool) -> Button | None:
    """None for what Telegram can't do, or would refuse."""
    label = _cut(choice.label, LABEL)
    if choice.copies:
        together = "\n".join(code.reveal() for code in spoken.codes)
        return Button(label, copies=Secret(together)) if fits and 0 < len(together) <= COPIED else None
    if choice.link:
        return Button(label, link=choice.link) if opens(choice.link) else None
    return Button(label, says=choice.says) if 0 < len(choice.says.encode()) <= DATA else None


def opens(link: str) -> bool:
    """Whether Telegram takes it as a button's address: it refuses hosts without a dot. Those stand in the text."""
    try:
        host = urlsplit(link).hostname or ""
    except ValueError:
        return False
    return link.startswith(("https://", "http://")) and "." in host


def _columns(label: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in label)
