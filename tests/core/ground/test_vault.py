"""Sealing: what opens, what doesn't, and that plaintext shows nowhere by accident."""

from __future__ import annotations

import base64
import copy
import hashlib
import io
import json
import logging
import os
import pickle
import pprint
import stat
import string
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ground import vault as vault_module
from core.ground.errors import Tampered
from core.ground.vault import KEY, NONCE, KeyRing, Secret, Vault

CANARY = "CANARY-7F3K-9QWZ"
ROW = "code 17 of product 3"
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=200)
quick = settings(deadline=None, max_examples=50)


@pytest.fixture
def vault() -> Vault:
    return Vault(KeyRing.fresh())


# Sealed values


@quick
@given(plain=TEXT, row=TEXT)
def test_what_was_sealed_opens_in_its_row(plain, row):
    vault = Vault(KeyRing.fresh())
    assert vault.open(vault.seal(plain, row), row).reveal() == plain
    assert vault.open(vault.seal(Secret(plain), row), row) == Secret(plain)


@quick
@given(plain=TEXT, rows=st.lists(TEXT, min_size=2, max_size=2, unique=True))
def test_a_ciphertext_moved_to_another_row_does_not_open(plain, rows):
    vault = Vault(KeyRing.fresh())
    with pytest.raises(Tampered):
        vault.open(vault.seal(plain, rows[0]), rows[1])


class Unbound(Vault):
    """Forgets which row a value belongs to."""

    def seal(self, secret: Secret | str, row: str) -> bytes:
        return super().seal(secret, "")

    def open(self, sealed: bytes, row: str) -> Secret:
        return super().open(sealed, "")


def test_without_the_row_a_moved_ciphertext_opens():
    careless = Unbound(KeyRing.fresh())
    assert careless.open(careless.seal(CANARY, "code 1"), "code 2").reveal() == CANARY


