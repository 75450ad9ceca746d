"""Sealing what must not be read from the database, and the type that keeps it out of sight once opened."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Never

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.ground import owners
from core.ground.errors import Tampered

NONCE = 12  # bytes; random per sealing, 96 bits as NIST SP 800-38D has it
KEY = 32


class Secret:
    """Plaintext that prints as *** wherever it turns up by accident: logs, tracebacks, f-strings, JSON.

    Only the call that hands it to its owner says `reveal()`.
    """

    __slots__ = ("_plain",)

    def __init__(self, plain: str) -> None:
        self._plain = plain

    def reveal(self) -> str:
        return self._plain

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._plain.encode(), other._plain.encode())

    def __hash__(self) -> int:
        return hash(self._plain)

    def __reduce__(self) -> Never:
        raise TypeError("a Secret is never pickled or copied out of the process")


@dataclass(frozen=True)
class KeyRing:
    """The keys by id, which one seals now, and the pepper of the fingerprints. Lives outside the database."""

    keys: dict[int, bytes] = field(repr=False)
    current: int
    pepper: bytes = field(repr=False)

    @classmethod
    def fresh(cls) -> KeyRing:
        return cls({1: secrets.token_bytes(KEY)}, 1, secrets.token_bytes(KEY))

    @classmethod
    def load(cls, path: Path) -> KeyRing:
        """Read a key file. Raises OSError if it can't be read, ValueError if it is not a key file."""
        try:
            stored = json.loads(path.read_text())
            keys = {int(key_id): base64.b64decode(key, validate=True) for key_id, key in stored["keys"].items()}
            ring = cls(keys, int(stored["current"]), base64.b64decode(stored["pepper"], validate=True))
        except (KeyError, TypeError, AttributeError, ValueError):
            raise ValueError(f"{path.name} is not a key file") from None
        fits = all(0 <= key_id < 2**16 for key_id in keys)  # in the two bytes before what it sealed
        if not fits or ring.current not in keys or any(len(key) != KEY for key in (*keys.values(), ring.pepper)):
            raise ValueError(f"{path.name} is not a whole key file")
        return ring

    def rotated(self) -> KeyRing:
        """With a new key that seals from now on. The old ones stay, for what they sealed and for the backups.

        The pepper stays what it is: fingerprints tell that a code is in the shop already, and can't be worked out
        anew for codes whose plaintext nobody keeps, nor for the journal's lines that lie elsewhere. It opens nothing.
        """
        made = max(self.keys) + 1
        return KeyRing({**self.keys, made: secrets.token_bytes(KEY)}, made, self.pepper)

    def without(self, key_id: int) -> KeyRing:
        """Raises ValueError for the key that seals now, KeyError for one that is not on the ring."""
        if key_id == self.current:
            raise ValueError(f"key {key_id} seals what comes in now")
        left = dict(self.keys)
        del left[key_id]
        return KeyRing(left, self.current, self.pepper)

    def save(self, path: Path) -> None:
        """Write a new key file that only its owner can read, as root for whom the folder belongs to.

        Never overwrites: a lost key is lost stock.
        """
        self._write(path)
        _settle(path.parent)

    def replace(self, path: Path) -> None:
        """Put this ring where another one is, for whom that one belongs to.

        At any moment the file is the old ring or the new one, whole.
        """
        beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
        try:
            self._write(beside, path)
            os.replace(beside, path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        _settle(path.parent)

    def _write(self, path: Path, replaced: Path | None = None) -> None:
        stored = {
            "keys": {str(key_id): base64.b64encode(key).decode() for key_id, key in self.keys.items()},
            "current": self.current,
            "pepper": base64.b64encode(self.pepper).decode(),
        }
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            owners.give(file.fileno(), replaced or path.parent)
            json.dump(stored, file, indent=1)
            file.flush()
            os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """A file's name is durable only when its folder is."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


class Vault:
    """AES-256-GCM by a ring of keys; every sealed value is bound to the row it belongs to.

    `row` names the owner of the value, e.g. "code 17 of product 3". It is authenticated, not stored, so a
    ciphertext copied to another row does not open.
    """

    def __init__(self, ring: KeyRing, path: Path | None = None) -> None:
        """`path` is the ring's file, if it has one: a ring that is put there later is taken over at once."""
        self._path = path
        self._seen = _state(path)
        self._take(ring)

    @property
    def current(self) -> int:
        """The key that seals now."""
        self._look()
        return self._ring.current

    def seal(self, secret: Secret | str, row: str) -> bytes:
        """Key id (2 bytes), nonce (12), ciphertext with tag."""
        self._look()  # a rotation is over when nobody seals by the old key any more
        plain = secret.reveal() if isinstance(secret, Secret) else secret
        nonce = secrets.token_bytes(NONCE)
        head = head_of(self._ring.current)
        return head + nonce + self._ciphers[self._ring.current].encrypt(nonce, plain.encode(), head + row.encode())

    def open(self, sealed: bytes, row: str) -> Secret:
        """The plaintext, or Tampered when it was changed, moved to another row, or its key is not on the ring."""
        head, nonce, body = sealed[:2], sealed[2 : 2 + NONCE], sealed[2 + NONCE :]
        key_id = int.from_bytes(head, "big")
        if key_id not in self._ciphers:
            self._look()
        cipher = self._ciphers.get(key_id)
        if cipher is None or len(body) < 16:
            raise Tampered(f"{row}: no key on the ring opens it")
        try:
            return Secret(cipher.decrypt(nonce, body, head + row.encode()).decode())
        except InvalidTag:
            raise Tampered(f"{row}: it was changed or belongs to another row") from None

    def reseal(self, sealed: bytes, row: str) -> bytes:
        """The same plaintext by the key that seals now. Raises Tampered if it does not open."""
        return self.seal(self.open(sealed, row), row)

    def fingerprint(self, text: str, purpose: str = "code") -> bytes:
        """A keyed digest that tells equal texts apart from unequal ones and nothing else (32 bytes).

        By the pepper, which no rotation changes (see KeyRing.rotated).
        """
        return hmac.digest(self._ring.pepper, f"{purpose}\0{text}".encode(), hashlib.sha256)

    def _take(self, ring: KeyRing) -> None:
        self._ciphers = {key_id: AESGCM(key) for key_id, key in ring.keys.items()}
        self._ring = ring

    def _look(self) -> None:
        """Takes over the ring that another process has put there (1 µs when there is none).

        A file that has gone, or can't be read any more, changes nothing for whoever has read it before.
        """
        state = _state(self._path)
        if self._path is None or state is None or state == self._seen:
            return
        try:
            ring = KeyRing.load(self._path)
        except OSError:
            return
        self._take(ring)
        self._seen = state


def head_of(key_id: int) -> bytes:
    """What everything sealed by a key begins with."""
    return key_id.to_bytes(2, "big")


def _state(path: Path | None) -> tuple[int, int] | None:
    """What changes when the file is replaced."""
    if path is None:
        return None
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns
