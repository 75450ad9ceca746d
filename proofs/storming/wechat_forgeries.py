"""Calls that are forged, broken or odd, and what is done to true ones on their way."""

from __future__ import annotations

import base64
import secrets
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from doubles import wechat_xml as xml
from doubles.wechat_accounts import Account
from doubles.wechat_crypto import BLOCK, signature

REFUSED = (403,)
ODD = (200, 403)  # WeChat itself has signed it: thanks, or not even that
NO_METHOD = (403, 405)
CUT_OFF = (0, 400, 403, 413)  # 0: the door was shut before all of it was through
LAUGHS = (
    '<!DOCTYPE xml [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)
ATTRIBUTES = " ".join(f"a{number}='1'" for number in range(1000))
OUTSIDE = '<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@dataclass(frozen=True)
class Posted:
    """One call, and how it may be answered."""

    query: Mapping[str, str]
    body: bytes
    answers: tuple[int, ...] = REFUSED
    method: str = "POST"
    what: str = ""
    twice: Mapping[str, str] | None = None  # parameters that come once more, behind


@dataclass(frozen=True)
class Given:
    """What a call is made from: a word that nobody ever said."""

    account: Account
    dice: Random
    at: int
    number: int

    @property
    def fields(self) -> dict[str, Any]:
        return {
            "ToUserName": self.account.original_id,
            "FromUserName": f"o-nobody-{self.number:08}",
            "CreateTime": self.at,
            "MsgType": "text",
            "Content": "你好",
            "MsgId": 99_000_000_000_000_000 + self.number,
        }

    @property
    def text(self) -> bytes:
        return xml.written(self.fields).encode()


def sealed(
    given: Given, text: bytes, *, appid: str = "", key: str = "", length: int | None = None, end: bytes | None = None
) -> str:
    """As WeChat seals it, by the account's own key unless told otherwise."""
    whole = secrets.token_bytes(16) + struct.pack(">I", len(text) if length is None else length) + text
    whole += (appid or given.account.appid).encode()
    filling = BLOCK - len(whole) % BLOCK
    whole += bytes([filling]) * filling if end is None else end * (filling // len(end)) + end[: filling % len(end)]
    opened = base64.b64decode((key or given.account.aes_key) + "=")
    sealing = Cipher(AES(opened), CBC(opened[:16])).encryptor()
    return base64.b64encode(sealing.update(whole) + sealing.finalize()).decode()


def enveloped(given: Given, encrypt: str, body: bytes | None = None, *, token: str = "", at: int = 0) -> Posted:
    """In its envelope, signed as WeChat would."""
    timestamp, nonce = str(at or given.at), secrets.token_hex(5)
    token = token or given.account.token
    query = {
        "signature": signature(token, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
        "openid": given.fields["FromUserName"],
        "encrypt_type": "aes",
        "msg_signature": signature(token, timestamp, nonce, encrypt),
    }
    return Posted(query, envelope(given, encrypt) if body is None else body)


def envelope(given: Given, encrypt: str) -> bytes:
    return (
        f"<xml>{xml.element('ToUserName', given.account.original_id)}{xml.element('Encrypt', encrypt)}</xml>".encode()
    )


def true(given: Given, text: bytes | None = None) -> Posted:
    """A call as WeChat makes it."""
    return enveloped(given, sealed(given, given.text if text is None else text))


def queried(given: Given, **changed: str | None) -> Posted:
    """A true one with other parameters."""
    posted = true(given)
    query = {name: value for name, value in {**posted.query, **changed}.items() if value is not None}
    return replace(posted, query=query)


def inside(given: Given, text: str | bytes) -> Posted:
    """WeChat has signed and sealed it; what is in it is odd."""
    return replace(true(given, text if isinstance(text, bytes) else text.encode()), answers=ODD)


def said(given: Given, **changed: Any) -> Posted:
    """The same, of a message that could be none of ours."""
    return inside(given, xml.written({**given.fields, **changed}))


def outer(given: Given, body: bytes | str, answers: tuple[int, ...] = REFUSED) -> Posted:
    """A body that is no envelope, signed for the envelope it isn't."""
    return replace(true(given), body=body if isinstance(body, bytes) else body.encode(), answers=answers)


def plain(given: Given, **query: str) -> Posted:
    posted = true(given)
    kept = {name: posted.query[name] for name in ("signature", "timestamp", "nonce", "openid")}
    return Posted({**kept, **query}, given.text)


def greeting(given: Given, **changed: str) -> Posted:
    query = {**{name: true(given).query[name] for name in ("signature", "timestamp", "nonce")}, "echostr": "42"}
    return Posted({**query, **changed}, b"", method="GET")


def by(method: str) -> Callable[[Given], Posted]:
    return lambda given: replace(queried(given, msg_signature="0" * 40), method=method, answers=NO_METHOD)


def named(prefix: str, text: Callable[[Given], str]) -> Callable[[Given], Posted]:
    """The definitions, before what would use them."""
    return lambda given: outer(given, f"{prefix}{text(given)}")


def _using(given: Given) -> str:
    return f"<xml><ToUserName>&a;&j;</ToUserName>{xml.element('Encrypt', sealed(given, given.text))}</xml>"


def _defined(prefix: str) -> Callable[[Given], Posted]:
    """In a call that is WeChat's otherwise, through and through."""

    def made(given: Given) -> Posted:
        encrypt = sealed(given, given.text)
        return enveloped(given, encrypt, f"{prefix}<xml>{xml.element('Encrypt', encrypt)}</xml>".encode())

    return made


def _twice(given: Given) -> Posted:
    encrypt = sealed(given, given.text)
    element = xml.element("Encrypt", encrypt)
    return enveloped(given, encrypt, f"<xml>{element}{element}</xml>".encode())


def _cipher(change: Callable[[bytes], bytes]) -> Callable[[Given], Posted]:
    """The sealed bytes changed, and signed by whoever has the token."""

    def made(given: Given) -> Posted:
        return enveloped(given, base64.b64encode(change(base64.b64decode(sealed(given, given.text)))).decode())

    return made


WAYS: dict[str, Callable[[Given], Posted]] = {
    # Who signed it, and when
    "no signature": lambda given: queried(given, msg_signature=None),
    "an empty signature": lambda given: queried(given, msg_signature=""),
    "another signature": lambda given: queried(given, msg_signature="0" * 40),
    "a signature of no bytes": lambda given: queried(given, msg_signature="é" * 40),
    "the signature without its text": lambda given: queried(given, msg_signature=true(given).query["signature"]),
    "a signature of something else": lambda given: queried(given, msg_signature=true(given).query["msg_signature"]),
    "a signature and a better one": lambda given: replace(true(given), twice={"msg_signature": "0" * 40}),
    "another token": lambda given: enveloped(given, sealed(given, given.text), token="a-token-of-somebody"),
    "an empty token": lambda given: queried(
        given, msg_signature=signature("", str(given.at), "n", sealed(given, given.text)), nonce="n"
    ),
    "signed long ago": lambda given: enveloped(given, sealed(given, given.text), at=given.at - 400),
    "signed in the future": lambda given: enveloped(given, sealed(given, given.text), at=given.at + 400),
    "no time": lambda given: queried(given, timestamp=None),
    "a time in words": lambda given: queried(given, timestamp="now"),
    "a time before time": lambda given: queried(given, timestamp=f"-{given.at}"),
    "a time of other digits": lambda given: queried(given, timestamp="１７９５７８１２３４"),
    "a time without end": lambda given: queried(given, timestamp="9" * 4000),
    "no number of its own": lambda given: queried(given, nonce=None),
    "a number without end": lambda given: queried(given, nonce="9" * 4000),
    # How it is sealed
    "in plain": lambda given: plain(given),
    "in plain, called raw": lambda given: plain(given, encrypt_type="raw"),
    "in plain, called sealed": lambda given: plain(given, encrypt_type="aes"),
    "mixed, called plain": lambda given: queried(given, encrypt_type=None),
    "for another account": lambda given: enveloped(given, sealed(given, given.text, appid="wxfedcba9876543210")),
    "for an account of ours and more": lambda given: enveloped(
        given, sealed(given, given.text, appid=f"{given.account.appid}0")
    ),
    "by another key": lambda given: enveloped(given, sealed(given, given.text, key="A" * 43)),
    "filled with nothing": lambda given: enveloped(given, sealed(given, given.text, end=b"\0")),
    "filled too far": lambda given: enveloped(given, sealed(given, given.text, end=b"\x21")),
    "filled with all there is": lambda given: enveloped(given, sealed(given, given.text, end=b"\xff")),
    "longer than it is": lambda given: enveloped(given, sealed(given, given.text, length=2**31)),
    "longer than there is": lambda given: enveloped(given, sealed(given, given.text, length=2**32 - 1)),
    "of no length": lambda given: enveloped(given, sealed(given, given.text, length=0)),
    "not whole blocks": _cipher(lambda data: data[:-5]),
    "one block short": _cipher(lambda data: data[:-16]),
    "nothing sealed": _cipher(lambda data: b""),
    "one block": _cipher(lambda data: data[:16]),
    "blocks the other way round": _cipher(lambda data: data[16:] + data[:16]),
    "no base64": lambda given: enveloped(given, "§§§ no base64"),
    # What it is written in
    "nothing in it": lambda given: outer(given, b""),
    "no XML": lambda given: outer(given, '{"Encrypt": "x"}'),
    "an empty message": lambda given: outer(given, "<xml/>"),
    "no envelope": lambda given: outer(given, given.text),
    "two envelopes": _twice,
    "in another root": lambda given: outer(
        given, envelope(given, sealed(given, given.text)).replace(b"xml>", b"html>")
    ),
    "no UTF-8": lambda given: outer(given, b"<xml><Encrypt>\xff\xfe\xfa</Encrypt></xml>"),
    "in UTF-16": lambda given: outer(given, envelope(given, "x").decode().encode("utf-16")),
    "calls itself UTF-16": lambda given: outer(given, '<?xml version="1.0" encoding="utf-16"?><xml/>'),
    "zeros": lambda given: outer(given, bytes(500)),
    "never closed": lambda given: outer(given, "<xml><Encrypt><![CDATA[x"),
    "billion laughs": named(LAUGHS, _using),
    "billion laughs, signed": _defined(LAUGHS),
    "an entity from outside": named(OUTSIDE, _using),
    "an entity from outside, signed": _defined(OUTSIDE),
    "a document type, signed": _defined('<!DOCTYPE xml SYSTEM "http://127.0.0.1:9/evil.dtd">'),
    "a document type in small letters": named("<!doctype xml>", _using),
    "nested without end": lambda given: outer(given, "<xml>" + "<a>" * 21_000),
    "nested and closed": lambda given: outer(given, f"<xml>{'<a>' * 9_000}{'</a>' * 9_000}</xml>"),
    "a thousand attributes": lambda given: outer(given, f"<xml {ATTRIBUTES}><Encrypt>x</Encrypt></xml>"),
    "too large": lambda given: outer(given, envelope(given, "x" * 70_000), CUT_OFF),
    "huge": lambda given: outer(given, b"x" * 300_000, CUT_OFF),
    # How it is called
    "a forged greeting": lambda given: greeting(given, signature="0" * 40),
    "a greeting without a signature": lambda given: greeting(given, signature=""),
    "a greeting of long ago": lambda given: greeting(given, timestamp="1500000000"),
    "a word as a greeting": lambda given: replace(queried(given, signature="0" * 40), method="GET"),
    "PUT": by("PUT"),
    "PATCH": by("PATCH"),
    "DELETE": by("DELETE"),
    "HEAD": by("HEAD"),
    "OPTIONS": by("OPTIONS"),
    "TRACE": by("TRACE"),
    "a method nobody knows": by("BREW"),
    # What WeChat would never say
    "inside: nothing": lambda given: inside(given, b""),
    "inside: no XML": lambda given: inside(given, "hello"),
    "inside: an empty message": lambda given: inside(given, "<xml></xml>"),
    "inside: no UTF-8": lambda given: inside(given, b"<xml><FromUserName>\xff</FromUserName></xml>"),
    "inside: billion laughs": lambda given: inside(given, LAUGHS + given.text.decode()),
    "inside: an entity from outside": lambda given: inside(given, OUTSIDE + given.text.decode()),
    "inside: nested": lambda given: inside(given, f"<xml>{'<a>' * 5_000}{'</a>' * 5_000}</xml>"),
    "inside: from nobody": lambda given: said(given, FromUserName=""),
    "inside: from two lines": lambda given: said(given, FromUserName="o-a\nb-c-d-e"),
    "inside: from somewhere": lambda given: said(given, FromUserName="../../etc/passwd"),
    "inside: of no kind": lambda given: said(given, MsgType=""),
    "inside: no number": lambda given: said(given, MsgId="x"),
    "inside: a number without end": lambda given: said(given, MsgId="9" * 5000),
    "inside: an event of no time": lambda given: said(given, MsgType="event", Event="CLICK", CreateTime="soon"),
    "inside: an event nobody knows": lambda given: said(
        given, MsgType="event", Event="\u202eEVIL", EventKey="x" * 9000
    ),
    "inside: an event without a name": lambda given: said(given, MsgType="event"),
    "inside: twice from somebody": lambda given: inside(
        given, given.text.replace(b"<FromUserName>", b"<FromUserName>o-a-b-c-d</FromUserName><FromUserName>")
    ),
}


def made(way: str, given: Given) -> Posted:
    return replace(WAYS[way](given), what=way)


# On its way


SIGNED = ("msg_signature", "timestamp", "nonce", "encrypt_type")


def mutated(given: Given) -> Posted:
    """A true call, of which something that is signed has changed on its way."""
    dice, posted = given.dice, true(given)
    encrypt = posted.body.partition(b"<Encrypt>")[2]
    while True:
        if dice.random() < 0.2:
            name = dice.choice(SIGNED)
            changed = _changed(dice, posted.query[name].encode()).decode("latin-1")
            if changed != posted.query[name]:
                return replace(posted, query={**posted.query, name: changed}, what="a changed parameter")
        else:
            body = _changed(dice, posted.body)
            if encrypt[9:-20] not in body:
                return replace(posted, body=body, what="a changed body")


def _changed(dice: Random, data: bytes) -> bytes:
    """Some bits flipped, a byte replaced, left out or put in, a part left out or said twice."""
    said = bytearray(data)
    at = dice.randrange(len(said))
    match dice.randrange(7):
        case 0 | 1 | 2:
            for _ in range(dice.choice((1, 1, 2, 8))):
                said[dice.randrange(len(said))] ^= 1 << dice.randrange(8)
        case 3:
            said[at] = dice.randrange(256)
        case 4:
            del said[at]
        case 5:
            said.insert(at, dice.randrange(256))
        case _:
            other = dice.randrange(len(said))
            first, last = sorted((at, other))
            said = said[:first] + said[last:] if dice.random() < 0.5 else said[:last] + said[first:]
    return bytes(said)
