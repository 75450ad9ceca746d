"""How a shop is put on a server: what can't be started here is looked at by its own tools."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"


def needs(program: str) -> str:
    """Where the program is. Skips the test where it is not."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    if not found:
        pytest.skip(f"{program} is not here: tests/prepare installs it, as root on Debian")
    return found
