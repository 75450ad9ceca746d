"""What a deep link carries, and what it leads to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core import links
from core.catalog import Brand, Product, StockKind
from core.ground.messages import Local
from tests.locales.samples import ORDINARY, _product, order


def product(slug: str) -> Product:
    return replace(_product(ORDINARY, StockKind.UNIQUE), slug=slug)


def test_a_link_leads_to_what_it_was_made_for():
    assert links.payload_for(product("steam-us_20")) == "p-steam-us_20"
    assert links.opened("p-steam-us_20") == ("product", "steam-us_20")
    assert links.payload_for(Brand(1, "steam", Local({}), "games")) == "b-steam"
    assert links.opened("b-steam") == ("brand", "steam")
    assert links.payload_for(order()) == "o-K7M2-94QF"
    assert links.opened("o-K7M2-94QF") == ("order", "K7M2-94QF")


@pytest.mark.parametrize("slug", ["a" * 63, "steam.us", "蒸汽", "a b", "a/b"])
def test_what_a_payload_cannot_say_has_no_link(slug):
    assert links.payload_for(product(slug)) is None


def test_sixty_four_characters_are_the_most():
    assert links.payload_for(product("a" * 62)) == "p-" + "a" * 62
    assert links.payload_for(product("a" * 63)) is None


@pytest.mark.parametrize(
    "payload", ["", "p-", "p", "x-steam", "steam", "P-steam", "p-st eam", "p-\x00", "p-" + "a" * 63, "ref_17"]
)
def test_others_payloads_lead_nowhere(payload):
    assert links.opened(payload) is None
