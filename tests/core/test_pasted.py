"""Stock as people paste it: what is a code, what is not, and that nothing is lost without being counted."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core import pasted
from core.pasted import LONGEST, PastedCode

quick = settings(deadline=None, max_examples=100)


def fields(code: PastedCode | None) -> list[str] | None:
    return None if code is None else [secret.reveal() for _, secret in code.fields]


def read(text: str) -> list[list[str] | None]:
    return [fields(code) for code in pasted.read(text.splitlines()).codes]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("AAAA-BBBB-CCCC", ["AAAA-BBBB-CCCC"]),
        ("4111 1111 1111 1111", ["4111 1111 1111 1111"]),
        ("6220----9988", ["6220", "9988"]),
        ("6220--9988", ["6220", "9988"]),
        ("6220|9988", ["6220", "9988"]),
        ("6220\t9988", ["6220", "9988"]),
        ("6220,9988", ["6220", "9988"]),
        ("6220，9988", ["6220", "9988"]),
        ("6220;9988", ["6220", "9988"]),
        ("6220；9988", ["6220", "9988"]),
        ("6220  9988", ["6220", "9988"]),
        ("6220 ---- 9988", ["6220", "9988"]),
        ("6220 | 9988 | extra", ["6220", "9988", "extra"]),
        ("  AAAA-1  ", ["AAAA-1"]),
        ("\ufeffAAAA-1", ["AAAA-1"]),
        ("\ufeff AAAA-1\u3000", ["AAAA-1"]),
        ("\u3000AAAA-1\xa0", ["AAAA-1"]),
        ("6220\u3000\u30009988", ["6220", "9988"]),
        ("6220\u2003\u20039988", ["6220", "9988"]),
        ("密码七七七", ["密码七七七"]),
        ("=cmd|'/c calc'!A0", ["=cmd", "'/c calc'!A0"]),
        ("a" * LONGEST, ["a" * LONGEST]),
    ],
)
def test_one_code_a_line_its_fields_apart(line, found):
    assert read(line) == [found]


@pytest.mark.parametrize(
    "line",
    [
        "AAAA\x00BBBB",
        "AAAA\x1bBBBB",
        "AAAA\x07",
        "AAAA\x7fBBBB",
        "AAAA\x9bBBBB",
        "AAAA\u202eBBBB",  # right to left from here on
        "AAAA\u200bBBBB",  # a space of no width
        "AAAA\xadBBBB",  # a hyphen that may not show
        "AAAA\ufeffBBBB",
        "AAAA\ue000BBBB",  # private use: stands for a secret inside sentences
        "AAAA\ud800BBBB",
        "a" * (LONGEST + 1),
        "x----" + "a" * (LONGEST + 1),
        "1,2,3,4",
        "1,2,3,4,5,6",
        "6220----",
        "----9988",
        "6220,,9988",
        "----",
        "|",
        "2030-01-31",
        "2030/1/31",
        "6220,9988,2030-02-30",
        "6220,9988,2030-13-01",
        "6220,9988,0000-01-01",
    ],
)
def test_what_can_not_be_a_code_is_told_by_its_line(line):
    found = pasted.read(["AAAA-1", line, "AAAA-2"])
    assert found.malformed == (2,)
    assert [fields(code) for code in found.codes] == [["AAAA-1"], ["AAAA-2"]]
    assert found.lines == (1, 3)


@pytest.mark.parametrize(
    ("line", "found", "until"),
    [
        ("AAAA-1----2030-01-31", ["AAAA-1"], date(2030, 1, 31)),
        ("AAAA-1,2030/1/31", ["AAAA-1"], date(2030, 1, 31)),
        ("AAAA-1,2030.01.31", ["AAAA-1"], date(2030, 1, 31)),
        ("6220|9988|2028-02-29", ["6220", "9988"], date(2028, 2, 29)),
        ("6220|9988|extra|2030-01-31", ["6220", "9988", "extra"], date(2030, 1, 31)),
        ("2030-01-31,AAAA-1", ["2030-01-31", "AAAA-1"], None),
        ("AAAA-1,30-01-31", ["AAAA-1", "30-01-31"], None),
    ],
)
def test_a_date_at_the_end_is_the_end_of_its_life(line, found, until):
    [code] = pasted.read([line]).codes
    assert fields(code) == found
    assert code.expires_on == until


def test_fields_are_labelled_by_how_many_there_are():
    labels = [[label for label, _ in code.fields] for code in pasted.read(["a", "b|c", "d|e|f"]).codes]
    assert labels == [["code"], ["number", "pin"], ["number", "pin", "extra"]]


def test_the_same_code_twice_is_one():
    found = pasted.read(["AAAA-1", "AAAA-2", " AAAA-1 ", "\ufeffAAAA-1", "ＡＡＡＡ-1", "AAAA-1,2030-01-31"])
    assert [fields(code) for code in found.codes] == [["AAAA-1"], ["AAAA-2"]]
    assert found.repeated == 4
    assert len(pasted.read(["aaaa-1", "AAAA-1", "AAAA 1", "AAAA,1", "A,AAA1"]).codes) == 5


def test_blank_lines_are_counted_and_no_trouble():
    found = pasted.read(["", "   ", "\ufeff", "\t", "\u3000", "AAAA-1"])
    assert (found.blank, found.malformed, found.lines) == (5, (), (6,))


lines = st.lists(
    st.text(st.characters(), max_size=40)
    | st.text(st.sampled_from("Aa1-|,;\t \ufeff\x00\u3000，；\u200b"), max_size=20)
    | st.sampled_from(["AAAA-1", "AAAA-1,2030-01-31", "6220----9988", "", "1,2,3,4"]),
    max_size=12,
)


@quick
@given(lines)
@example(["\ufeff\ufeff \ufeffA"])
@example(["A,9999-12-31", "A,0001-01-01"])
def test_every_line_is_a_code_or_counted(many):
    found = pasted.read(many)
    assert len(found.codes) + found.blank + found.repeated + len(found.malformed) == len(many)
    assert len(found.lines) == len(found.codes)
    assert len({code.normal() for code in found.codes}) == len(found.codes)


@quick
@given(lines)
def test_a_code_is_nothing_but_what_stood_there(many):
    found = pasted.read(many)
    for number, code in zip(found.lines, found.codes, strict=True):
        for _, secret in code.fields:
            assert secret.reveal()
            assert secret.reveal() == secret.reveal().strip()
            assert secret.reveal() in many[number - 1]


@quick
@given(lines)
def test_spaces_around_a_line_change_nothing(many):
    bare = [line.strip().strip("\ufeff") for line in many]
    padded = [f"\ufeff \u3000{line.lstrip()}\t " for line in bare]
    assert [code.normal() for code in pasted.read(padded).codes] == [code.normal() for code in pasted.read(bare).codes]


def test_what_is_read_prints_without_the_codes():
    found = pasted.read(["CANARY-7F3K----9QWZ", "CANARY-7F3K----9QWZ----x----y----z"])
    assert "CANARY" not in repr(found)
    assert "9QWZ" not in repr(found)


def test_a_hundred_thousand_lines_take_seconds():
    many = [f"{number:016}----{number * 7:08}----2030-01-31" for number in range(10**5)]
    began = time.process_time()
    found = pasted.read(many)
    assert time.process_time() - began < 20
    assert (len(found.codes), found.malformed) == (10**5, ())


def test_one_line_of_a_million_characters_takes_no_time():
    began = time.process_time()
    for line in ("-" * 10**6, " " * 10**6 + "x", "a " * 500_000, ",;" * 500_000, "1-" * 500_000):
        assert len(pasted.read([line, "AAAA-1"]).codes) <= 2
    assert time.process_time() - began < 20
