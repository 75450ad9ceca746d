"""`mika payments`: whether each way to pay works, from the provider to our own door; permits; what a sale leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from core import ways
from core.ground.audit import audit
from doubles.crypto_pay import CryptoPay
from doubles.epay import Epay
from mika import demo, payments, serving
from mika.rail_settings import CryptoPaySettings, EpaySettings, ManualSettings, RailSettings, SandboxSettings
from mika.refusals import Refusal
from mika.settings import Fee, Settings
from mika.wiring import opened

TOKEN = "123:AAA"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
async def selling(settings: Settings) -> AsyncIterator[Settings]:
    """The demo shop, at work on a port of its own, with four ways to pay, each at its double."""
    listening = serving.listen("127.0.0.1", 0)
    told, served = await demo.provider(settings.changed(port=serving.port_of(listening)))
    address = told.address
    epay = Epay("1001", "KEY123")
    coins = CryptoPay(TOKEN, notify_url=f"{address}/hooks/crypto")
    async with epay.served(), coins.served():
        rails = told.rails.model_copy(
            update={
                "epay": EpaySettings(url=epay.url, pid="1001", key=SecretStr("KEY123")),
                "crypto": CryptoPaySettings(kind="crypto_pay", token=SecretStr(TOKEN), url=coins.url),
                "manual": ManualSettings(pay_to={"en": "an account"}),
            }
        )
        told = told.changed(rails=rails)
        async with opened(told) as house, serving.at_work(house, listening):
            yield told
    await served.stop()


async def test_where_all_is_well_each_rail_says_so(selling: Settings, said: list[str]):
    assert await payments.check(selling, said.append) == 0, said
    text = "\n".join(said)
    for rail in ("sandbox", "epay", "crypto"):
        assert f"ok     {rail}: its provider answers" in text
        assert f"ok     {rail}: a notice signed with its secret is verified" in text
        assert f"/hooks/{rail} a signed notice was taken and thanked for" in text
    assert "ok     manual: staff say when money came" in text
    assert "in telegram: digital goods by nothing" not in text  # a demo: the test rail is everywhere
    assert "All is well." in text
    assert not any(secret in text for secret in ("KEY123", TOKEN, selling.rails.sandbox.secret.get_secret_value()))  # type: ignore[union-attr]


async def test_what_is_wrong_is_said_and_what_with(selling: Settings, said: list[str]):
    sandbox = selling.rails.sandbox
    assert sandbox
    wrong = sandbox.model_copy(update={"api_key": SecretStr("not ours"), "secret": SecretStr("not theirs")})
    rails = selling.rails.model_copy(update={"sandbox": wrong})
    assert await payments.check(selling.changed(rails=rails), said.append) == 1
    text = "\n".join(said)
    assert "TO DO  sandbox: its provider does not answer as it should" in text
    assert "a signed notice was answered with 400, not 204" in text  # the shop that runs has another secret
    assert "2 to do." in text


async def test_a_shop_that_does_not_run_is_told_from_one_that_refuses(settings: Settings, said: list[str]):
    told, served = await demo.provider(settings.changed(port=9))
    assert await payments.check(told, said.append) == 1
    assert any("can't be reached" in line and "is the shop running?" in line for line in said)
    await served.stop()


async def test_without_a_rail_there_is_something_to_do(settings: Settings, said: list[str]):
    assert await payments.check(settings.changed(rails=RailSettings()), said.append) == 1


async def test_a_permit_is_given_when_its_warning_was_read_and_both_are_kept(settings: Settings, said: list[str]):
    manual = ManualSettings(pay_to={"en": "an account"})
    settings = settings.changed(rails=RailSettings(manual=manual), demo=False)
    assert not await payments.permit(settings, "manual", "telegram", "digital", said.append, lambda: False)
    assert "Stars only" in said[0]
    async with opened(settings) as house:
        assert await house.shop.db.read(ways.permitted) == []
        here = await house.shop.db.read(ways.standing, "telegram")
        assert not here.offers("manual", "digital")
    for _ in range(2):
        assert await payments.permit(settings, "manual", "telegram", "digital", said.append, lambda: True)
    async with opened(settings) as house:
        assert (await house.shop.db.read(ways.standing, "telegram")).offers("manual", "digital")
        [row] = await house.shop.db.read(lambda tx: tx.all(select(ways.permits)))
        assert row.warning == said[0]
        kept = await house.shop.db.read(lambda tx: tx.all(select(audit).where(audit.c.action == "permit rail")))
        assert len(kept) == 1
    await payments.forbid(settings, "manual", "telegram", "digital", said.append)
    async with opened(settings) as house:
        assert not (await house.shop.db.read(ways.standing, "telegram")).offers("manual", "digital")


@pytest.mark.parametrize(("rail", "chat", "goods"), [("stripe", "telegram", "digital"), ("sandbox", "fax", "digital")])
async def test_s022_there_is_no_such_permit(settings: Settings, said: list[str], rail: str, chat: str, goods: str):
    with pytest.raises(Refusal, match="S022"):
        await payments.permit(settings, rail, chat, goods, said.append, lambda: True)


async def test_what_needs_no_permit_gets_none(settings: Settings, said: list[str]):
    manual = ManualSettings(pay_to={"en": "an account"})
    selling = settings.changed(rails=RailSettings(manual=manual), demo=False)
    assert await payments.permit(selling, "manual", "browser", "digital", said.append, lambda: False)
    assert "needs no permit" in said[0]


async def test_a_test_rail_in_a_shop_that_is_no_demo_has_a_warning_of_its_own(settings: Settings, said: list[str]):
    told, served = await demo.provider(settings.changed(demo=False))
    assert not await payments.permit(told, "sandbox", "browser", "digital", said.append, lambda: False)
    assert "can empty your shelf" in said[0]
    assert await payments.check(told, said.append) == 1
    assert any("a test rail in a shop that is no demo" in line for line in said)
    await served.stop()


async def test_what_a_sale_leaves_is_shown_and_a_loss_is_named(settings: Settings, said: list[str]):
    assert await payments.show_margins(settings, said.append) == 0
    assert any("its cost is not known" in line for line in said)
    dear = settings.changed(fees={"sandbox": Fee(percent=Decimal(3), fixed=Decimal(1))})
    said.clear()
    await payments.show_margins(dear, said.append)
    assert any("arrives" in line for line in said)


def test_the_settings_of_the_test_rail_hide_their_secrets():
    told = SandboxSettings(api_key=SecretStr(TOKEN), secret=SecretStr(TOKEN))
    assert TOKEN not in repr(told)
