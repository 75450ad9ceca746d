"""Staff fill the shelf by pasting and by files, take out what must not be sold, and hear when something runs low."""

from __future__ import annotations

import itertools
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import false, literal, select, text

from bot.said import File, Said
from core import (
    batches,
    catalog,
    drafts,
    hiring,
    inventory,
    restock,
    staff,
    staffcards,
    stock_levels,
    withdrawals,
)
from core.authority import Role
from core.catalog import Product
from core.ground.errors import PartyError
from core.ground.tx import Tx
from core.ground.words import LOCALES, Hearer, render
from core.orders import State
from jobs import intake
from jobs.stock_levels import levels
from jobs.withdraw import given_back
from tests.world import Answer, Somebody, World

CANARY = "CANARY-7F3A"
names = itertools.count()


class Files:
    """What people have sent in the chat of the tests."""

    def __init__(self) -> None:
        self.sent: dict[str, bytes] = {}
        self.troubles = 0  # so often it can't be fetched

    async def fetch(self, reference: str) -> bytes:
        if self.troubles:
            self.troubles -= 1
            raise PartyError("out of reach")
        if reference not in self.sent:
            raise PartyError("it is gone", permanent=True)
        return self.sent[reference]


@pytest.fixture
def files(world: World) -> Files:
    made = Files()
    world.shop.files["test"] = made
    return made


async def sends(chen: Somebody, files: Files, content: bytes | str, name: str = "stock.txt", size: int | None = None):
    """Chen sends a file; what is answered at once."""
    reference = f"file {next(names)}"
    files.sent[reference] = content if isinstance(content, bytes) else content.encode()
    file = File(name, len(files.sent[reference]) if size is None else size, reference)
    said = Said("test", chen.name, f"{chen.name}-{reference}", locale="zh-CN", name=chen.name, file=file)
    return await chen._read(await chen.router.answer(chen.world.shop, said))


async def restocks(chen: Somebody, product: Product, files: Files, content: bytes | str, name: str = "stock.txt"):
    """As far as what is told of the file."""
    await chen.says(f"restock {product.slug}")
    await sends(chen, files, content, name)
    return await chen.gets()


async def there(world: World, product: Product) -> int:
    return await world.db.read(inventory.available, product)


async def states(world: World) -> dict[str, int]:
    rows = await world.db.read(lambda tx: tx.all(text("SELECT state, COUNT(*) FROM codes GROUP BY state")))
    return {state: many for state, many in rows}


def some(many: int, name: str = "FILE") -> str:
    return "".join(f"{name}-{number:06}\n" for number in range(many))


def a_book(rows: list[list[Any]]) -> bytes:
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                sheet.write(row, column, cell)
    return made.getvalue()


# Files


async def test_a_file_is_read_looked_at_priced_and_put_on_sale(
    world: World, chen: Somebody, steam: Product, files: Files
):
    [known] = await world.stock(steam, 1)
    await chen.says(f"restock {steam.slug}")
    reading = await sends(chen, files, f"{some(450)}{known}\nFILE-000001\n\nbad\u200bline\n")
    assert "正在读取" in reading.text
    told = await chen.gets()
    assert "新 450，重复 2，空行 1，看不懂 1（行号 454）" in told.text
    priced = await chen.says("12.50 淘宝 20411")
    assert "12.50" in priced.text and "淘宝 20411" in priced.text
    assert await there(world, steam) == 1  # nothing is on sale before somebody says so
    await chen.presses("上架")
    done = await chen.gets()
    assert "450" in done.text and "淘宝 20411" in done.text
    assert await there(world, steam) == 451
    assert await world.count(drafts.drafts) == 0
    await world.holds()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("stock.csv", "卡号,卡密\nNUM1,PIN1\nNUM2,PIN2\n".encode("gb18030")),
        ("stock.csv", "\ufeff卡号,卡密\nNUM1,PIN1\nNUM2,PIN2\n".encode()),
        ("stock.txt", "NUM1----PIN1\r\nNUM2----PIN2\r\n".encode("utf-16")),
        ("STOCK.XLSX", a_book([["卡号", "卡密"], ["NUM1", "PIN1"], ["NUM2", "PIN2"]])),
    ],
)
async def test_files_as_spreadsheets_save_them(
    world: World, chen: Somebody, steam: Product, files: Files, name: str, content: bytes
):
    assert "新 2，" in (await restocks(chen, steam, files, content, name)).text
    await chen.presses("上架")
    await chen.gets()
    assert await there(world, steam) == 2


BAD = {
    "another kind": ("stock.pdf", b"%PDF-1.7", "txt、csv、xlsx"),
    "empty": ("stock.txt", b"", "空的"),
    "a zip": ("stock.txt", b"PK\x03\x04" + CANARY.encode(), "压缩包"),
    "no workbook": ("stock.xlsx", CANARY.encode(), "不是 Excel"),
    "an open quote": ("stock.csv", b'A,"' + b"B\n" * 200_000, "引号"),
    "too many codes": ("stock.txt", some(60).encode(), "超过 50"),
    "too many lines": ("stock.txt", b"\n" * 70, "一百万行"),
    "a cell far out": ("stock.xlsx", a_book([["A"], *([[]] * 300), [*([""] * 290), "B"]]), "很远"),
    "all NUL": ("stock.txt", b"\0\0\n\0\0\n", "没有可上架"),
    "all GBK": ("stock.txt", "卡密甲\n卡密乙\n".encode("gb18030"), "没有可上架"),
}


@pytest.mark.parametrize("which", BAD)
async def test_a_bad_file_is_told_in_a_sentence_and_nothing_of_it_is_taken(
    world: World, chen: Somebody, steam: Product, files: Files, which: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("core.drafts.MOST", 50)
    monkeypatch.setattr("core.stock_files.MOST_LINES", 65)
    monkeypatch.setattr("core.stock_files.MOST_CELLS", 10_000)
    name, content, says = BAD[which]
    await chen.says(f"restock {steam.slug}")
    answer = await sends(chen, files, content, name)
    told = answer if says in answer.text else await chen.gets()
    assert says in told.text, told.text
    assert CANARY not in told.text
    await world.runner.drain()
    assert (await world.count(inventory.codes), await world.count(drafts.drafts)) == (0, 0)


async def test_mixed_encodings_are_told_line_by_line(world: World, chen: Somebody, steam: Product, files: Files):
    lines = [b"GOOD-1", "卡密".encode("gb18030"), b"GOOD-2", b"A\0B", "é".encode("latin-1"), b"x" * 5000, b"GOOD-3"]
    told = await restocks(chen, steam, files, b"\n".join(lines))
    assert "新 3，" in told.text and "2, 4, 5, 6" in told.text, told.text
    listed = await chen.presses("看不懂")
    for line, why in ((2, "UTF-8"), (4, "二进制"), (5, "UTF-8"), (6, "太长")):
        assert any(f"第 {line} 行" in row and why in row for row in listed.text.splitlines()), listed.text


async def test_a_file_is_too_big_by_its_size_alone(world: World, chen: Somebody, steam: Product, files: Files):
    await chen.says(f"restock {steam.slug}")
    assert "20 MB" in (await sends(chen, files, b"A", size=21 << 20)).text
    assert await world.count(inventory.batches) == 0


async def test_a_file_nobody_asked_for_is_answered_kindly(world: World, chen: Somebody, steam: Product, files: Files):
    assert "不知道这个文件" in (await sends(chen, files, some(2))).text


async def test_a_file_that_is_gone_is_asked_for_again(world: World, chen: Somebody, steam: Product, files: Files):
    await chen.says(f"restock {steam.slug}")
    files.troubles = 0
    reference = f"file {next(names)}"
    said = Said("test", chen.name, "gone", name=chen.name, file=File("a.txt", 9, reference))
    await chen.router.answer(world.shop, said)
    assert "再发一次" in (await chen.gets()).text


async def test_who_may_not_restock_does_not_get_the_file_read(world: World, steam: Product, files: Files):
    chen = await world.hire("wei")
    await world.db.write(lambda tx: tx.changed(text("""UPDATE colleagues SET roles = '["viewer"]'""")))
    assert "不能" in (await chen.says(f"restock {steam.slug}")).text
    await sends(chen, files, some(2))
    assert await world.count(inventory.batches) == 0


# In the middle


async def test_an_import_that_was_cut_off_goes_on_where_it_was(
    world: World, chen: Somebody, steam: Product, files: Files, monkeypatch: pytest.MonkeyPatch
):
    put_in, calls = drafts.put_in, itertools.count()

    def dies(tx: Tx, batch: int) -> int:
        if next(calls) == 2:
            raise RuntimeError("the process has died")
        return put_in(tx, batch)

    monkeypatch.setattr(drafts, "put_in", dies)
    await restocks(chen, steam, files, some(1000))
    await chen.presses("上架")
    await world.until(lambda: _tried(world))
    assert await there(world, steam) == 0  # a part of a batch is never on sale
    assert (await states(world))["available"] == 400
    world.clock.forward(timedelta(minutes=2))
    await chen.gets()
    assert await there(world, steam) == 1000
    await world.holds()


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Where in a file the codes stood that were sealed; the process dies once, in the middle."""
    keep, found = drafts.keep, list[int]()

    def dies_once(tx: Tx, batch: int, place: int, *more: Any) -> None:
        found.append(place)
        if len(found) == 3:
            raise RuntimeError("the process has died")
        keep(tx, batch, place, *more)

    monkeypatch.setattr(drafts, "keep", dies_once)
    monkeypatch.setattr(intake, "AT_ONCE", drafts.PIECE)
    return found


async def reads_in_two_goes(world: World, chen: Somebody, steam: Product, files: Files) -> str:
    [known] = await world.stock(steam, 1)
    await chen.says(f"restock {steam.slug}")
    await sends(chen, files, f"{known}\n{some(900)}FILE-000001\n")
    await world.until(lambda: _tried(world, "intake"))
    world.clock.forward(timedelta(minutes=2))
    return (await chen.gets()).text


async def test_a_file_that_was_cut_off_is_read_on_from_there(
    world: World, chen: Somebody, steam: Product, files: Files, places: list[int]
):
    told = await reads_in_two_goes(world, chen, steam, files)
    assert "新 900，重复 2" in told
    assert places == [0, 200, 400, 400, 600, 800]


async def test_without_looking_what_is_there_it_would_be_sealed_again(
    world: World, chen: Somebody, steam: Product, files: Files, places: list[int], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(drafts, "kept", lambda tx, batch: (0, 0))
    await reads_in_two_goes(world, chen, steam, files)
    assert places == [0, 200, 400, 0, 200, 400, 600, 800]


async def test_a_file_that_takes_long_is_read_in_stretches(
    world: World, chen: Somebody, steam: Product, files: Files, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(intake, "STRETCH", 0.0)
    monkeypatch.setattr(intake, "AT_ONCE", drafts.PIECE)
    await chen.says(f"restock {steam.slug}")
    await sends(chen, files, f"{some(900)}FILE-000001\n")
    waiting = world.chat.of(chen.name)

    async def goes_on() -> bool:
        world.clock.forward(timedelta(seconds=1))
        return not waiting.empty()

    await world.until(goes_on)
    assert "新 900，重复 1" in (await chen.gets()).text


async def _tried(world: World, kind: str = "restock") -> bool:
    query = text(f"SELECT COUNT(*) FROM outbox WHERE kind = '{kind}' AND trouble IS NOT NULL")
    return bool(await world.db.read(lambda tx: tx.value(query)))


async def test_pressing_twice_imports_once(world: World, chen: Somebody, steam: Product, files: Files):
    await restocks(chen, steam, files, some(3))
    await chen.presses("上架")
    [batch] = [row.id for row in await world.db.read(lambda tx: tx.all(select(inventory.batches)))]
    await chen.gets()
    with pytest.raises(batches.BatchGone):
        await world.db.write(restock.put_on_sale, batch, chen.id)
    assert await there(world, steam) == 3


async def test_who_waited_long_is_called_when_it_is_over(
    world: World, chen: Somebody, steam: Product, files: Files, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(restock, "LONG", 5)
    for many, called in ((5, 0), (6, 1)):
        await restocks(chen, steam, files, some(many, f"OF-{many}"))
        await chen.presses("上架")
        assert (await chen.gets()).spoken.source.stays
        assert [f"已上架 {many} 个" in line for line in await alarms(chen)] == [True] * called


async def test_a_draft_that_is_thrown_away_leaves_nothing(world: World, chen: Somebody, steam: Product, files: Files):
    await restocks(chen, steam, files, some(500))
    assert await world.count(drafts.drafts) == 3
    await chen.presses("丢掉")
    await world.runner.drain()
    assert (await world.count(inventory.codes), await world.count(drafts.drafts)) == (0, 0)


# Taking out


async def batch_of(world: World, product: Product) -> int:
    return (await world.db.read(batches.newest, product, 1))[0].id


async def withdraws(chen: Somebody, *said: str) -> Answer:
    answer = None
    for one in said:
        answer = await chen.says(one)
    assert answer is not None
    return answer


@pytest.mark.parametrize(("what", "becomes"), [("quarantine", "quarantined"), ("void", "voided")])
async def test_only_what_is_unsold_is_taken_out(
    world: World, chen: Somebody, lin: Somebody, steam: Product, what: str, becomes: str
):
    await world.stock(steam, 5)
    await lin.buys(steam)
    await lin.pays()
    await lin.gets()
    await world.becomes(lin, State.DELIVERED)
    await lin.buys(steam)  # set aside, and not paid
    await chen.says(f"withdraw {what} {await batch_of(world, steam)}")
    sure = await chen.says("来源可疑")
    assert "3 " in sure.text and "来源可疑" in sure.text
    assert (await states(world))["available"] == 3  # a second look comes first
    await chen.presses("确定")
    heard = (await chen.gets()).text  # as everybody does, with who and why
    assert all(part in heard for part in ("chen", "3 个", "来源可疑"))
    assert "3 " in (await chen.gets()).text
    assert await states(world) == {"granted": 1, "reserved": 1, becomes: 3}
    told = await world.db.read(lambda tx: tx.all(text("SELECT action FROM audit ORDER BY id")))
    assert [row.action for row in told][-2:] == [what, f"{what} done"]
    await world.holds()


async def test_a_list_is_taken_out_and_never_shown(world: World, chen: Somebody, steam: Product):
    first, second, third = await world.stock(steam, 3)
    asked = await withdraws(chen, "withdraw void", f"{first}\n{third}\nNEVER-SEEN")
    sure = await chen.says("买家退回")
    await chen.presses("确定")
    told, heard = await chen.gets(), await chen.gets()
    for answer in (asked, sure, told, heard):
        assert not any(code in answer.text for code in (first, second, third))
    assert await states(world) == {"available": 1, "voided": 2}
    kept = await world.db.read(lambda tx: tx.all(text("SELECT talk FROM people")))
    assert first not in str(kept)


async def test_codes_move_to_another_product_with_what_they_cost(
    world: World, chen: Somebody, lin: Somebody, steam: Product
):
    other = await world.make("steam-hk")
    codes = await world.stock(steam, 450)
    await lin.buys(steam)  # one is set aside, and stays
    batch = await batch_of(world, steam)
    await chen.says(f"bought {batch}")
    await chen.says("9.90 INV-7")
    sure = await withdraws(chen, f"withdraw move {batch}", other.slug, "放错了")
    assert "449" in sure.text
    await chen.presses("确定")
    assert "放错了" in (await chen.gets()).text  # everybody hears of it
    await chen.gets()
    assert (await there(world, steam), await there(world, other)) == (0, 449)
    moved = (await world.db.read(batches.newest, other, 1))[0]
    assert moved.cost and (moved.cost.plain(), moved.proof) == ("9.90", "INV-7")
    await world.holds()
    await lin.says("取消")
    bao = world.meet("bao")
    await bao.buys(other)
    await bao.pays()
    assert (await bao.gets()).codes[0] in codes  # sealed anew for the other product, it opens
    await world.becomes(bao, State.DELIVERED)


async def test_whoever_only_keeps_the_stock_moves_nothing(world: World, chen: Somebody, steam: Product):
    """What a code is sold as is the shelf's to say; a batch on another product's shelf sells it at that price."""
    other = await world.make("steam-hk")
    await world.stock(steam, 1)
    batch = await batch_of(world, steam)
    keeper = await world.hire("keeper")
    stocks = frozenset({Role.STOCK_KEEPER})
    number = (await world.db.read(staff.colleague, keeper.id)).id
    await world.db.write(hiring.give, number, stocks, chen.id)
    assert "你在这里不能改动商品和价格" in (await keeper.says(f"withdraw move {batch}")).text
    with pytest.raises(staff.NotAllowed):
        await world.db.write(withdrawals.order, "move", keeper.id, "x", batch=batch, to=other.id, request_key="m1")
    await world.db.write(hiring.give, number, stocks | {Role.MANAGER}, chen.id)  # the control: with the shelf's right
    await world.db.write(withdrawals.order, "move", keeper.id, "x", batch=batch, to=other.id, request_key="m1")


async def test_what_was_sold_meanwhile_stays_sold(world: World, chen: Somebody, lin: Somebody, steam: Product):
    """Between the second look and the job a buyer takes the last one."""
    await world.stock(steam, 1)
    await withdraws(chen, f"withdraw void {await batch_of(world, steam)}", "旧")
    await lin.buys(steam)
    await chen.presses("确定")
    await chen.gets()
    assert "0 " in (await chen.gets()).text
    assert await states(world) == {"reserved": 1}
    await lin.pays()
    await lin.gets()
    await world.becomes(lin, State.DELIVERED)


async def test_without_the_guard_a_reserved_code_would_be_voided(
    world: World, chen: Somebody, lin: Somebody, steam: Product, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(
        withdrawals.SET,
        "void",
        withdrawals.update(inventory.codes)
        .where(inventory.codes.c.id == withdrawals.bindparam("code"))
        .values(state="voided"),
    )
    monkeypatch.setitem(
        withdrawals.NEXT,
        ("void", "batch"),
        select(*withdrawals.WITHDRAWN[:-1], literal(0).label("held"))
        .where(withdrawals.IN_BATCH, inventory.codes.c.id > withdrawals.bindparam("after"))
        .limit(withdrawals.bindparam("most")),
    )
    await world.stock(steam, 2)
    await withdraws(chen, f"withdraw void {await batch_of(world, steam)}", "旧")
    await lin.buys(steam)
    await chen.presses("确定")
    for _ in ("everybody hears of it", "it is done"):
        await chen.gets()
    assert await states(world) == {"voided": 2}


@pytest.mark.parametrize(("what", "becomes"), [("quarantine", "quarantined"), ("void", "voided")])
async def test_what_is_given_back_goes_where_its_batch_went(
    world: World, chen: Somebody, lin: Somebody, steam: Product, what: str, becomes: str
):
    await world.stock(steam, 3)
    await lin.buys(steam)
    await withdraws(chen, f"withdraw {what} {await batch_of(world, steam)}", "来源可疑")
    await chen.presses("确定")
    assert "2 " in (await chen.gets()).text
    await lin.says("取消")
    assert await there(world, steam) == 0  # not on sale for a moment
    assert "卖完了" in (await world.meet("bao").says(press=f"product {steam.slug}")).text
    await given_back(world.shop)
    assert await states(world) == {becomes: 3}
    await given_back(world.shop)
    await world.holds()


async def test_without_being_marked_what_is_given_back_would_be_on_sale_again(
    world: World, chen: Somebody, lin: Somebody, steam: Product, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(withdrawals, "FOLLOW", withdrawals.FOLLOW.where(false()))
    await world.stock(steam, 3)
    await lin.buys(steam)
    await withdraws(chen, f"withdraw void {await batch_of(world, steam)}", "旧")
    await chen.presses("确定")
    await chen.gets()
    await lin.says("取消")
    await given_back(world.shop)
    assert await there(world, steam) == 1


async def test_what_lapses_after_its_batch_was_moved_joins_it(
    world: World, chen: Somebody, lin: Somebody, steam: Product
):
    other = await world.make("steam-hk")
    codes = await world.stock(steam, 3)
    await lin.buys(steam)
    await withdraws(chen, f"withdraw move {await batch_of(world, steam)}", other.slug, "放错了")
    await chen.presses("确定")
    await chen.gets()
    await lin.says("取消")

    async def joined() -> bool:  # the shop's own clock may be at it already
        return (await there(world, steam), await there(world, other)) == (0, 3)

    await given_back(world.shop)
    await world.until(joined)
    assert [one.size for one in await world.db.read(batches.newest, other, 9)] == [3]  # in the same batch
    await world.holds()
    bao = world.meet("bao")
    await bao.buys(other, 3)
    await bao.pays()
    assert sorted((await bao.gets()).codes) == sorted(codes)
    await world.becomes(bao, State.DELIVERED)


async def test_who_pays_after_the_batch_was_taken_out_gets_what_was_set_aside(
    world: World, chen: Somebody, lin: Somebody, steam: Product
):
    [code] = await world.stock(steam, 1)
    batch = await batch_of(world, steam)
    await lin.buys(steam)
    number = await world.db.write(withdrawals.order, "void", chen.id, "旧", batch=batch, request_key="w")
    await world.runner.drain()
    assert (await world.db.read(withdrawals.one, number)).over
    await lin.pays()
    assert (await lin.gets()).codes == [code]
    await world.becomes(lin, State.DELIVERED)
    await given_back(world.shop)
    assert await states(world) == {"granted": 1}


async def test_a_shared_code_is_sold_no_more_and_goes_when_the_last_one_lets_go(
    world: World, chen: Somebody, lin: Somebody
):
    shared = await world.make("shared", kind="shared")
    await world.stock(shared, 1, uses=5)
    await lin.buys(shared)
    await world.db.write(withdrawals.order, "void", chen.id, "旧", batch=await batch_of(world, shared), request_key="w")
    await world.runner.drain()
    assert await there(world, shared) == 0
    await given_back(world.shop)
    assert await states(world) == {"available": 1}  # it is set aside still
    await lin.pays()
    await lin.gets()
    await world.becomes(lin, State.DELIVERED)
    await given_back(world.shop)
    assert await states(world) == {"voided": 1}
    await world.holds()


async def test_a_code_somebody_has_can_not_be_moved_by_anybody(world: World, lin: Somebody, steam: Product):
    """The schema itself refuses it."""
    other = await world.make("other")
    await world.stock(steam, 1)
    await lin.buys(steam)
    with pytest.raises(Exception, match="imported as"):
        await world.db.write(lambda tx: tx.changed(text(f"UPDATE codes SET product_id = {other.id}, sealed = 'x'")))


# Running low


async def look(world: World) -> None:
    await levels(world.shop)


async def alarms(chen: Somebody) -> list[str]:
    await chen.world.runner.drain()
    waiting = chen.world.chat.of(chen.name)
    return [waiting.get_nowait().plain() for _ in range(waiting.qsize())]


async def test_staff_hear_once_that_something_runs_low_and_once_that_it_is_out(
    world: World, chen: Somebody, lin: Somebody, steam: Product
):
    await world.stock(steam, 4)
    await look(world)
    assert "3 " in (await chen.says(f"alert {steam.slug} 3")).text
    for step, expected in enumerate([["快没了"], [], [], ["售罄"]]):
        await has_bought(world, f"buyer-{step}", steam)
        for _ in range(3):
            await look(world)
        heard = await alarms(chen)
        assert [word in line for word, line in zip(expected, heard, strict=True)] == [True] * len(expected), heard
    await world.later(timedelta(seconds=1))
    await world.stock(steam, 2)  # fewer than the threshold: no news
    await look(world)
    assert await alarms(chen) == []
    await world.later(timedelta(seconds=1))
    await world.stock(steam, 3)
    await look(world)
    assert await alarms(chen) == []
    await has_bought(world, "another", steam)
    await has_bought(world, "one-more", steam)
    await look(world)
    assert ["快没了" in line for line in await alarms(chen)] == [True]


async def has_bought(world: World, name: str, product: Product) -> None:
    buyer = world.meet(name)
    await buyer.buys(product)
    await buyer.pays()
    await buyer.gets()
    await world.becomes(buyer, State.DELIVERED)


async def test_what_an_unpaid_order_holds_is_not_gone(world: World, chen: Somebody, lin: Somebody, steam: Product):
    """Told as gone it would be told once, though it comes back; and not when it is really gone."""
    await world.stock(steam, 1)
    await look(world)
    for _ in range(3):
        await lin.buys(steam)
        await look(world)
        await lin.says("取消")
        await look(world)
    assert await alarms(chen) == []
    await has_bought(world, "bao", steam)
    await look(world)
    assert ["售罄" in line for line in await alarms(chen)] == [True]


async def test_counted_as_gone_it_would_be_told_though_it_comes_back(
    world: World, chen: Somebody, lin: Somebody, steam: Product, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(inventory, "unpaid", lambda tx: {})
    await world.stock(steam, 1)
    await look(world)
    await lin.buys(steam)
    await look(world)
    await lin.says("取消")
    assert ["售罄" in line for line in await alarms(chen)] == [True]
    await has_bought(world, "bao", steam)
    await look(world)
    assert await alarms(chen) == []


async def test_what_unpaid_orders_hold_is_told_with_what_is_left(
    world: World, chen: Somebody, lin: Somebody, steam: Product
):
    await world.stock(steam, 4)
    await chen.says(f"alert {steam.slug} 3")
    await lin.buys(steam, 2)
    await has_bought(world, "bao", steam)
    await look(world)
    [told] = await alarms(chen)
    assert "还剩 3 个，其中 2 个在等付款" in told


async def test_all_products_are_looked_at_in_a_few_questions(
    world: World, chen: Somebody, steam: Product, monkeypatch: pytest.MonkeyPatch
):
    for number in range(40):
        await world.stock(await world.make(f"more-{number}"), 3)
    await look(world)
    for number, least in enumerate([*[2] * 10, *[5] * 10]):
        await world.db.write(stock_levels.set_threshold, await product(world, f"more-{number}"), least, chen.id)
    asked, every = itertools.count(), Tx.all

    def counted(tx: Tx, *args: Any, **params: Any) -> Any:
        next(asked)
        return every(tx, *args, **params)

    monkeypatch.setattr(Tx, "all", counted)
    assert await world.db.read(stock_levels.turned, 100) == []
    assert next(asked) <= 6, "a question for each product"


async def product(world: World, slug: str) -> Product:
    return await world.db.read(catalog.product, slug)


async def test_what_was_low_when_it_was_first_looked_at_is_no_news(world: World, chen: Somebody, steam: Product):
    await look(world)
    await look(world)
    assert await alarms(chen) == []


async def test_products_with_one_name_are_told_apart(world: World, chen: Somebody):
    names = {"en": "Steam", "zh-CN": "Steam 充值卡", "ru": "Steam"}
    for slug, region, face in (("a", "us", "$20"), ("b", "hk", "HK$100"), ("c", "us", "$20")):
        await world.stock(await world.make(slug, brand="steam", names=names, region=region, face_value=face), 1)
    other = await world.make("other")
    await world.stock(other, 1)
    told = await chen.says("库存")
    expected = [
        "Steam 充值卡 · $20 · 美区 · a",
        "Steam 充值卡 · HK$100 · 港区",
        "Steam 充值卡 · $20 · 美区 · c",
        other.name.in_("zh-CN"),
    ]
    assert sorted(told.choices[:4]) == sorted(expected)
    assert all(f"{name}：" in told.text for name in expected)
    offered = await chen.says("sell")
    assert sorted(offered.choices[:4]) == sorted(expected)


async def test_a_face_value_that_the_name_says_is_said_once(world: World, chen: Somebody):
    """In one language, and not in the other: each for itself."""
    names = {"en": "Steam 20 usd", "zh-CN": "Steam 充值卡", "ru": "Steam 20 USD"}
    made = [await world.make(slug, names=names, region=slug, face_value="20 USD") for slug in ("us", "hk")]
    told = staffcards.told_apart(made)[made[0].id]
    said = {locale: render(told, Hearer(locale, world.clock.now())) for locale in LOCALES}
    assert said == {
        "en": "Steam 20 usd · US",
        "zh-CN": "Steam 充值卡 · 20 USD · 美区",
        "ru": "Steam 20 USD · США",
    }


async def test_the_overview_marks_what_is_low(world: World, chen: Somebody, steam: Product):
    await world.stock(steam, 2)
    await chen.says(f"alert {steam.slug} 5")
    assert "快没了" in (await chen.says("库存")).text
    assert "库存提醒 steam-us-20" in (await chen.says(f"alert {steam.slug} many")).text
    await chen.says(f"alert {steam.slug} 0")
    assert "快没了" not in (await chen.says("库存")).text
