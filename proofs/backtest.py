"""Abuse of eight kinds is held by the preset most shops keep, and honest buyers are hardly bothered by it.

    python -m proofs backtest --size release

On generated histories (mika/abuse.toml), one seed after the other, none of which the rules were set by. Beside the
preset stand two that must fail: no rules at all, by which nothing is caught, and everything held, by which everybody is
bothered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core import risk_backtest, risk_policy
from core.ground.rules import Rules
from core.risk import Outcome, Verdict
from core.risk_backtest import Label, Tally
from core.risk_rules import RULES
from mika import history_habits, risk_generated
from proofs.guards import guard, replaced
from proofs.proof import Broken, Proof, Run

FIRST = 5000  # seeds from here on: others than those that rules are set by
NO_RULES = {"rules": {rule.name: {"mode": "off"} for rule in RULES}}
ALL_HELD = {"thresholds": {"delay": 0, "review": 0}, "rules": {name: {"mode": "off"} for name in risk_policy.LIGHTENS}}


def plays(run: Run) -> Mapping[str, Any]:
    habits, texts = history_habits.read(), [risk_policy.written(each) for each in ({}, NO_RULES, ALL_HELD)]
    figures: dict[str, Any] = {}
    for seed in range(FIRST + run.seed, FIRST + run.seed + run.size["seeds"]):
        folder = run.folder / str(seed)
        folder.mkdir()
        weighed = risk_generated.weighed(habits, seed, run.size["orders"], texts, Rules(), folder, run.progress)
        standard, unruled, all_held = risk_backtest.tallied(weighed, len(texts))
        figures[str(seed)] = _figures(standard)
        _holds(run.size, standard, figures)
        _fails(unruled, all_held, figures)
    return figures


def _figures(tally: Tally) -> dict[str, Any]:
    bad, good = tally.labels[Label.BAD], tally.labels[Label.GOOD]
    kinds = {kind: round(side.held_worth_share, 3) for kind, side in sorted(tally.kinds.items())}
    told = {"value_held": round(bad.held_worth_share, 4), "bothered": round(good.held_share, 4)}
    return {"orders": tally.whole.orders, **told, "kinds": kinds}


def _holds(size: Mapping[str, int], tally: Tally, figures: Mapping[str, Any]) -> None:
    bad, good = tally.labels[Label.BAD], tally.labels[Label.GOOD]
    if bad.held_worth_share * 100 < size["held_percent"]:
        raise Broken(f"only {bad.held_worth_share:.1%} of abusive value was held", **figures)
    if good.held_share * 1000 > size["bothered_permille"]:
        raise Broken(f"{good.held_share:.2%} of honest orders were bothered", **figures)


def _fails(unruled: Tally, all_held: Tally, figures: Mapping[str, Any]) -> None:
    """The controls: a backtest that shows no difference shows nothing."""
    if unruled.labels[Label.BAD].held:
        raise Broken("abuse was held though no rule is on", **figures)
    if all_held.labels[Label.GOOD].held_share < 0.8:  # what isn't paid is turned away, or passes
        raise Broken("everything is to be held, and honest orders passed", **figures)


@guard("unweighed")
def unweighed() -> Iterator[None]:
    """Every order passes, whatever is known of it."""
    with replaced(risk_generated, "assess", lambda facts, policy: Verdict(Outcome.PASS)):
        yield


NUMBERS: Sequence[str] = ("orders", "seeds", "held_percent", "bothered_permille")
PROOF = Proof(
    name="backtest",
    claim="Of eight kinds of abuse 93 % of the value is held at least, and 1.2 % of honest orders bothered at most.",
    sizes={
        "tiny": dict(zip(NUMBERS, (400, 1, 60, 80), strict=True)),  # too few to say more
        "ci": dict(zip(NUMBERS, (5_000, 2, 88, 25), strict=True)),
        "release": dict(zip(NUMBERS, (100_000, 2, 93, 12), strict=True)),
    },
    plays=plays,
    guards=("unweighed",),
)
