"""易支付 against its gateway, over HTTP, in good and in bad times; against forgers, and beside epay-sdk."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from random import Random
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import payments
from core.ground.errors import ForgedNotice, PartyError, PartySilent
from core.ground.money import Money
from core.parties import PaymentRail
from core.settling import PaymentNotice
from doubles.epay import Epay as Gateway
from doubles.telling import Told
from payments.epay import Epay
from payments.md5_form import signature
from payments.wire import LARGEST
from tests.oracles import ask
from tests.payments.listening import CNY, Hook, answering, hooked, money, read, request

PID, KEY = "1001", "KEY123"
# references/payments: equal to epay-sdk 0.4.1
VECTOR = {
    "pid": PID,
    "type": "alipay",
    "out_trade_no": "O1",
    "notify_url": "https://x/n?a=1",
    "return_url": "",
    "name": "卡密 A&B",
    "money": "1.00",
    "param": "",
}
TOLD = {
    "pid": PID,
    "trade_no": "2026112200001",
    "out_trade_no": "K7M2-94QF-epay",
    "type": "alipay",
    "name": "K7M2-94QF",
    "money": "12.50",
    "trade_status": "TRADE_SUCCESS",
}


def offline(key: str = KEY, kind: type[Epay] = Epay, submit: Literal["mapi", "link"] = "mapi") -> Epay:
    """A rail that verifies notices, and has nobody to call."""
    return kind("http://127.0.0.1:9", pid=PID, key=key, notify_url="http://127.0.0.1:9/hook", submit=submit)


def signed(fields: Mapping[str, str], key: str = KEY, **more: str) -> dict[str, str]:
    return {**fields, "sign": signature(fields, key), "sign_type": "MD5", **more}


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    async with hooked() as made:
        yield made


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    made = Gateway(PID, KEY)
    async with made.served():
        yield made


@pytest.fixture
async def rail(gateway: Gateway, hook: Hook) -> AsyncIterator[Epay]:
    made = hook.rail = Epay(gateway.url, pid=PID, key=KEY, notify_url=hook.url)
    yield made
    await made.aclose()


def test_it_keeps_the_contract_and_promises_little():
    rail: PaymentRail = offline()
    assert payments.load("epay") is Epay
    can = rail.abilities
    assert (rail.account, rail.mode, can.authenticity, can.confirm) == (PID, "live", "weak", True)
    assert (can.refunds, can.lists) == ("by-hand", False)
    assert can.takes(Money(1, "CNY"))
    assert not can.takes(Money(1, "USD"))


# Taking money


async def test_paying_on_the_gateways_page(rail, gateway, hook):
    opened = await rail.start(request())
    assert opened == await rail.start(request())
    assert opened.link == f"{gateway.url}/pay/{opened.reference}"
    assert await rail.truth("K7M2-94QF-x", opened.reference) is None
    await gateway.pay("K7M2-94QF-x")
    [heard] = hook.heard
    truth = await rail.truth("K7M2-94QF-x", opened.reference)
    assert truth == PaymentNotice("epay", opened.reference, opened.reference, "K7M2-94QF-x", PID, "live", "paid", CNY)
    assert (heard.transaction, heard.key, heard.total) == (truth.transaction, truth.key, truth.total)


@pytest.mark.parametrize("way", ["qrcode", "urlscheme"])
async def test_a_code_to_scan_is_no_link(rail, gateway, way):
    gateway.pays = way
    opened = await rail.start(request())
    assert opened.link is None
    assert opened.qr.startswith("weixin://")


async def test_a_gateway_without_mapi_is_reached_by_a_link(gateway):
    rail = Epay(gateway.url, pid=PID, key=KEY, notify_url="http://127.0.0.1:9/", submit="link", client_ip="192.0.2.1")
    opened = await rail.start(request())
    assert opened.reference == "K7M2-94QF-x"
    assert len(str(opened.link)) < 500
    async with httpx.AsyncClient(trust_env=False) as browser:
        page = await browser.get(str(opened.link))
    assert page.text == "<p>K7M2-94QF 12.50</p>"
    await rail.aclose()


async def test_a_link_that_was_changed_opens_nothing(gateway):
    rail = Epay(gateway.url, pid=PID, key=KEY, notify_url="http://127.0.0.1:9/", submit="link")
    opened = await rail.start(request())
    async with httpx.AsyncClient(trust_env=False) as browser:
        await browser.get(str(opened.link).replace("12.50", "0.01"))
    assert gateway.orders == {}
    await rail.aclose()


async def test_a_notice_that_was_not_heard_is_told_again(rail, gateway, hook):
    await rail.start(request())
    hook.answers = [503, 500]
    await gateway.pay("K7M2-94QF-x")
    assert len(hook.heard) == 1
    gateway.faults.copies = 3
    await gateway.tell(hook.url, gateway.told("K7M2-94QF-x"))
    assert {notice.event for notice in hook.heard} == {hook.heard[0].event}


async def test_notices_in_any_order_say_the_same(rail, gateway, hook):
    gateway.faults.holds = True
    for key in ("A", "B", "C"):
        await rail.start(request(key))
        await gateway.pay(key)
    await gateway.let_go(backwards=True)
    assert [notice.key for notice in hook.heard] == ["C", "B", "A"]


async def test_it_goes_back_by_hand(rail):
    with pytest.raises(PartyError) as refused:
        await rail.refund("T1", "R1", CNY, "-")
    assert refused.value.permanent
    assert not isinstance(refused.value, PartySilent)
    assert await rail.refund_truth("R1") is None
    await rail.close("K1", "T1")
    assert [notice async for notice in rail.day(request().expires_at)] == []


# The network


async def test_nobody_there_is_worth_another_try():
    rail = offline()
    for call in (rail.start(request()), rail.truth("K1", ""), rail.well()):
        with pytest.raises(PartyError) as failed:
            await call
        assert not failed.value.permanent
        assert not isinstance(failed.value, PartySilent)


@pytest.mark.parametrize("trouble", ["broken", "busy", "lost", "silent"])
async def test_whatever_fails_is_worth_another_try(rail, gateway, trouble):
    rail._client.timeout = httpx.Timeout(0.5)
    for call in ("mapi", "order", "query"):
        gateway.faults.give(call, trouble)
    for call in (rail.start(request()), rail.truth("K7M2-94QF-x", ""), rail.well()):
        with pytest.raises(PartyError) as failed:
            await call
        assert not failed.value.permanent
    opened = await rail.start(request())
    assert opened == await rail.start(request())
    assert len(gateway.orders) == 1
    await rail.well()


async def test_a_wrong_key_can_be_mended_and_stays_out_of_the_message(gateway):
    rail = Epay(gateway.url, pid=PID, key="other-key", notify_url="-")
    for call in (rail.start(request()), rail.truth("K1", ""), rail.well()):
        with pytest.raises(PartyError) as refused:
            await call
        assert not refused.value.permanent
        assert "other-key" not in str(refused.value)
    await rail.aclose()


KNOWN = {**TOLD, "code": 1, "msg": "", "pid": 1001, "status": 1}


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        b"[]",
        b"[" * 10_000,
        b'{"code":1}',
        b'{"code":1,"code":1}',
        json.dumps(KNOWN | {"out_trade_no": "K2"}).encode(),
        json.dumps(KNOWN | {"pid": 1002}).encode(),
        json.dumps(KNOWN | {"money": "1e9"}).encode(),
        json.dumps(KNOWN | {"money": "12.505"}).encode(),
        json.dumps(KNOWN | {"money": None}).encode(),
        json.dumps(KNOWN | {"code": -3}).encode(),
    ],
)
async def test_an_answer_that_makes_no_sense_is_no_truth(answer):
    with pytest.raises(PartyError):
        await answering(offline(), answer).truth("K7M2-94QF-epay", "")


@pytest.mark.parametrize("other", [{}, {"status": "1", "pid": "1001", "code": "1"}, {"money": 12.5}])
async def test_gateways_write_numbers_as_they_like(other):
    truth = await answering(offline(), json.dumps(KNOWN | other).encode()).truth("K7M2-94QF-epay", "")
    assert truth.total == CNY


@pytest.mark.parametrize("other", [{"status": 0}, {"status": 2}, {"status": 3}, {"code": -1}])
async def test_what_is_not_paid_or_not_known_is_nothing(other):
    assert await answering(offline(), json.dumps(KNOWN | other).encode()).truth("K7M2-94QF-epay", "") is None


@pytest.mark.parametrize(
    "answer", [b'{"code":1}', b'{"code":1,"payurl":"javascript:alert(1)"}', b'{"code":-1,"msg":"x"}', b"{}"]
)
async def test_a_payment_that_did_not_open_is_not_shown(answer):
    with pytest.raises(PartyError):
        await answering(offline(), answer).start(request())


async def test_a_redirect_is_not_followed():
    with pytest.raises(PartyError):
        await answering(offline(), b"", 302, location="http://169.254.169.254/").truth("K1", "")


# The oracle


def test_the_signature_is_the_one_of_epay_sdk(gateway):
    assert signature(VECTOR, KEY) == "3d78c846b3169a3f58a913771c489ab4"
    gateway.orders = {}
    ours = dict(parse_qsl(urlsplit(str(link_of(offline(submit="link")))).query))
    unsigned = {name: value for name, value in ours.items() if name not in ("sign", "sign_type")}
    answer = ask("epay", {"key": KEY, "pid": PID, "sign": [VECTOR, unsigned, TOLD], "notices": []})
    assert answer["signs"] == [signature(VECTOR, KEY), ours["sign"], signature(TOLD, KEY)]


def link_of(rail: Epay) -> str:
    """Without a loop: nothing is called for a link."""
    opening = rail.start(request())
    try:
        opening.send(None)
    except StopIteration as ended:
        return str(ended.value.link)
    raise AssertionError("it waited for something")


async def test_epay_sdk_reads_the_doubles_notices_as_the_rail_does(rail, gateway):
    await rail.start(request())
    good = dict(parse_qsl(gateway.told("K7M2-94QF-x").query))
    cheaper = {**good, "money": "0.01"}
    answer = ask("epay", {"key": KEY, "pid": PID, "sign": [], "notices": [good, cheaper]})
    assert answer["notices"] == [["K7M2-94QF-x", "12.50"], ["EPaySignError"]]
    assert money(rail, Told("GET", urlencode(good))).total == CNY
    with pytest.raises(ForgedNotice):
        read(rail, Told("GET", urlencode(cheaper)))


def test_a_notice_that_epay_sdk_signs_is_read():
    [sign] = ask("epay", {"key": KEY, "pid": PID, "sign": [TOLD], "notices": []})["signs"]
    notice = offline().read({}, b"", {**TOLD, "sign": sign})
    assert notice == NOTICE


NOTICE = PaymentNotice(
    "epay",
    f"2026112200001.{signature(TOLD, KEY)}",
    "2026112200001",
    "K7M2-94QF-epay",
    PID,
    "live",
    "paid",
    CNY,
)

# Forgeries (C1, C2)

GOOD = signed(TOLD)
FORGERIES: dict[str, dict[str, str]] = {
    "no signature": dict(TOLD),
    "an empty one": {**GOOD, "sign": ""},
    "another key": signed(TOLD, "other"),
    "no key": signed(TOLD, ""),
    "another type": {**GOOD, "sign_type": "RSA"},
    "no type": {**GOOD, "sign_type": "none"},
    "an empty type": {**GOOD, "sign_type": ""},
    "in capitals": {**GOOD, "sign": GOOD["sign"].upper()},
    "a longer digest": {**GOOD, "sign": GOOD["sign"] * 2},
    "a cent": {**GOOD, "money": "0.01"},
    "a yuan more": {**GOOD, "money": "13.50"},
    "the same sum, written anew": {**GOOD, "money": "12.5"},
    "another order": {**GOOD, "out_trade_no": "K2"},
    "another trade": {**GOOD, "trade_no": "2"},
    "another merchant": {**GOOD, "pid": "1002"},
    "something added": {**GOOD, "param": "x"},
    "something left out": {name: value for name, value in GOOD.items() if name != "type"},
    "two fields made one": {**{n: v for n, v in GOOD.items() if n != "name"}, "money": "12.50&name=K7M2-94QF"},
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_refused(name):
    with pytest.raises(ForgedNotice):
        offline().read({}, b"", FORGERIES[name])


class Trusting(Epay):
    """Without the guard."""

    def _verify(self, query: Mapping[str, str]) -> None:
        pass


@pytest.mark.parametrize("name", ["another key", "no key", "a cent", "a yuan more", "another order", "another trade"])
def test_without_verification_a_forgery_is_believed(name):
    assert isinstance(offline(kind=Trusting).read({}, b"", FORGERIES[name]), PaymentNotice)


def test_without_a_key_nothing_is_believed():
    assert not offline(key="").listens
    with pytest.raises(ForgedNotice):
        offline(key="").read({}, b"", signed(TOLD, ""))


@pytest.mark.parametrize(
    "other",
    [{"pid": "1002"}]
    + [{"money": bad} for bad in ("", "0", "0.00", "-1", "1e3", "12.505", "NaN", "12,50", "٣", " 12.50")]
    + [{name: bad} for name in ("trade_no", "out_trade_no") for bad in ("", "a b", "x" * 121, "号")],
    ids=str,
)
def test_what_is_signed_but_makes_no_sense_is_refused(other):
    with pytest.raises(ForgedNotice):
        offline().read({}, b"", signed({**TOLD, **other}))


def test_what_is_signed_in_another_form_is_refused():
    with pytest.raises(ForgedNotice):
        offline().read({}, urlencode(GOOD).encode(), {})
    with pytest.raises(ForgedNotice):
        offline().read({}, b"x", GOOD)
    with pytest.raises(ForgedNotice):
        offline().read({}, b"", signed({**TOLD, "param": "x" * LARGEST}))


@pytest.mark.parametrize("status", ["TRADE_CLOSED", "WAIT_BUYER_PAY", "trade_success", "TRADE_FINISHED"])
def test_only_success_is_money(status):
    assert offline().read({}, b"", signed({**TOLD, "trade_status": status})) is None


def test_another_sum_is_reported_as_it_is():
    assert money(offline(), Told("GET", urlencode(signed({**TOLD, "money": "0.01"})))).total == Money(1, "CNY")


def test_one_that_was_written_with_the_key_never_stands_for_the_gateways_own():
    """The name it waits under: a stranger with the key could else make the true notice a repeat of theirs."""
    mine, theirs = (offline().read({}, b"", signed({**TOLD, "money": sum_})) for sum_ in ("12.50", "0.01"))
    assert mine and theirs
    assert mine.event != theirs.event
    assert mine == offline().read({}, b"", GOOD)


@st.composite
def mutations(draw: st.DrawFn) -> dict[str, str]:
    """A notice changed somewhere, signed anew by the gateway or not."""
    fields: dict[str, Any] = dict(GOOD)
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from([*GOOD, "param", "x"]) | st.text(max_size=5))
        fields[name] = draw(st.text(max_size=30) | st.sampled_from([*GOOD.values(), "0.01", "MD5", "RSA"]))
    if draw(st.booleans()):
        plain = {name: value for name, value in fields.items() if name not in ("sign", "sign_type")}
        fields["sign"] = signature(plain, draw(st.sampled_from([KEY, KEY, "", "other"])))
    return fields


@settings(max_examples=1_000, deadline=None)
@given(mutations())
def test_what_hypothesis_thinks_of_is_refused_or_true(fields):
    try:
        notice = RAIL.read({}, b"", fields)
    except ForgedNotice:
        return
    plain = {name: value for name, value in fields.items() if name not in ("sign", "sign_type")}
    assert fields["sign"] == signature(plain, KEY)
    if notice is None:
        assert fields["trade_status"] != "TRADE_SUCCESS"
        return
    assert (notice.key, notice.transaction) == (fields["out_trade_no"], fields["trade_no"])
    assert notice.total.plain() == f"{notice.total.decimal:.2f}"
    assert float(fields["money"]) == float(notice.total.decimal)
    assert (notice.account, notice.mode, fields["pid"]) == (PID, "live", PID)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.dictionaries(st.text(), st.text()), st.dictionaries(st.text(), st.text()))
def test_whatever_comes_nothing_else_is_raised(body, headers, query):
    with pytest.raises(ForgedNotice):
        RAIL.read(headers, body, query)


def test_ten_thousand_changed_characters_are_refused():
    dice = Random(20260101)
    names = [*GOOD]
    for _ in range(10_000):
        fields = dict(GOOD)
        name = dice.choice([name for name in names if name != "sign_type"])
        value = list(fields[name])
        value[dice.randrange(len(value))] = chr(dice.choice([*range(33, 127), *range(0x4E00, 0x4E10)]))
        fields[name] = "".join(value)
        if fields == GOOD:
            continue
        with pytest.raises(ForgedNotice):
            RAIL.read({}, b"", fields)


RAIL = offline()


def test_what_is_logged_about_a_forgery_holds_no_key():
    with pytest.raises(ForgedNotice) as refused:
        offline().read({}, b"", signed(TOLD, "other"))
    assert KEY not in str(refused.value)
    assert "K7M2" not in str(refused.value)
