"""A purchase piped into `mika chat` ends with the code."""

from __future__ import annotations

import fcntl
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mika import cli
from tests.mika.test_demo import running
from tests.ports import free_port

CODE = re.compile(r"^DEMO\w-\w{5}-\w{5}$", re.MULTILINE)


def piped(folder: Path, words: str, *options: str) -> str:
    """What `printf words | mika chat` prints."""
    ended = subprocess.run(
        [sys.executable, "-m", "mika.cli", "chat", *options],
        input=words.encode(),
        capture_output=True,
        cwd=folder.parents[1],
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr.decode()
    return ended.stdout.decode()


def test_a_purchase_ends_with_the_code(folder: Path):
    told = piped(folder, "你好\n货架\nSteam\n美区\n1\n买 1 张\n去付款 ¥72.50\n1\n", "--locale", "zh-CN")
    assert len(CODE.findall(told)) == 1, told
    assert told.index("去付款") < told.index("已发货")
    assert not CODE.search((folder / "mika.log").read_text())


# The same in this process, which takes a tenth of the time


def chatted(words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    monkeypatch.setattr(sys, "stdin", io.StringIO(words))
    with pytest.raises(SystemExit) as ended:
        cli.app(["chat", "--locale", "en", *options])
    printed = capsys.readouterr()
    assert ended.value.code == 0, printed.err
    return printed.out


def test_two_of_them_failing_first_and_the_codes_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    buying = "hi\nsteam 20\n1\nBuy more\n0\ntwo\n1\nfail\n1\npay\n"
    told = chatted(f"{buying}my orders\n1\n", monkeypatch, capsys)
    assert "I didn't get how many" in told
    assert "Nothing was paid" in told
    codes = CODE.findall(told)
    assert (len(codes), len(set(codes))) == (4, 2), told


@pytest.mark.parametrize(("public", "is_there"), [('public_url = "https://shop.example"\n', True), ("", False)])
def test_links_lead_to_the_shop_where_others_reach_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], public: str, is_there: bool
):
    (folder / "mika.toml").write_text(f'data = "."\n{public}[rails.manual]\npay_to = "First Bank"\n')
    monkeypatch.chdir(folder)
    told = chatted("steam 20\n1\nHow to redeem\nGuide as a page\n", monkeypatch, capsys)
    assert ("https://shop.example/guides/" in told) == is_there, told
    assert ("http://127.0.0.1:" in told) != is_there


def test_who_loses_the_chat_is_led_to_the_page_of_the_demo_that_is_open(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    buying = "steam 20\n1\nBuy 1\n1\npay\n"
    with running(folder, free_port()) as (_, shop, _):
        assert f"Chat gone? At {shop.rstrip('/')} type" in chatted(buying, monkeypatch, capsys)
    (folder / "page").write_text(shop.rstrip("/"))  # it was killed
    told = chatted(buying, monkeypatch, capsys)
    assert CODE.search(told) and "Chat gone?" not in told  # there is no page, and nobody is led to one


def test_staff_see_what_there_is(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    told = chatted("stock\n", monkeypatch, capsys, "--staff")
    assert "Steam 10 USD" in told
    assert not CODE.search(told)


def test_without_any_shop_it_is_the_demos(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    assert "Mika Shop" in chatted("hi\n", monkeypatch, capsys)
    assert (tmp_path / "data" / "demo" / "key").stat().st_mode & 0o777 == 0o600


def test_one_at_a_time(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    with (folder / "terminal.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(SystemExit) as ended:
            cli.app(["chat"])
    assert ended.value.code == 78
    assert "S010" in capsys.readouterr().err
