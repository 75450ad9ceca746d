"""A purchase piped into `mika chat` ends with the code."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

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


def test_two_of_them_failing_first_and_the_codes_again(folder: Path):
    buying = "hi\nsteam 20\n1\nBuy more\n0\ntwo\n1\nfail\n1\npay\n"
    told = piped(folder, f"{buying}my orders\n1\n", "--locale", "en")
    assert "I didn't get how many" in told
    assert "Nothing was paid" in told
    codes = CODE.findall(told)
    assert (len(codes), len(set(codes))) == (4, 2), told


def test_staff_see_what_there_is(folder: Path):
    told = piped(folder, "stock\n", "--staff", "--locale", "en")
    assert "Steam 10 USD" in told
    assert not CODE.search(told)
