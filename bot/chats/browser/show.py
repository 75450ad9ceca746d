"""Lines of a chat as bubbles: sentences made, codes opened for their owner, ready for the template."""

from __future__ import annotations

import logging
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from core import composing, customers, orders, pictures
from core.ground import chatlog
from core.ground.chatlog import Line
from core.ground.db import Tx
from core.ground.errors import ShopError, Tampered
from core.ground.messages import Message, Spoken, words
from core.ground.vault import Secret
from core.ground.words import Hearer, clock_time, render, spoken_here, tame
from core.handed import codes_in

log = logging.getLogger(__name__)

FILES_FROM = 6  # codes; so many are easier kept in a file
ADDRESS = re.compile(r"https?://[^\s<>\"'()（），。；、]+[^\s<>\"'()（），。；、.,;:!?]")


@dataclass(frozen=True)
class Code:
    """One code as it stands in the bubble, and bare, as it is copied."""

    shown: Secret
    bare: Secret


@dataclass(frozen=True)
class Part:
    """A piece of a bubble's text: words, words that are a link, or codes that stand each alone on its line."""

    text: str = ""
    link: str | None = None
    codes: tuple[Code, ...] = ()


@dataclass(frozen=True)
class Button:
    label: str
    says: str = ""
    link: str | None = None
    copies: bool = False
    main: bool = False


@dataclass(frozen=True)
class Bubble:
    """One line of the chat as it is shown; only the template reveals the secrets in it."""

    id: int
    ours: bool
    at: datetime
    clock: str
    parts: tuple[Part, ...] = field(repr=False)  # what people type may be a secret too
    key: str = ""  # of what was typed: the browser's own, by which it finds its copy
    card: str | None = None
    superseded: bool = False  # a newer line says the same card again
    newest: bool = False  # the last thing we said: its choices are the ones to press now
    buttons: tuple[Button, ...] = ()
    picture: str | None = None  # its address
    document: str | None = None  # a file that goes along, by name
    shows: str = ""  # what is on it
    codes: int = 0
    copied_by_choice: bool = False
    says: Message | None = None  # ours: what it was made of
    files: Mapping[str, str] = field(default_factory=dict)  # where its codes can be fetched, by kind of file


@dataclass(frozen=True)
class Look:
    """How a chat is shown: to whom, below which path, and whether addresses in sentences become links.

    `met`: the language is the person's own; otherwise it is only what their browser asks for.
    """

    to: Hearer
    base: str
    links: bool
    met: bool


def look_of(tx: Tx, person: str, accepts: str, base: str, *, links: bool = True) -> Look:
    """How a person's chat is shown to them; to somebody we have not met, as their browser asks."""
    try:
        return Look(customers.person(tx, person).hears(tx), base, links, met=True)
    except LookupError:
        return Look(Hearer(preferred(accepts), tx.now, tx.rules.zone), base, links, met=False)


def preferred(accepts: str) -> str:
    """The first language of an Accept-Language header that we speak."""
    wanted = []
    for item in accepts.split(",")[:20]:
        name, _, weight = item.strip().partition(";q=")
        try:
            wanted.append((-float(weight or 1), len(wanted), name))
        except ValueError:
            continue
    for _, _, name in sorted(wanted):
        if spoken_here(name) != "en" or name.lower().startswith("en"):
            return spoken_here(name)
    return spoken_here(None)


def bubbles(tx: Tx, person: str, lines: Sequence[Line], look: Look) -> list[Bubble]:
    """Lines of this person's chat, as they are shown now."""
    newest = chatlog.newest_of_cards(tx, person, [line.card for line in lines if line.card])
    last = max((line.id for line in lines if line.from_us), default=0)
    return [
        _ours(tx, line, line.message, look, newest.get(line.card or "", line.id) != line.id, line.id == last)
        if line.message
        else _theirs(tx, line, look)
        for line in lines
    ]


def said_by_us(lines: Sequence[Bubble]) -> list[Message]:
    """The messages the lines are made of."""
    return [line.says for line in lines if line.says]


def _theirs(tx: Tx, line: Line, look: Look) -> Bubble:
    try:
        text = tame(chatlog.typed(tx, line).reveal())
    except Tampered:
        log.exception("line %s of a chat does not open", line.id)
        text = render(words("browser-gone"), look.to)
    key = (line.key or "").rpartition(":")[2]
    return Bubble(line.id, False, line.at, clock_time(line.at, look.to), (Part(text),), key=key)


