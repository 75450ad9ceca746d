"""One way to pay, at its smallest; each of them, and each guard's negative control, where there is time for it."""

from __future__ import annotations

from random import Random

import pytest

from doubles.telling import Told
from proofs.__main__ import play
from proofs.proof import STORES
from proofs.railing import mutations
from proofs.railing.guards import SEEN_AT
from proofs.railing.weather import Weather
from proofs.rails import PROOF, RAILS


def test_money_is_one_receipt_and_one_end_and_a_forged_notice_nothing() -> None:
    said = play("rails", "tiny", 1, ("sqlite",), None, ("epay",))
    assert said["ok"], said
    told = said["figures"]["epay"]["sqlite"]
    assert told["forged"]["passed_that_may"] > 0  # whoever has the key is let in, and asked about
    assert set(told["sales"]["troubles"]) >= {"lost", "broken"}
    assert told["sales"]["refunds_by_staff"] > 0


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("rail", RAILS)
def test_by_each_rail(rail: str) -> None:
    said = play("rails", "tiny", 2, STORES, None, (rail,))
    assert said["ok"], said


# What must be seen to go wrong, and in which leg's figures.
GOES_WRONG = {
    "asking the rail": "state_changes",
    "signed by the provider": "state_changes",
    "verified on raw bytes": "passed_that_may_not",
    "one receipt a transaction": "notices",
    "one key a refund": "notices",
    "a transfer is looked up": "not_one_winner",
}


@pytest.mark.slow
@pytest.mark.parametrize("guard", PROOF.guards)
def test_without_its_guard_it_fails(guard: str) -> None:
    said = play("rails", "tiny", 1, ("sqlite",), guard)
    assert not said["ok"]
    assert said["figures"]["broken_leg"].get(GOES_WRONG[guard], 0) > 0, said
    assert f"sqlite, {', '.join(SEEN_AT[guard])}: " in said["figures"]["broken"]


def test_a_part_that_is_none_is_said_to_be_none() -> None:
    with pytest.raises(KeyError, match="barter"):
        play("rails", "tiny", 1, ("sqlite",), None, ("barter",))


@pytest.mark.parametrize("told", [Told("GET", "a=1&b=2"), Told(body=b'{"a": 1, "b": 2}')], ids=["query", "body"])
def test_what_is_changed_on_its_way_is_another(told: Told) -> None:
    dice = Random(1)
    for what, way in mutations.ANYWHERE.items():
        changed = [way(told, dice) for _ in range(50)]
        assert all(one != told for one in changed if what != "written anew"), what


def test_in_fair_weather_nothing_goes_wrong() -> None:
    foul, fair = Weather(Random(1)), Weather(Random(1), fair=True)
    assert {foul.draw() for _ in range(500)} == {"lost", "broken", "busy", "slow", ""}
    assert {fair.draw() for _ in range(500)} == {""}
    assert fair.met == {}
