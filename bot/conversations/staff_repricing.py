"""Prices of many products at once, or of one at a time that comes: what, by how much, when, and a second look."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from bot.conversation import Conversation, Talk
from bot.conversations.staff_product import LEAVE, below_cost, takes
from bot.handlers import staff_prices
from bot.handlers.staff_help import PRODUCTS
from bot.moments import moment_said
from bot.staff import staff
from core import catalog, pricecards, product_fields, repricing, shelving
from core.authority import Right
from core.ground.db import Tx
from core.ground.messages import Choice, Fact, Lines, Message, Words, words
from core.product_fields import NotTaken
from core.repricing import Preview, Repriced

pricing = Conversation("pricing", Right.SHELF)
staff.talks(pricing)

ALL = Choice(words("choose-all-products"), repricing.EVERYTHING, acts=True)
NOW = Choice(words("choose-now"), "now", acts=True)
YES = Choice(words("choose-change-prices"), "yes", acts=True)
ANYWAY = Choice(words("choose-below-cost"), "anyway", acts=True)
SHOWN = 6
BRANDS = 30


@pricing.opens("reprice")
async def begin(talk: Talk, *of_what: str) -> Message:
    if of_what:
        return await _scoped(talk, " ".join(of_what))
    return await _ask_what(talk)


async def _ask_what(talk: Talk) -> Message:
    brands = (await talk.read(catalog.all_brands))[:BRANDS]
    choices = (ALL, *(Choice(brand.name, f"brand {brand.slug}", acts=True) for brand in brands), LEAVE)
    return talk.ask(what, "reprice-what", choices)


@pricing.step
async def what(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("talk-left", (PRODUCTS,))
    return await _scoped(talk, talk.text)


async def _scoped(talk: Talk, scope: str) -> Message:
    called = await talk.read(pricecards.called, scope)
    if called is None:
        return await _ask_what(talk)
    talk.answers["scope"] = scope
    return _ask_how(talk)


def _ask_how(talk: Talk, *first: Words) -> Message:
    one = talk.answers["scope"].startswith("product ")
    question = words("reprice-how-one" if one else "reprice-how", currency=talk.shop.rules.currency)
    return talk.ask_with(how, Message((*first, question), (LEAVE,), numbered=False))


@pricing.free_step
async def how(talk: Talk) -> Message:
    """A percentage; of one product, also a price."""
    if talk.text == "leave":
        return talk.end("talk-left", (PRODUCTS,))
    percent = repricing.percent_said(talk.text)
    if percent is not None:
        talk.answers |= {"percent": str(percent), "prices": {}}
        return _ask_when(talk)
    try:
        if not talk.answers["scope"].startswith("product ") or "%" in talk.text:
            raise product_fields.wrong(words("wrong-percent"))
        prices = product_fields.prices(talk.text, talk.shop.rules.currency)
    except NotTaken as refusal:
        return _ask_how(talk, words(refusal.key, **refusal.facts))
    talk.answers |= {"percent": None, "prices": shelving.packed_steps(prices)}
    return _ask_when(talk)


def _ask_when(talk: Talk, *, again: bool = False) -> Message:
    return talk.ask(when, "reprice-when-again" if again else "reprice-when", (NOW, LEAVE), numbered=False)


@pricing.free_step
async def when(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("talk-left", (PRODUCTS,))
    at = None
    if talk.text != "now":
        at = moment_said(talk.text, await talk.read(_now), talk.shop.rules.zone)
        if at is None:
            return _ask_when(talk, again=True)
    talk.answers["at"] = at and at.isoformat()
    return await _look(talk)


def _now(tx: Tx) -> datetime:
    return tx.now


def _decided(answers: dict[str, Any]) -> dict[str, Any]:
    """The answers as core/repricing.py takes them."""
    percent = answers["percent"]
    return {
        "scope": answers["scope"],
        "percent": None if percent is None else Decimal(percent),
        "prices": shelving.unpacked_steps(answers["prices"]),
    }


async def _look(talk: Talk) -> Message:
    """What it would do, and what would then be sold below cost: that wants another word than yes."""
    seen: Preview = await talk.read(_preview, _decided(talk.answers), takes(talk.shop))
    talk.answers["losing"] = bool(seen.losses)
    at = talk.answers["at"]
    time: Fact = datetime.fromisoformat(at) if at else None
    about = words("reprice-preview", n=len(seen.changed), later="yes" if at else "no", time=time)
    rows = (row for each in seen.changed[:SHOWN] for row in _rows(each))
    text = Lines((about, *rows))
    warning = (below_cost(list(seen.losses)),) if seen.losses else ()
    return talk.ask_with(sure, Message((text, *warning), (ANYWAY if seen.losses else YES, LEAVE)))


def _preview(tx: Tx, decided: dict[str, Any], taken: dict[str, frozenset[str]]) -> Preview:
    return repricing.look(tx, decided["scope"], decided["percent"], decided["prices"], taken)


def _rows(each: Repriced) -> list[Words]:
    """A product's prices before and after, by currency."""
    before, after = each.product.steps, each.prices
    return [
        words(
            "reprice-row",
            product=each.product.name,
            currency=code,
            old=product_fields.prices_shown(before.get(code, {}), code) or "-",
            new=product_fields.prices_shown(after.get(code, {}), code) or "-",
        )
        for code in {**before, **after}
        if before.get(code) != after.get(code)
    ]


@pricing.step
async def sure(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("talk-left", (PRODUCTS,))
    if talk.text != ("anyway" if talk.answers["losing"] else "yes"):
        return await _look(talk)
    return await talk.write(_plan, talk.person.id, talk.answers)


def _plan(tx: Tx, by: str, answers: dict[str, Any], *, request_key: str) -> Message:
    at = answers["at"] and datetime.fromisoformat(answers["at"])
    change = repricing.plan(tx, by, **_decided(answers), at=at, key=request_key)
    return staff_prices.card(tx, change)
