"""Lin gives an address, blocks the bot, and gets what was bought by mail: a link that opens the order on the site."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.buyers import buyers
from bot.chats.browser import BrowserChat
from core import attempts as attempts_made
from core import contacts, customers, delivery, order_links, quiet, reaching, reconcile, switches, units
from core.attempts import Outcome, Way, What
from core.catalog import Product
from core.ground import outbox
from core.ground.errors import SendError
from core.ground.messages import Spoken
from core.ground.rules import Rules
from core.ground.tx import Tx
from core.orders import State
from doubles.serving import Served
from jobs.prune import prune
from jobs.runner import Runner
from notifiers.email import Email
from tests.mailserver import Mailed, MailServer, serving
from tests.stories.test_linking import Elsewhere
from tests.world import RULES, Answer, Somebody, World
from web.app import create_app

HERE = "http://shop.example"
BY_MAIL = replace(RULES, reach=("chat", "email"), address=HERE)
LIN = "lin.of.the.sea@example.org"
CODE = re.compile(r"^\d{6}$", re.MULTILINE)
LINK = re.compile(rf"{HERE}(/o/o\.\d+\.[A-Za-z0-9_-]+)")


@pytest.fixture
def rules() -> Rules:
    return BY_MAIL


@pytest.fixture
async def post(world: World) -> AsyncIterator[MailServer]:
    """The shop's mail server, by which it sends from now on."""
    async with serving() as server:
        mail = Email(
            "127.0.0.1", server.port, sender="shop@example.net", shop=RULES.shop_name, security="none", patience=2.0
        )
        world.shop.senders["email"] = mail.send
        yield server
        await mail.aclose()


async def arrives(world: World, post: MailServer, many: int) -> Mailed:
    """The mail of that number, once it has come."""

    async def so() -> bool:
        return len(post.taken) >= many

    await world.until(so)
    await world.runner.drain()
    assert len(post.taken) == many
    return post.taken[-1]


async def gives(world: World, post: MailServer, lin: Somebody, address: str = LIN) -> None:
    """As far as the address is proved."""
    before = len(post.taken)
    await lin.says("/email")
    await lin.says(address)
    mail = await arrives(world, post, before + 1)
    [code] = CODE.findall(mail.part("plain"))
    assert "•••@" in (await lin.says(code)).text


async def rows(world: World, statement: str) -> list[tuple[Any, ...]]:
    return await world.db.read(lambda tx: [tuple(row) for row in tx.all(text(statement))])


async def attempts(world: World) -> list[tuple[str, str, str]]:
    return await rows(world, "SELECT way, what, outcome FROM attempts ORDER BY id")


def _signed(said: str) -> str:
    return hashlib.sha256(f"ours {said}".encode()).hexdigest()


