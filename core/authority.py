"""Who may do what: a right for each kind of act, five roles made of rights, two presets a seller understands. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Right(StrEnum):
    """What somebody may do here. Its name in kebab case is a sentence: right-money."""

    LOOK = "look"  # orders, stock, reports: never a code
    ANSWER = "answer"  # buyers: replies, notes, a delivery once more, a code replaced
    DECIDE = "decide"  # held orders
    STOCK = "stock"  # restock, set aside, move, void
    SHELF = "shelf"  # products and prices
    MONEY = "money"  # refunds, credit, money somebody saw
    SELL = "sell"  # orders for what is sold elsewhere
    REVEAL = "reveal"  # a code, with a reason
    EXPORT = "export"  # files: orders, books, catalogue
    ANNOUNCE = "announce"  # to all buyers who agreed
    BLOCK = "block"  # whom the shop sells nothing to, and whom it lets pass
    SWITCH = "switch"  # hold deliveries, stop a rail, close the shop
    PEOPLE = "people"  # who works here, and where they are told things
    OWN = "own"  # the shop itself


FOR_CODES = frozenset({Right.EXPORT, Right.REVEAL})  # to take codes out as a file: one asks, another agrees


class Role(StrEnum):
    """What somebody is here. Its name in kebab case is a word: role-stock-keeper."""

    OWNER = "owner"
    MANAGER = "manager"
    SUPPORT = "support"
    STOCK_KEEPER = "stock-keeper"
    VIEWER = "viewer"


RIGHTS = {
    Role.OWNER: frozenset(Right),
    Role.MANAGER: frozenset(Right) - {Right.OWN},
    Role.SUPPORT: frozenset({Right.LOOK, Right.ANSWER, Right.DECIDE}),
    Role.STOCK_KEEPER: frozenset({Right.LOOK, Right.STOCK}),
    Role.VIEWER: frozenset({Right.LOOK}),
}
PRESETS = {
    "owner": frozenset({Role.OWNER}),
    "helper": frozenset({Role.SUPPORT, Role.STOCK_KEEPER}),
}


def rights(roles: Iterable[Role]) -> frozenset[Right]:
    """All that these roles allow together."""
    return frozenset(right for role in roles for right in RIGHTS[role])


def roles_named(said: str) -> frozenset[Role] | None:
    """What "helper", "viewer" or "support+stock-keeper" means; None if nothing."""
    known = {**PRESETS, **{role.value: frozenset({role}) for role in Role}}
    named = [known.get(part) for part in said.casefold().split("+")]
    return frozenset(role for roles in named if roles for role in roles) if all(named) else None
