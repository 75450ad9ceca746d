"""`mika payments`: whether each way to pay works, who is offered it, what it leaves, and offering more than is wise."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from bot import ways as offered
from core import catalog, margins, ways
from core.ground.db import Tx
from core.ground.errors import ForgedNotice, PartyError
from core.margins import Margin
from core.parties import Brought, PaymentRail
from mika.rails import rails
from mika.refusals import Refusal
from mika.settings import Settings
from mika.wiring import opened

TIMEOUT = 15.0  # seconds
CHATS = ("telegram", "wechat", "browser")
Say = Callable[[str], None]

TEST = (
    "This is a test rail: its money is worth nothing, and it buys real codes from your stock. Whoever is offered it "
    "can empty your shelf. Permit it only for a shop that sells nothing yet, and forbid it before you open."
)
WARNINGS = {
    ("telegram", "digital"): (
        "Telegram's terms for bots (6.2): digital goods and services may be sold inside Telegram for Stars only. "
        "A bot that takes other money for them gets a notice to its owner, and then is closed in the store versions "
        "of the app, or everywhere, with the chats of all its buyers. Apple and Google ask the same of Telegram."
    ),
    ("telegram", "physical"): (
        "Telegram's terms for bots (6.2.6): Stars are for digital goods. Physical goods for Stars may cost you the bot."
    ),
    ("wechat", "digital"): (
        "WeChat's rules: on iPhones virtual goods may not be sold inside WeChat, with no prices, no buttons to buy and "
        "nothing that leads to another way to pay (notice of 29 May 2020). An account that is found out gets three "
        "days to end it, then is restricted. The shop's pages know an iPhone and show nothing to buy there; the "
        "conversation can't know one, so with this permit it sells to everybody. WeChat also blocks pages of other "
        "ways to pay than its own, and closes accounts that lead buyers out of it."
    ),
    ("wechat", "physical"): (
        "WeChat blocks pages of other ways to pay inside its app, and closes accounts that lead buyers out of it."
    ),
}


# Whether all is well


async def check(settings: Settings, say: Say) -> int:
    """Say of each rail how it stands and what to do. Returns how the command should end: 1 if something is to do."""
    todo = 0
    async with opened(settings, with_site=False) as house:
        there = tuple(house.shop.payments.values())
        if not there:
            say("TO DO  no way to pay is set up: name one under [rails.NAME] in mika.toml")
            return 1
        async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as http:
            for rail in there:
                for line, fine in [*await _provider(rail, demo=settings.demo), *await _door(http, settings, rail)]:
                    say(f"{'ok    ' if fine else 'TO DO '} {rail.name}: {line}")
                    todo += not fine
        for line in await house.shop.db.read(_offers, there):
            say(line)
    say(f"{todo} to do." if todo else "All is well.")
    return 1 if todo else 0


async def _provider(rail: PaymentRail, *, demo: bool) -> list[tuple[str, bool]]:
    """What it takes, and whether its provider answers us."""
    can = rail.abilities
    money = "/".join(sorted(can.currencies)[:6]) + ("..." if len(can.currencies) > 6 else "")
    asked = ", believed only when asked" if can.confirm else ""
    lives = f"; a page lives at least {can.shortest.total_seconds() / 60:.0f} min" if can.shortest else ""
    notices = "" if can.by_staff else f"; its notices are {can.authenticity} proof{asked}"
    lines = [(f"{rail.mode}, account {rail.account}, {money}; refunds {can.refunds}{notices}{lives}", True)]
    if rail.mode == "test" and not demo:
        lines.append(("a test rail in a shop that is no demo: it is offered to nobody without a permit", False))
    began = time.perf_counter()
    try:
        await rail.well()
    except PartyError as error:
        return [*lines, (f"its provider does not answer as it should ({error})", False)]
    return [*lines, (f"its provider answers, after {1000 * (time.perf_counter() - began):.0f} ms", True)]


async def _door(http: httpx.AsyncClient, settings: Settings, rail: PaymentRail) -> list[tuple[str, bool]]:
    """A notice of our own through the provider's door; where only the provider can sign, one without a signature."""
    if not rail.listens:
        why = "staff say when money came" if rail.abilities.by_staff else "its notices come by its chat"
        needs = not (rail.abilities.by_staff or rail.abilities.only_in)
        return [("no secret is set, so its door is shut: notices can't be verified", False) if needs else (why, True)]
    sample = rail.sample()
    lines = [] if sample is None else [verified(rail, sample)]
    address = f"{settings.address}/hooks/{rail.name}"
    brought = sample or Brought(body=b"{}")
    wanted, kind = (rail.acknowledgement()[0], "a signed notice") if sample else (400, "a notice without a signature")
    try:
        answer = await http.request(
            brought.method, f"{address}?{brought.query}", headers=dict(brought.headers), content=brought.body
        )
    except httpx.HTTPError as error:
        return [*lines, (f"{address} can't be reached ({type(error).__name__}); is the shop running?", False)]
    fine = answer.status_code == wanted and (not sample or answer.content == rail.acknowledgement()[2])
    done = "taken and thanked for" if sample else "refused, as it must be"
    told = f"at {address} {kind} was " + (done if fine else f"answered with {answer.status_code}, not {wanted}")
    return [*lines, (told, fine)]


