"""The browser chat by its forms: what is said, and how it is shown."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from bot.chats.browser import BrowserChat
from core import composing, customers
from core.ground import chatlog, inbox
from core.ground.messages import Choice, Message, words
from core.ground.vault import Secret
from tests.bot.chats.browsing import Browser, House, bao, bubbles, house, lin, open_house, sign

__all__ = ["bao", "house", "lin"]


async def test_looking_keeps_nothing(house: House, lin: Browser) -> None:
    await lin.look()
    assert await house.events() == []
    assert lin.address() != ""


async def test_what_is_said_is_seen_at_once_and_then_answered(house: House, lin: Browser) -> None:
    assert (await lin.say("Steam?")).status_code == 204
    assert bubbles(await lin.look()) == ["Steam?"]
    await house.work()
    assert bubbles(await lin.look()) == ["Steam?", "You said: Steam?"]
    said = house.rote.heard[0]
    assert (said.chat, said.person, said.text, said.locale) == ("browser", lin.person(), "Steam?", "en")


async def test_without_script_the_form_leads_back_to_the_chat(lin: Browser) -> None:
    lin.http.headers["accept"] = "text/html"
    answer = await lin.say("hello")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_a_double_press_is_one_event(house: House, lin: Browser) -> None:
    answers = await asyncio.gather(*(lin.say("two", "same") for _ in range(5)))
    assert {answer.status_code for answer in answers} == {204}
    assert await house.events() == [("browser", f"{lin.address()}:same")]
    await house.work()
    assert bubbles(await lin.look()) == ["two", "You said: two"]
    await lin.say("two", "same")
    assert await house.work() == 0


async def test_a_key_belongs_to_whoever_uses_it(house: House, lin: Browser, bao: Browser) -> None:
    await lin.say("from Lin", "same")
    await bao.say("from Bao", "same")
    assert len(await house.events()) == 2
    assert bubbles(await bao.look()) == ["from Bao"]


async def test_an_answer_is_shown_once_however_often_it_is_heard(house: House, lin: Browser) -> None:
    await lin.say("hello")
    (row,) = await house.shop.db.write(inbox.claim, ["browser"])
    original = house.rote.answer

    async def forgetful(shop, said, keep, /):
        message = Message((f"answer {len(house.rote.heard)}",))
        house.rote.heard.append(said)
        await shop.db.write(lambda tx: keep(tx, message))
        return message

    house.rote.answer = forgetful
    await asyncio.gather(*(house.buyers.hear(house.shop, row) for _ in range(3)))
    house.rote.answer = original
    assert len(house.rote.heard) == 3
    assert len(bubbles(await lin.look())) == 2


async def test_the_first_word_is_asked_for_by_the_page_and_not_shown(house: House, lin: Browser) -> None:
    house.rote.answers["start"] = Message(("Hi, this is Mika Shop.",))
    await lin.say(press="start", key="start")
    await house.work()
    assert bubbles(await lin.look()) == ["Hi, this is Mika Shop."]


async def test_a_pressed_choice_is_shown_by_its_label(house: House, lin: Browser, bao: Browser) -> None:
    house.rote.answers["hi"] = Message(("Choose.",), (Choice("Buy 1", "~token"),))
    await lin.say("hi")
    await house.work()
    line = re.search(r"/say\?line=(\d+)", await lin.look())
    assert line
    await lin.say(press="~token", key="k2", path=f"/say?line={line[1]}")
    assert bubbles(await lin.look())[-1] == "Buy 1"
    await bao.say(press="~token", key="k2", path=f"/say?line={line[1]}")  # not Bao's line, so no label of it
    assert bubbles(await bao.look()) == ["(a button)"]


@pytest.mark.parametrize("verb,label", [("orders", "My orders"), ("help", "Help"), ("language ru", "Русский")])
async def test_the_pages_own_buttons_are_shown_by_their_label(lin: Browser, verb: str, label: str) -> None:
    await lin.say(press=verb)
    assert bubbles(await lin.look()) == [label]


async def test_the_page_speaks_the_persons_language(house: House, lin: Browser) -> None:
    assert '<html lang="en">' in await lin.look()
    await lin.say(press="language zh-CN")
    await house.work()
    page = await lin.look()
    assert '<html lang="zh-CN">' in page
    assert "<title>密卡小店</title>" in page


@pytest.mark.parametrize(
    "wanted,spoken",
    [
        ("zh-TW,zh;q=0.9", "zh-CN"),
        ("fr,ru;q=0.8", "ru"),
        ("fr", "en"),
        ("", "en"),
        ("en;q=0.5,ru;q=0.9", "ru"),
        ("ru;q=x,zh", "zh-CN"),
    ],
)
async def test_a_new_visitor_is_spoken_to_as_the_browser_asks(house: House, wanted: str, spoken: str) -> None:
    assert f'<html lang="{spoken}">' in await Browser(house.app, wanted).look()


async def test_earlier_messages_are_a_page_away(house: House, lin: Browser) -> None:
    await house.shop.db.write(customers.meet, "browser", lin.address(), "", "en", None)
    for number in range(60):
        await house.shop.db.write(chatlog.append_ours, lin.person(), Message((f"line {number}",)))
    page = await lin.look()
    assert bubbles(page) == [f"line {number}" for number in range(20, 60)]
    before = re.search(r'href="(/\?before=\d+)"', page)
    assert before
    page = await lin.look(before[1])
    assert bubbles(page) == [f"line {number}" for number in range(20)]
    assert "Earlier messages" not in page


async def test_a_card_said_again_takes_the_choices_of_the_one_before(house: House, lin: Browser) -> None:
    await lin.say("hello")
    await house.work()
    for state in ("unpaid", "paid"):
        card = Message((state,), (Choice(f"do {state}", state),), card="order K7M2-94QF")
        spoken = await house.shop.db.read(composing.compose, lin.person(), card)
        await house.buyers.send(lin.address(), spoken)
    page = await lin.look()
    assert bubbles(page)[-2:] == ["unpaid", "paid"]
    assert "do paid" in page
    assert "do unpaid" not in page
    assert page.count("superseded") == 1


async def test_a_sending_repeated_is_one_line(house: House, lin: Browser) -> None:
    await lin.say("hello")
    await house.work()
    spoken = await house.shop.db.read(composing.compose, lin.person(), Message(("Refunded.",)))
    lines = {await house.buyers.send(lin.address(), spoken) for _ in range(3)}
    assert len(lines) == 1
    await lin.say("thanks", "k2")
    assert await house.buyers.send(lin.address(), spoken) not in lines


async def test_a_sentence_that_is_no_more_does_not_break_the_page(house: House, lin: Browser) -> None:
    await lin.say("hello")
    await house.work()
    message = Message(words("a-key-of-an-older-version", number="1"))
    await house.shop.db.write(chatlog.append_ours, lin.person(), message)
    assert bubbles(await lin.look())[-1] == "This message can't be shown any more."


async def test_a_chat_that_is_not_open_says_so(house: House, lin: Browser) -> None:
    from core.ground.errors import SendError
    from core.ground.messages import Spoken

    chat = BrowserChat("browser", house.rote, "/", sign, False)
    spoken = Spoken(("x",), (), "en", Message(("x",)))
    with pytest.raises(SendError) as refusal:
        await chat.send(lin.address(), spoken)
    assert not refusal.value.permanent
    chat.open(house.shop)
    assert (await chat.send(lin.address(), spoken)).isdigit()


async def test_two_chats_of_one_shop_keep_apart(house: House, lin: Browser, tmp_path: Path) -> None:
    again = open_house(house.shop, tmp_path / "x")  # a second process: the same cookies, the same history
    await lin.say("hello")
    other = Browser(again.app)
    other.http.cookies = lin.http.cookies
    assert bubbles(await other.look()) == ["hello"]


def test_a_code_of_several_lines_stays_one() -> None:
    from bot.chats.browser.show import parts
    from core.ground.messages import Spoken

    one, two = "Number: A1\nPIN: 11\nuntil 2027", "Number: A2\nPIN: 22\nuntil 2027"
    codes = (Secret("A1 11"), Secret("A2 22"))
    spoken = Spoken(("Order\n\n", Secret(f"{one}\n{two}"), "\n\nBye"), (), "en", Message(("x",)), codes)
    before, found, after = parts(spoken)
    assert [code.shown.reveal() for code in found.codes] == [one, two]
    assert [code.bare for code in found.codes] == list(codes)
    assert (before.text, after.text) == ("Order", "Bye")
    uneven = Spoken((Secret("Number: A1\nPIN: 11\nA2\n22\nuntil 2027"),), (), "en", Message(("x",)), codes)
    assert len(next(iter(parts(uneven))).codes) == 1
