"""A bare machine for the proof `bare`: Debian's own folder tree where it can be made, else an empty home.

The tree is made by debootstrap once and kept in .venv/bare; what the shop is installed from is fetched once by the pip
of this checkout, from wherever it is set up to fetch, and lies there too. A machine is a copy of the tree.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from proofs.proof import Broken

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / ".venv" / "bare"
HAS = "python3,python3-venv,git,make,ca-certificates"
# What an empty home may use beside python3, git and make: what every Debian has.
ESSENTIAL = (
    "sh env awk sed grep cat cp mv rm mkdir rmdir ln ls chmod touch head tail cut tr sort uniq wc uname expr dirname "
    "basename echo printf test true false pwd date id tee readlink realpath mktemp stat sleep find xargs install"
)
PATIENCE = 900  # seconds


@dataclass(frozen=True)
class Machine:
    """Where commands are run: below `root`, which is / to them in a tree; their home is `home`."""

    kind: str
    root: Path
    home: Path
    path: str
    packages: Path

    def inside(self, path: Path) -> str:
        """What a path is called in there."""
        return f"/{path.relative_to(self.root)}" if self.kind == "debian" else str(path)

    def command(self, *words: str, at: Path | None = None) -> list[str]:
        """The words as a process of this machine, with nothing of our environment."""
        told = [f"{name}={value}" for name, value in self._environment().items()]
        bare = ["env", "-i", f"--chdir={self.inside(at or self.home)}", *told, *words]
        return ["chroot", str(self.root), *bare] if self.kind == "debian" else bare

    def _environment(self) -> Mapping[str, str]:
        there = self.inside(self.packages)
        return {
            "HOME": self.inside(self.home),
            "PATH": self.path,
            "LANG": "C.UTF-8",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": there,
            "UV_NO_INDEX": "1",
            "UV_FIND_LINKS": there,
            "UV_OFFLINE": "1",
        }

    def run(self, *words: str, at: Path | None = None) -> str:
        """Until it is done; what it printed. Raises Broken."""
        return ran(self.command(*words, at=at), " ".join(words[:3]))


def ran(command: Sequence[str], name: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    if done.returncode:
        raise Broken(f"{name} ended with {done.returncode}: {(done.stderr or done.stdout).strip()[-600:]}")
    return done.stdout


def machine(folder: Path, *, tree: bool = True) -> Machine:
    """A new one in the folder. Raises Broken."""
    return debian(folder) if tree and may_be_debian() else empty_home(folder)


def may_be_debian() -> bool:
    return os.geteuid() == 0 and (_is_whole(KEPT / "debian") or (shutil.which("debootstrap") is not None and _made()))


def _is_whole(tree: Path) -> bool:
    return (tree / "usr/bin/git").exists() and (tree / "usr/bin/make").exists()


def _made() -> bool:
    """Whether debootstrap can make one here: not without a network, and not in every container."""
    KEPT.mkdir(parents=True, exist_ok=True)
    growing, tree = KEPT / "debian.new", KEPT / "debian"
    shutil.rmtree(growing, ignore_errors=True)
    command = ["debootstrap", "--variant=minbase", f"--include={HAS}", _suite(), str(growing)]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=PATIENCE)
    if done.returncode or not _is_whole(growing):
        shutil.rmtree(growing, ignore_errors=True)
        return False
    shutil.rmtree(tree, ignore_errors=True)
    growing.rename(tree)
    return True


def _suite() -> str:
    """This machine's own where it is a Debian, else the stable one."""
    told = Path("/etc/os-release").read_text().splitlines()
    named = [line.partition("=")[2] for line in told if line.startswith("VERSION_CODENAME=")]
    return named[0] if named and "ID=debian" in told else "stable"


def debian(folder: Path) -> Machine:
    root = folder / "debian"
    ran(["cp", "-a", "--reflink=auto", str(KEPT / "debian"), str(root)], "copying the tree")
    python = ran(["chroot", str(root), "python3", "-c", VERSION], "python3").strip()
    packages = root / "var/packages"
    ran(["cp", "-a", "--reflink=auto", str(fetched(python)), str(packages)], "copying the packages")
    return Machine("debian", root, root / "root", "/usr/local/bin:/usr/bin:/bin", packages)


def empty_home(folder: Path) -> Machine:
    """An empty home, and a PATH that has python3, git, make and what every Debian has."""
    home, path = folder / "home", folder / "bin"
    home.mkdir()
    path.mkdir()
    for name in (*ESSENTIAL.split(), "git", "make"):
        if found := shutil.which(name):
            (path / name).symlink_to(found)
    python = Path(sys.base_prefix) / "bin" / "python3"
    (path / "python3").write_text(f'#!/bin/sh\nexec "{python}" "$@"\n')
    (path / "python3").chmod(0o755)
    return Machine("empty home", folder, home, str(path), fetched(ran([str(python), "-c", VERSION], "python3").strip()))


VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


def fetched(python: str) -> Path:
    """The folder of all that the shop is installed from, for that Python. What is there is not fetched again."""
    folder = KEPT / f"packages-{python}"
    lock = ROOT / "requirements.lock"
    if not (folder / lock.name).exists() or (folder / lock.name).read_bytes() != lock.read_bytes():
        pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", "download", "--require-hashes"]
        alike = ["--no-deps", "--only-binary=:all:", "--python-version", python]
        ran([*pip, *alike, "-r", str(lock), "-d", str(folder)], "fetching the packages")
        shutil.copy(lock, folder / lock.name)
    return folder
