"""Paid, and it can't be served as it was ordered: what the product's policy allows, what the buyer chooses."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace as changed
from datetime import timedelta

from core import (
    aftersales,
    attempts,
    cards,
    catalog,
    customers,
    delivery,
    disputes,
    inventory,
    ledger,
    order_events,
    orders,
    staff,
    switches,
    units,
)
from core.authority import Right
from core.catalog import Product, StockKind
from core.ground import audit, outbox
from core.ground.db import Tx
from core.ground.messages import Message
from core.ground.money import Money
from core.ground.vault import Secret
from core.orders import NothingToChoose, Order, State
from core.units import Obligation, Unit, UnitState

WEIGH_WITHIN = timedelta(minutes=5)
CHOSEN = (Obligation.CHOICE, Obligation.WAIT_STOCK)  # what the buyer may (still) choose about
LACKING = (UnitState.BACKORDER, UnitState.RELEASED)


def short(tx: Tx, order_id: int, unserved: Collection[int], why: str = "sold-out") -> None:
    """Nothing is set aside for these units of a paid order: the buyer chooses, or their money goes back.

    What may be chosen is the policy frozen with the order. Of what goes together, all units are without.
    """
    order = orders.locked(tx, order_id)
    if order.terms.together:
        open_ = [unit for unit in order.units if unit.obligation not in aftersales.BACK]
        unserved = [unit.id for unit in open_ if unit.state in (*LACKING, UnitState.RESERVED)]
        inventory.release(tx, unserved)
    order = _owe_choice(tx, order, unserved, UnitState.BACKORDER)
    allowed = {"wait", "substitute"} & set(order.terms.shortage)
    if not allowed or (allowed == {"substitute"} and substitute(tx, order) is None):
        aftersales.refund(tx, order.id, why, "shop", unserved)
        return
    asked = order_events.record(tx, order.id, "asked", "shop", why=why, units=len(unserved))
    staff.say(tx, f"choose {order.number} {asked}", order.person, card(tx, order))


def ask_whether_wanted(tx: Tx, order: Order, *, missing: bool) -> None:
    """Money for an order its buyer had given up, or has bought again since: deliver or refund? Refund, if not said.

    Where nothing is left to deliver there is nothing to ask.
    """
    units = [unit.id for unit in order.units]
    asked = _owe_choice(tx, order, units, UnitState.BACKORDER if missing else UnitState.RESERVED)
    if missing:
        why = "cancelled" if order.state is State.CANCELLED else "sold-out"
        aftersales.refund(tx, order.id, why, "shop")
        return
    order_events.record(tx, order.id, "asked", "shop", why="unwanted", units=len(units))
    staff.say(tx, f"choose {order.number} wanted", order.person, card(tx, asked))


def _owe_choice(tx: Tx, order: Order, among: Collection[int], state: UnitState) -> Order:
    for unit in among:
        units.owe(tx, unit, state, Obligation.CHOICE, "buyer", tx.now + tx.rules.choose_within)
    return orders.get(tx, order.id)


def card(tx: Tx, order: Order) -> Message:
    """What the buyer is asked, as it stands now."""
    asked = order.owing(Obligation.CHOICE)
    due = min((unit.due_at for unit in asked if unit.due_at), default=tx.now)
    if all(unit.state is UnitState.RESERVED for unit in asked):
        return cards.wanted(order, due, cancelled=_was_cancelled(tx, order))
    instead = substitute(tx, order)
    return cards.sold_out(order, len(asked), due, tx.now + tx.rules.wait_within, instead, _difference(order, instead))


def stands(tx: Tx, order: Order) -> Message:
    """Where an order stands, with what its buyer may choose."""
    return mailed(tx, order, _stands(tx, order))


def _stands(tx: Tx, order: Order) -> Message:
    if order.owing(Obligation.CHOICE):
        return card(tx, order)
    if order.owing(Obligation.DELIVER) and switches.held(tx):
        return cards.kept_back(order)
    return cards.status(order)


def mailed(tx: Tx, order: Order, shown: Message) -> Message:
    """The order's card, and where else its buyer was told."""
    told = attempts.mailed(tx, order.id)
    return changed(shown, text=(*shown.paragraphs, told)) if told else shown


