"""What this machine and its processes have done so far, as Linux tells it (proc(5))."""

from __future__ import annotations

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")  # in a second


def idled() -> float:
    """Seconds that the machine's processors have had nothing to do, all together."""
    ticks = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    return int(ticks[4]) / TICKS


def worked(pid: int) -> float:
    """Seconds of a processor that a process has had; 0 for one that is gone."""
    try:
        ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(ticks[11]) + int(ticks[12])) / TICKS
