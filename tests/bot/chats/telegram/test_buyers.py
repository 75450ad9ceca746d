"""Lin buys on Telegram: the real routers, core and jobs, by aiogram, at a Bot API that is a server of its own."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chats.telegram import connection
from core import ledger, orders, pickup, pictures, staff, units
from core.catalog import Product
from core.checkout import NotToBePaid, may_be_charged
from core.ground import shown
from core.ground.db import Tx
from core.ground.messages import Invoice, Message, words
from core.ground.money import Money
from core.ground.rules import Rules
from core.orders import State
from core.parties import Payment, PaymentRequest
from payments.manual import Manual
from tests.bot.chats.telegram.house import Somebody, Telegraph, buy, lin, on_telegram, telegraph
from tests.drawn import png
from tests.world import RULES, World

__all__ = ["lin", "telegraph"]


@pytest.fixture
def rules() -> Rules:
    return replace(RULES, site="https://shop.example.com")


async def test_from_hello_to_the_code_in_one_chat(lin: Somebody, world: World, steam: Product) -> None:
    (code,) = await world.stock(steam, 1)
    await buy(lin)
    delivered = await lin.chat.until(lambda chat: next((one for one in chat.said() if code in one.text), None))
    assert delivered.marked("code")[0] == code
    assert delivered.text.index("Order") < delivered.text.index(code)
    assert lin.person.presses("Copy", delivered).copied == code
    assert delivered.links == ["https://redeem.example/now", "shop.example.com"]
    menus = [one for one in lin.chat.said() if one is not delivered]
    assert len(menus) == 1  # menus changed in place: there is one beside the delivery
    assert len(menus[0].before) >= 3
    await world.runner.drain()
    await world.holds()


async def test_asking_for_updates_does_as_well(world: World, steam: Product) -> None:
    (code,) = await world.stock(steam, 1)
    async with on_telegram(world, receive="polling") as telegraph:
        lin = telegraph.meet(1, "Lin")
        await buy(lin)
        await lin.chat.until(lambda chat: any(code in one.text for one in chat.said()))


async def test_pressing_shows_that_it_was_heard(lin: Somebody, steam: Product) -> None:
    await lin.writes("/start")
    pressed = lin.person.presses("Browse", lin.chat.last)
    assert await pressed.answer() == ""


async def test_commands_are_listed_in_each_language(telegraph: Telegraph, lin: Somebody) -> None:
    await lin.writes("/help")
    menus = {language: [one["command"] for one in menu] for (_, language), menu in telegraph.shop_bot.commands.items()}
    assert set(menus) == {"", "zh", "ru"}
    assert all({"shelf", "orders", "help", "language", "terms", "paysupport"} <= set(menu) for menu in menus.values())


async def test_a_link_opens_its_product(lin: Somebody, steam: Product) -> None:
    lin.person.starts(f"p-{steam.slug}", lin.bot)
    card = await lin.chat.until(lambda chat: chat.said() and chat.said()[-1])
    assert "Steam $20" in card.text


async def test_a_command_with_our_name_is_the_command(lin: Somebody, steam: Product) -> None:
    assert "Steam" in str((await lin.writes("/shelf@mika_shop_bot")).labels)


async def test_many_codes_come_as_one_file_with_their_count(lin: Somebody, world: World) -> None:
    product = await world.make("long", most_per_order=20, prices={"CNY": {1: 10}})
    codes = [f"{number:03}-" + "ABCDE" * 48 for number in range(20)]
    await world.stocked(product, codes)
    await lin.writes("/start")
    await lin.writes(f"buy {product.slug}")
    await lin.writes("20")
    await lin.pays()
    file = await lin.chat.until(lambda chat: next((one for one in chat.said() if "document" in one.body), None))
    order = await world.order(lin.as_somebody())
    assert file.body["document"]["file_name"] == f"{order.number}.txt"
    kept = telegraph_file(lin, file.body["document"]["file_id"])
    assert kept == "".join(f"{code}\n" for code in codes)
    assert file.text.count("20 in all") == 1
    [phrase] = file.marked("code")
    somebody = world.meet("bao", "en")
    assert (await somebody.says(f"pickup {order.number} {phrase}")).codes == codes
    assert not any(code in one.text for one in lin.chat.said() for code in codes)


def telegraph_file(lin: Somebody, id: str) -> str:
    return lin.bot.files[id].data.decode()


# Pictures


@pytest.mark.parametrize("fetched", [True, False], ids=["which Telegram fetches", "which is sent along"])
async def test_a_product_has_its_picture(
    telegraph: Telegraph, lin: Somebody, world: World, tmp_path: Path, fetched: bool
) -> None:
    name = pictures.name_for(png())
    (tmp_path / name).write_bytes(png())
    world.shop.pictures = tmp_path
    product = await world.make("steam", picture=name)
    await world.stock(product, 1)
    if fetched:
        telegraph.chats["telegram"]._pictures = "https://shop.example.com/pictures"
    await lin.writes("/start")
    await lin.presses("Browse")
    menu = await lin.presses("Steam")
    card = await lin.presses("Steam", menu)
    if fetched:
        assert card is menu  # a text with a picture above it, changed in its place
        assert card.body["link_preview_options"]["url"] == f"https://shop.example.com/pictures/{name}"
        back = await lin.presses("Back", card)
        assert back is menu
        assert "url" not in back.body.get("link_preview_options", {})
    else:
        assert card.body["photo"]
        await lin.chat.until(lambda chat: menu.deleted)
        back = await lin.presses("Back", card)
        assert not back.body.get("photo")
        await lin.chat.until(lambda chat: card.deleted)


class Scanned(Manual):
    """A way to pay by scanning, as Alipay's and WeChat's are."""

    async def start(self, request: PaymentRequest) -> Payment:
        return Payment(reference=request.key, qr="weixin://wxpay/1")


async def test_a_code_to_scan_is_a_picture_with_the_order_below_it(
    telegraph: Telegraph, lin: Somebody, world: World
) -> None:
    world.shop.payments = {"manual": Scanned({"en": "-"}, currencies=frozenset({"CNY"}))}
    product = await world.make("steam", goods="physical")
    await world.stock(product, 1)
    await lin.writes("/start")
    await lin.writes(f"/product {product.slug}")
    page = await lin.presses("Buy 1")
    assert page.data == pictures.to_scan("weixin://wxpay/1")
    assert "Scan the picture" in page.body["caption"]
    assert not any("Pay" in label for row in page.labels for label in row)


# Buttons


async def test_a_button_that_acts_acts_once_and_for_its_person_alone(
    telegraph: Telegraph, lin: Somebody, world: World, steam: Product
) -> None:
    await world.stock(steam, 3)
    await lin.writes("/start")
    card = await lin.writes(f"/product {steam.slug}")
    token = next(button["callback_data"] for button in card.buttons if button["callback_data"].startswith("~"))
    assert len(token.encode()) <= 64
    bao = telegraph.meet(2, "Bao")
    await bao.writes("/start")
    mine = bao.chat.last
    mine.body["reply_markup"]["inline_keyboard"][0][0] = {"text": "forged", "callback_data": token}
    answer = await bao.presses("forged", mine)
    assert "order" not in answer.text.casefold().replace("my orders", "")
    assert await world.count(orders.orders) == 0
    for _ in range(3):
        lin.person.presses("Buy 1", card)
    await lin.chat.until(lambda chat: "set aside" in str(chat.texts))
    await telegraph.settled()
    assert await world.count(orders.orders) == 1


async def test_a_very_old_button_is_answered_below(lin: Somebody, steam: Product) -> None:
    await lin.writes("/start")
    old = lin.chat.last
    lin.person.presses("Browse", old, inaccessible=True)
    below = await lin.chat.next(old.id)
    assert "Steam" in str(below.labels)
    assert old.before == []


async def test_what_shows_codes_is_never_changed(lin: Somebody, world: World, steam: Product) -> None:
    (code,) = await world.stock(steam, 1)
    await buy(lin)
    delivered = await lin.chat.until(lambda chat: next((one for one in chat.said() if code in one.text), None))
    below = await lin.presses("Problem", delivered)
    assert below is not delivered
    guide = next(button for button in delivered.buttons if button["text"] == "How to redeem")
    assert guide["url"].endswith(f"/guides/{steam.slug}?lang=en")
    assert code in delivered.text


# What is no word


@pytest.mark.parametrize("kind", ["sticker", "voice", "photo", "contact", "location", "document"])
async def test_what_is_no_word_is_answered_kindly_once(lin: Somebody, steam: Product, kind: str) -> None:
    await lin.writes("/start")
    await lin.writes(f"buy {steam.slug}")
    mark = lin.chat.last.id
    getattr(lin.person, f"sends_{kind}")(to=lin.bot)
    answer = await lin.chat.next(mark + 1)
    assert "only read words" in answer.text
    await lin.telegraph.settled()
    assert len([one for one in lin.chat.said() if one.id > mark]) == 1


async def test_a_forwarded_text_is_read_and_an_edited_one_is_not(lin: Somebody, steam: Product) -> None:
    mine = lin.person.writes("/help", lin.bot)
    await lin.chat.next(mine.id)
    lin.person.edits(mine, "/shelf")
    lin.person.asks_inline("Steam", lin.bot)
    shelf = await lin.writes("/shelf")
    assert [one.id for one in lin.chat.said()] == [shelf.id - 2, shelf.id]
    forwarded = lin.person.forwards(shelf, lin.bot)  # of somebody else's words, found among what is on sale or not
    assert await lin.chat.next(forwarded.id)


async def test_in_groups_it_is_silent_and_leaves(telegraph: Telegraph, lin: Somebody) -> None:
    group = telegraph.api.group("Fun", lin.person)
    group.adds(telegraph.shop_bot)
    async with asyncio.timeout(30):
        while group.chat.status(telegraph.shop_bot.id) != "left":  # noqa: ASYNC110  a group tells nobody of it
            await asyncio.sleep(0.02)
    assert group.chat.said() == []


# Closed chats


async def test_blocked_before_delivery_the_codes_wait_and_come_when_let_in_again(
    lin: Somebody, world: World, steam: Product
) -> None:
    (code,) = await world.stock(steam, 1)
    await lin.writes("/start")
    await lin.writes(f"/product {steam.slug}")
    await lin.presses("Buy 1")
    lin.person.blocks(lin.bot)
    await lin.pays()
    await world.until(lambda: _waits(world, lin))
    lin.person.unblocks(lin.bot)
    await lin.chat.until(lambda chat: any(code in one.text for one in chat.said()))
    await world.becomes(lin.as_somebody(), State.DELIVERED)


async def test_a_delivery_says_how_to_find_it_without_any_bot(
    lin: Somebody, world: World, steam: Product, rules: Rules
) -> None:
    (code,) = await world.stock(steam, 1)
    await buy(lin)
    delivered = await lin.chat.until(lambda chat: next((one for one in chat.said() if code in one.text), None))
    order = await world.order(lin.as_somebody())
    assert str(rules.site).removeprefix("https://") in delivered.links
    phrase = delivered.marked("code")[1]
    somebody = world.meet("bao", "en")
    assert (await somebody.says(f"pickup {order.number} {phrase}")).codes == [code]


async def test_a_buyer_known_elsewhere_is_told_there(lin: Somebody, world: World, steam: Product) -> None:
    (code,) = await world.stock(steam, 1)
    elsewhere = world.meet("lin", "en")
    await elsewhere.buys(steam)
    order = await world.order(elsewhere)
    phrase = await world.db.read(lambda tx: pickup.phrase(tx, order, "en"))
    await lin.writes(f"/pickup {order.number} {phrase}")  # from now on it is her Telegram that hears of it
    lin.person.blocks(lin.bot)
    await elsewhere.pays()
    assert "can't be sent" in (await elsewhere.gets()).text
    assert (await elsewhere.presses("tatus")).codes == [code]


async def test_another_bot_has_the_same_people_and_orders(
    telegraph: Telegraph, lin: Somebody, world: World, steam: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "LONGEST_PAUSE", 0.1)
    (code,) = await world.stock(steam, 1)
    await lin.writes("/start")
    await lin.writes(f"/product {steam.slug}")
    await lin.presses("Buy 1")
    link = lin.pay_link()
    telegraph.api.ban(telegraph.shop_bot)
    async with telegraph.replaced("telegram", "mika_second_bot") as bot:
        await asyncio.sleep(0.2)
        assert ("", "") not in bot.commands  # it waits to be told that it is the one
        await world.db.write(shown.replace_bot, "telegram", bot.id)
        await lin.pays(link)
        await world.until(lambda: _waits(world, lin))
        again = Somebody(telegraph, lin.person, bot)
        again.person.starts("", bot)
        await again.chat.until(lambda chat: any(code in one.text for one in chat.said()))
        again.person.writes("/orders", bot)
        await again.chat.until(lambda chat: any("Steam" in str(one.labels) for one in chat.said()))


async def _waits(world: World, lin: Somebody) -> bool:
    order = await world.order(lin.as_somebody())
    return any(unit.obligation is units.Obligation.PICKUP for unit in order.units)


# Money in the chat


async def invoiced(lin: Somebody, world: World, steam: Product, key: str, total: int) -> None:
    def bill(tx: Tx) -> None:
        invoice = Invoice("Steam $20", key, Money(total, "XTR"), "order")
        staff.say(tx, "bill", lin.id, Message(words("help"), invoice=invoice))

    await world.db.write(bill)
    await lin.chat.until(lambda chat: "invoice" in chat.last.body)


async def test_an_invoice_that_is_not_ours_is_refused_before_money_moves(
    lin: Somebody, world: World, steam: Product
) -> None:
    await lin.writes("/start")
    await invoiced(lin, world, steam, "made-up", 100)
    payment = await lin.person.pays(at=lin.bot)
    assert payment.outcome == "refused"
    assert "nothing was charged" in payment.why


async def test_the_last_look_knows_whose_it_is_how_much_and_until_when(
    lin: Somebody, world: World, steam: Product
) -> None:
    await world.stock(steam, 2)
    await lin.writes("/start")
    await lin.writes(f"/product {steam.slug}")
    await lin.presses("Buy 1")
    order = await world.order(lin.as_somebody())
    [asked] = await world.db.read(ledger.payments_of, order.id)
    looked = lambda **other: world.db.write(  # noqa: E731
        may_be_charged, *({"key": asked.key, "total": order.total, "person": lin.id} | other).values()
    )
    await looked()
    for wrong in ({"total": Money(1, "CNY")}, {"person": "telegram:2"}, {"key": "x"}):
        with pytest.raises(NotToBePaid):
            await looked(**wrong)
    await world.later(world.shop.rules.hold)
    with pytest.raises(NotToBePaid):
        await looked()


async def test_the_last_look_extends_the_hold_once_when_little_of_it_is_left(
    lin: Somebody, world: World, steam: Product
) -> None:
    await world.stock(steam, 1)
    await lin.writes("/start")
    await lin.writes(f"/product {steam.slug}")
    await lin.presses("Buy 1")
    order = await world.order(lin.as_somebody())
    [asked] = await world.db.read(ledger.payments_of, order.id)

    async def looked() -> orders.Order:
        await world.db.write(may_be_charged, asked.key, order.total, lin.id)
        return await world.order(lin.as_somebody())

    assert (await looked()).expires_at == order.expires_at  # there is time enough
    await world.later(world.shop.rules.hold - timedelta(minutes=1))
    extended = (await looked()).expires_at
    assert order.expires_at < extended <= order.expires_at + world.shop.rules.extension
    await world.later(timedelta(minutes=4))
    assert (await looked()).expires_at == extended
    await world.later(timedelta(minutes=2))
    with pytest.raises(NotToBePaid):
        await looked()
