"""The router: who answers what, one event of a person at a time, each with one effect, and staff's words for staff."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from typing import Any, cast

import pytest
from sqlalchemy import bindparam, text, update

from bot import router as router_module
from bot.buyers import buyers
from bot.conversation import Conversation, Talk
from bot.router import LEASE, Router, TurnTaken
from bot.said import File, Said
from bot.staff import staff
from core import catalog_changes, composing, customers, hiring, inventory, order_events, orders
from core import staff as people
from core.catalog import Product
from core.ground import inbox, outbox, presses
from core.ground.clock import TestClock
from core.ground.db import Database, Tx
from core.ground.messages import Choice, Message, words
from core.ground.presses import VALID
from core.ground.rules import Rules
from core.ground.words import LOCALES, sentence
from core.orders import Order, State
from core.parties import Abilities, Payment, PaymentRail, PaymentRequest
from core.settling import PaymentNotice
from core.shop import Shop
from jobs.runner import Runner
from tests.core import counter
from tests.world import PATIENCE, Answer, Chat, Somebody, World

numbers = itertools.count()


class Rail:
    """A rail that opens payments; no money ever comes."""

    name, account, mode = "sandbox", "our-account", "test"
    abilities = Abilities(frozenset({"CNY"}))

    async def start(self, request: PaymentRequest) -> Payment:
        return Payment(f"reference of {request.key}", f"https://pay.example/{request.key}")

    async def truth(self, key: str, reference: str) -> PaymentNotice | None:
        return None


@pytest.fixture
def world(db: Database, clock: TestClock, rules: Rules) -> World:
    """The shop with its doors closed: nothing is served, nobody works unasked."""
    chat, nobody = Chat(), cast(Any, None)
    shop = Shop(db, rules, "https://shop.example", {"sandbox": cast(PaymentRail, Rail())}, {"test": chat.send})
    return World(db, shop, Runner(shop, {}), nobody, chat, clock, "")


def says(key: str, locale: str = "zh-CN") -> str:
    return sentence(locale, key)


async def say(world: World, router: Router, typed: str = "", **said: Any) -> Message:
    """Something said by whoever it takes, straight to a router."""
    facts = {"chat": "test", "address": "somebody", "key": f"event {next(numbers)}", "text": typed, **said}
    return await router.answer(world.shop, Said(**facts))


async def button(person: Somebody, product: Product, label: str = "买 1") -> str:
    """What the buy button of the product's card carries."""
    await person.says(press=f"product {product.slug}")
    return next(choice.says for choice in person.choices if label in choice.label)


async def ask(world: World, statement: str) -> list[Any]:
    return [row[0] for row in await world.db.read(lambda tx: tx.all(text(statement)))]


# One event of a person at a time


class Gate:
    """A router whose first answer takes as long as a test wants."""

    def __init__(self) -> None:
        self.entered, self.open = asyncio.Event(), asyncio.Event()
        self.router = Router("gate", Choice(words("browser-to-help"), "help"))
        self.answered: list[str] = []
        self.router.hears("wait")(self.wait)
        self.router.hears("help")(self.help)
        self.router.hears("fail")(self.fail)
        talk = Conversation("waiting")
        self.router.talks(talk)
        talk.opens("talk")(self.begin)
        talk.step(self.heard)

    async def wait(self, shop: Shop, person: customers.Person) -> Message:
        self.entered.set()
        await self.open.wait()
        return self._answer("wait")

    async def help(self, shop: Shop, person: customers.Person) -> Message:
        return self._answer("help")

    async def fail(self, shop: Shop, person: customers.Person) -> Message:
        self.answered.append("fail")
        raise RuntimeError("a bug")

    async def begin(self, talk: Talk, name: str) -> Message:
        talk.answers["name"] = name
        if name == "slow":
            self.entered.set()
            await self.open.wait()
        return talk.ask(self.heard, "help")

    async def heard(self, talk: Talk) -> Message:
        self.answered.append(f"{talk.answers['name']} heard {talk.text}")
        return talk.ask(self.heard, "help")

    def _answer(self, what: str) -> Message:
        self.answered.append(what)
        return Message(words("help"))


@pytest.fixture
def gate() -> Gate:
    return Gate()


