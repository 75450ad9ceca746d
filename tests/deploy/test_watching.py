"""What is ready for Prometheus and Grafana: every figure named there is told by a real shop, and explained."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.conftest import DEPLOY, needs
from tests.doors import clock, db, empty_database, empty_file, provider, rail, shop, url
from tests.web.test_metrics import watched

__all__ = ["clock", "db", "empty_database", "empty_file", "provider", "rail", "shop", "url"]

ALERTS, DASHBOARD = DEPLOY / "prometheus" / "alerts.yml", DEPLOY / "grafana" / "mika.json"
SAMPLE = DEPLOY / "prometheus" / "prometheus.yml"
PAGE = (DEPLOY.parent / "docs" / "how-to" / "watching.md").read_text()
NAMED = re.compile(r"\b(?:mika|process)_[a-z_]+")
PARTS = {"histogram": ("_bucket", "_sum", "_count")}  # what a family of this type is asked for by


@pytest.fixture
async def scrape(shop) -> str:
    async with watched(shop) as web:
        await web.get("/healthz")
        return (await web.get("/metrics")).text


def families(scrape: str) -> dict[str, str]:
    return dict(re.findall(r"^# TYPE (\S+) (\S+)$", scrape, re.M))


def askable(scrape: str) -> set[str]:
    return {f"{name}{part}" for name, kind in families(scrape).items() for part in PARTS.get(kind, ("",))}


def rules() -> list[dict[str, Any]]:
    [group] = yaml.safe_load(ALERTS.read_text())["groups"]
    return group["rules"]


def queries() -> Iterator[str]:
    yield from (rule["expr"] for rule in rules())
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))


def rows(title: str) -> list[str]:
    """The first column of a table of the page."""
    section = PAGE.split(f"## {title}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `(\w+)`", section, re.M)


pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)


async def test_every_figure_that_is_asked_for_is_told(scrape):
    asked = {name for query in queries() for name in NAMED.findall(query)}
    assert len(asked) > 20
    assert asked <= askable(scrape)
    assert "mika_no_such_figure" not in askable(scrape)


async def test_the_page_explains_exactly_what_is_told(scrape):
    explained = rows("Each figure")
    assert len(explained) == len(set(explained))
    assert set(explained) == set(families(scrape))


async def test_labels_that_are_asked_for_are_those_that_are_told(scrape):
    """A shop without a sale tells few rows: what states, verdicts and outcomes there are is said by the page."""
    for query in queries():
        for name, labels in re.findall(r"\b(mika_[a-z_]+)\{(.*?)\}", query):
            base = name.removesuffix("_bucket")
            [row] = re.findall(rf"^\| `{base}` \|(.*)$", PAGE, re.M)
            told, explained = row.split("|", 1)
            for label, values in re.findall(r'(\w+)(?:!?~|!?=)"(.*?)"', labels):
                assert label in told.replace(" ", "").split(","), query
                if label in ("verdict", "outcome", "way", "level"):
                    assert all(f"`{value}`" in explained for value in values.split("|")), query


def test_each_alert_has_its_cause_and_next_step(url):
    assert rows("Each alert") == [rule["alert"] for rule in rules()]
    assert all(rule["labels"]["severity"] in ("page", "look") for rule in rules())


def test_the_shops_figures_are_never_summed_over_processes(url):
    """Each process tells the same: two of them are not twice the orders."""
    own = re.compile(r"mika_(commit|http|job|timetable|sends?)_|process_|^up")
    for query in queries():
        if not own.search(query):
            assert re.search(r"max(?: by \(.*?\))? ?\(mika_", query), query


def test_the_dashboard_is_whole(url):
    board = json.loads(DASHBOARD.read_text())
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    taken = set()
    for panel in board["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken
        assert at["x"] + at["w"] <= 24
        taken |= cells
    assert {panel["type"] for panel in board["panels"]} <= {"row", "stat", "bargauge", "timeseries"}


@pytest.mark.parametrize(("what", "file"), [("rules", ALERTS), ("config", SAMPLE)])
def test_prometheus_takes_its_files(url, what: str, file: Path):
    ran = subprocess.run([needs("promtool"), "check", what, str(file)], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


async def test_prometheus_finds_our_figures_well_named(scrape):
    assert looked_over(scrape) == (0, "")
    status, said = looked_over(scrape.replace("# HELP mika_readable 1 if the database answered.\n", ""))
    assert (status != 0, "mika_readable" in said) == (True, True)


def looked_over(scrape: str) -> tuple[int, str]:
    ran = subprocess.run([needs("promtool"), "check", "metrics"], input=scrape, capture_output=True, text=True)
    return ran.returncode, ran.stdout + ran.stderr
