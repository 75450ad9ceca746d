"""What a backtest found: as tables in the terminal, as a picture, and as plain figures."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from rich.console import Console
from rich.table import Table

from core.ground.money import Money
from core.risk import SEVERITY, Outcome
from core.risk_backtest import Label, Side, Tally

CAPTIONS = {Label.BAD: "known bad", Label.GOOD: "known good", Label.UNKNOWN: "not known yet"}
COLOURS = {Outcome.PASS: "#7fb77e", Outcome.DELAY: "#e3c567", Outcome.REVIEW: "#e08e45", Outcome.REFUSE: "#b8405e"}
WIDTH, LEFT, BAR, ROW = 760, 190, 430, 26


def show(console: Console, tallies: Mapping[str, Tally], currency: str) -> None:
    """Tables: what becomes of orders by each set of rules, the kinds of bad ones, and every rule that spoke."""
    for name, tally in tallies.items():
        console.print(_outcomes(name, tally, currency))
    candidate = next(iter(tallies.values()))
    if candidate.kinds:
        console.print(_kinds(candidate, currency))
    if candidate.rules:
        console.print(_rules(candidate))


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right", no_wrap=True)
    return table


def _outcomes(name: str, tally: Tally, currency: str) -> Table:
    table = _table(f"By {name}", "orders", "all", *SEVERITY, "held", "of value", "value")
    for caption, side in (("all", tally.whole), *((CAPTIONS[label], tally.labels[label]) for label in Label)):
        if side.orders:
            counts = (f"{side.outcomes[outcome]:,}" for outcome in SEVERITY)
            table.add_row(caption, f"{side.orders:,}", *counts, *_held(side, currency))
    return table


def _held(side: Side, currency: str) -> tuple[str, str, str]:
    return f"{side.held_share:.2%}", f"{side.held_worth_share:.2%}", f"{Money(side.worth, currency).decimal:,.0f}"


def _kinds(tally: Tally, currency: str) -> Table:
    table = _table("Bad ones by kind", "kind", "orders", "held", "of value", "value")
    for kind, side in sorted(tally.kinds.items(), key=lambda each: -each[1].worth):
        table.add_row(kind, f"{side.orders:,}", *_held(side, currency))
    return table


def _rules(tally: Tally) -> Table:
    table = _table("Rules that spoke", "rule", "of orders", "bad ones", "good ones", "")
    for name, spoken in sorted(tally.rules.items(), key=lambda each: -each[1].caught):
        counts = (f"{count:,}" for count in (spoken.fired, spoken.caught, spoken.bothered))
        table.add_row(name, *counts, "shadow" if spoken.shadow else "")
    return table


def figures(tally: Tally) -> dict[str, Any]:
    """The same as plain data."""
    bad, good = tally.labels[Label.BAD], tally.labels[Label.GOOD]
    return {
        "orders": tally.whole.orders,
        **{outcome.value: tally.whole.outcomes[outcome] for outcome in SEVERITY},
        "bad": bad.orders,
        "bad_value_held": round(bad.held_worth_share, 4),
        "bad_orders_held": round(bad.held_share, 4),
        "good": good.orders,
        "good_bothered": round(good.held_share, 4),
        "good_delayed": round(_delayed(good), 4),
        "kinds": {kind: round(side.held_worth_share, 4) for kind, side in sorted(tally.kinds.items())},
        "rules": {name: [each.fired, each.caught, each.bothered] for name, each in sorted(tally.rules.items())},
    }


def _delayed(side: Side) -> float:
    return side.outcomes[Outcome.DELAY] / side.orders if side.orders else 0.0


def picture(tallies: Mapping[str, Tally]) -> str:
    """An SVG of bars: of each sort of orders, which part is passed, delayed, reviewed, refused."""
    bars: list[tuple[str, Side | None]] = []
    for name, tally in tallies.items():
        bars += [(f"By {name}", None), ("all", tally.whole)]
        bars += [(CAPTIONS[label], tally.labels[label]) for label in Label if tally.labels[label].orders]
        bars += sorted(tally.kinds.items())
    drawn = [_bar(caption, side, 50 + place * ROW) for place, (caption, side) in enumerate(bars)]
    height = 50 + len(bars) * ROW + 10
    legend = (_key(outcome, LEFT + 100 * place) for place, outcome in enumerate(SEVERITY))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif"'
    paper = f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>'
    return "\n".join([f'{head} font-size="13">', paper, *legend, *drawn, "</svg>", ""])


def _key(outcome: Outcome, x: int) -> str:
    return f'<rect x="{x}" y="14" width="12" height="12" fill="{COLOURS[outcome]}"/>' + _text(x + 18, 25, outcome)


def _bar(caption: str, side: Side | None, y: int) -> str:
    if side is None:
        return _text(10, y + 16, caption, weight="bold")
    parts, x = [_text(20, y + 16, caption.replace("_", " "))], float(LEFT)
    for outcome in SEVERITY:
        width = BAR * side.outcomes[outcome] / max(side.orders, 1)
        parts.append(f'<rect x="{x:.1f}" y="{y + 3}" width="{width:.1f}" height="18" fill="{COLOURS[outcome]}"/>')
        x += width
    return "".join([*parts, _text(LEFT + BAR + 10, y + 16, f"{side.orders:,}, held {side.held_share:.1%}")])


def _text(x: int, y: int, text: str, weight: str = "normal") -> str:
    return f'<text x="{x}" y="{y}" font-weight="{weight}">{escape(text)}</text>'


def all_figures(tallies: Mapping[str, Tally], more: Mapping[str, Any]) -> dict[str, Any]:
    candidate, *others = tallies.values()
    running = {"running": _shortly(others[0])} if others else {}
    return {**more, **figures(candidate), **running}


def _shortly(tally: Tally) -> dict[str, Any]:
    return {name: value for name, value in figures(tally).items() if name != "rules"}
