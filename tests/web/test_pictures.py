"""Products' pictures over HTTP: kept for ever by who has them, and no way to another file."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import pictures
from core.shop import Shop
from tests.drawn import jpg, png, webp
from tests.web.test_hooks import Web

pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)  # what is tested here knows no store


@pytest.fixture
def folder(shop: Shop, tmp_path: Path) -> Path:
    shop.pictures = tmp_path / "pictures"
    shop.pictures.mkdir()
    (tmp_path / "key").write_text("secret")
    return shop.pictures


@pytest.mark.parametrize(
    ("content", "kind"),
    [(png(), "image/png"), (jpg(8, 8), "image/jpeg"), (webp(8, 8, "VP8X"), "image/webp")],
)
async def test_a_picture_may_be_kept_for_ever_and_is_nothing_else(shop, folder, content, kind):
    name = pictures.name_for(content)
    (folder / name).write_bytes(content)
    async with Web(shop) as web:
        answer = await web.get(f"/pictures/{name}")
    assert answer.content == content
    assert answer.headers["content-type"] == kind
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_what_is_not_there_is_not_kept_for_ever(shop, folder):
    async with Web(shop) as web:
        answer = await web.get(f"/pictures/{pictures.name_for(png())}")
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")


@pytest.mark.parametrize("path", ["../key", "..%2fkey", "%2e%2e/key", "%2e%2e%2fkey", "..%5ckey", ""])
async def test_no_path_leads_out_of_the_folder(shop, folder, path):
    async with Web(shop) as web:
        answer = await web.get(f"/pictures/{path}")
    assert answer.status_code == 404
    assert "secret" not in answer.text
