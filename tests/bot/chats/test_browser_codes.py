"""Codes in the browser: for their owner, whole, and nowhere in plain text."""

from __future__ import annotations

import io
import re

import pytest
from python_calamine import CalamineWorkbook

from core import composing
from core.ground import chatlog
from core.ground.messages import Choice, Message, Words
from core.ground.vault import Secret
from tests.bot.chats.browsing import Browser, House, bao, bubbles, delivered, house, lin

__all__ = ["bao", "house", "lin"]


async def test_codes_are_shown_one_by_one_to_their_owner_only(house: House, lin: Browser, bao: Browser) -> None:
    order = await house.order_of(lin.person(), 7)
    message = delivered(order, Choice("Copy", copies=True), Choice("Guide", "guide"))
    spoken = await house.shop.db.read(composing.compose, lin.person(), message)
    line = await house.buyers.send(lin.address(), spoken)
    page = await lin.look()
    assert f'id="l{line}"' in page
    shown = re.findall(r'<code data-bare="([^"]+)">([^<]+)</code>', page)
    assert [bare for bare, _ in shown] == [code.reveal() for code in spoken.codes]
    assert all(bare == seen for bare, seen in shown)
    assert f"/codes/{order.number}.xlsx" in page

    await bao.say("hello")
    await house.work()
    await house.buyers.send(bao.address(), spoken)  # whatever went wrong, Bao sees none of it
    page = await bao.look()
    assert bubbles(page)[-1] == "This message can't be shown any more."
    assert "CANARY" not in page


async def test_codes_come_as_files_to_their_owner_only(house: House, lin: Browser, bao: Browser) -> None:
    order = await house.order_of(lin.person(), 7)
    codes = await house.shop.db.read(composing.compose, lin.person(), delivered(order))
    bare = [code.reveal() for code in codes.codes]
    text = await lin.http.get(f"/codes/{order.number}.txt")
    assert text.text == "".join(f"{code}\n" for code in bare)
    assert text.headers["content-disposition"] == f'attachment; filename="{order.number}.txt"'
    assert text.headers["cache-control"] == "no-store"
    sheet = await lin.http.get(f"/codes/{order.number.lower()}.xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(sheet.content)).get_sheet_by_index(0).to_python()
    assert rows == [[code] for code in bare]
    two = "-".join(str(unit.id) for unit in order.units[:2])
    assert (await lin.http.get(f"/codes/{order.number}.txt?units={two}")).text.split() == bare[:2]

    await bao.say("hello")
    await house.work()
    refused = [await bao.http.get(f"/codes/{order.number}.{kind}") for kind in ("txt", "xlsx")]
    refused += [
        await lin.http.get(path)
        for path in (
            "/codes/AAAA-AAAA.txt",
            f"/codes/{order.number}.pdf",
            f"/codes/{order.number}.txt?units=1,2",
            f"/codes/{order.number}.txt?units=999",
            f"/codes/{order.id}.txt",
        )
    ]
    refused.append(await Browser(house.app, ip="192.0.2.7").http.get(f"/codes/{order.number}.txt"))
    assert {(answer.status_code, answer.text) for answer in refused} == {(404, "There's nothing here for you.")}


async def test_a_sheet_holds_text_never_formulas(house: House) -> None:
    from bot.chats.browser.files import written

    nasty = ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "00123", "http://x.example", "1e5"]
    made = written("xlsx", [Secret(code) for code in nasty])
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(made)).get_sheet_by_index(0)
    assert sheet.to_python() == [[code] for code in nasty]
    assert b"<f>" not in made


async def test_neither_codes_nor_what_is_typed_are_in_the_database_file(house: House, lin: Browser) -> None:
    order = await house.order_of(lin.person(), 7)
    spoken = await house.shop.db.read(composing.compose, lin.person(), delivered(order))
    await house.buyers.send(lin.address(), spoken)
    await lin.say("my own words, CANARY-TYPED")
    await house.work()
    page = await lin.look()
    assert "CANARY-TYPED" in page
    stored = b"".join(file.read_bytes() for file in house.file.parent.glob(f"{house.file.name}*"))
    assert b"chat_lines" in stored
    for code in spoken.codes:
        assert code.reveal() in page
        assert code.reveal().encode() not in stored
    assert b"CANARY" not in stored.replace(b"You said: my own words, CANARY-TYPED", b"")


async def test_a_message_with_a_secret_is_never_kept(house: House, lin: Browser) -> None:
    message = Message(Words("browser-codes", {"codes": Secret("PLAIN-CODE")}))
    with pytest.raises(TypeError):
        await house.shop.db.write(chatlog.append_ours, lin.person(), message)
