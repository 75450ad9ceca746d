"""What staff do is in the audit once, also when its event is heard again after a crash."""

from __future__ import annotations

from core import batches, restock, threads
from core.ground.money import Money
from tests.core.counter import ask


async def test_an_answer_to_a_buyer(world, lin, chen):
    for _ in range(2):
        await world.db.write(threads.answer, lin.id, "Yes, it is", chen.id, "event 1")
    assert await ask(world, "SELECT COUNT(*) FROM audit WHERE action = 'reply'") == [1]
    assert await ask(world, "SELECT COUNT(*) FROM notes") == [1]


async def test_what_a_batch_cost(world, steam, chen):
    batch = await world.db.write(batches.open_batch, steam, "made up", "test")
    for _ in range(2):
        await world.db.write(restock.bought_for, batch, Money(1250, "CNY"), "INV-1", chen.id, request_key="event 1")
    assert await ask(world, "SELECT COUNT(*) FROM audit WHERE action = 'batch cost'") == [1]
    await world.db.write(restock.bought_for, batch, Money(990, "CNY"), "INV-1", chen.id, request_key="event 2")
    assert await ask(world, "SELECT COUNT(*) FROM audit WHERE action = 'batch cost'") == [2]
