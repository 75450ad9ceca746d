"""What a call brings over HTTP, and what it is answered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from doubles.telegram_rules import Params, Refused


@dataclass(frozen=True, slots=True)
class Upload:
    name: str
    type: str
    data: bytes

    def __str__(self) -> str:
        return f"{self.name} ({len(self.data)} bytes)"


async def brought(request: Request) -> Params:
    """The parameters of the address and the body, whichever of the three ways it is written."""
    given = Params(parse_qsl(request.url.query, keep_blank_values=True)) if request.url.query else Params()
    kind = request.headers.get("content-type", "")
    if kind.startswith("multipart/"):
        async with request.form() as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    type = value.content_type or "application/octet-stream"
                    given[name] = Upload(value.filename or "file", type, await value.read())
                else:
                    given[name] = value
        return given
    body = await request.body()
    if kind.startswith("application/json"):
        try:
            told = json.loads(body or b"{}")
        except ValueError:
            told = {}
        given.update(told if isinstance(told, dict) else {})
    elif body:
        given.update(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    return given


def answer(result: Any) -> Response:
    return said({"ok": True, "result": result})


def refusal(refused: Refused) -> Response:
    told: dict[str, Any] = {"ok": False, "error_code": refused.code, "description": refused.description}
    if refused.more:
        told["parameters"] = refused.more
    return said(told, refused.code)


def said(told: dict[str, Any], status: int = 200) -> Response:
    body = json.dumps(told, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return Response(body, status, media_type="application/json")
