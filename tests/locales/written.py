"""What stands in locales/: every sentence of a language with its variables, as Fluent's own parser reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from fluent.syntax import ast, parse
from fluent.syntax.visitor import Visitor

from core.ground.words import SENTENCES

BY_GRAMMAR = {"measure"}  # what only some languages need: Chinese counts with measure words


@dataclass(frozen=True)
class Sentence:
    """A key, where it stands, its variables, the variants it chooses between, and its text without either."""

    key: str
    file: str
    variables: frozenset[str]
    texts: tuple[str, ...]


class _Reading(Visitor):
    def __init__(self) -> None:
        self.variables: set[str] = set()
        self.texts: list[str] = []

    def visit_VariableReference(self, node: ast.VariableReference) -> None:
        self.variables.add(node.id.name)

    def visit_TextElement(self, node: ast.TextElement) -> None:
        self.texts.append(node.value)


@dataclass(frozen=True)
class Language:
    """All sentences of one language, and what is wrong with its files."""

    sentences: Mapping[str, Sentence]
    faults: tuple[str, ...]


def read(files: Iterable[tuple[str, str]]) -> Language:
    """`files` are names and texts."""
    found: dict[str, Sentence] = {}
    faults: list[str] = []
    for name, text in files:
        for entry in parse(text).body:
            if isinstance(entry, ast.Junk):
                faults.append(f"{name} has something that is no sentence: {str(entry.content)[:60]!r}")
            if not isinstance(entry, ast.Message):
                continue
            reading = _Reading()
            reading.visit(entry)
            key = entry.id.name
            if key in found:
                faults.append(f"{key} stands in {found[key].file} and in {name}")
            found[key] = Sentence(key, name, frozenset(reading.variables), tuple(reading.texts))
    return Language(found, tuple(faults))


@cache
def language(locale: str) -> Language:
    files = sorted((SENTENCES / locale).glob("*.ftl"))
    return read((file.name, file.read_text(encoding="utf-8")) for file in files)


def unlike(one: Mapping[str, Sentence], other: Mapping[str, Sentence]) -> list[str]:
    """Where two languages differ: in their keys, the files they stand in, or their variables."""
    faults = [f"{key} is in one language only" for key in one.keys() ^ other.keys()]
    for key in one.keys() & other.keys():
        if odd := (one[key].variables ^ other[key].variables) - BY_GRAMMAR:
            faults.append(f"{key} differs in {', '.join(sorted(odd))}")
        if one[key].file != other[key].file:
            faults.append(f"{key} stands in {one[key].file} and in {other[key].file}")
    return sorted(faults)
