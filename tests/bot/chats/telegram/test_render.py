"""What a message looks like on Telegram: within its limits, with no link that isn't ours, no code cut."""

from __future__ import annotations

from dataclasses import replace
from html import unescape
from itertools import product
from typing import Any

import pytest

from bot.chats.telegram import render
from bot.chats.telegram.render import BREAK, DATA, TEXT, Shown, Style, show
from core import cards
from core.ground.messages import Choice, Codes, Invoice, Local, Message, Note, Phrase, Spoken, Words, words
from core.ground.money import Money
from core.ground.vault import Secret
from core.ground.words import LOCALES, Hearer, Opened, speak
from tests.locales.samples import LONGEST, NOW, ORDINARY, order, said

NASTY = (
    '<b>&lt;"*_`[x](http://evil.example)</b> \U0001f9ff \u202eRTL\u202c \u200b\u2060 '
    "@evil #tag /cmd evil.example t.me/evil $USD"
)


def spoken(*text: Any, choices: tuple[Choice, ...] = (), codes: tuple[str, ...] = (), **about: Any) -> Spoken:
    """As `speak` makes it; `codes` are what the message's codes open to."""
    opened = [Opened(Secret(code), Secret(code)) for code in codes]
    return speak(Message(text, choices, **about), Hearer("en", NOW), lambda fact: opened)


def delivery(*codes: str, card: str = "order K7M2-94QF", **about: Any) -> Spoken:
    sentence = words("delivered", number="K7M2-94QF", product="Steam", n=len(codes), codes=Codes(1))
    return spoken(sentence, codes=codes, card=card, choices=(Choice("Copy", copies=True),), **about)


def html(shown: Shown) -> str:
    return "".join(text.reveal() for text in shown.texts)


def buttons(shown: Shown) -> list[str]:
    return [button.label for row in shown.rows for button in row]


def test_text_is_escaped_and_shows_what_was_meant():
    shown = show(spoken(NASTY), Style())
    assert unescape(html(shown)).replace(BREAK, "") == NASTY.replace(BREAK, "")
    assert "<b>" not in html(shown)


@pytest.mark.parametrize(
    "foreign",
    [
        "evil.example",
        "t.me/evil",
        "@evil",
        "#tag",
        "https://evil.example",
        "a@b.example",
        "пример.рф",
        "/cmd",
        "$USD",
        "10.0.0.1/x",
    ],
)
def test_a_name_adds_no_link(foreign):
    assert foreign not in html(show(spoken(Local({"en": f"Card {foreign}"})), Style()))


def test_times_prices_and_numbers_stay_as_they_are():
    plain = "Order K7M2-94QF: ¥1,128.00, $20, 12.50 USD, 14:35, 24/7"
    assert html(show(spoken(plain), Style())) == plain


def test_the_shops_own_address_stays_a_link():
    url = "https://store.steampowered.com/account/redeemwalletcode?a=1&b=2"
    shown = show(spoken(words("redeem-here", region="US", anywhere="no", url=url)), Style())
    assert url.replace("&", "&amp;") in html(shown)


@pytest.mark.parametrize("after", [".evil.example", "/evil", ":80/x", "@evil.example", "-evil.example", "?x=1"])
def test_an_address_that_only_begins_like_ours_is_none(after):
    url = "https://shop.example"
    facts = {"number": "K7M2-94QF", "phrase": f"{url}{after}"}
    made = html(show(spoken(words("delivered-elsewhere", url=url, **facts)), Style()))
    assert f"At {url} type" in made
    assert f"{url}{after}" not in made


def test_one_code_is_copied_by_one_tap():
    shown = show(delivery("A<B&C"), Style())
    assert "<code>A&lt;B&amp;C</code>" in html(shown)
    [[copy]] = shown.rows
    assert copy.copies == Secret("A<B&C")


def test_several_codes_are_one_block_in_order():
    codes = tuple(f"CODE-{number}" for number in range(5))
    shown = show(Spoken((Secret("\n".join(codes)),), (), "en", Message("x"), tuple(map(Secret, codes))), Style())
    assert f"<pre>{chr(10).join(codes)}</pre>" in html(shown)


def test_more_than_fits_goes_as_one_file_whole_and_nothing_but_codes():
    codes = tuple(f"CODE-{number:05}-ABCDE-FGHJK" for number in range(300))
    shown = show(delivery(*codes), Style())
    assert shown.file is not None
    assert shown.file.name == "K7M2-94QF.txt"
    assert shown.file.content.reveal().split("\n") == [*codes, ""]
    assert "CODE-" not in html(shown)
    assert "300" in html(shown)
    assert buttons(shown) == []  # what can't be copied has no button for it


