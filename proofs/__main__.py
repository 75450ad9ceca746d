"""`python -m proofs NAME` plays one proof; without a name, all of them, one process each."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
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


def play(name: str, size: str, seed: int, stores: tuple[str, ...], guard: str | None) -> dict[str, Any]:
    """Play one proof here; returns its last line as an object."""
    proof = load(name)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=f"mika-proof-{name}-") as folder, hushed(), without(guard):
        run = Run(seed, proof.sizes[size], Path(folder), stores, guard)  # type: ignore[index]
        try:
            ok, figures = True, dict(proof.plays(run))
        except Broken as broken:
            ok, figures = False, {**broken.figures, "broken": str(broken)}
    figures["seconds"] = round(time.monotonic() - began, 1)
    return {"name": name, "ok": ok, "seed": seed, "figures": figures}


def play_all(size: str, seed: int, kept: Path | None) -> dict[str, Any]:
    """Play each proof in a process of its own. What `kept` says was played before at this size and seed is left out."""
    figures: dict[str, Any] = {}
    if kept and kept.exists():
        before = json.loads(kept.read_text())
        if (before["size"], before["seed"]) == (size, seed):
            figures = {name: found for name, found in before["figures"].items() if name in PROOFS and found["ok"]}
    for name in PROOFS:
        if name in figures:
            print(f"{name}: played before", file=sys.stderr, flush=True)
            continue
        print(f"{name}: {load(name).claim}", file=sys.stderr, flush=True)
        command = [sys.executable, "-m", "proofs", name, "--size", size, "--seed", str(seed)]
        ran = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        last = (ran.stdout.strip().splitlines() or ["{}"])[-1]
        said = json.loads(last) if last.startswith("{") else {}
        figures[name] = {"ok": ran.returncode == 0 and said.get("ok") is True, **said.get("figures", {})}
        print(f"{name}: {'holds' if figures[name]['ok'] else 'DOES NOT HOLD'} {last}", file=sys.stderr, flush=True)
        if kept:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(json.dumps({"size": size, "seed": seed, "figures": figures}, indent=1))
    ok = all(found["ok"] for found in figures.values())
    return {"name": "proof", "ok": ok, "seed": seed, "figures": {"size": size, **figures}}


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m proofs", description=__doc__)
    asked.add_argument("name", nargs="?", choices=[*PROOFS, *BESIDE], help="which; all of them if not said")
    asked.add_argument("--size", choices=SIZES, default="ci")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--store", choices=STORES, help="only on this one")
    asked.add_argument("--without", metavar="GUARD", help="with this guard off: it must fail")
    asked.add_argument("--keep", type=Path, metavar="FILE", help="of all: keep the results there, and go on from them")
    told = asked.parse_args()
    if told.name is None:
        said = play_all(told.size, told.seed, told.keep)
    else:
        stores = (told.store,) if told.store else STORES
        said = play(told.name, told.size, told.seed, stores, told.without)
    print(json.dumps(said, ensure_ascii=False), flush=True)
    return 0 if said["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
