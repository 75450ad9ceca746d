"""The log: one stream of lines, for people or as JSON, that holds no secrets and no core dumps beside it."""

from __future__ import annotations

import logging
import os
import resource
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, TextIO

import structlog

from web.shell import trail

TALKATIVE = ("aiosqlite", "alembic", "asyncio", "httpcore", "httpx", "telegram", "uvicorn", "uvicorn.access")


def set_up(level: str = "info", form: str = "auto", file: Path | None = None) -> None:
    """Everything that is logged goes to stderr, or to a file only we can read. Called once by each command."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold keys and codes
    stream = _opened(file) if file else sys.stderr
    shared = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper("iso", utc=True),
        _where_instead_of_what,
    ]
    if form == "json" or (form == "auto" and not stream.isatty()):
        shown: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        shown = structlog.dev.ConsoleRenderer(colors=stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, shown],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in TALKATIVE:  # at DEBUG they write down addresses, headers, parameters of statements
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _opened(file: Path) -> TextIO:
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8", buffering=1)


def _where_instead_of_what(_: Any, __: str, said: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception as its type and the lines it came through: its message may quote what somebody wrote."""
    given = said.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        said["error"] = repr(error) if os.environ.get("MIKA_DEBUG") else type(error).__name__
        said["at"] = trail(error)
    return said
