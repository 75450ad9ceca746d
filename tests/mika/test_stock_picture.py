"""`mika stock picture`: a file becomes a product's picture, or a coded reason says why not."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from core import catalog
from mika import cli, stock_pictures
from mika.settings import Settings
from mika.wiring import opened
from tests.drawn import png

SLUG = "eset-1y"


def run(*arguments: str) -> int:
    try:
        cli.app(["stock", "picture", *arguments])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


async def product(settings: Settings) -> catalog.Product:
    async with opened(settings) as house:
        return await house.shop.db.read(catalog.product, SLUG)


def a_file(content: bytes, name: str = "card.gif") -> str:
    Path(name).write_bytes(content)
    return name


def test_a_picture_is_set_whatever_its_file_is_called(settings, capsys):
    assert run(SLUG, a_file(png())) == 0
    address = capsys.readouterr().out.split()[-1]
    kept = settings.data / "pictures" / address.rpartition("/")[2]
    assert kept.read_bytes() == png()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert not [name for name in os.listdir(kept.parent) if name.startswith(".")]


async def test_the_shop_shows_it_and_forgets_it_again(settings):
    async with opened(settings) as house:
        name = await stock_pictures.put(house.shop, SLUG, Path(a_file(png())))
        again = await stock_pictures.put(house.shop, SLUG, Path(a_file(png())))
        assert name == again
        found = await house.shop.db.read(catalog.product, SLUG)
        assert found.picture == name
        assert await house.shop.picture(str(name)) == png()
        assert await stock_pictures.put(house.shop, SLUG, None) is None
        found = await house.shop.db.read(catalog.product, SLUG)
        assert found.picture is None
        assert await house.shop.picture(str(name)) == png()  # where it was shown it still is


@pytest.mark.parametrize(
    ("content", "status", "why"),
    [
        (b"", 65, "F010"),
        (b"<svg/>", 65, "F010"),
        (png()[:-20], 65, "F010"),
        (png() + bytes(5 * 1024 * 1024), 65, "F010"),
        (png(6000, 4001)[:400], 65, "F010"),
    ],
)
def test_what_is_no_picture_is_refused_by_its_code(settings, capsys, content, status, why):
    before = sorted(os.listdir(settings.data / "pictures"))
    assert run(SLUG, a_file(content, "card.png")) == status
    said = capsys.readouterr().err
    assert why in said
    assert "card.png" in said
    assert sorted(os.listdir(settings.data / "pictures")) == before


async def test_the_demo_has_a_picture_of_everything_it_sells(settings):
    async with opened(settings) as house:
        goods = await house.shop.db.read(catalog.everything)
        shown = {good.slug: await house.shop.picture(good.picture or "") for good in goods}
    assert len(shown) > 20
    assert [slug for slug, picture in shown.items() if not picture] == []
    assert len(set(shown.values())) == len(shown)
    assert max(len(picture or b"") for picture in shown.values()) < 40_000


@pytest.mark.parametrize(("name", "why"), [("nowhere.png", "F001"), (".", "F002")])
def test_what_cannot_be_read_is_refused_by_its_code(settings, capsys, name, why):
    assert run(SLUG, name) == 66
    assert why in capsys.readouterr().err


def test_a_product_that_is_not_there(settings, capsys):
    assert run("nothing", a_file(png())) == 2
    assert "no product nothing" in capsys.readouterr().err


def test_a_file_or_remove_and_not_both(settings):
    assert run(SLUG) == 2
    assert run(SLUG, a_file(png()), "--remove") == 2
    assert run(SLUG, "--remove") == 0
