"""/healthz: 503 when the shop can't serve, whoever asks how often; nobody outside is asked for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core import findings
from core.findings import LEVELS, Finding, Look
from tests.web.test_app import Web

pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
KEY = Finding("D030", facts={"what": "no key on the ring opens it"})
DISK = Finding("D011", facts={"folder": "/srv/mika", "free": 12, "percent": 1})


async def asked(shop) -> tuple[int, dict[str, Any]]:
    async with Web(shop) as web:
        answer = await web.get("/healthz")
    return answer.status_code, answer.json()


@pytest.mark.parametrize(("found", "status"), [((), 200), ((DISK,), 200), ((KEY,), 503)])
async def test_it_is_down_with_what_the_shop_cant_serve(shop, found, status):
    await shop.db.write(findings.looked, Look(found, frozenset(LEVELS)))
    got, told = await asked(shop)
    assert (got, told["status"]) == (status, "ok" if status == 200 else "down")
    assert {"version", "inbox_seconds", "outbox_seconds"} <= set(told)


async def test_it_is_down_when_nothing_can_be_written(shop, monkeypatch):
    async def write(*_: Any) -> None:
        raise OSError("no space left on /srv/mika")

    monkeypatch.setattr(shop.db, "write", write)
    status, told = await asked(shop)
    assert (status, told["status"]) == (503, "down")
    assert "mika" not in str(told["status"])


@pytest.mark.parametrize(("folder", "status"), [(None, 200), (Path("/proc"), 503)])
async def test_it_is_down_when_its_own_folder_takes_nothing(shop, folder, status):
    shop.data = folder
    assert (await asked(shop))[0] == status


async def test_writing_is_tried_seldom_however_often_it_is_asked(shop, monkeypatch):
    tries, write = [], shop.db.write

    async def counted(*args: Any) -> Any:
        tries.append(args)
        return await write(*args)

    monkeypatch.setattr(shop.db, "write", counted)
    async with Web(shop) as web:
        assert [(await web.get("/healthz")).status_code for _ in range(5)] == [200] * 5
        assert len(tries) == 1
