"""Every language has the same sentences with the same variables, and they are those the code names."""

from __future__ import annotations

from functools import cache

import pytest

from core.ground.words import LOCALES
from tests.locales.used import OPEN, Source, Use, members, sources, uses, verbs
from tests.locales.written import language, read, unlike


@cache
def used() -> list[Use]:
    return uses(sources())


def named() -> set[str]:
    """Every key the code names, families with all their members."""
    return {use.key for use in used() if not use.key.endswith("*")}.union(*members().values())


def unsaid(among: list[Use], variables: dict[str, frozenset[str]]) -> list[str]:
    """Uses that don't give all a sentence's variables."""
    return [
        f"{use.where} says {use.key} without {', '.join(sorted(missing))}"
        for use in among
        if use.facts is not None and (missing := variables.get(use.key, frozenset()) - use.facts)
    ]


@pytest.mark.parametrize("locale", LOCALES)
def test_each_sentence_stands_once_and_is_well_formed(locale):
    assert language(locale).faults == ()


@pytest.mark.parametrize("locale", LOCALES[1:])
def test_a_language_has_what_the_chinese_has(locale):
    assert unlike(language(LOCALES[0]).sentences, language(locale).sentences) == []


def test_every_sentence_the_code_names_is_written():
    assert sorted(named() - language("en").sentences.keys()) == []


def test_every_sentence_written_is_named_by_the_code():
    written = {key for key in language("en").sentences if not key.startswith(OPEN)}
    assert sorted(written - named()) == []


def test_every_worked_out_key_is_of_a_known_family():
    families = {use.key.removesuffix("*") for use in used() if use.key.endswith("*")}
    assert sorted(families - members().keys()) == []


@pytest.mark.parametrize("locale", LOCALES)
def test_the_code_gives_every_variable(locale):
    variables = {key: sentence.variables for key, sentence in language(locale).sentences.items()}
    assert unsaid(used(), variables) == []


def test_typed_words_are_for_verbs_that_somebody_hears():
    heard = {key.removeprefix("hears-") for key in language("en").sentences if key.startswith("hears-")}
    assert sorted(heard - verbs(sources())) == []


# The checkers can fail.

CODE = """
def sorry(kind, key):
    return words(key, product=kind.name)

def card(order, state, talk, step):
    key = "one" if order.kind == "neither" else "two"
    words(key, n=1)
    words(f"state-{state}")
    sorry(order, "passed-on")
    talk.ask(step, "asked", [], numbered=False, most=3)
    talk.end("ended", **order.facts)
    staff.alarm(tx, f"once {order}", "alarmed", number=1)
    raise OutOfStock(left=2)
"""


def test_the_collector_finds_each_way_of_naming():
    found = {(use.key, use.facts) for use in uses([Source(CODE, "sample")]) if use.where.startswith("sample")}
    assert found == {
        ("one", frozenset({"n"})),
        ("two", frozenset({"n"})),
        ("state-*", frozenset()),
        ("passed-on", frozenset({"product"})),
        ("asked", frozenset({"most"})),
        ("ended", None),
        ("alarmed", frozenset({"number"})),
        ("out-of-stock", frozenset({"left"})),
    }


def test_a_variable_that_is_not_given_is_noticed():
    among = [Use("a", frozenset({"n"}), "here"), Use("b", None, "there")]
    assert unsaid(among, {"a": frozenset({"n", "total"}), "b": frozenset({"n"})}) == ["here says a without total"]


def test_what_is_wrong_with_a_language_is_noticed():
    one = read([("a.ftl", "a = { $n } { $measure }\nb = x\n"), ("b.ftl", "c = y\n")])
    other = read([("a.ftl", "a = { $total }\na = again\nc = y\n= nothing\n")])
    assert unlike(one.sentences, other.sentences) == [
        "a differs in n",
        "b is in one language only",
        "c stands in b.ftl and in a.ftl",
    ]
    assert len(other.faults) == 2