def _was_cancelled(tx: Tx, order: Order) -> bool:
    return order_events.happened(tx, order.id, "cancelled") or order_events.happened(tx, order.id, "called_off")


def substitute(tx: Tx, order: Order) -> Product | None:
    """What may be offered instead: another product that is there, and costs no more than was paid."""
    if "substitute" not in order.terms.shortage or order.terms.kind == "bundle":
        return None
    chosen = catalog.by_id(tx, order.lines[0].product).substitute
    if chosen is None:
        return None
    product, units = catalog.by_id(tx, chosen), order.owing(Obligation.CHOICE)
    price = product.price(max(len(units), 1), order.total.currency)
    affordable = price is not None and price.amount <= min((unit.price for unit in order.units), default=0)
    if product.kind is StockKind.BUNDLE:
        return None  # a unit is one code
    there = product.on_sale and inventory.available(tx, product) >= max(len(units), 1)
    return product if affordable and there and not product.form else None


def _difference(order: Order, instead: Product | None) -> Money:
    """What goes back when the buyer takes the substitute."""
    units = order.owing(Obligation.CHOICE)
    price = instead.price(max(len(units), 1), order.total.currency) if instead else None
    return Money(sum(unit.price - (price.amount if price else unit.price) for unit in units), order.total.currency)


# What the buyer may choose. Each raises NothingToChoose when it was chosen before, or its time is over.


def wait(tx: Tx, order_id: int, by: str) -> Order:
    """Wait for new stock until a time; then the money goes back."""
    order, asked = _asked(tx, order_id, backorder=True)
    if "wait" not in order.terms.shortage:
        raise NothingToChoose(number=order.number)
    for unit in asked:
        units.owe(tx, unit.id, UnitState.BACKORDER, Obligation.WAIT_STOCK, "shop", tx.now + tx.rules.wait_within)
    order_events.record(tx, order.id, "waits", by, units=len(asked))
    tx.wake("stock")
    return orders.get(tx, order.id)


def swap(tx: Tx, order_id: int, by: str) -> Order:
    """Take the substitute: it is set aside, and what it costs less goes back. Raises OutOfStock when it is gone too."""
    order, asked = _asked(tx, order_id, backorder=True)
    instead = substitute(tx, order)
    price = instead.price(len(asked), order.total.currency) if instead else None
    if instead is None or price is None:
        raise inventory.OutOfStock(left=0)
    difference = _difference(order, instead)
    line = orders.add_line(tx, order.id, instead, len(asked), price.amount)
    inventory.reserve(tx, instead, [unit.id for unit in asked])
    for unit in asked:
        units.swap(tx, unit.id, line.id, price.amount)
    order_events.record(tx, order.id, "swapped", by, units=len(asked), product=instead.slug)
    aftersales.give_back_of(tx, order, difference, "difference")
    serve(tx, order.id, [unit.id for unit in asked])
    return orders.get(tx, order.id)


def deliver(tx: Tx, order_id: int, by: str) -> Order:
    """The order was cancelled or bought again, and is wanted all the same."""
    order, asked = _asked(tx, order_id, backorder=False)
    order_events.record(tx, order.id, "wanted", by)
    serve(tx, order.id, [unit.id for unit in asked])
    return orders.get(tx, order.id)


def take_money(tx: Tx, order_id: int, by: str) -> Order:
    """Rather the money, also when one had chosen to wait."""
    order = orders.locked(tx, order_id)
    units = order.owing(*CHOSEN)
    if not units:
        raise NothingToChoose(number=order.number)
    aftersales.give_up_on(tx, order, [unit.id for unit in units], "buyer", by)
    return orders.get(tx, order.id)


