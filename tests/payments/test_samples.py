"""The notice a rail signs itself, to try its door with: verified like the provider's, and without effect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from core.ground.errors import ForgedNotice
from core.parties import Brought, PaymentRail
from core.settling import PaymentNotice
from payments.btcpay import BtcPay
from payments.crypto_pay import CryptoPay
from payments.epay import Epay
from payments.epusdt import Epusdt
from payments.manual import Manual
from payments.sandbox import Sandbox
from payments.stripe import Stripe

URL = "http://127.0.0.1:9"
MADE: dict[str, Callable[[str], PaymentRail]] = {
    "btcpay": lambda secret: BtcPay(URL, store="store", api_key="key", secret=secret),
    "crypto_pay": lambda secret: CryptoPay(secret),
    "epay": lambda secret: Epay(URL, pid="1001", key=secret, notify_url=f"{URL}/hooks/epay"),
    "epusdt": lambda secret: Epusdt(URL, token=secret, notify_url=f"{URL}/hooks/crypto"),
    "sandbox": lambda secret: Sandbox(URL, api_key="key", secret=secret, notify_url=f"{URL}/hooks/sandbox"),
    "stripe": lambda secret: Stripe(api_key="sk_test_1", secret=secret, account="acct_1"),
}


def told(rail: PaymentRail, sample: Brought) -> object:
    query = dict(httpx.QueryParams(sample.query).multi_items())
    return rail.read({name.lower(): value for name, value in sample.headers.items()}, sample.body, query)


@pytest.mark.parametrize("name", MADE)
async def test_it_is_verified_and_changes_nothing(name: str):
    rail = MADE[name]("123:a secret of this shop")
    sample = rail.sample()
    assert sample
    notice = told(rail, sample)
    assert notice is None or (isinstance(notice, PaymentNotice) and notice.state == "closed")
    await rail.aclose()


@pytest.mark.parametrize("name", MADE)
async def test_one_of_another_shop_is_not(name: str):
    rail, other = MADE[name]("123:a secret of this shop"), MADE[name]("456:a secret of another shop")
    sample = other.sample()
    assert sample
    with pytest.raises(ForgedNotice):
        told(rail, sample)
    with pytest.raises(ForgedNotice):
        told(rail, replace(sample, headers={}, query=sample.query.partition("&sign=")[0], body=sample.body + b" "))
    await rail.aclose()
    await other.aclose()


@pytest.mark.parametrize("name", MADE)
async def test_without_a_secret_there_is_none(name: str):
    rail = MADE[name]("")
    assert (rail.sample(), rail.listens) == (None, False)
    await rail.aclose()


def test_who_is_told_nothing_signs_nothing():
    assert Manual({"en": "an account"}, currencies=frozenset({"CNY"})).sample() is None


@pytest.mark.parametrize("name", MADE)
async def test_what_anybody_with_the_key_can_write_is_never_believed_unasked(name: str):
    rail = MADE[name]("123:a secret of this shop")
    assert rail.abilities.authenticity == "strong" or rail.abilities.confirm
    await rail.aclose()
