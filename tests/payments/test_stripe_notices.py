"""What Stripe tells of money: every kind of it read, and every forgery refused (C1, C2, C5)."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
import stripe as library
from hypothesis import given, settings
from hypothesis import strategies as st

from core.chargebacks import RefundNotice, SuspicionNotice
from core.disputes import DisputeNotice
from core.ground.errors import ForgedNotice
from core.ground.money import EXPONENTS, Money
from core.notices import Notice
from core.settling import PaymentNotice
from doubles import stripe_objects as shapes
from doubles.stripe import Stripe as Double
from doubles.stripe_notices import signature
from doubles.stripe_terms import TENS, WHOLE, ZERO
from doubles.telling import Told
from payments import stripe_objects as objects
from payments.stripe import LARGEST, Stripe
from tests.oracles import ask
from tests.payments.mutated import JSON_VALUES, changed, flipped, spliced
from tests.payments.stripes import ACCOUNT, KEY, SECRET, Clock, clock, provider, rail, request

__all__ = ["clock", "provider", "rail"]

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HEADER = "stripe-signature"
PRICE = {"quantity": 1, "price_data": {"currency": "usd", "unit_amount": 1250}}
SESSION = shapes.session(
    {"line_items": [PRICE], "client_reference_id": "K1", "metadata": {"key": "K1", "number": "K7M2-94QF"}},
    livemode=False,
    created=1767225590,
    base="https://checkout.stripe.com",
) | {"id": "cs_test_1", "status": "complete", "payment_status": "paid", "payment_intent": "pi_1", "url": None}
TOLD = shapes.event("checkout.session.completed", SESSION, livemode=False, created=1767225600) | {"id": "evt_1"}
BODY = json.dumps(TOLD, separators=(",", ":")).encode()
NOTICE = PaymentNotice("stripe", "evt_1", "pi_1", "K1", ACCOUNT, "test", "paid", Money(1250, "USD"))


def offline(secret: str = SECRET, kind: type[Stripe] = Stripe, at: datetime = NOW, key: str = KEY) -> Stripe:
    """A rail that verifies notices, and has nobody to call."""
    return kind(api_key=key, secret=secret, account=ACCOUNT, api="http://127.0.0.1:9", clock=lambda: at)


RAIL = offline()


def signed(body: bytes, at: datetime = NOW, secret: str = SECRET) -> dict[str, str]:
    """By hand, so that a body that is no text can be signed as well."""
    moment = int(at.timestamp())
    made = hmac.new(secret.encode(), f"{moment}.".encode() + body, "sha256").hexdigest()
    return {HEADER: f"t={moment},v1={made}"}


GOOD = signed(BODY)[HEADER]


def about(changes: dict[str, Any], **event: Any) -> bytes:
    """The notice with its session, or itself, changed."""
    return json.dumps(TOLD | {"data": {"object": SESSION | changes}} | event).encode()


def read(rail: Stripe, told: Told) -> Notice | None:
    return rail.read({name.lower(): value for name, value in told.headers.items()}, told.body, {})


# What is told


async def test_what_stripes_own_library_signs_is_read():
    changed = BODY.decode().replace("pi_1", "pi_2")
    question = [{"payload": each, "secret": SECRET, "timestamp": 1767225600} for each in (BODY.decode(), changed)]
    headers = await asyncio.to_thread(ask, "stripe", question)
    assert headers[0] == GOOD
    assert RAIL.read({HEADER: headers[0]}, BODY, {}) == NOTICE
    assert RAIL.read({HEADER: headers[1]}, changed.encode(), {}) == replace(NOTICE, transaction="pi_2")
    with pytest.raises(ForgedNotice):
        RAIL.read({HEADER: headers[1]}, BODY, {})


async def paid(rail: Stripe, provider: Double, clock: Clock) -> str:
    await rail.start(request(clock))
    return await provider.pay("K1")


async def test_what_happens_besides_says_nothing_of_money(rail, provider, clock):
    await paid(rail, provider, clock)
    for kind in ("charge.succeeded", "payment_intent.succeeded"):
        assert read(rail, provider.last(kind)) is None


async def test_a_page_that_lapses_is_told_as_closed(rail, provider, clock):
    opened = await rail.start(request(clock))
    await rail.close("K1", opened.reference)
    notice = read(rail, provider.told("K1"))
    assert isinstance(notice, PaymentNotice)
    assert (notice.state, notice.key, notice.transaction) == ("closed", "K1", opened.reference)


async def test_a_page_that_we_did_not_make_is_none_of_ours(rail, provider, clock):
    await rail.start(request(clock))
    session = provider.books.behind("K1")
    for metadata, reference in (({}, "K1"), ({"key": "K2"}, "K1"), ({"key": "K1"}, None)):
        session |= {"metadata": metadata, "client_reference_id": reference, "status": "open"}
        provider.books.pay(session)
        assert read(rail, provider.last("checkout.session.completed")) is None


async def test_without_our_mark_anybodys_page_would_be_ours(rail, provider, clock, monkeypatch):
    """The control: a buyer can put an order's key into the address of a Payment Link of the same account."""
    monkeypatch.setattr(objects.Session, "ours", True)
    await rail.start(request(clock))
    session = provider.books.behind("K1")
    session["metadata"] = {}
    await provider.pay("K1")
    notice = read(rail, provider.last("checkout.session.completed"))
    assert isinstance(notice, PaymentNotice)
    assert notice.state == "paid"


