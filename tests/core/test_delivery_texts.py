"""What is said with codes: variables that are known, in the reader's language, and never the code."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core import cards, delivery_texts
from core.ground.messages import Codes, Local, pack
from core.ground.rules import Rules
from core.ground.words import Hearer, render
from core.product_fields import NotTaken
from tests.locales.samples import order, said

TEXTS = {
    "en": "{brand}: {product} × {n} of {number}, {noun}, {region}, { redeem_url }, {days} days. {shop}",
    "ru": "{noun}, {region}",
}
RULES = Rules(site="https://shop.example", shop_name=Local({"en": "Our {n} shop"}))


def test_each_variable_is_said_in_the_readers_language():
    bought = order(delivery_text=TEXTS, brand={"en": "Steam"})
    found = delivery_texts.filled(bought, bought.terms, 2, RULES)
    assert found is not None
    assert found.in_("en") == (
        "Steam: Steam gift card $20 × 2 of K7M2-94QF, code, US, "
        "https://store.steampowered.com/redeem, 7 days. Our {n} shop"
    )
    assert found.in_("ru") == "код, США"


def test_every_variable_that_may_be_written_has_a_value():
    text = " ".join(f"{{{name}}}" for name in delivery_texts.VARIABLES)
    bought = order(delivery_text={"en": delivery_texts.checked(text)})
    found = delivery_texts.filled(bought, bought.terms, 1, RULES)
    assert found is not None and "{" not in found.in_("en").replace("Our {n} shop", "")


@pytest.mark.parametrize("text", ["{code}", "ok {pin} {product}", "{}", "{Product}", "{product.x}", "{{codes}}"])
def test_an_unknown_variable_is_refused_with_those_there_are(text):
    with pytest.raises(NotTaken) as refusal:
        delivery_texts.checked(text)
    told = render(refusal.value.facts["why"], Hearer("en", datetime.now(UTC)))
    assert "{product}" in told and "{redeem_url}" in told


def test_no_value_is_read_for_variables_again_and_an_old_text_stays():
    bought = order(delivery_text={"en": "{product} {old}"})
    named = replace(bought.terms, name=Local({"en": "{shop}"}))
    found = delivery_texts.filled(bought, named, 1, RULES)
    assert found is not None and found.in_("en") == "{shop} {old}"


def test_a_delivery_says_it_with_reminders_logo_and_the_guides_page_and_keeps_no_code():
    bought = order(delivery_text=TEXTS, reminders=["paste", "region"], brand={"en": "Steam"}, logo="a.png")
    message = cards.delivered(bought, Codes(1), rules=RULES)
    text = said(message, "en").revealed()
    lines = text.splitlines()
    assert "ABCDE-FGHJK-LMNPQ-RSTUV-WXYZ0" in lines  # alone on its line
    assert text.index("WXYZ4") < text.index("Steam: Steam gift card") < text.index("account's region is US")
    assert (message.picture, message.shows) == ("a.png", Local({"en": "Steam"}))
    [guide] = [choice for choice in message.choices if choice.says == "guide steam-us-20"]
    assert guide.link == "https://shop.example/guides/steam-us-20?lang=en"
    assert "ABCDE" not in str(pack(message))


def test_where_it_works_anywhere_nobody_is_told_to_look():
    bought = order(region="global", reminders=["region", "private"])
    said_with = list(delivery_texts.reminders(bought.terms, cards.region("global")))
    assert len(said_with) == 1


def test_reminders_come_and_go():
    assert delivery_texts.toggled([], "paste") == ["paste"]
    assert delivery_texts.toggled(["paste"], "private") == ["private", "paste"]
    assert delivery_texts.toggled(["private", "paste"], "private") == ["paste"]
    with pytest.raises(NotTaken):
        delivery_texts.toggled([], "x")
