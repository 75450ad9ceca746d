"""A backup sealed by the vault's keys: whoever has it and not the key has nothing, and whoever cuts it is found out.

A head of fixed size names the key and holds a salt; the pieces behind it are sealed one by one, by a key that is
made for this file alone. Each is bound to the head, to its number, and to whether it is the last: a file that is cut
off, or whose pieces have changed places, does not open. Nothing larger than a piece is ever in memory.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.ground.vault import KEY, KeyRing

MAGIC = b"MIKA SEALED BACKUP 1\n"
HEAD = 4096  # bytes: the magic, a line of JSON, blanks
PIECE = 1 << 20  # of what is sealed
TAG = 16
SALT = 32


class WrongKey(Exception):
    """The key ring does not have the key that sealed it."""


@dataclass(frozen=True)
class Head:
    """What stands before the pieces, for everyone to read."""

    key: int  # its number on the ring
    salt: str
    known_by: str  # tells the key apart from another of the same number, and nothing else of it

    def packed(self) -> bytes:
        line = json.dumps({"key": self.key, "salt": self.salt, "known_by": self.known_by}).encode()
        return (MAGIC + line + b"\n").ljust(HEAD)

    @classmethod
    def unpacked(cls, head: bytes) -> Head:
        """Raises ValueError for what is no head of a sealed backup."""
        try:
            told = json.loads(head[len(MAGIC) :])
            return cls(int(told["key"]), str(told["salt"]), str(told["known_by"]))
        except (KeyError, TypeError, ValueError):
            raise ValueError("its head is damaged") from None


def sealed(ring: KeyRing, plain: Iterable[bytes]) -> Iterator[bytes]:
    """The file, piece by piece. `plain` may come in pieces of any size."""
    salt = secrets.token_bytes(SALT)
    cipher, known_by = _derived(ring.keys[ring.current], salt)
    head = Head(ring.current, salt.hex(), known_by).packed()
    yield head
    for number, piece, last in _numbered(plain):
        yield cipher.encrypt(_nonce(number, last), piece, head)


def is_sealed(head: bytes) -> bool:
    return head.startswith(MAGIC)


def opens(ring: KeyRing, head: bytes) -> bool:
    """Whether this is the head of something that a key on the ring has sealed."""
    try:
        _cipher(ring, head)
    except (ValueError, WrongKey):
        return False
    return True


def plain(ring: KeyRing, file: BinaryIO) -> Iterator[bytes]:
    """What a backup holds, sealed or as it was before there were sealed ones.

    Raises WrongKey before the first piece, ValueError where it is damaged: what came before is right.
    """
    head = file.read(HEAD)
    if not is_sealed(head):
        yield head
        while piece := file.read(PIECE):
            yield piece
        return
    cipher = _cipher(ring, head)
    number, piece = 0, file.read(PIECE + TAG)
    while True:
        following = file.read(PIECE + TAG)
        try:
            yield cipher.decrypt(_nonce(number, not following), piece, head)
        except InvalidTag:
            raise ValueError("it is cut off or damaged") from None
        if not following:
            return
        number, piece = number + 1, following


def _cipher(ring: KeyRing, head: bytes) -> AESGCM:
    if not is_sealed(head) or len(head) != HEAD:
        raise ValueError("its head is damaged")
    told = Head.unpacked(head)
    if told.key not in ring.keys:
        raise WrongKey(f"it was sealed by key {told.key}, which is not on the ring")
    cipher, known_by = _derived(ring.keys[told.key], bytes.fromhex(told.salt))
    if not hmac.compare_digest(known_by, told.known_by):
        raise WrongKey(f"it was sealed by another key {told.key}")
    return cipher


def _derived(key: bytes, salt: bytes) -> tuple[AESGCM, str]:
    """The file's own key, so that numbers may count its pieces; and what it is known by."""
    made = HKDF(SHA256(), 2 * KEY, salt, b"mika backup").derive(key)
    return AESGCM(made[:KEY]), made[KEY:].hex()


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _numbered(plain: Iterable[bytes]) -> Iterator[tuple[int, bytes, bool]]:
    """Pieces of one size but for the last, which may be shorter, and says that it is the last."""
    waits, number = bytearray(), 0
    for some in plain:
        waits += some
        while len(waits) > PIECE:
            yield number, bytes(waits[:PIECE]), False
            del waits[:PIECE]
            number += 1
    yield number, bytes(waits), True
