"""What a provider is shown in a dispute: everything that happened, and no code."""

from __future__ import annotations

import hashlib

from core import evidence
from core.catalog import Product
from core.orders import State
from tests.world import Somebody, World


async def test_the_pack_tells_what_was_delivered_and_holds_no_code(world: World, lin: Somebody, steam: Product):
    codes = await world.stock(steam, 2)
    await lin.buys(steam, 2)
    await lin.pays()
    message = await lin.gets()
    assert sorted(message.codes) == sorted(codes)
    await world.becomes(lin, State.DELIVERED)
    order = await world.order(lin)
    text = await world.db.write(evidence.pack, order.number)
    assert not [code for code in codes if code in text]
    for part in (order.number, "Steam $20", "by sandbox, transaction", "as message m1", "fingerprint", "codes shown"):
        assert part in text, part
    assert text.count("fingerprint") == 2
    *lines, last, _ = text.split("\n")
    assert last.endswith(hashlib.sha256("\n".join(lines).encode()).hexdigest())