def test_every_single_flipped_bit_is_noticed(vault):
    sealed = vault.seal(CANARY, ROW)
    for place in range(len(sealed) * 8):
        flipped = bytearray(sealed)
        flipped[place // 8] ^= 1 << place % 8
        with pytest.raises(Tampered):
            vault.open(bytes(flipped), ROW)
    assert vault.open(sealed, ROW).reveal() == CANARY


def test_a_part_of_it_or_more_than_it_is_noticed(vault):
    sealed = vault.seal(CANARY, ROW)
    for wrong in (*(sealed[:size] for size in range(len(sealed))), sealed + b"\0", b"\0" + sealed, sealed * 2):
        with pytest.raises(Tampered):
            vault.open(wrong, ROW)


@quick
@given(st.binary(max_size=100))
def test_any_other_bytes_are_no_sealed_value(noise):
    with pytest.raises(Tampered):
        Vault(KeyRing.fresh()).open(noise, ROW)


def test_an_unknown_key_opens_nothing(vault):
    sealed = vault.seal(CANARY, ROW)
    with pytest.raises(Tampered, match="no key on the ring"):
        Vault(KeyRing({2: os.urandom(KEY)}, 2, os.urandom(KEY))).open(sealed, ROW)
    with pytest.raises(Tampered):  # the same number, another key
        Vault(KeyRing({1: os.urandom(KEY)}, 1, os.urandom(KEY))).open(sealed, ROW)


def test_the_key_id_can_not_be_changed_to_another_of_the_ring():
    key = os.urandom(KEY)
    twice = Vault(KeyRing({1: key, 2: key}, 1, os.urandom(KEY)))  # even if it is the very same key
    sealed = twice.seal(CANARY, ROW)
    with pytest.raises(Tampered):
        twice.open((2).to_bytes(2, "big") + sealed[2:], ROW)


def test_what_is_said_of_a_tampered_value_has_nothing_of_it(vault):
    sealed = vault.seal(CANARY, ROW)
    with pytest.raises(Tampered) as caught:
        vault.open(sealed, "code 18")
    assert CANARY not in "".join(
        traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
    )


def test_equal_texts_are_sealed_differently_each_time(vault):
    sealed = {vault.seal(CANARY, ROW) for _ in range(500)}
    assert len({one[2 : 2 + NONCE] for one in sealed}) == 500
    assert len({one[2 + NONCE :] for one in sealed}) == 500


def test_with_one_nonce_for_all_they_would_be_the_same(vault, monkeypatch):
    monkeypatch.setattr(vault_module.secrets, "token_bytes", bytes)
    assert len({vault.seal(CANARY, ROW) for _ in range(2)}) == 1


def test_a_new_key_seals_and_the_old_one_still_opens():
    old = KeyRing.fresh()
    both = KeyRing({**old.keys, 2: os.urandom(KEY)}, 2, old.pepper)
    before = Vault(old).seal(CANARY, ROW)
    after = Vault(both).seal(CANARY, ROW)
    assert [before[:2], after[:2]] == [b"\0\1", b"\0\2"]
    assert [Vault(both).open(one, ROW).reveal() for one in (before, after)] == [CANARY, CANARY]
    with pytest.raises(Tampered):
        Vault(old).open(after, ROW)
    with pytest.raises(Tampered):
        Vault(KeyRing({2: both.keys[2]}, 2, old.pepper)).open(before, ROW)
    assert Vault(old).fingerprint(CANARY) == Vault(both).fingerprint(CANARY)


# Fingerprints


@quick
@given(texts=st.lists(TEXT, min_size=2, max_size=2, unique=True))
def test_a_fingerprint_tells_equal_from_unequal(texts):
    vault = Vault(KeyRing.fresh())
    one, other = texts
    assert vault.fingerprint(one) == vault.fingerprint(one)
    assert vault.fingerprint(one) != vault.fingerprint(other)
    assert len(vault.fingerprint(one)) == 32


def test_a_fingerprint_needs_the_pepper(vault):
    """A thief of the database can't try all codes against it."""
    assert vault.fingerprint(CANARY) != Vault(KeyRing.fresh()).fingerprint(CANARY)
    for plain in (CANARY, f"code\0{CANARY}"):
        assert vault.fingerprint(CANARY) != hashlib.sha256(plain.encode()).digest()


def test_a_fingerprint_for_one_purpose_is_none_for_another(vault):
    purposes = ("code", "invite", "pick-up", "compare")
    assert len({vault.fingerprint(CANARY, purpose) for purpose in purposes}) == len(purposes)
    assert vault.fingerprint("bc", "a") != vault.fingerprint("c", "ab")


# Secrets


@dataclass(frozen=True)
class Parcel:
    number: int
    code: Any


def logged(value: Any) -> str:
    out = io.StringIO()
    logger = logging.Logger("canary", logging.DEBUG)
    logger.addHandler(logging.StreamHandler(out))
    logger.debug("sent %s, %r, %(x)s" if isinstance(value, dict) else "sent %s %r", value, value)
    return out.getvalue()


def crashed(value: Any) -> str:
    """A whole traceback, with the locals of each frame as error trackers take them along."""

    def hand_over(code: Any) -> None:
        raise ValueError("no", code, {"code": code}, Parcel(1, code))

    try:
        hand_over(value)
    except ValueError as error:
        return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    raise AssertionError


def structured(renderer: Any) -> Callable[[Any], str]:
    def log(value: Any) -> str:
        out = io.StringIO()
        as_data = isinstance(renderer, structlog.processors.JSONRenderer)
        trace = [structlog.processors.dict_tracebacks] if as_data else []
        processors = [structlog.processors.add_log_level, *trace, renderer]
        logger = structlog.wrap_logger(structlog.PrintLogger(out), processors=processors)
        try:
            raise ValueError(value)
        except ValueError:
            logger.error("sent", code=value, parcel=Parcel(1, value), many=[value], exc_info=True)
        return out.getvalue()

    return log


SINKS: dict[str, Callable[[Any], str]] = {
    "repr": repr,
    "str": str,
    "format": format,
    "f-string": lambda value: f"{value} {value!r} {value!s} {value:>40}",
    "percent": lambda value: "%s %r" % (value, value),  # noqa: UP031
    "str.format": lambda value: "{} {0!r:>30}".replace("{}", "{0}").format(value),
    "template": lambda value: string.Template("$code").substitute(code=value),
    "print": lambda value: _printed(value),
    "in a list, a dict, a set": lambda value: f"{[value]} { ({'code': value}) } { ({value}) } {(value,)}",
    "dataclass": lambda value: repr(Parcel(1, value)),
    "pprint": lambda value: pprint.pformat({"deep": [Parcel(1, value)]}),
    "logging": logged,
    "traceback": crashed,
    "structlog, console": structured(structlog.dev.ConsoleRenderer(colors=False)),
    "structlog, json": structured(structlog.processors.JSONRenderer()),
    "json, as text": lambda value: json.dumps({"code": value}, default=str),
}


def _printed(value: Any) -> str:
    out = io.StringIO()
    print(value, file=out)
    return out.getvalue()


@pytest.mark.parametrize("sink", SINKS)
def test_a_secret_prints_as_stars(sink):
    said = SINKS[sink](Secret(CANARY))
    assert CANARY not in said
    assert "***" in said


@pytest.mark.parametrize("sink", SINKS)
def test_a_plain_text_would_be_printed(sink):
    assert CANARY in SINKS[sink](CANARY)


@pytest.mark.parametrize(
    "carried_out",
    [pickle.dumps, copy.copy, copy.deepcopy, json.dumps, vars, lambda s: asdict(Parcel(1, s)), lambda s: "".join([s])],
    ids=["pickle", "copy", "deepcopy", "json", "vars", "asdict", "join"],
)
def test_a_secret_is_not_carried_out_of_the_process(carried_out):
    with pytest.raises(TypeError) as caught:
        carried_out(Secret(CANARY))
    assert CANARY not in str(caught.value)


def test_what_carries_a_plain_text_out_would_have_it():
    for carried_out in (pickle.dumps, json.dumps):
        assert CANARY in str(carried_out(CANARY))


def test_secrets_are_equal_when_their_texts_are():
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2
    assert Secret(CANARY).reveal() == CANARY


# Key files


def test_a_key_file_is_read_as_it_was_written(tmp_path):
    old = KeyRing.fresh()
    ring = KeyRing({**old.keys, 7: os.urandom(KEY)}, 7, old.pepper)
    ring.save(tmp_path / "keys")
    assert KeyRing.load(tmp_path / "keys") == ring


def test_only_its_owner_may_read_a_key_file(tmp_path):
    before = os.umask(0)
    try:
        KeyRing.fresh().save(tmp_path / "keys")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o600


def test_a_key_file_is_never_overwritten(tmp_path):
    KeyRing.fresh().save(tmp_path / "keys")
    before = (tmp_path / "keys").read_bytes()
    with pytest.raises(FileExistsError):
        KeyRing.fresh().save(tmp_path / "keys")
    assert (tmp_path / "keys").read_bytes() == before


def test_a_ring_prints_without_its_keys():
    ring = KeyRing.fresh()
    assert [repr(ring), str(ring)] == ["KeyRing(current=1)"] * 2
    assert ring.keys[1] != KeyRing.fresh().keys[1]


def key_file(**changed: Any) -> str:
    key = base64.b64encode(b"k" * KEY).decode()
    return json.dumps({"keys": {"1": key}, "current": 1, "pepper": key, **changed})


def short(size: int) -> str:
    return base64.b64encode(b"k" * size).decode()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[]",
        "null",
        "1",
        '"keys"',
        "not a key file",
        "\0\0\0\0",
        key_file()[:-20],
        key_file(keys=None),
        key_file(keys=[short(KEY)]),
        key_file(keys={}),
        key_file(keys={"one": short(KEY)}),
        key_file(keys={"1": None}),
        key_file(keys={"1": "***"}),
        key_file(keys={"1": short(KEY - 1)}),
        key_file(keys={"1": short(16)}),
        key_file(keys={"1": short(KEY), "2": short(KEY + 1)}),
        key_file(keys={"65536": short(KEY)}, current=65536),
        key_file(keys={"-1": short(KEY)}, current=-1),
        key_file(current=2),
        key_file(current=None),
        key_file(pepper=""),
        key_file(pepper=None),
        key_file(pepper=short(KEY - 1)),
    ],
)
def test_a_broken_key_file_is_refused(tmp_path, content):
    (tmp_path / "keys").write_text(content)
    with pytest.raises(ValueError, match="key file") as caught:
        KeyRing.load(tmp_path / "keys")
    told = "".join(traceback.format_exception(caught.value))
    assert short(KEY)[:20] not in told


