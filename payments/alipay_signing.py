"""Alipay's RSA2: SHA256withRSA over sorted name=value pairs, or over the very text of an answer.

What is signed, in which order and without what: opendocs.alipay.com/common/02mse7 (notices), 02kf5q (requests),
02mse3 (answers). Their two Python packages own one module name and can't be installed together, hence our own.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from payments.wire import once

SPACE = re.compile(r"[ \t\r\n]*")
LEAST_BITS = 2048  # what RSA2 asks for


def private_key(text: str) -> rsa.RSAPrivateKey:
    """The app's key as Alipay's tools write it: PEM, or bare base64 of PKCS #8 or PKCS #1. Raises ValueError."""
    try:
        if "-----BEGIN" in text:
            key = serialization.load_pem_private_key(text.encode(), password=None)
        else:
            key = serialization.load_der_private_key(bare(text), password=None)
    except (TypeError, UnsupportedAlgorithm):  # TypeError: it wants a password
        key = None
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < LEAST_BITS:
        raise ValueError(f"not an RSA private key of {LEAST_BITS} bits without a password")
    return key


def public_key(text: str) -> rsa.RSAPublicKey:
    """Alipay's own key (not the app's): PEM, or bare base64. Raises ValueError."""
    try:
        if "-----BEGIN" in text:
            key = serialization.load_pem_public_key(text.encode())
        else:
            key = serialization.load_der_public_key(bare(text))
    except UnsupportedAlgorithm:
        key = None
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < LEAST_BITS:
        raise ValueError(f"not an RSA public key of {LEAST_BITS} bits")
    return key


def bare(text: str) -> bytes:
    return base64.b64decode("".join(text.split()), validate=True)


def joined(values: Mapping[str, str], *without: str) -> bytes:
    """What is signed: name=value pairs in the names' order, empty ones and those named left out."""
    kept = sorted((name, value) for name, value in values.items() if value and name not in without)
    return "&".join(f"{name}={value}" for name, value in kept).encode()


def sign(key: rsa.RSAPrivateKey, text: bytes) -> str:
    return base64.b64encode(key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()


def signed(key: rsa.RSAPublicKey, signature: str, text: bytes) -> bool:
    """Whether the key's owner signed that text."""
    try:
        key.verify(base64.b64decode(signature, validate=True), text, padding.PKCS1v15(), hashes.SHA256())
    except (ValueError, InvalidSignature):
        return False
    return True


def parts(text: str) -> dict[str, str]:
    """A JSON object's values by name, each as the text it stands there. Raises ValueError.

    An answer's signature is over these characters: parsed and written anew they would be others.
    """
    decoder = json.JSONDecoder(object_pairs_hook=once)
    found: list[tuple[str, str]] = []
    at = after(text, 0, "{")
    while True:
        name, at = decoder.raw_decode(text, at)
        begins = after(text, at, ":")
        _, at = decoder.raw_decode(text, begins)
        found.append((name, text[begins:at]))
        at = SPACE.match(text, at).end()  # type: ignore[union-attr]
        if text[at : at + 1] != ",":
            break
        at = after(text, at, ",")
    if text[after(text, at, "}") :].strip():
        raise ValueError("something after it")
    return once(found)


def after(text: str, at: int, mark: str) -> int:
    """Where the next thing begins behind a mark that must stand here. Raises ValueError."""
    at = SPACE.match(text, at).end()  # type: ignore[union-attr]
    if text[at : at + 1] != mark:
        raise ValueError(f"{mark} is missing")
    return SPACE.match(text, at + 1).end()  # type: ignore[union-attr]
