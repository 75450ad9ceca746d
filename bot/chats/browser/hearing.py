"""What a browser sends us: a form, read with care, becomes Said."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from bot.chats.browser.show import Look, label_of
from bot.said import ILLEGIBLE, Said
from core.ground import chatlog, inbox
from core.ground.db import Tx
from core.ground.messages import words
from core.ground.words import LOCALES, render

KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
ZONE = re.compile(r"[A-Za-z0-9_+/-]{1,60}")
PRESS = 200  # characters
FORM = 2_000  # bytes for everything that is not the text
SHOWN_LINES = 3  # of what staff paste: more may be stock, and is logged by its size


class TooLong(Exception):
    """More was sent than this chat takes."""


class Malformed(Exception):
    """Nothing our own page would send."""


@dataclass(frozen=True)
class Form:
    csrf: str
    key: str
    text: str
    press: str | None
    zone: str | None
    token: str


async def form(request: Request, longest: int) -> Form:
    """The form of a request, at most `longest` characters of text. Raises TooLong, Malformed."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise Malformed
    body = await _body(request, FORM + longest * 12 if longest <= 10_000 else FORM + longest * 3)
    try:
        fields = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=12)
    except ValueError:  # bytes beyond ASCII, too many fields
        raise Malformed from None
    given = {name: values[0] for name, values in fields.items()}
    text = given.get("text", "").replace("\r\n", "\n").translate(ILLEGIBLE)
    if len(text) > longest:
        raise TooLong
    press, key, zone = given.get("press"), given.get("key", ""), given.get("zone", "")
    if len(press or "") > PRESS or CONTROL.search(press or "") or (key and not KEY.fullmatch(key)):
        raise Malformed
    return Form(
        given.get("csrf", ""),
        key,
        "" if press else text,
        press or None,
        zone if ZONE.fullmatch(zone) else None,
        given.get("t", "")[:200],
    )


@dataclass(frozen=True)
class Upload:
    """A form with a file, which lies in memory and nowhere else."""

    csrf: str
    key: str
    name: str
    content: bytes


async def upload(request: Request, most: int) -> Upload:
    """The form of a file of at most so many bytes. Raises TooLong, Malformed."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise Malformed
    try:
        given = await InMemory(request.headers, _limited(request, most + FORM), max_files=1, max_fields=4).parse()
    except (MultiPartException, ClientDisconnect, ValueError):
        raise Malformed from None
    try:
        file, csrf, key = given.get("file"), given.get("csrf"), given.get("key")
        if not isinstance(file, UploadFile) or not isinstance(csrf, str) or not KEY.fullmatch(str(key)):
            raise Malformed
        return Upload(csrf, str(key), CONTROL.sub("", file.filename or "")[-100:], await file.read())
    finally:
        await given.close()


class InMemory(MultiPartParser):
    """Starlette's own writes what is longer to a temporary file, where stock would lie in the open."""

    spool_max_size = 1 << 30


async def _limited(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise TooLong
        yield part


async def _body(request: Request, most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > most:
                raise TooLong
            parts.append(part)
    except ClientDisconnect:
        raise Malformed from None
    return b"".join(parts)


def keep(tx: Tx, said: Said, shown: str | None) -> bool:
    """Take in what somebody said and show it in their chat at once. False for a repeat: it changes nothing."""
    fresh = inbox.store(tx, said.chat, said.key, said.packed(), person=said.person)
    if fresh and shown is not None:
        chatlog.append_theirs(tx, said.person, said.key, shown)
    return fresh


def as_shown(tx: Tx, said: Said, look: Look, line: int | None, own: Mapping[str, str], brief: bool) -> str | None:
    """What the chat shows for something said: the text, or a pressed choice's label; None for 'start'.

    `own` are the page's own buttons: verbs, and their labels' keys. `brief`: pasted text is told by its number
    of lines.
    """
    if said.file:
        return f"📎 {said.file.name}"
    if said.press is None:
        lines = said.text.strip().count("\n") + 1
        counted = words("browser-lines", n=lines)
        return render(counted, look.to) if brief and lines > SHOWN_LINES else said.text
    if said.press == "start":
        return None
    if said.press.startswith("language ") and said.press[9:] in LOCALES:
        return render(words(f"browser-in-{said.press[9:]}"), look.to)
    if said.press in own:
        return render(words(own[said.press]), look.to)
    pressed = None if line is None else chatlog.line(tx, said.person, line)
    label = None if pressed is None else label_of(tx, pressed, said.press)
    return label or render(words("browser-button"), look.to)