async def test_a_refund_is_told_by_its_id_and_our_key(rail, provider, clock):
    intent = await paid(rail, provider, clock)
    answer = await rail.refund(intent, "R1", Money(250, "USD"), "-")
    notice = read(rail, provider.last("refund.created"))
    assert notice == RefundNotice(
        "stripe", event_of(provider), ACCOUNT, intent, answer.reference, Money(250, "USD"), "R1"
    )
    assert read(rail, provider.last("charge.refunded")) is None  # it doesn't say which refund


def event_of(provider: Double, kind: str = "refund.created") -> str:
    return json.loads(provider.last(kind).body)["id"]


async def test_a_refund_made_at_stripe_has_no_key_of_ours(rail, provider, clock):
    intent = await paid(rail, provider, clock)
    made = provider.books.give_back(intent, None, {}, "pending")
    assert read(rail, provider.last("refund.created")) is None  # not before it has come through
    provider.books.refund_ends(made, "succeeded")
    notice = read(rail, provider.last("refund.updated"))
    assert isinstance(notice, RefundNotice)
    assert (notice.reference, notice.total, notice.key) == (made["id"], Money(1250, "USD"), "")


async def test_a_refund_that_came_back_is_no_refund(rail, provider, clock):
    intent = await paid(rail, provider, clock)
    provider.books.refund_ends(provider.books.give_back(intent, 250, {}, "pending"), "failed")
    assert read(rail, provider.last("refund.failed")) is None


async def test_an_endpoint_of_an_old_version_tells_of_refunds_in_their_charge(rail, provider, clock):
    intent = await paid(rail, provider, clock)
    provider.faults.old_version = True
    for amount in (100, 250):
        made = provider.books.give_back(intent, amount, {"key": f"R{amount}"}, "succeeded")
        notice = read(rail, provider.last("charge.refunded"))
        assert isinstance(notice, RefundNotice)
        assert (notice.reference, notice.total.amount, notice.key) == (made["id"], amount, f"R{amount}")


STATES: dict[str, Literal["open", "won", "lost"]] = {
    "warning_needs_response": "open",
    "warning_under_review": "open",
    "warning_closed": "won",
    "needs_response": "open",
    "under_review": "open",
    "appeal_needs_response": "open",
    "a state of next year": "open",
    "won": "won",
    "prevented": "won",
    "lost": "lost",
}


@pytest.mark.parametrize("status", STATES)
async def test_a_dispute_is_told_as_it_stands(rail, provider, clock, status):
    intent = await paid(rail, provider, clock)
    due = int(clock().timestamp()) + 900_000
    made = provider.books.dispute(intent, 1000, "needs_response", due)
    provider.books.dispute_ends(made, status)
    for kind in ("charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.closed"):
        notice = read(rail, provider.last(kind))
        state = STATES[status] if kind.endswith("closed") else "open"
        assert notice == DisputeNotice(
            "stripe", ACCOUNT, intent, made["id"], state, Money(1000, "USD"), datetime.fromtimestamp(due, UTC),
            event=event_of(provider, kind),
        )  # fmt: skip


@pytest.mark.parametrize("due", [None, 0])
async def test_a_dispute_without_a_day_gets_the_shortest(rail, provider, clock, due):
    intent = await paid(rail, provider, clock)
    made = provider.books.dispute(intent, None, "needs_response", due)
    notice = read(rail, provider.last("charge.dispute.created"))
    assert isinstance(notice, DisputeNotice)
    assert notice.evidence_by == datetime.fromtimestamp(made["created"], UTC) + timedelta(days=7)


