"""`python -m proofs NAME` plays one proof; without a name, all of them, one process each."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from proofs import BESIDE, PROOFS
from proofs.guards import without
from proofs.proof import SIZES, STORES, Broken, Proof, Run
from proofs.shop import hushed


def load(name: str) -> Proof:
    """Raises KeyError for a name that is none."""
    return import_module((PROOFS | BESIDE)[name]).PROOF


def play(
    name: str, size: str, seed: int, stores: tuple[str, ...], guard: str | None, parts: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Play one proof here, or only some of its parts; returns its last line as an object."""
    proof = load(name)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=f"mika-proof-{name}-") as folder, hushed(), without(guard):
        run = Run(seed, proof.sizes[size], Path(folder), stores, guard, parts)  # type: ignore[index]
        try:
            ok, figures = True, dict(proof.plays(run))
        except Broken as broken:
            ok, figures = False, {**broken.figures, "broken": str(broken)}
    figures["seconds"] = round(time.monotonic() - began, 1)
    return {"name": name, "ok": ok, "seed": seed, "figures": figures}


def play_all(size: str, seed: int, kept: Path | None, at_once: int) -> dict[str, Any]:
    """Play each proof in a process of its own. What `kept` says was played before at this size and seed is left out."""
    figures = played_before(size, seed, kept)
    left = [name for name in PROOFS if name not in figures]
    keeping = threading.Lock()

    def play_apart(name: str) -> None:
        print(f"{name}: {load(name).claim}", file=sys.stderr, flush=True)
        found = played(name, size, seed)
        with keeping:
            figures[name] = found
            print(
                f"{name}: {'holds' if found['ok'] else 'DOES NOT HOLD'} {json.dumps(found)}",
                file=sys.stderr,
                flush=True,
            )
            if kept:
                kept.parent.mkdir(parents=True, exist_ok=True)
                kept.write_text(json.dumps({"size": size, "seed": seed, "figures": figures}, indent=1) + "\n")

    with ThreadPoolExecutor(at_once) as side_by_side:
        list(side_by_side.map(play_apart, left))
    ok = all(found["ok"] for found in figures.values())
    return {"name": "proof", "ok": ok, "seed": seed, "figures": {"size": size, **figures}}


def played_before(size: str, seed: int, kept: Path | None) -> dict[str, Any]:
    """What is kept of an earlier run, as far as it held."""
    if kept is None or not kept.exists():
        return {}
    before = json.loads(kept.read_text())
    if (before["size"], before["seed"]) != (size, seed):
        return {}
    return {name: found for name, found in before["figures"].items() if name in PROOFS and found["ok"]}


def played(name: str, size: str, seed: int) -> dict[str, Any]:
    """One proof's figures; `at` is when it was played."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    command = [sys.executable, "-m", "proofs", name, "--size", size, "--seed", str(seed)]
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    last = (ran.stdout.strip().splitlines() or ["{}"])[-1]
    said = json.loads(last) if last.startswith("{") else {"figures": {"broken": f"it ended with {ran.returncode}"}}
    return {"ok": ran.returncode == 0 and said.get("ok") is True, "at": at, **said.get("figures", {})}


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m proofs", description=__doc__)
    asked.add_argument("name", nargs="?", choices=[*PROOFS, *BESIDE], help="which; all of them if not said")
    asked.add_argument("--size", choices=SIZES, default="ci")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--store", choices=STORES, help="only on this one")
    asked.add_argument("--without", metavar="GUARD", help="with this guard off: it must fail")
    asked.add_argument("--chat", metavar="CHAT", help="of storm: only through this chat")
    asked.add_argument("--rail", metavar="RAIL", help="of rails: only this way to pay")
    asked.add_argument("--leg", metavar="LEG", help="of storm and rails: only this one; of bare: home")
    asked.add_argument("--keep", type=Path, metavar="FILE", help="of all: keep the results there, and go on from them")
    asked.add_argument("--at-once", type=int, default=2, metavar="N", help="of all: so many side by side")
    told = asked.parse_args()
    if told.name is None:
        said = play_all(told.size, told.seed, told.keep, told.at_once)
    else:
        stores = (told.store,) if told.store else STORES
        parts = tuple(part for part in (told.chat, told.rail, told.leg) if part)
        said = play(told.name, told.size, told.seed, stores, told.without, parts)
    print(json.dumps(said, ensure_ascii=False), flush=True)
    return 0 if said["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
