"""What the browser chat refuses: forms that are not ours, too much, too fast, hostile text."""

from __future__ import annotations

import html
import re
from functools import partial

import pytest

from bot.chats.browser import BrowserChat
from bot.chats.browser.limits import Buckets, Limits
from core.ground import chatlog
from core.ground.messages import Choice, Message
from tests.bot.chats.browsing import (
    Browser,
    House,
    bao,
    bubbles,
    house,
    lin,
    sign,
)

__all__ = ["bao", "house", "lin"]

HOSTILE = "<img src=x onerror=alert(1)>\"'&amp;\u202egnp.exe\u2066</script><script>alert(2)</script>"


async def test_a_form_counts_only_from_our_own_page_for_this_visitor(house: House, lin: Browser, bao: Browser) -> None:
    own = lin.csrf
    for token in ("", "0" * 64, bao.csrf, own[:-1]):
        lin.csrf = token
        assert (await lin.say("hello")).status_code == 403
    lin.csrf = own
    for headers in (
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ):
        fields = {"csrf": own, "key": "k", "text": "hello"}
        assert (await lin.http.post("/say", data=fields, headers=headers)).status_code == 403
    assert await house.events() == []
    for headers in (
        {"origin": "http://shop.test"},
        {"origin": "null", "sec-fetch-site": "same-origin"},
    ):
        fields = {"csrf": own, "key": "k", "text": "hello"}
        assert (await lin.http.post("/say", data=fields, headers=headers)).status_code == 204


async def test_a_cookie_we_did_not_sign_is_nobody(house: House, lin: Browser, bao: Browser) -> None:
    await lin.say("a secret of Lin's")
    signature = bao.http.cookies["mika_browser"].partition(".")[2]
    for forged in (f"{lin.address()}.{signature}", lin.address(), f"{lin.address()}.", "x.y", "é.é"):
        page = await bao.http.get("/", headers=[(b"cookie", f"mika_browser={forged}".encode())])
        assert bubbles(page.text) == []


async def test_a_desk_cookie_does_not_open_the_buyers_chat(house: House, lin: Browser) -> None:
    """The signature says which chat it is for."""
    cookie = lin.http.cookies["mika_browser"]
    page = await lin.http.get("/desk", headers={"cookie": f"mika_desk={cookie}"})
    assert page.status_code == 403
    assert "mika staff invite" in page.text


