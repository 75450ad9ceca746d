"""Issuers are asked whether their codes were redeemed: a few at a time, and each code more and more seldom."""

from __future__ import annotations

import structlog

from core import issuing
from core.ground import points
from core.ground.errors import PartyError
from core.issuing import Ask, RedemptionAnswer
from core.shop import Shop

UNKNOWN = RedemptionAnswer("unknown")

log = structlog.get_logger()


async def redeemed(shop: Shop) -> None:
    """Who doesn't answer is asked nothing more this time."""
    away: set[str] = set()
    for ask in await shop.db.read(issuing.to_ask, tuple(shop.issuers)):
        if ask.issuer in away:
            continue
        answer = await _asked(shop, ask)
        if answer is None:
            away.add(ask.issuer)
            continue
        await shop.db.write(issuing.answered, ask, answer)


async def _asked(shop: Shop, ask: Ask) -> RedemptionAnswer | None:
    """None where the issuer is away; a refusal in so many words is no knowledge either way."""
    code = await shop.db.read(issuing.code_of, ask)
    if code is None:
        return UNKNOWN
    try:
        with points.around("issuer.redemption_of"):
            return await shop.issuers[ask.issuer].redemption_of(code)
    except PartyError as error:
        log.warning("an issuer did not say", issuer=ask.issuer, why=str(error))
        return UNKNOWN if error.permanent else None
