"""Card codes: all or none are set aside, each goes to one unit, and what was handed over never comes back."""

from __future__ import annotations

import asyncio
import base64
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from core import batches, checkout, delivery, drafts, inventory, pasted, pickup, reconcile, schema, stock_files
from core.batches import BatchGone
from core.catalog import Product
from core.customers import Person
from core.ground import audit
from core.ground.db import Tx
from core.ground.errors import Tampered
from core.ground.stores.postgres import PostgresStore
from core.ground.vault import Secret
from core.inventory import MANY, OutOfStock
from tests.core import counter
from tests.core.counter import ask, run
from tests.world import Somebody, World


async def units(world: World, person: Person, product: Product, many: int) -> list[int]:
    """So many units for which nothing is set aside yet, of an order that may be granted."""
    order = await counter.unserved(world, person, product, many)
    await run(world, "UPDATE orders SET state = 'fulfilling', paid_at = placed_at WHERE id = :order", order=order.id)
    return [unit.id for unit in order.units]


async def reserve(world: World, product: Product, wanted: list[int]) -> None:
    await world.db.write(inventory.reserve, product, wanted)


async def available(world: World, product: Product) -> int:
    return await world.db.read(inventory.available, product)


async def add(world: World, product: Product, *lines: str, uses: int = 1, live: bool = True) -> int:
    batch = await world.db.write(batches.open_batch, product, "made up", "test")
    await world.db.write(batches.add, product, batch, pasted.read(lines).codes, uses)
    if live:
        await world.db.write(batches.finish_import, batch)
    return batch


async def revealed(world: World, wanted: list[int]) -> list[str]:
    found = await world.db.read(inventory.reveal, wanted)
    return [found[unit].fields[0][1].reveal() for unit in wanted if unit in found]


# Setting aside


async def test_all_units_are_set_aside_or_none(world, lin, steam):
    await world.stock(steam, 2)
    with pytest.raises(OutOfStock) as refusal:
        await reserve(world, steam, await units(world, lin, steam, 3))
    assert refusal.value.facts == {"left": 2}
    assert await available(world, steam) == 2
    assert await ask(world, "SELECT unit_id FROM reservations") == []
    await reserve(world, steam, await units(world, lin, steam, 2))
    assert await available(world, steam) == 0


async def test_the_oldest_codes_go_first(world, lin, steam):
    first = await world.stock(steam, 2)
    second = await world.stock(steam, 2)
    wanted = await units(world, lin, steam, 3)
    await reserve(world, steam, wanted)
    for unit in wanted:
        await world.db.write(inventory.grant, unit)
    assert await revealed(world, wanted) == [*first, second[0]]


async def test_another_products_codes_are_not_touched(world, lin, steam):
    other = await world.make("other")
    await world.stock(other, 5)
    with pytest.raises(OutOfStock):
        await reserve(world, steam, await units(world, lin, steam, 1))
    assert await available(world, other) == 5


async def test_what_staff_make_by_hand_is_not_set_aside(world, lin):
    topup = await world.make("topup", kind="by_hand")
    assert await available(world, topup) == MANY
    await reserve(world, topup, await units(world, lin, topup, 3))
    assert await ask(world, "SELECT unit_id FROM reservations") == []


async def test_a_code_is_set_aside_for_one_unit_at_a_time(world, lin, steam):
    """S4, by constraint: with its index dropped, the same code is set aside twice."""
    await world.stock(steam, 1)
    wanted = await units(world, lin, steam, 2)
    await reserve(world, steam, wanted[:1])
    again = "INSERT INTO reservations (unit_id, code_id, kind) SELECT :unit, code_id, kind FROM reservations"
    with pytest.raises(IntegrityError):
        await run(world, again, unit=wanted[1])
    await run(world, "DROP INDEX uq_reservations_code_id_one", again, unit=wanted[1])


@pytest.mark.parametrize("store", ["postgresql"])
async def test_a_code_somebody_only_has_locked_is_waited_for(world, lin, steam):
    """Skipping locked rows alone would call the last code sold out, though its buyer then backs out."""
    await world.stock(steam, 1)
    wanted = await units(world, lin, steam, 1)
    writers = cast(PostgresStore, world.db._store)._writers
    async with writers.connect() as other:
        await other.execute(text("SELECT id FROM codes FOR UPDATE"))
        picked = await world.db.write(inventory._pick, inventory.PICK_FREE, steam, 1)
        assert picked == []  # the control: what a picker that skips sees
        reserving = asyncio.create_task(reserve(world, steam, wanted))
        await asyncio.sleep(0.1)
        assert not reserving.done()
        await other.rollback()
        await reserving
    assert await available(world, steam) == 0


