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

from core.ground.trails import trail
from mika.redaction import clean, redact

# At DEBUG they write down addresses, headers, parameters of statements; some of them at INFO too.
TALKATIVE = (
    "aiogram",
    "aiohttp",
    "aiosqlite",
    "alembic",
    "asyncio",
    "asyncpg",
    "hpack",
    "httpcore",
    "httpx",
    "multipart",
    "python_multipart",
    "requests",
    "sqlalchemy",
    "stripe",
    "telegram",
    "urllib3",
    "uvicorn",
    "uvicorn.access",
    "websockets",
    "wechatpy",
)


def set_up(level: str = "info", form: str = "auto", file: Path | None = None) -> None:
    """Everything that is logged goes to stderr, or to a file only we can read. Called once by each command."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold keys and codes
    stream = _opened(file) if file else sys.stderr
    shared = [
        structlog.contextvars.merge_contextvars,  # whose request, which row, which order: bound where it is known
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper("iso", utc=True),
        _where_instead_of_what,
        redact,
    ]
    if form == "json" or (form == "auto" and not stream.isatty()):
        shown: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        shown = structlog.dev.ConsoleRenderer(colors=stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.addFilter(_without_secrets)
    logging.raiseExceptions = False  # a line that can't be made would be printed with its arguments
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, shown],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in TALKATIVE:
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


def _without_secrets(record: logging.LogRecord) -> bool:
    """What a library gives a line to be made of: exceptions by their type, Secrets and the like as stars."""
    if isinstance(record.args, tuple):
        record.args = tuple(_harmless(value) for value in record.args)
    elif record.args:
        record.args = {name: _harmless(value) for name, value in record.args.items()}
    return True


def _harmless(value: Any) -> Any:
    return value if isinstance(value, int | float) else clean(value)


def _where_instead_of_what(_: Any, __: str, said: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception as its type and the lines it came through: its message may quote what somebody wrote."""
    said.pop("stack_info", None)
    given = said.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        said["error"] = type(error).__name__
        said["at"] = trail(error)
    return said
