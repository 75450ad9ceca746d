"""Guides: what is read of Markdown, what is refused with its line, which one counts, and that nothing of it is lost."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime

import pytest

from bot.chats.wechat import render as wechat
from bot.chats.wechat.render import Pages
from core import catalog, guide_cards, guide_text, guides, sheets
from core.authority import Role
from core.catalog import Brand, Product
from core.catalogue import look
from core.ground import audit
from core.ground.messages import Local, Message
from core.ground.rules import Rules
from core.ground.words import LOCALES, Hearer, render, speak
from core.guide_text import Button, Part, Picture, Run, read, shown
from core.guides import GuideEdited, Place
from core.product_fields import NotTaken
from core.staff import NotAllowed
from tests.core.test_shelving import bring_in, export
from tests.locales.judged import too_long
from tests.world import World

WHOLE = """先登录 Steam。

1. 打开 https://store.example/redeem 。
   ![兑换页](a.png)
2、填入**兑换码**
3. 完成

[打开 Steam](steam://open/redeem)

## 常见问题

- **提示已使用**：先别再试
- 见 [说明](https://store.example/help)
"""


# Reading


def test_a_guide_is_steps_with_their_pictures_a_button_and_what_goes_wrong():
    guide = read(WHOLE, {"a.png"})
    assert [(part.kind, part.number, part.text) for part in guide.steps] == [
        ("text", 0, "先登录 Steam。"),
        ("step", 1, "打开 https://store.example/redeem 。"),
        ("step", 2, "填入兑换码"),
        ("step", 3, "完成"),
    ]
    assert guide.steps[1].runs[1] == Run("https://store.example/redeem", "https://store.example/redeem")
    assert guide.steps[2].runs == (Run("填入"), Run("兑换码", strong=True))
    assert guide.steps[1].pictures == guide.pictures == (Picture("a.png", "兑换页"),)
    assert guide.button == Button("打开 Steam", "steam://open/redeem")
    assert not Button("", "steam://x").is_page and Button("", "https://x.example").is_page
    assert [(part.kind, part.text) for part in guide.errors] == [
        ("point", "提示已使用：先别再试"),
        ("point", "见 说明"),
    ]
    assert guide.errors[1].runs[-1] == Run("说明", "https://store.example/help")


@pytest.mark.parametrize("heading", ["Common errors", "常见问题", "Частые ошибки", "common problems:"])
def test_what_goes_wrong_has_a_heading_in_each_language(heading):
    assert [part.text for part in read(f"1. go\n\n# {heading}\n\nno\n\n# Other\n\nyes").errors] == ["no"]


def test_lists_go_on_across_a_picture_and_hold_lists():
    guide = read("1. one\n\n![](a.png)\n\n2. two\n   - inner\n\n   more")
    assert [(part.kind, part.number, part.text) for part in guide.steps] == [
        ("step", 1, "one"),
        ("step", 2, "two"),
        ("point", 0, "inner\nmore"),
    ]
    assert guide.steps[0].pictures == (Picture("a.png"),)


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("1. a\n2. [x](javascript:alert(1))", 2, "javascript:alert(1)"),
        ("[x](data:text/html,x)", 1, "https://"),
        ("[x](http://plain.example)", 1, "http://plain.example"),
        ("[x](https://user@evil.example)", 1, "https://user@evil.example"),
        ("[x](/once?t=1)", 1, "/once?t=1"),
        ("[x](intent://scan#Intent;end)", 1, "intent:"),
        ("a\n\n<b>x</b>", 3, "HTML"),
        ("a\n\n<script>x</script>", 3, "HTML"),
        ("a\nb <i>c</i>", 2, "HTML"),
        ("a\n\n1. x\n   ![](gone.png)", 4, "gone.png"),
        ("a\nb\u202e", 2, "nobody sees"),
        (f"a\n\n{'x' * 301}", 3, "301"),
        (f"a\n\n[{'x' * 25}](https://a.example)", 3, "25"),
        ("\n\n".join(["![](a.png)"] * 13), 25, "12 pictures"),
    ],
)
def test_what_cant_be_shown_everywhere_is_refused_with_its_line(text, line, told):
    with pytest.raises(NotTaken) as refusal:
        read(text, {"a.png"})
    said = render(refusal.value.facts["why"], Hearer("en", datetime.now(UTC)))
    assert said.startswith(f"Line {line}: ") and told in said


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 6001])
def test_nothing_and_too_much_are_refused(text):
    with pytest.raises(NotTaken):
        read(text)


def test_what_is_kept_from_before_is_shown_whatever_it_is():
    old = "1. <b>go</b>\n2. " + "y" * 900
    with pytest.raises(NotTaken):
        read(old)
    assert [part.text for part in shown(old).steps] == ["1. <b>go</b>", "2. " + "y" * 900]
    assert all(run.link == "" for part in shown("<b>x</b> https://a.example").steps for run in part.runs)


def test_names_are_found_in_what_is_refused_too():
    assert guide_text.names("![](a.png) <b>x</b> ![b](b.png)") == {"a.png", "b.png"}


# Which counts


async def brand_of(world: World, product: Product) -> Brand:
    return next(each for each in await world.db.read(catalog.all_brands) if each.id == product.brand_id)


async def put(world: World, place: Place, body: str, locale: str = "en", version: int = 1) -> None:
    assert await world.db.write(guides.put, place, locale, body, "Chen", version)


async def test_the_nearest_counts_then_the_language(world, steam):
    async def said(locale: str) -> str:
        return (await world.db.read(guides.find, steam)).in_(locale)

    brand = await brand_of(world, steam)
    assert await said("en") == ""
    await put(world, Place.of(brand), "all of the brand")
    assert await said("ru") == "all of the brand"
    await put(world, Place.of(brand, "hk"), "another region's")
    assert await said("en") == "all of the brand"
    await put(world, Place.of(brand, steam.region), "the brand's here")
    assert await said("en") == "the brand's here"
    await put(world, Place.of(steam), "自己的", "zh-CN")
    assert await said("en") == "自己的"
    await put(world, Place.of(steam), "its own")
    assert [await said(locale) for locale in ("ru", "zh-CN", "en")] == ["its own", "自己的", "its own"]


async def test_an_empty_one_says_that_there_is_none_and_the_brands_counts_again(world, chen, steam):
    brand, own = await brand_of(world, steam), Place.of(steam)
    await put(world, Place.of(brand), "the brand's")
    assert await world.db.write(guides.save, chen.id, own, "en", "its own", 0) == 1
    assert await world.db.write(guides.save, chen.id, own, "en", "", 1) == 2
    assert (await world.db.read(guides.find, steam)).texts == {"en": "the brand's"}
    assert [each.body for each in await world.db.read(guides.history, own, "en")] == ["", "its own"]


async def test_every_version_stays_with_who_and_when(world, chen, steam):
    own = Place.of(steam)
    for seen, body in enumerate(("one", "two", "two", "three")):
        await world.db.write(guides.save, chen.id, own, "en", body, min(seen, 2))
    history = await world.db.read(guides.history, own, "en")
    assert [(each.version, each.body, each.who) for each in history] == [
        (3, "three", "chen"),
        (2, "two", "chen"),
        (1, "one", "chen"),
    ]
    assert all(each.at for each in history)
    assert (await world.db.read(guides.there, own, "ru")).version == 0
    told = [row.action for row in await world.db.read(audit.latest, 10)]
    assert told.count("write guide") == 3


async def test_of_two_who_save_at_once_the_second_is_told_who_was_first(world, chen, steam):
    wu = await world.hire("wu")
    own = Place.of(steam)
    tries = [world.db.write(guides.save, one.id, own, "en", f"by {one.name}", 0) for one in (chen, wu)]
    ended = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(map(type, ended), key=str) == sorted([int, GuideEdited], key=str)
    [history] = await world.db.read(guides.history, own, "en")
    [refused] = [each for each in ended if isinstance(each, GuideEdited)]
    assert refused.facts["who"] == history.who


async def test_who_may_not_change_the_shelf_writes_no_guide(world, steam):
    helper = await world.hire("bo", Role.SUPPORT)
    with pytest.raises(NotAllowed):
        await world.db.write(guides.save, helper.id, Place.of(steam), "en", "mine", 0)
    assert await world.count(guides.guides) == 0


async def test_what_cant_be_shown_is_not_saved(world, chen, steam):
    with pytest.raises(NotTaken):
        await world.db.write(guides.save, chen.id, Place.of(steam), "en", "![](gone.png)", 0, set())
    assert await world.count(guides.guides) == 0


async def test_a_guide_is_of_a_product_or_of_a_brand(world, steam):
    brand = await brand_of(world, steam)
    for wrong in (Place(), Place(product=steam.id, brand=brand.id), Place(product=steam.id, region="US")):
        with pytest.raises(Exception, match=r"(?i)check"):
            await world.db.write(guides.put, wrong, "en", "x", "Chen")


# As a table


async def test_a_table_writes_guides_and_a_wrong_one_is_named_by_its_column(world, chen, steam):
    plan = await bring_in(world, sheets.read_text('product,guide en,guide ru\nsteam,"1. go\n2. use",\n'))
    assert [row.what for row in plan.rows] == ["changed"]
    assert (await world.db.read(guides.find, steam)).texts == {"en": "1. go\n2. use"}
    heading, rows = await export(world)
    assert rows[0][heading.index("guide en")] == "1. go\n2. use"
    wrong = await world.db.read(look, sheets.read_text("product,guide en\nsteam,[x](javascript:y)\n"))
    [row] = wrong.rows
    assert row.why is not None and "guide en" in render(row.why, Hearer("en", datetime.now(UTC)))
    await bring_in(world, sheets.read_text("product,guide en\nsteam,\n"))
    assert (await world.db.read(guides.find, steam)).texts == {}


# In a chat


def steps(many: int, size: int) -> str:
    return "\n".join(f"{number}. {'字' * size}" for number in range(1, many + 1))


async def test_a_long_guide_is_said_in_parts_that_fit_wechat(world, steam):
    body = f"{steps(9, 90)}\n\n[{'按' * 12}](https://redeem.example/{'a' * 200})\n\n## 常见问题\n\n" + "\n".join(
        f"- {'错' * 200}" for _ in range(4)
    )
    rules = Rules(site="https://shop.example.com")
    told, page = [], 1
    while True:
        message = guide_cards.message(steam, Local({"zh-CN": body}), "zh-CN", rules, page)
        for locale in LOCALES:
            assert too_long(on_wechat(message, locale)) == []
        told.append(said(message))
        if not any(choice.says == f"guide steam {page + 1}" for choice in message.choices):
            break
        page += 1
    assert page > 2
    whole = "\n".join(told)
    assert all(f"{number}. 字" in whole for number in range(1, 10)) and whole.count("错" * 200) == 4
    assert whole.count("常见问题") >= 1


def on_wechat(message: Message, locale: str) -> str:
    """What is read there: links are behind their words. The whole of it, uncut, is within WeChat's bytes."""
    spoken = speak(message, Hearer(locale, datetime.now(UTC)), lambda _: [])
    sent = wechat.text([spoken], Pages(str, str))
    assert sent is not None and len(sent.reveal().encode()) <= wechat.BYTES and "…" not in sent.reveal()
    return re.sub(r"<[^>]+>", "", sent.reveal())


def said(message: Message) -> str:
    return speak(message, Hearer("zh-CN", datetime.now(UTC)), lambda _: []).revealed()


def test_each_part_has_one_picture_and_all_are_shown():
    guide = read("1. a\n   ![](1.png)\n   ![](2.png)\n2. b\n3. c\n   ![](3.png)")
    pieces = guide_cards.cut(guide)
    assert [piece.picture for piece in pieces] == ["1.png", "2.png", "3.png"]
    assert [[part.text for part in piece.parts] for piece in pieces] == [["a"], ["b"], ["c"]]


async def test_an_apps_own_link_is_for_the_page_only(world, steam):
    message = guide_cards.message(steam, Local({"en": "1. go\n\n[Open](steam://x)"}), "en", Rules())
    assert [choice.link for choice in message.choices if choice.link] == []
    with_page = guide_cards.message(steam, Local({"en": "1. go"}), "ru", Rules(site="https://s.example"))
    assert [choice.link for choice in with_page.choices if choice.link] == [
        "https://redeem.example/now",
        "https://s.example/guides/steam?lang=ru",
    ]


async def test_without_a_guide_it_still_says_where_to_redeem(world, steam):
    message = guide_cards.message(steam, Local({}), "en", Rules())
    assert message.choices[0].link == "https://redeem.example/now"


def test_a_part_keeps_what_it_says():
    assert Part("text", (Run(" a "), Run("b"))).text == "a b"
