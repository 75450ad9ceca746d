"""The signature of 易支付 (epay), and of the gateways that took it over: MD5 over sorted fields with a key behind them.

Nothing in it is new each time: a notice may be replayed, and whoever has the key can write one. What comes with it is a
reason to ask the gateway, never a proof.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping

DIGEST = re.compile(r"[0-9a-f]{32}")


def signature(fields: Mapping[str, str], key: str) -> str:
    """Lower-case hex over "a=1&b=2" and the key right behind it: empty values left out, values as they are."""
    named = "&".join(f"{name}={value}" for name, value in sorted(fields.items()) if value)
    whole = f"{named}{key}".encode("utf-8", "surrogatepass")  # half a character must have a signature of its own
    return hashlib.md5(whole, usedforsecurity=False).hexdigest()


def vouched(fields: Mapping[str, str], key: str, given: object) -> bool:
    """Whether `given` is the signature of the fields. Never without a key; in constant time."""
    if not key or not isinstance(given, str) or not DIGEST.fullmatch(given):
        return False
    return hmac.compare_digest(signature(fields, key).encode(), given.encode())
