"""What staff write beside a purchase or a sale stays as it is, but for the shop's own codes."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from core import batches, customers, drafts, enquiries, orders, pasted, quoted, restock, selling
from core.ground.money import Money
from core.ground.vault import Secret
from core.selling import Sale
from tests.core.counter import ask

KEPT = ["INV-2041", "PO 2026-00017", "发票 24442000000012345678，京东", "RECEIPT20260314 by Wang", ""]
CODES = ["AAAA1-BBBB2-CCCC3", "6006491001----778899", "short7"]
SHOWN = [
    ("INV-2041 for AAAA1-BBBB2-CCCC3, paid", "INV-2041 for •••, paid"),
    ("码是AAAA1-BBBB2-CCCC3的那批", "码是•••的那批"),
    ("aaaa1-bbbb2-cccc3 AAAA1-BBBB2-CCCC3", "••• •••"),
    ("card 6006491001 778899 INV-2041", "card ••• INV-2041"),
    ("6006491001----778899", "•••"),
    ("6006491001 / 778899", "•••"),
    ("(short7)", "(•••)"),
]


@pytest.mark.parametrize("said", KEPT)
async def test_what_only_looks_like_a_code_is_kept(world, steam, chen, said):
    await world.stocked(steam, CODES)
    assert await world.db.read(quoted.covered, said) == said


@pytest.mark.parametrize(("said", "kept"), SHOWN)
async def test_a_code_of_the_shop_is_covered(world, steam, said, kept):
    assert await world.db.read(quoted.covered, said) == said, "the control: nobody has that code"
    await world.stocked(steam, CODES)
    assert await world.db.read(quoted.covered, said) == kept


def test_what_covers_buyers_words_covers_an_invoice_too():
    """The control: why this is another."""
    assert enquiries.covered(Secret("INV-2041")) == "•••"


async def drafted(world, steam, chen) -> int:
    batch = await world.db.write(restock.opened, steam, "made up", chen.id)
    await world.db.write(drafts.keep, batch, 0, pasted.read(CODES).codes)
    return batch


async def test_the_proof_of_a_purchase_is_kept_without_codes_of_its_draft(world, steam, chen):
    batch = await drafted(world, steam, chen)
    proof = "INV-2041 6006491001 and short7"
    await world.db.write(restock.bought_for, batch, Money(990, "CNY"), proof, chen.id, request_key="event 1")
    assert (await world.db.read(batches.batch, batch)).proof == "INV-2041 ••• and •••"
    assert "6006491001" not in str(await ask(world, "SELECT detail FROM audit"))
    await world.db.write(restock.bought_for, batch, None, "INV-2041", chen.id, request_key="event 2")
    assert (await world.db.read(batches.batch, batch)).proof == "INV-2041"


async def test_of_another_batchs_draft_nothing_is_known(world, steam, chen):
    """The control."""
    await drafted(world, steam, chen)
    assert await world.db.read(quoted.covered, "short7") == "short7"


async def test_a_sale_by_hand_is_kept_without_codes(world, steam, chen):
    await world.stocked(steam, CODES)
    sale = Sale("steam", 1, "Wang short7", "闲鱼", Money(20000, "CNY"), "XY-20260314 AAAA1-BBBB2-CCCC3")
    order = await world.db.write(selling.sell, sale, chen.id, "sold")
    assert (await world.db.read(customers.person, order.person)).name == "Wang •••"
    rows = [
        str(row)
        for table in ("payments", "receipts", "people", "audit", "orders")
        for row in await everything(world, table)
    ]
    assert not any("AAAA1" in row or "short7" in row for row in rows)
    assert any("XY-20260314 •••" in row for row in rows)
    assert (await world.db.read(orders.get, order.id)).number == order.number


async def everything(world, table: str) -> list[object]:
    return list(await world.db.read(lambda tx: tx.all(text(f"SELECT * FROM {table}"))))