@pytest.fixture
def no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time passes for whoever counts how fast people speak, however slow this machine is."""
    monkeypatch.setattr("bot.chats.browser.routes.Limits", partial(Limits, lambda: 100.0))


async def test_too_fast_is_refused_kindly_in_the_visitors_language(no_time: None, house: House) -> None:
    lin = Browser(house.app, "zh-CN")
    await lin.look()
    answers = [await lin.say("快", f"k{number}") for number in range(25)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(answers) - len(refused) == 20
    assert re.fullmatch(r"发得有点快，请过 \d+ 秒再试。", refused[0].text)
    assert int(refused[0].headers["retry-after"]) >= 1
    bao = Browser(house.app, ip="192.0.2.2")
    await bao.look()
    assert (await bao.say("me?")).status_code == 204


async def test_one_address_on_the_net_has_a_limit_too(no_time: None, house: House) -> None:
    refused = 0
    for _ in range(8):  # new cookies don't help
        someone = Browser(house.app, ip="192.0.2.9")
        await someone.look()
        refused += sum([(await someone.say("x", f"k{n}")).status_code == 429 for n in range(15)])
    assert refused == 8 * 15 - 100


def test_a_bucket_gives_its_burst_then_its_rate() -> None:
    now = 100.0
    bucket = Buckets(rate=0.5, burst=3, clock=lambda: now)
    assert [bucket.take("a") for _ in range(4)] == [0, 0, 0, 2]
    assert bucket.take("b") == 0
    now += 2
    assert [bucket.take("a"), bucket.take("a")] == [0, 2]
    now += 1000
    assert [bucket.take("a") for _ in range(4)] == [0, 0, 0, 2]


async def test_what_is_too_long_or_malformed_changes_nothing(house: House, lin: Browser) -> None:
    assert (await lin.say("字" * 4001)).status_code == 413
    assert (await lin.say("x" * 4_000_000)).status_code == 413
    assert (await lin.say(press="x" * 201)).status_code == 400
    for key in ("", "a b", "k" * 65, "键", "a:b", "a\n"):
        assert (await lin.say("hello", key)).status_code == 400
    fields = {"csrf": lin.csrf, "key": "k", "text": "x"}
    assert (await lin.http.post("/say", json=fields)).status_code == 400
    assert (await lin.http.post("/say", data=fields, files={"f": b"x"})).status_code == 400
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert (await lin.http.post("/say", content=b"\xff\xfe=\x00", headers=form)).status_code == 400
    many = "&".join(f"f{number}=1" for number in range(50)).encode()
    assert (await lin.http.post("/say", content=many, headers=form)).status_code == 400
    assert await house.events() == []


@pytest.mark.parametrize("text", ["1", "字" * 4000, "\ud83d\ude00", "%", "a=b&c=d", "\u202e\u2066"])
async def test_what_people_may_say_arrives_as_it_was(house: House, lin: Browser, text: str) -> None:
    text = text.encode("utf-16", "surrogatepass").decode("utf-16")
    assert (await lin.say(text)).status_code == 204
    await house.work()
    assert [said.text for said in house.rote.heard] == [text]


async def test_what_no_database_keeps_is_replaced_in_text_and_refused_in_a_press(house: House, lin: Browser) -> None:
    assert (await lin.say("one\x00two\n\tthree")).status_code == 204
    await house.work()
    assert [said.text for said in house.rote.heard] == ["one\x1atwo\n\tthree"]
    for control in "\x00\x1b\n\t\x7f":
        assert (await lin.say(press=f"help{control}", key="k2")).status_code == 400
    assert len(await house.events()) == 1


async def test_nothing_said_is_nothing_kept(house: House, lin: Browser) -> None:
    assert (await lin.say(text=" \n ")).status_code == 204
    assert await house.events() == []


@pytest.mark.parametrize("zone,kept", [("Asia/Shanghai", "Asia/Shanghai"), ("../../etc/passwd", None), ("", None)])
async def test_a_zone_is_a_zone(house: House, lin: Browser, zone: str, kept: str | None) -> None:
    await lin.say("hello", zone=zone)
    await house.work()
    assert house.rote.heard[0].zone == kept


async def test_hostile_text_stays_text(house: House, lin: Browser) -> None:
    house.rote.answers[HOSTILE] = Message((HOSTILE,), (Choice(HOSTILE, HOSTILE),), card=HOSTILE)
    await lin.say(HOSTILE)
    await house.work()
    page = await lin.look()
    assert "<img src=x" not in page
    assert "<script>alert" not in page
    assert page.count("<script") == 1
    typed = page[page.index('class="said"') :]
    typed = typed[: typed.index("</div>")]
    assert "\u202e" not in typed
    assert "\u2066" not in typed
    assert 'dir="auto"' in typed


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "vbscript:x"])
async def test_a_choice_links_to_web_addresses_only(house: House, lin: Browser, link: str) -> None:
    message = Message(("Pay.",), (Choice("Pay", link=link), Choice("Later", "later")))
    await house.shop.db.write(chatlog.append_ours, lin.person(), message)
    await lin.say("hello")
    await house.work()
    page = await lin.look()
    assert link not in page
    assert "Later" in page


async def test_every_answer_is_kept_by_nobody_and_framed_by_nobody_else(house: House, lin: Browser) -> None:
    for answer in (
        await lin.http.get("/"),
        await lin.say("hello"),
        await lin.http.get("/desk"),
        await lin.http.get("/desk/enter?t=x"),
        await lin.http.get("/codes/x.txt"),
    ):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert policy.endswith("frame-ancestors 'self'")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await lin.http.get("/desk/enter?t=x")).headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "secure,frames,attributes",
    [
        (False, (), "Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax"),
        (True, (), "Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax; Secure"),
        (True, ("https://a.example",), "HttpOnly; SameSite=None; Partitioned; Secure"),
        (False, ("https://a.example",), "Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax"),
    ],
)
async def test_the_cookie(house: House, secure: bool, frames: tuple[str, ...], attributes: str) -> None:
    from starlette.applications import Starlette

    chat = BrowserChat("browser", house.rote, "/", sign, secure, frames)
    answer = await Browser(Starlette(routes=chat.routes(house.shop))).http.get("/")
    cookie = answer.headers["set-cookie"]
    assert cookie.endswith(attributes)
    assert cookie.startswith("__Host-mika_browser=" if secure else "mika_browser=")
    if frames:
        assert "frame-ancestors 'self' https://a.example" in answer.headers["content-security-policy"]


async def test_nothing_comes_from_elsewhere_and_nothing_is_inline(house: House, lin: Browser) -> None:
    house.rote.answers["hi"] = Message(("Choose.",), (Choice("Buy", "buy"),))
    await lin.say("hi")
    await house.work()
    page = await lin.look()
    assert not re.search(r'(src|href)="(https?:)?//', page)
    assert not re.search(r"\son\w+=|style=|<style|<script(?! src)", page)
    for path in re.findall(r'(?:src|href)="(/chat/[^"]+)"', page):
        answer = await lin.http.get(html.unescape(path))
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert (await lin.http.get("/chat/chat.js")).headers["cache-control"] == "no-cache"
    assert (await lin.http.get("/chat/..%2f__init__.py")).status_code == 404
    assert (await lin.http.get("/embed.js")).headers["content-type"].startswith("text/javascript")
