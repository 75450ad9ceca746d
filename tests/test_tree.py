"""A new top-level folder must be known to those that list the folders: the package and the import rules."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = {module.parent.name for module in ROOT.glob("*/__init__.py")} - {"proofs", "tests"}
TOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]


def test_the_import_rules_watch_every_folder() -> None:
    assert set(TOOLS["importlinter"]["root_packages"]) >= FOLDERS


def test_the_package_takes_every_folder_along() -> None:
    taken = {pattern.rstrip("*") for pattern in TOOLS["setuptools"]["packages"]["find"]["include"]}
    assert taken >= FOLDERS
