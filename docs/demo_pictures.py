"""Draws the demo's goods, and where they are redeemed, into mika/demo_pictures. Needs Debian's chromium.

They are cards of our own making: a name, a worth and where it counts. No brand's mark is on them.
"""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from playwright.async_api import async_playwright

from mika.demo_goods import MAKERS, Good, Maker

TO = Path(__file__).resolve().parents[1] / "mika" / "demo_pictures"
WIDTH, HEIGHT = 560, 350
HUES = {  # of each maker's cards
    "steam": 214,
    "apple": 262,
    "playstation": 228,
    "netflix": 352,
    "spotify": 150,
    "game-pass": 128,
    "razer-gold": 40,
    "roblox": 12,
    "genshin": 190,
    "eset": 172,
}
CARD = """
<style>
* {{ margin: 0; box-sizing: border-box; }}
body {{ width: {width}px; height: {height}px; overflow: hidden; position: relative; padding: 34px 38px;
  background: hsl({hue} 46% 30%); color: #fff; font-family: "DejaVu Sans", sans-serif; }}
i {{ position: absolute; border-radius: 50%; }}
.far {{ width: 520px; height: 520px; right: -210px; top: -250px; background: hsl({hue} 44% 36%); }}
.near {{ width: 300px; height: 300px; right: -90px; top: -140px; background: hsl({hue} 42% 43%); }}
.chip {{ position: absolute; right: 40px; bottom: 40px; width: 62px; height: 46px; border-radius: 9px;
  background: hsl({hue} 30% 78%); }}
.chip::after {{ content: ""; position: absolute; inset: 14px 0; border: solid hsl({hue} 46% 30%);
  border-width: 2px 0; }}
h1 {{ position: relative; font-size: {size}px; line-height: 1.2; font-weight: 700; letter-spacing: -.5px; }}
p {{ position: absolute; left: 38px; bottom: 84px; font-size: 54px; font-weight: 700; letter-spacing: -1px; }}
small {{ position: absolute; left: 40px; bottom: 42px; font-size: 22px; color: hsl({hue} 40% 86%); }}
</style>
<i class="far"></i><i class="near"></i><h1>{maker}</h1><p>{worth}</p><small>{region}</small><div class="chip"></div>
"""


PAGE = """
<style>
* {{ margin: 0; box-sizing: border-box; }}
body {{ width: {width}px; height: {height}px; padding: 24px; background: hsl({hue} 30% 90%);
  font-family: "DejaVu Sans", sans-serif; }}
main {{ height: 100%; border-radius: 16px; background: #fff; overflow: hidden; color: #222; }}
header {{ display: flex; gap: 12px; align-items: center; padding: 14px 18px; background: hsl({hue} 22% 82%); }}
header b {{ width: 14px; height: 14px; border-radius: 50%; background: hsl({hue} 30% 62%); }}
header p {{ flex: 1; padding: 8px 14px; border-radius: 12px; background: #fff; font-size: {size}px;
  white-space: nowrap; }}
section {{ padding: 44px 40px; }}
section p {{ padding: 18px 20px; border: 3px solid hsl({hue} 46% 40%); border-radius: 12px;
  font: 600 26px "DejaVu Sans Mono"; }}
section i {{ display: block; width: 190px; height: 58px; margin-top: 26px; border-radius: 29px;
  background: hsl({hue} 46% 34%); position: relative; }}
section i::after {{ content: ""; position: absolute; left: 86px; top: 18px; width: 10px; height: 20px;
  border: solid #fff; border-width: 0 5px 5px 0; transform: rotate(40deg); }}
</style>
<main><header><b></b><b></b><p>{address}</p></header><section><p>{code}</p><i></i></section></main>
"""


def page_of(maker: Maker) -> str:
    """Where its codes are redeemed, as a sketch: the address, a box with a code, and the button."""
    address = maker.redeem_url.removeprefix("https://")
    shape = next(good.shape for good in maker.goods if good.shape).split("|")[0]
    code = shape.replace("?", "X").replace("#", "0")
    return PAGE.format(
        width=WIDTH,
        height=HEIGHT,
        hue=HUES[maker.slug],
        address=address,
        size=15 if len(address) > 36 else 20,
        code=code,
    )


def drawn(maker: Maker, good: Good) -> str:
    name = maker.name["en"]
    return CARD.format(
        width=WIDTH,
        height=HEIGHT,
        hue=HUES[maker.slug],
        maker=name,
        size=44 if len(name) < 12 else 36,
        worth=WORTHS.get(good.slug, good.face_value),
        region=good.region.capitalize() if good.region == "global" else good.region,
    )


WORTHS = {
    "spotify-us-3m": "3 months",
    "spotify-us-12m": "12 months",
    "genshin-1090": "1090 crystals",
    "genshin-8080": "8080 crystals",
}


async def main() -> None:
    TO.mkdir(exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = await browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        for maker in MAKERS:
            for good in maker.goods:
                await page.set_content(drawn(maker, good))
                await page.screenshot(path=TO / f"{good.slug}.png")
            if maker.redeem_url:
                await page.set_content(page_of(maker))
                await page.screenshot(path=TO / f"guide-{maker.slug}.png")
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
