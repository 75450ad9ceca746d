"""XML as WeChat's platform writes it, and as it reads an answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")  # no XML can hold them


def written(fields: Mapping[str, Any], name: str = "xml") -> str:
    """Texts stand in CDATA, numbers bare; a list is its element again and again."""
    return f"<{name}>{''.join(element(key, value) for key, value in fields.items())}</{name}>"


def element(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return written(value, name)
    if isinstance(value, (list, tuple)):
        return "".join(element(name, one) for one in value)
    if isinstance(value, str):
        safe = FORBIDDEN.sub("", value).replace("]]>", "]]]]><![CDATA[>")
        return f"<{name}><![CDATA[{safe}]]></{name}>"
    return f"<{name}>{value}</{name}>"


def read(data: bytes) -> ElementTree.Element:
    """Raises ValueError if it isn't an <xml>."""
    try:
        root = ElementTree.fromstring(data)
    except ElementTree.ParseError as error:
        raise ValueError(f"it is no XML: {error}") from None
    if root.tag != "xml":
        raise ValueError("its root is no <xml>")
    return root


def text(root: ElementTree.Element, path: str) -> str:
    """What stands there, "" if nothing does."""
    return root.findtext(path) or ""