# Expired codes


async def test_codes_that_expire_are_sold_before_their_day_and_not_on_it(world, clock, lin, steam):
    today = clock.now().date()
    lines = [f"CODE-{days},{today + timedelta(days=days)}" for days in (-1, 0, 1, 2)]
    await add(world, steam, *lines, "CODE-FOREVER")
    assert await available(world, steam) == 3
    clock.forward(timedelta(days=1))
    assert await available(world, steam) == 2
    clock.forward(timedelta(days=1))
    wanted = await units(world, lin, steam, 2)
    with pytest.raises(OutOfStock):
        await reserve(world, steam, wanted)
    await reserve(world, steam, wanted[:1])
    await world.db.write(inventory.grant, wanted[0])
    assert await revealed(world, wanted[:1]) == ["CODE-FOREVER"]


async def test_shown_stock_is_never_above_what_can_be_reserved(world, clock, lin, steam):
    """S8: a code that expires while an order that lapses has it is shown to nobody."""
    tomorrow = clock.now().date() + timedelta(days=1)
    await add(world, steam, f"CODE-1,{tomorrow}", "CODE-2")
    await counter.place(world, lin, steam, 2)
    assert await available(world, steam) == 0
    clock.forward(world.shop.rules.hold)
    assert await available(world, steam) == (2 if clock.now().date() < tomorrow else 1)
    clock.forward(timedelta(days=1))
    assert await available(world, steam) == 1
    await counter.place(world, lin, steam, 1)


# Putting back, handing over


async def test_what_is_put_back_is_sold_again(world, lin, steam):
    [code] = await world.stock(steam, 1)
    one, other = await units(world, lin, steam, 2)
    await reserve(world, steam, [one])
    assert [await world.db.write(inventory.release, [one, other]) for _ in range(2)] == [1, 0]
    assert await available(world, steam) == 1
    await reserve(world, steam, [other])
    await world.db.write(inventory.grant, other)
    assert await revealed(world, [other]) == [code]


async def test_a_grant_is_once_and_for_all(world, lin, steam):
    await world.stock(steam, 2)
    [unit] = await units(world, lin, steam, 1)
    with pytest.raises(inventory.CodeGone):  # nothing set aside
        await world.db.write(inventory.grant, unit)
    await reserve(world, steam, [unit])
    await world.db.write(inventory.grant, unit)
    with pytest.raises(inventory.CodeGone):
        await world.db.write(inventory.grant, unit)
    assert await world.db.write(inventory.release, [unit]) == 0
    assert await available(world, steam) == 1
    assert await ask(world, "SELECT state FROM codes ORDER BY id") == ["granted", "available"]


async def test_a_code_that_was_taken_out_of_stock_meanwhile_is_not_granted(world, lin, steam):
    await world.stock(steam, 1)
    [unit] = await units(world, lin, steam, 1)
    await reserve(world, steam, [unit])
    await run(world, "UPDATE codes SET state = 'quarantined'")
    with pytest.raises(inventory.CodeGone):
        await world.db.write(inventory.grant, unit)


GRANT = (
    "INSERT INTO grants (unit_id, code_id, kind, granted_at) "
    "SELECT :unit, :code, kind, granted_at FROM grants WHERE superseded_by IS NULL LIMIT 1"
)


async def granted(world: World, lin: Person, steam: Product) -> tuple[list[int], list[int]]:
    """Three units, the first with its code; and the numbers of three codes."""
    await world.stock(steam, 3)
    wanted = await units(world, lin, steam, 3)
    await reserve(world, steam, wanted[:1])
    await world.db.write(inventory.grant, wanted[0])
    return wanted, await ask(world, "SELECT id FROM codes ORDER BY id")


async def test_a_code_is_granted_to_one_unit_ever(world, lin, steam):
    """S1, by constraint."""
    wanted, codes = await granted(world, lin, steam)
    with pytest.raises(IntegrityError):
        await run(world, GRANT, unit=wanted[1], code=codes[0])
    assert await run(world, "DROP INDEX uq_grants_code_id_one", GRANT, unit=wanted[1], code=codes[0]) == 1


async def test_a_unit_has_one_live_grant(world, lin, steam):
    """S2, by constraint."""
    wanted, codes = await granted(world, lin, steam)
    with pytest.raises(IntegrityError):
        await run(world, GRANT, unit=wanted[0], code=codes[1])
    assert await run(world, "DROP INDEX uq_grants_unit_id_live", GRANT, unit=wanted[0], code=codes[1]) == 1