def _ours(tx: Tx, line: Line, message: Message, look: Look, superseded: bool, newest: bool) -> Bubble:
    spoken = _spoken(tx, line, message)
    if spoken is None:
        gone = Part(render(words("browser-gone"), look.to))
        return Bubble(line.id, True, line.at, clock_time(line.at, look.to), (gone,), card=line.card)
    return Bubble(
        line.id,
        True,
        line.at,
        clock_time(line.at, look.to),
        tuple(parts(spoken, look.links)),
        card=line.card,
        superseded=superseded,
        newest=newest,
        buttons=() if superseded else tuple(_buttons(spoken)),
        picture=_picture(message),
        document=message.document,
        shows=render(message.shows, look.to) if message.shows else "",
        codes=len(spoken.codes),
        says=message,
        copied_by_choice=any(choice.copies for choice in spoken.choices) and not superseded,
        files=_files(tx, message, look.base) if len(spoken.codes) >= FILES_FROM else {},
    )


def _picture(message: Message) -> str | None:
    """The address of its picture; one to scan is in the page itself."""
    if message.qr:
        return f"data:image/png;base64,{b64encode(pictures.to_scan(message.qr)).decode()}"
    return f"/pictures/{message.picture}" if message.picture else None


def _spoken(tx: Tx, line: Line, message: Message) -> Spoken | None:
    """None for what can't be said any more: codes of somebody else, a sentence that a later version dropped."""
    try:
        return composing.compose(tx, line.person, message)
    except ShopError:
        return None
    except (LookupError, ValueError):
        log.exception("line %s of a chat can't be said any more", line.id)
        return None


def label_of(tx: Tx, line: Line, says: str) -> str | None:
    """What is written on the button of a line that says this."""
    spoken = _spoken(tx, line, line.message) if line.message else None
    return next((choice.label for choice in spoken.choices if choice.says == says), None) if spoken else None


def _buttons(spoken: Spoken) -> Iterator[Button]:
    for choice in spoken.choices:
        if choice.link and urlsplit(choice.link).scheme not in ("https", "http"):
            log.error("a choice's link is no web address: %s", choice.label)
            continue
        if choice.copies and not spoken.codes:
            continue
        yield Button(choice.label, choice.says, choice.link, choice.copies, choice.main)


def parts(spoken: Spoken, links: bool = True) -> Iterator[Part]:
    """A message's text in pieces; what stands alone on its line brings no empty lines of its own along."""
    left = list(spoken.codes)
    pieces = spoken.text
    for index, piece in enumerate(pieces):
        if isinstance(piece, Secret):
            yield Part(codes=tuple(_one_by_one(piece, left)))
            continue
        text = piece.lstrip("\n") if index and isinstance(pieces[index - 1], Secret) else piece
        if index + 1 < len(pieces):
            text = text.rstrip("\n")
        if text:
            yield from _linked(text) if links else [Part(text)]


def _one_by_one(piece: Secret, left: list[Secret]) -> list[Code]:
    """The codes a piece of text is made of, taken from those that are left. Each has the same number of lines
    and holds what is copied of it; a piece that is not made like that stays whole, as a pick-up phrase does."""
    rows = piece.reveal().split("\n")
    for count in range(min(len(left), len(rows)), 0, -1):
        if len(rows) % count:
            continue
        height = len(rows) // count
        shown = ["\n".join(rows[at : at + height]) for at in range(0, len(rows), height)]
        if all(_holds(text, bare) for text, bare in zip(shown, left, strict=False)):
            made = [Code(Secret(text), bare) for text, bare in zip(shown, left, strict=False)]
            del left[:count]
            return made
    return [Code(piece, piece)]


def _holds(shown: str, bare: Secret) -> bool:
    return all(value in shown for value in bare.reveal().split())


def _linked(text: str) -> Iterator[Part]:
    at = 0
    for found in ADDRESS.finditer(text):
        if found.start() > at:
            yield Part(text[at : found.start()])
        yield Part(found.group(), link=found.group())
        at = found.end()
    if at < len(text):
        yield Part(text[at:])


def _files(tx: Tx, message: Message, base: str) -> dict[str, str]:
    """Where to fetch the codes as files: by the order's number, narrowed to the message's units."""
    found = next(codes_in(message), None)
    if found is None:
        return {}
    number = orders.get(tx, found.order).number
    units = "" if found.units is None else "?units=" + "-".join(map(str, found.units))
    return {kind: f"{base}/codes/{number}.{kind}{units}" for kind in ("txt", "xlsx")}