async def test_doubts_are_told_with_stripes_word_for_them(rail, provider, clock):
    intent = await paid(rail, provider, clock)
    provider.books.warn(intent)
    provider.books.look_into(intent)
    warned, looked_at = "radar.early_fraud_warning.created", "review.opened"
    told = ((warned, "made_with_stolen_card", "fraud_warning"), (looked_at, "rule", "review"))
    for kind, why, mark in told:
        notice = read(rail, provider.last(kind))
        assert notice == SuspicionNotice("stripe", event_of(provider, kind), ACCOUNT, intent, why, mark)


# Amounts


@pytest.mark.parametrize("currency", sorted(objects.CURRENCIES))
def test_an_amount_comes_back_as_it_went(currency):
    for amount in (*range(1, 400), 12_300, 99_990):
        total = Money(amount, currency)
        try:
            stripes = objects.units(total)
        except ValueError:
            assert currency in (*objects.TENS, "MGA")
            continue
        assert objects.counted(stripes, currency.lower()) == total
        assert not (currency.lower() in TENS and stripes % 10)
        assert not (currency.lower() in WHOLE and stripes % 100)
        assert stripes == int(total.decimal * 10 ** (0 if currency.lower() in ZERO else objects.exponent(currency)))


def test_stripe_counts_as_we_do_but_for_three():
    ours = {currency: EXPONENTS.get(currency, 2) for currency in objects.CURRENCIES}
    stripes = {currency: 0 if currency.lower() in ZERO else 3 if currency.lower() in TENS else 2 for currency in ours}
    assert {currency for currency in ours if ours[currency] != stripes[currency]} == {"ISK", "UGX", "MGA"}


@pytest.mark.parametrize(("amount", "currency"), [(550, "isk"), (5, "ugx"), (0, "usd")])
def test_parts_that_a_currency_does_not_have_make_no_notice(amount, currency):
    body = about({"amount_total": amount, "currency": currency})
    with pytest.raises(ForgedNotice):
        RAIL.read(signed(body), body, {})


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"amount_total": 1}, {"total": Money(1, "USD")}),
        ({"currency": "jpy"}, {"total": Money(1250, "JPY")}),
        ({"client_reference_id": "K9", "metadata": {"key": "K9"}}, {"key": "K9"}),
    ],
    ids=str,
)
def test_what_stripe_signed_is_told_as_it_is(changes, says):
    """Another sum, currency or order is no forgery: the core knows what was asked for, and keeps it as it came."""
    body = about(changes)
    assert RAIL.read(signed(body), body, {}) == replace(NOTICE, **says)


# Forgeries


def test_a_header_may_be_written_in_any_case():
    assert RAIL.read({"Stripe-Signature": GOOD}, BODY, {}) == NOTICE


@pytest.mark.parametrize("minutes", [-4.9, 4.9])
def test_clocks_may_differ_a_little(minutes):
    assert offline(at=NOW + timedelta(minutes=minutes)).read({HEADER: GOOD}, BODY, {}) == NOTICE


def test_while_a_secret_is_replaced_both_sign():
    other = signed(BODY, secret="whsec_new")[HEADER].partition(",")[2]
    for header in (f"{GOOD},{other}", f"{GOOD.partition(',')[0]},{other},{GOOD.partition(',')[2]},v0={'0' * 64}"):
        assert RAIL.read({HEADER: header}, BODY, {}) == NOTICE
        assert offline("whsec_new").read({HEADER: header}, BODY, {}) == NOTICE


def digest(algorithm: str) -> str:
    return hmac.new(SECRET.encode(), b"1767225600." + BODY, algorithm).hexdigest()


