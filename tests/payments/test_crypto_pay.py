"""Crypto Pay against its provider, over HTTP, in good and in bad times; against forgers, and beside aiocryptopay."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import payments
from core.ground.clock import TestClock
from core.ground.errors import ForgedNotice, PartyError, PartySilent
from core.ground.money import Money
from core.parties import PaymentRail
from core.settling import PaymentNotice
from doubles.crypto_pay import TOKEN
from doubles.crypto_pay import CryptoPay as Provider
from payments.crypto_pay import HEADER, CryptoPay
from payments.wire import LARGEST
from tests.oracles import ask
from tests.payments.listening import CNY, Hook, answering, hooked, money, read, request
from tests.payments.mutated import JSON_VALUES, changed, flipped, spliced

NOW = datetime(2026, 11, 22, tzinfo=UTC)
APP = TOKEN.partition(":")[0]
INVOICE = {
    "invoice_id": 7,
    "hash": "IV1",
    "status": "paid",
    "currency_type": "fiat",
    "fiat": "CNY",
    "amount": "12.50",
    "payload": "K7M2-94QF-crypto",
    "bot_invoice_url": "https://t.me/CryptoBot?start=IV1",
    "created_at": "2026-11-21T23:58:00.000Z",
    "paid_at": "2026-11-21T23:59:00.000Z",
    "paid_asset": "USDT",
    "paid_amount": "1.736111",
}
UPDATE: dict[str, Any] = {
    "update_id": 1,
    "update_type": "invoice_paid",
    "request_date": "2026-11-22T00:00:00Z",
    "payload": INVOICE,
}
BODY = json.dumps(UPDATE, separators=(",", ":")).encode()
NOTICE = PaymentNotice("crypto", "invoice_paid 7", "7", "K7M2-94QF-crypto", APP, "live", "paid", CNY)
# references/payments: equal to aiocryptopay 0.4.8
VECTOR = (
    "123:AAA",
    b'{"update_id":1,"update_type":"invoice_paid","request_date":"2026-11-22T00:00:00Z","payload":{}}',
    "1ecee2a4993d52830e9e015e4c93f89df370da23fa40288471b57b4c55220f87",
)


def offline(token: str = TOKEN, kind: type[CryptoPay] = CryptoPay, at: datetime = NOW, **more: Any) -> CryptoPay:
    """A rail that verifies notices, and has nobody to call."""
    return kind(token, url="http://127.0.0.1:9", clock=lambda: at, **more)


def mark(body: bytes, token: str = TOKEN, digest: str = "sha256") -> str:
    return hmac.new(hashlib.sha256(token.encode()).digest(), body, digest).hexdigest()


def signed(body: bytes, token: str = TOKEN) -> dict[str, str]:
    return {HEADER: mark(body, token)}


@pytest.fixture
def clock() -> TestClock:
    return TestClock(datetime(2026, 11, 22, 12, tzinfo=UTC))  # what is paid minutes later is paid on that day


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    async with hooked() as made:
        yield made


@pytest.fixture
async def provider(hook: Hook, clock: TestClock) -> AsyncIterator[Provider]:
    made = Provider(notify_url=hook.url, clock=clock.now)
    async with made.served():
        yield made


@pytest.fixture
async def rail(provider: Provider, hook: Hook, clock: TestClock) -> AsyncIterator[CryptoPay]:
    made = hook.rail = CryptoPay(TOKEN, url=provider.url, clock=clock.now)
    yield made
    await made.aclose()


def test_it_keeps_the_contract():
    rail: PaymentRail = offline()
    assert payments.load("crypto_pay") is CryptoPay
    can = rail.abilities
    assert (rail.name, rail.account, rail.mode, can.authenticity, can.refunds) == (
        "crypto", APP, "live", "strong", "by-hand"
    )  # fmt: skip
    assert can.takes(CNY)
    assert not can.takes(Money(1, "XTR"))
    assert offline(mode="test").mode == "test"


# Taking money


async def test_paying_an_invoice(rail, provider, hook, clock):
    opened = await rail.start(request(at=clock.now()))
    assert opened == await rail.start(request(at=clock.now()))
    assert str(opened.link).startswith("https://t.me/CryptoBot?start=IV")
    assert await rail.truth("K7M2-94QF-x", opened.reference) is None
    assert await provider.pay("K7M2-94QF-x")
    [heard] = hook.heard
    assert heard == await rail.truth("K7M2-94QF-x", opened.reference) == await rail.truth("K7M2-94QF-x", "")
    assert (heard.transaction, heard.key, heard.total) == (opened.reference, "K7M2-94QF-x", CNY)
    assert len(provider.invoices) == 1


async def test_one_that_has_lapsed_is_opened_anew_and_either_may_have_been_paid(rail, provider, clock):
    first = await rail.start(request(at=clock.now()))
    clock.forward(timedelta(minutes=16))
    assert not await provider.pay("K7M2-94QF-x")
    second = await rail.start(request(at=clock.now(), reference=first.reference))
    assert second.reference != first.reference
    await provider.pay("K7M2-94QF-x")
    truth = await rail.truth("K7M2-94QF-x", first.reference)
    assert truth.transaction == second.reference


async def test_another_sum_is_another_invoice(rail, clock):
    first = await rail.start(request(at=clock.now()))
    assert (await rail.start(request(total=Money(1300, "CNY"), at=clock.now()))).reference != first.reference


async def test_a_closed_invoice_takes_no_money(rail, provider, clock):
    opened = await rail.start(request(at=clock.now()))
    await rail.close("K7M2-94QF-x", opened.reference)
    await rail.close("K7M2-94QF-x", opened.reference)
    await rail.close("never opened", "")
    assert provider.invoices == []


async def test_what_was_paid_is_not_closed(rail, provider, clock):
    opened = await rail.start(request(at=clock.now()))
    await provider.pay("K7M2-94QF-x")
    await rail.close("K7M2-94QF-x", opened.reference)
    assert await rail.truth("K7M2-94QF-x", opened.reference)


async def test_a_refusal_to_close_is_a_failure_only_while_it_is_open(rail, provider, clock, monkeypatch):
    opened = await rail.start(request(at=clock.now()))
    listed = rail._listed

    async def stale(**asked: str) -> Any:
        """The list, as it was before the buyer paid."""
        return before if asked.get("status") == "active" else await listed(**asked)

    before = await listed(status="active")
    await provider.pay("K7M2-94QF-x")
    monkeypatch.setattr(rail, "_listed", stale)
    await rail.close("K7M2-94QF-x", opened.reference)
    provider.faults.denies = True  # it says that it is open, and does not close it
    with pytest.raises(PartyError, match="INVOICE_NOT_FOUND"):
        await rail.close("K7M2-94QF-x", opened.reference)


async def test_a_day_has_everything_paid_on_it(rail, provider, clock, monkeypatch):
    monkeypatch.setattr("payments.crypto_pay.PAGE", 2)
    for number in range(5):
        await rail.start(request(f"K{number}", at=clock.now()))
        await provider.pay(f"K{number}")
    await rail.start(request("K9", at=clock.now()))
    told = [notice async for notice in rail.day(clock.now())]
    assert sorted(notice.key for notice in told) == [f"K{number}" for number in range(5)]
    assert [notice async for notice in rail.day(clock.now() - timedelta(days=1))] == []


async def test_a_day_that_never_ends_is_ended():
    page = {"ok": True, "result": {"items": [INVOICE | {"invoice_id": number} for number in range(1, 101)]}}
    rail = answering(offline(), json.dumps(page).encode())
    assert len([notice async for notice in rail.day(NOW - timedelta(days=1))]) == 100


async def test_it_goes_back_by_hand(rail):
    with pytest.raises(PartyError) as refused:
        await rail.refund("7", "R1", CNY, "-")
    assert refused.value.permanent
    assert not isinstance(refused.value, PartySilent)
    assert await rail.refund_truth("R1") is None


async def test_notices_come_twice_late_and_in_any_order(rail, provider, hook, clock):
    provider.faults.copies, provider.faults.holds = 2, True
    hook.answers = [503, 500]
    for key in ("A", "B", "C"):
        await rail.start(request(key, at=clock.now()))
        await provider.pay(key)
    await provider.let_go(backwards=True)
    assert [notice.key for notice in hook.heard] == ["C", "C", "B", "B", "A", "A"]
    assert len({notice.event for notice in hook.heard}) == 3


# The network


async def test_nobody_there_is_worth_another_try():
    rail = offline()
    for call in (rail.start(request()), rail.truth("K1", "7"), rail.close("K1", ""), rail.well()):
        with pytest.raises(PartyError) as failed:
            await call
        assert not failed.value.permanent
        assert not isinstance(failed.value, PartySilent)


@pytest.mark.parametrize("trouble", ["broken", "busy", "lost", "silent"])
async def test_whatever_fails_is_worth_another_try(rail, provider, clock, trouble, monkeypatch):
    monkeypatch.setattr("payments.wire.READS", 1)
    rail._client.timeout = httpx.Timeout(0.5)
    asked = request(at=clock.now())
    for name, call in (
        ("createInvoice", lambda: rail.start(asked)),
        ("getInvoices", lambda: rail.truth("K7M2-94QF-x", "1")),
        ("deleteInvoice", lambda: rail.close("K7M2-94QF-x", "1")),
        ("getMe", rail.well),
    ):
        provider.faults.give(name, trouble)
        with pytest.raises(PartyError) as failed:
            await call()
        assert not failed.value.permanent
        if name == "createInvoice":  # whether it was made or not: there is one in the end
            await rail.start(asked)
            assert len(provider.invoices) == 1


async def test_a_wrong_token_can_be_mended_and_stays_out_of_the_message(provider):
    rail = CryptoPay(f"{APP}:secret", url=provider.url)
    with pytest.raises(PartyError, match="UNAUTHORIZED") as refused:
        await rail.start(request())
    assert not refused.value.permanent
    assert "secret" not in str(refused.value)
    with pytest.raises(PartyError):
        await rail.well()
    await rail.aclose()


async def test_a_token_of_another_app_is_not_well():
    answer = json.dumps({"ok": True, "result": {"app_id": 999}}).encode()
    with pytest.raises(PartyError):
        await answering(offline(), answer).well()


@pytest.mark.parametrize("answer", [b"", b"<html>", b"{}", b'{"ok":false}', b'{"ok":true,"result":[]}', b"[" * 9_999])
async def test_an_answer_that_makes_no_sense_is_no_truth(answer):
    with pytest.raises(PartyError):
        await answering(offline(), answer).truth("K1", "7")


OTHERS = [
    {"payload": "K2"},
    {"payload": None},
    {"status": "active"},
    {"status": "expired"},
    {"currency_type": "crypto", "fiat": None},
    {"amount": "0"},
    {"amount": "1e3"},
    {"amount": "12.505"},
    {"fiat": "cny"},
]


@pytest.mark.parametrize("other", OTHERS, ids=str)
async def test_an_invoice_of_something_else_is_no_truth(other):
    def page(invoice: object) -> bytes:
        return json.dumps({"ok": True, "result": {"items": [invoice]}}).encode()

    assert await answering(offline(), page(INVOICE | other)).truth("K7M2-94QF-crypto", "7") is None
    assert await answering(offline(), page(INVOICE)).truth("K7M2-94QF-crypto", "7") == NOTICE


@pytest.mark.parametrize("other", [{"payload": "K2"}, {"amount": "1.00"}, {"fiat": "USD"}, {"bot_invoice_url": None}])
async def test_an_invoice_over_something_else_is_not_shown_to_the_buyer(other, rail, provider, clock, monkeypatch):
    shown = provider._shown
    monkeypatch.setattr(provider, "_shown", lambda one: shown(one) | other)
    with pytest.raises(PartyError):
        await rail.start(request(at=clock.now()))


async def test_a_redirect_is_not_followed():
    with pytest.raises(PartyError):
        await answering(offline(), b"", 302, location="http://169.254.169.254/").truth("K1", "7")


# The oracle


def test_the_signature_is_the_one_of_aiocryptopay():
    token, body, signature = VECTOR
    assert mark(body, token) == signature
    CryptoPay(token, clock=lambda: NOW)._verify({HEADER: signature}, body)
    with pytest.raises(ForgedNotice):
        CryptoPay(token, clock=lambda: NOW)._verify({HEADER: signature}, body + b" ")


async def test_aiocryptopay_reads_the_doubles_notices_as_the_rail_does(rail, provider, clock):
    opened = await rail.start(request(at=clock.now()))
    await provider.pay("K7M2-94QF-x")
    told = provider.told("K7M2-94QF-x")
    good = [told.body.decode(), told.headers[HEADER]]
    answer = ask("crypto_pay", {"token": TOKEN, "notices": [good, [f"{good[0]} ", good[1]]]})
    assert answer["notices"] == [[int(opened.reference), "paid", "K7M2-94QF-x", "CNY", 12.5], None]
    assert money(rail, told).total == CNY


async def test_aiocryptopay_works_with_the_double(provider, rail, clock):
    """A stranger's client finds in it what it expects; and the rail finds what the stranger made."""
    import asyncio

    calls = [
        ["get_me", {}],
        [
            "create_invoice",
            {"amount": 12.5, "fiat": "CNY", "currency_type": "fiat", "payload": "K1", "expires_in": 600},
        ],
        ["get_invoices", {"invoice_ids": 1}],
        ["delete_invoice", {"invoice_id": 1}],
    ]
    question = {"token": TOKEN, "network": provider.url, "calls": calls[:3]}
    me, made, listed = (await asyncio.to_thread(ask, "crypto_pay", question))["calls"]
    assert me["app_id"] == int(APP)
    assert (made["payload"], made["status"], listed["invoice_id"]) == ("K1", "active", 1)
    assert (await rail.start(request("K1", at=clock.now()))).reference == "1"
    question["calls"] = calls[3:]
    assert (await asyncio.to_thread(ask, "crypto_pay", question))["calls"] == [True]


