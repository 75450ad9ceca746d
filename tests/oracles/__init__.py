"""Software that we didn't write, and that signs or verifies what our rails verify or sign.

Each lives in a folder here with what it needs, a package.json and its lock or a requirements.txt with hashes, and is
installed by tests/prepare into .venv/oracles/NAME, apart from what the shop runs on. Its script reads one JSON value
from its standard input and writes one to its standard output.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
INSTALLED = HERE.parents[1] / ".venv/oracles"


def ask(name: str, question: Any, script: str = "") -> Any:
    """What the oracle answers. Skips the test where it is not installed. A script that fails fails the test."""
    installed = INSTALLED / name
    if not (installed / "ready").exists():
        pytest.skip(f"the oracle {name} is not installed: tests/prepare does it, with npm and PyPI at hand")
    if (HERE / name / "package.json").exists():
        command = ["node", str(installed / (script or f"{name}.mjs"))]
    else:
        command = [str(installed / "bin/python"), str(HERE / name / (script or f"{name}.py"))]
    ran = subprocess.run(
        command, input=json.dumps(question), capture_output=True, text=True, timeout=120, cwd=installed, check=False
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    return json.loads(ran.stdout)