def test_beside_a_file_the_pick_up_phrase_still_stands_in_the_text():
    codes = [f"CODE-{n:04}-{'X' * 20}" for n in range(300)]
    sentence = words("delivered", number="K7M2-94QF", product="Steam", n=len(codes), codes=Codes(1))
    elsewhere = words("delivered-elsewhere", url="shop.example", number="K7M2-94QF", phrase=Phrase(1))

    def opened(fact: Any) -> list[Opened]:
        if isinstance(fact, Phrase):
            return [Opened(phrase := Secret("red bus old sea"), phrase)]
        return [Opened(Secret(code), Secret(code)) for code in codes]

    message = show(speak(Message((sentence, elsewhere), card="order K7M2-94QF"), Hearer("en", NOW), opened), Style())
    assert message.file is not None
    assert "red bus old sea" not in message.file.content.reveal()
    assert "<code>red bus old sea</code>" in html(message)
    assert html(message).count("300 in all") == 1


def test_a_file_s_name_can_t_leave_its_folder():
    codes = tuple("C" * 50 + str(number) for number in range(100))
    shown = show(delivery(*codes, card="order ../../etc/passwd"), Style())
    assert shown.file is not None
    assert shown.file.name == "etcpasswd.txt"


def test_nothing_of_a_code_shows_by_accident():
    assert "SECRET" not in repr(show(delivery("SECRET-CODE"), Style()))


def test_hidden_codes_are_hidden_except_where_they_would_be_links():
    assert "<tg-spoiler>ABCD</tg-spoiler>" in html(show(delivery("ABCD"), Style(spoiler=True)))
    assert "<code>abcd.com</code>" in html(show(delivery("abcd.com"), Style(spoiler=True)))


def test_a_note_of_staff_may_have_links_and_one_of_buyers_not():
    def said(style: Style) -> str:
        one = [Opened(Secret("see https://x.example"), Secret("see https://x.example"))]
        noted = speak(Message(Words("k", {"note": Note(1)})), Hearer("en", NOW), lambda fact: one)
        return html(show(noted, style))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("core.ground.words.render", lambda text, to, secrets=None: _noted(text, secrets))
        assert "<code>" in said(Style())
        assert said(Style(trusts_notes=True)) == "see https://x.example"


def _noted(text: Any, secrets: list[Secret] | None) -> str:
    assert secrets is not None
    secrets.append(text.facts["note"])
    return "\ue0000\ue001"


