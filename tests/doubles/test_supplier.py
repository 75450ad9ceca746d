"""The test supplier behaves as real ones do, well and badly."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.ground.clock import TestClock
from doubles.supplier import Supplier

KEY = "key"


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
async def supplier(tmp_path: Path, clock: TestClock) -> AsyncIterator[Supplier]:
    made = Supplier(tmp_path / "supplier.db", api_key=KEY, clock=clock.now)
    async with made.served():
        yield made


@pytest.fixture
async def client(supplier: Supplier) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(base_url=supplier.url, headers=headers, trust_env=False, timeout=0.4) as made:
        yield made


async def buy(client: httpx.AsyncClient, reference: str = "R1", sku: str = "S") -> Any:
    return await client.post("/purchases", json={"reference": reference, "sku": sku, "answers": {}})


async def look_up(client: httpx.AsyncClient, reference: str = "R1") -> Any:
    return await client.get(f"/purchases/{reference}")


async def test_a_reference_is_bought_once(client, supplier):
    first, again = await buy(client), await buy(client)
    assert first.json() == again.json() == (await look_up(client)).json()
    assert len(first.json()["codes"]) == 1
    assert (await buy(client, sku="other")).json() == {"error": "reference-reused"}
    other = await buy(client, "R2")
    assert other.json()["codes"] != first.json()["codes"]
    assert [(one.reference, one.asked) for one in supplier.books.all()] == [("R1", 2), ("R2", 1)]


async def test_a_restart_forgets_nothing(client, tmp_path):
    bought = (await buy(client)).json()
    again = Supplier(tmp_path / "supplier.db", api_key=KEY)
    async with again.served() as url:
        found = await client.get(f"{url}/purchases/R1")
    assert found.json() == bought


@pytest.mark.parametrize("body", [b"", b"{}", b'{"reference": "R 1", "sku": "S", "answers": {}}', b"[]"])
async def test_what_makes_no_sense_is_refused(client, supplier, body):
    assert (await client.post("/purchases", content=body)).status_code == 400
    assert supplier.books.all() == []


async def test_a_stranger_gets_nothing(client, supplier):
    client.headers["Authorization"] = "Bearer another"
    assert [(await buy(client)).status_code, (await look_up(client)).status_code] == [401, 401]
    assert supplier.books.all() == []


async def test_nobody_has_heard_of_what_was_not_bought(client):
    assert (await look_up(client)).json() == {"error": "no-such-purchase"}


@pytest.mark.parametrize(("trouble", "status"), [("error", 500), ("busy", 429)])
async def test_trouble_without_a_purchase(client, supplier, trouble, status):
    supplier.faults.give("buy", trouble, 1)
    assert (await buy(client)).status_code == status
    assert supplier.books.all() == []
    assert (await buy(client)).status_code == 200


@pytest.mark.parametrize(("trouble", "bought"), [("lost", 0), ("cut", 1), ("silent", 1)])
async def test_an_answer_is_lost_before_or_after(client, supplier, trouble, bought):
    supplier.faults.give("buy", trouble, 1)
    with pytest.raises(httpx.TransportError):
        await buy(client)
    assert len(supplier.books.all()) == bought
    assert (await look_up(client)).status_code == (200 if bought else 404)


async def test_done_and_an_error_all_the_same(client, supplier):
    supplier.faults.give("buy", "error_done", 1)
    assert (await buy(client)).status_code == 500
    assert (await look_up(client)).json()["state"] == "done"


async def test_a_refusal_stays_one(client, supplier):
    supplier.faults.give("buy", "refuse", 1)
    assert (await buy(client)).json() == {"error": "out-of-stock"}
    assert (await buy(client)).status_code == 409
    assert (await look_up(client)).json()["state"] == "failed"


async def test_slow_is_late_and_right(client, supplier):
    supplier.faults.slow = 0.1
    supplier.faults.give("buy", "slow", 1)
    assert (await buy(client)).json()["state"] == "done"


async def test_pending_is_done_in_its_time(client, supplier, clock):
    supplier.faults.give("buy", "pending", 1)
    first = (await buy(client)).json()
    assert (first["state"], first["codes"]) == ("pending", [])
    clock.forward(timedelta(seconds=supplier.faults.pending - 1))
    assert (await look_up(client)).json()["state"] == "pending"
    clock.forward(timedelta(seconds=1))
    then = (await look_up(client)).json()
    assert (then["state"], len(then["codes"])) == ("done", 1)


async def test_done_may_be_empty_at_first(client, supplier, clock):
    supplier.faults.give("buy", "empty", 1)
    first = (await buy(client)).json()
    assert (first["state"], first["codes"]) == ("done", [])
    clock.forward(timedelta(seconds=supplier.faults.pending))
    assert len((await look_up(client)).json()["codes"]) == 1


async def test_what_was_done_may_be_known_later(client, supplier, clock):
    supplier.faults.give("buy", "hidden", 1)
    with pytest.raises(httpx.TransportError):
        await buy(client)
    assert (await look_up(client)).status_code == 404
    clock.forward(timedelta(seconds=supplier.faults.hidden))
    assert (await look_up(client)).json()["state"] == "done"


async def test_some_never_come(client, supplier, clock):
    supplier.faults.give("buy", "none_ever", 1)
    await buy(client)
    clock.forward(timedelta(days=400))
    assert (await look_up(client)).json()["state"] == "pending"


async def test_two_for_one_or_another_or_an_old_one(client, supplier):
    plain = (await buy(client, "R1")).json()
    for trouble in ("double", "other", "repeat"):
        supplier.faults.give("buy", trouble, 1)
    assert len((await buy(client, "R2")).json()["codes"]) == 2
    other = (await buy(client, "R3")).json()
    assert other["sku"] == "S-other"
    assert (await buy(client, "R4")).json()["codes"] == other["codes"] != plain["codes"]


async def test_looking_up_has_troubles_of_its_own(client, supplier):
    await buy(client)
    for trouble, found in (("error", 500), ("slow", 200)):
        supplier.faults.slow = 0.05
        supplier.faults.give("look_up", trouble, 1)
        assert (await look_up(client)).status_code == found
    for trouble in ("lost", "cut", "silent"):
        supplier.faults.give("look_up", trouble, 1)
        with pytest.raises(httpx.TransportError):
            await look_up(client)
    supplier.faults.chance = lambda call, reference: "error" if call == "look_up" else None
    assert (await look_up(client)).status_code == 500
    supplier.faults.mend()
    assert (await look_up(client)).status_code == 200
