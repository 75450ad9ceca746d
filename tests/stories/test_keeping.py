"""Money that fits no order, as staff decide about it: by a button, or by a word in their language."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import sqlite

from core import ledger, order_search, restores, settling
from core.catalog import Product
from core.ground.db import Tx
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


async def test_money_of_an_order_that_is_gone_is_found_by_the_number_its_buyer_types(
    world: World, lin: Somebody, chen: Somebody, steam: Product
):
    await world.stock(steam, 1)
    await lin.buys(steam)
    notice = await notice_for(world, lin)
    await world.db.write(_restored)
    of_gone = dataclasses.replace(notice, key="ABCD-1234-sandbox")
    await world.db.write(settling.settle, of_gone)
    await chen.gets()
    [receipt] = await world.db.read(ledger.unmatched)
    for said in ("ABCD-1234", "abcd1234", "find ABCD-1234"):
        told = (await chen.says(said)).text
        assert "¥100.00" in told, said
        assert f"认领 {receipt.id}" in told
    assert "没找到" in (await chen.says("find ABCD-1235")).text
    order = await world.order(lin)
    for word in ("match", "same"):  # buttons of other money, which had this number before the restore
        assert "没有改动" in (await chen.says(f"{word} {receipt.id} {order.number} a1b2c3")).text
    assert [receipt] == await world.db.read(ledger.unmatched)
    await chen.says(f"match {receipt.id} {order.number} {receipt.mark}")
    assert order.number in (await chen.says("ABCD-1234")).text  # whose it turned out to be
    await world.db.write(settling.settle, dataclasses.replace(of_gone, transaction="paid twice"))
    [again] = await world.db.read(ledger.unmatched)
    await chen.says(f"keep {again.id}")
    told = (await chen.says("ABCD-1234")).text
    assert "已留作店里的收入" in told
    assert order.number in str((await chen.says("ABCD-1234")).choices)


def _restored(tx: Tx) -> None:
    restores.restored(tx, "0" * 64, tx.now - timedelta(days=1), tx.now)
    restores.checked(tx, {})


@pytest.mark.parametrize("store", ["sqlite"])
@pytest.mark.parametrize("statement", [order_search.WITHOUT_ORDER, order_search.AT_A_PROVIDER])
async def test_such_money_is_found_without_reading_every_receipt(world: World, statement: Any):
    written = statement.params(number="x", ours="ABCD-1234").compile(
        dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}
    )
    rows = await world.db.read(lambda tx: tx.all(text(f"EXPLAIN QUERY PLAN {written}")))
    plan = str([row[-1] for row in rows])
    assert "ix_receipts_of_number (of_number=?)" in plan
    assert "SCAN receipts" not in plan
