"""The storms on Telegram and WeChat, at their smallest; and each guard's negative control, in the leg about it."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

import pytest

from proofs import shop
from proofs.__main__ import play
from proofs.proof import STORES, Broken, Run
from proofs.storm import PROOF
from proofs.storming import deliveries
from proofs.storming.town import town, within
from proofs.storming.wechat_guards import WECHAT_LEGS

# By chance a storm this small shows something else first: these are played by name. Each guard has a test of its own.
NAMED = pytest.mark.skipif(os.environ.get("MIKA_STORM") != "1", reason="a storm by name: runs with MIKA_STORM=1")
BY_CHANCE = {guard for guard, leg in WECHAT_LEGS.items() if leg == "purchases"}


def test_everything_arrives_in_its_chat_in_order() -> None:
    said = play("storm", "tiny", 1, ("sqlite",), None, ("deliveries",))
    assert said["ok"], said


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("chat", ["telegram", pytest.param("wechat", marks=NAMED)])
def test_everything_arrives_within_the_budgets_whole_and_over_a_kill(chat: str) -> None:
    said = play("storm", "tiny", 1, STORES, None, (chat,))
    assert said["ok"], said


def test_every_code_comes_to_whom_it_was_for_though_wechat_lets_us_say_little() -> None:
    said = play("storm", "tiny", 1, ("sqlite",), None, ("purchases",))
    assert said["ok"], said
    assert said["figures"]["wechat"]["sqlite"]["purchases"].keys() == {"verified", "unverified"}


# What must be seen to go wrong: a guard that broke the shop when it was switched off once passed for a control.
GOES_WRONG = {
    "budgets are kept": "over_the_budget",
    "one after the other to each": "chats_out_of_order",
    "quiet as long as asked": "before_their_time",
    "stored before thanks to Telegram": "lost",
    "what others wrote is escaped": "refused_as_wrong",
    "what others wrote adds no link": "links_not_ours",
    "WeChat alone is heard": "state_changes",
    "answered within WeChat's patience": "late or lost",  # an answer just in time is thanks only: what it says is lost
    "brought again, answered the same": "answers_lost or not_with_a_word",
    "taken along by one alone": "repeats_without_cause",
    "counted before it is sent": "beyond_the_right",
    "what can't be said waits for a word": "not_with_a_word",
    "only what is theirs goes along": "in_another_chat",
}


# What an answer that got lost would have shown is often shown by a later one: so few buyers need several throws.
SEEDS = {"brought again, answered the same": 6}


@pytest.mark.slow
@pytest.mark.parametrize(
    "guard", [pytest.param(guard, marks=NAMED if guard in BY_CHANCE else ()) for guard in PROOF.guards]
)
def test_without_its_guard_it_fails(guard: str) -> None:
    played = (play("storm", "tiny", seed, ("sqlite",), guard) for seed in range(1, SEEDS.get(guard, 1) + 1))
    said = next((one for one in played if not one["ok"]), None)
    assert said
    assert any(said["figures"]["broken_leg"].get(what, 0) for what in GOES_WRONG[guard].split(" or ")), said


def test_a_part_that_is_none_is_said_to_be_none() -> None:
    with pytest.raises(KeyError, match="smoke-signals"):
        play("storm", "tiny", 1, ("sqlite",), None, ("smoke-signals",))


# Storms side by side, and storms that find something


async def test_while_the_till_is_closed_nobody_else_gets_its_port(tmp_path: Path) -> None:
    run = Run(1, PROOF.sizes["tiny"], tmp_path, ("sqlite",))
    with shop.premises(run, "sqlite") as place:
        async with town(run, place) as here:
            with socket.socket() as other, pytest.raises(OSError, match="in use"):
                other.bind(("127.0.0.1", here.till.port))


async def test_what_was_waited_for_in_vain_is_named() -> None:
    with pytest.raises(Broken, match=r"0\.01 s in vain for rain"):
        async with within(0.01, "rain"):
            await asyncio.sleep(1)


def test_the_storm_waits_longer_than_the_shop_does_before_it_tries_again() -> None:
    assert deliveries.HURRY[1].total_seconds() * 2 < deliveries.STUCK


@pytest.mark.slow
def test_what_is_still_to_be_delivered_is_not_taken_for_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "STUCK", 6.0)
    monkeypatch.setattr(deliveries, "TROUBLES", {"broken": 1.0})
    said = play("storm", "tiny", 1, ("sqlite",), None, ("deliveries",))
    assert not said["ok"]
    assert "nothing was delivered for 6 s" in said["figures"]["broken"]
    assert {row[-1] for row in said["figures"]["broken_leg"]["left"] if row[-1]} == {
        "Telegram can't be reached (TelegramServerError)"
    }
