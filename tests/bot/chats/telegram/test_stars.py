"""Stars in the chat: one invoice that can be paid, by one person, and whoever makes payments up gets nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from random import Random
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from core import checkout
from core.catalog import Product
from core.ground.inbox import inbox
from core.orders import State
from doubles.telegram_chats import Shown
from doubles.telegram_stars import Stars, charged
from doubles.telling import Told
from payments.telegram_stars import TelegramStars
from tests.bot.chats.telegram.house import Telegraph, on_telegram
from tests.stories.test_paying_telegram_stars import becomes, invoiced, lin, reads, rules, stars, steam, telegraph
from tests.world import World

__all__ = ["lin", "rules", "stars", "steam", "telegraph"]


def invoices(lin: Any) -> list[Shown]:
    return [one for one in lin.chat.messages if "invoice" in one.body]


async def test_there_is_one_invoice_to_pay_at_a_time(telegraph: Telegraph, lin, world: World, steam: Product) -> None:
    await world.stock(steam, 1)
    key = await invoiced(lin, steam)
    [first] = invoices(lin)
    waiting = await lin.presses("I've paid", on=first)  # it can't be edited: the answer stands below
    assert waiting.id > first.id and "isn't there yet" in waiting.text
    again = await lin.presses("Status", on=waiting)
    assert again.payload == key
    await lin.chat.until(lambda chat: first.deleted)
    assert invoices(lin) == [again]


async def test_a_cancelled_order_leaves_no_invoice(telegraph: Telegraph, lin, world: World, steam: Product) -> None:
    await world.stock(steam, 1)
    await invoiced(lin, steam)
    [first] = invoices(lin)
    paying = telegraph.api.person(1)
    await lin.presses("Cancel")
    await lin.chat.until(lambda chat: first.deleted)
    with pytest.raises(ValueError, match="no invoice"):
        await paying.pays(on=first)


async def test_what_was_cancelled_a_moment_ago_is_not_charged(
    telegraph: Telegraph, lin, world: World, steam: Product
) -> None:
    await world.stock(steam, 1)
    await invoiced(lin, steam)
    telegraph.api.faults.give("deleteMessage", "broken")  # so the old invoice stays
    [first] = invoices(lin)
    await lin.presses("Cancel")
    payment = await lin.person.pays(on=first)
    assert (payment.outcome, lin.bot.balance) == ("refused", 0)
    assert "nothing was charged" in payment.why


async def test_a_paid_invoice_stays_as_the_receipt(
    telegraph: Telegraph, lin, world: World, steam: Product, stars: Stars
) -> None:
    await world.stock(steam, 5)
    await stars.pay(await invoiced(lin, steam, 5))
    await becomes(world, telegraph, lin, State.IN_REVIEW)  # whose card would have taken the invoice's place
    await reads(lin, "A person checks")
    assert len(invoices(lin)) == 1


async def test_a_forwarded_copy_leads_to_the_shop_and_says_nothing_of_the_order(
    telegraph: Telegraph, lin, world: World, steam: Product
) -> None:
    await world.stock(steam, 1)
    await invoiced(lin, steam)
    bao = telegraph.meet(2, "Bao")
    bao.person.opens_copy(invoices(lin)[0])
    await reads(bao, "Hi, this is")
    assert "Browse" in str(bao.chat.last.labels)
    assert "Steam" not in bao.chat.last.text
    lin.person.opens_copy(invoices(lin)[0])  # for its buyer it is the order as it stands
    await lin.chat.until(lambda chat: "invoice" in chat.last.body)


async def payable_by_all(telegraph: Telegraph, lin: Any, key: str) -> Shown:
    """An invoice as it would be without a start parameter: every copy of it can be paid."""
    bot = telegraph.chats["telegram"]._calls._bot  # type: ignore[attr-defined]
    price = {"label": "Steam", "amount": 250}
    sent = await bot.send_invoice(lin.person.id, "Steam", "-", key, "XTR", [price], provider_token="")
    return lin.chat.all[sent.message_id]


async def test_of_several_people_with_one_invoice_only_its_buyer_is_let_through(
    telegraph: Telegraph, lin, world: World, steam: Product
) -> None:
    await world.stock(steam, 1)
    shown = await payable_by_all(telegraph, lin, await invoiced(lin, steam))
    for id in (2, 3, 4):
        payment = await telegraph.api.person(id, "Somebody").pays(on=shown)
        assert payment.outcome == "refused" and "nothing was charged" in payment.why
    assert (await lin.person.pays(on=shown)).outcome == "paid"
    await becomes(world, telegraph, lin, State.DELIVERED)
    assert (await telegraph.api.person(5, "Late").pays(on=shown)).outcome == "refused"
    assert lin.bot.balance == 250


async def test_without_the_last_look_they_would_all_pay(
    telegraph: Telegraph, lin, world: World, steam: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.stock(steam, 1)
    shown = await payable_by_all(telegraph, lin, await invoiced(lin, steam))
    monkeypatch.setattr(checkout, "may_be_charged", lambda tx, *_: None)
    for id in (2, 3):
        assert (await telegraph.api.person(id, "Somebody").pays(on=shown)).outcome == "paid"
    assert lin.bot.balance == 500


async def test_the_last_look_is_taken_in_time_or_not_at_all(
    telegraph: Telegraph, lin, world: World, steam: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.stock(steam, 1)
    await invoiced(lin, steam)

    def broken(tx: Any, *_: Any) -> None:
        raise RuntimeError("the database is away")

    monkeypatch.setattr(checkout, "may_be_charged", broken)
    payment = await lin.person.pays(at=lin.bot)
    assert payment.outcome == "refused" and "nothing was charged" in payment.why


# Made up (C1, C4)


def made_up(stars: Stars, lin: Any, key: str, **other: Any) -> Told:
    """A payment that Telegram knows nothing of, in an update like its own."""
    paid = {"currency": "XTR", "total_amount": 250, "invoice_payload": key, "provider_payment_charge_id": "1_1"}
    told = paid | {"telegram_payment_charge_id": "stx-made-up"} | other
    return stars.update({"from": lin.person.user, "successful_payment": told}, lin.person.id)


async def test_who_has_the_webhook_s_secret_can_still_make_up_no_payment(
    telegraph: Telegraph, lin, world: World, steam: Product, stars: Stars
) -> None:
    [code] = await world.stock(steam, 1)
    key = await invoiced(lin, steam)
    assert await telegraph.post(made_up(stars, lin, key)) == 200
    await telegraph.settled()
    await telegraph.runner.drain()
    assert (await world.order(lin.as_somebody())).state is State.AWAITING_PAYMENT
    charged(telegraph.api, lin.bot, lin.person.user, 1, "another-order")  # paid, but not for this
    assert await telegraph.post(made_up(stars, lin, key, telegram_payment_charge_id="stx-2")) == 200
    await telegraph.runner.drain()
    assert not any(code in one.text for one in lin.chat.said())
    await world.holds()


class Trusting(TelegramStars):
    """Without the guard: what comes in is believed."""

    abilities = replace(TelegramStars.abilities, confirm=False)


async def test_believed_unasked_it_would_have_been_delivered(world: World, steam: Product) -> None:
    [code] = await world.stock(steam, 1)
    async with on_telegram(world, stars=Trusting, clock=world.clock.now) as telegraph:
        lin, stars = telegraph.meet(1, "Lin"), Stars(telegraph.api, telegraph.shop_bot)
        key = await invoiced(lin, steam)
        assert await telegraph.post(made_up(stars, lin, key)) == 200
        await reads(lin, code)


async def test_less_than_was_asked_is_less(
    telegraph: Telegraph, lin, world: World, steam: Product, stars: Stars
) -> None:
    """What the update says of the amount counts for nothing: the list says what came."""
    await world.stock(steam, 1)
    key = await invoiced(lin, steam)
    charge = charged(telegraph.api, lin.bot, lin.person.user, 1, key)
    told = made_up(stars, lin, key, telegram_payment_charge_id=charge.id)
    assert await telegraph.post(told) == 200
    await becomes(world, telegraph, lin, State.UNDERPAID)


def rows(tx: Any) -> int:
    return tx.value(select(func.count()).select_from(inbox))


def mutations(told: Told, dice: Random) -> tuple[dict[str, str], bytes]:
    """The update without the secret, or with one that is not quite it."""
    headers = dict(told.headers)
    secret = headers.pop("x-telegram-bot-api-secret-token")
    where = dice.randrange(len(secret))
    wrong = [
        "",
        secret[:where],
        secret + dice.choice("0aZ"),
        secret[:where] + dice.choice("xyz_-") + secret[where + 1 :],
        secret.upper(),
        f"{secret}, {secret}",
        "0" * len(secret),
    ]
    if (pick := dice.randrange(len(wrong) + 1)) < len(wrong):
        headers["x-telegram-bot-api-secret-token"] = wrong[pick]
    else:
        headers["authorization"] = secret
    body = bytearray(told.body)
    body[dice.randrange(len(body))] = dice.randrange(256)
    return headers, bytes(body) if dice.random() < 0.5 else told.body


@pytest.mark.parametrize("store", ["sqlite"])
async def test_a_thousand_forged_updates_change_nothing(
    telegraph: Telegraph, lin, world: World, steam: Product, stars: Stars
) -> None:
    await world.stock(steam, 1)
    told, dice = made_up(stars, lin, await invoiced(lin, steam)), Random(20260101)
    await telegraph.settled()
    before = await world.db.read(rows)
    address, _ = telegraph.hook
    async with httpx.AsyncClient() as client:
        for _ in range(1_000):
            headers, body = mutations(told, dice)
            assert (await client.post(address, content=body, headers=headers)).status_code == 401
        for path in (address[:-1], f"{address}x", address.rpartition("/")[0] + "/" + "0" * 32):
            assert (await client.post(path, content=told.body, headers=dict(told.headers))).status_code == 401
        hook = await client.post(f"{telegraph.url}/hooks/telegram_stars", content=told.body, headers=dict(told.headers))
        assert hook.status_code == 404  # that rail has no door of its own
        assert await world.db.read(rows) == before
        assert (await client.post(address, content=told.body, headers=dict(told.headers))).status_code == 200
    assert await world.db.read(rows) > before  # with the secret it would have got in
    assert (await world.order(lin.as_somebody())).state is State.AWAITING_PAYMENT


async def test_other_updates_about_money_keep_nobody_waiting(
    telegraph: Telegraph, lin, world: World, steam: Product, stars: Stars
) -> None:
    await world.stock(steam, 1)
    key = await invoiced(lin, steam)
    for strange in ({"total_amount": -1}, {"currency": "usd"}, {"telegram_payment_charge_id": ""}):
        assert await telegraph.post(made_up(stars, lin, key, **strange)) == 200
    query = {"id": "1", "from": lin.person.user, "currency": "XTR", "total_amount": 250, "invoice_payload": "x\x00"}
    body = json.dumps({"update_id": 900_000_000, "pre_checkout_query": query}).encode()
    assert await telegraph.post(Told(headers=telegraph.hook[1], body=body)) == 200
    assert (await stars.pay(key)).outcome == "paid"
    await becomes(world, telegraph, lin, State.DELIVERED)
