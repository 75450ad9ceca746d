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

    def save(self, path: Path) -> None:
        """Write a new key file that only its owner can read. Never overwrites: a lost key is lost stock."""
        stored = {
            "keys": {str(key_id): base64.b64encode(key).decode() for key_id, key in self.keys.items()},
            "current": self.current,
            "pepper": base64.b64encode(self.pepper).decode(),
        }
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(stored, file, indent=1)
            file.flush()
            os.fsync(file.fileno())


class Vault:
    """AES-256-GCM by a ring of keys; every sealed value is bound to the row it belongs to.

    `row` names the owner of the value, e.g. "code 17 of product 3". It is authenticated, not stored, so a
    ciphertext copied to another row does not open.
    """

    def __init__(self, ring: KeyRing) -> None:
        self._ciphers = {key_id: AESGCM(key) for key_id, key in ring.keys.items()}
        self._current = ring.current
        self._pepper = ring.pepper

    def seal(self, secret: Secret | str, row: str) -> bytes:
        """Key id (2 bytes), nonce (12), ciphertext with tag."""
        plain = secret.reveal() if isinstance(secret, Secret) else secret
        nonce = secrets.token_bytes(NONCE)
        head = self._current.to_bytes(2, "big")
        return head + nonce + self._ciphers[self._current].encrypt(nonce, plain.encode(), head + row.encode())

    def open(self, sealed: bytes, row: str) -> Secret:
        """The plaintext, or Tampered when it was changed, moved to another row, or its key is not on the ring."""
        head, nonce, body = sealed[:2], sealed[2 : 2 + NONCE], sealed[2 + NONCE :]
        cipher = self._ciphers.get(int.from_bytes(head, "big"))
        if cipher is None or len(body) < 16:
            raise Tampered(f"{row}: no key on the ring opens it")
        try:
            return Secret(cipher.decrypt(nonce, body, head + row.encode()).decode())
        except InvalidTag:
            raise Tampered(f"{row}: it was changed or belongs to another row") from None

    def fingerprint(self, text: str, purpose: str = "code") -> bytes:
        """A keyed digest that tells equal texts apart from unequal ones and nothing else (32 bytes)."""
        return hmac.digest(self._pepper, f"{purpose}\0{text}".encode(), hashlib.sha256)
