"""Telling whoever watches from outside that the shop is well: one GET to an address that is a secret."""

from __future__ import annotations

import httpx

from core.ground.errors import PartyError
from core.parties import Heartbeat
from mika.settings import Settings

PATIENCE = 10.0  # seconds


def heartbeat(settings: Settings) -> Heartbeat | None:
    """None where nobody watches."""
    url = settings.heartbeat_url.get_secret_value()
    if not url:
        return None

    async def beat() -> None:
        try:
            async with httpx.AsyncClient(timeout=PATIENCE) as http:
                answer = await http.get(url)
        except httpx.HTTPError as error:
            raise PartyError(f"whoever watches can't be reached ({type(error).__name__})") from None
        if answer.is_error:
            raise PartyError(f"whoever watches answers with {answer.status_code}")

    return beat
