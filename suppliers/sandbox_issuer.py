"""The test issuer: whether made-up codes were redeemed, told by the double of doubles/issuer.py."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.ground.errors import PartyError
from core.ground.vault import Secret
from core.issuing import RedemptionAnswer

LARGEST = 4 * 1024  # bytes of an answer
PATIENCE = httpx.Timeout(10.0, connect=3.0)


class Status(BaseModel):
    """What it says of one code. An error about it quotes nothing of it."""

    model_config = ConfigDict(strict=True, frozen=True, hide_input_in_errors=True)

    state: Literal["redeemed", "unredeemed", "unknown"]
    at: Annotated[datetime | None, Field(strict=False)] = None


class SandboxIssuer:
    """Keeps Issuer. `url` is the issuer's address, `api_key` is ours there."""

    name = "sandbox"

    def __init__(self, url: str, *, api_key: str, patience: httpx.Timeout = PATIENCE) -> None:
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {api_key}"},
            timeout=patience,
            follow_redirects=False,
            trust_env=False,
        )

    async def redemption_of(self, code: Secret) -> RedemptionAnswer:
        """The code goes in the body, never in the address. Asking changes nothing there."""
        try:
            answer = await self._client.post("/status", json={"code": code.reveal()})
        except httpx.HTTPError as error:
            raise PartyError(f"the issuer did not answer ({type(error).__name__})") from None
        if not answer.is_success or len(answer.content) > LARGEST:
            raise PartyError(f"the issuer answered {answer.status_code}", permanent=answer.status_code == 400)
        return understood(answer.content)

    async def aclose(self) -> None:
        await self._client.aclose()


def understood(answer: bytes) -> RedemptionAnswer:
    """Raises PartyError, and quotes nothing, for what makes no sense: a time without a zone, say."""
    try:
        told = Status.model_validate_json(answer)
    except ValidationError:
        raise PartyError("the issuer's answer makes no sense to us") from None
    if told.at is not None and told.at.tzinfo is None:
        raise PartyError("the issuer's answer makes no sense to us")
    return RedemptionAnswer(told.state, told.at if told.state == "redeemed" else None)
