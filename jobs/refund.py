"""Money goes back, once: under the same key for a day, be the rail away or its answer lost."""

from __future__ import annotations

from datetime import timedelta

from core import aftersales
from core.aftersales import RefundCall, RefundOutcome
from core.ground import points
from core.ground.errors import PartyError, PartySilent
from core.ground.outbox import OutboxRow
from core.parties import PaymentRail, RefundAnswer
from core.shop import Shop
from jobs.ending import NotYet, carried_out, nothing, put_off

LONGEST = timedelta(days=1)
PATIENT = 8  # tries, in the last hours: from then on what the rail is at work on is asked for every 2 hours, for days
BY_HAND = RefundOutcome("by-hand")  # the rail can't, or is not the shop's any more: staff send it
WHOLE_ONLY = RefundOutcome("whole-only")  # nor can staff send a part of it there


async def refund(shop: Shop, row: OutboxRow) -> None:
    """Raises NotYet while nobody can say how it ended. A refusal is an end: staff are told.

    What the rail says it is at work on is never given up: that it takes days is no failure.
    """
    call = await shop.db.write(aftersales.refund_begins, row.payload["refund"])
    if call is None:
        return await shop.db.write(carried_out, row, nothing)
    wait = min(timedelta(seconds=3**row.tries), LONGEST)
    rail = shop.payments.get(call.rail)
    try:
        outcome = await outcome_of(rail, call)
    except PartyError as error:
        raise NotYet(str(error), wait) from None
    if outcome.state in ("done", "failed", "by-hand", "whole-only"):
        return await shop.db.write(carried_out, row, aftersales.refund_ended, call.refund, outcome)
    why = outcome.why or "the rail has not finished it"
    if outcome.state == "pending" and row.tries >= PATIENT:
        return await shop.db.write(put_off, row, why, wait, aftersales.refund_ended, call.refund, outcome)
    await shop.db.write(aftersales.refund_ended, call.refund, outcome)
    raise NotYet(why, wait)


async def outcome_of(rail: PaymentRail | None, call: RefundCall) -> RefundOutcome:
    if rail is None or rail.abilities.refunds != "auto":
        return BY_HAND
    return await tried(rail, call) if rail.abilities.parts or call.amount == call.paid else WHOLE_ONLY


async def tried(rail: PaymentRail, call: RefundCall) -> RefundOutcome:
    """What the rail did before, if we don't know; else it does it now. The key makes a repeat harmless.

    Raises PartyError when it can't have been done and is worth another try.
    """
    try:
        answer = await known(rail, call) if call.ask_first else None
        if answer is None:
            with points.around("rail.refund"):
                answer = await rail.refund(call.transaction, call.key, call.amount, call.reason)
    except PartySilent as silence:
        return RefundOutcome("unknown", why=str(silence))
    except PartyError as error:
        if not error.permanent:
            raise
        return RefundOutcome("failed", why=str(error))
    return RefundOutcome(answer.state, answer.reference, answer.why)


async def known(rail: PaymentRail, call: RefundCall) -> RefundAnswer | None:
    with points.around("rail.refund_truth"):
        return await rail.refund_truth(call.key, call.transaction)
