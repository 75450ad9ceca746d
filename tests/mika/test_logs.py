"""The log: whatever is given to a line, secrets don't come out of it."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from pydantic import SecretStr

from core.ground.vault import Secret
from mika import logs, redaction

CODE = "CANARY-7F3K-9QWZ"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A log at DEBUG, as JSON."""
    logs.set_up("debug", "json", tmp_path / "mika.log")
    return tmp_path / "mika.log"


LOOKS_SECRET = [
    "Authorization: Bearer abcdefghijkl0123",
    "'authorization': 'Basic dXNlcjpwYXNzd29yZA=='",
    "postgresql+asyncpg://shop:hunter22@db.example/shop",
    "https://api.telegram.org/bot123456789:AAFabcdefghijklmnopqrstuvwxyz012345/getMe",
    "123456789:AAFabcdefghijklmnopqrstuvwxyz012345",
    "sk_live_abcdefghijklmnop",
    "whsec_abcdefghijklmnop",
    "https://shop.example/desk/enter?t=abcdefghijkl",
    "https://api.example/pay?order=1&sign=abcdefghijkl",
    "https://shop.example/metrics?token=abcdefghijkl",
    "{'Authorization': 'Bearer abcdefghijkl0123'}",
    "GET https://watcher.example/ping/abcdefghijkl-0123-4567-89ab: no answer",
    "https://shop.example/telegram/telegram/abcdefghijkl0123abcdefghijkl0123",
    "https://watcher.example/abcdefghijkl01234567/fail?rid=1",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ0aGUgYnV5ZXIifQ.abcdefghijkl",
    "-----BEGIN PRIVATE KEY-----\nabcdefghijkl\n-----END PRIVATE KEY-----",
]
HELD = re.compile(r"abcdefghijkl|hunter22|dXNlcjpwYXNz|AAFabcdef")


@pytest.mark.parametrize("line", LOOKS_SECRET)
def test_what_looks_like_a_secret_is_hidden_wherever_it_stands(file: Path, line: str):
    structlog.get_logger().debug("ours", said=line, nested={"deep": [line]})
    structlog.get_logger().debug(line)
    logging.getLogger("somebodys.library").debug("theirs %s", line)
    logging.getLogger("somebodys.library").debug("theirs %(said)s", {"said": line})
    written = file.read_text()
    assert len(written.splitlines()) == 4
    assert HELD.search(line)
    assert not HELD.search(written)


@pytest.mark.parametrize("line", LOOKS_SECRET)
def test_without_the_redaction_it_would_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str):
    """The negative control."""
    monkeypatch.setattr(logs, "redact", lambda _, __, said: said)
    logs.set_up("debug", "json", tmp_path / "mika.log")
    structlog.get_logger().debug("ours", said=line)
    assert HELD.search((tmp_path / "mika.log").read_text())


@pytest.mark.parametrize(
    "given",
    [
        {"code": CODE},
        {"codes": [CODE]},
        {"card_number": CODE},
        {"API-Key": CODE},
        {"x": Secret(CODE)},
        {"x": {"y": [SecretStr(CODE)]}},
        {"x": {"password": CODE}},
        {"x": ValueError(CODE)},
        {"x": CODE.encode()},
    ],
)
def test_secrets_are_hidden_by_their_type_and_by_their_name(file: Path, given: dict[str, Any]):
    structlog.get_logger().debug("ours", **given)
    assert CODE not in file.read_text()


def test_what_is_harmless_stays_as_it_is(file: Path):
    said = {"order": 17, "number": "K7M2-94QF", "ms": 1.5, "at": ["mika/cli.py:17"], "why": None, "route": "/say"}
    structlog.get_logger().info("request", **said)
    line = json.loads(file.read_text())
    assert {name: line[name] for name in said} == said
    assert redaction.clean("the provider answered 503 for order K7M2-94QF") == (
        "the provider answered 503 for order K7M2-94QF"
    )


@pytest.mark.parametrize("by", ["structlog", "logging"])
def test_an_exception_is_its_type_and_its_place(file: Path, by: str):
    def breaks(code: str) -> None:
        raise ValueError(f"no such code: {code}")

    try:
        breaks(CODE)
    except ValueError as error:
        if by == "structlog":
            structlog.get_logger().exception("it broke", error_was=error)
        else:
            logging.getLogger("somebodys.library").exception("it broke: %s, %r", error, error)
    line = json.loads(file.read_text())
    assert line["error"] == "ValueError"
    assert line["at"][-1].startswith("mika/test_logs.py:")
    assert CODE not in file.read_text()


def test_a_line_that_can_not_be_made_prints_no_arguments(file: Path, capsys: pytest.CaptureFixture[str]):
    logging.getLogger("somebodys.library").warning("one %s", CODE, CODE)
    assert CODE not in capsys.readouterr().err


def test_an_http_clients_addresses_are_not_logged(file: Path):
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200))) as http:
        http.get(f"https://api.example/{CODE}")
    assert file.read_text() == ""


@pytest.mark.parametrize("name", logs.TALKATIVE)
def test_talkative_libraries_are_kept_to_warnings(file: Path, name: str):
    logging.getLogger(f"{name}.some.part").info("a statement with %s", CODE)
    assert file.read_text() == ""
