"""Stripe's double beside Stripe's own libraries: what they ask it, and whether its objects are those they know."""

from __future__ import annotations

import asyncio
import inspect
import types
import typing
from datetime import timedelta
from typing import Any

import pytest
import stripe
from stripe.checkout import Session
from stripe.radar import EarlyFraudWarning

from doubles.stripe import Stripe as Double
from doubles.stripe_notices import signature
from doubles.stripe_terms import Refused
from tests.oracles import ask
from tests.payments.stripes import KEY, SECRET, clock, provider

__all__ = ["clock", "provider"]

STEAM = {"currency": "usd", "unit_amount": "1250", "product_data": {"name": "Steam"}}
ASKED = {
    "mode": "payment",
    "success_url": "https://shop.example/",
    "line_items": [{"quantity": "1", "price_data": STEAM}],
    "metadata": {"key": "K"},
}
KNOWN = {
    "checkout.session": Session,
    "payment_intent": stripe.PaymentIntent,
    "charge": stripe.Charge,
    "refund": stripe.Refund,
    "dispute": stripe.Dispute,
    "radar.early_fraud_warning": EarlyFraudWarning,
    "review": stripe.Review,
    "event": stripe.Event,
}


def declared(kind: type[stripe.StripeObject]) -> dict[str, Any]:
    """The fields Stripe's library for Python says an object has; it is made from Stripe's own description."""
    return {
        name: hint for name, hint in inspect.get_annotations(kind).items() if name != "OBJECT_NAME" and name[0] != "_"
    }


def may_be(value: Any, hint: Any) -> bool:
    """Whether a value is of a declared type, as far down as it is plain."""
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return any(may_be(value, each) for each in typing.get_args(hint))
    if origin is typing.Literal:
        return value in typing.get_args(hint)
    if origin is list:
        return isinstance(value, list)
    if hint in (str, int, bool, type(None)):
        return type(value) is hint
    return isinstance(value, dict)


def wrong(thing: dict[str, Any]) -> list[str]:
    fields = declared(KNOWN[thing["object"]])
    unknown = [f"{name} is not known" for name in thing if name not in fields]
    other = [
        f"{name} is {value!r}" for name, value in thing.items() if name in fields and not may_be(value, fields[name])
    ]
    optional = [f"{name} is missing" for name, hint in fields.items() if name not in thing and not may_be(None, hint)]
    return unknown + other + optional


async def everything(provider: Double) -> list[dict[str, Any]]:
    """An event of every kind the double has."""
    now = int(provider._now())
    books = provider.books
    for number in range(5):
        books.open(ASKED | {"client_reference_id": f"K{number}", "expires_at": str(now + 1900)})
    intent = await provider.pay("K0")
    books.warn(intent)
    books.look_into(intent)
    refund = books.give_back(intent, 250, {"key": "R1"}, "pending")
    books.refund_ends(refund, "succeeded")
    books.refund_ends(books.give_back(intent, 100, {}, "pending"), "failed")
    books.dispute_ends(books.dispute(intent, None, "needs_response", now + 900_000), "won")
    await provider.pay("K1", slow=True)
    books.arrive(books.behind("K1"))
    await provider.pay("K2", slow=True)
    books.fail(books.behind("K2"))
    books.expire(books.behind("K3")["id"])
    return list(books.events.values())


async def test_its_objects_are_those_of_stripes_library(provider):
    told = await everything(provider)
    assert len({event["type"] for event in told}) == 16
    books = provider.books
    things = [*told, *(event["data"]["object"] for event in told), *books.intents.values(), *books.sessions.values()]
    assert [(thing["object"], wrong(thing)) for thing in things if wrong(thing)] == []


def test_an_object_of_another_shape_is_seen(provider):
    """The control."""
    session = provider.books.open(ASKED)
    assert wrong(session | {"amount_total": "12.50"}) == ["amount_total is '12.50'"]
    assert wrong(session | {"paid": True}) == ["paid is not known"]
    assert wrong({name: value for name, value in session.items() if name != "id"}) == ["id is missing"]


async def test_stripes_library_for_python_reads_its_notices(provider):
    for event in await everything(provider):
        told = provider.courier.told(event)
        read = stripe.Webhook.construct_event(told.body, told.headers["Stripe-Signature"], SECRET)
        about = event["data"]["object"]["object"]
        assert (read.id, read.type, read.data.object["object"]) == (event["id"], event["type"], about)


async def test_stripes_library_for_node_reads_its_notices(provider):
    told = [provider.courier.told(event) for event in await everything(provider)]
    question = [
        {"payload": each.body.decode(), "header": each.headers["Stripe-Signature"], "secret": SECRET} for each in told
    ]
    forged = [{**question[0], "payload": question[0]["payload"] + " "}, {**question[0], "secret": "whsec_other"}]
    answer = await asyncio.to_thread(ask, "stripe", question + forged, "verify.mjs")
    assert answer == [event["type"] for event in provider.books.events.values()] + [None, None]


async def test_it_signs_as_stripes_library_for_node_does():
    payload = '{"id":"evt_1","name":"双倍"}'
    asked = {"payload": payload, "secret": SECRET, "timestamp": 1767225600}
    [signed] = await asyncio.to_thread(ask, "stripe", [asked])
    assert signature(SECRET, 1767225600, payload.encode()).rsplit(",", 1)[0] == signed


async def test_stripes_library_for_node_sells_at_it(provider, clock):
    until = int((clock() + timedelta(hours=1)).timestamp())
    asked = {"url": provider.url, "key": KEY, "order": "K1", "expires_at": until}
    answer = await asyncio.to_thread(ask, "stripe", asked, "client.mjs")
    assert answer == {
        "same": True,
        "mismatch": "StripeIdempotencyError",
        "paid": ["complete", "paid"],
        "expired": "StripeInvalidRequestError",
        "refund": ["succeeded", 250],
        "refunds": 1,
        "received": 1250,
        "events": ["refund.created", "checkout.session.completed"],
        "missing": ["StripeInvalidRequestError", "resource_missing"],
    }


@pytest.mark.parametrize("hold", [29 * 60, 24 * 3600 + 60])
def test_a_session_lives_half_an_hour_to_a_day(provider, hold):
    with pytest.raises(Refused, match="30 minutes to 24 hours"):
        provider.books.open(ASKED | {"expires_at": str(int(provider._now()) + hold)})
