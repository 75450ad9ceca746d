"""Pictures for tests, drawn a byte at a time."""

from __future__ import annotations

import struct
import zlib


def png(width: int = 80, height: int = 50, colour: tuple[int, int, int] = (29, 107, 88)) -> bytes:
    """A real PNG of one colour."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = zlib.compress((b"\x00" + bytes(colour) * width) * height)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def jpg(width: int, height: int, frame: int = 0xC0) -> bytes:
    """A JPEG's segments as cameras write them, without what is between them."""

    def segment(mark: int, data: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, mark, len(data) + 2) + data

    size = struct.pack(">BHHB", 8, height, width, 3) + bytes(9)
    tables = segment(0xE1, b"Exif\x00\x00" + bytes(60)) + segment(0xDB, bytes(65)) + b"\xff" + segment(0xC4, bytes(20))
    return b"\xff\xd8" + tables + segment(frame, size) + segment(0xDA, bytes(10)) + b"\x00\x01\xff\xd9"


def webp(width: int, height: int, form: str) -> bytes:
    """One of WebP's three forms: "VP8 ", "VP8L" or "VP8X"."""
    if form == "VP8X":
        data = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    elif form == "VP8L":
        data = b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14)
    else:
        data = b"\x30\x01\x00\x9d\x01\x2a" + struct.pack("<HH", width, height)
    chunk = form.encode() + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk
