"""/once: looking at the link uses nothing up; pressing shows codes once, or fetches a file once."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pyzipper

from core import composing, exports, hiring, reveals
from core.authority import Role
from core.exports import Kind
from core.ground.messages import Codes, Message, words
from core.handed import Handed
from doubles.serving import Served
from mika.journal import HandedOver, Unreadable
from mika.journal import read as lines_of
from tests.core import counter
from tests.core.conftest import bao, chen, clock, lin, rules, shop_db, steam, store, world
from tests.world import World
from web.app import create_app

__all__ = ["bao", "chen", "clock", "lin", "rules", "shop_db", "steam", "store", "world"]

DAY = timedelta(hours=24)


@pytest.fixture
def db(shop_db):
    return shop_db


@pytest.fixture
def journal(world: World, tmp_path: Path) -> Path:
    world.shop.journal = HandedOver(tmp_path / "journal")
    return tmp_path / "journal"


@pytest.fixture
async def browser(world: World, journal: Path) -> AsyncIterator[httpx.AsyncClient]:
    as_page = {"accept": "text/html"}
    async with (
        Served(create_app(world.shop, [])) as server,
        httpx.AsyncClient(base_url=server.url, headers=as_page) as client,
    ):
        yield client


async def sold(world, lin, steam, many: int = 2) -> Any:
    await world.stock(steam, many + 3)
    return await counter.sold(world, lin, steam, many)


async def codes_of(world, order) -> list[str]:
    message = Message(words("browser-codes", codes=Codes(order.id)))
    return [code.reveal() for code in (await world.db.read(composing.compose, order.person, message)).codes]


async def token_of(world, find: Any, number: int, person: str) -> str:
    token = await world.db.read(find, number, person)
    assert token is not None
    return token.reveal()


async def page_of(world, order, person: str) -> str:
    found = await world.db.read(reveals.of_order, order)
    made = await world.db.write(reveals.reveal, found, "does it open?", person, "e1", on_page=True)
    return await token_of(world, reveals.link, made, person)


async def test_looking_uses_nothing_up_and_pressing_shows_it_once(world, browser, journal, lin, steam, chen):
    order = await sold(world, lin, steam)
    token = await page_of(world, order, chen.id)
    made = await codes_of(world, order)
    looked = await browser.get("/once", params={"t": token})
    for _ in range(2):  # what makes previews of links looks, and doesn't press
        looked = await browser.get("/once", params={"t": token})
        assert looked.status_code == 200
        assert token in looked.text
        assert not any(code in looked.text for code in made)
    shown = await browser.post("/once", data={"t": token})
    assert shown.status_code == 200
    assert all(code in shown.text for code in made)
    assert token not in shown.text
    for response in (looked, shown):
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert "form-action 'self'" in response.headers["content-security-policy"]
        assert "set-cookie" not in response.headers
    assert shown.headers["refresh"].endswith("/once")
    again = await browser.post("/once", data={"t": token})
    assert again.status_code == 410
    assert not any(code in again.text for code in made)
    handed = list(lines_of([journal], Unreadable()))
    assert [type(one) for one in handed] == [Handed] * 2


@pytest.mark.parametrize(
    "body", [b"", b"t=", b"t=reveal.1.x", b"t=%D0%BA", b"\xff\xfe", b"t=" + b"x" * 5000, b"t=export.1.x"]
)
async def test_what_opens_nothing_is_told_so(browser, body):
    answer = await browser.post("/once", content=body, headers={"content-type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 410
    assert (await browser.get("/once")).status_code == 200
    assert (await browser.get("/once", params={"t": '"><script>'})).text.count("<script>") == 0


async def fetched(world, browser, kind: Kind, format: str, chen, **about: Any) -> httpx.Response:
    made = await world.db.write(exports.ask, chen.id, kind, format, about, "for the tax office", f"{kind} {format}")
    token = await token_of(world, exports.link, made, chen.id)
    assert token in (await browser.get("/once", params={"t": token})).text
    answer = await browser.post("/once", data={"t": token})
    assert answer.status_code == 200
    assert (await browser.post("/once", data={"t": token})).status_code == 410
    assert await counter.ask(world, f"SELECT rows IS NOT NULL FROM exports WHERE id = {made}") in ([1], [True])
    return answer


async def test_a_file_of_orders_in_the_asker_s_language(world, browser, lin, steam, chen):
    order = await sold(world, lin, steam)
    answer = await fetched(world, browser, Kind.ORDERS, "csv", chen)
    assert answer.headers["content-disposition"].startswith('attachment; filename="orders-')
    assert answer.content.startswith("\ufeff".encode())
    head, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    assert head[0] == "订单号"
    assert row[0] == order.number
    assert row[5:9] == ["Steam 20 美元", "2", "200.00", "CNY"]
    assert not any(code in answer.text for code in await codes_of(world, order))


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.CODES])
async def test_every_kind_of_file_as_csv_and_as_a_sheet(world, browser, lin, steam, chen, kind):
    from python_calamine import CalamineWorkbook

    order = await sold(world, lin, steam)
    await world.db.write(counter.aftersales.refund, order.id, "buyer", chen.id)
    now = await world.db.read(lambda tx: tx.now.astimezone(tx.rules.zone))
    about = {"month": f"{now:%Y-%m}"} if kind in (Kind.BOOKS, Kind.ACCOUNTS) else {}
    as_csv = await fetched(world, browser, kind, "csv", chen, **about)
    rows = list(csv.reader(io.StringIO(as_csv.content.decode("utf-8-sig"), newline="")))
    assert len(rows) > 1 or kind is Kind.REFUNDS
    assert {len(row) for row in rows} == {len(rows[0])}
    as_sheet = await fetched(world, browser, kind, "xlsx", chen, **about)
    (name,) = (book := CalamineWorkbook.from_filelike(io.BytesIO(as_sheet.content))).sheet_names
    assert book.get_sheet_by_name(name).to_python()[0] == rows[0]
    made = await counter.ask(world, "SELECT rows FROM exports")
    assert made == [len(rows) - 1] * 2
    assert not any(code.encode() in as_csv.content + as_sheet.content for code in await codes_of(world, order))


async def test_a_long_file_is_read_in_pages(world, browser, lin, steam, chen, monkeypatch):
    from core import tables

    await world.stock(steam, 7)
    numbers = [(await counter.sold(world, lin, steam)).number for _ in range(7)]
    monkeypatch.setattr(tables, "PAGE", 3)
    monkeypatch.setattr(tables, "ORDERS", tables.ORDERS.limit(3))
    answer = await fetched(world, browser, Kind.ORDERS, "csv", chen)
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [row[0] for row in rows[1:]] == numbers


# Codes


async def agreed(world, clock, chen, bao, said: str) -> int:
    await world.db.write(hiring.enter, await world.db.write(hiring.invite, "Bao", {Role.MANAGER}), bao.id)
    clock.forward(DAY)
    about = await world.db.read(exports.of_codes, said)
    made = await world.db.write(exports.ask_codes, chen.id, about, "another till", "e1")
    await world.db.write(exports.agree, made, bao.id)
    return made


async def test_codes_are_an_encrypted_file_that_opens_with_the_passphrase_alone(
    world, browser, clock, steam, chen, bao
):
    stock = await world.stock(steam, 7)
    made = await agreed(world, clock, chen, bao, "steam")
    await world.db.write(exports.show_phrase, made, chen.id)
    phrase = await token_of(world, exports.phrase, made, chen.id)
    answer = await browser.post("/once", data={"t": await token_of(world, exports.link, made, chen.id)})
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "no-store"
    assert not any(code.encode() in answer.content for code in stock)
    with pyzipper.AESZipFile(io.BytesIO(answer.content)) as file:
        (name,) = file.namelist()
        assert file.getinfo(name).wz_aes_strength == 3  # 256 bits
        assert file.read(name, pwd=phrase.encode()).decode().split() == stock
        with pytest.raises(RuntimeError):
            file.read(name, pwd=b"wrong")
        with pytest.raises(RuntimeError):
            file.read(name)
    assert await counter.ask(world, "SELECT rows FROM exports") == [7]


async def test_an_order_s_codes_are_in_the_journal_before_they_leave(
    world, browser, journal, clock, lin, steam, chen, bao
):
    order = await sold(world, lin, steam, 3)
    made = await agreed(world, clock, chen, bao, order.number)
    assert list(lines_of([journal], Unreadable())) == [] if journal.exists() else True
    answer = await browser.post("/once", data={"t": await token_of(world, exports.link, made, chen.id)})
    phrase = (await world.db.read(lambda tx: exports.passphrase(tx, exports.get(tx, made)))).reveal()
    with pyzipper.AESZipFile(io.BytesIO(answer.content)) as file:
        assert file.read(f"{order.number}.txt", pwd=phrase.encode()).decode().split() == await codes_of(world, order)
    assert len(list(lines_of([journal], Unreadable()))) == 3
