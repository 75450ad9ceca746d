"""`mika risk backtest`: tables, a picture, a last line of JSON; on a shop's own orders, and on a history made up."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from core.ground.rules import Rules
from core.risk_backtest import Label, Tally
from core.risk_policy import LIGHTENS
from mika import cli, history, history_habits, risk_backtest, risk_report
from mika.history_drawn import COVER, HONEST, Drawn
from mika.risk_backtest import Told

pytestmark = pytest.mark.standard_rules

BEGINS = datetime(2025, 7, 1, tzinfo=UTC)
SMALL = Told(None, None, 60, Path("picture.svg"), seed=3, orders=250)


def status(*said: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.app(["risk", "backtest", *said])
    return int(ended.value.code or 0)


def drawn(seed: int, many: int = 2000) -> list[Drawn]:
    return history.drawn(history_habits.read(), seed, many, BEGINS)


def told(orders: list[Drawn]) -> list[Any]:
    return [(one.kind, one.at, one.good.name, one.pieces, one.ip, one.card, one.disputed) for one in orders]


def test_the_same_seed_draws_the_same_history():
    assert told(drawn(1)) == told(drawn(1))
    assert told(drawn(1)) != told(drawn(2))


def test_all_kinds_are_there_and_most_buyers_are_honest():
    orders = drawn(1)
    kinds = Counter(one.kind for one in orders)
    assert set(kinds) - {COVER} == {HONEST, *history_habits.read().kinds}
    assert kinds[HONEST] > 0.7 * len(orders)
    assert [one.at for one in orders] == sorted(one.at for one in orders)


def test_no_account_orders_before_it_is_known():
    assert all(one.who.since <= one.at for one in drawn(1))


def test_telegram_tells_no_address():
    assert not any(one.ip or one.device or one.country for one in drawn(1) if one.who.chat == "telegram")


def test_abusers_and_the_honest_have_no_browser_and_no_card_in_common():
    """Labels don't leak by names, nor are they blurred by them."""
    sides: dict[bool, set[str]] = {True: set(), False: set()}
    for one in drawn(1):
        sides[one.kind == HONEST] |= {name for name in (one.device, one.card, one.payer) if name}
    assert not sides[True] & sides[False]


def test_a_generated_history_is_weighed(capsys: pytest.CaptureFixture[str]):
    risk_backtest.generated(SMALL)
    said = capsys.readouterr().out
    last = json.loads(said.splitlines()[-1])
    assert (last["name"], last["seed"], last["figures"]["tried"]) == ("risk backtest", 3, "standard")
    assert last["figures"]["bad"] > 10 and last["figures"]["good"] > 50
    assert "young-account" in said and "stolen_cards" in said
    ElementTree.fromstring(Path("picture.svg").read_text())


def test_without_rules_nothing_is_caught_and_with_all_held_everybody_is_bothered():
    without_praise = "".join(f"[rules.{name}]\nmode = 'off'\n" for name in LIGHTENS)
    all_held = risk_backtest.play(SMALL, f"thresholds = {{delay = 0, review = 0}}\n{without_praise}", Rules())
    unheld = risk_backtest.play(SMALL, "thresholds = {refuse = 99999, review = 99999}\n", Rules())
    good, bad = all_held.labels[Label.GOOD], all_held.labels[Label.BAD]
    assert good.held_share > 0.8 and bad.held_worth_share > 0.8  # the rest was never paid, and not turned away
    assert unheld.labels[Label.BAD].held_share < 0.5  # what is hard still holds
    assert not risk_backtest.holds(all_held) and not risk_backtest.holds(unheld)


@pytest.mark.parametrize(
    ("name", "content", "ends", "said"),
    [
        ("--rules", "[rules.nite]\nweight = 1\n", 65, 'line 1: there is no rule "nite"'),
        ("--rules", None, 66, "can't be read"),
        ("--abuse", "days = 90\n", 65, "Field required"),
        ("--abuse", "days = = 1\n", 65, "line 1"),
        ("--abuse", None, 66, "can't be read"),
    ],
)
def test_a_wrong_file_is_refused(
    name: str, content: str | None, ends: int, said: str, capsys: pytest.CaptureFixture[str]
):
    if content is not None:
        Path("told.toml").write_text(content)
    assert status("--generated", "--orders", "100", name, "told.toml") == ends
    assert said in capsys.readouterr().err


def test_a_preset_that_is_none(capsys: pytest.CaptureFixture[str]):
    assert status("--generated", "--preset", "soft") == 2
    assert "lax, standard, strict" in capsys.readouterr().err


def test_a_shop_without_orders_tries_them_on_made_up_ones(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(risk_backtest, "INSTEAD", 250)
    assert status() == 0
    said = capsys.readouterr().out
    assert "no paid order here yet" in said
    figures = json.loads(said.splitlines()[-1])["figures"]
    assert figures["made_up"]
    assert figures["orders"] > 100


def test_a_broken_file_of_rules_for_a_shop(folder: Path, capsys: pytest.CaptureFixture[str]):
    Path("mine.toml").write_text("\n[thresholds]\nreview = 'x'\n")
    assert status("--rules", "mine.toml") == 65
    assert "line 3" in capsys.readouterr().err


def test_an_empty_report_is_drawn_too():
    ElementTree.fromstring(risk_report.picture({"a <b> & c": Tally()}))
