"""The proof of crashes: the shop is killed at every point where that could matter, and must end as if it had not been.

The points are found by tracing a good run of each act (proofs/crash_points.py), and so is how it must end. Then the act
is played once for each point, killed there (SIGKILL), and started again; then killed at two points, the second during
recovery. What is killed is our process and not the machine, so the stores need not be durable here and are fast: SQLite
lies in memory where there is room, and PostgreSQL does not wait for its log.
"""

from __future__ import annotations

import json
import os
import queue
import socket
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, Self

from doubles.postgres import Postgres, memory
from proofs.crash_forks import performs
from proofs.crash_guards import CRASH_GUARDS
from proofs.crash_points import ACTS, never_passed, not_to_be_passed
from proofs.proof import Broken, Figures, Proof, Run

# The points the tiny size looks at are those that are about something.
TELLING = ("send", "rail.", "ending.", "checkout.", "settling.", "dropped.", "aftersales.", "router._finish")
MISSED = 0.02  # of all cases may not come to their point: what runs side by side does so differently each time


@dataclass(frozen=True)
class Case:
    """An act and where it is killed: a point's name and which passage of it; without a name, of any point."""

    act: str
    crashes: tuple[tuple[str, int], ...] = ()

    def __str__(self) -> str:
        where = (f"at passage {nth} of {name or 'any point'}" for name, nth in self.crashes)
        return f"{self.act}, killed {' and then '.join(where)}"


class Player:
    """A process that plays cases, one after the other (proofs/crash_forks.py)."""

    def __init__(self, url: str, folder: Path, log: int, others: Sequence[Player]) -> None:
        """Forks. There must be no other thread; `others` are those who were forked before."""
        ours, theirs = socket.socketpair()
        self._process = os.fork()
        if not self._process:
            ours.close()
            for other in others:
                other.let_go()
            self._perform(theirs, url, folder, log)
        theirs.close()
        self._line = ours.makefile("rw")
        ours.close()

    def _perform(self, line: socket.socket, url: str, folder: Path, log: int) -> NoReturn:
        try:
            os.dup2(log, 1)
            os.dup2(log, 2)
            performs(url, folder, line.makefile("r"), line.makefile("w"))
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)

    def play(self, case: Case) -> dict[str, Any]:
        """How it went, in the words of crash_forks. Raises RuntimeError when the process is gone."""
        self._line.write(json.dumps({"act": case.act, "crashes": case.crashes}) + "\n")
        self._line.flush()
        if not (went := self._line.readline()):
            raise RuntimeError(f"{case}: the process that played it is gone")
        return json.loads(went)

    def let_go(self) -> None:
        self._line.close()

    def end(self) -> None:
        self.let_go()
        os.waitpid(self._process, 0)


class Troupe:
    """As many players as the size says, all on one store."""

    def __init__(self, store: str, run: Run) -> None:
        self.size = run.size["players"]
        self._idle: queue.SimpleQueue[Player] = queue.SimpleQueue()
        self._ending = ExitStack()
        server = self._ending.enter_context(Postgres()) if store == "postgresql" else None
        self._log = run.folder / f"{store}.log"
        log = self._ending.enter_context(self._log.open("w"))
        players: list[Player] = []
        for number in range(self.size):
            folder = Path(self._ending.enter_context(tempfile.TemporaryDirectory(prefix="mika-crash-", dir=memory())))
            url = f"sqlite+aiosqlite:///{folder / 'shop.db'}" if server is None else server.create(f"crash{number}")
            players.append(Player(url, folder, log.fileno(), players))
            self._ending.callback(players[-1].end)
            self._idle.put(players[-1])

    def play(self, case: Case) -> dict[str, Any]:
        player = self._idle.get()
        try:
            return player.play(case)
        finally:
            self._idle.put(player)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and not issubclass(kind, Broken):
            print(self._log.read_text()[-3000:], file=sys.stderr)
        self._ending.close()


@dataclass
class Tally:
    """What was seen on one store."""

    good: dict[str, dict[str, Any]] = field(default_factory=dict)  # by act, how it goes without a crash
    recovery: dict[Case, int] = field(default_factory=dict)  # how many points the life after the crash has passed
    kills: int = 0
    missed: list[Case] = field(default_factory=list)
    repeated: int = 0  # messages that came again, word for word; each at most once for each kill
    at_once: int = 0  # of these in one case: several are on their way at a time
    lost: list[str] = field(default_factory=list)
    double: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)  # invariants
    cases: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    @property
    def wrong(self) -> list[str]:
        return self.lost + self.double + self.broken

    def note(self, case: Case, went: Mapping[str, Any]) -> None:
        """How a case went, held against how the act goes without a crash."""
        self.kills += went["died"]
        self.cases += 1
        self.seconds += went["seconds"]
        self.cpu_seconds += went["cpu_seconds"]
        if went["died"] < len(case.crashes):
            self.missed.append(case)
        elif len(case.crashes) == 1:
            self.recovery[case] = len(went["passed"][1])
        if went["ending"] is None:
            self.lost.append(f"{case}: {went['trouble']}")
            return
        ended, good = went["ending"], self.good[case.act]["ending"]
        lost = Counter(good["facts"]) - Counter(ended["facts"])
        double = Counter(ended["facts"]) - Counter(good["facts"])
        self.lost += [f"{case}: no more is it so that {', '.join(lost)}"] if lost else []
        self.double += [f"{case}: now it is so that {', '.join(double)}"] if double else []
        self.broken += [f"{case}: {finding}" for finding in ended["broken"]]
        self.repeated += len(ended["repeated"])
        self.at_once = max(self.at_once, len(ended["repeated"]))
        if max(ended["repeated"], default=0) > went["died"]:
            self.double.append(f"{case}: a message came {max(ended['repeated'])} times more, word for word")

    def passages(self, act: str) -> list[tuple[str, int]]:
        """Every passage of a point in the act's good run."""
        seen: Counter[str] = Counter()
        found = []
        for name in self.good[act]["passed"][0]:
            seen[name] += 1
            found.append((name, seen[name]))
        return found

    def figures(self) -> dict[str, Any]:
        names = {name for act in self.good for name, _ in self.passages(act)}
        return {
            "acts": len(self.good),
            "points": len(names),
            "passages": sum(len(self.passages(act)) for act in self.good),
            "cases": self.cases,
            "kills": self.kills,
            "missed": len(self.missed),
            "repeated": self.repeated,
            "repeated_in_a_case": self.at_once,
            "lost": len(self.lost),
            "double": len(self.double),
            "broken": len(self.broken),
            "ms_a_kill": round(1000 * self.seconds / max(1, self.kills)),
            "cpu_ms_a_kill": round(1000 * self.cpu_seconds / max(1, self.kills)),
        }


