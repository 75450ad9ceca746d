"""A sign of life: a file that is locked for as long as its process lives, so that a crash need not be waited for.

It tells only on the machine where both are, in the same data folder; elsewhere nobody is ever called dead, and a lease
ends by its time.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from contextlib import suppress
from pathlib import Path

from core.ground import owners

BOOT = Path("/proc/sys/kernel/random/boot_id")
FOLDER = "alive"


class Sign:
    """This process's. `name` is whom it is known by."""

    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER
        self.name = f"{_machine()}-{secrets.token_hex(8)}"
        self._file: int | None = None
        with suppress(OSError):  # without a sign others wait until our lease is over
            owners.make_folder(self._folder)
            self._file = self._locked(self._folder / self.name)

    def is_dead(self, name: str) -> bool:
        """Whether that process is known to have ended: its file is here, and its lock is gone."""
        if name == self.name or not name.startswith(f"{_machine()}-") or "/" in name or not _machine():
            return False
        try:
            file = os.open(self._folder / name, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        finally:
            os.close(file)
        return True

    def end(self) -> None:
        """A process that ends in good order leaves nothing lying about, and takes away what the dead have left."""
        if self._file is None:
            return
        with suppress(OSError):
            for file in self._folder.iterdir():
                if file.name == self.name or self.is_dead(file.name) or not file.name.startswith(_machine()):
                    file.unlink(missing_ok=True)
        os.close(self._file)
        self._file = None

    @staticmethod
    def _locked(path: Path) -> int:
        """Waits for whoever looks at it just now. Raises OSError, and there is no file, where nothing can be locked."""
        file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            owners.give(file, path.parent)
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError:
            path.unlink()
            os.close(file)
            raise
        return file


def _machine() -> str:
    """This machine since it was started; nothing where that can't be known."""
    with suppress(OSError):
        return BOOT.read_text().strip().replace("-", "")[:16]
    return ""
