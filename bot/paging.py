"""Long lists a page at a time: eight choices, then the ways to the page after and the one before."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TypeVar

from core.ground.messages import Choice, words

PAGE = 8  # choices
T = TypeVar("T")


def is_number(said: str) -> bool:
    """Whether this is a page's number, or something longer or else."""
    return said.isascii() and said.isdigit() and len(said) < 6


def which(said: str, many: int) -> int:
    """The page somebody means, from 1: of a list of so many the nearest there is."""
    return min(max(int(said) if is_number(said) else 1, 1), max(ceil(many / PAGE), 1))


def page_with(place: int) -> str:
    """The number of the page on which the choice at this place stands, counted from 0."""
    return str(place // PAGE + 1)


def paged(choices: Sequence[Choice], said: str, verb: str) -> tuple[Choice, ...]:
    """One page of the choices and the ways on; `verb` with a page's number behind it shows that page."""
    at = which(said, len(choices))
    return (*page_of(choices, at), *ways(verb, at, len(choices)))


def page_of(listed: Sequence[T], at: int) -> Sequence[T]:
    return listed[(at - 1) * PAGE : at * PAGE]


def ways(verb: str, at: int, many: int) -> tuple[Choice, ...]:
    """From this page of a list of so many to the next one and to the one before."""
    after = [Choice(words("choose-next-page"), f"{verb} {at + 1}")] if many > at * PAGE else []
    before = [Choice(words("choose-page-before"), f"{verb} {at - 1}")] if at > 1 else []
    return (*after, *before)
