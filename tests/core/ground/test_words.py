"""Sentences: in the hearer's language and time, with foreign text tamed and secrets kept out of the formatter."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fluent.runtime import FluentBundle
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.buyers import buyers
from bot.router import Router
from bot.staff import staff
from core.ground import words as sentences
from core.ground.messages import Answer, Choice, Codes, Lines, Local, Message, Note, Phrase, Sealed, words
from core.ground.money import Money
from core.ground.vault import Secret
from core.ground.words import (
    CLOSES,
    LOCALES,
    OPENS,
    Hearer,
    Opened,
    clock_time,
    parts,
    render,
    speak,
    spoken_here,
    tame,
)

CANARY = "CANARY-7F3K-9QWZ"
NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
quick = settings(deadline=None, max_examples=100)


def hearer(locale: str = "en") -> Hearer:
    return Hearer(locale, NOON, ZoneInfo("Asia/Shanghai"), zone_known=True)


Write = Callable[[str, str], None]


def forget() -> None:
    for kept in (sentences.bundle, sentences.sentence, sentences.heard):
        kept.cache_clear()


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """A shop whose sentences a test makes up: write(locale, ftl)."""
    monkeypatch.setattr(sentences, "SENTENCES", tmp_path)
    forget()

    def write(locale: str, ftl: str) -> None:
        (tmp_path / locale).mkdir(exist_ok=True)
        (tmp_path / locale / f"{len(list((tmp_path / locale).iterdir()))}.ftl").write_text(ftl)
        forget()

    yield write
    monkeypatch.undo()
    forget()


# Which language


@pytest.mark.parametrize(
    ("wanted", "spoken"),
    [
        ("zh-CN", "zh-CN"),
        ("zh-TW", "zh-CN"),
        ("zh_Hant_HK", "zh-CN"),
        ("zh", "zh-CN"),
        ("ZH-cn", "zh-CN"),
        ("ru-KZ", "ru"),
        ("RU", "ru"),
        ("en-GB", "en"),
        ("de", "en"),
        ("rus", "en"),
        ("", "en"),
        (None, "en"),
        ("-", "en"),
        ("../../etc", "en"),
    ],
)
def test_the_nearest_language_we_speak(wanted, spoken):
    assert spoken_here(wanted) == spoken


def test_a_sentence_in_the_hearers_language(write):
    for locale, hello in (("zh-CN", "你好"), ("en", "Hello"), ("ru", "Привет")):
        write(locale, f"hello = {hello}")
        assert render(words("hello"), hearer(locale)) == hello


def test_a_sentence_one_language_lacks_is_said_in_english(write):
    write("en", "hello = Hello, { $name }, it is { $time } and { $total }")
    write("ru", "bye = Пока")
    facts = {"name": "Лин", "time": NOON, "total": Money(1250, "CNY")}
    said = render(words("hello", **facts), hearer("ru"))
    assert said.replace("\xa0", " ") == "Hello, Лин, it is 20:00 and 12,50 CN¥"


def test_a_sentence_no_language_has_is_a_bug(write):
    write("en", "hello = Hello")
    with pytest.raises(KeyError, match="helo"):
        render(words("helo"), hearer())


@pytest.mark.parametrize("locale", ["en", "ru"])
def test_a_variable_that_is_not_given_is_a_bug(write, locale):
    write(locale, "hello = Hello, { $name }")
    with pytest.raises(ValueError, match="hello"):
        render(words("hello", nam="Lin"), hearer(locale))


# Facts


def test_each_kind_of_fact_is_said(write):
    write("en", "outer = { $fact }\ninner = inside { $n }")
    write("en", "count = { $n ->\n    [one] one\n   *[other] { $n } codes\n}")
    said = {
        "text": "Lin",
        "number": 7,
        "money": Money(1250, "USD"),
        "time": NOON,
        "name": Local({"en": "Steam", "ru": "Стим"}),
        "sentence": words("inner", n=words("count", n=2)),
        "nothing": None,
    }
    assert {what: render(words("outer", fact=fact), hearer()) for what, fact in said.items()} == {
        "text": "Lin",
        "number": "7",
        "money": "$12.50",
        "time": "20:00",
        "name": "Steam",
        "sentence": "inside 2 codes",
        "nothing": "",
    }
    assert render(words("count", n=1), hearer()) == "one"


def test_text_and_names_are_sentences_too():
    assert render("as it is", hearer()) == "as it is"
    assert render(Local({"en": "Steam", "ru": "Стим"}), hearer("ru")) == "Стим"


@pytest.mark.parametrize("unopened", [Codes(7), Phrase(7), Note(7), Answer(7, "account")])
def test_codes_are_opened_before_they_are_said(write, unopened):
    write("en", "outer = { $fact }")
    with pytest.raises(TypeError, match="must be opened"):
        render(words("outer", fact=unopened), hearer())


# Times


@pytest.mark.parametrize(
    ("moment", "locale", "zone", "known", "said"),
    [
        (NOON, "zh-CN", "Asia/Shanghai", True, "20:00"),
        (NOON, "zh-CN", "Asia/Shanghai", False, "20:00 UTC+8"),
        (NOON, "en", "UTC", False, "12:00 UTC"),
        (NOON, "en", "America/New_York", False, "08:00 UTC-4"),
        (NOON, "en", "Asia/Kolkata", False, "17:30 UTC+5:30"),
        (NOON, "en", "America/St_Johns", False, "09:30 UTC-2:30"),
        (NOON + timedelta(hours=4), "zh-CN", "Asia/Shanghai", True, "03-15 00:00"),
        (NOON + timedelta(hours=4), "en", "UTC", True, "16:00"),
        (NOON + timedelta(days=2), "en", "UTC", True, "03-16 12:00"),
        (NOON + timedelta(days=2), "ru", "UTC", True, "16.03 12:00"),
        (NOON - timedelta(hours=20), "ru", "UTC", False, "13.03 16:00 UTC"),
        (NOON + timedelta(days=365), "ru", "UTC", True, "2027-03-14 12:00"),
        (NOON - timedelta(days=100), "en", "UTC", False, "2025-12-04 12:00 UTC"),
    ],
)
def test_a_clock_time_with_its_date_and_zone_where_needed(moment, locale, zone, known, said):
    assert clock_time(moment, Hearer(locale, NOON, ZoneInfo(zone), known)) == said


@quick
@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    st.integers(-14 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters))),
)
def test_the_same_moment_is_said_whatever_zone_it_came_in(moment, zone):
    to = Hearer("en", NOON, ZoneInfo("Asia/Shanghai"))
    assert clock_time(moment.astimezone(zone), to) == clock_time(moment, to)


# Foreign text

DANGEROUS = "\u202e\u202d\u200e\u200f\u2066\u2067\u2068\u2069\u061c\u202a\u202b\u202c"


def test_a_name_can_not_turn_our_sentence_around(write):
    write("en", "decided = { $staff } approved")
    assert render(words("decided", staff=f"mallory{DANGEROUS}\x1b[2J\x00\x9b\x7f\r\n"), hearer()) == (
        "mallory[2J\n approved"
    )


def test_untamed_it_would(write, monkeypatch):
    monkeypatch.setattr(sentences, "tame", lambda text: text)
    write("en", "decided = { $staff } approved")
    assert "\u202e" in render(words("decided", staff=f"mallory{DANGEROUS}"), hearer())


@quick
@given(st.text())
def test_what_is_tame_has_no_controls_and_stays_so(text):
    tamed = tame(text)
    assert not set(tamed) & set(DANGEROUS)
    assert not [char for char in tamed if unicodedata.category(char) == "Cc" and char != "\n"]
    assert OPENS not in tamed
    assert CLOSES not in tamed
    assert tame(tamed) == tamed


@pytest.mark.parametrize(
    "text", ["Lin", "林丽", "Линь", "two\nlines", "👩‍👩‍👧 family", "سلام", "naïve e\u0301", "100 %"]
)
def test_what_people_are_called_stays_as_it_is(text):
    assert tame(text) == text


def test_foreign_text_is_no_sentence_of_ours(write):
    write("en", "hello = Hello, { $name }\nsecret = 42")
    for name in ("{ $name }", "{ secret }", "{ -term }", "{", "}", "*bold* <b>", "&lt;"):
        assert render(words("hello", name=name), hearer()) == f"Hello, {name}"


# Secrets


@pytest.fixture
def formatted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Everything the formatter is handed, and everything it makes."""
    seen: list[str] = []
    real = FluentBundle.format_pattern

    def format_pattern(self: FluentBundle, pattern: object, facts: object = None) -> object:
        made = real(self, pattern, facts)  # type: ignore[arg-type]
        seen.extend((repr(facts), str(made)))
        return made

    monkeypatch.setattr(FluentBundle, "format_pattern", format_pattern)
    return seen


