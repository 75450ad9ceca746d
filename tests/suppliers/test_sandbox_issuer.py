"""Asking an issuer over HTTP: what it says is believed, what makes no sense is no knowledge, and nothing is quoted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

import suppliers
from core.ground.errors import PartyError
from core.ground.vault import Secret
from core.issuing import RedemptionAnswer
from core.parties import Issuer
from doubles import issuer
from suppliers.sandbox_issuer import SandboxIssuer, understood

KEY, CODE = "the shop's key", "SECRET-CODE-0001"
AT = datetime(2026, 3, 14, 6, 5, tzinfo=UTC)


@pytest.fixture
async def vendor() -> AsyncIterator[issuer.Issuer]:
    """The other side, up and running."""
    made = issuer.Issuer(KEY, issued={CODE})
    async with made.served():
        yield made


@pytest.fixture
async def sandbox(vendor: issuer.Issuer) -> AsyncIterator[SandboxIssuer]:
    made = SandboxIssuer(vendor.url, api_key=KEY)
    yield made
    await made.aclose()


def keeps(party: Issuer) -> Issuer:
    return party


async def test_an_issuer_is_found_by_its_name(sandbox):
    assert suppliers.load_issuer("sandbox") is SandboxIssuer
    assert keeps(sandbox).name in suppliers.ISSUERS
    with pytest.raises(LookupError, match="sandbox"):
        suppliers.load_issuer("nobody")


async def test_it_says_how_a_code_stands(sandbox, vendor):
    assert await sandbox.redemption_of(Secret(CODE)) == RedemptionAnswer("unredeemed")
    assert await sandbox.redemption_of(Secret("ANOTHER")) == RedemptionAnswer("unknown")
    vendor.redeemed[CODE] = AT
    assert await sandbox.redemption_of(Secret(CODE)) == RedemptionAnswer("redeemed", AT)
    vendor.redeemed[CODE] = None
    assert await sandbox.redemption_of(Secret(CODE)) == RedemptionAnswer("redeemed")


@pytest.mark.parametrize(
    ("trouble", "permanent"), [("error", False), ("busy", False), ("nonsense", False), ("refuse", True)]
)
async def test_trouble_is_no_knowledge_and_quotes_nothing(sandbox, vendor, trouble, permanent):
    vendor.trouble = trouble
    with pytest.raises(PartyError) as error:
        await sandbox.redemption_of(Secret(CODE))
    assert error.value.permanent == permanent
    assert CODE not in str(error.value)


async def test_a_wrong_key_and_an_issuer_that_is_away(vendor):
    for url, key in ((vendor.url, "wrong"), ("http://127.0.0.1:9", KEY)):
        made = SandboxIssuer(url, api_key=key)
        with pytest.raises(PartyError) as error:
            await made.redemption_of(Secret(CODE))
        assert not error.value.permanent
        await made.aclose()


@pytest.mark.parametrize(
    "answer", [b"", b"[]", b'{"state":"used"}', b'{"state":"redeemed","at":"2026-03-14T06:05:00"}']
)
def test_what_makes_no_sense_is_said_so(answer):
    with pytest.raises(PartyError, match="no sense"):
        understood(answer)