def take_credit(tx: Tx, order_id: int, by: str) -> Order:
    """Rather store credit than the money: there at once, and for whatever is bought next."""
    order = orders.locked(tx, order_id)
    owed = order.owing(*CHOSEN)
    if not owed:
        raise NothingToChoose(number=order.number)
    amount = Money(sum(unit.price for unit in owed), order.total.currency)
    inventory.release(tx, [unit.id for unit in owed])
    for unit in owed:
        units.settle(tx, unit.id, UnitState.CREDITED)
    credited = order_events.record(tx, order.id, "credited", by, amount=amount.amount)
    if amount.amount:
        account = ledger.credit_of(order.customer, amount.currency)
        posting = f"credit {order.number} {credited}"
        ledger.post(tx, posting, amount, came_from=account, went_to=ledger.owed(order.number))
    staff.say(tx, f"credited {order.number} {credited}", order.person, cards.credited(order, amount))
    aftersales.finish(tx, order.id)
    return orders.get(tx, order.id)


def take_money_after_all(tx: Tx, order_id: int, by: str) -> Order:
    """What was kept as store credit goes back as money, as long as it is not spent."""
    order = _locked_with_buyer(tx, order_id)  # who spends it at this moment is first, or second
    units = [unit for unit in order.units if unit.state is UnitState.CREDITED]
    amount = Money(sum(unit.price for unit in units), order.total.currency)
    left = min(ledger.credit(tx, order.customer, amount.currency).amount, _left_of(tx, order).amount)
    if not units or left < amount.amount:
        raise NothingToChoose(number=order.number)
    account, owed = ledger.credit_of(order.customer, amount.currency), ledger.owed(order.number)
    uncredited = order_events.record(tx, order.id, "uncredited", by, amount=amount.amount)
    ledger.post(tx, f"uncredit {order.number} {uncredited}", amount, came_from=owed, went_to=account)
    order = _owe_choice(tx, order, [unit.id for unit in units], UnitState.BACKORDER)
    aftersales.refund(tx, order.id, "buyer", by, [unit.id for unit in units])
    return orders.get(tx, order.id)


def _locked_with_buyer(tx: Tx, order_id: int) -> Order:
    """The buyer first, then the order: the other way round this and a linking would wait for each other."""
    while True:
        customer = orders.get(tx, order_id).customer
        customers.lock(tx, customer)
        order = orders.locked(tx, order_id)
        if order.customer == customer:  # else its accounts were linked or parted meanwhile
            return order


def _left_of(tx: Tx, order: Order) -> Money:
    """What of an order's money can be sent back: what is here, and no dispute is about."""
    received = ledger.received(tx, order.id, order.total.currency)
    return received - disputes.held(tx, order.id, order.total.currency)


def _asked(tx: Tx, order_id: int, *, backorder: bool) -> tuple[Order, Sequence[Unit]]:
    order = orders.locked(tx, order_id)
    wanted = UnitState.BACKORDER if backorder else UnitState.RESERVED
    units = [unit for unit in order.owing(Obligation.CHOICE) if unit.state is wanted]
    if not units or any(unit.due_at and unit.due_at <= tx.now for unit in units):
        raise NothingToChoose(number=order.number)
    return order, units


def cannot(tx: Tx, number: str, person: str, key: str) -> Order:
    """Staff can't make what is owed by hand: the buyer chooses as far as the product's policy goes, else is refunded.

    Once per key; a repeat changes nothing. Raises NotStaff, NotAllowed, UnknownOrder, NothingToHandOver.
    """
    staff.may(tx, person, Right.ANSWER)
    order = orders.locked(tx, orders.numbered(tx, number).id)
    if order_events.recorded(tx, order.id, "cannot", key):
        return order
    owed = order.owing(Obligation.BY_HAND)
    if order.state is not State.FULFILLING or not owed:
        raise delivery.NothingToHandOver(number=order.number)
    order_events.record(tx, order.id, "cannot", person, units=len(owed), key=key)
    audit.write(tx, person, "cannot", f"order {order.number}", units=len(owed))
    short(tx, order.id, [unit.id for unit in owed], "unserved")
    return orders.get(tx, order.id)


