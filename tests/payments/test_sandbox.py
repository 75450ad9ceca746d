"""The test rail against its provider, over HTTP, in good and in bad times; and against forgers."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import payments
from core import notices
from core.ground.errors import ForgedNotice, PartyError, PartySilent
from core.ground.money import Money
from core.parties import Payment, PaymentRail, PaymentRequest, RefundAnswer
from core.settling import PaymentNotice
from doubles.sandbox import press
from doubles.sandbox_notices import signature
from payments.sandbox import LARGEST, Sandbox
from tests.doors import API_KEY, SECRET
from tests.payments.mutated import JSON_VALUES, changed, flipped, spliced

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HEADER = "sandbox-signature"
TOLD = {
    "event": "evt_1",
    "account": "sandbox-shop",
    "mode": "test",
    "key": "K1",
    "state": "paid",
    "transaction": "txn_1",
    "amount": 1250,
    "currency": "CNY",
}
BODY = json.dumps(TOLD, separators=(",", ":")).encode()
NOTICE = PaymentNotice(
    rail="sandbox",
    event="evt_1",
    transaction="txn_1",
    key="K1",
    account="sandbox-shop",
    mode="test",
    state="paid",
    total=Money(1250, "CNY"),
)
# made with: (printf '1767225600.'; cat body.json) | openssl dgst -sha256 -hmac "the provider's secret"
OPENSSL = "t=1767225600,sha256=fb1093ff0e9162fd8bdc1d7d8221a6553e231ab178214a03a9337e5a97834809"


def offline(secret: str = SECRET, kind: type[Sandbox] = Sandbox, at: datetime = NOW) -> Sandbox:
    """A rail that verifies notices, and has nobody to call."""
    return kind("http://127.0.0.1:9", api_key=API_KEY, secret=secret, notify_url="-", clock=lambda: at)


def signed(body: bytes, at: datetime = NOW, secret: str = SECRET) -> dict[str, str]:
    return {HEADER: signature(secret, at, body)}


def request(key: str = "K1", title: str = "Steam 20") -> PaymentRequest:
    until = datetime.now(UTC) + timedelta(minutes=15)
    return PaymentRequest(key, "K7M2-94QF", Money(1250, "CNY"), until, title, "zh-CN", "https://shop.example/orders/1")


async def paid(rail: Sandbox, key: str = "K1") -> str:
    """The transaction of a payment that is paid now."""
    opened = await rail.start(request(key))
    await press(str(opened.link), "pay")
    truth = await rail.truth(key, opened.reference)
    assert truth is not None
    return truth.transaction


def test_a_rail_is_found_by_its_name():
    assert payments.load("sandbox") is Sandbox
    with pytest.raises(LookupError, match="sandbox"):
        payments.load("other")


def test_it_keeps_the_contract():
    rail: PaymentRail = offline()
    assert (rail.name, rail.mode, rail.abilities.confirm) == ("sandbox", "test", True)


# Taking money


async def test_a_key_opens_one_payment(rail, provider):
    first, again = await rail.start(request()), await rail.start(request())
    assert first == again == Payment(first.reference, f"{provider.url}/pay/{first.reference}")


async def test_the_truth_is_what_the_notice_should_have_said(rail):
    opened = await rail.start(request())
    assert await rail.truth("K1", opened.reference) is None
    assert await rail.truth("never asked for", "") is None
    await press(str(opened.link), "pay")
    truth = await rail.truth("K1", opened.reference)
    assert truth == PaymentNotice(
        "sandbox", truth.event, truth.transaction, "K1", "sandbox-shop", "test", "paid", Money(1250, "CNY")
    )


async def test_keys_and_titles_travel_whatever_is_in_them(rail):
    opened = await rail.start(request("K7/M2?x=1&y#z%20", title="双倍\n<b>×2" + "长" * 300))
    await press(str(opened.link), "pay")
    assert await rail.truth("K7/M2?x=1&y#z%20", "") is not None


async def test_a_closed_payment_takes_no_money(rail):
    opened = await rail.start(request())
    await rail.close("K1", opened.reference)
    await rail.close("K1", opened.reference)
    await rail.close("never opened", "")
    with pytest.raises(ValueError, match="no button"):
        await press(str(opened.link), "pay")


async def test_a_day_has_everything_paid_on_it(rail, monkeypatch):
    monkeypatch.setattr("doubles.sandbox.PAGE", 2)
    transactions = {await paid(rail, f"K{number}") for number in range(5)}
    await rail.start(request("K9"))
    told = [notice async for notice in rail.day(datetime.now(UTC))]
    assert {notice.transaction for notice in told} == transactions
    assert len(told) == 5
    assert [notice async for notice in rail.day(datetime.now(UTC) - timedelta(days=1))] == []


# Giving it back


async def test_a_refund_happens_once_per_key(rail):
    transaction = await paid(rail)
    assert await rail.refund_truth("R1") is None
    first = await rail.refund(transaction, "R1", Money(250, "CNY"), "-")
    assert first == await rail.refund(transaction, "R1", Money(250, "CNY"), "-") == await rail.refund_truth("R1")
    assert first.state == "done"


@pytest.mark.parametrize("state", ["pending", "failed"])
async def test_a_refund_may_end_otherwise(rail, provider, state):
    transaction = await paid(rail)
    provider.faults.refunds = state
    answer = await rail.refund(transaction, "R1", Money(250, "CNY"), "-")
    assert answer == RefundAnswer(state, answer.reference, "bank-refused" if state == "failed" else "")


async def test_more_than_was_paid_is_refused_for_good(rail):
    transaction = await paid(rail)
    with pytest.raises(PartyError, match="too-much") as refused:
        await rail.refund(transaction, "R1", Money(1251, "CNY"), "-")
    assert refused.value.permanent
    assert not isinstance(refused.value, PartySilent)


@pytest.mark.parametrize(("trouble", "happened"), [("lost", True), ("silent", False), ("broken", False)])
async def test_a_refund_without_an_answer_is_unknown(rail, provider, trouble, happened):
    transaction = await paid(rail)
    rail._client.timeout = httpx.Timeout(0.5)
    provider.faults.give("refund", trouble, 1)
    with pytest.raises(PartySilent):
        await rail.refund(transaction, "R1", Money(250, "CNY"), "-")
    assert (await rail.refund_truth("R1") is not None) == happened
    assert (await rail.refund(transaction, "R1", Money(250, "CNY"), "-")).state == "done"
    assert len(provider.books.refunds_of(transaction)) == 1


@pytest.mark.parametrize("answer", [b"", b"<html>", b"{}", b'{"state":"done"}', b"[" * 10_000])
async def test_a_refund_answered_with_nonsense_is_unknown(answer):
    rail = answered(answer)
    with pytest.raises(PartySilent):
        await rail.refund("txn_1", "R1", Money(250, "CNY"), "-")


async def test_a_refund_answered_about_another_one_is_unknown():
    about = {"key": "R2", "reference": "re", "transaction": "txn_1", "amount": 250, "currency": "CNY"}
    rail = answered(json.dumps(about | {"state": "done", "why": ""}).encode())
    with pytest.raises(PartySilent):
        await rail.refund("txn_1", "R1", Money(250, "CNY"), "-")
    with pytest.raises(PartyError):
        await rail.refund_truth("R1")


# The network


async def test_nobody_there_is_worth_another_try():
    rail = offline()
    for call in (
        rail.start(request()),
        rail.truth("K1", ""),
        rail.refund("txn_1", "R1", Money(1, "CNY"), "-"),
        rail.refund_truth("R1"),
        rail.close("K1", ""),
    ):
        with pytest.raises(PartyError) as failed:
            await call
        assert not failed.value.permanent
        assert not isinstance(failed.value, PartySilent)


@pytest.mark.parametrize("trouble", ["broken", "lost", "silent"])
async def test_whatever_else_fails_is_worth_another_try(rail, provider, trouble):
    rail._client.timeout = httpx.Timeout(0.5)
    for name in ("start", "truth", "refund_truth", "close"):
        provider.faults.give(name, trouble, 1)
    for call in (rail.start(request()), rail.truth("K1", ""), rail.refund_truth("R1"), rail.close("K1", "")):
        with pytest.raises(PartyError) as failed:
            await call
        assert not failed.value.permanent
    assert await rail.start(request())


async def test_a_wrong_key_can_be_mended_and_stays_out_of_the_message(provider):
    rail = Sandbox(provider.url, api_key="other", secret=SECRET, notify_url="-")
    with pytest.raises(PartyError, match="unauthorized") as refused:
        await rail.refund("txn_1", "R1", Money(1, "CNY"), "-")
    assert not refused.value.permanent
    assert not isinstance(refused.value, PartySilent)
    assert "other" not in str(refused.value)
    await rail.aclose()


async def test_a_day_that_never_ends_is_ended():
    rail = answered(json.dumps({"payments": [KNOWN], "more": True}).encode())
    async with asyncio.timeout(5):
        assert len([notice async for notice in rail.day(NOW)]) == 2


def answered(content: bytes, status: int = 200, **headers: str) -> Sandbox:
    """A rail whose provider always answers so."""
    rail = offline()
    rail._client = httpx.AsyncClient(
        base_url="http://127.0.0.1:9",
        transport=httpx.MockTransport(lambda _: httpx.Response(status, headers=headers, content=content)),
    )
    return rail


KNOWN = {
    "key": "K1",
    "reference": "pay_1",
    "account": "sandbox-shop",
    "mode": "test",
    "state": "paid",
    "amount": 1250,
    "currency": "CNY",
    "transaction": "txn_1",
}


async def test_a_redirect_is_not_followed():
    with pytest.raises(PartyError):
        await answered(b"", 302, location="http://169.254.169.254/").truth("K1", "")


@pytest.mark.parametrize(
    "other",
    [
        {"key": "K2"},
        {"account": "another-shop"},
        {"mode": "live"},
        {"amount": 12.5},
        {"amount": "1250"},
        {"state": "?"},
    ],
)
async def test_an_answer_about_something_else_is_no_truth(other):
    with pytest.raises(PartyError):
        await answered(json.dumps(KNOWN | other).encode()).truth("K1", "")
    assert await answered(json.dumps(KNOWN).encode()).truth("K1", "") is not None


@pytest.mark.parametrize(
    "other", [{"amount": 1}, {"currency": "USD"}, {"link": "javascript:alert(1)"}, {"link": None}, {"key": "K2"}]
)
async def test_a_payment_over_something_else_is_not_shown_to_the_buyer(other):
    opened = KNOWN | {"state": "open", "transaction": None, "link": "http://127.0.0.1/pay/1"}
    assert await answered(json.dumps(opened).encode()).start(request())
    with pytest.raises(PartyError):
        await answered(json.dumps(opened | other).encode()).start(request())


# Notices, and forgeries (C1, C2)


def test_a_notice_signed_by_openssl_is_read():
    assert offline().read({HEADER: OPENSSL}, BODY, {}) == NOTICE


def test_a_header_may_be_written_in_any_case():
    assert offline().read({"Sandbox-Signature": OPENSSL}, BODY, {}) == NOTICE


@pytest.mark.parametrize("minutes", [-4.9, 4.9])
def test_clocks_may_differ_a_little(minutes):
    assert offline(at=NOW + timedelta(minutes=minutes)).read({HEADER: OPENSSL}, BODY, {}) == NOTICE


def digest(body: bytes, algorithm: str = "sha256", secret: str = SECRET, moment: int = 1767225600) -> str:
    return hmac.new(secret.encode(), f"{moment}.".encode() + body, algorithm).hexdigest()


def md5_signed(body: bytes) -> dict[str, str]:
    return {HEADER: f"t=1767225600,md5={digest(body, 'md5')}"}


RESERIALISED = json.dumps(TOLD).encode()
FORGERIES: dict[str, tuple[Mapping[str, str], bytes]] = {
    "no signature": ({}, BODY),
    "an empty one": ({HEADER: ""}, BODY),
    "another secret": (signed(BODY, secret="other"), BODY),
    "an empty secret": (signed(BODY, secret=""), BODY),
    "another algorithm": (md5_signed(BODY), BODY),
    "no algorithm": ({HEADER: f"t=1767225600,none={digest(BODY)}"}, BODY),
    "two algorithms": ({HEADER: f"{OPENSSL},md5={digest(BODY, 'md5')}"}, BODY),
    "a longer digest under the same name": ({HEADER: f"t=1767225600,sha256={digest(BODY, 'sha512')}"}, BODY),
    "signed without a time": ({HEADER: f"sha256={hashlib.sha256(BODY).hexdigest()}"}, BODY),
    "the header twice": ({HEADER: f"{OPENSSL}, {OPENSSL}"}, BODY),
    "the header in two cases": ({HEADER: OPENSSL, "Sandbox-Signature": OPENSSL}, BODY),
    "another header": ({"x-signature": OPENSSL}, BODY),
    "the body written anew": ({HEADER: OPENSSL}, RESERIALISED),
    "an old one": (signed(BODY, NOW - timedelta(minutes=6)), BODY),
    "one from the future": (signed(BODY, NOW + timedelta(minutes=6)), BODY),
    "a moved time": ({HEADER: OPENSSL.replace("1767225600", "1767225601")}, BODY),
    "digits of another script": ({HEADER: OPENSSL.replace("1767225600", "١٧٦٧٢٢٥٦٠٠")}, BODY),
    "upper case": ({HEADER: OPENSSL.upper()}, BODY),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_refused(name):
    headers, body = FORGERIES[name]
    with pytest.raises(ForgedNotice):
        offline().read(headers, body, {})


class Trusting(Sandbox):
    """Without the guard."""

    def _verify(self, headers: Mapping[str, str], body: bytes) -> None:
        pass


@pytest.mark.parametrize("name", [name for name, (_, body) in FORGERIES.items() if body in (BODY, RESERIALISED)])
def test_without_verification_every_forgery_is_believed(name):
    headers, body = FORGERIES[name]
    assert offline(kind=Trusting).read(headers, body, {}) == NOTICE


def test_without_a_secret_nothing_is_believed():
    assert not offline(secret="").listens
    with pytest.raises(ForgedNotice):
        offline(secret="").read(signed(BODY, secret=""), BODY, {})


WRONG: list[Any] = [
    {"amount": -1},
    {"amount": 0},
    {"amount": 12.5},
    {"amount": 1250.0},
    {"amount": "1250"},
    {"amount": True},
    {"amount": None},
    {"amount": 10**15},
    {"amount": float("nan")},
    {"currency": "cny"},
    {"currency": "CNY\n"},
    {"currency": 156},
    {"state": "refunded"},
    {"mode": "live"},
    {"account": "another-shop"},
    {"event": ""},
    {"event": "e" * 121},
    {"event": "evt\u0000"},
    {"event": "\ud800"},
    {"event": ["evt_1"]},
    {"transaction": None},
    {"key": "K 1"},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_what_is_signed_but_makes_no_sense_is_refused(wrong):
    body = json.dumps(TOLD | wrong).encode()
    with pytest.raises(ForgedNotice):
        offline().read(signed(body), body, {})


NO_NOTICE = {
    "nothing": b"",
    "null": b"null",
    "a list": b"[]",
    "not UTF-8": b"\xff\xfe",
    "NUL": b"\x00",
    "cut off": BODY[:-1],
    "something after it": BODY + b"}",
    "a name twice": BODY.replace(b'"amount":1250', b'"amount":1250,"amount":1'),
    "an endless number": BODY.replace(b"1250", b"1" * 5000),
    "lists too deep": b"[" * 60_000,
    "objects too deep": b'{"a":' * 10_000,
    "too big": BODY + b" " * LARGEST,
    "a name missing": json.dumps({name: value for name, value in TOLD.items() if name != "amount"}).encode(),
}


@pytest.mark.parametrize("name", NO_NOTICE)
def test_what_is_signed_but_no_notice_is_refused(name):
    with pytest.raises(ForgedNotice):
        offline().read(signed(NO_NOTICE[name]), NO_NOTICE[name], {})


@st.composite
def mutations(draw: st.DrawFn) -> tuple[dict[str, str], bytes]:
    """A notice changed somewhere: in its bytes, its header, its time, or in what the provider itself signs."""
    headers, body = {HEADER: OPENSSL}, BODY
    match draw(st.integers(0, 6)):
        case 0:
            body = flipped(draw, BODY)
        case 1:
            body = spliced(draw, BODY)
        case 2:
            where = draw(st.integers(0, len(OPENSSL) - 1))
            headers = {HEADER: OPENSSL[:where] + draw(st.characters()) + OPENSSL[where + 1 :]}
        case 3:
            headers = draw(st.dictionaries(st.sampled_from([HEADER, "x", "Sandbox-Signature"]), st.text()))
        case 4:
            name = draw(st.sampled_from([*TOLD, "more"]))
            body = json.dumps(TOLD | {name: draw(JSON_VALUES)}).encode()
            headers = signed(body)
        case 5:
            body = draw(st.binary(max_size=200))
            headers = signed(body)
        case _:
            moved = draw(st.integers(-(10**6), 10**6))
            headers = signed(BODY, NOW + timedelta(seconds=moved))
    return headers, body


def same(notice: PaymentNotice, body: bytes) -> bool:
    """Whether it says what the signed bytes say, and no more than the provider may say."""
    told = json.loads(body)
    return (
        notices.pack(notice)
        == notices.pack(
            PaymentNotice(
                "sandbox",
                *(told[name] for name in ("event", "transaction", "key", "account", "mode", "state")),
                total=Money(told["amount"], told["currency"]),
            )
        )
        and type(told["amount"]) is int
    )


def refused_or_true(headers: Mapping[str, str], body: bytes) -> None:
    """Whatever comes, it is refused as a forgery, or it is what the provider signed just now, and says just that."""
    try:
        notice = RAIL.read(headers, body, {})
    except ForgedNotice:
        return
    assert headers[HEADER] == signature(SECRET, moment(headers), body)
    assert abs(moment(headers) - NOW) <= timedelta(minutes=5)
    assert same(notice, body)


@settings(max_examples=1_000 if os.environ.get("CI") == "true" else 300, deadline=None)
@given(mutations())
def test_what_hypothesis_thinks_of_is_refused_or_true(mutated):
    refused_or_true(*mutated)


def test_ten_thousand_changed_bytes_are_refused():
    for whole in changed(OPENSSL.encode() + BODY, 10_000):
        header, body = whole[: len(OPENSSL)].decode("latin-1"), whole[len(OPENSSL) :]
        with pytest.raises(ForgedNotice):
            RAIL.read({HEADER: header}, body, {})


RAIL = offline()


def moment(headers: Mapping[str, str]) -> datetime:
    return datetime.fromtimestamp(int(headers[HEADER][2:].partition(",")[0]), UTC)


def test_what_is_logged_about_a_forgery_holds_no_secret():
    with pytest.raises(ForgedNotice) as refused:
        offline().read(signed(BODY, secret="other"), BODY, {})
    assert SECRET not in str(refused.value)
    assert "evt_1" not in str(refused.value)
