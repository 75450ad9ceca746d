"""The envelope WeChat puts its calls in, and we our answers: safe (AES) mode alone.

wechatpy opens and seals it; it compares signatures with !=, and looks at no time, so both are looked at here first.
(developers.weixin.qq.com, 消息加解密说明: msg_signature is the SHA1 of token, timestamp, nonce and Encrypt, sorted.)
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import struct
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from xml.parsers.expat import ExpatError

import xmltodict
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import WeChatException

LARGEST = 64 * 1024  # bytes of a call
FRESH = 300.0  # seconds between WeChat's clock and ours
TRIES = 3  # how often WeChat brings the same
REMEMBERED = 10_000  # calls
NUMBER = re.compile(r"[0-9]{1,11}")
NONCE = re.compile(r"[0-9A-Za-z_-]{1,64}")
# What wechatpy raises where something is signed and sealed wrongly
UNREADABLE = (WeChatException, ValueError, AssertionError, TypeError, IndexError, OverflowError, struct.error)


class Forged(Exception):
    """It does not come from WeChat, not for this account, or not now. Nothing of it is kept."""


class Seal:
    """Opens what WeChat sends to one account, and seals what goes back."""

    def __init__(self, appid: str, token: str, aes_key: str, clock: Callable[[], float] = time.time) -> None:
        """`aes_key` is the EncodingAESKey of 43 characters. Raises ValueError for another."""
        if not re.fullmatch(r"[A-Za-z0-9]{43}", aes_key):
            raise ValueError("the EncodingAESKey has 43 letters and digits")
        self._token = token
        self._clock = clock
        self._crypto = WeChatCrypto(token, aes_key, appid)
        self._seen: OrderedDict[str, int] = OrderedDict()  # signatures of now, and how often each came

    def greeting(self, query: Mapping[str, str]) -> str:
        """What WeChat wants to hear when the address is set: its own word. Raises Forged."""
        self._look(query, query.get("signature", ""))
        return query.get("echostr", "")[:200]

    def open(self, query: Mapping[str, str], body: bytes) -> dict[str, str]:
        """A call's content, as flat fields. Raises Forged.

        The same call more often than WeChat tries is somebody who has overheard one.
        """
        if query.get("encrypt_type") != "aes":
            raise Forged("it is not in safe mode")
        if len(body) > LARGEST:
            raise Forged("it is too large")
        encrypted = _fields(body).get("Encrypt", "")
        signature = query.get("msg_signature", "")
        self._look(query, signature, encrypted)
        self._once_more(signature)
        try:
            plain = self._crypto.decrypt_message({"Encrypt": encrypted}, signature, query["timestamp"], query["nonce"])
        except UNREADABLE as error:
            raise Forged(f"it can't be opened ({type(error).__name__})") from None
        return _fields(plain if isinstance(plain, bytes) else plain.encode())

    def sealed(self, xml: str) -> str:
        """An answer in its envelope."""
        return self._crypto.encrypt_message(xml, secrets.token_hex(8), str(int(self._clock())))

    def _look(self, query: Mapping[str, str], given: str, *more: str) -> None:
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        if not (NUMBER.fullmatch(timestamp) and NONCE.fullmatch(nonce)):
            raise Forged("it has no time and number of its own")
        ours = hashlib.sha1("".join(sorted((self._token, timestamp, nonce, *more))).encode()).hexdigest()  # noqa: S324
        if not hmac.compare_digest(ours.encode(), given.encode()):
            raise Forged("the signature is not WeChat's")
        if abs(self._clock() - int(timestamp)) > FRESH:
            raise Forged("it was signed at another time")

    def _once_more(self, signature: str) -> None:
        times = self._seen.pop(signature, 0) + 1
        self._seen[signature] = times
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        if times > TRIES:
            raise Forged("it came more often than WeChat tries")


def _fields(xml: bytes) -> dict[str, str]:
    """The texts right below the root. Raises Forged; a document type or entities of its own are refused unread."""
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise Forged("it brings definitions of its own")
    try:
        root = xmltodict.parse(xml.decode(), disable_entities=True)["xml"]
    except (ExpatError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise Forged(f"it is no message ({type(error).__name__})") from None
    if not isinstance(root, dict):
        raise Forged("it is empty")
    return {name: value for name, value in root.items() if isinstance(value, str)}
