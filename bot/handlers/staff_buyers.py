"""A buyer as staff see them: their accounts, how much they have bought, and what stands for them; and the lists."""

from __future__ import annotations

from bot import paging
from bot.staff import staff
from core import cards, customers, kin, linking, listings, orders
from core import staff as people
from core.authority import Right
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Lines, Message, OneTime, Words, words
from core.listings import CUSTOMER, FROM_ORDER, Entry
from core.orders import State
from core.shop import Shop

LISTS = Choice(words("choose-lists"), "lists")
LABEL = 12  # characters of what is listed, on a button
# What is listed by an account's own name or by the order it was taken from, or names nobody.
NO_SECRET = (CUSTOMER, "country", *FROM_ORDER)


@staff.hears("buyer", right=Right.LOOK)
async def show_buyer(shop: Shop, person: Person, which: str) -> Message:
    """By the number of one of their orders, or by an account of theirs: "telegram:1"."""
    return await shop.db.read(card, which, person.id)


def of(tx: Tx, which: str) -> Person:
    """Whom staff mean. Raises UnknownOrder."""
    if ":" in which:
        if not customers.is_known(tx, which):
            raise orders.UnknownOrder()
        return customers.person(tx, which)
    return customers.person(tx, orders.numbered(tx, which).person)


def card(tx: Tx, which: str, reader: str) -> Message:
    buyer = of(tx, which)
    rights = people.colleague(tx, reader).rights
    company = kin.company(tx, buyer.customer)
    history: dict[str, int] = {state: many for state, many in tx.all(orders.HISTORY, customer=buyer.customer)}
    head = words(
        "staff-buyer",
        name=buyer.name or "-",
        account=cards.handle(buyer.id),
        orders=sum(history.values()),
        n=history.get(State.DELIVERED, 0),
    )
    others = (each.person for each in company if each.person != buyer.id)
    linked = [words("staff-buyer-account", account=cards.handle(each)) for each in others]
    stands = listings.of_customer(tx, buyer.customer)
    lines = (head, *linked, *(row(tx, each) for each in stands))
    return Message(Lines(lines), tuple(_choices(buyer, company, stands, rights)), card=f"buyer {buyer.id}")


def _choices(buyer: Person, company: list[kin.Account], stands: list[Entry], rights: frozenset[Right]) -> list[Choice]:
    found: list[Choice] = []
    if Right.BLOCK in rights:
        found += [_end(each) for each in stands]
        found.append(Choice(words("choose-block"), f"block customer {buyer.id}"))
        found.append(Choice(words("choose-allow"), f"allow customer {buyer.id}"))
    if Right.DECIDE in rights and len(company) > 1:
        found += [Choice(words("choose-unlink", name=linking.called(each)), f"part {each.person}") for each in company]
    return found


def row(tx: Tx, each: Entry) -> Words:
    """A listing in a line."""
    about = {
        "what": words(f"listing-kind-{each.kind}"),
        "label": each.label if each.kind in NO_SECRET else OneTime("listing", each.id),
        "until": each.until or "none",
        "why": each.why,
        "staff": people.called(tx, each.by),
    }
    return words("stands-block", **about) if each.verdict == "block" else words("stands-allow", **about)


def _end(each: Entry) -> Choice:
    """What is kept sealed is hinted at: buttons are kept as they are shown."""
    hint = each.label[:LABEL] if each.kind in NO_SECRET else f"{each.label[:2]}…{each.label[-2:]}"
    return Choice(words("choose-unlist", label=hint), f"unlist {each.id}", acts=True)


@staff.hears("lists", right=Right.BLOCK, private=True)
async def show_lists(shop: Shop, person: Person, page: str = "1") -> Message:
    """What stands on both lists, the newest first, each with a button that ends it."""
    return await shop.db.read(lists, max(int(page), 1) if paging.is_number(page) else 1)


def lists(tx: Tx, at: int = 1) -> Message:
    found = listings.standing(tx, paging.PAGE + 1, (at - 1) * paging.PAGE)
    if not found:
        return Message(words("lists-none"))
    shown = found[: paging.PAGE]
    older = [Choice(words("choose-next-page"), f"lists {at + 1}")] if len(found) > paging.PAGE else []
    newer = [Choice(words("choose-page-before"), f"lists {at - 1}")] if at > 1 else []
    lines = (words("lists"), *(row(tx, each) for each in shown))
    return Message(Lines(lines), (*map(_end, shown), *older, *newer))


@staff.hears("unlist", right=Right.BLOCK)
async def end_listing(shop: Shop, person: Person, number: str) -> Message:
    ended = await shop.db.write(_end_it, number, person.id)
    return Message(words("unlisted") if ended else words("unlisted-already"), (LISTS,))


def _end_it(tx: Tx, number: str, person: str) -> bool:
    known = number.isascii() and number.isdigit() and len(number) < 15
    return known and listings.end(tx, int(number), person)
