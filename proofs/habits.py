"""What the shop always does, each switched off: guards for the proofs that play a market (proofs/market.py)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from sqlalchemy import bindparam, case, false, or_, select, update

from core import aftersales, checkout, inventory, kin, later, ledger, orders, settling, shortage, units
from core.ground import outbox
from proofs import stall
from proofs.guards import guard, replaced


def _nothing(*_: Any, **__: Any) -> int:
    return 0


@guard("releasing")
def _releasing() -> Iterator[None]:
    """What was set aside for an order that ended stays set aside."""
    with replaced(inventory, "release", _nothing):
        yield


@guard("posting")
def _posting() -> Iterator[None]:
    """The ledger is not written."""
    with replaced(ledger, "post", _nothing):
        yield


@guard("owing")
def _owing() -> Iterator[None]:
    """Nobody is told what is owed for a unit."""
    with replaced(units, "owe", _nothing):
        yield


@guard("from-state")
def _from_state() -> Iterator[None]:
    """A transition does not ask where the order stands."""
    blind = (
        update(orders.orders)
        .where(orders.orders.c.id == bindparam("order"))
        .values(state=bindparam("to_state"), version=orders.orders.c.version + 1)
    )
    with replaced(orders, "MOVE", blind):
        yield


@guard("one-buyer-a-code")
def _one_buyer() -> Iterator[None]:
    """Codes are picked, held and used whoever has them, and the schema does not mind."""
    codes = inventory.codes
    one = codes.c.max_uses == 1
    any_code = (
        select(
            codes.c.id,
            codes.c.max_uses,
            case((one, 0), else_=codes.c.uses).label("uses"),
            case((one, 0), else_=codes.c.held).label("held"),
        )
        .where(codes.c.product_id == bindparam("product"), or_(one, codes.c.uses + codes.c.held < codes.c.max_uses))
        .order_by(codes.c.id.desc())
        .limit(bindparam("most"))
    )
    taken = {"held": case((one, 1), else_=codes.c.held + 1), "state": case((one, "reserved"), else_=codes.c.state)}
    hold = update(codes).where(codes.c.id == bindparam("code")).values(taken)
    unindexed = ("DROP INDEX uq_reservations_code_id_one", "DROP INDEX uq_grants_code_id_one")
    with ExitStack() as off:
        for name, statement in (("PICK_FREE", any_code), ("PICK_WAITING", any_code), ("HOLD", hold)):
            off.enter_context(replaced(inventory, name, statement))
        off.enter_context(replaced(stall, "WITHOUT", unindexed))
        yield


@guard("surplus")
def _surplus() -> Iterator[None]:
    """What is paid too much is kept."""
    with replaced(settling, "_give_surplus_back", _nothing):
        yield


@guard("refund-limit")
def _refund_limit() -> Iterator[None]:
    """A receipt has always its whole amount left to give back."""
    with replaced(ledger, "refundable", lambda tx, receipt: receipt.total):
        yield


@guard("late-money")
def _late_money() -> Iterator[None]:
    """What is paid for an order that is over is written down and forgotten."""
    with replaced(settling, "_come_late", _nothing):
        yield


@guard("refund-told")
def _refund_told() -> Iterator[None]:
    """Money is given back in the books only: no rail hears of it."""

    def put(tx: Any, kind: str, *key: Any, **facts: Any) -> bool:
        return kind == "refund" or outbox.put(tx, kind, *key, **facts)

    with replaced(aftersales, "outbox", SimpleNamespace(put=put)):
        yield


@guard("deadline")
def _deadline() -> Iterator[None]:
    """An unpaid order never ends by itself."""
    with replaced(checkout, "expire", _nothing):
        yield


@guard("one-receipt")
def _one_receipt() -> Iterator[None]:
    """A transaction told of twice is money twice."""
    count = iter(range(1, 10**9))
    receive = ledger.receive

    def again(tx: Any, rail: str, account: str, transaction: str, *facts: Any, **more: Any) -> Any:
        if ledger.received_before(tx, rail, account, transaction):
            transaction = f"{transaction}/{next(count)}"
        return receive(tx, rail, account, transaction, *facts, **more)

    with replaced(ledger, "receive", again):
        yield


@guard("merchant")
def _merchant() -> Iterator[None]:
    """Money counts whatever its currency, account or mode."""

    found = ledger.payment

    def payment(tx: Any, key: str) -> Any:
        asked = found(tx, key)
        anything: Any = _Any()
        total: Any = asked and SimpleNamespace(amount=asked.total.amount, currency=anything)
        return asked and replace(asked, rail=anything, account=anything, mode=anything, total=total)

    with replaced(ledger, "payment", payment):
        yield


class _Any:
    """Equal to everything."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = object.__hash__


@guard("its-time")
def _its_time() -> Iterator[None]:
    """What is to go out later goes out whenever somebody looks."""

    def go_out(tx: Any, order_id: int) -> None:
        order = orders.locked(tx, order_id)
        if later.due_at(order):
            shortage.fulfil(tx, later.stopped(tx, order), "clock")

    with replaced(later, "go_out", go_out):
        yield


@guard("stopping-what-waits")
def _stopping() -> Iterator[None]:
    """An order that is refunded, disputed or doubted still waits for its time."""
    with replaced(later, "stopped", lambda tx, order: order):
        yield


@guard("orders-go-along")
def _orders_go_along() -> Iterator[None]:
    """Accounts are linked and parted, and their orders stay where they were."""
    with replaced(kin, "MOVE_ORDERS", kin.MOVE_ORDERS.where(false())):
        yield


@guard("credit-goes-along")
def _credit_goes_along() -> Iterator[None]:
    """Likewise their store credit."""
    with replaced(kin, "_carry", _nothing):
        yield


NAMES = (
    "releasing",
    "posting",
    "owing",
    "from-state",
    "one-buyer-a-code",
    "surplus",
    "refund-limit",
    "late-money",
    "refund-told",
    "deadline",
    "one-receipt",
    "merchant",
    "its-time",
    "stopping-what-waits",
    "orders-go-along",
    "credit-goes-along",
)
OF_MONEY = ("surplus", "late-money", "refund-told", "one-receipt", "merchant")
