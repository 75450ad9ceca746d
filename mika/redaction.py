"""What no line of the log may hold: secrets, whatever they came in.

The shop's own lines name things by number and never quote; this is the net under them and under the libraries.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping, Set
from typing import Any

from pydantic import SecretBytes, SecretStr

from core.ground.vault import Secret

HIDDEN = "***"
DEEP = 6
# Names of what is secret whatever it looks like: headers, settings, fields of providers' JSON.
NAMES = re.compile(
    r"(^|[_\-. ])(authorization|cookie|set-cookie|token|secret|password|passwd|passphrase|api[_-]?key|private[_-]?key"
    r"|signature|sign|pin|card[_-]?number|code|codes|sealed|draft|plain)s?$",
    re.IGNORECASE,
)
LONG = re.compile(r"(?<=/)(?=[\w-]*\d)[\w-]{20,}")  # in an address: whoever has it can open something
PATTERNS = (
    (re.compile(r"(?i)\bhttps?://[^\s\"'<>]+"), lambda found: LONG.sub(HIDDEN, found[0])),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=:-]{6,}"), r"\1 ***"),
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^\s/@:]*:[^\s/@]*@"), r"\1***@"),  # scheme://user:password@
    (re.compile(r"\bbot\d{6,}:[\w-]{20,}"), "bot***"),  # the Bot API's addresses hold the token
    (re.compile(r"\b\d{6,}:[\w-]{30,}"), HIDDEN),
    (re.compile(r"\b(sk|rk|pk|whsec)_(live_|test_)?\w{8,}"), r"\1_***"),  # Stripe
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(\.[\w-]+)?"), HIDDEN),  # a JSON web token
    (
        re.compile(
            r"(?i)([?&;]|\b)(access_token|token|t|key|api_key|secret|sign|signature|password|code)=(?!\*)[^\s&;\"']+"
        ),
        r"\1\2=***",
    ),
    (
        re.compile(r"(?i)\b(authorization|cookie|set-cookie|x-api-key|api-key)(['\"]?\s*[:=]\s*['\"]?)[^\s'\",;]+"),
        r"\1\2***",
    ),
    (re.compile(r"-----BEGIN [A-Z ]+-----.*?(-----END [A-Z ]+-----|$)", re.DOTALL), HIDDEN),
)


def redact(_: Any, __: str, said: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor, the last before the line is made."""
    for name in list(said):
        if not name.startswith("_"):
            said[name] = HIDDEN if _is_secret(name, said[name]) else clean(said[name])
    return said


def clean(value: Any, depth: int = 0) -> Any:
    """The value without what looks like a secret. What is nested too deep, or is of no plain kind, is only named."""
    match value:
        case Secret() | SecretStr() | SecretBytes():
            return HIDDEN
        case str():
            return _text(value)
        case bytes() | bytearray() | memoryview():
            return f"{len(value)} bytes"
        case None | bool() | int() | float():
            return value
        case Mapping() if depth < DEEP:
            return {
                clean(name, depth + 1): HIDDEN if _is_secret(name, within) else clean(within, depth + 1)
                for name, within in value.items()
            }
        case list() | tuple() | Set() if depth < DEEP:
            return [clean(within, depth + 1) for within in value]
        case BaseException():
            return type(value).__name__  # its message quotes
        case _ if depth < DEEP:
            return _text(str(value))
    return f"a {type(value).__name__}"


def _is_secret(name: Any, value: Any) -> bool:
    return isinstance(value, str | bytes | list | tuple | Mapping) and bool(NAMES.search(str(name)))


def _text(text: str) -> str:
    for pattern, by in PATTERNS:
        text = pattern.sub(by, text)
    return text
