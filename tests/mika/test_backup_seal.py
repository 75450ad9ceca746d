"""Sealed backups: what is cut off, swapped, changed or of another key does not open, wherever it is touched."""

from __future__ import annotations

import io
import secrets

import pytest

from core.ground.vault import KeyRing
from mika import backup_seal
from mika.backup_seal import HEAD, PIECE, TAG, WrongKey, plain, sealed

SEALED = PIECE + TAG


@pytest.fixture
def ring() -> KeyRing:
    return KeyRing.fresh()


def opened(ring: KeyRing, file: bytes) -> bytes:
    return b"".join(plain(ring, io.BytesIO(file)))


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 7])
@pytest.mark.parametrize("step", [999_983, 5 * PIECE])
def test_what_was_sealed_in_pieces_of_any_size_opens_as_it_was(ring: KeyRing, size: int, step: int):
    content = secrets.token_bytes(size)
    file = b"".join(sealed(ring, (content[at : at + step] for at in range(0, size, step))))
    assert size < 16 or content[:64] not in file  # a byte alone is found anywhere
    assert opened(ring, file) == content


def test_no_two_are_alike(ring: KeyRing):
    assert b"".join(sealed(ring, [b"the same"])) != b"".join(sealed(ring, [b"the same"]))


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file[:-1],
        lambda file: file[: HEAD + SEALED],
        lambda file: file[: HEAD + 2 * SEALED],
        lambda file: file[:HEAD],
        lambda file: file[:HEAD] + file[HEAD + SEALED :],
        lambda file: file[:HEAD] + file[HEAD + SEALED : HEAD + 2 * SEALED] + file[HEAD : HEAD + SEALED],
        lambda file: file + file[-SEALED:],
        lambda file: file[: HEAD + 9] + bytes([file[HEAD + 9] ^ 1]) + file[HEAD + 10 :],
        lambda file: file[: HEAD - 1] + b"x" + file[HEAD:],
        lambda file: file[:100],
    ],
    ids=["a byte short", "one piece", "two pieces", "no piece", "first gone", "swapped", "more", "bit", "head", "torn"],
)
def test_what_is_damaged_does_not_open(ring: KeyRing, damage):
    file = b"".join(sealed(ring, [secrets.token_bytes(2 * PIECE + 100)]))
    with pytest.raises((ValueError, WrongKey)):
        opened(ring, damage(file))


def test_without_binding_the_end_a_backup_that_is_cut_off_would_open(ring: KeyRing, monkeypatch: pytest.MonkeyPatch):
    """The negative control."""
    monkeypatch.setattr(backup_seal, "_nonce", lambda number, last: number.to_bytes(12, "big"))
    content = secrets.token_bytes(2 * PIECE)
    file = b"".join(sealed(ring, [content]))
    assert opened(ring, file[: HEAD + SEALED]) == content[:PIECE]


def test_another_key_is_told_from_damage_before_anything_is_read(ring: KeyRing):
    file = b"".join(sealed(ring, [b"content"]))
    with pytest.raises(WrongKey, match="another key 1"):
        opened(KeyRing.fresh(), file)
    with pytest.raises(WrongKey, match="key 2, which is not on the ring"):
        opened(ring, b"".join(sealed(ring.rotated(), [b"content"])))


def test_a_backup_from_before_a_rotation_opens_with_the_ring_of_today(ring: KeyRing):
    assert opened(ring.rotated().rotated(), b"".join(sealed(ring, [b"content"]))) == b"content"


def test_what_was_never_sealed_is_read_as_it_is(ring: KeyRing):
    content = b"MIKA BACKUP 1\n" + secrets.token_bytes(2 * PIECE)
    assert opened(ring, content) == content
