"""Texts of acg-faka that hold settings: sections of key=value, and JSON that may be encoded for an address."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote_plus

Sections = dict[str, dict[str, str]]

# What stands where codes should be. Owners and extensions change the wording: see lacks() of acg_faka.py.
APOLOGIES = ("很抱歉，有人在你付款之前抢走了商品", "此商品没有发货信息或正在发货中", "正在发货中，请耐心等待")


def is_apology(text: str) -> bool:
    return any(apology in text for apology in APOLOGIES)


def sections(text: str | None) -> Sections:
    """By name. Raises ValueError for a line that isn't so: the old shop then refuses all of it."""
    found: Sections = {}
    within = found.setdefault("", {})
    for line in filter(None, map(str.strip, (text or "").splitlines())):
        if heading := re.fullmatch(r"\[(.+)\]", line):
            within = found.setdefault(heading.group(1).strip(), {})
            continue
        key, sign, value = line.partition("=")
        if not sign or "=" in value or not key.strip():
            raise ValueError(line)
        within[key.strip()] = value.strip()
    return found


def decoded(text: str | None) -> Any:
    """JSON, of older rows too, which were encoded. None for nothing. Raises ValueError when it is neither."""
    if not (text or "").strip():
        return None
    try:
        return json.loads(text or "")
    except ValueError:
        return json.loads(unquote_plus(text or ""))


def choice(text: str | None) -> dict[str, str]:
    """Of a card or an order: {"区服": "美服"}. No choice is written as [] or not at all."""
    said = decoded(text)
    return {str(group): str(option) for group, option in said.items()} if isinstance(said, dict) else {}
