"""A rail's notice: a payment is believed only as far as the rail confirms it; then it is taken."""

from __future__ import annotations

import structlog
from structlog.contextvars import bind_contextvars

from core import checkout, notices
from core.ground import inbox, points
from core.ground.db import Tx
from core.ground.errors import PartyError
from core.ground.inbox import InboxRow
from core.ledger import PaymentRow
from core.notices import Notice
from core.parties import PaymentRail
from core.settling import PaymentNotice
from core.shop import Shop
from jobs.ending import NotYet, heard

log = structlog.get_logger()


async def settle(shop: Shop, row: InboxRow) -> None:
    """Raises PartyError, and nothing has changed, when the rail can't be asked or denies it.

    Once and for all where it can't be asked about what our books don't know, as after a restore: staff look there.

    NotYet for what is told of money that we don't know: for an hour its own notice may be on its way.
    """
    notice, payment = await shop.db.read(told, row)
    if payment:
        bind_contextvars(order=payment.order)
    rail = shop.payments[row.source]
    if isinstance(notice, PaymentNotice) and rail.abilities.confirm:
        if not (payment and payment.reference) and not rail.abilities.by_key:
            what = f"look there for {notice.transaction} ({notice.key}, {notice.total.plain()} {notice.total.currency})"
            raise PartyError(f"not in our books, and the rail can't be asked about it: {what}", permanent=True)
        notice = await confirmed(rail, notice, (payment and payment.reference) or "")
    try:
        await shop.db.write(heard, row, notices.take, notice)
    except LookupError as error:
        if not await shop.db.read(notices.is_of_unknown_money, notice):
            raise PartyError(str(error)) from None
        if not await shop.db.write(notices.leave, row, notice):
            raise NotYet(str(error), inbox.LONGEST) from None
        log.warning("a notice of money we don't know", rail=rail.name, notice=notice.event)


def told(tx: Tx, row: InboxRow) -> tuple[Notice, PaymentRow | None]:
    """The notice, and the payment it is about."""
    notice = notices.unpack(inbox.body(tx, row))
    return notice, checkout.payment_of(tx, notice.key) if isinstance(notice, PaymentNotice) else None


async def confirmed(rail: PaymentRail, notice: PaymentNotice, reference: str) -> PaymentNotice:
    """What the rail says when asked; the notice was only a reason to ask."""
    with points.around("rail.truth"):
        truth = await rail.truth(notice.key, reference)
    if truth is None:
        if notice.state != "paid":
            return notice
        log.warning("the rail denies a notice", rail=rail.name, notice=notice.event)
        raise PartyError("the notice says paid, the rail says not")
    if (truth.key, truth.rail) != (notice.key, rail.name):
        log.warning("the rail answered about another payment", rail=rail.name, notice=notice.event)
        raise PartyError("the rail answered about another payment", permanent=True)
    if (truth.state, truth.total) != (notice.state, notice.total):
        log.warning("the rail corrects a notice", rail=rail.name, notice=notice.event)
    return truth
