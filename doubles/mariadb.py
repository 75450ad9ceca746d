"""A throw-away MariaDB on this machine, from Debian's mariadb-server-core: where the databases of old shops lie.

It listens on a socket in its own folder and nowhere else, and runs as whoever we are, or as `nobody` when we are root.
"""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self
from urllib.parse import quote

import pymysql

from doubles.postgres import memory, unprivileged

SECONDS_TO_START = 60
PROGRAMS = ("mariadbd", "mariadb-install-db")
PLACES = "/usr/sbin:/usr/local/sbin"  # not on everybody's PATH
READER = "aside-4711"  # the password of those who only read
MISSING = "no MariaDB here: apt-get install mariadb-server-core"

# As doubles/postgres.py has it: the server lives as long as our end of the pipe, however we end.
KEEPER = """
    folder=$1; shift
    exec 3<&0
    "$@" </dev/null 3<&- &
    server=$!
    (read -r _ <&3; kill -TERM $server) 2>/dev/null &
    wait $server && rm -rf "$folder" 2>/dev/null
    kill $! 2>/dev/null
"""


def program(name: str) -> str | None:
    """Where it is, if it is here."""
    return shutil.which(name) or shutil.which(name, path=PLACES)


def is_here() -> bool:
    return all(program(name) for name in PROGRAMS)


class MariaDB:
    """One server in a temporary folder, up as soon as it is made. Root has a random password.

    `zone` is the server's own time zone, as an offset: shops stand on servers in all of them.
    """

    def __init__(self, *, zone: str = "+08:00") -> None:
        if not is_here():
            raise RuntimeError(MISSING)
        self.password = secrets.token_hex(16)
        self.folder = Path(tempfile.mkdtemp(prefix="mika-mariadb-", dir=memory()))
        self.socket = self.folder / "socket"
        self._zone = zone
        self._account = unprivileged()
        self._keeper: subprocess.Popen[bytes] | None = None
        atexit.register(self.stop)
        try:
            self._lay_out()
            self._start()
        except BaseException:
            self.stop()
            raise

    def connect(self, database: str = "", user: str = "root", password: str | None = None) -> pymysql.Connection:
        """As root, or as somebody else, by the socket."""
        return pymysql.connect(
            unix_socket=str(self.socket),
            user=user,
            password=self.password if password is None else password,
            database=database or None,
            charset="utf8mb4",
            autocommit=True,
        )

    def sql(self, *statements: str, database: str = "") -> None:
        connection = self.connect(database)
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
        finally:
            connection.close()

    def create(self, name: str, *, reader: bool = True) -> str:
        """A new, empty database, and somebody `reader` who may read all of it. Returns where it is, as we are told."""
        self.sql(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
        if reader:
            self.account("reader", f"GRANT SELECT ON `{name}`.* TO reader@localhost")
        return self.source(name)

    def account(self, user: str, *grants: str) -> None:
        """Somebody with the password READER, and what they may do."""
        self.sql(f"CREATE USER IF NOT EXISTS {user}@localhost IDENTIFIED BY '{READER}'", *grants)

    def source(self, name: str, user: str = "reader") -> str:
        return f"mysql://{user}@localhost/{name}?socket={quote(str(self.socket), safe='/')}"

    def dump(self, name: str, *options: str) -> str:
        """What MariaDB's own program exports of a database."""
        ran = subprocess.run(
            [
                *("mariadb-dump", "--no-defaults", f"--socket={self.socket}", "--user=root", "--single-transaction"),
                *("--default-character-set=utf8mb4", *options, name),
            ],
            env=os.environ | {"MYSQL_PWD": self.password},
            capture_output=True,
            check=True,
        )
        return ran.stdout.decode()

    def drop(self, name: str) -> None:
        self.sql(f"DROP DATABASE IF EXISTS `{name}`")

    def stop(self) -> None:
        """Shuts down, waits until it is gone, and removes the folder. A repeat does nothing."""
        atexit.unregister(self.stop)
        if self._keeper is not None and self._keeper.stdin is not None:
            self._keeper.stdin.close()
            self._keeper.wait(timeout=SECONDS_TO_START)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _lay_out(self) -> None:
        first = self.folder / "first.sql"
        first.touch(mode=0o600)
        first.write_text(f"ALTER USER root@localhost IDENTIFIED BY '{self.password}';\n")
        user, group = self._account.get("user", -1), self._account.get("group", -1)
        for path in (self.folder, first):
            os.chown(path, user, group)
        made = subprocess.run(
            [
                *(program("mariadb-install-db") or "", "--no-defaults", f"--datadir={self.folder / 'data'}"),
                *("--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=os.environ | {"TMPDIR": str(self.folder)},
            cwd=self.folder,
            **self._account,
        )
        if made.returncode:
            raise RuntimeError(f"mariadb-install-db failed:\n{made.stdout}{made.stderr}")

    def _start(self) -> None:
        server = [
            *(program("mariadbd") or "", "--no-defaults", f"--datadir={self.folder / 'data'}"),
            *(
                f"--socket={self.socket}",
                f"--pid-file={self.folder / 'pid'}",
                f"--init-file={self.folder / 'first.sql'}",
            ),
            *("--skip-networking", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=OFF"),
            *(f"--default-time-zone={self._zone}", "--innodb-buffer-pool-size=64M", "--max-allowed-packet=64M"),
        ]
        with tempfile.TemporaryFile() as log:
            self._keeper = subprocess.Popen(
                ["/bin/sh", "-c", KEEPER, "keeper", self.folder, *server],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=os.environ
                | {"TMPDIR": str(self.folder)},  # at its start it removes what others of its kind have in /tmp
                start_new_session=True,  # Ctrl-C is for us; the server ends when we do
                **self._account,
            )
            if not self._is_ready(self._keeper):
                log.seek(0)
                raise RuntimeError(f"MariaDB did not start:\n{log.read().decode(errors='replace')}")

    def _is_ready(self, keeper: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + SECONDS_TO_START
        while keeper.poll() is None and time.monotonic() < deadline:
            try:
                self.connect().close()
                return True
            except pymysql.OperationalError:
                time.sleep(0.02)
        return False
