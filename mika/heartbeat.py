"""Telling whoever watches from outside that the shop is well: one GET to an address that is a secret."""

from __future__ import annotations

import httpx

from core.ground.errors import PartyError
from mika.settings import Settings

PATIENCE = 10.0  # seconds


class Watcher:
    """Somebody who calls the owner when nothing is heard from us any more. No error of his holds the address."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.heartbeat_url

    async def all_is_well(self) -> None:
        try:
            async with httpx.AsyncClient(timeout=PATIENCE) as http:
                answer = await http.get(self._url.get_secret_value())
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise PartyError(f"whoever watches can't be reached ({type(error).__name__})") from None
        if not answer.is_success:
            raise PartyError(f"whoever watches answers with {answer.status_code}")
