"""Who signs what at Alipay: the app's key pair, Alipay's own, and a stranger's."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

APP_ID, SELLER_ID = "2021000123456789", "2088102177846880"


@dataclass(frozen=True)
class Keys:
    app: RSAPrivateKey
    alipay: RSAPrivateKey
    stranger: RSAPrivateKey
    app_id: str = APP_ID
    seller_id: str = SELLER_ID

    @classmethod
    def made(cls) -> Self:
        return cls(*keys())

    @property
    def app_private(self) -> str:
        """As the merchant keeps it, in PEM of PKCS #8."""
        return private_text(self.app)

    @property
    def alipay_public(self) -> str:
        """As Alipay's site shows it: base64 and nothing else."""
        return base64.b64encode(
            self.alipay.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        ).decode()

    @staticmethod
    def signature(key: RSAPrivateKey, text: str) -> str:
        return base64.b64encode(key.sign(text.encode(), PKCS1v15(), SHA256())).decode()

    def sealed(self, about: Mapping[str, str], key: RSAPrivateKey | None = None) -> dict[str, str]:
        """A notice's parameters with their signature, which covers all but itself and its kind."""
        text = "&".join(f"{name}={about[name]}" for name in sorted(about) if about[name])
        return {**about, "sign_type": "RSA2", "sign": self.signature(key or self.alipay, text)}

    def knows(self, asked: Mapping[str, str]) -> bool:
        """Whether our merchant has signed a request: here the kind is covered too."""
        text = "&".join(f"{name}={asked[name]}" for name in sorted(asked) if asked[name] and name != "sign")
        try:
            signature = base64.b64decode(asked.get("sign", ""))
            self.app.public_key().verify(signature, text.encode(), PKCS1v15(), SHA256())
        except (ValueError, InvalidSignature):
            return False
        return (asked.get("app_id"), asked.get("sign_type")) == (self.app_id, "RSA2")


@cache
def keys() -> tuple[RSAPrivateKey, RSAPrivateKey, RSAPrivateKey]:
    """Three key pairs; making one takes a tenth of a second, so one process makes them once."""
    one, two, three = (generate_private_key(65537, 2048) for _ in range(3))
    return one, two, three


def private_text(key: RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_text(key: RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