COPY = (
    "INSERT INTO codes (product_id, batch_id, sealed, fingerprint, state, max_uses, uses, held) "
    "SELECT product_id, batch_id, sealed, {}, state, max_uses, uses, held FROM codes WHERE uses = 0 LIMIT 1"
)


async def test_a_code_is_in_the_shop_once(world, steam):
    """S7, by constraint: only with another fingerprint would the copy be taken."""
    other = await world.make("other")
    await add(world, steam, "AAAA-1")
    await add(world, other, "AAAA-1", "ＡＡＡＡ-1", " AAAA-1 ", "AAAA-2")
    assert [await available(world, product) for product in (steam, other)] == [1, 1]
    with pytest.raises(IntegrityError):
        await run(world, COPY.format("fingerprint"))
    assert await run(world, COPY.format("sealed")) == 1


async def test_a_superseded_grant_reveals_nothing(world, lin, steam):
    wanted, codes = await granted(world, lin, steam)
    before = await revealed(world, wanted)
    await run(
        world,
        "UPDATE grants SET superseded_by = 1000",
        "INSERT INTO grants (id, unit_id, code_id, kind, granted_at) "
        "SELECT 1000, unit_id, :code, kind, granted_at FROM grants",
        code=codes[1],
    )
    after = await revealed(world, wanted)
    assert len(before) == len(after) == 1
    assert before != after


async def test_a_sealed_code_moved_to_another_row_does_not_open(world, lin, steam):
    """P2: neither swapped with another code's, nor taken along to another product."""
    wanted, codes = await granted(world, lin, steam)
    [sealed] = await ask(world, "SELECT sealed FROM codes WHERE id = :code", code=codes[1])
    [own] = await ask(world, "SELECT sealed FROM codes WHERE id = :code", code=codes[0])
    await run(world, "UPDATE codes SET sealed = :sealed WHERE id = :code", sealed=sealed, code=codes[0])
    with pytest.raises(Tampered):
        await world.db.read(inventory.reveal, wanted)
    await run(world, "UPDATE codes SET sealed = :sealed WHERE id = :code", sealed=own, code=codes[0])
    assert len(await revealed(world, wanted)) == 1


# Codes of several uses


async def test_a_shared_code_serves_as_many_as_it_may(world, lin):
    shared = await world.make("shared", kind="shared")
    first, second = await world.stock(shared, 2, uses=3)
    assert await available(world, shared) == 6
    wanted = await units(world, lin, shared, 5)
    await reserve(world, shared, wanted)
    assert await ask(world, "SELECT held FROM codes ORDER BY id") == [3, 2]
    assert await available(world, shared) == 1
    await world.db.write(inventory.release, wanted[4:])
    for unit in wanted[:4]:
        await world.db.write(inventory.grant, unit)
    assert await revealed(world, wanted) == [first, first, first, second]
    assert await ask(world, "SELECT uses FROM codes ORDER BY id") == [3, 1]
    assert await ask(world, "SELECT state FROM codes ORDER BY id") == ["granted", "available"]
    assert await available(world, shared) == 2
    with pytest.raises(OutOfStock):
        await reserve(world, shared, await units(world, lin, shared, 3))
    assert {"S1", "S2", "S4", "S6"}.isdisjoint(await broken(world))


async def broken(world: World) -> set[str]:
    return {finding.check.id for finding in await world.db.read(reconcile.check)}


async def test_the_schema_counts_uses(world, lin):
    """S6, by constraint."""
    shared = await world.make("shared", kind="shared")
    await world.stock(shared, 1, uses=3)
    for change in ("uses = 4", "held = 4", "uses = 2, held = 2", "uses = -1", "held = -1"):
        with pytest.raises(IntegrityError):
            await run(world, f"UPDATE codes SET {change}")
    await run(world, "UPDATE codes SET uses = 1, held = 2")


async def test_only_a_shared_product_has_codes_of_several_uses(world, steam):
    await add(world, steam, "AAAA-1", uses=9)
    assert await available(world, steam) == 1


async def test_a_buyer_gets_a_shared_code_once_where_the_product_says_so(world, lin):
    shared = await world.make("shared", kind="shared", most_per_buyer=1)
    await world.stock(shared, 1, uses=5)
    await counter.sold(world, lin, shared)
    with pytest.raises(checkout.LimitReached):
        await counter.sold(world, lin, shared)


# Coming into stock


async def draft(world: World, product: Product, lines: str) -> int:
    batch = await world.db.write(batches.open_batch, product, "pasted", "test:chen", draft=True)
    await world.db.write(drafts.keep, batch, 0, pasted.read(lines.splitlines()).codes)
    return batch


