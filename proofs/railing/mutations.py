"""What can be done to any notice on its way, whoever it is from."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from random import Random
from urllib.parse import parse_qsl, urlencode

from doubles.telling import Told
from proofs.railing.provider import Forgery, Provider

HUGE = 300_000  # bytes
PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


def text(told: Told) -> bytes:
    """What says it all: the query where there is one, else the body."""
    return told.query.encode() if told.query else told.body


def saying(told: Told, said: bytes) -> Told:
    return replace(told, query=said.decode("latin-1")) if told.query else replace(told, body=said)


def a_byte_changed(told: Told, dice: Random) -> Told:
    """Replaced by another, left out, or one put in."""
    said = bytearray(text(told))
    place, new = dice.randrange(len(said)), dice.randrange(256)
    if told.query:
        new = ord(dice.choice(PRINTABLE))
    match dice.randrange(3):
        case 0:
            said[place] = new if new != said[place] else (ord("x") if said[place] != ord("x") else ord("y"))
        case 1:
            del said[place]
        case _:
            said.insert(place, new)
    return saying(told, bytes(said))


def truncated(told: Told, dice: Random) -> Told:
    said = text(told)
    return saying(told, said[: dice.randrange(1, len(said))])


def twice_over(told: Told, dice: Random) -> Told:
    return saying(told, text(told) * 2)


def nothing(told: Told, dice: Random) -> Told:
    return replace(told, query="", body=b"")


def huge(told: Told, dice: Random) -> Told:
    return replace(told, method="POST", body=told.body + b" " * HUGE)


def by_another_method(told: Told, dice: Random) -> Told:
    return replace(told, method="GET" if told.method == "POST" else "POST")


def a_name_twice(told: Told, dice: Random) -> Told:
    """With another value, behind or before the true one."""
    said = text(told)
    if said.startswith(b"{"):
        name = dice.choice(list(json.loads(said)))
        return saying(told, said[:-1] + b"," + json.dumps(name).encode() + b":1}")
    name, _ = dice.choice(parse_qsl(said.decode()))
    return saying(told, dice.choice((said + f"&{name}=1".encode(), f"{name}=1&".encode() + said)))


def written_anew(told: Told, dice: Random) -> Told:
    """The same values in other bytes: what a shop would do that parses before it verifies."""
    said = text(told)
    if said.startswith(b"{"):
        return saying(told, json.dumps(json.loads(said), indent=1, ensure_ascii=False).encode())
    pairs = parse_qsl(said.decode(), keep_blank_values=True)
    dice.shuffle(pairs)
    return saying(told, urlencode(pairs).encode())


Way = Callable[[Told, Random], Told]
ANYWHERE: dict[str, Way] = {
    "a byte changed": a_byte_changed,
    "truncated": truncated,
    "twice over": twice_over,
    "nothing in it": nothing,
    "huge": huge,
    "by another method": by_another_method,
    "a name twice": a_name_twice,
    "written anew": written_anew,
}
BYTES_CHANGED = 8  # for one of each other way


def on_its_way(provider: Provider, key: str, dice: Random) -> list[Forgery]:
    """A true notice of a payment that was made, once in each way, and a few times with a byte changed."""
    told = dice.choice(provider.told(key))
    found = [("told again", told)]
    for what, way in ANYWHERE.items():
        found += [(what, way(told, dice)) for _ in range(BYTES_CHANGED if what == "a byte changed" else 1)]
    found += _signatures(provider, told, dice)
    return [Forgery(what, told, what in provider.may_pass) for what, told in found]


def _signatures(provider: Provider, told: Told, dice: Random) -> list[tuple[str, Told]]:
    name = provider.signed_by
    if not name:
        return []
    kept = {one: value for one, value in told.headers.items() if one.lower() != name}
    given = next(value for one, value in told.headers.items() if one.lower() == name)
    spoilt = provider.spoilt(given, dice)
    twice = {**kept, name: given, name.upper(): dice.choice((given, spoilt))}  # two headers: case means nothing
    return [
        ("no signature", replace(told, headers=kept)),
        ("an empty signature", replace(told, headers={**kept, name: ""})),
        ("another signature", replace(told, headers={**kept, name: spoilt})),
        ("two signatures", replace(told, headers=twice)),
    ]
