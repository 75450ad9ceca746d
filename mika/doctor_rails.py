"""The ways to pay: whether each provider answers, and whether its notices get in by our own door."""

from __future__ import annotations

import asyncio

import httpx

from core import ways
from core.findings import Finding
from core.ground import points
from core.ground.errors import PartyError
from core.parties import Brought, PaymentRail
from mika.doctor_place import Check, Place, Said, Unseen, unseen
from mika.payments import verified

PATIENCE = 15.0  # seconds for all of an answer


async def answering(place: Place) -> Said:
    """Who waits for the answer has each rail asked anew; else what the jobs saw in this minute is believed."""
    if place.shop is None:
        return []
    rails = tuple(place.shop.payments.values())
    if place.asks:
        troubles = dict(zip([rail.name for rail in rails], await asyncio.gather(*map(_trouble, rails)), strict=True))
    else:
        troubles = {one.rail: one.why for one in await place.shop.db.read(ways.all_away)}
    found = [Finding("D050", rail, {"why": why[:150]}) for rail, why in troubles.items() if why]
    away = {one.subject for one in found}
    return [*found, *(f"rails: {rail.name} answers" for rail in rails if rail.name not in away)]


async def _trouble(rail: PaymentRail) -> str:
    try:
        async with asyncio.timeout(PATIENCE):
            with points.around("rail.well"):
                await rail.well()
    except PartyError as error:
        return str(error)
    except TimeoutError:
        return f"no whole answer within {PATIENCE:g} seconds"
    except Exception as error:
        return type(error).__name__  # no more: a bug's own message may quote what somebody wrote
    return ""


async def doors(place: Place) -> Said:
    """A notice that is signed as the provider signs, and changes nothing, must be let in; where we can't sign one, and
    somebody waits for the answer, one without a signature must be refused."""
    if place.shop is None:
        return []
    said: list[Finding | Unseen | str] = []
    async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as http:
        for rail in place.shop.payments.values():
            said += await _door(place, http, rail)
    return said


async def _door(place: Place, http: httpx.AsyncClient, rail: PaymentRail) -> Said:
    if not rail.listens:
        silent = rail.abilities.by_staff or rail.abilities.only_in
        return [] if silent else [Finding("D052", rail.name)]
    sample = rail.sample()
    if sample is None and not place.asks:
        return []
    if sample and not (judged := verified(rail, sample))[1]:
        return [Finding("D051", rail.name, {"why": judged[0][:150]})]
    try:
        answer = await _brought(place, http, rail, sample or Brought(body=b"{}"))
    except httpx.HTTPError:
        return [unseen(f"D051 {rail.name}")]  # that the shop is not reached is another's finding
    status = rail.acknowledgement()[0] if sample else 400
    if answer.status_code == status and (not sample or answer.content == rail.acknowledgement()[2]):
        return [f"rails: notices of {rail.name} get in"]
    return [Finding("D051", rail.name, {"why": f"its door answers with {answer.status_code}, not {status}"})]


async def _brought(place: Place, http: httpx.AsyncClient, rail: PaymentRail, notice: Brought) -> httpx.Response:
    address = f"{place.settings.address}/hooks/{rail.name}?{notice.query}"
    with points.around("rail.door"):
        return await http.request(notice.method, address, headers=dict(notice.headers), content=notice.body)


CHECKS = (
    Check("rails", ("D050",), answering, seconds=40.0),
    Check("doors", ("D051", "D052"), doors, outside=True, seconds=60.0),
)
