"""The proxies before the shop: their own tools take what we wrote for them, and Caddy really serves a shop."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from doubles.serving import Served
from tests.deploy.conftest import DEPLOY, needs
from tests.ports import free_port

CADDYFILE = DEPLOY / "Caddyfile"


def test_caddy_takes_its_file_and_finds_it_well_formed():
    environ = {**os.environ, "DOMAIN": "shop.example"}
    for command in (["validate", "--adapter", "caddyfile", "--config"], ["fmt", "--diff"]):
        ran = subprocess.run([needs("caddy"), *command, str(CADDYFILE)], env=environ, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr + ran.stdout


def test_nginx_takes_its_file(tmp_path: Path):
    nginx = needs("nginx")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=shop.example"]
    subprocess.run([*made, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    site = (DEPLOY / "nginx" / "mika.conf").read_text()
    site = site.replace("/etc/ssl/certs/shop.example.pem", str(certificate))
    site = site.replace("/etc/ssl/private/shop.example.key", str(key))
    site = site.replace("/var/log/nginx/shop.log", str(tmp_path / "log"))
    assert "$request_uri" not in site.partition("log_format")[2].partition(";")[0]
    assert "access_log" in site
    whole = tmp_path / "nginx.conf"
    places = "".join(f"{kind}_temp_path {tmp_path};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    whole.write_text(f"pid {tmp_path}/pid; events {{}} http {{ {places} {site} }}")
    ran = subprocess.run(
        [nginx, "-t", "-q", "-e", str(tmp_path / "errors"), "-c", str(whole)], capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr


async def _told(request: Request) -> JSONResponse:
    return JSONResponse(dict(request.headers))


@asynccontextmanager
async def _caddy(tmp_path: Path, shop: str) -> AsyncIterator[str]:
    """Caddy with our file before that shop, without a certificate."""
    address = f"http://127.0.0.1:{free_port()}"
    config = tmp_path / "Caddyfile"
    config.write_text("{\n\tadmin off\n}\n" + CADDYFILE.read_text())
    home = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    running = await asyncio.create_subprocess_exec(
        needs("caddy"),
        "run",
        "--adapter",
        "caddyfile",
        "--config",
        str(config),
        env={**os.environ, **home, "DOMAIN": address, "SHOP": shop},
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield address
    finally:
        running.terminate()
        await running.wait()


async def test_a_press_waits_while_the_shop_is_restarted_and_numbers_are_not_for_outside(tmp_path: Path):
    port = free_port()
    async with (
        _caddy(tmp_path, f"127.0.0.1:{port}") as address,
        httpx.AsyncClient(base_url=address, timeout=20) as outside,
    ):
        for _ in range(100):
            try:
                assert (await outside.get("/metrics")).status_code == 404
                break
            except httpx.ConnectError:
                await asyncio.sleep(0.1)
        press = asyncio.create_task(outside.post("/say", headers={"x-forwarded-for": "8.8.8.8"}))
        await asyncio.sleep(1.0)
        assert not press.done()  # nobody is there yet
        shop = await Served(Starlette(routes=[Route("/{path:path}", _told, methods=["GET", "POST"])]), port).start()
        try:
            answer = await press
        finally:
            await shop.stop()
    assert answer.status_code == 200
    assert json.loads(answer.text)["x-forwarded-for"] == "127.0.0.1"  # what a stranger says of himself is dropped
    assert "server" not in answer.headers


@pytest.mark.parametrize(
    "told", ["client_max_body_size 25m", "proxy_buffering off", "location = /metrics", "access_log"]
)
def test_nginx_is_told_what_the_chat_and_files_of_codes_need(told: str):
    assert told in (DEPLOY / "nginx" / "mika.conf").read_text()
