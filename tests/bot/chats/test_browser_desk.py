"""The desk: the same chat for staff, entered by a one-time link."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core import staff, uploads
from tests.bot.chats.browsing import (
    Browser,
    House,
    bubbles,
    house,
    invited,
    lin,
    sign,
)

__all__ = ["house", "lin"]


@pytest.fixture
async def chen(house: House) -> Browser:
    """Chen, who works here and came in by a link."""
    browser = Browser(house.app, ip="192.0.2.3")
    token = await invited(house)
    await browser.look(f"/desk/enter?t={token}")
    await browser.http.post("/desk/enter", data={"csrf": browser.csrf, "t": token})
    await browser.look("/desk")
    return browser


async def test_a_stranger_at_the_desk_is_told_how_to_get_in(house: House, lin: Browser) -> None:
    page = await lin.http.get("/desk")
    assert page.status_code == 403
    assert "mika staff invite" in page.text
    csrf = sign(f"desk form {'0' * 32}")
    assert (await lin.say("hello", path="/desk/say", csrf=csrf)).status_code == 403
    assert (await lin.http.get("/desk/stream")).status_code == 403
    assert await house.events() == []


async def test_looking_at_the_link_does_not_use_it_up(house: House) -> None:
    token = await invited(house)
    for _ in range(3):
        assert "Enter" in await Browser(house.app).look(f"/desk/enter?t={token}")
    chen = Browser(house.app)
    await chen.look(f"/desk/enter?t={token}")
    answer = await chen.http.post("/desk/enter", data={"csrf": chen.csrf, "t": token})
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    assert 'id="log"' in await chen.look("/desk")


async def test_the_link_works_once_but_a_double_press_does_no_harm(house: House) -> None:
    token = await invited(house)
    chen, other = Browser(house.app), Browser(house.app)
    await chen.look(f"/desk/enter?t={token}")
    await other.look(f"/desk/enter?t={token}")
    cookie = f"mika_desk={chen.http.cookies['mika_desk']}"
    for _ in range(2):  # the second press was on its way before the first one's answer
        answer = await chen.http.post("/desk/enter", data={"csrf": chen.csrf, "t": token}, headers={"cookie": cookie})
        assert answer.status_code == 303
    answer = await other.http.post("/desk/enter", data={"csrf": other.csrf, "t": token})
    assert answer.status_code == 403
    assert "used already" in answer.text
    assert (await other.http.get("/desk")).status_code == 403


async def test_the_link_needs_its_own_page(house: House, lin: Browser) -> None:
    token = await invited(house)
    assert (await lin.http.post("/desk/enter", data={"csrf": lin.csrf, "t": token})).status_code == 403
    chen = Browser(house.app)
    await chen.look(f"/desk/enter?t={token}")
    fields = {"csrf": chen.csrf, "t": token}
    foreign = {"origin": "https://evil.example"}
    assert (await chen.http.post("/desk/enter", data=fields, headers=foreign)).status_code == 403
    assert (await chen.http.post("/desk/enter", data=fields)).status_code == 303


async def test_entering_changes_the_address(house: House) -> None:
    """Who planted the cookie that was there before is not let in along."""
    token = await invited(house)
    chen = Browser(house.app)
    await chen.look(f"/desk/enter?t={token}")
    planted = chen.http.cookies["mika_desk"]
    await chen.http.post("/desk/enter", data={"csrf": chen.csrf, "t": token})
    assert chen.http.cookies["mika_desk"] != planted
    thief = await Browser(house.app).http.get("/desk", headers={"cookie": f"mika_desk={planted}"})
    assert thief.status_code == 403


async def test_guessing_links_is_slow(house: House) -> None:
    thief = Browser(house.app, ip="192.0.2.66")
    await thief.look("/desk/enter?t=x")
    fields = {"csrf": thief.csrf, "t": "x"}
    answers = [(await thief.http.post("/desk/enter", data=fields)).status_code for _ in range(12)]
    assert answers == [403] * 10 + [429] * 2


async def test_who_works_here_no_more_is_out_at_once(house: House, chen: Browser) -> None:
    assert (await chen.say("hello", path="/desk/say")).status_code == 204
    await house.shop.db.write(lambda tx: tx.changed(staff.colleagues.update().values(left_at=tx.now)))
    assert (await chen.say("hello", "k2", path="/desk/say")).status_code == 403
    assert (await chen.http.get("/desk")).status_code == 403
    assert len(await house.events()) == 1


async def test_pasted_stock_is_taken_whole_and_shown_by_its_size(house: House, chen: Browser) -> None:
    stock = "\r\n".join(f"STOCK-{number:06d}" for number in range(40_000))
    assert (await chen.say(stock, path="/desk/say")).status_code == 204
    await house.work()
    assert house.rote.heard[0].text == stock.replace("\r\n", "\n")
    page = await chen.look("/desk")
    assert bubbles(page)[0] == "[40,000 lines]"
    assert (await chen.say("x" * 1_000_001, "k2", path="/desk/say")).status_code == 413
    await chen.say("a\nb\nc", "k3", path="/desk/say")
    assert bubbles(await chen.look("/desk"))[-1] == "a\nb\nc"


async def sends(chen: Browser, content: bytes, key: str = "k1", csrf: str | None = None) -> int:
    fields = {"csrf": chen.csrf if csrf is None else csrf, "key": key}
    files = {"file": ("stock.txt", content, "text/plain")}
    return (await chen.http.post("/desk/file", data=fields, files=files)).status_code


async def test_a_file_is_sealed_at_once_and_kept_once(house: House, chen: Browser) -> None:
    content = b"CANARY-7F3A\n" * 60_000  # three pieces
    assert [await sends(chen, content) in (204, 303) for _ in range(2)] == [True, True]
    await house.work()
    [said] = house.rote.heard
    assert said.file and (said.file.name, said.file.size) == ("stock.txt", len(content))
    upload = uploads.of(said.file.reference)
    assert upload and await house.shop.db.read(uploads.opened, upload) == content
    kept = await house.shop.db.read(lambda tx: tx.all(select(uploads.pieces.c.sealed)))
    assert len(kept) == 3
    assert not any(b"CANARY" in row.sealed for row in kept)
    assert "stock.txt" in bubbles(await chen.look("/desk"))[0]
    await house.shop.db.write(uploads.erase, upload)
    assert await house.shop.db.read(uploads.opened, upload) is None


async def test_a_file_of_a_stranger_or_of_another_page_is_not_taken(
    house: House, chen: Browser, lin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await sends(lin, b"A", csrf="x") == 403
    assert await sends(chen, b"A", csrf="x") == 403
    monkeypatch.setattr(uploads, "MOST_BYTES", 1000)
    assert await sends(chen, b"A" * 5000) == 413
    assert (await chen.http.post("/desk/file", data={"csrf": chen.csrf, "key": "k"})).status_code == 400
    assert await house.events() == []
    assert await house.shop.db.read(lambda tx: tx.all(select(uploads.uploads))) == []
