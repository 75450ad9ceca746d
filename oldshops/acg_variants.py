"""Variants of one acg-faka product: a kind (race) and a choice of each group (sku), each with a price of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from oldshops.acg_config import Sections
from oldshops.figures import cents

Key = tuple[str, tuple[str, ...]]  # race, and an option of each group


@dataclass(frozen=True)
class Variant:
    race: str
    options: tuple[str, ...]
    prices: Mapping[int, int]
    unit_cost: int | None

    @property
    def key(self) -> Key:
        return (self.race, self.options)

    @property
    def label(self) -> str:
        return " ".join(filter(None, (self.race, *self.options)))


def groups(config: Sections) -> dict[str, list[str]]:
    """The groups of a choice, and their options."""
    found: dict[str, list[str]] = {}
    for key in config.get("sku", {}):
        group, _, option = key.partition(".")
        found.setdefault(group, []).append(option)
    return found


def variants(config: Sections, price: object, cost: object) -> Iterator[Variant]:
    """Each with its prices by quantity. Raises ValueError when one can't be read."""
    kinds, chosen = config.get("category", {}), groups(config)
    for race in kinds or [""]:
        for options in product(*chosen.values()):
            named = [f"{group}.{option}" for group, option in zip(chosen, options, strict=True)]
            more = sum(cents(config["sku"][name]) for name in named)
            single = cents(kinds[race]) if race else cents(price)
            prices = {least: each + more for least, each in ({**_tiers(config, race), 1: single}).items()}
            yield Variant(race, options, prices, _cost(config, race, named, cost))


def _tiers(config: Sections, race: str) -> dict[int, int]:
    """From so many on, one costs. Those without a kind count only for products that have none."""
    if not race:
        return {int(least): cents(each) for least, each in config.get("wholesale", {}).items()}
    return {
        int(least): cents(each)
        for key, each in config.get("category_wholesale", {}).items()
        for kind, _, least in [key.rpartition(".")]
        if kind == race
    }


def _cost(config: Sections, race: str, named: list[str], cost: object) -> int | None:
    """Of one, to us; None when nobody said."""
    own = config.get("category_cost", {}).get(race, cost)
    return cents(own or 0) + sum(cents(config.get("sku_cost", {}).get(name, 0)) for name in named) or None
