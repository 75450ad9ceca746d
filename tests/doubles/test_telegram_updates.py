"""How Telegram's double brings updates to a bot, and what can go wrong with them and with calls."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from doubles.serving import Served
from doubles.telegram import Telegram, most, served_telegram
from doubles.telegram_budgets import Budgets
from tests.doubles.asking import bot, call
from tests.ports import free_port

__all__ = ["bot", "call"]

SECRET = "X-Telegram-Bot-Api-Secret-Token"


@dataclass
class Hook:
    """A webhook that remembers what came."""

    url: str = ""
    came: list[dict[str, Any]] = field(default_factory=list)
    secrets: list[str | None] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)  # the next ones; then 200
    slow: float = 0.0
    at_once: int = 0
    most_at_once: int = 0

    async def post(self, request: Request) -> Response:
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        self.came.append(await request.json())
        self.secrets.append(request.headers.get(SECRET))
        await asyncio.sleep(self.slow)
        self.at_once -= 1
        return self.answers.pop(0) if self.answers else Response()

    @property
    def ids(self) -> list[int]:
        return [one["update_id"] for one in self.came]

    @property
    def texts(self) -> list[str]:
        return [one["message"]["text"] for one in self.came]


@pytest.fixture
async def api() -> AsyncIterator[Telegram]:
    async with served_telegram(budgets=Budgets.none()) as served:
        served.add_bot("mika_shop_bot").updates.pauses = (0.02, 0.05)
        yield served


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, verify=False, timeout=40) as made:
        yield made


@pytest.fixture
async def hook(call: Any) -> AsyncIterator[Hook]:
    made = Hook()
    async with Served(Starlette(routes=[Route("/hook", made.post, methods=["POST"])])) as server:
        made.url = f"{server.url}/hook"
        await call("setWebhook", url=made.url, secret_token="s3cret")
        yield made


async def until(true: Callable[[], Any], seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110  counters set no event
            await asyncio.sleep(0.005)


# Fetched


async def test_updates_are_fetched_until_they_are_confirmed(api, bot, call):
    for text in "abc":
        api.person(1).writes(text)
    first = (await call("getUpdates"))["result"]
    assert [one["message"]["text"] for one in first] == ["a", "b", "c"]
    assert (await call("getUpdates"))["result"] == first
    rest = (await call("getUpdates", offset=first[1]["update_id"]))["result"]
    assert rest == first[1:]
    assert (await call("getUpdates", offset=-1))["result"] == first[2:]
    assert (await call("getUpdates", offset=first[2]["update_id"] + 1))["result"] == []


async def test_a_long_poll_ends_with_the_first_update(api, call):
    waiting = asyncio.create_task(call("getUpdates", timeout=30))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    api.person(1).writes("hello")
    assert (await waiting)["result"][0]["message"]["text"] == "hello"


async def test_there_is_one_way_to_get_updates_at_a_time(api, call):
    first = asyncio.create_task(call("getUpdates", timeout=30))
    await asyncio.sleep(0.1)
    second = asyncio.create_task(call("getUpdates", timeout=30))
    assert (await first)["error_code"] == 409
    api.person(1).writes("hello")
    assert len((await second)["result"]) == 1
    await call("setWebhook", url="https://example.com/hook")
    said = await call("getUpdates")
    assert (said["error_code"], "while webhook is active" in said["description"]) == (409, True)


async def test_only_what_was_asked_for_comes(api, bot, call):
    group = api.group("Staff", api.person(2))
    group.adds(bot, admin=True)
    group.joins(api.person(1))
    kinds = Counter(kind for one in (await call("getUpdates"))["result"] for kind in one)
    assert "chat_member" not in kinds  # it must be named
    await call("getUpdates", allowed_updates=["chat_member"])
    api.person(1).writes("hello", group)
    group.leaves(api.person(1))
    news = (await call("getUpdates", offset=-1))["result"]
    assert [set(one) for one in news] == [{"update_id", "chat_member"}]


# Posted


async def test_updates_are_posted_in_order_with_the_secret(api, bot, hook):
    for number in range(20):
        api.person(1).writes(str(number))
    await until(lambda: not bot.updates.waiting)
    assert hook.texts == [str(number) for number in range(20)]
    assert set(hook.secrets) == {"s3cret"}
    assert hook.ids == sorted(hook.ids)


async def test_what_is_not_taken_comes_again_and_in_order(api, bot, hook, call):
    hook.answers = [Response(status_code=500), Response(status_code=404), Response(status_code=302)]
    for text in "abc":
        api.person(1).writes(text)
    api.person(2).writes("other")
    await until(lambda: len(hook.came) == 7)
    assert [text for text in hook.texts if text != "other"] in (list("aaabc"), list("aaaabc"), list("aabc"))
    assert bot.updates.refused == 3
    assert "Wrong response from the webhook" in (await call("getWebhookInfo"))["result"]["last_error_message"]


async def test_nothing_is_lost_while_the_webhook_is_down(api, bot, call):
    made = Hook()
    app = Starlette(routes=[Route("/hook", made.post, methods=["POST"])])
    port = free_port()
    await call("setWebhook", url=f"http://127.0.0.1:{port}/hook")
    for number in range(30):
        api.person(number % 3 + 1).writes(str(number))
    await asyncio.sleep(0.1)
    assert len(bot.updates.waiting) == 30
    async with Served(app, port):
        await until(lambda: not bot.updates.waiting)
    assert sorted(made.texts, key=int) == [str(number) for number in range(30)]
    for person in range(3):
        assert [int(text) for text in made.texts if int(text) % 3 == person] == list(range(person, 30, 3))


async def test_no_more_connections_than_asked_for(api, bot, hook, call):
    await call("setWebhook", url=hook.url, max_connections=3)
    hook.slow = 0.02
    for number in range(12):
        api.person(number + 1).writes("hello")
    await until(lambda: not bot.updates.waiting)
    assert hook.most_at_once == 3


async def test_a_webhook_set_anew_gets_what_waits(api, bot, hook, call):
    await call("deleteWebhook")
    api.person(1).writes("hello")
    await asyncio.sleep(0.05)
    assert hook.came == []
    await call("setWebhook", url=hook.url)
    await until(lambda: hook.texts == ["hello"])
    await call("deleteWebhook")
    api.person(1).writes("paid")
    await call("setWebhook", url=hook.url, drop_pending_updates=True)
    assert bot.updates.dropped == 1


async def test_a_method_in_the_answer_is_done_and_kept(api, hook):
    hook.answers = [JSONResponse({"method": "sendMessage", "chat_id": 1, "text": "pong"})]
    api.person(1).writes("ping")
    assert (await api.person(1).chat().next(after=1)).text == "pong"
    assert api.calls[-1].by_webhook


async def test_updates_doubled_redelivered_reordered(api, bot, hook):
    faults, updates = api.faults, bot.updates

    async def posted(*texts: str) -> None:
        """That, and nothing is under way that the next fault could still meet."""
        await until(lambda: hook.texts == list(texts) and not updates._posting and not updates.waiting)

    faults.doubled = 1.0
    api.person(1).writes("a")
    await posted("a", "a")
    faults.mend()
    faults.redelivered, faults.moment = 1.0, 0.05
    api.person(1).writes("b")
    await posted("a", "a", "b", "b")
    faults.mend()
    faults.reordered, faults.moment = 1.0, 0.5
    api.person(1).writes("late")
    faults.reordered = 0.0
    api.person(1).writes("early")
    await posted("a", "a", "b", "b", "early", "late")
    assert hook.ids[4] > hook.ids[5]


async def test_the_secret_left_out_or_wrong(api, bot, hook):
    for secret in ("missing", "wrong", "right"):
        api.faults.secret = secret
        api.person(1).writes("hello")
        await until(lambda: not bot.updates.waiting)
    assert hook.secrets == [None, "not-the-secret", "s3cret"]


# Calls


@pytest.mark.parametrize("trouble", ["busy", "broken", "cut", "deaf", "slow", "lost", "mute"])
async def test_what_a_call_can_meet(api, bot, client, trouble):
    lin = api.person(1)
    lin.starts()
    api.faults.give("sendMessage", trouble, times=1)
    api.faults.slowness = 0.1
    url = f"{api.url}/bot{bot.token}/sendMessage"
    patience = 0.4 if trouble in ("deaf", "mute") else 30
    code, began = 0, time.monotonic()
    try:
        code = (await client.post(url, data={"chat_id": 1, "text": "x"}, timeout=patience)).status_code
    except httpx.TimeoutException:
        code = -1
    except httpx.TransportError:
        code = -2
    expected = {"busy": 429, "broken": 502, "cut": -2, "deaf": -1, "slow": 200, "lost": -2, "mute": -1}
    assert code == expected[trouble]
    assert trouble != "slow" or time.monotonic() - began >= 0.1
    happened = trouble in ("slow", "lost", "mute")
    assert (len(lin.chat().said()), api.calls[-1].done) == (int(happened), happened)
    assert (await client.post(url, data={"chat_id": 1, "text": "x"})).status_code == 200


async def test_shares_are_drawn_from_the_seed_and_an_outage_spares_nobody(api, bot, call):
    api.person(1).starts()
    api.faults.busy = api.faults.broken = 0.3
    codes = Counter([(await call("sendMessage", chat_id=1, text="x")).get("error_code", 200) for _ in range(60)])
    assert set(codes) == {200, 429, 502}
    async with served_telegram(budgets=Budgets.none()) as again:
        other = again.add_bot("mika_shop_bot")
        again.person(1).starts()
        again.faults.busy = again.faults.broken = 0.3
        url = f"{again.url}/bot{other.token}/sendMessage"
        async with httpx.AsyncClient(trust_env=False, verify=False) as client:
            same = [(await client.post(url, data={"chat_id": 1, "text": "x"})).status_code for _ in range(60)]
    assert Counter(same) == codes
    api.faults.outage = "broken"
    assert (await call("getMe"))["error_code"] == (await call("getUpdates"))["error_code"] == 502
    api.faults.mend()
    assert (await call("getMe"))["ok"]


async def test_a_429_says_how_long_and_haste_is_counted(api, call):
    api.person(1).starts()
    api.faults.give("sendMessage", "busy", times=1)
    said = await call("sendMessage", chat_id=1, text="x")
    wait = said["parameters"]["retry_after"]
    assert said["description"] == f"Too Many Requests: retry after {wait}"
    assert (await call("sendMessage", chat_id=1, text="x"))["ok"]
    assert api.hasty == 1


async def test_budgets(bot, api, call):
    moment = 0.0
    api.budgets = Budgets(now=lambda: moment)
    api.person(1).starts()
    group = api.group("Staff", api.person(2))
    group.adds(bot)

    async def sends(chat: int) -> bool:
        return (await call("sendMessage", chat_id=chat, text="x"))["ok"]

    assert [await sends(1) for _ in range(5)] == [True] * 3 + [False] * 2  # a short burst, then one a second
    moment = 1.0
    assert [await sends(1) for _ in range(2)] == [True, False]
    for second in range(1, 30):
        moment = 100.0 + second * 2
        assert await sends(group.id) is (second <= 20)
    assert api.budgets.exceeded == {"chat": 3, "group": 9}
    moment = 1000.0
    people = [api.person(number) for number in range(10, 45)]
    for person in people:
        person.starts()
    assert [await sends(person.id) for person in people] == [True] * 30 + [False] * 5
    assert api.budgets.exceeded["overall"] == 5
    assert (await call("editMessageText", chat_id=10, message_id=10**6, text="x"))["error_code"] == 400  # costs nothing
    assert Budgets().times(10).group == 200


async def test_the_fullest_stretch_of_time():
    assert most([], 1.0) == 0
    assert most([0.0, 0.5, 0.9, 1.0, 1.4, 9.0], 1.0) == 4
    assert most([0.0, 1.0, 2.0], 1.0) == 1


async def test_through_every_fault_at_once_nothing_is_lost(api, bot, hook, call):
    """Five hundred updates of twenty people, while one answer in seven is a failure."""
    await call("setWebhook", url=hook.url, max_connections=8)
    hook.answers = [Response(status_code=500) if place % 7 == 0 else Response() for place in range(700)]
    api.faults.doubled = api.faults.redelivered = api.faults.reordered = 0.1
    for number in range(500):
        api.person(number % 20 + 1).writes(str(number))
    await until(lambda: not bot.updates.waiting, seconds=20)
    assert sorted(set(map(int, hook.texts))) == list(range(500))
    assert len(hook.came) > 500


async def test_what_a_call_did_and_what_stands_in_the_chat_agree(api, bot, client):
    api.person(1).starts()
    faults = api.faults
    faults.busy = faults.broken = faults.cut = faults.lost = 0.15
    url = f"{api.url}/bot{bot.token}/sendMessage"
    answers = Counter[int]()
    for number in range(80):
        try:
            answers[(await client.post(url, data={"chat_id": 1, "text": str(number)})).status_code] += 1
        except httpx.TransportError:
            answers[0] += 1
    done = [call for call in api.asked("sendMessage") if call.done]
    assert [call.given["text"] for call in done] == [shown.text for shown in api.person(1).chat().said()]
    assert answers == Counter(call.status for call in api.asked("sendMessage"))
    assert answers[200] < len(done) < 80
