"""How WeChat's platform signs and seals what it tells an account, and opens what it is answered.

Sealed is AES-256-CBC of 16 random bytes, the text's length in 4 bytes, the text and the account's appid, filled up to
32 bytes as PKCS#7 does. A signature is the SHA-1 of its parts, sorted.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

BLOCK = 32


def signature(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


class Seal:
    """One account's, by its EncodingAESKey of 43 characters."""

    def __init__(self, aes_key: str, appid: str) -> None:
        if len(aes_key) != 43:
            raise ValueError("an EncodingAESKey has 43 characters")
        key = base64.b64decode(aes_key + "=")
        self._cipher = Cipher(AES(key), CBC(key[:16]))
        self._appid = appid.encode()

    def seal(self, text: bytes, salt: bytes) -> str:
        """The text sealed, in base64. `salt` is 16 random bytes."""
        whole = salt + struct.pack(">I", len(text)) + text + self._appid
        filling = BLOCK - len(whole) % BLOCK
        sealing = self._cipher.encryptor()
        return base64.b64encode(sealing.update(whole + bytes([filling]) * filling) + sealing.finalize()).decode()

    def open(self, sealed: str) -> bytes:
        """The text again. Raises ValueError if it isn't sealed by this key for this appid."""
        try:
            data = base64.b64decode(sealed, validate=True)
        except binascii.Error:
            raise ValueError("it is not base64") from None
        opening = self._cipher.decryptor()
        whole = opening.update(data) + opening.finalize()  # ValueError if it isn't whole blocks
        filling = whole[-1] if whole else 0
        if not 1 <= filling <= BLOCK or whole[-filling:] != bytes([filling]) * filling:
            raise ValueError("it ends wrongly: another key?")
        length = int.from_bytes(whole[16:20], "big")
        text, appid = whole[20 : 20 + length], whole[20 + length : -filling]
        if len(text) != length or appid != self._appid:
            raise ValueError("it is not for this account")
        return text
