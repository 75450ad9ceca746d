"""The commands of a chat's menu: each is heard, said in each language, and as short as chats want it."""

from __future__ import annotations

import re

import pytest

from bot.buyers import buyers
from bot.commands import COMMANDS, commands
from bot.staff import staff
from core.ground.words import LOCALES, heard

ROUTERS = {router.name: router for router in (buyers, staff)}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", ROUTERS)
def test_every_command_is_heard_and_said(name, locale):
    for verb, about in commands(name, locale):
        assert re.fullmatch(r"[a-z0-9_]{1,32}", verb)
        assert verb in ROUTERS[name].handlers
        assert heard().get(verb, verb) == verb
        assert 0 < len(about) <= 40
        assert "\n" not in about


def test_both_kinds_of_people_have_theirs():
    assert set(COMMANDS) == set(ROUTERS)
    assert [verb for verb, _ in commands("buyers", "en")][-2:] == ["terms", "paysupport"]


@pytest.mark.parametrize("name", ROUTERS)
def test_each_language_says_it_in_its_own_words(name):
    said = [tuple(about for _, about in commands(name, locale)) for locale in LOCALES]
    assert len(set(said)) == len(LOCALES)
