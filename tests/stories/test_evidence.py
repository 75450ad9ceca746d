"""What a provider is shown in a dispute: everything that happened, and no code."""

from __future__ import annotations

import hashlib

import pytest
from sqlalchemy import text

from core import documents, evidence
from core.authority import Role
from core.catalog import Product
from core.ground.errors import ShopError
from core.orders import Order, State
from core.staff import NotAllowed
from tests.world import Somebody, World


async def test_the_pack_tells_what_was_delivered_and_holds_no_code(world: World, lin: Somebody, steam: Product):
    codes = await world.stock(steam, 2)
    await lin.buys(steam, 2)
    await lin.pays()
    message = await lin.gets()
    assert sorted(message.codes) == sorted(codes)
    await world.becomes(lin, State.DELIVERED)
    order = await world.order(lin)
    told = await world.db.write(evidence.pack, order.number)
    assert not [code for code in codes if code in told]
    for part in (order.number, "Steam $20", "by sandbox, transaction", "as message m1", "fingerprint", "codes shown"):
        assert part in told, part
    assert told.count("fingerprint") == 2
    *lines, last, _ = told.split("\n")
    assert last.endswith(hashlib.sha256("\n".join(lines).encode()).hexdigest())


async def test_what_staff_looked_at_is_no_look_of_the_buyers(
    world: World, lin: Somebody, chen: Somebody, steam: Product
):
    order = await bought(world, lin, steam)
    before = await world.db.write(evidence.pack, order.number)
    await chen.says(f"reveal {order.number}")
    await chen.says("the buyer says it is empty")
    await chen.presses("这里")
    after = await world.db.write(evidence.pack, order.number)
    assert "codes shown" in after
    assert after == before
    await lin.says(f"order {order.number}")
    assert (await world.db.write(evidence.pack, order.number)).count("codes shown") == after.count("codes shown") + 1


async def test_staff_take_it_as_a_file_in_their_own_chat(world: World, lin: Somebody, chen: Somebody, steam: Product):
    order = await bought(world, lin, steam)
    fang = await world.hire("fang", Role.SUPPORT)
    told = await chen.says(f"evidence {order.number.lower()}")
    name = told.spoken.source.document
    assert name is not None
    assert name == f"evidence-{order.number}.txt"
    content = await world.db.read(documents.made_for, name, chen.id)
    assert order.number in content.decode()
    assert "sha256 of the lines above" in content.decode()
    assert "导出" in (await fang.says(f"evidence {order.number}")).text  # that is not theirs to do
    with pytest.raises(NotAllowed):
        await world.db.read(documents.made_for, name, fang.id)
    for strange in ("evidence-0000-0000.txt", "evidence-.txt", f"evidence-{order.number}.xlsx", "evidence", ".txt"):
        with pytest.raises(ShopError):
            await world.db.read(documents.made_for, strange, chen.id)
    rows = await world.db.read(lambda tx: tx.all(text("SELECT actor FROM audit WHERE action = 'evidence'")))
    assert [row.actor for row in rows] == [chen.id]


async def bought(world: World, lin: Somebody, steam: Product) -> Order:
    await world.stock(steam, 1)
    await lin.buys(steam)
    await lin.pays()
    await lin.gets()
    await world.becomes(lin, State.DELIVERED)
    return await world.order(lin)
