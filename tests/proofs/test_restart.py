"""A rolling restart at its smallest, and what goes wrong without its guards."""

from __future__ import annotations

import pytest

from proofs.__main__ import play
from proofs.restart import interleaved, longest_silence


@pytest.mark.slow
@pytest.mark.postgres
def test_nobody_notices_a_rolling_restart() -> None:
    said = play("restart", "tiny", 1, ("postgresql",), None)
    assert said["ok"], said
    assert said["figures"]["orders"] > 0


@pytest.mark.slow
@pytest.mark.postgres
def test_without_leases_two_speak_for_one_bot() -> None:
    """Who speaks in turns by chance is found as well: both have connected, and neither was told to end.

    Without drain it fails too, but only when a process has something in hand as it ends: not each time.
    """
    said = play("restart", "tiny", 1, ("postgresql",), "leases")
    assert not said["ok"]
    assert said["figures"]["two_speak_for_one_bot"] > 0, said


def test_two_who_speak_at_once_or_by_turns_are_seen() -> None:
    assert interleaved([(1, 2, "a"), (3, 4, "a"), (5, 6, "b")]) == 0
    assert interleaved([(1, 2, "a"), (3, 4, "b"), (5, 6, "a")]) == 1
    assert interleaved([(1, 4, "a"), (3, 5, "b")]) == 1


def test_a_silence_is_between_two_processes() -> None:
    assert longest_silence([(1, 2, "a"), (9, 10, "a"), (12, 13, "b"), (14, 15, "b")]) == 2
