"""A guide as a chat says it: in parts that every chat takes whole, each with at most one picture, and what to press."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from core import cards, guide_text, guides
from core.catalog import Product
from core.ground.messages import Choice, Lines, Local, Message, Text, Words, words
from core.ground.rules import Rules
from core.guide_text import Button, Guide, Part, Run

ROOM = 340  # characters of a part: with name, region and choices it stays within the 600 of WeChat


@dataclass
class Piece:
    """As much of a guide as one message says."""

    parts: list[Part] = field(default_factory=list)
    picture: str | None = None
    size: int = 0


def message(product: Product, texts: Local, locale: str, rules: Rules, page: int = 1) -> Message:
    """How to redeem it, for somebody of that language: the whole, or a part of it and the way to the next."""
    body, _ = guides.spoken(texts, locale)
    back = (Choice(words("choose-product-again"), f"product {product.slug}"), cards.MY_ORDERS, cards.HUMAN)
    if not body:
        return Message(words("guide-missing", product=product.name), (*redeem(None, product), *back))
    guide = guide_text.shown(body)
    pieces = cut(guide)
    at = min(max(page, 1), len(pieces))
    shown = said(guide, pieces, at, product)
    follow = f"guide {product.slug} {at + 1}"
    more = (Choice(words("choose-guide-more"), follow, main=True),) if at < len(pieces) else ()
    address = guides.address(rules, product.slug, locale)
    on_page = (Choice(words("choose-guide-page"), link=address),) if address else ()
    return Message(
        shown.text, (*more, *redeem(guide, product), *on_page, *back), picture=shown.picture, shows=shown.shows
    )


def said(guide: Guide, pieces: list[Piece], at: int, product: Product) -> Message:
    """One part of it, without what to press."""
    piece = pieces[at - 1]
    title = words("guide", product=product.name, at=at, n=len(pieces))
    region = () if product.region == "global" or at > 1 else (region_of(product),)
    shows = next((one.shows for one in guide.pictures if one.name == piece.picture and one.shows), None)
    told = tuple(lines(guide, piece.parts))
    return Message(
        (title, *((Lines(told),) if told else ()), *region),
        picture=piece.picture,
        shows=(shows or product.name) if piece.picture else None,
    )


def region_of(product: Product) -> Words:
    return words("guide-region", region=cards.region(product.region))


def redeem(guide: Guide | None, product: Product) -> tuple[Choice, ...]:
    """The button, where a chat can open what is behind it: an app's own kind of link only a page can."""
    button = button_of(guide, product)
    if button is None or not button.is_page:
        return ()
    return (Choice(button.label or words("choose-redeem"), link=button.link),)


def button_of(guide: Guide | None, product: Product) -> Button | None:
    """The guide's own, or the product's address to redeem at, which has no label of its own."""
    if guide is not None and guide.button:
        return guide.button
    return Button("", product.redeem_url) if product.redeem_url else None


def cut(guide: Guide) -> list[Piece]:
    """In parts with ROOM for each, and one picture in each; a single step is never cut."""
    pieces = [Piece()]
    for part in _small((*guide.steps, *guide.errors)):
        piece, size = pieces[-1], len(_text(part)) + 1
        names = [picture.name for picture in part.pictures]
        if piece.parts and (piece.size + size > ROOM or (names and piece.picture)):
            pieces.append(piece := Piece())
        piece.parts.append(part)
        piece.size += size
        piece.picture = piece.picture or (names[0] if names else None)
        pieces += [Piece(picture=name) for name in names[1:]]
    return pieces


def _small(parts: tuple[Part, ...]) -> Iterator[Part]:
    """What is from before there was a longest step, in stretches that fit."""
    for part in parts:
        text = part.text
        if len(text) <= ROOM:
            yield part
            continue
        for start in range(0, len(text), ROOM):
            yield Part(part.kind if not start else "text", (Run(text[start : start + ROOM]),), part.number)


def lines(guide: Guide, parts: list[Part]) -> Iterator[Text]:
    """What is said of each; common errors under a heading of their own."""
    errors = set(map(id, guide.errors))
    headed = False
    for part in parts:
        if id(part) in errors and not headed:
            headed = True
            yield words("guide-errors")
        if text := _text(part):
            yield words("guide-line", text=text, **_links(part))


def _links(part: Part) -> dict[str, str]:
    """The addresses in it: what tells a chat that they are the shop's own and may be links."""
    found = dict.fromkeys(run.link for run in part.runs if run.link)
    return {f"url{number or ''}": link for number, link in enumerate(found)}


def _text(part: Part) -> str:
    said = "".join(_said(run) for run in part.runs).strip()
    match part.kind:
        case "step":
            return f"{part.number}. {said}".strip()
        case "point":
            return f"· {said}"
    return said


def _said(run: Run) -> str:
    """A link with a name of its own has its address behind it."""
    if not run.link or run.link == run.text.strip():
        return run.text
    return f"{run.text} ({run.link})"
