"""A provider's notice as it goes over the wire: what every double of a provider can make, and send or hold back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Told:
    """One HTTP request to our hook, signed."""

    method: str = "POST"
    query: str = ""  # without the question mark
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
