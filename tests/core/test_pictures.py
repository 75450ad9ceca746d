"""What may be a product's picture: told by its content, of a size every chat takes, whole; and what it is called."""

from __future__ import annotations

import os
from base64 import b64encode
from pathlib import Path

import pytest

from core import pictures
from core.ground.rules import Rules
from core.pictures import BadPicture, Seen
from core.shop import Shop
from tests.drawn import jpg, png, webp
from tests.oracles import ask

GOOD = {
    "png": (png(320, 200), Seen("png", 320, 200)),
    "jpg": (jpg(320, 200), Seen("jpg", 320, 200)),
    "jpg, progressive": (jpg(320, 200, 0xC2), Seen("jpg", 320, 200)),
    "webp, lossy": (webp(320, 200, "VP8 "), Seen("webp", 320, 200)),
    "webp, lossless": (webp(320, 200, "VP8L"), Seen("webp", 320, 200)),
    "webp, extended": (webp(320, 200, "VP8X"), Seen("webp", 320, 200)),
}


@pytest.mark.parametrize("which", GOOD)
def test_a_picture_is_told_by_its_content(which):
    content, seen = GOOD[which]
    assert pictures.look(content) == seen
    name = pictures.name_for(content)
    assert pictures.is_name(name)
    assert name.endswith(f".{seen.kind}")


def test_the_same_picture_has_the_same_name_and_another_has_another():
    assert pictures.name_for(png()) == pictures.name_for(png())
    assert pictures.name_for(png()) != pictures.name_for(png(colour=(29, 107, 89)))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no PNG"),
        (b"GIF89a" + bytes(40), "no PNG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "no PNG"),
        (b"<html>\x89PNG\r\n\x1a\n", "no PNG"),
        (b"\x89PNG\r\n\x1a\n", "cut short"),
        (png()[:-12], "its end is missing"),
        (jpg(4, 4)[:-2], "its end is missing"),
        (jpg(4, 4)[:100], "cut short"),
        (b"\xff\xd8\xff", "cut short"),
        (webp(4, 4, "VP8X")[:-1], "its end is missing"),
        (webp(4, 4, "VP8L")[:20], "cut short"),
        (png(0, 4), "no size"),
        (png(6000, 4001), "width and height together"),
        (png(41, 2), "one 20 times the other"),
    ],
)
def test_what_not_every_chat_shows_is_refused(content, why):
    with pytest.raises(BadPicture, match=why):
        pictures.name_for(content)


def test_as_wide_and_as_slim_as_may_be():
    assert pictures.name_for(png(9523, 477))


def test_the_largest_that_may_be_and_a_byte_more():
    content = png()
    padded = content[:-12] + bytes(pictures.LARGEST - len(content)) + content[-12:]
    assert len(padded) == pictures.LARGEST
    assert pictures.name_for(padded)
    with pytest.raises(BadPicture, match="are the most"):
        pictures.name_for(b"x" + padded)


# Where they are kept


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A shop with one picture, and beside its folder something that is nobody's business."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / pictures.name_for(png())).write_bytes(png())
    (tmp_path / "key").write_text("secret")
    (folder / "notes.txt").write_text("secret")
    return Shop(None, Rules(), "", {}, pictures=folder)  # type: ignore[arg-type]


async def test_a_picture_is_found_by_its_name(shop):
    assert await shop.picture(pictures.name_for(png())) == png()


async def test_one_that_is_gone_is_none(shop):
    assert await shop.picture(pictures.name_for(png(9, 9))) is None
    shop.pictures = None
    assert await shop.picture(pictures.name_for(png())) is None


AWAY = [
    "../key",
    "..%2fkey",
    "/etc/passwd",
    "notes.txt",
    "",
    ".",
    "..",
    "a" * 32 + ".png/../notes.txt",
    "A" * 32 + ".png",
]


@pytest.mark.parametrize("name", AWAY)
async def test_no_other_file_is_reached(shop, name):
    assert await shop.picture(name) is None


async def test_without_the_look_at_the_name_another_file_would_be_reached(shop, monkeypatch):
    monkeypatch.setattr(pictures, "is_name", lambda name: True)
    assert await shop.picture("../key") == b"secret"


def test_what_is_to_be_scanned_reads_the_same_on_a_phone():
    """By a reader that others wrote; the last is as long as an address of a provider may be."""
    texts = [
        "weixin://wxpay/bizpayurl?pr=xY5zKq1",
        "https://qr.alipay.com/bax03431ljhokirwl38f00a7",
        "https://x/" + "a" * 490,
    ]
    made = [pictures.to_scan(text) for text in texts]
    assert ask("qr", [b64encode(picture).decode() for picture in made]) == texts
    for picture in made:
        assert pictures.name_for(picture).endswith(".png")  # nothing a chat would refuse


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_a_picture_that_root_puts_there_is_the_shops(tmp_path: Path):
    os.chown(tmp_path, 12345, 12346)
    pictures.keep(tmp_path / "pictures", "a.png", b"picture")
    for there in (tmp_path / "pictures", tmp_path / "pictures" / "a.png"):
        assert (there.stat().st_uid, there.stat().st_gid) == (12345, 12346)
