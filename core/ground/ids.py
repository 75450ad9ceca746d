"""Names that nobody can guess: tokens for links and keys, order numbers for people."""

from __future__ import annotations

import base64
import random
import re
import secrets

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O or U: nothing to misread over the phone
NUMBER = re.compile(f"[{CROCKFORD}]{{4}}-[{CROCKFORD}]{{4}}")  # as number() draws them


class Ids:
    """Draws them from the system's randomness. A test that wants the same ones each time gives a seed."""

    def __init__(self, seed: int | None = None) -> None:
        self._bytes = secrets.token_bytes if seed is None else random.Random(seed).randbytes  # noqa: S311

    def token(self, bytes: int = 16) -> str:
        """That many random bytes as text which may stand in an address (16 bytes are 22 characters)."""
        return base64.urlsafe_b64encode(self._bytes(bytes)).rstrip(b"=").decode()

    def number(self) -> str:
        """An order number to read aloud, such as K7M2-94QF. 40 random bits: its column is UNIQUE all the same."""
        drawn = int.from_bytes(self._bytes(5), "big")
        letters = "".join(CROCKFORD[drawn >> shift & 31] for shift in range(35, -1, -5))
        return f"{letters[:4]}-{letters[4:]}"
