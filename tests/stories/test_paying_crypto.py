"""Paying with coins, in the buyer's words: by Crypto Pay, to a BTCPay Server, and to an address by its exact amount."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from core.catalog import Product
from core.ground import inbox
from core.ground.money import Money
from core.ledger import payments, receipts
from core.orders import State
from core.parties import PaymentRequest
from doubles.btcpay import BtcPay as Server
from doubles.crypto_pay import TOKEN, CryptoPay
from doubles.epusdt import Epusdt
from payments.btcpay import BtcPay
from payments.crypto_pay import CryptoPay as CryptoPayRail
from payments.epusdt import Epusdt as EpusdtRail
from tests.world import Somebody, World, taken_by

WAYS = [
    ("zh-CN", "货架", "买 1", "已发货"),
    ("en", "shop", "Buy 1", "delivered"),
]
GONE = "ABCD-1234-crypto"


@asynccontextmanager
async def by_crypto_pay(world: World) -> AsyncIterator[CryptoPay]:
    made = CryptoPay(notify_url=f"{world.url}/hooks/crypto", clock=world.clock.now)
    async with made.served(), taken_by(world, CryptoPayRail(TOKEN, url=made.url, clock=world.clock.now)):
        yield made


@asynccontextmanager
async def by_btcpay(world: World) -> AsyncIterator[Server]:
    made = Server(notify_url=f"{world.url}/hooks/crypto", clock=world.clock.now)
    async with made.served():
        rail = BtcPay(made.url, store=made.store, api_key="key", secret="hook secret", clock=world.clock.now)
        async with taken_by(world, rail):
            yield made


@asynccontextmanager
async def by_epusdt(world: World) -> AsyncIterator[Epusdt]:
    made, hook = Epusdt("tok", clock=world.clock.now), f"{world.url}/hooks/crypto"
    async with made.served():
        rail = EpusdtRail(made.url, token="tok", notify_url=hook, clock=world.clock.now)
        async with taken_by(world, rail):
            yield made


OPENS: dict[str, Any] = {"crypto_pay": by_crypto_pay, "btcpay": by_btcpay, "epusdt": by_epusdt}


@pytest.fixture(params=OPENS)
async def provider(world: World, request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    """Each of the three, in turn."""
    async with OPENS[request.param](world) as made:
        yield made


@pytest.fixture
async def btcpay(world: World) -> AsyncIterator[Server]:
    async with by_btcpay(world) as made:
        yield made


@pytest.fixture
async def epusdt(world: World) -> AsyncIterator[Epusdt]:
    async with by_epusdt(world) as made:
        yield made


async def key_of(world: World, somebody: Somebody) -> str:
    return f"{(await world.order(somebody)).number}-crypto"


@pytest.mark.parametrize(("locale", "shop", "buy", "delivered"), WAYS)
async def test_from_the_first_word_to_the_code(
    world: World, provider: Any, steam: Product, locale: str, shop: str, buy: str, delivered: str
):
    [code] = await world.stock(steam, 1)
    lin = world.meet("lin", locale)
    await lin.says(shop)
    await lin.says("1")
    await lin.says("1")
    await lin.presses(buy)
    [link] = [choice.link for choice in lin.choices if choice.link]
    assert link.startswith("https://t.me/CryptoBot" if isinstance(provider, CryptoPay) else provider.url)

    await provider.pay(await key_of(world, lin))
    assert provider.unheard == []
    arrived = await lin.gets()
    assert arrived.codes == [code]
    assert delivered in arrived.text
    await world.becomes(lin, State.DELIVERED)
    assert await world.count(receipts) == 1


async def test_coins_that_are_not_there_to_stay_bring_no_code(
    world: World, btcpay: Server, lin: Somebody, steam: Product
):
    [code] = await world.stock(steam, 1)
    await lin.buys(steam)
    key = await key_of(world, lin)
    await btcpay.pay(key, confirmed=False)
    await lin.gets_nothing()
    assert (await world.order(lin)).state is State.AWAITING_PAYMENT
    await btcpay.confirm(key)
    assert (await lin.gets()).codes == [code]


async def test_too_much_goes_back_and_the_code_comes(world: World, btcpay: Server, lin: Somebody, steam: Product):
    [code] = await world.stock(steam, 1)
    await lin.buys(steam)
    await btcpay.pay(await key_of(world, lin), "120.00")
    assert (await lin.gets()).codes == [code]
    [receipt] = await world.db.read(lambda tx: tx.all(receipts.select()))
    assert receipt.amount == 12000


async def test_coins_after_the_end_are_late_money(world: World, btcpay: Server, lin: Somebody, steam: Product):
    [code] = await world.stock(steam, 1)
    await lin.buys(steam)
    key = await key_of(world, lin)
    await world.later(timedelta(minutes=16))
    await world.runner.tick()
    await world.becomes(lin, State.EXPIRED)
    await btcpay.pay(key)
    texts = [await lin.gets() for _ in range(3)]  # it had lapsed; it came late; and here it is
    assert texts[-1].codes == [code]


async def test_too_little_after_the_end_goes_back(world: World, btcpay: Server, lin: Somebody, steam: Product):
    await world.stock(steam, 1)
    await lin.buys(steam)
    key = await key_of(world, lin)
    await btcpay.pay(key, "40.00")
    await world.later(timedelta(minutes=16))
    await btcpay.expire(key)

    async def written_down() -> bool:
        return await world.count(receipts) == 1

    await world.until(written_down)
    [receipt] = await world.db.read(lambda tx: tx.all(receipts.select()))
    assert receipt.amount == 4000
    assert (await world.order(lin)).state is not State.DELIVERED


async def forged(world: World, gateway: Epusdt, lin: Somebody) -> int:
    """Somebody who has the token writes a notice of money that never came; what the shop answers."""
    told = gateway.told(await key_of(world, lin), block_transaction_id="none")
    async with httpx.AsyncClient(trust_env=False) as stranger:
        answer = await stranger.post(f"{world.url}/hooks/crypto", content=told.body, headers=dict(told.headers))
    return answer.status_code


async def test_a_token_that_got_out_settles_nothing(world: World, epusdt: Epusdt, lin: Somebody, steam: Product):
    """C3, for the second of the two rails whose notices prove little."""
    [code] = await world.stock(steam, 1)
    await lin.buys(steam)
    assert await forged(world, epusdt, lin) == 200

    async def looked_at() -> bool:
        return any(row.tries for row in await world.db.read(lambda tx: tx.all(inbox.inbox.select())))

    await world.until(looked_at)
    assert (await world.order(lin)).state is State.AWAITING_PAYMENT
    assert await world.count(receipts) == 0
    await epusdt.pay(await key_of(world, lin))
    assert (await lin.gets()).codes == [code]


async def test_without_asking_the_forged_notice_is_money(world: World, epusdt: Epusdt, lin: Somebody, steam: Product):
    """The same with the guard off."""
    rail: Any = world.shop.payments["crypto"]
    rail.abilities = replace(rail.abilities, confirm=False)
    [code] = await world.stock(steam, 1)
    await lin.buys(steam)
    assert await forged(world, epusdt, lin) == 200
    assert (await lin.gets()).codes == [code]


@pytest.mark.parametrize("guard", ["on", "off"])
async def test_money_for_an_order_that_is_gone_is_staffs_to_look_for_at_once(
    world: World, epusdt: Epusdt, chen: Somebody, guard: str
):
    """The gateway tells a trade's state only: whose and how much stood in our books. Tried on, it keeps a shop shut."""
    rail: Any = world.shop.payments["crypto"]
    rail.abilities = replace(rail.abilities, by_key=guard == "off")
    until = datetime(2100, 1, 1, tzinfo=UTC)
    await rail.start(PaymentRequest(GONE, GONE[:9], Money(1250, "CNY"), until, "steam", "zh-CN", "http://shop/"))
    assert await epusdt.pay(GONE)

    async def looked_at() -> bool:
        return any(row.trouble for row in await world.db.read(lambda tx: tx.all(inbox.inbox.select())))

    await world.until(looked_at)
    rows = await world.db.read(lambda tx: tx.all(inbox.inbox.select().where(inbox.inbox.c.source == "crypto")))
    assert [row.state for row in rows] == ["dead" if guard == "on" else "new"]
    assert await world.count(receipts) == 0
    if guard == "on":
        told = (await chen.gets()).text
        for part in (epusdt.of(GONE).trade_id, GONE, "12.50 CNY"):
            assert part in told


async def test_money_for_a_payment_whose_trade_the_backup_does_not_know_is_staffs_likewise(
    world: World, epusdt: Epusdt, lin: Somebody, steam: Product
):
    await world.stock(steam, 1)
    await lin.buys(steam)
    await world.db.write(lambda tx: tx.changed(update(payments).values(reference=None)))
    assert await epusdt.pay(await key_of(world, lin))

    async def put_aside() -> bool:
        return any(row.state == "dead" for row in await world.db.read(lambda tx: tx.all(inbox.inbox.select())))

    await world.until(put_aside)
    assert await world.count(receipts) == 0
