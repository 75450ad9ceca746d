"""telemelya: a Bot API that others wrote, in a second environment with its Redis and its S3, and what it lacks.

How to get it stands in CONTRIBUTING.md.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from doubles.serving import Served, listener

KEY = "k"
START = 30.0  # seconds


def missing() -> str | None:
    """What is not here that it takes."""
    folder = os.environ.get("MIKA_TELEMELYA")
    if not folder:
        return "MIKA_TELEMELYA does not say where telemelya is: see CONTRIBUTING.md"
    lacking = [name for name in ("telemelya-server", "moto_server") if not (Path(folder) / name).exists()]
    lacking += [] if shutil.which("redis-server") else ["redis-server"]
    return f"not here: {', '.join(lacking)}" if lacking else None


def free_port() -> int:
    with listener() as found:
        return found.getsockname()[1]


@dataclass
class Telemelya:
    """The server. `relay` is what the bots take for Telegram: it adds what the server lacks."""

    url: str
    http: httpx.AsyncClient
    relay: str
    secrets: dict[str, str]  # of each of our webhooks' paths

    async def brings(self, token: str, person: int, **said: Any) -> None:
        """Something a person said to a bot; their answers are kept apart by who they are."""
        said |= {"chat_id": person, "from_user": {"id": person, "first_name": "Lin"}}
        asked = {"bot_token": token, "session_id": str(person)}
        answer = await self.http.post(f"{self.url}/api/v1/test/send_update", params=asked, json=said)
        answer.raise_for_status()
        assert answer.json()["delivery"]["status_code"] == 200, answer.json()["delivery"]

    async def heard(self, person: int) -> list[dict[str, Any]]:
        """Every call about that person, in order."""
        answer = await self.http.get(f"{self.url}/api/v1/test/responses", params={"session_id": str(person)})
        return answer.json()["responses"]

    async def until(self, person: int, happens: Callable[[dict[str, Any]], bool], after: int = 0) -> dict[str, Any]:
        """The first call of which that is true, after so many."""
        async with asyncio.timeout(15):
            while True:
                if found := next((one for one in (await self.heard(person))[after:] if happens(one)), None):
                    return found
                await asyncio.sleep(0.05)


@asynccontextmanager
async def telemelya(folder: Path, shop: str) -> AsyncIterator[Telemelya]:
    """Up for as long as the block lasts, all on 127.0.0.1. `shop` is where our webhooks are served."""
    programs = Path(os.environ["MIKA_TELEMELYA"])
    redis, s3, api = free_port(), free_port(), free_port()
    settings = {
        "MOCK_SERVER_HOST": "127.0.0.1",
        "MOCK_SERVER_PORT": str(api),
        "MOCK_SERVER_URL": f"http://127.0.0.1:{api}",
        "REDIS_URL": f"redis://127.0.0.1:{redis}/0",
        "MINIO_ENDPOINT": f"127.0.0.1:{s3}",
        "AUTH_KEYS": KEY,
    }
    async with AsyncExitStack() as parts:
        http = await parts.enter_async_context(
            httpx.AsyncClient(trust_env=False, timeout=20, headers={"authorization": f"Bearer {KEY}"})
        )
        run = parts.enter_async_context
        await run(_program(folder, "redis-server", "--port", str(redis), "--bind", "127.0.0.1", "--save", ""))
        await run(_program(folder, programs / "moto_server", "-H", "127.0.0.1", "-p", str(s3)))
        await _answers(http, f"http://127.0.0.1:{s3}/")
        await run(_program(folder, programs / "telemelya-server", **settings))
        await _answers(http, f"http://127.0.0.1:{api}/api/v1/test/health")
        made = Telemelya(f"http://127.0.0.1:{api}", http, "", {})
        async with Served(_relay(made, shop)) as relay:
            made.relay = relay.url
            yield made


@asynccontextmanager
async def _program(folder: Path, *command: str | Path, **settings: str) -> AsyncIterator[None]:
    with (folder / f"{Path(command[0]).name}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command, env=os.environ | settings, cwd=folder, stdout=log, stderr=log
        )
        try:
            yield
        finally:
            process.terminate()
            await process.wait()


async def _answers(http: httpx.AsyncClient, url: str) -> None:
    async with asyncio.timeout(START):
        while True:
            try:
                if (await http.get(url)).status_code < 500:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.2)


def _relay(to: Telemelya, shop: str) -> Starlette:
    """What telemelya lacks: an answer to setMyCommands, and the secret header on what it brings."""

    async def called(request: Request) -> Response:
        if request.path_params["method"] == "setMyCommands":
            return JSONResponse({"ok": True, "result": True})
        headers = {"content-type": request.headers.get("content-type", "application/json")}
        answer = await to.http.post(f"{to.url}{request.url.path}", content=await request.body(), headers=headers)
        return Response(answer.content, answer.status_code, media_type="application/json")

    async def brought(request: Request) -> Response:
        path = request.url.path
        headers = {"x-telegram-bot-api-secret-token": to.secrets[path], "content-type": "application/json"}
        answer = await to.http.post(f"{shop}{path}", content=await request.body(), headers=headers)
        return Response(answer.content, answer.status_code)

    return Starlette(
        routes=[
            Route("/bot{token}/{method}", called, methods=["POST"]),
            Route("/telegram/{rest}", brought, methods=["POST"]),
        ]
    )