def verified(rail: PaymentRail, sample: Brought) -> tuple[str, bool]:
    query = dict(httpx.QueryParams(sample.query).multi_items())
    try:
        rail.read({name.lower(): value for name, value in sample.headers.items()}, sample.body, query)
    except ForgedNotice as error:
        return (f"a notice signed with its secret is refused ({error})", False)
    return ("a notice signed with its secret is verified", True)


def _offers(tx: Tx, rails: tuple[PaymentRail, ...]) -> list[str]:
    """Which rails buyers are offered where, for both kinds of goods."""
    lines = []
    for chat in CHATS:
        here = offered.here(tx, rails, chat)
        told = {goods: ", ".join(rail.name for rail in here.of(goods)) or "nothing" for goods in ways.GOODS}
        lines.append(f"       in {chat}: digital goods by {told['digital']}; physical goods by {told['physical']}")
    for rail, chat, goods, by, at in ways.permitted(tx):
        lines.append(f"       {rail} for {goods} goods in {chat} was permitted by {by} on {at:%Y-%m-%d}")
    return lines


# Offering more


async def permit(settings: Settings, rail: str, chat: str, goods: str, say: Say, agrees: Callable[[], bool]) -> bool:
    """Show what may happen, and offer the rail there once somebody has read it and says so: both are kept."""
    _look_at(settings, rail, chat, goods)
    read = await warning(settings, rail, chat, goods)
    if read is None:
        say(f"{rail} needs no permit for {goods} goods in {chat}.")
        return True
    say(read)
    if not agrees():
        say("Nothing was changed.")
        return False
    async with opened(settings, with_site=False) as house:
        fresh = await house.shop.db.write(ways.permit, rail, chat, goods, "command line", read)
    say(f"{rail} {'is offered from now on' if fresh else 'was permitted before'} for {goods} goods in {chat}.")
    return True


async def warning(settings: Settings, rail: str, chat: str, goods: str = "digital") -> str | None:
    """What has to be read before a rail is offered there; None where the platform's terms allow it."""
    made = rails(settings.rails, settings.address, settings.currency, bot=settings.buyers_bot)[rail]
    test = made.mode == "test"
    only_in = made.abilities.only_in
    await made.aclose()
    if only_in not in (None, chat):
        return None  # it is offered in its own chat alone
    return TEST if test else None if ways.allowed(rail, chat, goods) else WARNINGS.get((chat, goods))


async def is_permitted(settings: Settings, rail: str, chat: str, goods: str = "digital") -> bool:
    """Whether somebody has read it and permitted it."""
    async with opened(settings, with_site=False) as house:
        return any((rail, chat, goods) == row[:3] for row in await house.shop.db.read(ways.permitted))


async def forbid(settings: Settings, rail: str, chat: str, goods: str, say: Say) -> None:
    async with opened(settings, with_site=False) as house:
        done = await house.shop.db.write(ways.forbid, rail, chat, goods, "command line")
    say(f"{rail} for {goods} goods in {chat}: {'the permit is taken back' if done else 'there was no permit'}.")


def _look_at(settings: Settings, rail: str, chat: str, goods: str) -> None:
    """Raises Refusal S022 for what there is not."""
    if getattr(settings.rails, rail, None) is None:
        raise Refusal("S022", what=f"no rail {rail} is set up")
    if chat not in CHATS or goods not in ways.GOODS:
        raise Refusal("S022", what=f"there are the chats {', '.join(CHATS)} and {' and '.join(ways.GOODS)} goods")


# What is left


@dataclass(frozen=True)
class Row:
    product: str
    rail: str
    margin: Margin


async def show_margins(settings: Settings, say: Say) -> int:
    """One line for each product and rail. Returns 1 if something is sold below what it cost."""
    async with opened(settings, with_site=False) as house:
        rows = await house.shop.db.read(_rows, tuple(house.shop.payments.values()))
    for row in rows:
        say(f"{row.product:<28} {row.rail:<16} {row.margin.price.shown('en'):>14}  {_told(row.margin)}")
    losing = sum(row.margin.below_cost for row in rows)
    say(f"{losing} below cost." if losing else "Nothing is sold below cost, as far as costs and rates are known.")
    return 1 if losing else 0


def _rows(tx: Tx, rails: tuple[PaymentRail, ...]) -> list[Row]:
    everywhere = offered.everywhere(tx, rails)
    return [
        Row(product.slug, way.rail.name, margins.margin(way.total, way.rail.name, cost, tx.rules))
        for product in catalog.everything(tx)
        if product.on_sale
        for cost in (margins.cost(tx, product),)
        for way in everywhere.to_buy(product, 1)
    ]


def _told(margin: Margin) -> str:
    if margin.net is None:
        return f'? set a rate: [rates] {margin.price.currency} = "..."'
    if margin.left is None:
        return f"{margin.net.shown('en')} arrives; its cost is not known"
    share = f", {100 * margin.left.amount / margin.net.amount:.0f} %" if margin.net.amount > 0 else ""
    return f"{margin.left.shown('en')} is left{share}" + ("  BELOW COST" if margin.below_cost else "")