HOSTILE = (CANARY, f"{{ $x }} {CANARY}", f"{OPENS}0{CLOSES}{CANARY}", f"{CANARY}\n{{", f"\u202e{CANARY}", "")


def test_no_secret_goes_through_the_formatter(write, formatted):
    write("en", "code = Your code:\n    { $code }\n    and { $other }. Bye")
    for plain in HOSTILE:
        secrets: list[Secret] = []
        made = render(words("code", code=Secret(plain), other=Secret("second")), hearer(), secrets)
        assert [secret.reveal() for secret in secrets] == [plain, "second"]
        spoken = parts(made, secrets)
        assert "".join(p.reveal() if isinstance(p, Secret) else p for p in spoken) == (
            f"Your code:\n{plain}\nand second. Bye"
        )
    assert CANARY not in "".join(formatted)


def test_a_plain_text_would_go_through_it(write, formatted):
    write("en", "code = Your code: { $code }")
    render(words("code", code=CANARY), hearer())
    assert CANARY in "".join(formatted)


def test_parts_come_in_their_order():
    one, two = Secret("one"), Secret("two")
    first, second = f"{OPENS}0{CLOSES}", f"{OPENS}1{CLOSES}"
    assert parts("nothing", []) == ("nothing",)
    assert parts("", []) == ()
    assert parts(first, [one]) == (one,)
    assert parts(f"{second}{first}", [one, two]) == (two, one)
    assert parts(f"a{first}b{second}c{first}", [one, two]) == ("a", one, "b", two, "c", one)