def test_the_file_those_are_made_of_is_whole(tmp_path):
    (tmp_path / "keys").write_text(key_file())
    assert KeyRing.load(tmp_path / "keys").keys == {1: b"k" * KEY}


def test_bytes_that_are_no_text_are_no_key_file(tmp_path):
    (tmp_path / "keys").write_bytes(os.urandom(64) + b"\xff")
    with pytest.raises(ValueError, match="key file"):
        KeyRing.load(tmp_path / "keys")


def test_a_key_file_that_is_not_there_or_is_a_folder_can_not_be_read(tmp_path: Path):
    for path in (tmp_path / "keys", tmp_path):
        with pytest.raises(OSError):
            KeyRing.load(path)


def test_a_key_file_that_can_not_be_read_any_more_changes_nothing(tmp_path: Path):
    ring, path = KeyRing.fresh(), tmp_path / "keys"
    ring.save(path)
    vault = Vault(ring, path)
    path.unlink()
    path.mkdir()  # to read it is refused to root too
    assert vault.open(vault.seal(CANARY, ROW), ROW).reveal() == CANARY
    path.rmdir()
    ring.rotated().save(path)
    assert vault.current == 2


def test_a_key_file_can_be_made_only_where_there_is_a_folder(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        KeyRing.fresh().save(tmp_path / "nowhere" / "keys")
