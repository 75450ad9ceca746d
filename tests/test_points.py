"""Every commit and every outside call stands between two crash points, so that a proof can let the shop die there."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
import time
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import parties
from core.ground import points

ROOT = Path(__file__).resolve().parents[1]
DECIDING = ("core", "mika")
ACTING = ("bot", "jobs", "web")


def outside_calls() -> set[str]:
    """The names by which outside parties are called: what their contracts have us wait for."""
    contracts = [
        contract
        for name, contract in vars(parties).items()
        if getattr(contract, "_is_protocol", False) and contract.__module__ == parties.__name__ and name != "Chat"
    ]
    return {
        name
        for contract in contracts
        for name, method in vars(contract).items()
        if inspect.isfunction(method) and _is_waited_for(method) and not name.startswith("_") and name != "aclose"
    }


def _is_waited_for(method: typing.Any) -> bool:
    return inspect.iscoroutinefunction(method) or "AsyncIterator" in str(method.__annotations__.get("return"))


CALLS = outside_calls()
BARE = {"well", "look_over", "all_is_well"}  # those that are about nothing but the party itself
PARTIES = {"payments", "suppliers", "senders"}  # where Shop keeps them


def unguarded(source: str, *, commits: bool = False, calls: bool = False) -> list[str]:
    """The lines of a module where a commit, or an outside call, stands between no two points."""
    return [
        f"line {getattr(node, 'lineno', 0)}: {ast.unparse(node)}"
        for node, around in walk(ast.parse(source))
        if not around and ((commits and is_commit(node)) or (calls and is_outside_call(node, source)))
    ]


def walk(node: ast.AST, around: bool = False) -> Iterator[tuple[ast.AST, bool]]:
    """Every node, and whether it stands in a `with points.around(...)` of its own function."""
    yield node, around
    for child in ast.iter_child_nodes(node):
        inside = around
        if isinstance(node, ast.With) and child in node.body:
            inside = around or any(ast.unparse(item.context_expr).startswith("points.around(") for item in node.items)
        runs_later = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from walk(child, inside and not runs_later)


def is_commit(node: ast.AST) -> bool:
    """A call of .commit(), or a block that commits at its end without saying so."""
    if isinstance(node, ast.With | ast.AsyncWith):
        return any(ast.unparse(item.context_expr).endswith(".begin()") for item in node.items)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"


def is_outside_call(node: ast.AST, source: str) -> bool:
    """A call of a Sender, or of a contract's method: most are about something, and none is handed a tx."""
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Attribute):
        handed = [ast.unparse(argument) for argument in (*node.args, *node.keywords)]
        return node.func.attr in BARE or (node.func.attr in CALLS and bool(handed) and handed[0] != "tx")
    if isinstance(node.func, ast.Subscript):
        return ast.unparse(node.func.value).endswith(".senders")
    return isinstance(node.func, ast.Name) and node.func.id in senders(source)


def senders(source: str) -> set[str]:
    """Names that stand for a Sender: taken from the shop's, or said to be one."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        kept = (".senders", ".bells")
        if isinstance(node, ast.Assign) and any(name in ast.unparse(node.value) for name in kept):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        if isinstance(node, ast.arg) and node.annotation and ast.unparse(node.annotation) == "Sender":
            found.add(node.arg)
    return found


def modules(*folders: str) -> list[Path]:
    return [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]


SCRATCH = ROOT / "mika/history_kept.py"  # a shop that is made up for one backtest: nobody misses it after a crash


def test_every_commit_stands_between_two_points() -> None:
    files = [file for file in modules(*DECIDING, *ACTING) if file != SCRATCH]
    found = {file: unguarded(file.read_text(), commits=True) for file in files}
    assert {str(file.relative_to(ROOT)): lines for file, lines in found.items() if lines} == {}


def test_every_outside_call_stands_between_two_points() -> None:
    found = {file: unguarded(file.read_text(), calls=True) for file in modules(*ACTING)}
    assert {str(file.relative_to(ROOT)): lines for file, lines in found.items() if lines} == {}


def test_the_lint_knows_what_outside_parties_are_asked_for() -> None:
    assert {"start", "truth", "refund", "refund_truth", "close", "day", "well"} <= CALLS


@pytest.mark.parametrize("name", ["core/ground/stores/writer.py", "core/ground/stores/postgres.py"])
def test_a_commit_whose_points_are_missing_is_found(name: str) -> None:
    source = (ROOT / name).read_text()
    planted = source.replace("with points.around(", "with contextlib.suppress(")
    assert len(unguarded(planted, commits=True)) == source.count("points.around(") > 0


@pytest.mark.parametrize("file", [file for file in modules(*ACTING) if "points.around(" in file.read_text()])
def test_an_outside_call_whose_points_are_missing_is_found(file: Path) -> None:
    source = file.read_text()
    planted = source.replace("with points.around(", "with contextlib.suppress(")
    assert len(unguarded(planted, calls=True)) == source.count("points.around(")


@pytest.mark.parametrize(
    "planted",
    [
        "async def f(rail):\n    return await rail.truth(key, reference)",
        "async def f(shop):\n    await shop.senders[chat](address, message)",
        "async def f(shop):\n    s = shop.senders.get(chat)\n    await s(address, message)",
        "async def f(rail):\n    await asyncio.gather(*(rail.refund(key) for key in keys))",
        "async def f(rail):\n    with points.around('x'):\n        pass\n    await rail.close(key)",
        "def f(rail):\n    with points.around('x'):\n        async def g():\n            await rail.close(key)",
        "async def f(rail):\n    async for notice in rail.day(day):\n        pass",
    ],
)
def test_each_way_to_call_outside_is_seen(planted: str) -> None:
    assert unguarded(planted, calls=True)


def test_a_commit_that_says_nothing_is_seen() -> None:
    assert unguarded("async def f(engine):\n    async with engine.begin() as c:\n        pass", commits=True)


# What a point does


PASSES = """
from core.ground import points
for _ in range(3):
    with points.around("a sale"):
        print("sold", flush=True)
"""


def play(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PASSES], env={"PYTHONPATH": str(ROOT), **environment}, capture_output=True, text=True
    )


def test_switched_off_nothing_happens() -> None:
    assert play().stdout == "sold\n" * 3


def test_a_good_run_tells_which_points_there_are(tmp_path: Path) -> None:
    assert play(MIKA_CRASH_TRACE=str(tmp_path / "trace")).returncode == 0
    assert (tmp_path / "trace").read_text().splitlines() == ["before a sale", "after a sale"] * 3


@pytest.mark.parametrize(("point", "sold"), [("before a sale:2", 1), ("after a sale:2", 2)])
def test_the_process_dies_at_that_passage(point: str, sold: int) -> None:
    died = play(MIKA_CRASH_AT=point)
    assert (died.returncode, died.stdout) == (-9, "sold\n" * sold)


def test_a_point_costs_nothing_when_it_is_off() -> None:
    """The best of many rounds: other processes only ever make one longer."""
    began, best = time.perf_counter_ns, float("inf")
    for _ in range(50):
        start = began()
        for _ in range(1000):
            with points.around("a sale"):
                pass
        best = min(best, (began() - start) / 1000)
    assert best < 1000  # ns; some 200 as a rule, for both points