def opens(fact: Sealed) -> list[Opened]:
    if not isinstance(fact, Codes):
        return [Opened(Secret("sun moon"), Secret("sun moon"))]
    return [Opened(Secret(f"No.\n{CANARY}{unit}"), Secret(f"{CANARY}{unit}")) for unit in fact.units or (0,)]


def test_codes_stand_alone_on_their_lines(write, formatted):
    write("en", "delivered = Order { $number }:\n\n    { $codes }\n\n    Enjoy")
    message = Message((words("delivered", number="K7M2", codes=Codes(7, (1, 2))), "the end"), (Choice("Copy"),))
    spoken = speak(message, hearer(), opens)
    assert spoken.revealed() == f"Order K7M2:\n\nNo.\n{CANARY}1\nNo.\n{CANARY}2\n\nEnjoy\n\nthe end"
    assert spoken.plain() == "Order K7M2:\n\n***\n\nEnjoy\n\nthe end"
    assert [code.reveal() for code in spoken.codes] == [f"{CANARY}1", f"{CANARY}2"]
    assert spoken.choices[0].label == "Copy"
    assert spoken.source == message
    assert CANARY not in "".join(formatted)


@pytest.mark.parametrize("fact", [Phrase(7), Note(7), Answer(7, "account")])
def test_what_is_no_code_is_opened_too_and_counts_as_none(write, fact):
    write("en", "phrase = Say: { $phrase }")
    spoken = speak(Message(words("phrase", phrase=fact)), hearer(), opens)
    assert spoken.revealed() == "Say: sun moon"
    assert spoken.plain() == "Say: ***"
    assert spoken.codes == ()


def test_codes_within_a_sentence_within_a_sentence_are_opened(write):
    write("en", "outer = << { $inner } >>\ninner = { $codes }")
    spoken = speak(Message(words("outer", inner=words("inner", codes=Codes(7, (3,))))), hearer(), opens)
    assert spoken.revealed() == f"<< No.\n{CANARY}3 >>"


def test_lines_stand_under_one_another_their_codes_opened(write, formatted):
    write("en", "row = { $n }\ncodes = { $codes }")
    text = Lines((words("row", n=1), Lines(("two", words("codes", codes=Codes(7, (3,))))), Local({"en": "three"})))
    spoken = speak(Message((text, "end")), hearer(), opens)
    assert spoken.revealed() == f"1\ntwo\nNo.\n{CANARY}3\nthree\n\nend"
    assert CANARY not in spoken.plain() + "".join(formatted)


def test_choices_are_said_in_the_hearers_language(write):
    write("en", "choose = Buy\nhello = Hi")
    write("ru", "choose = Купить\nhello = Привет")
    choices = (
        Choice(words("choose"), "buy", main=True),
        Choice(Local({"ru": "Стим"}), "x"),
        Choice("1", link="https://x"),
    )
    spoken = speak(Message(words("hello"), choices), hearer("ru"), opens)
    assert [choice.label for choice in spoken.choices] == ["Купить", "Стим", "1"]
    assert [choice.says for choice in spoken.choices] == ["buy", "x", ""]
    assert [choice.main for choice in spoken.choices] == [True, False, False]
    assert spoken.choices[2].link == "https://x"


# Typed words


def misheard(router: Router) -> list[str]:
    """Typed words that mean something else to this router than what their own language says they mean."""
    known = router.handlers.keys() | router.openings.keys()
    faults = []
    for locale in LOCALES:
        for key in sentences.bundle(locale)._messages:
            verb = key.removeprefix("hears-")
            if verb == key or verb not in known:
                continue
            for word in (word.strip().casefold() for word in sentences.sentence(locale, key).split("|")):
                heard = sentences.heard().get(word)
                if heard != verb:
                    faults.append(f"{locale}: {word} is {verb} and is heard as {heard}")
                if word in known - {verb}:
                    faults.append(f"{locale}: {word} is {verb} and a verb itself")
    return faults


@pytest.mark.parametrize("router", [buyers, staff], ids=lambda router: router.name)
def test_no_typed_word_means_two_things(router):
    assert misheard(router) == []


@pytest.mark.parametrize("router", [buyers, staff], ids=lambda router: router.name)
def test_every_typed_word_is_heard_by_somebody(router):
    verbs = set(sentences.heard().values())
    assert verbs <= (buyers.handlers | buyers.openings | staff.handlers | staff.openings).keys()
    assert verbs & router.handlers.keys()


def test_a_word_of_two_meanings_is_noticed(write):
    write("en", "hears-orders = orders | Mine\nhears-help = help")
    write("ru", "hears-help = mine | shelf")
    assert misheard(buyers) == [
        "en: mine is orders and is heard as help",
        "ru: shelf is help and a verb itself",
    ]
    assert sentences.heard() == {"orders": "orders", "mine": "help", "help": "help", "shelf": "help"}
