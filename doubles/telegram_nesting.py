"""How marks in a text may lie in each other at Telegram. What may not is silently made to."""

from __future__ import annotations

from typing import Any

Entity = dict[str, Any]

SOLID = ("code", "pre")  # nothing else is marked inside them
LINKS = ("text_link", "text_mention")  # never in each other
MERGED = ("bold", "italic", "underline", "strikethrough", "spoiler")  # two of a kind that touch become one


def ordered(entities: list[Entity]) -> list[Entity]:
    """In the order and with the nesting that Telegram keeps: nothing inside code, links never inside links."""
    solid = [(one["offset"], one["offset"] + one["length"]) for one in entities if one["type"] in SOLID]
    kept: list[Entity] = []
    taken: list[tuple[int, int]] = []
    for one in sorted(entities, key=lambda one: (one["offset"], -one["length"])):
        start, end = one["offset"], one["offset"] + one["length"]
        if one["type"] == "code":
            one.pop("language", None)  # a language is a block's only
        if one["type"] in SOLID:
            if not any(a <= start and end <= b and (a, b) != (start, end) for a, b in solid):
                kept.append(one)
            continue
        if one["type"] in LINKS:
            if not meets(start, end, solid + taken):
                taken.append((start, end))
                kept.append(one)
            continue
        kept += [one | {"offset": a, "length": b - a} for a, b in around(start, end, solid)]
    return sorted(merged(kept), key=lambda one: (one["offset"], -one["length"]))


def merged(entities: list[Entity]) -> list[Entity]:
    """With those of one style that touch or overlap put together."""
    kept = [one for one in entities if one["type"] not in MERGED]
    last = dict[str, Entity]()
    for one in sorted(entities, key=lambda one: one["offset"]):
        if one["type"] not in MERGED:
            continue
        before = last.get(one["type"])
        if before is None or one["offset"] > before["offset"] + before["length"]:
            last[one["type"]] = one
            kept.append(one)
        else:
            end = max(before["offset"] + before["length"], one["offset"] + one["length"])
            before["length"] = end - before["offset"]
    return kept


def meets(start: int, end: int, others: list[tuple[int, int]]) -> bool:
    return any(start < b and a < end for a, b in others)


def around(start: int, end: int, holes: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What is left of start..end outside the holes."""
    parts = [(start, end)]
    for a, b in holes:
        parts = [
            piece
            for x, y in parts
            for piece in (((x, min(y, a)), (max(x, b), y)) if x < b and a < y else ((x, y),))
            if piece[0] < piece[1]
        ]
    return parts
