"""The documents: the site builds without a warning, its made pages are as the program is."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"
MADE = runpy.run_path(str(DOCS / "reference_pages.py"))["PAGES"]


@pytest.mark.parametrize("name", MADE)
def test_a_made_page_is_as_the_program_is(name: str):
    assert (DOCS / "reference" / name).read_text() == MADE[name](), "python docs/reference_pages.py writes it anew"


def _built(docs: Path, to: Path) -> subprocess.CompletedProcess[str]:
    config = to / "mkdocs.yml"
    config.write_text((DOCS.parent / "mkdocs.yml").read_text().replace("docs_dir: docs", f"docs_dir: {docs}"))
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(config), "-d", str(to / "site")]
    environ = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, capture_output=True, text=True, env=environ)


def test_the_site_builds_without_a_warning(tmp_path: Path):
    ran = _built(DOCS, tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "WARNING" not in ran.stderr
    assert (tmp_path / "site" / "tutorial.html").exists()


def test_each_picture_of_the_site_is_there(tmp_path: Path):
    """mkdocs looks at pictures in Markdown only, not at those in HTML, which have a width."""
    assert _built(DOCS, tmp_path).returncode == 0
    pictures = [
        (page, page.parent / src)
        for page in (tmp_path / "site").rglob("*.html")
        for src in re.findall(r'<img[^>]* src="([^":]+)"', page.read_text())
        if not src.startswith("/")
    ]
    assert len(pictures) > 10
    assert not [f"{page.name}: {picture.name}" for page, picture in pictures if not picture.exists()]


def test_steps_are_counted_on_the_site_as_they_are_in_the_page(tmp_path: Path):
    """Markdown of the site takes what stands below a step for the step's only if it is four blanks in."""
    assert _built(DOCS, tmp_path).returncode == 0
    made = (tmp_path / "site" / "how-to" / "server.html").read_text()
    article = made[made.index("<article") : made.index("</article")]
    assert article.count("<ol>") == 3  # by itself, by Compose, with a panel


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path):
    copy = tmp_path / "docs"
    subprocess.run(["cp", "-r", str(DOCS), str(copy)], check=True)
    (copy / "index.md").write_text("[nowhere](nowhere.md)\n")
    ran = _built(copy, tmp_path)
    assert ran.returncode != 0
    assert "nowhere.md" in ran.stderr


@pytest.mark.parametrize("name", [page.name for page in DOCS.rglob("*.zh-CN.md") if page.parent.name != "transcripts"])
def test_a_page_in_two_languages_has_the_same_steps(name: str):
    (ours,) = (page for page in DOCS.rglob(name))
    theirs = ours.with_name(name.replace(".zh-CN", ""))
    for what in (r"^## ", r"^\d+\. ", r"```", r"^\|"):
        count = [len(re.findall(what, page.read_text(), re.M)) for page in (theirs, ours)]
        assert count[0] == count[1], f"{name}: {what}"
