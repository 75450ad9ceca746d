"""A code is bought, once: what became of a call that got no answer is asked for, under the same reference."""

from __future__ import annotations

from core import supply
from core.ground import points
from core.ground.errors import PartyError, PartySilent
from core.ground.outbox import OutboxRow
from core.parties import Supplier
from core.shop import Shop
from core.supply import BuyingOutcome, SupplierCall
from jobs.ending import carried_out, nothing


async def buy(shop: Shop, row: OutboxRow) -> None:
    """Raises PartyError, and nothing has changed, when this process has no such supplier."""
    supplier = shop.suppliers.get(row.payload["supplier"])
    if supplier is None:
        raise PartyError(f"there is no supplier {row.payload['supplier']} in the settings")
    call = await shop.db.write(supply.buying_begins, row.payload["purchase"])
    if call is None:
        return await shop.db.write(carried_out, row, nothing)
    outcome = await tried(supplier, call)
    await shop.db.write(carried_out, row, supply.buying_ended, call.purchase, outcome, supplier.settles_within)


async def tried(supplier: Supplier, call: SupplierCall) -> BuyingOutcome:
    """What the supplier did before, if it may have been told; else it is told now. Only a refusal is a failure."""
    try:
        if call.ask_first:
            with points.around("supplier.look_up"):
                answer = await supplier.look_up(call.reference)
        else:
            with points.around("supplier.buy"):
                answer = await supplier.buy(call.reference, call.sku, call.answers)
    except PartySilent as silence:
        return BuyingOutcome("silent", why=str(silence))
    except PartyError as error:
        said = "silent" if call.ask_first else "failed" if error.permanent else "not_begun"
        return BuyingOutcome(said, why=str(error))
    if answer is None:
        return BuyingOutcome("not_found")
    return BuyingOutcome(answer.state, answer.codes, answer.cost, answer.sku, answer.why)