async def test_a_draft_is_sealed_and_bound_to_its_batch(world, steam):
    one, other = await draft(world, steam, "AAAA-1\nAAAA-2"), await draft(world, steam, "BBBB-1")
    [sealed, _] = await ask(world, "SELECT sealed FROM drafts ORDER BY id")
    assert b"AAAA" not in sealed
    await run(world, "UPDATE drafts SET sealed = :sealed WHERE batch_id = :batch", sealed=sealed, batch=other)
    await world.db.write(batches.begin_import, other)
    with pytest.raises(Tampered):
        await world.db.write(drafts.put_in, other)
    await world.db.write(batches.begin_import, one)
    assert [await world.db.write(drafts.put_in, one) for _ in range(2)] == [2, 0]


async def test_a_draft_thrown_away_is_gone(world, steam):
    batch = await draft(world, steam, "AAAA-1")
    await world.db.write(batches.discard, batch)
    await world.db.write(batches.discard, batch)  # a repeat
    for late in (batches.begin_import, batches.finish_import):
        with pytest.raises(BatchGone):
            await world.db.write(late, batch)
    with pytest.raises(BatchGone):
        await world.db.write(drafts.keep, batch, 1, pasted.read(["AAAA-2"]).codes)
    assert await world.db.write(drafts.forget) == 1
    assert await ask(world, "SELECT COUNT(*) FROM drafts") == [0]


async def test_an_import_ends_once(world, steam):
    batch = await draft(world, steam, "AAAA-1\nAAAA-2")
    for _ in range(2):  # begun again after a crash
        await world.db.write(batches.begin_import, batch)
        assert await world.db.write(drafts.put_in, batch) in (2, 0)
    with pytest.raises(BatchGone):
        await world.db.write(batches.discard, batch)
    assert await world.db.write(batches.finish_import, batch) == 2
    for late in (batches.finish_import, batches.begin_import, batches.discard):
        with pytest.raises(BatchGone):
            await world.db.write(late, batch)
    assert (await world.db.read(batches.batch, batch)).state == "live"


async def test_the_schema_keeps_no_draft_of_what_is_on_sale(world, steam):
    batch = await draft(world, steam, "AAAA-1")
    with pytest.raises(IntegrityError):
        await run(world, "UPDATE batches SET state = 'live'")
    await world.db.write(batches.discard, batch)
    with pytest.raises(IntegrityError):
        await run(world, "INSERT INTO drafts (batch_id, place, size, sealed) VALUES (:batch, 9, 1, 'x')", batch=batch)


async def test_nothing_of_a_batch_is_sold_before_the_whole_of_it_is_there(world, lin, steam):
    batch = await add(world, steam, "AAAA-1", "AAAA-2", live=False)
    assert await available(world, steam) == 0
    wanted = await units(world, lin, steam, 1)
    with pytest.raises(OutOfStock):
        await reserve(world, steam, wanted)
    careless = select(inventory.codes.c.id).where(*inventory.sellable()[:-1])  # the control: it ignores the batch
    assert len(await world.db.read(lambda tx: tx.all(careless, product=steam.id, today=tx.now.date()))) == 2
    assert await world.db.write(batches.finish_import, batch) == 2
    assert await available(world, steam) == 2
    await reserve(world, steam, wanted)


async def test_what_is_known_already_is_counted_and_not_added(world, steam):
    await add(world, steam, "AAAA-1", "AAAA-2")
    told = drafts.Report()
    lines = ["AAAA-1", "", "AAAA-3", "AAAA-3", "1,2,3,4", "BBBB-1"]
    found = [code for at, line in enumerate(lines, 1) if (code := told.take(stock_files.line_of(line, at)))]
    told.known = await world.db.read(inventory.known, found)
    assert (told.new, told.known, told.repeated, told.blank, told.lines) == (2, 1, 1, 1, [(5, "fields")])
    batch = await world.db.write(batches.open_batch, steam, "again", "test")
    assert await world.db.write(batches.add, steam, batch, found) == 2
    assert await world.db.write(batches.finish_import, batch) == 2


async def test_the_same_codes_pasted_twice_at_once_are_added_once(world, steam):
    found = pasted.read([f"AAAA-{number}" for number in range(30)]).codes
    opened = [await world.db.write(batches.open_batch, steam, "made up", "test") for _ in range(4)]
    added = await asyncio.gather(*(world.db.write(batches.add, steam, batch, found) for batch in opened))
    assert sum(added) == 30


