"""The proof of questions read: it holds, and it tells when everything is answered."""

from __future__ import annotations

from proofs.__main__ import play


def test_questions_are_read_well_by_a_small_process() -> None:
    said = play("faq", "tiny", 1, (), None)
    assert said["ok"], said
    assert said["figures"]["megabytes"] < 250 and said["figures"]["total"] > 50


def test_answering_at_any_rate_is_told() -> None:
    said = play("faq", "tiny", 1, (), "questions-passed")
    assert not said["ok"] and said["figures"]["none_answered"] > 0
