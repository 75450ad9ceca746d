"""How a guide is written: Markdown read into steps, pictures, links, common errors and a button. Pure.

What reads it are chats and a page of ours, so there is no markup in what comes out: stretches of text, some of them
strong, some with a link. What can't be shown everywhere is refused with its line, before anybody has seen it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

from core.ground.messages import Words, words
from core.ground.words import LOCALES, sentence
from core.product_fields import JOINER, NotTaken

MOST = 6000  # characters of a guide in one language
LONGEST = 300  # of a step: it is one message of WeChat, with room for its choices
MOST_PICTURES = 12
LABEL = 24  # characters of the button
# What a phone or a computer opens in an app of the brand's: documented by each, and no script runs by any.
DEEP = frozenset({"steam", "itms-apps", "itms-appss", "market", "ms-windows-store", "spotify", "roblox"})
ADDRESS = re.compile(r"https://[^\s<>\"'“”‘’「」『』（）()，。；：、！？]+")
TRAILING = ".,;:!?"
NUMBERED = re.compile(r"^(\s*)(\d{1,2})[、．)）](?!\d)\s*", re.MULTILINE)  # as people number lines


@dataclass(frozen=True)
class Run:
    """A stretch of text that looks alike."""

    text: str
    link: str = ""
    strong: bool = False


@dataclass(frozen=True)
class Picture:
    name: str  # as core/pictures.py makes them
    shows: str = ""  # to who doesn't see it


@dataclass(frozen=True)
class Part:
    """What stands by itself: a step with its number, a point of a list, a heading, or a text; and its pictures."""

    kind: str  # step, point, heading, text
    runs: tuple[Run, ...] = ()
    number: int = 0
    pictures: tuple[Picture, ...] = ()

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs).strip()


@dataclass(frozen=True)
class Button:
    """The one thing to press: a page, or an app by its own kind of link."""

    label: str
    link: str

    @property
    def is_page(self) -> bool:
        return self.link.startswith(("https://", "http://"))


@dataclass(frozen=True)
class Guide:
    steps: tuple[Part, ...]
    errors: tuple[Part, ...] = ()  # what often goes wrong, and what helps
    button: Button | None = None

    @property
    def pictures(self) -> tuple[Picture, ...]:
        return tuple(picture for part in (*self.steps, *self.errors) for picture in part.pictures)


def _reader() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": True}).disable(["code", "fence"])  # tags are found, to be refused
    made.validateLink = lambda url: True  # as are links: here with their line
    return made


READER = _reader()


def read(text: str, pictures: Collection[str] | None = None) -> Guide:
    """What a guide says. `pictures`: the names there are; None: any name.

    Raises NotTaken, with the line, for tags, what no eye sees, links that aren't https or an app's, unknown pictures,
    steps and guides that are too long.
    """
    tidy = _tidy(text)
    return _Reading(pictures).read(READER.parse(tidy))


def shown(text: str) -> Guide:
    """The same of what is kept already: what could not be written today stands there as plain text."""
    try:
        return read(text)
    except NotTaken:
        return Guide(tuple(Part("text", (Run(line),)) for line in text.splitlines() if line.strip()))


def names(text: str) -> frozenset[str]:
    """The pictures a text names, whatever else is in it."""
    tokens = (child for token in READER.parse(_numbered(text)) for child in token.children or ())
    return frozenset(str(token.attrs["src"]) for token in tokens if token.type == "image")


def wrong(line: int, why: Words) -> NotTaken:
    return NotTaken(why=words("guide-wrong-line", line=line, why=why))


def _tidy(text: str) -> str:
    found = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\t", "  ")).rstrip()
    if not found.strip():
        raise NotTaken(why=words("wrong-empty"))
    if len(found) > MOST:
        raise NotTaken(why=words("wrong-long", n=len(found), most=MOST))
    for number, line in enumerate(found.split("\n"), 1):
        if any(unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs") and char != JOINER for char in line):
            raise wrong(number, words("wrong-hidden"))
    return _numbered(found)


def _numbered(text: str) -> str:
    return NUMBERED.sub(r"\1\2. ", text)


def headings() -> frozenset[str]:
    """What the section of common errors is called, in any language."""
    return frozenset(
        name.strip().casefold() for locale in LOCALES for name in sentence(locale, "guide-errors-named").split("|")
    )


@dataclass
class _Line:
    """What is read of one stretch of Markdown."""

    runs: list[Run] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)

    @property
    def only_link(self) -> Run | None:
        """The link, where there is nothing else."""
        said = [run for run in self.runs if run.text.strip()]
        return said[0] if len(said) == 1 and said[0].link and not self.pictures else None


class _Reading:
    """One reading, from the top to the bottom."""

    def __init__(self, pictures: Collection[str] | None) -> None:
        self._known = pictures
        self._lists: list[tuple[str, int]] = []  # within which lists we are: how each is marked, and how far it is
        self._opened = False  # a point of a list whose first line is still to come
        self._in_errors = False
        self._steps: list[Part] = []
        self._errors: list[Part] = []
        self._button: Button | None = None
        self._pictures = 0

    def read(self, tokens: list[Token]) -> Guide:
        heading = False
        for token in tokens:
            match token.type:
                case "ordered_list_open":
                    self._lists.append(("step", int(token.attrs.get("start", 1)) - 1))
                case "bullet_list_open":
                    self._lists.append(("point", 0))
                case "ordered_list_close" | "bullet_list_close":
                    self._lists.pop()
                case "list_item_open":
                    kind, number = self._lists.pop()
                    self._lists.append((kind, number + 1))
                    self._opened = True
                case "heading_open" | "heading_close":
                    heading = token.type == "heading_open"
                case "html_block":
                    raise wrong(_line(token), words("wrong-tags"))
                case "inline":
                    self._say(token, heading)
        if not self._steps and not self._errors:
            raise NotTaken(why=words("wrong-empty"))
        return Guide(tuple(self._steps), tuple(self._errors), self._button)

    def _say(self, token: Token, heading: bool) -> None:
        line = self._line(token)
        told = Part("text", tuple(_trimmed(line.runs)), pictures=tuple(line.pictures))
        if len(told.text) > LONGEST:
            raise wrong(_line(token), words("guide-step-long", n=len(told.text), most=LONGEST))
        if heading:
            self._in_errors = told.text.casefold().rstrip(":：") in headings()
            if not self._in_errors:
                self._into.append(replace(told, kind="heading"))
        elif self._lists:
            self._of_list(told)
        elif (link := line.only_link) and self._button is None:
            self._button = _button(link, _line(token))
        elif not told.text and self._into:
            self._more(told)  # a picture below a step is of it
        else:
            self._into.append(told)

    @property
    def _into(self) -> list[Part]:
        return self._errors if self._in_errors else self._steps

    def _of_list(self, told: Part) -> None:
        kind, number = self._lists[-1]
        if self._opened or not self._into:
            self._into.append(replace(told, kind=kind, number=number if kind == "step" else 0))
            self._opened = False
        else:
            self._more(told)

    def _more(self, told: Part) -> None:
        before = self._into[-1]
        between = (Run("\n"),) if told.runs else ()
        pictures = (*before.pictures, *told.pictures)
        self._into[-1] = replace(before, runs=(*before.runs, *between, *told.runs), pictures=pictures)

    def _line(self, token: Token) -> _Line:
        found, at = _Line(), _line(token)
        link, strong = "", False
        for child in token.children or ():
            match child.type:
                case "text" | "code_inline" | "text_special":
                    found.runs += _with_addresses(Run(child.content, link, strong))
                case "softbreak" | "hardbreak":
                    found.runs.append(Run("\n"))
                    at += 1
                case "link_open":
                    link = _checked(str(child.attrs["href"]), at)
                case "link_close":
                    link = ""
                case "strong_open" | "strong_close":
                    strong = child.type == "strong_open"
                case "image":
                    found.pictures.append(self._picture(child, at))
                case "html_inline":
                    raise wrong(at, words("wrong-tags"))
        return found

    def _picture(self, token: Token, line: int) -> Picture:
        name = str(token.attrs["src"])
        if self._known is not None and name not in self._known:
            raise wrong(line, words("guide-no-picture", text=name[:40] or "-"))
        self._pictures += 1
        if self._pictures > MOST_PICTURES:
            raise wrong(line, words("guide-many-pictures", most=MOST_PICTURES))
        return Picture(name, token.content[:200])


def _button(link: Run, line: int) -> Button:
    label = "" if link.text == link.link else link.text.strip()  # a bare address says nothing
    if len(label) > LABEL:
        raise wrong(line, words("guide-button-long", n=len(label), most=LABEL))
    return Button(label, link.link)


def _line(token: Token) -> int:
    return (token.map or [0])[0] + 1


def _checked(link: str, line: int) -> str:
    """An address that buyers may be sent to."""
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
    except ValueError:
        raise wrong(line, words("guide-wrong-link", text=link[:60])) from None
    is_page = parts.scheme == "https" and "." in host and "@" not in parts.netloc
    if len(link) > LONGEST or not (is_page or parts.scheme in DEEP):
        raise wrong(line, words("guide-wrong-link", text=link[:60] or "-"))
    return link


def _with_addresses(run: Run) -> Iterator[Run]:
    """An address that is written out is a link to it."""
    if run.link:
        yield run
        return
    end = 0
    for found in ADDRESS.finditer(run.text):
        address = found[0].rstrip(TRAILING)
        if "." not in (urlsplit(address).hostname or ""):
            continue
        if found.start() > end:
            yield replace(run, text=run.text[end : found.start()])
        yield replace(run, text=address, link=address)
        end = found.start() + len(address)
    if end < len(run.text):
        yield replace(run, text=run.text[end:])


def _trimmed(runs: list[Run]) -> Iterator[Run]:
    """Without empty stretches, and without breaks at either end."""
    kept = [run for run in runs if run.text]
    while kept and not kept[0].text.strip():
        kept.pop(0)
    while kept and not kept[-1].text.strip():
        kept.pop()
    yield from kept