@pytest.mark.parametrize("length", [TEXT - 1, TEXT, TEXT + 1, 3 * TEXT])
def test_long_texts_are_cut_at_lines_into_messages_that_fit(length):
    line = "a line of text, and another <one>\n"
    text = (line * (length // len(line) + 1))[:length]
    shown = show(spoken(text, choices=(Choice("Go on", "on"),)), Style())
    assert all(len(unescape(page.reveal())) <= TEXT for page in shown.texts)
    assert unescape(html(shown)) == text
    assert len(shown.texts) == -(-length // TEXT) or length > TEXT


def test_one_endless_line_is_cut_too():
    shown = show(spoken("x" * 10_000), Style())
    assert all(len(page.reveal()) <= TEXT for page in shown.texts)
    assert html(shown) == "x" * 10_000


def test_length_counts_as_telegram_counts():
    shown = show(spoken("\U0001f9ff" * (TEXT // 2 + 1)), Style())
    assert len(shown.texts) == 2


def test_buttons_are_at_most_two_a_row_and_short_ones_only():
    choices = [
        Choice(label, "go") for label in ("买 1 张", "多买几张", "怎么兑换这张很长的礼品卡", "返回", "Back", "x" * 200)
    ]
    rows = [[button.label for button in row] for row in show(spoken("?", choices=tuple(choices)), Style()).rows]
    assert rows == [["买 1 张", "多买几张"], ["怎么兑换这张很长的礼品卡"], ["返回", "Back"], ["x" * 59 + "…"]]


def test_what_a_button_carries_is_never_too_long():
    shown = show(spoken("?", choices=(Choice("a", "x" * DATA), Choice("b", "ы" * 33))), Style())
    assert buttons(shown) == ["a"]


def test_an_address_that_no_button_takes_stands_in_the_text():
    choices = (Choice("Pay", link="http://localhost:8000/pay"), Choice("Pay here", link="https://pay.example/1"))
    shown = show(spoken("?", choices=choices), Style())
    assert "http://localhost" not in str(buttons(shown))
    assert "http://localhost:8000/pay" in html(shown)
    assert buttons(shown) == ["Pay here"]


def test_a_picture_is_left_out_where_its_caption_would_be_too_long():
    assert show(spoken("short", picture="a.png"), Style()).picture == "a.png"
    assert show(spoken("x" * (render.CAPTION + 1), picture="a.png"), Style()).picture is None


def test_where_telegram_can_fetch_a_picture_the_message_stays_a_text():
    shown = show(spoken("x" * (render.CAPTION + 1), picture="a.png"), Style(), "https://shop.example/pictures")
    assert (shown.preview, shown.picture) == ("https://shop.example/pictures/a.png", None)


PAY = Choice("Pay 250 ⭐", "pay K7M2-94QF", main=True)
PAID, CANCEL = Choice("I've paid", "paid K7M2-94QF"), Choice("Cancel", "cancel K7M2-94QF")
BILL = Invoice("Steam gift card", "K7M2-94QF-telegram_stars", Money(250, "XTR"), "o-K7M2-94QF")


def test_an_invoice_begins_with_telegrams_own_button():
    for choices in ((PAY, PAID, CANCEL), (PAID, PAY, CANCEL)):
        shown = show(spoken("Set aside until 14:35.", choices=choices, invoice=BILL), Style())
        assert shown.bill == render.Bill("Steam gift card", "Set aside until 14:35.", BILL)
        assert (buttons(shown), shown.texts) == ([PAY.label, PAID.label, CANCEL.label], ())
        assert [button.pays for row in shown.rows for button in row] == [True, False, False]
        assert [len(row) for row in shown.rows] == [1, 2]


def test_an_invoice_without_choices_can_be_paid_too():
    shown = show(spoken("?", invoice=BILL), Style())
    assert [(button.label, button.pays) for row in shown.rows for button in row] == [("Pay 250 ⭐", True)]


@pytest.mark.parametrize("length", [render.ABOUT, render.ABOUT + 1, 5_000])
def test_what_does_not_fit_on_an_invoice_is_said_before_it(length: int):
    text = ("word " * 1_000)[: length - 1] + "."
    shown = show(spoken(text, choices=(PAY,), invoice=replace(BILL, title="x" * 40)), Style())
    assert shown.bill and len(shown.bill.title) == render.TITLE and 0 < len(shown.bill.about) <= render.ABOUT
    assert html(shown) == ("" if length <= render.ABOUT else text)
    assert (shown.bill.about == text) == (length <= render.ABOUT)


@pytest.mark.parametrize("locale", LOCALES)
def test_what_a_buyer_must_know_fits_on_the_invoice(locale: str):
    for names in (ORDINARY, LONGEST):
        for region, kind in product(("US", "UK", "global"), ("unique", "by_hand")):
            bought = order(names, region=region, kind=kind)
            card = cards.pay_here(bought, None, several_rails=True, with_phrase=False, invoice=BILL)
            shown = show(said(card, locale), Style())
            assert shown.texts == ()
            assert shown.bill and "K7M2-94QF" in shown.bill.about and "…" not in shown.bill.about


def test_codes_of_several_fields_leave_the_text_for_the_file_and_the_phrase_stays():
    facts = {"number": "K7M2-94QF", "product": "Steam", "n": 200, "codes": Codes(1)}
    elsewhere = {"url": "shop.example", "number": "K7M2-94QF", "phrase": Phrase(1)}
    cards = [(f"CARD-{number:06}", f"PIN-{number:06}") for number in range(200)]
    opened = [Opened(Secret(f"Card number: {card}\nPIN: {pin}"), Secret(f"{card} {pin}")) for card, pin in cards]
    phrase = Secret("tea moon river gate")
    message = Message((words("delivered", **facts), words("delivered-elsewhere", **elsewhere)))
    made = speak(
        message, Hearer("en", NOW), lambda fact: opened if isinstance(fact, Codes) else [Opened(phrase, phrase)]
    )
    shown = show(made, Style())
    assert shown.file is not None
    assert shown.file.content.reveal().splitlines() == [f"{card} {pin}" for card, pin in cards]
    assert "CARD-" not in html(shown)
    assert phrase.reveal() in html(shown)