def plays(run: Run) -> Figures:
    figures: dict[str, Any] = {}
    for store in run.stores:
        tally = Tally()
        with Troupe(store, run) as troupe:
            played(run, store, troupe, tally)
        figures[store] = tally.figures()
        if tally.wrong:
            raise Broken("; ".join(tally.wrong[: run.size["shown"]]), **figures)
        if len(tally.missed) > max(1, MISSED * tally.kills):
            raise Broken(f"not passed again: {', '.join(map(str, tally.missed[:5]))}", **figures)
    return figures


def played(run: Run, store: str, troupe: Troupe, tally: Tally) -> None:
    acts = list(ACTS)[: run.size["acts"]]
    for act, went in zip(acts, at_once(troupe, [Case(act) for act in acts]), strict=True):
        tally.good[act] = went[1]
        if went[1]["ending"] is None or went[1]["ending"]["broken"] or went[1]["ending"]["repeated"]:
            raise Broken(f"{act} does not end well even without a crash: {went[1]}")
        if odd := not_to_be_passed(name for name, _ in tally.passages(act)):
            raise Broken(f"{act} passes {', '.join(odd)} even without a crash")
    if len(acts) == len(ACTS) and (missing := never_passed(name for act in acts for name, _ in tally.passages(act))):
        raise Broken(f"no act passes {', '.join(missing)}")
    for what, cases in (("points", single(run, tally)), ("pairs", None)):
        cases = pairs(run, tally) if cases is None else cases
        for done, (case, went) in enumerate(at_once(troupe, cases), 1):
            before = len(tally.wrong)
            tally.note(case, went)
            if len(tally.wrong) > before:
                run.progress(f"{store}: WRONG: {case}")
            run.progress(f"{store}: {what}", done, len(cases))
            if len(tally.wrong) >= run.size["shown"]:
                return


def at_once(troupe: Troupe, cases: Sequence[Case]) -> Iterator[tuple[Case, dict[str, Any]]]:
    """Each case with how it went, in their order, as many at once as there are players."""
    with ThreadPoolExecutor(troupe.size) as pool:
        going = [pool.submit(troupe.play, case) for case in cases]
        try:
            for case, went in zip(cases, going, strict=True):
                yield case, went.result()
        finally:
            for left in going:
                left.cancel()


def single(run: Run, tally: Tally) -> list[Case]:
    """Every point in a few acts, by dice, at one passage in each; with 0 acts a point every passage there is."""
    dice = run.dice("points")
    found = [Case(act, (passage,)) for act in tally.good for passage in tally.passages(act)]
    dice.shuffle(found)  # also so that the two who play seldom wait for the same thing
    if run.size["acts"] < len(ACTS):
        found = [case for case in found if any(word in case.crashes[0][0] for word in TELLING)]
    if most := run.size["acts_a_point"]:
        acts: dict[str, set[str]] = {}
        found = [case for case in found if _is_wanted(case, acts.setdefault(case.crashes[0][0], set()), most)]
    return found


def _is_wanted(case: Case, acts: set[str], most: int) -> bool:
    """Whether the point is to be looked at in one more act; if so, from now on it is."""
    if case.act in acts or len(acts) >= most:
        return False
    acts.add(case.act)
    return True


def pairs(run: Run, tally: Tally) -> list[Case]:
    """A point that was swept, then a point of the recovery from it."""
    dice = run.dice("pairs")
    known = sorted(((case, length) for case, length in tally.recovery.items() if length), key=str)
    found = []
    for _ in range(run.size["pairs"] if known else 0):
        case, length = dice.choice(known)
        found.append(Case(case.act, (*case.crashes, ("", dice.randint(1, length)))))
    return found


PROOF = Proof(
    "crashes",
    "Killed at any point, and again during recovery, the shop loses nothing and does nothing twice.",
    {  # pairs are on each store
        "tiny": {"acts": 1, "acts_a_point": 1, "pairs": 4, "shown": 1, "players": 1},
        "ci": {"acts": len(ACTS), "acts_a_point": 1, "pairs": 50, "shown": 5, "players": 2},
        "release": {"acts": len(ACTS), "acts_a_point": 3, "pairs": 500, "shown": 5, "players": 2},
    },
    plays,
    CRASH_GUARDS,
)
