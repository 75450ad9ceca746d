"""deploy/Dockerfile: what an image is made of is looked at: its files, its user, and the package inside."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.deploy.conftest import DEPLOY

ROOT = DEPLOY.parent
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
TAKEN = [line[1:].rstrip("/") for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
OURS = [name for name in TAKEN if (ROOT / name).is_dir()]


def tracked() -> set[str]:
    """What is in the repository of those folders. Skips the test where the program was unpacked from elsewhere."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no clone, so nothing says what belongs to it")
    listed = subprocess.run(["git", "ls-files", "-z", *OURS], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(filter(None, listed.stdout.split("\0")))


def test_every_folder_of_the_program_is_in_the_image_and_nothing_of_a_shop():
    folders = {file.parent.name for file in ROOT.glob("*/__init__.py")} - {"proofs", "tests"}
    assert set(OURS) == folders | {"locales"}
    assert not {"data", "mika.toml", "deploy", ".git"} & set(TAKEN)


@pytest.mark.slow
def test_the_package_brings_every_file_that_the_program_reads(tmp_path: Path):
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(tmp_path),
    ]
    subprocess.run([*command, str(ROOT)], check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        brought = set(wheel.namelist())
    assert tracked() - brought == set()


def test_it_runs_as_somebody_who_is_not_root_from_hashes_alone():
    stages = DOCKERFILE.split("\nFROM ")
    assert re.search(r"^USER 10001:10001$", stages[-1], re.M)
    assert "--require-hashes -r requirements.lock" in stages[1]
    assert not re.search(r"^(ENV|ARG) .*(TOKEN|SECRET|PASSWORD|KEY)", DOCKERFILE, re.M)
    assert {line.split()[1] for line in DOCKERFILE.splitlines() if line.startswith("FROM")} == {
        "python:3.11-slim-bookworm"
    }
