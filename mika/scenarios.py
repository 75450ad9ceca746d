"""The odd ends that a rehearsal plays, one story each: what is arranged, what is said, what must be true at the end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.buyers import buyers
from bot.said import Said
from core import orders
from core.ground.messages import words
from core.ground.money import Money
from core.orders import Order, State
from core.units import Obligation
from doubles.sandbox import press
from jobs.expire import expire
from jobs.unsupplied import unsupplied
from mika.play import WentWrong
from mika.scene import MARGIN, Scene
from mika.scratch import CantRehearse, Stage
from mika.telegraph import TelegramVisitor

SOMEBODY = ("browser", "somebody-else")


@dataclass(frozen=True)
class Scenario:
    """One odd end. `stage` makes what it needs; `plays` is told the product."""

    about: str
    plays: Callable[[Scene, str], Awaitable[None]]
    stage: Callable[[], Stage] = Stage
    chat: str = "browser"


async def paid_after_sold_out(scene: Scene, slug: str) -> None:
    """The hold ends, somebody else buys the last one, then the money comes."""
    order = await _lapsed(scene, slug)
    await _bought_by_another(scene, slug)
    await _pays_late(scene, order)
    await scene.asks_for_the_money(order)
    await scene.ends_with_the_money_back(order)


async def late_payment(scene: Scene, slug: str) -> None:
    """The hold ends, then the money comes, and there is still one."""
    order = await _lapsed(scene, slug)
    await _pays_late(scene, order)
    await scene.ends_with_the_code(order)


async def held(scene: Scene, slug: str) -> None:
    """The rules want a person to look first: nothing goes out until one has approved."""
    order = await scene.order(slug)
    await scene.pays_on_the_open_page(order)
    waits = await scene.until("the order is in review", lambda o: o.state is State.IN_REVIEW, order, staff=False)
    if not waits.owing(Obligation.REVIEW):
        raise WentWrong("the order is held, and nobody owes a decision")
    await scene.ends_with_the_code(order)


async def wrong_amount(scene: Scene, slug: str) -> None:
    """Half of it comes in; the shop asks for the rest, and has it."""
    order = await scene.order(slug)
    half = order.total.amount // 2
    if not half:
        raise CantRehearse(f"{order.total.amount} can't be paid in two parts")
    await _pays_only(scene, order, half)
    await scene.until("the shop asks for the rest", lambda o: o.state is State.UNDERPAID, order)
    rest = Money(order.total.amount - half, order.total.currency)
    await scene.presses(words("choose-pay", total=rest))
    await scene.pays_on_the_open_page(order)
    await scene.ends_with_the_code(order)


async def buyer_blocked_bot(scene: Scene, slug: str) -> None:
    """The code can't be said: it stays the buyer's, who comes back for it."""
    visitor = scene.visitor
    if not isinstance(visitor, TelegramVisitor):
        raise CantRehearse("only a bot can be blocked: this is played in the telegram chat")
    order = await scene.order(slug)
    scene.does("blocks")
    visitor.blocks()
    await scene.pays_on_the_open_page(order)
    await scene.until("the code waits for its buyer", lambda o: bool(o.owing(Obligation.PICKUP)), order)
    scene.does("comes-back")
    visitor.comes_back()
    await scene.ends_with_the_code(order)


async def supplier_down(scene: Scene, slug: str) -> None:
    """What is bought on demand can't be bought: in the end the money goes back, and nothing was bought."""
    supplier = scene.stage.supplier
    assert supplier is not None  # noqa: S101
    supplier.faults.give("buy", "error")
    supplier.faults.give("look_up", "error")
    order = await scene.order(slug)
    await scene.pays_on_the_open_page(order)
    await scene.until("the shop waits for its supplier", lambda o: bool(o.owing(Obligation.SUPPLIER)), order)
    await scene.passes(scene.shop.rules.supply_within + MARGIN, unsupplied)
    await scene.asks_for_the_money(order)
    await scene.ends_with_the_money_back(order)
    if supplier.books.all():
        raise WentWrong("the supplier sold something that nobody gets")


SCENARIOS: Mapping[str, Scenario] = {
    "paid-after-sold-out": Scenario(
        "paid when the last one is gone", paid_after_sold_out, lambda: Stage(codes=1, made_by_hand=False)
    ),
    "late-payment": Scenario("paid when the hold is over", late_payment, lambda: Stage(made_by_hand=False)),
    "held": Scenario("a person looks first", held, lambda: Stage(review_above="0.01")),
    "wrong-amount": Scenario("half of it is paid", wrong_amount),
    "buyer-blocked-bot": Scenario("the code can't be said", buyer_blocked_bot, chat="telegram"),
    "supplier-down": Scenario(
        "bought on demand, and the supplier is down",
        supplier_down,
        lambda: Stage(codes=0, made_by_hand=False, supplied=True),
    ),
}


# What several have in common


async def _lapsed(scene: Scene, slug: str) -> Order:
    """An order that nobody paid in time."""
    order = await scene.order(slug)
    await scene.passes(order.expires_at - order.placed_at + MARGIN, expire)
    return await scene.until("the order has expired", lambda o: o.state is State.EXPIRED, order)


async def _pays_late(scene: Scene, order: Order) -> None:
    """On a page that takes money although it was told to close, as some do."""
    assert scene.stage.provider is not None  # noqa: S101
    scene.stage.provider.faults.takes_late = True
    await scene.pays_on_the_open_page(order)


async def _pays_only(scene: Scene, order: Order, amount: int) -> None:
    assert scene.stage.provider is not None  # noqa: S101
    faults = scene.stage.provider.faults
    faults.takes = amount
    await scene.pays_on_the_open_page(order)
    faults.takes = None


async def _bought_by_another(scene: Scene, slug: str) -> None:
    """Somebody else orders the last one and pays."""
    said = Said(*SOMEBODY, key="the-last-one", press=f"buy {slug} 1", locale=scene.locale)
    message = await buyers.answer(scene.shop, said)
    link = next((choice.link for choice in message.choices if choice.link), None)
    if link is None:
        raise WentWrong("nobody else could order the last one")
    scene.does("other-buys")
    await press(link, "pay")
    newest, *_ = await scene.shop.db.read(orders.latest, 1)
    await scene.until("somebody else has it", lambda o: o.state is not State.AWAITING_PAYMENT, newest)
