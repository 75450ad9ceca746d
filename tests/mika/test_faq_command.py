"""`mika faq`: what a question would be answered, and how well a file of questions is read. Neither needs a shop."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from core import faq_reading
from core.faq_encoder import Encoder
from core.faq_reading import Bounds, Reader
from mika import cli, faq

HEADER = "lang\tintent\tquestion\n"
PLAIN = (
    "en\tredeem-how\thow do I redeem this code\nzh\tpaid-no-code\t付了钱没收到卡密\nru\thuman\tпозовите оператора\n"
    "en\tnone\thello\nru\tnone\tкакая сегодня погода\n"
)


@pytest.fixture
def said() -> list[str]:
    return []


def run(*words: str) -> Result:
    return CliRunner().invoke(cli.app, ["faq", *words])


def written(folder: Path, text: str) -> Path:
    file = folder / "questions.tsv"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_question_is_asked_without_a_shop(tmp_path):
    ran = run("ask", "付了钱没收到卡密")
    assert ran.exit_code == 0 and not list(tmp_path.iterdir())
    assert ran.output.startswith("Answered.\npaid-no-code")


def test_a_question_of_nobody_is_passed_on():
    assert run("ask", "👍").output == "Passed on to people.\n"


def test_a_file_is_read_and_counted(tmp_path, said):
    assert faq.check(written(tmp_path, HEADER + PLAIN), said.append) == 0
    last = json.loads(said[-1])
    assert (last["name"], last["ok"]) == ("faq", True)
    counted = {
        name: last["figures"][name] for name in ("total", "direct_right", "wrong", "none_total", "none_answered")
    }
    assert counted == {"total": 3, "direct_right": 3, "wrong": 0, "none_total": 2, "none_answered": 0}
    assert [line.split()[0] for line in said[-5:-1]] == ["zh", "en", "ru", "all"]


def test_what_is_answered_though_it_is_not_ours_fails(tmp_path, said):
    reads = faq_reading.reader()
    careless = Reader(reads.head, Encoder(), Bounds(0, 0))
    assert faq.check(written(tmp_path, HEADER + PLAIN), said.append, careless) == 1
    assert json.loads(said[-1])["figures"]["none_answered"] == 2


def test_what_is_answered_wrongly_fails(tmp_path, said):
    wrong = "en\tinvoice\thow do I redeem this code\nen\tbulk\tcan I pay with PayPal?\n"
    assert faq.check(written(tmp_path, HEADER + wrong), said.append) == 1
    figures = json.loads(said[-1])["figures"]
    assert (figures["wrong"], figures["direct_right"]) == (2, 0)


def test_what_is_passed_on_fails(tmp_path, said):
    assert faq.check(written(tmp_path, HEADER + "en\tinvoice\t👍\n"), said.append) == 1
    assert json.loads(said[-1])["figures"]["passed"] == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Q003"),
        ("intent\tquestion\n", "Q003"),
        (HEADER, "Q007"),
        (HEADER + "en\tgift\n", "Q004 FILE, line 2: there are 2 columns, not 3."),
        (HEADER + "en\tgift\thi\thi\n", "Q004 FILE, line 2"),
        (HEADER + "en\tgift\tfor a friend\n\nfr\tgift\tpour un ami\n", "Q005 FILE, line 4: there is no language 'fr'"),
        (HEADER + "en\tpresent\tfor a friend\n", "Q006 FILE, line 2: there is no intent 'present'."),
    ],
)
def test_a_file_that_cannot_be_used_is_told_by_line(tmp_path, said, text, told):
    file = written(tmp_path, text)
    assert faq.check(file, said.append) == 2
    assert len(said) == 1 and said[0].startswith(f"mika: {told.replace('FILE', str(file))}")


def test_no_file_and_no_text_are_told(tmp_path, said):
    assert faq.check(tmp_path / "nothing.tsv", said.append) == 2
    (tmp_path / "bytes.tsv").write_bytes(b"\xff\xfe\x00")
    assert faq.check(tmp_path / "bytes.tsv", said.append) == 2
    assert said[0].startswith("mika: Q001") and said[1].startswith("mika: Q002")
    assert run("check", str(tmp_path / "nothing.tsv")).exit_code == 2


def test_a_table_of_another_program_is_read(tmp_path, said):
    text = ("\ufeff" + HEADER + "en\tinvoice\tI need an invoice, please\n").replace("\n", "\r\n")
    assert faq.check(written(tmp_path, text), said.append) == 0
