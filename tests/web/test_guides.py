"""The page of a guide: for everybody, in their language, with nothing that runs and nothing of a buyer."""

from __future__ import annotations

import re

import pytest

from core import catalog, catalog_changes, guides, pictures
from core.ground.db import Tx
from core.shop import Shop
from tests.drawn import png
from tests.web.test_hooks import Web

PICTURE = pictures.name_for(png())
ENGLISH = f"""First sign in.

1. Open https://store.example/redeem and press **Continue**
   ![The page]({PICTURE})
2. Enter it

[Open the app](steam://open/redeem)

## Common errors

- Already used: tell us
"""


def furnish(tx: Tx) -> None:
    category = catalog_changes.add_category(tx, "cards", {"en": "Cards"}, 1)
    brand = catalog_changes.add_brand(tx, "steam", category, {"en": "Steam"}, 1)
    given = {"region": "us", "face_value": "$20", "noun": "code", "measure": "zhang", "kind": "unique"}
    for slug, redeem in (("steam", "https://redeem.example/now"), ("bare", "")):
        names = {"en": f"{slug.title()} <20> & more", "zh-CN": f"{slug} 20 美元"}
        catalog_changes.add_product(tx, brand, {"CNY": {1: 100}}, slug=slug, names=names, redeem_url=redeem, **given)
    place = guides.Place.of(catalog.product(tx, "steam"))
    guides.put(tx, place, "en", ENGLISH, "Chen")
    guides.put(tx, place, "zh-CN", "1. 打开网页", "Chen")


@pytest.fixture
async def web(shop: Shop):
    await shop.db.write(furnish)
    async with Web(shop) as opened:
        yield opened


async def test_steps_pictures_links_errors_and_the_button(web):
    page = (await web.get("/guides/steam?lang=en")).text
    assert "<p>First sign in.</p>" in page
    assert '<a href="https://store.example/redeem" rel="noopener noreferrer nofollow">' in page
    assert "<strong>Continue</strong>" in page and '<span class="number">2</span>' in page
    assert f'<img src="/pictures/{PICTURE}" alt="The page"' in page
    assert '<a class="button" href="steam://open/redeem"' in page and "redeem.example" not in page
    assert page.index("When something goes wrong") < page.index("Already used: tell us")
    assert "Works on" in page or "works on US accounts only" in page


async def test_its_language_is_the_one_asked_for_then_the_browsers_then_what_there_is(web):
    async def shown(address: str, accepts: str) -> tuple[str, str]:
        answer = await web.get(address, headers={"accept-language": accepts})
        assert answer.headers["vary"] == "accept-language"
        return re.findall(r'<html lang="([^"]+)"', answer.text)[0], answer.text

    assert (await shown("/guides/steam?lang=zh-CN", "ru"))[0] == "zh-CN"
    assert "打开网页" in (await shown("/guides/steam", "zh-TW,zh;q=0.9"))[1]
    locale, page = await shown("/guides/steam?lang=xx", "ru,en")
    assert locale == "ru" and '<section lang="en"' in page and "First sign in." in page


async def test_each_language_has_an_address_and_knows_the_others(web):
    page = (await web.get("/guides/steam?lang=ru")).text
    assert '<link rel="canonical" href="https://shop.example/guides/steam?lang=ru">' in page
    for locale in ("zh-CN", "en", "ru"):
        address = f"https://shop.example/guides/steam?lang={locale}"
        assert f'<link rel="alternate" hreflang="{locale}" href="{address}">' in page
        assert (f'<a href="{address}"' in page) == (locale != "ru")


async def test_nothing_runs_there_and_names_stay_text(web):
    answer = await web.get("/guides/steam?lang=en")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "script" not in policy
    assert "<script" not in answer.text and " style=" not in answer.text and " on" not in re.sub(r"[^<]*<", "<", "")
    assert "<title>How to redeem Steam &lt;20&gt; &amp; more · Mika Shop</title>" in answer.text
    assert "set-cookie" not in answer.headers and answer.headers["referrer-policy"] == "no-referrer"


async def test_what_is_kept_from_before_is_text_and_no_tag(web, shop):
    place = guides.Place.of(await shop.db.read(catalog.product, "bare"))
    await shop.db.write(guides.put, place, "en", "<script>x</script> [y](javascript:z) ![](../key)", "Chen")
    page = (await web.get("/guides/bare?lang=en")).text
    assert "&lt;script&gt;" in page and "<script" not in page
    assert 'href="javascript' not in page and "<img" not in page


async def test_without_a_guide_it_says_so(web):
    page = (await web.get("/guides/bare?lang=en")).text
    assert "There&#39;s no guide for it yet" in page and 'class="button"' not in page


@pytest.mark.parametrize("slug", ["none", "..%2fkey", "x" * 300, "%00"])
async def test_what_is_not_there_is_said_kindly(web, slug):
    assert (await web.get(f"/guides/{slug}")).status_code == 404
