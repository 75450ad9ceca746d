"""Money that fits no order, as staff decide about it: by a button, or by a word in their language."""

from __future__ import annotations

import dataclasses

from core import ledger, settling
from core.catalog import Product
from tests.stories.test_money import notice_for
from tests.world import Somebody, World


async def strange(world: World, lin: Somebody, number: int) -> str:
    """Money comes that names nothing of ours; returns the provider's number of it."""
    notice = dataclasses.replace(await notice_for(world, lin), key=f"somebody's {number}", transaction=f"txn-{number}")
    await world.db.write(settling.settle, notice)
    return notice.transaction


async def test_staff_decide_by_button_or_word_and_once(world: World, lin: Somebody, chen: Somebody, steam: Product):
    await world.stock(steam, 1)
    await lin.buys(steam)
    transaction = await strange(world, lin, 1)
    assert (await chen.gets()).choices == ["留下", "退回"]
    back = chen.choices[1].says
    assert "归店里了" in (await chen.presses("留下")).text
    assert "之前已留下" in (await chen.says(press=back)).text
    assert "已留作店里的收入" in (await chen.says(transaction)).text

    transaction = await strange(world, lin, 2)
    await chen.gets()
    [receipt] = await world.db.read(ledger.unmatched)
    found = (await chen.says(transaction)).text
    assert all(f"{word} {receipt.id}" in found for word in ("认领", "留下", "退回"))
    assert "没有这个编号" in (await chen.says(f"keep {receipt.id} a1b2c3")).text  # a button of other money
    assert "正在退回：第" in (await chen.says(f"退回 {receipt.id}")).text
    assert "正在退回或已退回" in (await chen.says(f"keep {receipt.id}")).text
    assert "正在退回或已退回" in (await chen.says(f"退回 {receipt.id}")).text
    assert "没有这个编号" in (await chen.says("留下 abc")).text
