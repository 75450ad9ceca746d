"""The chats under load, each at a double of its platform: `--chat` says which. A leg is one file of proofs/storming/.

The rate budgets are settings: ours and the double's are ten times what the platform allows, but for the leg that is
about them. With a guard off only the leg that is about it is played.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from proofs import shop
from proofs.proof import Broken, Figures, Proof, Run
from proofs.shop import Premises
from proofs.storming.budgets import budgets
from proofs.storming.deliveries import deliveries
from proofs.storming.guards import LEGS
from proofs.storming.inbound import inbound
from proofs.storming.latency import latency
from proofs.storming.names import names
from proofs.storming.wechat_apart import apart
from proofs.storming.wechat_forged import forged
from proofs.storming.wechat_guards import WECHAT_LEGS
from proofs.storming.wechat_latency import answers, overloaded, slow
from proofs.storming.wechat_purchases import purchases

Leg = Callable[[Run, Premises], Coroutine[Any, Any, Figures]]

# Latency first: what is measured there hangs on the machine, which is still at rest.
TELEGRAM: Mapping[str, Leg] = {
    "latency": latency,
    "names": names,
    "inbound": inbound,
    "deliveries": deliveries,
    "budgets": budgets,
}
WECHAT: Mapping[str, Leg] = {
    "answers": answers,
    "slow": slow,
    "overloaded": overloaded,
    "apart": apart,
    "forged": forged,
    "purchases": purchases,
}
CHATS: Mapping[str, Mapping[str, Leg]] = {"telegram": TELEGRAM, "wechat": WECHAT}
GUARDED: Mapping[str, Mapping[str, str]] = {"telegram": LEGS, "wechat": WECHAT_LEGS}
ONCE = ("budgets",)  # on the first store only: what they are about isn't stored
ON_A_SERVER = ("apart",)  # not on SQLite, which is for one process


def storm(run: Run) -> Figures:
    """Raises KeyError for a part that is neither a chat nor a leg."""
    if unknown := set(run.parts) - CHATS.keys() - {leg for legs in CHATS.values() for leg in legs}:
        raise KeyError(*unknown)
    return {chat: through(run, CHATS[chat]) for chat in chats(run)}


def chats(run: Run) -> list[str]:
    """Those that are named, or have what is named."""
    if run.without:
        return [chat for chat, guards in GUARDED.items() if run.without in guards]
    if named := [chat for chat in CHATS if chat in run.parts]:
        return named
    return [chat for chat, legs in CHATS.items() if not run.parts or legs.keys() & set(run.parts)]


def through(run: Run, legs: Mapping[str, Leg]) -> Figures:
    """The legs of one chat."""
    figures: dict[str, dict[str, Figures]] = {}
    for store in run.stores:
        figures[store] = found = {}
        for name in wanted(run, legs, store):
            run.progress(f"{store}: {name}")
            with shop.premises(run, store) as place:
                try:
                    found[name] = asyncio.run(legs[name](run, place))
                except Broken as broken:
                    raise Broken(f"{store}, {name}: {broken}", **figures, broken_leg=broken.figures) from None
            run.progress(f"{store}: {name}: {found[name]}")
    return figures


def wanted(run: Run, legs: Mapping[str, Leg], store: str) -> list[str]:
    """Those of this store, in their order."""
    named = [name for name in legs if name in run.parts] or list(legs)
    if run.without:
        named = [guards[run.without] for guards in GUARDED.values() if run.without in guards]
    here = [name for name in named if name not in ONCE or store == run.stores[0]]
    return [name for name in here if name not in ON_A_SERVER or store != "sqlite"]


PROOF = Proof(
    name="storm",
    claim="However the chat fails and however much comes, codes arrive in their chats, in order, within its budgets.",
    sizes={
        "tiny": {
            "deliveries": 60,
            "buyers": 6,
            "messages": 90,
            "chats": 30,
            "group_messages": 6,
            "updates_per_second": 60,
            "update_seconds": 1,
            "callers": 10,
            "lease_seconds": 20,
            "presses_per_second": 10,
            "press_seconds": 2,
            "pressers": 10,
            "names": 8,
            "judged": 0,
            "forged": 150,
            "mutated": 150,
            "words_per_second": 10,
            "word_seconds": 2,
            "people": 10,
            "slow_people": 4,
            "slow_ms": 700,
            "slower_ms": 700,
            "crowd": 24,
            "purchases": 60,
            "each": 3,
        },
        "ci": {
            "deliveries": 400,
            "buyers": 100,
            "messages": 200,
            "chats": 50,
            "group_messages": 20,
            "updates_per_second": 200,
            "update_seconds": 2,
            "callers": 100,
            "lease_seconds": 20,
            "presses_per_second": 50,
            "press_seconds": 2,
            "pressers": 50,
            "names": 8,
            "judged": 0,
            "forged": 1_000,
            "mutated": 1_000,
            "words_per_second": 50,
            "word_seconds": 3,
            "people": 50,
            "slow_people": 4,
            "slow_ms": 500,
            "slower_ms": 500,
            "crowd": 40,
            "purchases": 200,
            "each": 4,
        },
        "release": {
            "deliveries": 10_000,
            "buyers": 2_500,
            "messages": 1_000,
            "chats": 200,
            "group_messages": 40,
            "updates_per_second": 200,
            "update_seconds": 10,
            "callers": 250,
            "lease_seconds": 0,  # as in life
            "presses_per_second": 50,
            "press_seconds": 10,
            "pressers": 100,
            "names": 8,
            "judged": 1,
            "forged": 10_000,
            "mutated": 10_000,
            "words_per_second": 50,
            "word_seconds": 10,
            "people": 100,
            "slow_people": 12,
            "slow_ms": 500,
            "slower_ms": 1_000,
            "crowd": 60,
            "purchases": 10_000,
            "each": 5,
        },
    },
    plays=storm,
    guards=tuple(guard for guards in GUARDED.values() for guard in guards),
)