async def test_while_one_event_is_answered_the_persons_next_one_waits(world, gate):
    lin, bao = (Somebody(world, name, gate.router) for name in ("lin", "bao"))
    first = asyncio.create_task(lin.says("wait"))
    await gate.entered.wait()
    with pytest.raises(TurnTaken):
        await lin.says("help")
    await bao.says("help")  # nobody else waits
    gate.open.set()
    await first
    await lin.says("help")
    assert gate.answered == ["help", "wait", "help"]


async def test_of_many_events_at_once_one_is_answered(world, gate):
    lin = Somebody(world, "lin", gate.router)
    await lin.says("help")
    many = [asyncio.create_task(lin.says("wait")) for _ in range(6)]
    await gate.entered.wait()
    async with asyncio.timeout(PATIENCE):
        while sum(task.done() for task in many) < 5:  # noqa: ASYNC110  they set no event
            await asyncio.sleep(0.01)
    gate.open.set()
    outcomes = await asyncio.gather(*many, return_exceptions=True)
    assert sum(isinstance(outcome, TurnTaken) for outcome in outcomes) == 5


async def test_without_the_turn_both_are_answered_at_once(world, gate, monkeypatch):
    careless = update(customers.people).where(customers.people.c.id == bindparam("person"))
    careless = careless.where(customers.people.c.since <= bindparam("now"))
    values = {"busy_with": bindparam("event"), "busy_until": bindparam("until")}
    monkeypatch.setattr(customers, "TAKE_TURN", careless.values(**values))
    lin = Somebody(world, "lin", gate.router)
    first = asyncio.create_task(lin.says("wait"))
    await gate.entered.wait()
    await lin.says("help")
    gate.open.set()
    await first
    assert gate.answered == ["help", "wait"]


async def test_after_a_crash_the_same_event_comes_at_once_and_others_when_the_lease_ends(world, clock, gate):
    lin = Somebody(world, "lin", gate.router)
    for _ in range(2):
        gate.entered.clear()
        dying = asyncio.create_task(lin.says("wait", key="e1"))
        await gate.entered.wait()
        dying.cancel()
        with pytest.raises(asyncio.CancelledError):
            await dying
    with pytest.raises(TurnTaken):
        await lin.says("help", key="e2")
    clock.forward(LEASE)
    await lin.says("help", key="e2")
    assert gate.answered == ["help"]


async def test_an_event_that_breaks_keeps_nobody_waiting(world, gate):
    lin = Somebody(world, "lin", gate.router)
    with pytest.raises(RuntimeError, match="a bug"):
        await lin.says("fail", key="e1")
    await lin.says("help", key="e2")
    assert gate.answered == ["fail", "help"]


async def test_who_comes_back_after_the_lease_does_not_spoil_the_next_events_talk(world, clock, gate):
    lin = Somebody(world, "lin", gate.router)
    slow = asyncio.create_task(lin.says("talk slow"))
    await gate.entered.wait()
    clock.forward(LEASE)
    await lin.says("talk quick")
    gate.open.set()
    await slow
    await lin.says("一二三")
    assert gate.answered == ["quick heard 一二三"]


# One effect