# What the clock and new stock do


def undecided(tx: Tx, most: int = 50) -> list[int]:
    """Orders whose buyers didn't choose in time, or waited in vain."""
    return units.overdue(tx, *CHOSEN, most=most)


def run_out(tx: Tx, order_id: int) -> None:
    """Not chosen in time, or waited for in vain: the money goes back. What was served meanwhile is left as it is."""
    order = orders.locked(tx, order_id)
    late = order.owing(*CHOSEN)
    units = [unit.id for unit in late if unit.due_at and unit.due_at <= tx.now]
    if units:
        aftersales.give_up_on(tx, order, units, "waited", "clock")


def waiting(tx: Tx, most: int = 50) -> list[int]:
    """Orders that wait for new stock, the longest first."""
    return [row.order_id for row in tx.all(orders.WAITING, most=most)]


def restocked(tx: Tx, order_id: int) -> None:
    """Set aside what has come in for an order that waits, and go on with it. Nothing there, nothing happens."""
    order = orders.locked(tx, order_id)
    units = order.owing(Obligation.WAIT_STOCK)
    got: list[int] = []
    for product_id in sorted({order.line_of(unit).product for unit in units}):
        wanted = [unit.id for unit in units if order.line_of(unit).product == product_id]
        got += inventory.reserve_some(tx, catalog.by_id(tx, product_id), wanted)
    if order.terms.together and len(got) < len(units):
        inventory.release(tx, got)
        return
    if got:
        order_events.record(tx, order.id, "restocked", "shop", units=len(got))
        serve(tx, order.id, got)


def serve(tx: Tx, order_id: int, ready: Collection[int]) -> None:
    """These units have what they need: they go on from where their order stands, weighed first if it was not."""
    order = orders.get(tx, order_id)
    if order.state is State.FULFILLING:
        hand_over(tx, order, ready)
        return
    in_review = order.state is State.IN_REVIEW and order.review_due_at
    owed, owner, due = Obligation.RISK, "shop", tx.now + WEIGH_WITHIN
    if in_review:
        owed, owner, due = Obligation.REVIEW, "staff", order.review_due_at or due
    elif waits := order.owing(Obligation.LATER):  # they go out with what was weighed before
        owed, owner, due = Obligation.LATER, "clock", waits[0].due_at or due
    for unit in ready:
        units.owe(tx, unit, UnitState.RESERVED, owed, owner, due)
    if owed is Obligation.RISK:
        outbox.put(tx, "weigh", f"weigh {order.id} v{order.version} {min(ready)}", order=order.id)


def made_by_hand(tx: Tx, order: Order, text: Secret, person: str, key: str) -> Order:
    """As delivery.made_by_hand; what was to go with it, and has lost its code meanwhile, is short."""
    hand_over(tx, delivery.made_by_hand(tx, order, text, person, key))
    return orders.get(tx, order.id)


def fulfil(tx: Tx, order: Order, actor: str) -> None:
    """Paid becomes fulfilling. What turns out to be without a code is short."""
    _ask_for(tx, order, delivery.fulfil(tx, order, actor))


def hand_over(tx: Tx, order: Order, served: Collection[int] = ()) -> None:
    """Hand over what can be. What turns out to be without a code is short."""
    _ask_for(tx, order, delivery.hand_over(tx, order, served))


def let_go(tx: Tx, row: int) -> None:
    """What was kept back while deliveries were held goes out. A repeat changes nothing."""
    found = delivery.let_go(tx, row)
    if found:
        _ask_for(tx, *found)


def _ask_for(tx: Tx, order: Order, missing: Collection[int]) -> None:
    if missing:
        short(tx, order.id, missing)