@asynccontextmanager
async def site(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """The shop's own pages, in somebody's browser."""
    chat = BrowserChat("browser", buyers, "/", _signed, False)
    async with (
        Served(create_app(world.shop, chat.routes(world.shop))) as server,
        httpx.AsyncClient(base_url=server.url, headers={"accept": "text/html", "accept-language": "zh-CN"}) as browser,
    ):
        world.shop.public_url = server.url
        yield browser


# Giving an address


async def test_an_address_is_proved_with_a_code_that_is_mailed(world: World, lin: Somebody, post: MailServer):
    assert "订单邮件发到哪个邮箱" in (await lin.says("邮箱")).text
    sent = await lin.says(f"  {LIN.upper()} ")
    assert "验证码已发到 l•••@example.org" in sent.text
    mail = await arrives(world, post, 1)
    assert mail.to == [LIN]
    [code] = CODE.findall(mail.part("plain"))
    assert code not in mail.mail["subject"]
    assert "还可以试 4 次" in (await lin.says("000000" if code != "000000" else "111111")).text
    assert "以后订单邮件发到 l•••@example.org" in (await lin.says(f"{code[:3]} {code[3:]}")).text
    assert "订单邮件发到 l•••@example.org" in (await lin.says("邮箱")).text


@pytest.mark.parametrize(
    ("locale", "word", "asked"),
    [("zh-CN", "邮箱", "哪个邮箱"), ("en", "e-mail", "Which e-mail address"), ("ru", "почта", "На какой адрес")],
)
async def test_it_is_asked_for_in_each_language(world: World, post: MailServer, locale: str, word: str, asked: str):
    one = world.meet("one", locale)
    assert asked in (await one.says(word)).text
    await one.says("one@example.org")
    mail = await arrives(world, post, 1)
    assert mail.mail["content-language"] == locale
    [code] = CODE.findall(mail.part("plain"))
    await one.says(code)
    assert (await world.db.read(contacts.of_customer, 1)) is not None


@pytest.mark.parametrize(
    "typed", ["", "lin", "lin@", "lin@example", "林@example.org", "a" * 100_000, "a@b.c\r\nBcc: e@f.gh"]
)
async def test_what_is_no_address_is_asked_again_kindly(world: World, lin: Somebody, post: MailServer, typed: str):
    await lin.says("邮箱")
    assert "不像能收信的邮箱" in (await lin.says(typed or " ")).text
    await world.runner.drain()
    assert post.taken == []


@pytest.mark.parametrize("rules", [RULES])
async def test_without_a_mail_server_it_says_so(world: World, lin: Somebody):
    assert "不发邮件" in (await lin.says("邮箱")).text
    assert "邮箱" not in (await lin.says("帮助")).choices


# Codes by mail


async def test_whoever_blocks_the_bot_opens_the_order_by_the_link_in_a_mail(
    world: World, steam: Product, lin: Somebody, chen: Somebody, post: MailServer
):
    [code] = await world.stock(steam, 1)
    await gives(world, post, lin)
    await lin.buys(steam)
    world.chat.closed.add("lin")
    await lin.pays()
    mail = await arrives(world, post, 2)
    number = (await world.order(lin)).number
    assert mail.to == [LIN]
    assert number in mail.mail["subject"]
    assert code not in f"{mail.part('plain')}{mail.part('html')}"
    assert "Steam" not in mail.mail["subject"]
    [path] = LINK.findall(mail.part("plain"))
    assert await attempts(world) == [("chat", "codes", "refused"), ("email", "link", "sent")]
    card = await chen.says(f"/order {number}")
    assert "邮箱 l•••@example.org" in card.text
    assert "lin.of" not in card.text

    async with site(world) as browser:
        for page in [await browser.get(path) for _ in range(3)]:  # whatever looks at links looks
            assert page.status_code == 200
            assert code not in page.text
            assert number not in page.text
        assert (await browser.head(path)).status_code in (200, 405)
        assert (await world.order(lin)).state is State.FULFILLING
        assert (await browser.get(path)).headers["referrer-policy"] == "no-referrer"
        pressed = await browser.post(path, data={"t": path.rpartition("/")[2]})
        assert (pressed.status_code, pressed.headers["location"]) == (303, "/")
        chat = await browser.get("/")
        assert code in chat.text
        assert "l•••@example.org" not in chat.text or LIN not in chat.text
    await world.becomes(lin, State.DELIVERED)
    assert "发到了邮箱 l•••@example.org" in (await lin.says(f"/order {number}")).text


async def test_a_press_is_for_one_order_and_one_browser_and_ends(
    world: World, steam: Product, lin: Somebody, post: MailServer
):
    [code, _] = await world.stock(steam, 2)
    await gives(world, post, lin)
    await lin.buys(steam)
    world.chat.closed.add("lin")
    await lin.pays()
    [path] = LINK.findall((await arrives(world, post, 2)).part("plain"))
    token = path.rpartition("/")[2]
    async with site(world) as browser, site(world) as stranger:
        await browser.post(path, data={"t": token})
        assert code in (await browser.get("/")).text
        assert code not in (await stranger.get("/")).text
        world.clock.forward(order_links.VISIT + timedelta(minutes=1))
        await prune(world.shop)
        assert code not in (await browser.get("/")).text
        await browser.post(path, data={"t": token})
        assert code in (await browser.get("/")).text
        assert "已删除" in (await _takes_back(lin)).text
        assert code not in (await browser.get("/")).text
        over = await browser.post(path, data={"t": token})
        assert over.status_code == 410
        assert code not in over.text
    await world.holds()


async def test_links_that_long_open_nothing_are_forgotten(
    world: World, steam: Product, lin: Somebody, post: MailServer
):
    await world.stock(steam, 1)
    await gives(world, post, lin)
    await lin.buys(steam)
    world.chat.closed.add("lin")
    await lin.pays()
    [path] = LINK.findall((await arrives(world, post, 2)).part("plain"))
    async with site(world) as browser:
        await browser.post(path, data={"t": path.rpartition("/")[2]})
    world.clock.forward(order_links.VALID + order_links.KEPT - timedelta(minutes=1))
    await prune(world.shop)
    assert (await world.count(order_links.visits), await world.count(order_links.order_links)) == (0, 1)
    world.clock.forward(timedelta(minutes=2))
    await prune(world.shop)
    assert await world.count(order_links.order_links) == 0


async def _takes_back(lin: Somebody) -> Answer:
    await lin.says("邮箱")
    return await lin.presses("不再发邮件")


async def test_links_that_are_wrong_or_over_look_alike_and_are_tried_slowly(
    world: World, steam: Product, lin: Somebody, post: MailServer
):
    await world.stock(steam, 1)
    await gives(world, post, lin)
    await lin.buys(steam)
    world.chat.closed.add("lin")
    await lin.pays()
    [path] = LINK.findall((await arrives(world, post, 2)).part("plain"))
    token = path.rpartition("/")[2]
    wrong = [
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        token.replace("o.1.", "o.2."),
        "o.1.",
        "o.999.x",
        "x" * 500,
    ]
    async with site(world) as browser:
        said = [await browser.post(f"/o/{one}", data={"t": one}) for one in wrong]
        world.clock.forward(order_links.VALID)
        said.append(await browser.post(path, data={"t": token}))
        assert [answer.status_code for answer in said] == [410] * len(said)
        assert len({answer.text for answer in said}) == 1
        many = [await browser.post("/o/o.1.y", data={"t": "o.1.y"}) for _ in range(10)]
        assert many[-1].status_code == 429
        elsewhere = await browser.post(path, data={"t": token}, headers={"origin": "https://evil.example"})
        assert elsewhere.status_code in (403, 429)
    assert (await world.order(lin)).state is State.FULFILLING


@pytest.mark.parametrize("rules", [replace(BY_MAIL, mails_codes=True)])
async def test_codes_may_stand_in_the_mail(world: World, steam: Product, lin: Somebody, post: MailServer):
    [code] = await world.stock(steam, 1)
    await gives(world, post, lin)
    await lin.buys(steam)
    world.chat.closed.add("lin")
    await lin.pays()
    mail = await arrives(world, post, 2)
    assert code in mail.part("plain").splitlines()
    assert code in mail.part("html")
    assert all(code not in str(value) for value in mail.mail.values())
    await world.becomes(lin, State.DELIVERED)
    assert await attempts(world) == [("chat", "codes", "refused"), ("email", "codes", "sent")]


@pytest.mark.parametrize("rules", [replace(BY_MAIL, also=("email",))])
async def test_mail_goes_besides_where_that_is_set(world: World, steam: Product, lin: Somebody, post: MailServer):
    await world.stock(steam, 1)
    await gives(world, post, lin)
    await lin.buys(steam)
    await lin.pays()
    await world.becomes(lin, State.DELIVERED)
    await arrives(world, post, 2)
    assert await attempts(world) == [("chat", "codes", "sent"), ("email", "link", "sent")]


@pytest.mark.parametrize("rules", [replace(BY_MAIL, reach=("email", "chat"))])
async def test_mail_may_come_first(world: World, steam: Product, lin: Somebody, post: MailServer):
    [code, _] = await world.stock(steam, 2)
    await gives(world, post, lin)
    await lin.buys(steam)
    await lin.pays()
    await arrives(world, post, 2)
    assert await attempts(world) == [("email", "link", "sent")]
    assert (await world.order(lin)).state is State.FULFILLING
    assert code in (await lin.says(f"/order {(await world.order(lin)).number}")).text
    post.answers = {"RCPT": ["550 5.1.1 gone"]}
    await lin.buys(steam)
    await lin.pays()
    await world.becomes(lin, State.DELIVERED)
    assert (await attempts(world))[1:] == [("email", "link", "refused"), ("chat", "codes", "sent")]


@pytest.mark.parametrize("rules", [replace(BY_MAIL, reach=("email", "chat"))])
async def test_where_no_mail_can_go_the_chat_that_comes_after_it_hands_the_codes_over(
    world: World, steam: Product, lin: Somebody, chen: Somebody, post: MailServer
):
    """The address is taken back before the mail goes, or the server takes none until it is given up."""
    [first, second] = await world.stock(steam, 2)
    await world.db.write(
        quiet.set_mode, chen.id, quiet.Kind.FAULTS, quiet.Mode.OFF
    )  # what is owed is told all the same
    await gives(world, post, lin)
    sender = world.shop.senders.pop("email")
    await lin.buys(steam)
    await lin.pays()
    await world.until(lambda: _posted(world))
    await _takes_back(lin)
    world.shop.senders["email"] = sender
    await world.becomes(lin, State.DELIVERED)
    assert (await lin.gets()).codes == [first]

    await gives(world, post, lin)
    post.answers = {"RCPT": ["451 4.7.1 later"] * outbox.TRIES}
    await lin.buys(steam)
    await lin.pays()
    await world.until(lambda: _posted(world))
    for _ in range(outbox.TRIES):
        await world.later(outbox.LONGEST)
    await world.becomes(lin, State.DELIVERED)
    assert (await lin.gets()).codes == [second]
    assert await rows(world, "SELECT 1 FROM outbox WHERE effect_key LIKE 'say alarm dead mail%'")
    assert len(post.taken) == 2  # the two codes that proved the address, and no order's


@pytest.mark.parametrize("rules", [replace(BY_MAIL, also=("email",))])
async def test_what_replaces_a_code_is_mailed_besides_too(
    world: World, steam: Product, lin: Somebody, chen: Somebody, post: MailServer
):
    await world.stock(steam, 2)
    await gives(world, post, lin)
    await lin.buys(steam)
    await lin.pays()
    await world.becomes(lin, State.DELIVERED)
    await arrives(world, post, 2)
    order = (await world.order(lin)).id
    await world.db.write(delivery.replace, order, 1, "it was used", chen.id, "event")
    await world.becomes(lin, State.DELIVERED)
    await arrives(world, post, 3)


async def test_no_mail_says_that_codes_wait_while_deliveries_are_held(
    world: World, steam: Product, lin: Somebody, chen: Somebody, post: MailServer
):
    await world.stock(steam, 1)
    await gives(world, post, lin)
    sender = world.shop.senders.pop("email")
    await lin.buys(steam)
    world.chat.closed.add("lin")
    await lin.pays()
    await world.until(lambda: _posted(world))
    await world.db.write(switches.throw, switches.DELIVERIES, chen.id, 0)
    world.shop.senders["email"] = sender
    for _ in range(outbox.TRIES + 1):  # which are no tries that failed
        await world.later(reaching.LOOKS_AGAIN)
    await world.runner.drain()
    assert len(post.taken) == 1
    await world.db.write(switches.back, switches.DELIVERIES, chen.id, 1)
    await world.later(reaching.LOOKS_AGAIN)
    await arrives(world, post, 2)


async def _posted(world: World) -> bool:
    return bool(await rows(world, "SELECT 1 FROM outbox WHERE kind = 'mail' AND state = 'new'"))


async def test_without_an_address_nothing_changes(world: World, steam: Product, lin: Somebody, post: MailServer):
    await world.stock(steam, 1)
    await lin.buys(steam)
    world.chat.closed.add("lin")
    await lin.pays()

    async def waits() -> bool:
        return bool((await world.order(lin)).owing(units.Obligation.PICKUP))

    await world.until(waits)
    await world.runner.drain()
    assert post.taken == []


async def test_news_of_an_order_goes_by_mail_where_the_chat_is_closed(
    world: World, steam: Product, lin: Somebody, post: MailServer
):
    await world.stock(steam, 1)
    await gives(world, post, lin)
    await lin.buys(steam)
    world.chat.closed.add("lin")
    await world.later(timedelta(hours=1))
    mail = await arrives(world, post, 2)
    number = (await world.order(lin)).number
    assert number in mail.part("plain")
    assert await attempts(world) == [("email", "notice", "sent")]


async def test_news_of_an_order_goes_by_mail_where_the_chat_is_silent(
    world: World, steam: Product, lin: Somebody, post: MailServer
):
    """It waits there for their next word, and is mailed once meanwhile."""
    await world.stock(steam, 1)
    await gives(world, post, lin)
    await lin.buys(steam)

    async def silent(address: str, message: Spoken) -> str:
        raise SendError("no word of theirs lately", unheard=True)

    world.shop.senders["test"] = silent
    await world.later(timedelta(hours=1))
    await arrives(world, post, 2)
    await world.db.write(outbox.unpark, lin.id, world.clock.now())
    await world.later(timedelta(minutes=1))
    await world.runner.drain()
    assert len(post.taken) == 2
    assert await attempts(world) == [("email", "notice", "sent")]


# Trouble


async def test_a_mail_that_is_put_off_goes_later_and_each_try_is_seen(
    world: World, steam: Product, lin: Somebody, post: MailServer
):
    await world.stock(steam, 1)
    await gives(world, post, lin)
    await lin.buys(steam)
    world.chat.closed.add("lin")
    post.answers = {"RCPT": ["451 4.7.1 greylisted"]}
    post.cuts = 1
    await lin.pays()

    async def tried(times: int) -> bool:
        return len(await attempts(world)) >= times

    await world.until(lambda: tried(2))
    await world.later(timedelta(minutes=1))
    await world.until(lambda: tried(3))
    await world.later(timedelta(minutes=1))
    await world.until(lambda: tried(4))
    assert [outcome for _, _, outcome in await attempts(world)] == ["refused", "later", "unknown", "sent"]
    names = {taken.mail["message-id"] for taken in post.taken[1:]}
    assert (len(post.taken), len(names)) == (3, 1)  # one of them twice: whose answer was lost
    paths = {path for taken in post.taken[1:] for path in LINK.findall(taken.part("plain"))}
    assert len(paths) == 1
    await world.holds()


async def test_an_address_that_takes_nothing_leaves_the_codes_waiting(
    world: World, steam: Product, lin: Somebody, chen: Somebody, post: MailServer
):
    await world.stock(steam, 1)
    await gives(world, post, lin)
    await lin.buys(steam)
    world.chat.closed.add("lin")
    post.answers = {"RCPT": ["550 5.1.1 no such user"]}
    await lin.pays()

    async def refused() -> bool:
        return ("email", "link", "refused") in await attempts(world)

    await world.until(refused)
    assert (await world.order(lin)).owing(units.Obligation.PICKUP)
    assert "被拒收" in (await chen.says(f"/order {(await world.order(lin)).number}")).text


# Nobody else


async def test_nothing_of_an_address_or_code_lies_in_the_open(
    world: World, steam: Product, lin: Somebody, post: MailServer
):
    [code] = await world.stock(steam, 1)
    await gives(world, post, lin)
    await lin.buys(steam)
    world.chat.closed.add("lin")
    await lin.pays()
    mail = await arrives(world, post, 2)
    [path] = LINK.findall(mail.part("plain"))
    kept = ""
    for table in ("outbox", "contacts", "order_links", "attempts", "order_events", "people", "chat_lines", "audit"):
        kept += str(await rows(world, f"SELECT * FROM {table}"))
    for secret in (LIN, "lin.of", code, path.rpartition(".")[2], CODE.findall(post.taken[0].part("plain"))[0]):
        assert secret not in kept


async def test_accounts_that_part_take_their_addresses_along(
    world: World, steam: Product, lin: Somebody, post: MailServer
):
    """Decided while it was theirs, sent when it is not: then it isn't sent."""
    await world.stock(steam, 1)
    await gives(world, post, lin)
    await lin.buys(steam)
    world.chat.closed.add("lin")
    world.shop.senders.pop("email")
    await lin.pays()

    async def decided() -> bool:
        return bool(await rows(world, "SELECT 1 FROM outbox WHERE kind = 'mail' AND state = 'new'"))

    await world.until(decided)
    other = Elsewhere(world, "bao", buyers, chat="test")
    await other.says("你好")
    await world.db.write(_moves)
    mail = Email("127.0.0.1", post.port, sender="shop@example.net", shop=RULES.shop_name, security="none")
    world.shop.senders["email"] = mail.send
    await Runner(world.shop, {}).drain()
    await mail.aclose()
    assert len(post.taken) == 1  # the code to prove it with, and nothing more
    assert not await rows(world, "SELECT 1 FROM outbox WHERE kind = 'mail' AND state = 'new'")


def _moves(tx: Tx) -> None:
    """The address is bao's."""
    tx.changed(text("UPDATE contacts SET person_id = 'test:bao'"))


async def proved(world: World, name: str) -> int:
    """An address of that buyer's, proved."""
    person = await world.db.write(customers.meet, "test", name, name, "en", None)
    given = await world.db.write(contacts.give, person, f"{name}@example.org", f"{name} gives")
    code = await world.db.read(contacts.code, given.id)
    await world.db.write(contacts.prove, person, code.reveal(), f"{name} proves")
    return given.id


async def test_the_schema_makes_no_link_to_an_address_that_is_not_the_buyers(
    world: World, steam: Product, lin: Somebody
):
    await world.stock(steam, 1)
    await lin.buys(steam)
    order = (await world.order(lin)).id
    bao, lins = await proved(world, "bao"), await proved(world, "lin")
    person = await world.db.write(customers.meet, "test", "lin", "lin", "en", None)
    unproved = (await world.db.write(contacts.give, person, "other@example.org", "another")).id
    for contact in (bao, unproved):
        with pytest.raises(DBAPIError, match="gave and proved"):
            await world.db.write(order_links.make, order, contact, f"link {contact}")
    assert await world.db.write(order_links.make, order, lins, "link")
    await world.db.write(contacts.remove, person)
    with pytest.raises(DBAPIError, match="gave and proved"):
        await world.db.write(order_links.make, order, lins, "another link")


async def test_a_mail_that_went_to_somebody_else_is_found(world: World, steam: Product, lin: Somebody):
    await world.stock(steam, 1)
    await lin.buys(steam)
    order = (await world.order(lin)).id
    bao, lins = await proved(world, "bao"), await proved(world, "lin")
    sent = (Way.EMAIL, What.LINK, Outcome.SENT)
    await world.db.write(attempts_made.note, order, *sent, contact=lins)
    assert [str(found) for found in await world.db.read(reconcile.check)] == []
    await world.db.write(attempts_made.note, order, *sent, contact=bao)
    [found] = await world.db.read(reconcile.check)
    assert found.check.id == "E2"
