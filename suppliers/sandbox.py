"""The test supplier: made-up codes for play money, sold by the double of doubles/supplier.py."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from core import pasted
from core.ground.errors import PartyError, PartySilent
from core.ground.money import Money
from core.pasted import PastedCode
from core.supply import SupplierAnswer

REFUSAL = re.compile(r'\{"error":"([a-z-]{1,40})"\}')
FOR_NOW = (401, 403, 429)  # our key can be mended, our haste as well: nothing happened, and it may yet
LARGEST = 64 * 1024  # bytes of an answer
PATIENCE = httpx.Timeout(10.0, connect=3.0)

Word = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[\x21-\x7e]+$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3,5}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=pasted.LONGEST)]


class Foreign(BaseModel):
    """JSON from outside: no float is an amount, no number is a word. An error about it quotes nothing of it."""

    model_config = ConfigDict(strict=True, frozen=True, hide_input_in_errors=True)


class Sold(Foreign):
    """A code: its one to three fields, and until when it can be redeemed."""

    fields: Annotated[list[Text], Field(min_length=1, max_length=3, repr=False)]
    expires_on: Annotated[date | None, Field(strict=False)] = None

    def code(self) -> PastedCode:
        """Raises ValueError for what can't be a code."""
        made = pasted.of_fields([*self.fields, *([self.expires_on.isoformat()] if self.expires_on else [])])
        if made is None:
            raise ValueError("that is no code")
        return made


class Purchase(Foreign):
    """A purchase, as the supplier has it."""

    reference: Word
    sku: Word
    state: Literal["done", "pending", "failed"]
    codes: Annotated[list[Sold], Field(max_length=100)]
    cost: Annotated[int, Field(ge=0, lt=10**15)]
    currency: Currency
    why: Annotated[str, StringConstraints(max_length=200, pattern=r"^[\x20-\x7e]*$")]


class Sandbox:
    """Keeps Supplier. `url` is the supplier's address, `api_key` is ours there."""

    name = "sandbox"
    settles_within = timedelta(minutes=1)  # longer than PATIENCE: a call under way is no purchase it doesn't know

    def __init__(self, url: str, *, api_key: str, patience: httpx.Timeout = PATIENCE) -> None:
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {api_key}"},
            timeout=patience,
            follow_redirects=False,
            trust_env=False,
        )

    async def buy(self, reference: str, sku: str, answers: Mapping[str, str]) -> SupplierAnswer:
        """Buy one. Repeating a reference returns the purchase it made before."""
        asked = {"reference": reference, "sku": sku, "answers": dict(answers)}
        answer = await self._call("POST", "/purchases", json=asked)
        return understood(answer or b"", reference)

    async def look_up(self, reference: str) -> SupplierAnswer | None:
        """What became of a purchase; None when the supplier has never heard of it."""
        answer = await self._call("GET", f"/purchases/{quote(reference, safe='')}", missing=True)
        return None if answer is None else understood(answer, reference)

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _call(self, method: str, path: str, *, missing: bool = False, **content: Any) -> bytes | None:
        """One call; its answer's bytes, None for a "no such purchase" that was allowed for.

        Raises PartyError if it can't have had an effect, PartySilent if it may have had one.
        """
        try:
            answer = await self._client.request(method, path, **content)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise PartyError(f"the supplier was not reached ({type(error).__name__})") from None
        except httpx.HTTPError as error:
            raise PartySilent(f"the supplier did not answer ({type(error).__name__})") from None
        if answer.is_success and len(answer.content) <= LARGEST:
            return answer.content
        word = said(answer)
        if answer.status_code == 404 and missing and word == "no-such-purchase":
            return None  # a 404 of anybody else, a proxy say, is no answer of the supplier's
        if 400 <= answer.status_code < 500 and word and answer.status_code not in (408, 425):
            refused = f"the supplier refused with {answer.status_code} ({word})"
            raise PartyError(refused, permanent=answer.status_code not in FOR_NOW)
        raise PartySilent(f"the supplier answered {answer.status_code}")


def understood(answer: bytes, reference: str) -> SupplierAnswer:
    """Raises PartySilent, and quotes nothing, for an answer that makes no sense or is about something else."""
    try:
        told = Purchase.model_validate_json(answer)
        codes = tuple(sold.code() for sold in told.codes)
    except (ValidationError, ValueError):
        raise PartySilent("the supplier's answer makes no sense to us") from None
    if told.reference != reference:
        raise PartySilent("the supplier answered about another purchase")
    return SupplierAnswer(told.state, codes, Money(told.cost, told.currency), told.sku, told.why)


def said(answer: httpx.Response) -> str:
    """The supplier's word for a refusal, if it has the form of one."""
    found = REFUSAL.fullmatch(answer.text[:100])
    return found[1] if found else ""
