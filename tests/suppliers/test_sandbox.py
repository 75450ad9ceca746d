"""The test supplier's adapter over HTTP: what it believes, what it calls a refusal, and what it only calls silence."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import suppliers
from core.ground.errors import PartyError, PartySilent
from core.ground.money import Money
from core.parties import Supplier
from core.supply import SupplierAnswer
from doubles.serving import Served
from suppliers.sandbox import LARGEST, Sandbox

TOLD = {
    "reference": "R1",
    "sku": "S",
    "state": "done",
    "codes": [{"fields": ["SECRET-CODE", "0001"]}],
    "cost": 9000,
    "currency": "CNY",
    "why": "",
}


def keeps(party: Supplier) -> Supplier:
    return party


async def test_a_supplier_is_found_by_its_name(sandbox):
    assert suppliers.load("sandbox") is Sandbox
    assert keeps(sandbox).name in suppliers.SUPPLIERS
    with pytest.raises(LookupError, match="sandbox"):
        suppliers.load("nobody")


async def test_a_code_is_bought_and_found_again(sandbox, vendor):
    answer = await sandbox.buy("R1", "S", {"uid": "42"})
    assert (answer.state, answer.sku, answer.cost, len(answer.codes)) == ("done", "S", Money(9000, "CNY"), 1)
    assert [label for label, _ in answer.codes[0].fields] == ["number", "pin"]
    assert await sandbox.look_up("R1") == answer
    assert await sandbox.buy("R1", "S", {"uid": "42"}) == answer
    [bought] = vendor.books.all()
    assert (bought.answers, bought.asked) == ({"uid": "42"}, 2)
    assert await sandbox.look_up("R2") is None


async def test_what_comes_later_is_pending(sandbox, vendor, clock):
    vendor.faults.give("buy", "pending", 1)
    assert (await sandbox.buy("R1", "S", {})).state == "pending"
    assert (await sandbox.look_up("R1")).state == "pending"
    clock.forward(timedelta(seconds=vendor.faults.pending))
    assert len((await sandbox.look_up("R1")).codes) == 1


async def test_a_refusal_is_one(sandbox, vendor):
    vendor.faults.give("buy", "refuse", 1)
    with pytest.raises(PartyError, match="out-of-stock") as refused:
        await sandbox.buy("R1", "S", {})
    assert refused.value.permanent
    assert not isinstance(refused.value, PartySilent)
    found = await sandbox.look_up("R1")
    assert (found.state, found.why) == ("failed", "out-of-stock")


@pytest.mark.parametrize("trouble", ["error", "error_done", "cut", "lost", "hidden", "silent"])
async def test_no_answer_is_silence(vendor, trouble):
    hasty = Sandbox(vendor.url, api_key="the shop's key", patience=httpx.Timeout(0.3))
    vendor.faults.give("buy", trouble, 1)
    with pytest.raises(PartySilent):
        await hasty.buy("R1", "S", {})
    assert len(vendor.books.all()) == (trouble not in ("error", "lost"))
    await hasty.aclose()


async def test_what_was_never_reached_did_nothing(vendor):
    nowhere = Sandbox("http://127.0.0.1:9", api_key="-")
    stranger = Sandbox(vendor.url, api_key="another key")
    vendor.faults.give("buy", "busy", 1)
    known = Sandbox(vendor.url, api_key="the shop's key")
    for party in (nowhere, stranger, known):
        with pytest.raises(PartyError) as failed:
            await party.buy("R1", "S", {})
        assert not isinstance(failed.value, PartySilent)
        assert not failed.value.permanent
        await party.aclose()
    assert vendor.books.all() == []


# Answers that are not to be believed


async def answered(body: bytes, status: int = 200) -> tuple[Any, Any]:
    """What buying and looking up make of such an answer: what they return or raise."""

    async def answer(request: Request) -> Response:
        return Response(body, status)

    async with Served(Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])) as server:
        party = Sandbox(server.url, api_key="-")
        found = await outcome(lambda: party.buy("R1", "S", {})), await outcome(lambda: party.look_up("R1"))
        await party.aclose()
    return found


async def outcome(call: Callable[[], Awaitable[SupplierAnswer | None]]) -> Any:
    try:
        return await call()
    except PartyError as error:
        return error


async def test_the_form_is_the_supplier_s():
    """The control of what follows: as it stands, it is believed."""
    bought, looked_up = await answered(json.dumps(TOLD).encode())
    assert bought == looked_up
    assert bought.codes[0].fields[0][1].reveal() == "SECRET-CODE"
    dated = {**TOLD, "codes": [{"fields": ["SECRET-CODE"], "expires_on": "2030-01-02"}]}
    bought, _ = await answered(json.dumps(dated).encode())
    assert bought.codes[0].expires_on == date(2030, 1, 2)


@pytest.mark.parametrize(
    "changed",
    [
        {"reference": "R2"},
        {"state": "perhaps"},
        {"cost": 90.5},
        {"cost": "9000"},
        {"cost": -1},
        {"currency": "¥"},
        {"codes": None},
        {"codes": [{"fields": []}]},
        {"codes": [{"fields": ["SECRET-CODE", "2", "3", "4"]}]},
        {"codes": [{"fields": ["x" * 301]}]},
        {"codes": [{"fields": ["SECRET-CODE"], "expires_on": "soon"}]},
        {"codes": [{"fields": ["2030-01-01"]}]},
        {"codes": [{"fields": [1]}]},
        {"why": "\n"},
    ],
)
async def test_an_answer_in_another_form_is_silence_and_says_no_code(changed):
    for found in await answered(json.dumps({**TOLD, **changed}).encode()):
        assert isinstance(found, PartySilent), found
        assert "SECRET" not in f"{found} {found.__cause__} {found.__context__ and found.__suppress_context__}"


@pytest.mark.parametrize("status", [200, 301, 404, 400, 403, 409, 500, 502])
async def test_somebody_else_s_answer_decides_nothing(status):
    """A proxy's page: neither a refusal nor "never heard of it"."""
    for found in await answered(b"<html>not here</html>", status):
        assert isinstance(found, PartySilent), found


async def test_an_answer_that_is_too_big_is_not_read():
    for found in await answered(json.dumps({**TOLD, "why": "x" * LARGEST}).encode()):
        assert isinstance(found, PartySilent)
