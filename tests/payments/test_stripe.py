"""Stripe Checkout against its double, over HTTP, in good and in bad times."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

import payments
from core.ground.errors import PartyError, PartySilent
from core.ground.money import Money
from core.parties import Payment, PaymentRail, RefundAnswer
from core.settling import PaymentNotice
from doubles.stripe import Stripe as Double
from payments import stripe as rails
from payments.stripe import Stripe
from tests.payments.stripes import ACCOUNT, KEY, SECRET, Clock, clock, provider, rail, request

__all__ = ["clock", "provider", "rail"]

LITTLE = Money(250, "USD")


async def paid(rail: Stripe, provider: Double, clock: Clock, key: str = "K1", total: Money | None = None) -> str:
    """The transaction of a payment that is paid now."""
    await rail.start(request(clock, key, total=total))
    return await provider.pay(key)


def test_it_keeps_the_contract():
    assert payments.load("stripe") is Stripe
    rail: PaymentRail = Stripe(api_key="rk_live_1", secret="", account=ACCOUNT)
    assert (rail.name, rail.mode, rail.listens, rail.abilities.authenticity) == ("stripe", "live", False, "strong")
    assert rail.abilities.shortest == timedelta(minutes=30)


def test_what_it_takes():
    takes = Stripe(api_key=KEY, secret=SECRET, account=ACCOUNT).abilities.takes
    assert takes(Money(50, "USD")) and takes(Money(99_999_999, "USD")) and takes(Money(999_999, "ISK"))
    assert not takes(Money(49, "USD")) and not takes(Money(100_000_000, "USD")) and not takes(Money(1_000_000, "ISK"))
    assert not takes(Money(100, "XTR")) and not takes(Money(100, "USDT"))


# Taking money


async def test_a_key_opens_one_session(rail, provider, clock):
    first, again = await rail.start(request(clock)), await rail.start(request(clock))
    assert first == again == Payment(first.reference, provider.books.sessions[first.reference]["url"])
    assert len(provider.books.sessions) == 1


async def test_what_stripe_is_told_of_an_order(rail, provider, clock):
    asked = request(clock, title="双倍\n<b>×2" + "长" * 300)
    opened = await rail.start(asked)
    session = provider.books.sessions[opened.reference]
    assert (session["amount_total"], session["currency"], session["locale"]) == (1250, "usd", "zh")
    assert session["client_reference_id"] == session["metadata"]["key"] == "K1"
    assert session["adaptive_pricing"] == {"enabled": False}
    assert session["expires_at"] == int((asked.expires_at + timedelta(minutes=31)).timestamp())
    intent = provider.books.intents[await provider.pay("K1")]
    assert intent["metadata"] == {"key": "K1", "number": "K7M2-94QF"}


@pytest.mark.parametrize("hold", [timedelta(minutes=1), timedelta(hours=6), timedelta(hours=24)])
async def test_a_hold_of_any_length_fits_into_a_session(rail, provider, clock, hold):
    asked = replace(request(clock), expires_at=clock() + hold)
    opened = await rail.start(asked)
    ends = provider.books.sessions[opened.reference]["expires_at"] - clock().timestamp()
    assert 30 * 60 <= ends <= 24 * 3600


async def test_the_truth_is_what_the_notice_should_have_said(rail, provider, clock):
    opened = await rail.start(request(clock))
    assert await rail.truth("K1", opened.reference) is None
    assert await rail.truth("never asked for", "") is None
    assert await rail.truth("never asked for", "cs_test_never") is None
    intent = await provider.pay("K1")
    for reference in (opened.reference, ""):
        truth = await rail.truth("K1", reference)
        assert truth == PaymentNotice(
            "stripe",
            opened.reference,
            intent,
            "K1",
            ACCOUNT,
            "test",
            "paid",
            Money(1250, "USD"),
            instrument="Xt5EWLLDS7FJjR1c",
            payer_country="SG",
            marks=("normal", "score 12"),
        )
    told = provider.told("K1")
    bare = replace(truth, event=notice_id(told.body), instrument="", payer_country="", marks=())
    assert rail.read(dict(told.headers), told.body, {}) == bare  # an event holds the page, not what it was paid with


@pytest.mark.parametrize(
    ("card", "outcome", "instrument", "country", "marks"),
    [
        ({"fingerprint": "f1", "country": "US"}, {"risk_level": "highest"}, "f1", "US", ("highest",)),
        ({}, {"risk_level": "elevated", "type": "manual_review"}, "", "", ("elevated", "manual_review")),
        ({"fingerprint": None, "country": None}, {"risk_level": "not_assessed", "risk_score": None}, "", "", ()),
        ({"fingerprint": 5}, {"risk_level": "highest"}, "", "", ()),  # of another shape: nothing is known of it
        ({"country": "United States"}, {}, "", "", ()),
    ],
)
async def test_what_stripe_says_of_a_payment(rail, provider, clock, card, outcome, instrument, country, marks):
    provider.books.card, provider.books.outcome = card, outcome
    opened = await rail.start(request(clock))
    await provider.pay("K1")
    truth = await rail.truth("K1", opened.reference)
    assert (truth.instrument, truth.payer_country, truth.marks) == (instrument, country, marks)


def notice_id(body: bytes) -> str:
    return body.decode().split('"id": "')[1].split('"')[0]


async def test_a_session_that_has_lapsed_is_followed_by_a_fresh_one(rail, provider, clock):
    asked = request(clock)
    first = await rail.start(asked)
    await rail.close("K1", first.reference)
    fresh = await rail.start(replace(asked, reference=first.reference))
    assert fresh.reference != first.reference
    assert fresh.link
    # whoever names the first one, none, or the fresh one is shown the fresh one
    for reference in (first.reference, None, fresh.reference):
        assert await rail.start(replace(asked, reference=reference)) == fresh
    await rail.close("K1", fresh.reference)
    third = await rail.start(replace(asked, reference=fresh.reference))
    assert len({first.reference, fresh.reference, third.reference}) == 3
    intent = await provider.pay("K1")
    truth = await rail.truth("K1", first.reference)  # asked by what we knew it by at first
    assert truth and truth.transaction == intent


async def test_without_a_second_look_a_lapsed_session_is_shown_again(rail, provider, clock, monkeypatch):
    """The control: Stripe answers a repeated key with the session as it was."""
    asked = request(clock)
    first = await rail.start(asked)
    await rail.close("K1", first.reference)

    async def nothing(_: str) -> None:
        return None

    monkeypatch.setattr(rail, "_session", nothing)
    shown = await rail.start(asked)
    assert shown == first
    assert provider.books.sessions[first.reference]["status"] == "expired"


async def test_another_language_finds_the_session_that_is_open(rail, provider, clock):
    first = await rail.start(request(clock))
    assert await rail.start(request(clock, locale="en", title="Steam $20")) == first
    await rail.close("K1", first.reference)
    fresh = await rail.start(request(clock, locale="en", title="Steam $20"))
    assert fresh.reference != first.reference
    assert len(provider.books.sessions) == 2


async def test_one_that_is_paid_has_no_page_any_more(rail, provider, clock):
    opened = await rail.start(request(clock))
    await provider.pay("K1")
    assert await rail.start(request(clock, reference=opened.reference)) == Payment(opened.reference, None)
    assert len(provider.books.sessions) == 1


async def test_money_that_takes_days(rail, provider, clock):
    opened = await rail.start(request(clock))
    await provider.pay("K1", slow=True)
    told = provider.told("K1")
    assert rail.read(dict(told.headers), told.body, {}) is None
    assert await rail.truth("K1", opened.reference) is None
    clock.forward(timedelta(days=3))
    provider.books.arrive(provider.books.behind("K1"))
    told = provider.told("K1")
    notice = rail.read(dict(told.headers), told.body, {})
    assert isinstance(notice, PaymentNotice)
    assert notice.state == "paid"
    truth = await rail.truth("K1", opened.reference)
    assert truth and truth.transaction == notice.transaction
    assert [each.transaction async for each in rail.day(clock())] == [notice.transaction]
    assert [each async for each in rail.day(clock() - timedelta(days=3))] == []


async def test_money_that_takes_days_and_never_comes(rail, provider, clock):
    await rail.start(request(clock))
    await provider.pay("K1", slow=True)
    provider.books.fail(provider.books.behind("K1"))
    told = provider.told("K1")
    notice = rail.read(dict(told.headers), told.body, {})
    assert isinstance(notice, PaymentNotice)
    assert notice.state == "failed"


async def test_a_closed_payment_takes_no_money(rail, provider, clock):
    opened = await rail.start(request(clock))
    await rail.close("K1", opened.reference)
    await rail.close("K1", opened.reference)
    await rail.close("never opened", "")
    await rail.close("never opened", "cs_test_never")
    with pytest.raises(Exception, match="expired"):
        await provider.pay("K1")


async def test_a_session_whose_answer_was_lost_is_closed_all_the_same(rail, provider, clock):
    provider.faults.give("open", "lost")
    with pytest.raises(PartySilent):
        await rail.start(request(clock))
    await rail.close("K1", "")
    assert [each["status"] for each in provider.books.sessions.values()] == ["expired"]


async def test_the_payment_that_raced_the_close_is_kept(rail, provider, clock):
    opened = await rail.start(request(clock))
    provider.faults.races = True
    await rail.close("K1", opened.reference)
    truth = await rail.truth("K1", opened.reference)
    assert truth and truth.state == "paid"
    await rail.close("K1", opened.reference)


@pytest.mark.parametrize("currency", ["ISK", "UGX", "JPY", "KWD", "MGA", "CNY"])
async def test_an_amount_goes_to_stripe_and_back_in_its_own_units(rail, provider, clock, currency):
    total = Money(12_300, currency)
    transaction = await paid(rail, provider, clock, total=total)
    stripes = {"ISK": 1_230_000, "UGX": 1_230_000, "JPY": 12_300, "KWD": 12_300, "MGA": 123, "CNY": 12_300}[currency]
    assert provider.books.intents[transaction]["amount"] == stripes
    truth = await rail.truth("K1", "")
    assert truth and truth.total == total
    assert (await rail.refund(transaction, "R1", total, "-")).state == "done"


async def test_counted_by_iso_alone_kronur_would_be_asked_for_in_hundredths(rail, provider, clock, monkeypatch):
    """The control."""
    monkeypatch.setattr("payments.stripe_objects.EXPONENTS", {})
    transaction = await paid(rail, provider, clock, total=Money(12_300, "ISK"))
    assert provider.books.intents[transaction]["amount"] == 12_300  # 123 krónur, as Stripe counts


@pytest.mark.parametrize("total", [Money(12_301, "KWD"), Money(12_301, "MGA")])
async def test_an_amount_that_stripe_can_not_take_is_refused_for_good(rail, provider, clock, total):
    for call in (rail.start(request(clock, total=total)), rail.refund("pi_1", "R1", total, "-")):
        with pytest.raises(PartyError) as refused:
            await call
        assert refused.value.permanent
    assert provider.calls == []


async def test_a_day_has_everything_paid_on_it(rail, provider, clock, monkeypatch):
    monkeypatch.setattr(rails, "PAGE", 2)
    transactions = {await paid(rail, provider, clock, f"K{number}") for number in range(5)}
    await rail.start(request(clock, "K9"))
    told = [notice async for notice in rail.day(datetime.now(UTC))]
    assert {notice.transaction for notice in told} == transactions
    assert len(told) == 5
    assert [notice async for notice in rail.day(datetime.now(UTC) - timedelta(days=1))] == []
    with pytest.raises(PartyError, match="thirty days"):
        _ = [notice async for notice in rail.day(datetime.now(UTC) - timedelta(days=40))]


async def test_a_session_is_found_on_any_page(rail, provider, clock, monkeypatch):
    monkeypatch.setattr(rails, "PAGE", 2)
    for number in range(5):
        await rail.start(request(clock, f"K{number}"))
    intent = await provider.pay("K0")
    truth = await rail.truth("K0", "")
    assert truth and truth.transaction == intent


# Giving it back


async def test_a_refund_happens_once_per_key(rail, provider, clock):
    transaction = await paid(rail, provider, clock)
    assert await rail.refund_truth("R1") is None
    first = await rail.refund(transaction, "R1", LITTLE, "-")
    assert first == await rail.refund(transaction, "R1", LITTLE, "-") == await rail.refund_truth("R1")
    assert first.state == "done"
    assert len(provider.books.refunds) == 1


async def test_a_refund_happens_once_however_much_later(rail, provider, clock):
    transaction = await paid(rail, provider, clock)
    first = await rail.refund(transaction, "R1", LITTLE, "-")
    clock.forward(timedelta(days=2))  # Stripe has forgotten the key
    assert await rail.refund(transaction, "R1", LITTLE, "-") == first
    assert len(provider.books.refunds) == 1


async def test_without_looking_first_it_would_happen_twice(rail, provider, clock, monkeypatch):
    """The control: two days later the Idempotency-Key guards nothing."""

    async def blind(*_: Any) -> None:
        return None

    monkeypatch.setattr(rail, "_refund_with", blind)
    transaction = await paid(rail, provider, clock)
    await rail.refund(transaction, "R1", LITTLE, "-")
    clock.forward(timedelta(days=2))
    await rail.refund(transaction, "R1", LITTLE, "-")
    assert len(provider.books.refunds) == 2


@pytest.mark.parametrize(("stripes", "ours"), [("pending", "pending"), ("failed", "failed")])
async def test_a_refund_may_end_otherwise(rail, provider, clock, stripes, ours):
    transaction = await paid(rail, provider, clock)
    provider.faults.refunds = stripes
    answer = await rail.refund(transaction, "R1", LITTLE, "-")
    why = "expired_or_canceled_card" if ours == "failed" else ""
    assert answer == RefundAnswer(ours, answer.reference, why)
    if ours == "pending":
        provider.books.refund_ends(provider.books.refunds[answer.reference], "succeeded")
        assert await rail.refund_truth("R1") == RefundAnswer("done", answer.reference)


@pytest.mark.parametrize("case", ["too much", "unknown", "disputed", "twice"])
async def test_a_refund_that_can_not_be_is_refused_for_good(rail, provider, clock, case):
    transaction, amount = await paid(rail, provider, clock), LITTLE
    match case:
        case "too much":
            amount = Money(1251, "USD")
        case "unknown":
            transaction = "pi_unknown"
        case "disputed":
            provider.books.dispute(transaction, None, "needs_response", None)
        case "twice":
            await rail.refund(transaction, "R0", Money(1250, "USD"), "-")
    with pytest.raises(PartyError) as refused:
        await rail.refund(transaction, "R1", amount, "-")
    assert refused.value.permanent
    assert not isinstance(refused.value, PartySilent)


@pytest.mark.parametrize(
    ("trouble", "happened"), [("lost", True), ("silent", False), ("broken", False), ("nonsense", False)]
)
async def test_a_refund_without_an_answer_is_unknown(rail, provider, clock, trouble, happened):
    transaction = await paid(rail, provider, clock)
    rail._wire.http.timeout = httpx.Timeout(0.5)
    provider.faults.give("refund", trouble)
    with pytest.raises(PartySilent):
        await rail.refund(transaction, "R1", LITTLE, "-")
    assert (await rail.refund_truth("R1") is not None) == happened
    assert (await rail.refund(transaction, "R1", LITTLE, "-")).state == "done"
    assert len(provider.books.refunds) == 1


async def test_a_refund_that_broke_at_stripe_waits_until_it_has_forgotten(rail, provider, clock):
    transaction = await paid(rail, provider, clock)
    provider.faults.give("refund", "failed")
    for _ in range(3):
        with pytest.raises(PartySilent):
            await rail.refund(transaction, "R1", LITTLE, "-")
    clock.forward(timedelta(hours=25))
    assert (await rail.refund(transaction, "R1", LITTLE, "-")).state == "done"
    assert len(provider.books.refunds) == 1


async def test_a_busy_stripe_has_refunded_nothing(rail, provider, clock):
    transaction = await paid(rail, provider, clock)
    provider.faults.give("refund", "busy")
    with pytest.raises(PartyError, match="429") as refused:
        await rail.refund(transaction, "R1", LITTLE, "-")
    assert not refused.value.permanent
    assert not isinstance(refused.value, PartySilent)


async def test_a_refund_answered_about_another_one_is_unknown(rail, provider, clock):
    transaction = await paid(rail, provider, clock)
    provider.books.give_back(transaction, 100, {"key": "R1"}, "succeeded")  # less than we are about to ask for
    with pytest.raises(PartySilent, match="another refund"):
        await rail.refund(transaction, "R1", LITTLE, "-")


# The network


def calls(rail: Stripe, clock: Clock) -> dict[str, Any]:
    return {
        "open": rail.start(request(clock, "K2")),
        "session": rail.truth("K1", "cs_test_1"),
        "refunds": rail.refund_truth("R1"),
        "sessions": rail.close("K1", ""),
        "account": rail.well(),
    }


async def test_nobody_there_is_worth_another_try(clock):
    rail = Stripe(api_key=KEY, secret=SECRET, account=ACCOUNT, api="http://127.0.0.1:9", clock=clock)
    for call in (*calls(rail, clock).values(), rail.refund("pi_1", "R1", LITTLE, "-")):
        with pytest.raises(PartyError, match="not reached") as failed:
            await call
        assert not failed.value.permanent
        assert not isinstance(failed.value, PartySilent)
    await rail.aclose()


@pytest.mark.parametrize("trouble", ["broken", "failed", "lost", "silent", "busy", "nonsense"])
async def test_whatever_else_fails_is_worth_another_try(rail, provider, clock, trouble, monkeypatch):
    monkeypatch.setattr("payments.wire.READS", 1)
    rail._wire.http.timeout = httpx.Timeout(0.5)
    for name, call in calls(rail, clock).items():
        provider.faults.give(name, trouble)
        with pytest.raises(PartyError) as failed:
            await call
        assert not failed.value.permanent, name
    opened = await rail.start(request(clock, "K2"))
    assert provider.books.sessions[opened.reference]["status"] == "open"
    assert opened.link


async def test_a_wrong_key_can_be_mended_and_stays_out_of_the_message(provider, clock):
    rail = Stripe(api_key="sk_test_other", secret=SECRET, account=ACCOUNT, api=provider.url, clock=clock)
    with pytest.raises(PartyError, match="401") as refused:
        await rail.refund("pi_1", "R1", LITTLE, "-")
    assert not refused.value.permanent
    assert not isinstance(refused.value, PartySilent)
    assert "other" not in str(refused.value)
    await rail.aclose()


async def test_it_is_well_when_the_key_is_of_our_account_and_may_take_money(rail, provider):
    await rail.well()
    provider.account["charges_enabled"] = False
    with pytest.raises(PartyError, match="no money") as refused:
        await rail.well()
    assert not refused.value.permanent
    provider.account["id"] = "acct_other"
    with pytest.raises(PartyError, match="another account") as refused:
        await rail.well()
    assert refused.value.permanent


@pytest.mark.parametrize(
    ("other", "permanent"),
    [
        ({"client_reference_id": "K2"}, True),
        ({"metadata": {"key": "K2"}}, True),
        ({"livemode": True}, True),
        ({"amount_total": 1}, True),
        ({"currency": "eur"}, True),
        ({"amount_total": 12.5}, False),
        ({"amount_total": "1250"}, False),
        ({"amount_total": None}, False),
        ({"status": "?"}, False),
        ({"url": "javascript:alert(1)"}, False),
        ({"object": 5}, False),
    ],
    ids=str,
)
async def test_a_page_of_something_else_is_not_shown_to_the_buyer(rail, provider, clock, other, permanent):
    opened = await rail.start(request(clock))
    provider.books.sessions[opened.reference] |= other
    with pytest.raises(PartyError) as refused:
        await rail.start(request(clock, reference=opened.reference))
    assert refused.value.permanent == permanent


async def test_without_a_look_at_it_any_page_would_be_shown(rail, provider, clock, monkeypatch):
    """The control."""
    opened = await rail.start(request(clock))
    provider.books.sessions[opened.reference] |= {"amount_total": 1, "livemode": True}
    monkeypatch.setattr(rail, "_ours", lambda *_: None)
    assert await rail.start(request(clock, reference=opened.reference)) == opened


async def test_a_truth_of_another_payment_is_none(rail, provider, clock):
    opened = await rail.start(request(clock))
    await provider.pay("K1")
    with pytest.raises(PartyError, match="another payment"):
        await rail.truth("K2", opened.reference)
    provider.books.sessions[opened.reference]["livemode"] = True
    with pytest.raises(PartyError, match="another payment or mode"):
        await rail.truth("K1", opened.reference)


async def test_a_reference_leads_nowhere_else(rail, provider, clock):
    for reference in ("../account", "cs_test_1/expire", "cs\n1", "?a=1"):
        assert await rail.truth("K1", reference) is None


async def test_a_redirect_is_not_followed(rail):
    def elsewhere(_: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"location": "http://169.254.169.254/"}, content=b"{}")

    rail._wire.http = httpx.AsyncClient(transport=httpx.MockTransport(elsewhere))
    with pytest.raises(PartyError):
        await rail.truth("K1", "cs_test_1")


@pytest.mark.parametrize("answer", [b"", b"<html>", b"[]", b"null", b"5", b'{"error": 5}', b"[" * 10_000, b"\xff"])
@pytest.mark.parametrize("status", [200, 400, 500])
async def test_nonsense_is_no_answer(rail, answer, status):
    rail._wire.http = httpx.AsyncClient(
        transport=httpx.MockTransport(lambda _: httpx.Response(status, content=answer)),
    )
    with pytest.raises(PartyError):
        await rail.truth("K1", "cs_test_1")


async def test_stripe_hears_nothing_of_this_machine(rail, provider, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    heard: list[httpx.Headers] = []

    async def note(sent: httpx.Request) -> None:
        heard.append(sent.headers)

    rail._wire.http.event_hooks = {"request": [note]}
    await rail.well()
    await rail.well()
    told = " ".join(f"{name} {value}" for headers in heard for name, value in headers.items())
    assert "telemetry" not in told.lower()
    assert "platform" not in told
    assert os.listdir(tmp_path) == []
