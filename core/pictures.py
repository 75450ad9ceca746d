"""Pictures of products: what may be one, and what its file is called.

A picture is told by what is in it, never by its file's name; the name we give it is the print of its content, so that
the same name always means the same picture and may be kept for ever by whoever fetched it.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from struct import error as TooShort
from struct import unpack_from

import segno

from core.ground import owners

LARGEST = 5 * 1024 * 1024  # bytes
SIDES, SLIMMEST = 10_000, 20  # width and height together, and one by the other: what Telegram takes (sendPhoto)
TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
NAME = re.compile(r"[0-9a-f]{32}\.(?:png|jpg|webp)")
ENDS = {"png": b"IEND\xaeB`\x82", "jpg": b"\xff\xd9"}
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # JPEG's segments that say how large it is
ALONE = {0x01, *range(0xD0, 0xD9)}  # and those that are nothing but their mark


class BadPicture(ValueError):
    """Nothing that every chat can show. Its text says why."""


@dataclass(frozen=True)
class Seen:
    """What a picture is, by its own first bytes."""

    kind: str  # as in TYPES
    width: int
    height: int


def to_scan(text: str) -> bytes:
    """A QR code of it as a PNG, large enough for a phone to read from another phone's screen."""
    made = BytesIO()
    segno.make(text, error="m", micro=False).save(made, kind="png", scale=8, border=4)
    return made.getvalue()


def is_name(name: str) -> bool:
    """Whether a file of ours may be called so: nothing with a slash or a dot too many."""
    return NAME.fullmatch(name) is not None


def name_for(content: bytes) -> str:
    """What the file of this picture is called. Raises BadPicture for what is none, or is too large."""
    if len(content) > LARGEST:
        raise BadPicture(f"it has {len(content):,} bytes, and {LARGEST:,} are the most")
    seen = look(content)
    if seen.width + seen.height > SIDES or max(seen.width, seen.height) > SLIMMEST * min(seen.width, seen.height):
        raise BadPicture(
            f"it measures {seen.width} × {seen.height}: width and height together may be {SIDES:,}, "
            f"and one {SLIMMEST} times the other"
        )
    return f"{hashlib.sha256(content).hexdigest()[:32]}.{seen.kind}"


def keep(folder: Path, name: str, content: bytes) -> None:
    """The file is there whole, or not at all; the shop's user has it, whoever put it there."""
    owners.make_folder(folder)
    beside = folder / f".{secrets.token_hex(8)}"
    try:
        with beside.open("wb") as made:
            owners.give(made.fileno(), folder)
            made.write(content)
            made.flush()
            os.fsync(made.fileno())
        beside.replace(folder / name)
    finally:
        beside.unlink(missing_ok=True)


def look(content: bytes) -> Seen:
    """Raises BadPicture for anything but a PNG, JPEG or WebP with a size."""
    try:
        seen = _png(content) or _jpg(content) or _webp(content)
    except (TooShort, IndexError):
        raise BadPicture("it is cut short") from None
    if seen is None:
        raise BadPicture("it is no PNG, JPEG or WebP")
    if not seen.width or not seen.height:
        raise BadPicture("it has no size")
    if not _is_whole(content, seen.kind):
        raise BadPicture("its end is missing")
    return seen


def _is_whole(content: bytes, kind: str) -> bool:
    """Whether it was copied to its end; a little may stand behind it."""
    if kind == "webp":
        return unpack_from("<I", content, 4)[0] + 8 <= len(content)
    return ENDS[kind] in content[-4096:]


def _png(content: bytes) -> Seen | None:
    if not content.startswith(b"\x89PNG\r\n\x1a\n"):
        return None
    name, width, height = unpack_from(">4sII", content, 12)
    return Seen("png", width, height) if name == b"IHDR" else None


def _jpg(content: bytes) -> Seen | None:
    """Segment by segment up to the one that says how large it is."""
    if not content.startswith(b"\xff\xd8\xff"):
        return None
    at = 2
    while content[at] == 0xFF:
        mark = content[at + 1]
        if mark in FRAMES:
            height, width = unpack_from(">HH", content, at + 5)
            return Seen("jpg", width, height)
        at += 1 if mark == 0xFF else 2 if mark in ALONE else 2 + unpack_from(">H", content, at + 2)[0]
    return None


def _webp(content: bytes) -> Seen | None:
    """Of its three forms each says its size elsewhere (RFC 9649)."""
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        return None
    form = content[12:16]
    if form == b"VP8X":
        return Seen("webp", 1 + int.from_bytes(content[24:27], "little"), 1 + int.from_bytes(content[27:30], "little"))
    if form == b"VP8L":
        (bits,) = unpack_from("<I", content, 21)
        return Seen("webp", 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    if form == b"VP8 ":
        width, height = unpack_from("<HH", content, 26)
        return Seen("webp", width & 0x3FFF, height & 0x3FFF)
    return None