@pytest.fixture
def crash(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Whatever is inside, the process dies in the transaction that would end the event."""

    finish = router_module._finish

    def dies(*args: Any) -> Any:
        finish(*args)
        raise RuntimeError("the process is gone")

    class Crashing:
        def __enter__(self) -> None:
            monkeypatch.setattr(router_module, "_finish", dies)

        def __exit__(self, *_: object) -> None:
            monkeypatch.setattr(router_module, "_finish", finish)

    return Crashing()


async def twice(world: World, lin: Somebody, crash: Any, key: str, **said: Any) -> Answer:
    """The event is kept, answered as far as the crash, and answered again."""
    await world.db.write(inbox.store, "test", key, "{}", person=lin.id)
    progress = "SELECT talk FROM people WHERE talk IS NOT NULL"
    before = await ask(world, progress)
    with crash, pytest.raises(RuntimeError, match="gone"):
        await lin.says(key=key, **said)
    assert await ask(world, "SELECT state FROM inbox") == ["new"]
    assert await ask(world, progress) == before
    answer = await lin.says(key=key, **said)
    assert await ask(world, "SELECT state FROM inbox") == ["done"]
    return answer


@pytest.mark.parametrize("how", ["a button", "typed words", "a conversation's last answer"])
async def test_a_crash_between_the_order_and_the_answer_is_one_order(world, lin, steam, crash, how):
    await world.stock(steam, 9)
    if how == "a button":
        said: dict[str, Any] = {"press": await button(lin, steam)}
    elif how == "typed words":
        said = {"text": "buy steam 1"}
    else:
        await lin.says("buy steam")
        said = {"text": "一张"}
    answer = await twice(world, lin, crash, "e1", **said)
    assert "前付款" in answer.text
    assert await world.count(orders.orders) == 1
    assert await world.count(inventory.reservations) == 1
    await world.holds()


async def test_without_the_events_key_it_would_be_two(world, lin, steam, crash, monkeypatch):
    async def forgetful(talk: Talk, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        return await talk.shop.db.write(fn, *args, **kwargs, request_key=f"request {next(numbers)}")

    monkeypatch.setattr(Talk, "write", forgetful)
    await world.stock(steam, 9)
    await twice(world, lin, crash, "e1", text="buy steam 1")
    assert await world.count(orders.orders) == 2


async def test_a_crash_while_staff_approve_decides_once(world, lin, crash):
    chen = await world.hire("chen")
    dear = await world.make("dear", prices={"CNY": {1: 90000}})
    order = await held(world, lin, dear)
    await chen.says(f"review {order.number}")
    approve = next(choice.says for choice in chen.choices if "通过" in choice.label)
    answer = await twice(world, chen, crash, "e1", press=approve)
    assert "chen" in answer.text
    assert (await world.order(lin)).state is State.FULFILLING
    assert await ask(world, "SELECT COUNT(*) FROM audit WHERE action = 'approve'") == [1]
    await world.holds()


async def test_a_crash_while_staff_restock_imports_once(world, crash, steam):
    chen = await world.hire("chen")
    await chen.says("restock steam")
    preview = await twice(world, chen, crash, "e1", text="AAAA-1\nAAAA-2")
    assert "2" in preview.text
    assert await world.count(inventory.batches) == 1
    await world.db.write(lambda tx: tx.changed(text("DELETE FROM inbox")))
    await twice(world, chen, crash, "e2", text="import")
    await world.runner.drain()
    assert await world.db.read(inventory.available, steam) == 2
    await world.holds()


async def held(world: World, lin: Somebody, dear: Product) -> Order:
    """Lin's order that a person must look at."""
    await world.stock(dear, 1)
    await lin.says(f"buy {dear.slug} 1")
    order = await counter.pay(world, await world.order(lin))
    order = await counter.weigh(world, order)
    assert order.state is State.IN_REVIEW
    return order


# Buttons


async def test_a_button_nobody_offered_is_said_to_be_old(world, lin, steam):
    await world.stock(steam, 1)
    real = await button(lin, steam)
    for press in ("~", "~" + "A" * 22, real[:-1], real + "A", real.swapcase(), "no-such-verb", "", "buyy steam 1"):
        answer = await lin.says(press=press)
        assert answer.text == says("button-old")
    assert await world.count(orders.orders) == 0
    await leads_on(lin, answer)


async def test_somebody_elses_button_does_nothing_and_looks_like_none(world, lin, steam):
    await world.stock(steam, 2)
    bao = world.meet("bao")
    theirs = await button(lin, steam)
    stolen = await bao.says(press=theirs)
    unknown = await bao.says(press="~" + "A" * 22)
    assert (stolen.text, stolen.choices) == (unknown.text, unknown.choices)
    assert await world.count(orders.orders) == 0
    await lin.says(press=theirs)  # the control: for Lin it works
    assert await world.count(orders.orders) == 1


async def test_an_old_button_does_nothing_and_shows_how_things_stand(world, clock, lin, steam):
    await world.stock(steam, 2)
    old = await button(lin, steam)
    clock.forward(VALID)
    answer = await lin.says(press=old)
    assert answer.text.startswith(says("button-old"))
    assert "Steam 20 美元" in answer.text
    assert await world.count(orders.orders) == 0
    await lin.presses("买 1")  # the one it shows instead is fresh
    assert await world.count(orders.orders) == 1


@pytest.mark.parametrize("verb", ["approve", "reject"])
async def test_an_old_decision_shows_the_order_instead(world, clock, lin, verb):
    chen = await world.hire("chen")
    order = await held(world, lin, await world.make("dear", prices={"CNY": {1: 90000}}))
    await chen.says(f"review {order.number}")
    label = "通过" if verb == "approve" else "拒绝"
    old = next(choice.says for choice in chen.choices if label in choice.label)
    clock.forward(VALID)
    answer = await chen.says(press=old)
    assert answer.text.startswith(says("button-old"))
    assert order.number in answer.text
    assert (await world.order(lin)).state is State.IN_REVIEW


async def test_one_button_pressed_again_and_again_is_one_order(world, lin, steam):
    await world.stock(steam, 9)
    buy = await button(lin, steam)
    for _ in range(3):
        assert "前付款" in (await lin.says(press=buy)).text
    assert await world.count(orders.orders) == 1


# Typed choices


async def test_a_number_means_the_choice_last_offered(world, lin, steam):
    await world.stock(steam, 1)
    await world.make("other")
    await lin.says("货架")
    second = await lin.says("2")
    assert "Other" in second.choices[0]
    assert "Other" in (await lin.says("1")).text  # now the first of that list
    await lin.says("help")
    assert (await lin.says("1")).choices[:1] == ["Steam"]  # and now the first of help


async def test_a_number_may_be_written_in_any_width_or_in_chinese(world, lin, steam):
    await world.make("other")
    for typed in ("2", "２", " 2 ", "二"):
        await lin.says("货架")
        assert "Other" in (await lin.says(typed)).choices[0], typed


async def test_what_is_no_number_of_a_choice_is_heard_as_words(world, lin, steam):
    await world.make("other")
    for typed in ("3", "0", "-1", "1."):
        assert len((await lin.says("货架")).choices) == 2
        assert (await lin.says(typed)).choices == ["看货架", "我的订单", "找人工"], typed
    assert len((await lin.says("货架")).choices) == 2
    assert "都不是" in (await lin.says("二个")).choices  # a question, of which it may be one of three


async def test_a_label_can_be_typed_as_it_reads(world, lin, steam):
    await world.stock(steam, 2)
    await lin.says("货架")
    await lin.says("sTEAM")
    await lin.says("1")
    assert "前付款" in (await lin.says("买 1 张")).text


async def test_a_token_typed_by_hand_is_only_words(world, lin, steam):
    await world.stock(steam, 1)
    await lin.says(text=await button(lin, steam))
    assert await world.count(orders.orders) == 0


async def test_where_a_number_is_the_answer_it_is_not_a_choice(world, lin, steam):
    """How many? "2" is two, though the second button says 5."""
    await world.stock(steam, 10)
    await lin.says("buy steam")
    await lin.says("2")
    assert (await world.order(lin)).quantity == 2


async def test_what_comes_by_itself_is_what_numbers_mean_next(world, lin, steam):
    await lin.says("货架")
    await world.db.write(composing.address, lin.id, Message(words("welcome", shop="x"), buyers.choices[1:2]))
    assert (await lin.says("1")).text == says("orders-none")


async def test_in_the_middle_of_a_talk_numbers_keep_their_meaning(world, lin, steam):
    await world.stock(steam, 10)
    await lin.says("buy steam")
    await world.db.write(composing.address, lin.id, Message(words("welcome", shop="x"), buyers.choices[1:2]))
    await lin.says("5")
    assert (await world.order(lin)).quantity == 5


async def test_nothing_was_offered_before_the_first_word(world, lin):
    assert (await lin.says("1")).choices == ["看货架", "我的订单", "找人工"]


# Words


async def test_a_verb_is_known_in_any_language_and_case(world, lin, steam):
    for typed in ("货架", "/shelf", "shelf", "SHOP", " Витрина ", "what do you have", "Что   есть", "/货架"):
        assert (await lin.says(typed)).choices == ["Steam"], typed


async def test_words_that_fit_no_verb_are_answered_with_a_way_on(world, lin, steam):
    for typed in ("shelf of things", "order", "buy steam 1 2 3", "pay", "product", "/", "//", "???"):
        assert (await lin.says(typed)).choices, typed
    assert await world.count(orders.orders) == 0


async def test_a_free_answer_may_be_any_words_but_a_command(world, lin):
    form = [{"name": "account", "label": {"en": "Account"}, "pattern": r".{2,100}"}]
    await world.make("topup", kind="by_hand", form=form)
    await lin.says("buy topup 1")
    assert "前付款" in (await lin.says("help")).text
    await lin.says("buy topup 1")
    assert (await lin.says("/help")).choices[0] == "看货架"


async def test_another_verb_ends_a_talk(world, lin, steam):
    await world.stock(steam, 5)
    await lin.says("buy steam")
    await lin.says("货架")
    await lin.says("2")
    assert await world.count(orders.orders) == 0


async def test_a_talk_of_a_program_that_is_no_more_is_forgotten(world, lin, steam):
    await lin.says("货架")
    talk = '{"conversation": "haggling", "step": "offer", "answers": {}}'
    await world.db.write(lambda tx: customers.keep_talk(tx, lin.id, "", None))
    await world.db.write(lambda tx: tx.changed(text(f"UPDATE people SET talk = '{talk}'".replace(":", r"\:"))))
    assert (await lin.says("货架")).choices == ["Steam"]


HOSTILE = [
    "\x00",
    "a\x00b",
    "order \x00",
    "product \x00",
    "buy \x00 1",
    "pickup \x00 \x00",
    "reply \x00",
    "\ud800",
    "order \udfff",
    "\u202e\u2066 反",
    "{ $name }",
    "%s %(x)s {0}",
    "'; DROP TABLE orders; --",
    "<b>&amp;</b>",
    "x" * 20_000,
    "订单 " + "9" * 5000,
    "\n\n\n",
    "\ue0000\ue001",
    "👩‍👩‍👧" * 100,
]


@pytest.mark.parametrize("talk", ["", "buy topup 1", "human"], ids=["no talk", "a form", "a note"])
async def test_hostile_text_is_answered_like_any_other(world, lin, talk):
    """C16: no database keeps a NUL or half a character; whoever sends them gets an answer all the same."""
    form = [{"name": "account", "label": {"en": "Account"}, "pattern": r"(?s).{1,100}"}]
    await world.make("topup", kind="by_hand", form=form)
    for hostile in HOSTILE:
        if talk:
            await lin.says(talk)
        answer = await lin.says(hostile)
        assert answer.text
        answer = await lin.says(press=hostile)
        assert answer.text


async def test_a_hostile_name_is_kept_as_far_as_it_can_be(world):
    for name in ("a\x00b", "\ud800", "x" * 1000, "\u202eevil", ""):
        await say(world, buyers, "help", address="mallory", name=name, locale="\x00", zone="../\x00")
    assert await ask(world, "SELECT COUNT(*) FROM people") == [1]


async def test_hostile_text_is_answered_by_the_staffs_router_too(world):
    chen = await world.hire("chen")
    for hostile in HOSTILE:
        assert (await chen.says(hostile)).text
        assert (await chen.says(press=hostile)).text


# Refusals


async def leads_on(person: Somebody, answer: Answer) -> None:
    """Every choice of the answer is understood, and answered by something else than an old button."""
    choices = answer.spoken.choices
    assert choices
    for choice in choices:
        if choice.says and not choice.says.startswith(presses.MARK):
            assert (await person.says(press=choice.says)).text != says("button-old"), choice


REFUSED = [
    "order ZZZZ-ZZZZ",
    "pay ZZZZ-ZZZZ",
    "cancel ZZZZ-ZZZZ",
    "paid ZZZZ-ZZZZ",
    "refundme ZZZZ-ZZZZ",
    "pickup ZZZZ-ZZZZ sun moon",
    "product nothing",
    "guide nothing",
    "buy nothing 1",
    "buy steam 1",  # sold out
    "buy off 1",  # not on sale
    "buy",
    "buy steam many",
    "blah blah",
]
REFUSED_TO_STAFF = [
    "order ZZZZ-ZZZZ",
    "review ZZZZ-ZZZZ",
    "approve ZZZZ-ZZZZ",
    "fulfil ZZZZ-ZZZZ",
    "restock nothing",
    "restock",
    "blah",
]


async def test_a_refusal_is_a_sentence_with_a_way_on(world, lin, steam):
    await world.make("off")
    await world.db.write(catalog_changes.switch, "off", False)
    for typed in REFUSED:
        answer = await lin.says(typed)
        assert answer.text, typed
        await leads_on(lin, answer)


async def test_a_refusal_to_staff_leads_on_too(world, steam):
    chen = await world.hire("chen")
    for typed in REFUSED_TO_STAFF:
        answer = await chen.says(typed)
        assert answer.text, typed
        await leads_on(chen, answer)


async def test_a_refusal_ends_a_talk_and_a_bug_is_loud(world, lin, gate):
    """The control: what is no refusal is not turned into a sentence."""

    async def refuse(shop: Shop, person: customers.Person) -> Message:
        raise orders.UnknownOrder()

    gate.router.hears("refuse")(refuse)
    person = Somebody(world, "lin", gate.router)
    await person.says("talk quick")
    answer = await person.says("refuse")
    assert answer.text == says("unknown-order")
    assert await ask(world, "SELECT COUNT(*) FROM people WHERE talk IS NOT NULL") == [0]
    with pytest.raises(RuntimeError, match="a bug"):
        await person.says("fail")


# Nobody else's orders


VERBS_OF_AN_ORDER = ["order {}", "orders {}", "pay {}", "payby {}", "paid {}", "cancel {}", "refundme {}", "订单 {}"]


@pytest.mark.parametrize("state", ["unpaid", "held", "delivered"])
async def test_an_order_number_is_worth_nothing_to_others(world, lin, steam, state):
    """A2: on each of a buyer's ways to an order, typed or as a button, it is the same as a number nobody has."""
    codes = await world.stock(steam, 1)
    await lin.says("buy steam 1")
    order = await world.order(lin)
    if state != "unpaid":
        order = await counter.weigh(world, await counter.pay(world, order))
    if state == "delivered":
        await counter.send(world, order)
    if state == "held":
        held = "UPDATE orders SET state = 'in_review', review_due_at = expires_at"
        await world.db.write(lambda tx: tx.changed(text(held)))
    before = await counter.now(world, order)
    bao = world.meet("bao")
    for verb in VERBS_OF_AN_ORDER:
        for how in ("text", "press"):
            theirs = await bao.says(**{how: verb.format(order.number)})
            nobodys = await bao.says(**{how: verb.format("ZZZZ-ZZZZ")})
            assert (theirs.text, theirs.choices) == (nobodys.text, nobodys.choices), verb
            assert theirs.codes == []
            assert "Steam" not in theirs.text
    assert await counter.now(world, order) == before
    assert codes[0] in (await lin.says(f"order {order.number}")).text or state != "delivered"


async def test_a_number_said_to_a_person_is_passed_on_only_if_it_is_ones_own(world, lin, steam):
    await world.stock(steam, 1)
    await world.hire("chen")
    await lin.says("buy steam 1")
    order = await world.order(lin)
    bao = world.meet("bao")
    for person in (bao, lin):
        await person.says(f"human {order.number}")
        await person.says("it does not work")
    told = await ask(world, "SELECT payload FROM outbox WHERE effect_key LIKE 'say enquiry%' ORDER BY id")
    assert [order.number in str(payload) for payload in told] == [False, True]


# Staff only


STAFF_WORDS = sorted({verb: f"{verb} K7M2-94QF" for verb in staff.handlers.keys() | staff.openings.keys()}.items())


async def refused_everywhere(world: World, **who: Any) -> None:
    before = await everything(world)
    for verb, with_argument in STAFF_WORDS:
        for said in ({"typed": verb}, {"typed": with_argument}, {"press": with_argument}, {"typed": f"/{verb}"}):
            message = await say(world, staff, **{**who, **said})
            assert message.paragraphs == (words("not-staff"),), (verb, said)
    assert await everything(world) == before


async def everything(world: World) -> list[int]:
    tables = (orders.orders, order_events.events, inventory.batches, inventory.grants, outbox.outbox, people.staff)
    return [await world.count(table) for table in tables]


async def test_a_stranger_is_told_nothing_whatever_they_say(world, lin, steam):
    await world.hire("chen")
    await world.stock(steam, 1)
    await lin.says("buy steam 1")
    await refused_everywhere(world, address="stranger")


async def test_a_buyer_is_no_staff(world, lin, steam):
    await world.hire("chen")
    await world.stock(steam, 1)
    await lin.says("buy steam 1")
    await refused_everywhere(world, address="lin", name="chen")


async def test_an_account_of_the_same_name_elsewhere_is_no_staff(world):
    await world.hire("chen")
    await refused_everywhere(world, chat="other", address="chen", name="chen")


async def test_whoever_speaks_without_a_face_is_no_staff(world):
    """C8: an anonymous admin of a group is everybody and nobody, even under a colleague's account."""
    await world.hire("chen")
    await refused_everywhere(world, address="chen", anonymous=True)
    message = await say(world, staff, "start", address="chen")  # the control: with a face it is Chen
    assert message.paragraphs != (words("not-staff"),)


async def test_who_worked_here_once_is_no_staff_from_that_moment(world, steam):
    chen = await world.hire("chen")
    await chen.says("restock steam")  # in the middle of a talk
    await world.db.write(lambda tx: tx.changed(text("UPDATE colleagues SET left_at = since")))
    assert (await chen.says("AAAA-1\nAAAA-2")).text == says("not-staff")
    assert await world.count(inventory.batches) == 0
    await refused_everywhere(world, address="chen")


async def test_without_the_guard_a_stranger_is_answered(world, lin, steam, monkeypatch):
    monkeypatch.setattr(staff, "only_staff", False)
    monkeypatch.setattr("bot.router._allow", lambda turn, right: None)
    message = await say(world, staff, "orders", address="stranger")
    assert message.paragraphs != (words("not-staff"),)


async def test_without_its_own_guard_a_decision_would_be_anybodys(world, lin, monkeypatch):
    """Deciding asks once more who presses: even a router that lets everybody in does not make them staff."""
    order = await held(world, lin, await world.make("dear", prices={"CNY": {1: 90000}}))
    monkeypatch.setattr(staff, "only_staff", False)
    monkeypatch.setattr("bot.router._allow", lambda turn, right: None)
    for verb in ("approve", "reject"):
        message = await say(world, staff, f"{verb} {order.number}", address="stranger")
        assert message.paragraphs == (words("not-staff"),)
    monkeypatch.setattr(people, "colleague", lambda tx, person: people.Colleague(person, "stranger", 0, hiring.OWNER))
    await say(world, staff, f"approve {order.number}", address="stranger")
    assert (await world.order(lin)).state is State.FULFILLING


async def test_staffs_buttons_are_their_own(world, lin):
    chen, wang = await world.hire("chen"), await world.hire("wang")
    order = await held(world, lin, await world.make("dear", prices={"CNY": {1: 90000}}))
    await chen.says(f"review {order.number}")
    approve = next(choice.says for choice in chen.choices if "通过" in choice.label)
    assert (await wang.says(press=approve)).text == says("button-old")
    assert (await world.order(lin)).state is State.IN_REVIEW


# What a chat hands over


def test_what_was_said_comes_back_as_it_was_stored():
    said = Said(
        "test", "lin", "e1", "你好\x00", "~token", "Lin", "zh", "Asia/Shanghai", "group 1", True, File("a", 1, "r")
    )
    assert Said.unpacked(said.packed()) == said
    assert Said.unpacked(replace(said, file=None).packed()) == replace(said, file=None)
    assert said.person == "test:lin"


async def test_a_chat_keeps_the_answer_in_the_transaction_that_ends_the_event(world, lin):
    """Both or none: what fails while it is kept leaves the event to be answered again."""
    await world.db.write(inbox.store, "test", "e1", "{}", person=lin.id)

    def keeps(tx: Tx, message: Message) -> None:
        raise RuntimeError("no room")

    said = Said("test", "lin", "e1", "help", None, "lin", "zh-CN")
    with pytest.raises(RuntimeError, match="no room"):
        await buyers.answer(world.shop, said, keeps)
    assert await ask(world, "SELECT state FROM inbox") == ["new"]
    kept: list[Message] = []
    answer = await buyers.answer(world.shop, said, lambda tx, message: kept.append(message))
    assert kept[-1] == answer
    assert await ask(world, "SELECT state FROM inbox") == ["done"]


@pytest.mark.parametrize("locale", LOCALES)
async def test_everybody_is_answered_in_their_language(world, locale):
    person = Somebody(world, f"somebody-{locale}", buyers, locale)
    assert (await person.says(press="~" + "A" * 22)).text == says("button-old", locale)
