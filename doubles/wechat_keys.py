"""Who signs what at WeChat Pay: the merchant, the platform by its key and by its certificate, and a stranger."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509 import Certificate, CertificateBuilder, Name, NameAttribute
from cryptography.x509.oid import NameOID

MCHID, APPID = "1900000109", "wxd678efh567hg6787"
SERIAL = "444F4864EA9B34415A90A2F1AC1B5F9F2A0C3B8D"
PUBLIC_KEY_ID = "PUB_KEY_ID_0119000001092026010100382100000000"
API_V3_KEY = "0123456789abcdef0123456789ABCDEF"
SCHEMA = "WECHATPAY2-SHA256-RSA2048"
AUTHORIZATION = re.compile(rf'{SCHEMA} (?:[a-z_]+="[^"]*",){{4}}[a-z_]+="[^"]*"')


@dataclass(frozen=True)
class Keys:
    merchant: RSAPrivateKey
    platform: RSAPrivateKey
    certified: RSAPrivateKey
    stranger: RSAPrivateKey
    certificate: Certificate
    mchid: str = MCHID
    appid: str = APPID
    serial: str = SERIAL
    public_key_id: str = PUBLIC_KEY_ID
    api_v3_key: str = API_V3_KEY

    @classmethod
    def made(cls) -> Self:
        return cls(*keys())

    @property
    def merchant_private(self) -> str:
        key = self.merchant.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return key.decode()

    @property
    def platform_public(self) -> str:
        return public_text(self.platform)

    @property
    def platform_certificate(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def certificate_serial(self) -> str:
        return f"{self.certificate.serial_number:X}"

    def signed(self, at: datetime, body: bytes, *, by_certificate: bool = False, nonce: str = "n") -> dict[str, str]:
        """The headers beside a body that the platform sends, as an answer or a notice."""
        key, serial = (
            (self.certified, self.certificate_serial) if by_certificate else (self.platform, self.public_key_id)
        )
        return headers(key, serial, at, nonce, body)

    def sealed(self, text: str, nonce: str, about: str) -> str:
        """What only the APIv3 key opens."""
        made = AESGCM(self.api_v3_key.encode()).encrypt(nonce.encode(), text.encode(), about.encode())
        return base64.b64encode(made).decode()

    def knows(self, authorization: str, method: str, target: str, body: bytes) -> bool:
        """Whether our merchant has signed this request, within the last minutes."""
        if not AUTHORIZATION.fullmatch(authorization):
            return False
        said: Mapping[str, str] = dict(re.findall(r'([a-z_]+)="([^"]*)"', authorization))
        text = f"{method}\n{target}\n{said['timestamp']}\n{said['nonce_str']}\n".encode() + body + b"\n"
        ours = (said["mchid"], said["serial_no"]) == (self.mchid, self.serial)
        return ours and self.has_signed(text, said["signature"])

    def has_signed(self, text: bytes, signature: str) -> bool:
        """Whether our merchant has."""
        try:
            self.merchant.public_key().verify(base64.b64decode(signature), text, PKCS1v15(), SHA256())
        except (ValueError, InvalidSignature):
            return False
        return True


def headers(key: RSAPrivateKey, serial: str, at: datetime, nonce: str, body: bytes) -> dict[str, str]:
    seconds = int(at.timestamp())
    made = key.sign(f"{seconds}\n{nonce}\n".encode() + body + b"\n", PKCS1v15(), SHA256())
    return {
        "Wechatpay-Timestamp": str(seconds),
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": base64.b64encode(made).decode(),
        "Wechatpay-Signature-Type": SCHEMA,
        "Wechatpay-Serial": serial,
    }


@cache
def keys() -> tuple[RSAPrivateKey, RSAPrivateKey, RSAPrivateKey, RSAPrivateKey, Certificate]:
    """Making one takes a tenth of a second, so one process makes them once."""
    one, two, three, four = (generate_private_key(65537, 2048) for _ in range(4))
    name = Name([NameAttribute(NameOID.COMMON_NAME, "Tenpay.com sign")])
    now = datetime.now(UTC)
    certificate = (
        CertificateBuilder(name, name, three.public_key(), 0x5157F09EFDC096DE15EBE81A47057A7232F1B8E1)
        .not_valid_before(now - timedelta(days=3650))
        .not_valid_after(now + timedelta(days=3650))
        .sign(three, SHA256())
    )
    return one, two, three, four, certificate


def public_text(key: RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
