"""A MariaDB of our own for as long as an export is read: its own folder, its own socket, no port, no service.

All codes of the old shop lie in it as plaintext. The folder is for this user alone, and it goes when we end, however.
"""

from __future__ import annotations

import atexit
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, TypedDict

import pymysql

from core.ground.vault import Secret
from oldshops.mysql import Address
from oldshops.refused import NoServer

PATIENCE = 60  # seconds to start
PLACES = "/usr/sbin:/usr/local/sbin"  # not on everybody's PATH
INSTALL = "Install it: apt-get install mariadb-server-core. It runs only while the export is read."
DATABASE = "old"

# The server lives as long as our end of the pipe, which closes however a process ends.
KEEPER = """
    folder=$1; shift
    exec 3<&0
    "$@" </dev/null 3<&- &
    server=$!
    (read -r _ <&3; kill -TERM $server) 2>/dev/null &
    wait $server; rm -rf "$folder" 2>/dev/null
    kill $! 2>/dev/null
"""


class Account(TypedDict, total=False):
    """Whom to run as, in the words of subprocess; empty means ourselves."""

    user: int
    group: int
    extra_groups: list[int]


class Throwaway:
    """Up as soon as it is made, with one empty database. Raises NoServer."""

    def __init__(self) -> None:
        self._server, self._install = program("mariadbd"), program("mariadb-install-db")
        self._password = Secret(secrets.token_hex(16))
        self._folder = Path(tempfile.mkdtemp(prefix="mika-old-"))
        self._socket = self._folder / "socket"
        self._account = _account()
        self._keeper: subprocess.Popen[bytes] | None = None
        atexit.register(self.stop)
        try:
            self._lay_out()
            self._start()
        except BaseException:
            self.stop()
            raise

    @property
    def address(self) -> Address:
        return Address("root", socket=str(self._socket), database=DATABASE)

    @property
    def password(self) -> Secret:
        return self._password

    def connect(self) -> pymysql.Connection[Any]:
        """To fill it."""
        return pymysql.connect(
            unix_socket=str(self._socket),
            user="root",
            password=self._password.reveal(),
            database=DATABASE,
            charset="utf8mb4",
            autocommit=False,
            local_infile=False,
        )

    def stop(self) -> None:
        """A repeat does nothing."""
        atexit.unregister(self.stop)
        if self._keeper is not None and self._keeper.stdin is not None:
            self._keeper.stdin.close()
            self._keeper.wait(timeout=PATIENCE)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _lay_out(self) -> None:
        first = self._folder / "first.sql"
        first.touch(mode=0o600)
        first.write_text(
            f"ALTER USER root@localhost IDENTIFIED BY '{self._password.reveal()}';\n"
            f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4;\n"
        )
        for path in (self._folder, first):
            os.chown(path, self._account.get("user", -1), self._account.get("group", -1))
        data = f"--datadir={self._folder / 'data'}"
        how = ("--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve")
        made = subprocess.run(
            [self._install, "--no-defaults", data, *how],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=os.environ | {"TMPDIR": str(self._folder)},
            cwd=self._folder,
            **self._account,
        )
        if made.returncode:
            raise NoServer("its data folder can't be laid out", f"Look whether {self._folder.parent} has room.")

    def _start(self) -> None:
        server = [
            *(self._server, "--no-defaults", f"--datadir={self._folder / 'data'}", f"--socket={self._socket}"),
            *(f"--pid-file={self._folder / 'pid'}", f"--init-file={self._folder / 'first.sql'}", "--skip-networking"),
            *("--skip-log-bin", "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=OFF"),
            *("--default-time-zone=+00:00", "--sql-mode=NO_AUTO_VALUE_ON_ZERO", "--max-allowed-packet=1G"),
            *("--local-infile=OFF", f"--secure-file-priv={self._folder / 'data'}", "--symbolic-links=0"),
        ]
        self._keeper = subprocess.Popen(
            ["/bin/sh", "-c", KEEPER, "keeper", self._folder, *server],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            env=os.environ
            | {"TMPDIR": str(self._folder)},  # at its start it removes what others of its kind have in /tmp
            start_new_session=True,
            **self._account,
        )
        deadline = time.monotonic() + PATIENCE
        while self._keeper.poll() is None and time.monotonic() < deadline:
            try:
                self.connect().close()
                return
            except pymysql.Error:
                time.sleep(0.05)
        raise NoServer("it doesn't start", f"Look whether {self._folder.parent} has room, then try again.")


def program(name: str) -> str:
    """Where it is. Raises NoServer, with the package to install."""
    found = shutil.which(name) or shutil.which(name, path=PLACES)
    if found is None:
        raise NoServer(f"there is no {name}", INSTALL)
    return found


def _account() -> Account:
    """`nobody` when we are root: the server won't be."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