RESERIALISED = json.dumps(TOLD).encode()
PLAIN = hashlib.sha256(BODY).hexdigest()
FORGERIES: dict[str, tuple[Mapping[str, str], bytes]] = {
    "no signature": ({}, BODY),
    "an empty one": ({HEADER: ""}, BODY),
    "another secret": (signed(BODY, secret="whsec_other"), BODY),
    "an empty secret": (signed(BODY, secret=""), BODY),
    "another algorithm": ({HEADER: f"t=1767225600,v1={digest('md5')}"}, BODY),
    "a longer digest under the same name": ({HEADER: f"t=1767225600,v1={digest('sha512')}"}, BODY),
    "a version that proves nothing": ({HEADER: GOOD.replace("v1", "v0")}, BODY),
    "a version nobody knows": ({HEADER: GOOD.replace("v1", "v2")}, BODY),
    "no version": ({HEADER: GOOD.replace("v1=", "")}, BODY),
    "signed without a time": ({HEADER: f"v1={PLAIN}"}, BODY),
    "signed without a secret": ({HEADER: f"t=1767225600,v1={PLAIN}"}, BODY),
    "two times": ({HEADER: f"t=1767225600,{GOOD}"}, BODY),
    "the header twice": ({HEADER: f"{GOOD}, {GOOD}"}, BODY),
    "the header in two cases": ({HEADER: GOOD, "Stripe-Signature": GOOD}, BODY),
    "another header": ({"x-signature": GOOD}, BODY),
    "the body written anew": ({HEADER: GOOD}, RESERIALISED),
    "an old one": (signed(BODY, NOW - timedelta(minutes=6)), BODY),
    "one from the future": (signed(BODY, NOW + timedelta(minutes=6)), BODY),
    "a moved time": ({HEADER: GOOD.replace("1767225600", "1767225601")}, BODY),
    "digits of another script": ({HEADER: GOOD.replace("1767225600", "١٧٦٧٢٢٥٦٠٠")}, BODY),
    "upper case": ({HEADER: GOOD.upper()}, BODY),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_refused(name):
    headers, body = FORGERIES[name]
    with pytest.raises(ForgedNotice):
        RAIL.read(headers, body, {})


class Trusting(Stripe):
    """Without the guard."""

    def _verify(self, headers: Mapping[str, str], body: bytes) -> None:
        pass


@pytest.mark.parametrize("name", FORGERIES)
def test_without_verification_every_forgery_is_believed(name):
    headers, body = FORGERIES[name]
    assert offline(kind=Trusting).read(headers, body, {}) == NOTICE


def test_without_a_secret_nothing_is_believed():
    assert not offline(secret="").listens
    with pytest.raises(ForgedNotice):
        offline(secret="").read(signed(BODY, secret=""), BODY, {})


def test_stripes_own_library_would_let_the_future_and_a_second_header_pass():
    """Why ours is stricter. 2100 is beyond any tolerance, and verify_header believes it."""
    at = datetime(2100, 1, 1, tzinfo=UTC)
    header = signed(BODY, at)[HEADER]
    assert library.WebhookSignature.verify_header(BODY, f"{header}, {header}", SECRET)
    with pytest.raises(ForgedNotice, match="another time"):
        RAIL.read({HEADER: header}, BODY, {})


WRONG_MODE = [
    (about({}, livemode=True), KEY),
    (BODY, "sk_live_of_the_shop"),
    (about({}, account="acct_other"), KEY),
]  # fmt: skip


@pytest.mark.parametrize(("body", "key"), WRONG_MODE)
def test_another_mode_or_account_is_refused(body, key):
    with pytest.raises(ForgedNotice, match="another account or mode"):
        offline(key=key).read(signed(body), body, {})


class Careless(Stripe):
    """Without the other guard."""

    def _concerns_us(self, event: objects.Event) -> bool:
        return True


@pytest.mark.parametrize(("body", "key"), WRONG_MODE)
def test_without_a_look_at_them_another_mode_or_account_is_believed(body, key):
    assert offline(kind=Careless, key=key).read(signed(body), body, {}) == NOTICE


def test_our_account_may_be_named():
    body = about({}, account=ACCOUNT)
    assert RAIL.read(signed(body), body, {}) == NOTICE


def test_a_live_event_about_a_test_session_says_test():
    """The core refuses it: the order was frozen as live."""
    body = about({}, livemode=True)
    notice = offline(key="sk_live_1").read(signed(body), body, {})
    assert isinstance(notice, PaymentNotice)
    assert notice.mode == "test"


WRONG: list[Any] = [
    {"amount_total": -1},
    {"amount_total": 0},
    {"amount_total": 12.5},
    {"amount_total": 1250.0},
    {"amount_total": "1250"},
    {"amount_total": True},
    {"amount_total": None},
    {"amount_total": 10**15},
    {"amount_total": float("nan")},
    {"currency": ""},
    {"currency": None},
    {"currency": 840},
    {"payment_status": "refunded"},
    {"payment_intent": None},
    {"payment_intent": ["pi_1"]},
    {"payment_intent": "pi 1"},
    {"payment_intent": "p" * 121},
    {"livemode": "false"},
    {"metadata": {"key": 1}},
    {"metadata": "K1"},
    {"client_reference_id": "\ud800"},
    {"object": "charge"},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_what_is_signed_but_makes_no_sense_is_refused(wrong):
    body = about(wrong)
    with pytest.raises(ForgedNotice):
        RAIL.read(signed(body), body, {})


NO_NOTICE = {
    "nothing": b"",
    "null": b"null",
    "a list": b"[]",
    "not UTF-8": b"\xff\xfe",
    "NUL": b"\x00",
    "cut off": BODY[:-1],
    "something after it": BODY + b"}",
    "a name twice": BODY.replace(b'"amount_total":1250', b'"amount_total":1250,"amount_total":1'),
    "an endless number": BODY.replace(b"1250", b"1" * 5000),
    "lists too deep": b"[" * 60_000,
    "objects too deep": b'{"a":' * 10_000,
    "too big": BODY + b" " * LARGEST,
    "an event of another kind": BODY.replace(b'"object":"event"', b'"object":"v2.core.event"'),
    "an envelope of a cloud's": json.dumps({"detail": TOLD}).encode(),
    "an event without an id": about({}, id=""),
    "an event with an id of two lines": about({}, id="evt\n1"),
}


@pytest.mark.parametrize("name", NO_NOTICE)
def test_what_is_signed_but_no_notice_is_refused(name):
    with pytest.raises(ForgedNotice):
        RAIL.read(signed(NO_NOTICE[name]), NO_NOTICE[name], {})


FIELDS = ["amount_total", "currency", "payment_intent", "payment_status", "metadata", "client_reference_id", "livemode"]


@st.composite
def mutations(draw: st.DrawFn) -> tuple[dict[str, str], bytes]:
    """A notice changed somewhere: in its bytes, its header, its time, or in what Stripe itself signs."""
    headers, body = {HEADER: GOOD}, BODY
    match draw(st.integers(0, 7)):
        case 0:
            body = flipped(draw, BODY)
        case 1:
            body = spliced(draw, BODY)
        case 2:
            where = draw(st.integers(0, len(GOOD) - 1))
            headers = {HEADER: GOOD[:where] + draw(st.characters()) + GOOD[where + 1 :]}
        case 3:
            headers = draw(st.dictionaries(st.sampled_from([HEADER, "x", "Stripe-Signature"]), st.text()))
        case 4:
            body = about({draw(st.sampled_from(FIELDS)): draw(JSON_VALUES)})
            headers = signed(body)
        case 5:
            kind = draw(st.sampled_from(sorted(objects.READS)) | st.text(max_size=20))
            body = about({}, type=kind, data={"object": draw(JSON_VALUES | st.just(SESSION))})
            headers = signed(body)
        case 6:
            body = draw(st.binary(max_size=200))
            headers = signed(body)
        case _:
            moved = draw(st.integers(-(10**6), 10**6))
            headers = signed(BODY, NOW + timedelta(seconds=moved))
    return headers, body


def true(notice: Notice, body: bytes) -> bool:
    """Whether it says what the signed bytes say, and no more than Stripe may say."""
    event = json.loads(body)
    session = event["data"]["object"]
    return notice == PaymentNotice(
        "stripe",
        event["id"],
        session["payment_intent"] if notice_is_paid(notice) else session["payment_intent"] or session["id"],
        session["metadata"]["key"],
        ACCOUNT,
        "live" if session["livemode"] else "test",
        notice.state if isinstance(notice, PaymentNotice) else "paid",
        objects.counted(session["amount_total"], session["currency"]),
    ) and (not notice_is_paid(notice) or session["payment_status"] == "paid")


def notice_is_paid(notice: Notice) -> bool:
    return isinstance(notice, PaymentNotice) and notice.state == "paid"


def refused_or_true(headers: Mapping[str, str], body: bytes) -> None:
    """Whatever comes, it is refused as a forgery, or it is what Stripe signed just now, and says just that."""
    try:
        notice = RAIL.read(headers, body, {})
    except ForgedNotice:
        return
    moment = datetime.fromtimestamp(int(headers[HEADER][2:].partition(",")[0]), UTC)
    assert headers[HEADER] == signed(body, moment)[HEADER]
    assert abs(moment - NOW) <= timedelta(minutes=5)
    assert notice is None or true(notice, body)


@settings(max_examples=1_000, deadline=None)
@given(mutations())
def test_what_hypothesis_thinks_of_is_refused_or_true(mutated):
    refused_or_true(*mutated)


def test_ten_thousand_changed_bytes_are_refused():
    for whole in changed(GOOD.encode() + BODY, 10_000):
        header, body = whole[: len(GOOD)].decode("latin-1"), whole[len(GOOD) :]
        with pytest.raises(ForgedNotice):
            RAIL.read({HEADER: header}, body, {})


def test_the_double_signs_as_this_test_does():
    assert signature(SECRET, 1767225600, BODY).startswith(GOOD)


def test_what_is_logged_about_a_forgery_holds_no_secret():
    with pytest.raises(ForgedNotice) as refused:
        RAIL.read(signed(BODY, secret="whsec_other"), BODY, {})
    assert SECRET not in str(refused.value)
    assert "evt_1" not in str(refused.value)