# Notices, and forgeries (C1, C2)


def test_a_notice_is_read_in_any_case_of_its_header():
    assert offline().read(signed(BODY), BODY, {}) == NOTICE
    assert offline().read({"Crypto-Pay-Api-Signature": mark(BODY)}, BODY, {}) == NOTICE


def update(**other: Any) -> bytes:
    return json.dumps({**UPDATE, **other}).encode()


RESERIALISED = json.dumps(UPDATE).encode()
FORGERIES: dict[str, tuple[Mapping[str, str], bytes]] = {
    "no signature": ({}, BODY),
    "an empty one": ({HEADER: ""}, BODY),
    "another token": (signed(BODY, "12345:other"), BODY),
    "an empty token": (signed(BODY, ""), BODY),
    "the token itself as the key": ({HEADER: hmac.new(TOKEN.encode(), BODY, "sha256").hexdigest()}, BODY),
    "another algorithm": ({HEADER: mark(BODY, digest="sha512")}, BODY),
    "a shorter one": ({HEADER: mark(BODY, digest="md5")}, BODY),
    "no algorithm": ({HEADER: hashlib.sha256(BODY).hexdigest()}, BODY),
    "the header twice": ({HEADER: f"{mark(BODY)}, {mark(BODY)}"}, BODY),
    "the header in two cases": ({HEADER: mark(BODY), "Crypto-Pay-Api-Signature": mark(BODY)}, BODY),
    "another header": ({"x-signature": mark(BODY)}, BODY),
    "upper case": ({HEADER: mark(BODY).upper()}, BODY),
    "the body written anew": (signed(BODY), RESERIALISED),
    "a cent": (signed(BODY), BODY.replace(b"12.50", b"0.01")),
    "another order": (signed(BODY), BODY.replace(b"K7M2", b"K7M3")),
    "another currency": (signed(BODY), BODY.replace(b"CNY", b"RUB")),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_refused(name):
    headers, body = FORGERIES[name]
    with pytest.raises(ForgedNotice):
        offline().read(headers, body, {})


class Trusting(CryptoPay):
    """Without the guard."""

    def _verify(self, headers: Mapping[str, str], body: bytes) -> None:
        pass


@pytest.mark.parametrize("name", FORGERIES)
def test_without_verification_every_forgery_is_believed(name):
    headers, body = FORGERIES[name]
    assert isinstance(offline(kind=Trusting).read(headers, body, {}), PaymentNotice)


def test_without_a_token_nothing_is_believed():
    assert not offline(token="").listens
    with pytest.raises(ForgedNotice):
        offline(token="").read(signed(BODY, ""), BODY, {})


@pytest.mark.parametrize("minutes", [-4.9, 4.9])
def test_clocks_may_differ_a_little(minutes):
    assert offline(at=NOW + timedelta(minutes=minutes)).read(signed(BODY), BODY, {}) == NOTICE


@pytest.mark.parametrize("minutes", [-6, 6, 10**6])
def test_one_of_another_time_is_refused(minutes, monkeypatch):
    rail = offline(at=NOW + timedelta(minutes=minutes))
    with pytest.raises(ForgedNotice):
        rail.read(signed(BODY), BODY, {})
    monkeypatch.setattr("payments.crypto_pay.TOLERANCE", timedelta.max)  # without the guard
    assert rail.read(signed(BODY), BODY, {}) == NOTICE


@pytest.mark.parametrize(
    "other", [{"update_type": "invoice_expired"}, *({"payload": INVOICE | one} for one in OTHERS[1:])]
)
def test_what_says_nothing_of_our_money_is_nothing(other):
    body = update(**other)
    assert offline().read(signed(body), body, {}) is None


WRONG: list[dict[str, Any]] = [
    {"update_type": None},
    {"request_date": "yesterday"},
    {"request_date": "2026-11-22T00:00:00"},
    {"request_date": 1795305600},
    {"payload": {}},
    {"payload": None},
    *({"payload": INVOICE | {"amount": bad}} for bad in (12.5, 1250, True, None, [])),
    *({"payload": INVOICE | {"invoice_id": bad}} for bad in ("7", 7.0, True, 0, -1, 10**18, None)),
    *({"payload": INVOICE | {"status": bad}} for bad in ("PAID", None, 1)),
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_what_is_signed_but_makes_no_sense_is_refused(wrong):
    body = update(**wrong)
    with pytest.raises(ForgedNotice):
        offline().read(signed(body), body, {})


NO_NOTICE = {
    "nothing": b"",
    "null": b"null",
    "a list": b"[]",
    "not UTF-8": b"\xff\xfe",
    "cut off": BODY[:-1],
    "a name twice": BODY.replace(b'"amount":"12.50"', b'"amount":"12.50","amount":"1"'),
    "an endless number": BODY.replace(b'"invoice_id":7', b'"invoice_id":' + b"7" * 5000),
    "lists too deep": b"[" * 60_000,
    "too big": BODY + b" " * LARGEST,
}


@pytest.mark.parametrize("name", NO_NOTICE)
def test_what_is_signed_but_no_notice_is_refused(name):
    with pytest.raises(ForgedNotice):
        offline().read(signed(NO_NOTICE[name]), NO_NOTICE[name], {})


@st.composite
def mutations(draw: st.DrawFn) -> tuple[dict[str, str], bytes]:
    """A notice changed somewhere: in its bytes, its header, or in what the provider itself signs."""
    headers, body = signed(BODY), BODY
    match draw(st.integers(0, 5)):
        case 0:
            body = flipped(draw, BODY)
        case 1:
            body = spliced(draw, BODY)
        case 2:
            headers = draw(st.dictionaries(st.sampled_from([HEADER, "x", "Crypto-Pay-Api-Signature"]), st.text()))
        case 3:
            body = update(**{draw(st.sampled_from([*UPDATE, "more"])): draw(JSON_VALUES)})
            headers = signed(body)
        case 4:
            body = update(payload=INVOICE | {draw(st.sampled_from([*INVOICE, "more"])): draw(JSON_VALUES)})
            headers = signed(body)
        case _:
            body = draw(st.binary(max_size=200))
            headers = signed(body)
    return headers, body


@settings(max_examples=1_000, deadline=None)
@given(mutations())
def test_what_hypothesis_thinks_of_is_refused_or_true(mutated):
    headers, body = mutated
    try:
        notice = RAIL.read(headers, body, {})
    except ForgedNotice:
        return
    assert headers[HEADER] == mark(body)
    told = json.loads(body)
    if notice is None:
        return
    assert (told["update_type"], told["payload"]["status"]) == ("invoice_paid", "paid")
    assert (notice.key, notice.transaction) == (told["payload"]["payload"], str(told["payload"]["invoice_id"]))
    assert (notice.total.currency, float(notice.total.decimal)) == (
        told["payload"]["fiat"],
        float(told["payload"]["amount"]),
    )


def test_ten_thousand_changed_bytes_are_refused():
    for whole in changed(mark(BODY).encode() + BODY, 10_000):
        header, body = whole[:64].decode("latin-1"), whole[64:]
        with pytest.raises(ForgedNotice):
            RAIL.read({HEADER: header}, body, {})


RAIL = offline()


async def test_replayed_or_of_another_app_it_says_what_it_said(rail, provider, clock):
    await rail.start(request(at=clock.now()))
    await provider.pay("K7M2-94QF-x")
    told = provider.told("K7M2-94QF-x")
    assert read(rail, told) == read(rail, told)
    with pytest.raises(ForgedNotice):
        read(CryptoPay("999:other", clock=clock.now), told)


def test_what_is_logged_about_a_forgery_holds_no_secret():
    with pytest.raises(ForgedNotice) as refused:
        offline().read(signed(BODY, "12345:other"), BODY, {})
    assert TOKEN not in str(refused.value)
    assert "K7M2" not in str(refused.value)
