"""`mika run`: the parts it is told to run, an end when it is told to, and an outcry when one ends by itself."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from core import findings
from jobs.runner import Runner
from mika import running, serving
from mika.parts import Only
from mika.settings import Settings
from mika.wiring import opened
from tests.ports import free_port


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Ctrl-C, without a process to press it in."""
    event = asyncio.Event()
    monkeypatch.setattr(serving, "until_told", lambda: event)
    return event


def at_free_port(settings: Settings) -> Settings:
    return settings.changed(port=free_port())


async def health(settings: Settings) -> int:
    async with httpx.AsyncClient(trust_env=False) as http:
        for _ in range(1500):
            try:
                return (await http.get(f"{settings.address}/healthz")).status_code
            except httpx.ConnectError:
                await asyncio.sleep(0.02)
    raise AssertionError("nobody answers")


@pytest.mark.parametrize("only", [None, "web"])
async def test_it_answers_until_it_is_told_to_stop(settings: Settings, told: asyncio.Event, only: Only | None):
    settings = at_free_port(settings)
    shop = asyncio.create_task(running.run(settings, only))
    assert await health(settings) == 200
    told.set()
    await asyncio.wait_for(shop, 20)


async def test_jobs_alone_listen_nowhere(settings: Settings, told: asyncio.Event):
    settings = at_free_port(settings)
    shop = asyncio.create_task(running.run(settings, "jobs"))
    await asyncio.sleep(0.3)
    serving.listen("127.0.0.1", settings.port).close()
    told.set()
    await asyncio.wait_for(shop, 20)


async def test_the_doctor_looks_at_once_and_leaves_the_next_look_to_whoever_comes(
    settings: Settings, told: asyncio.Event
):
    shop = asyncio.create_task(running.run(at_free_port(settings), "jobs"))
    async with opened(settings, with_site=False) as house:
        db = house.shop.db
        for _ in range(1000):
            if await db.read(findings.still_open):
                break
            await asyncio.sleep(0.02)
        assert await db.read(findings.still_open)
        assert not await db.write(findings.take_round, "another")
        told.set()
        await asyncio.wait_for(shop, 20)
        assert await db.write(findings.take_round, "another")


async def test_a_part_that_ends_by_itself_ends_the_shop(
    settings: Settings, told: asyncio.Event, monkeypatch: pytest.MonkeyPatch
):
    async def gives_up(self: Runner) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(Runner, "run", gives_up)
    with pytest.raises(RuntimeError, match="the jobs part ended by itself"):
        await running.run(at_free_port(settings), None)


async def test_an_invitation_is_a_link_to_the_desk(settings: Settings):
    link = await running.invite(settings.changed(public_url="https://shop.example"), "Chen")
    assert link.startswith("https://shop.example/desk/enter?t=")
    assert len(link.partition("=")[2]) >= 32


async def test_invariants_are_told_one_by_one(settings: Settings):
    said: list[str] = []
    assert await running.invariants(settings, said.append) == 0
    assert said[-1] == "Everything holds."
    assert all(line.startswith("ok ") for line in said[:-1])
