"""Draws the pictures of the demo's goods into mika/demo_pictures. Needs Debian's chromium, as the screenshots do.

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
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