async def test_states_are_counted_of_what_is_on_sale(world, lin, steam):
    await world.stock(steam, 4)
    await add(world, steam, "BBBB-1", live=False)
    await counter.sold(world, lin, steam)
    await counter.place(world, lin, steam)
    assert await world.db.read(inventory.counts) == {steam.id: {"available": 2, "reserved": 1, "granted": 1}}


# No plaintext at rest


def forms(canary: str) -> list[bytes]:
    """How a text would look in a file."""
    plain = canary.encode()
    return [plain, canary.encode("utf-16-le"), plain.hex().encode(), plain.hex().upper().encode(), *based(plain)]


def based(plain: bytes) -> list[bytes]:
    """The middle of its base64, wherever it begins within a longer text."""
    return [base64.b64encode(b"x" * shift + plain)[4:-4] for shift in range(3)]


def hits(folder: Path, canaries: list[str]) -> list[str]:
    found = [file for file in folder.rglob("*") if file.is_file()]
    assert found
    return [canary for canary in canaries for file in found if any(form in file.read_bytes() for form in forms(canary))]


async def everything(world: World) -> bytes:
    """Every value of every table, as the database prints it."""

    def dump(tx: Tx) -> bytes:
        rows = [tx.all(text(f"SELECT * FROM {table}")) for table in schema.metadata.tables]
        return "\n".join(repr([_shown(value) for value in row]) for some in rows for row in some).encode()

    return await world.db.read(dump)


def _shown(value: Any) -> str:
    return value.hex() + str(bytes(value)) if isinstance(value, bytes | memoryview) else str(value)


async def test_no_code_is_anywhere_at_rest(world, store, lin: Person, chen: Somebody, tmp_path, request):
    """P1: after import, sale, delivery, being shown again, and by hand; in tables, files and logs of the store."""
    canaries = [f"CANARY-{number}-7F3K9QWZ" for number in range(12)]
    steam = await world.make("steam")
    batch = await draft(world, steam, "\n".join(canaries[:6]))
    thrown_away = await draft(world, steam, canaries[6])
    await world.db.write(batches.discard, thrown_away)
    await world.db.write(batches.begin_import, batch)
    while await world.db.write(drafts.put_in, batch):
        pass
    await world.db.write(batches.finish_import, batch)
    kept = await draft(world, steam, canaries[7])

    topup = await world.make("topup", kind="by_hand")
    by_hand = await counter.weigh(world, await counter.pay(world, await counter.place(world, lin, topup)))
    await world.db.write(delivery.made_by_hand, by_hand, Secret(canaries[9]), chen.id, "event")
    sent = await counter.send(world, by_hand)
    assert sent is not None
    assert canaries[9] in sent.revealed()

    order = await counter.sold(world, lin, steam, 3)
    shown = await world.db.write(delivery.shown, order, lin)
    assert await counter.codes_of(world, lin, shown) == canaries[:3]
    await world.db.write(audit.chain)
    phrase = await world.db.read(pickup.phrase, order, "en")

    folder = tmp_path
    if store == "postgresql":
        folder = request.getfixturevalue("postgres_server").folder / "data" / "pg_wal"
        await run(world, "SELECT pg_switch_wal()")  # what is still in memory goes to the files
    dump = await everything(world)
    hidden = [*canaries, phrase]
    assert [canary for canary in hidden if any(form in dump for form in forms(canary))] == []
    assert hits(folder, hidden) == []
    assert await world.db.read(drafts.left, kept) == 1

    await run(world, "UPDATE people SET name = :name", name="CONTROL-7F3K9QWZ")  # the control: what plain text does
    if store == "postgresql":
        await run(world, "SELECT pg_switch_wal()")
    assert hits(folder, ["CONTROL-7F3K9QWZ"])
    assert b"CONTROL-7F3K9QWZ" in await everything(world)
    await world.db.close()
    assert hits(folder, hidden) == []


async def test_what_a_product_asked_of_its_buyer_is_nowhere_at_rest(world, lin, chen):
    form = [{"name": "account", "label": {"en": "Account"}}]
    topup = await world.make("topup", kind="by_hand", form=form)
    placed = await counter.place(world, lin, topup, answers={"account": "CANARY-7F3K9QWZ"})
    assert b"CANARY" not in await everything(world)
    await counter.weigh(world, await counter.pay(world, placed))
    assert b"CANARY" not in await everything(world)


def test_a_canary_is_found_in_any_of_its_forms(tmp_path):
    for number, form in enumerate(forms("CANARY-7F3K9QWZ")):
        (tmp_path / str(number)).write_bytes(b"before" + form + b"after")
    assert len(hits(tmp_path, ["CANARY-7F3K9QWZ"])) == len(forms("CANARY-7F3K9QWZ"))
