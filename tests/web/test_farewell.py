"""A process that is about to end says so: at /healthz, and on each connection that is still open."""

from __future__ import annotations

import httpx

from core.shop import Shop
from web.app import create_app


async def test_an_ending_process_is_no_place_for_new_requests(shop: Shop):
    transport = httpx.ASGITransport(create_app(shop))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.example") as http:
        before = await http.get("/healthz")
        assert (before.status_code, before.json()["status"]) == (200, "ok")
        assert "connection" not in before.headers
        shop.draining = True
        after = await http.get("/healthz")
        assert (after.status_code, after.json()["status"]) == (503, "draining")
        assert after.headers["connection"] == "close"
        assert (await http.get("/nowhere")).headers["connection"] == "close"
