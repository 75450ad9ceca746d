"""What rails have in common: a page of a list is asked for again, a provider that is slow to say nothing is not."""

from __future__ import annotations

import pytest

from core.ground.errors import PartyError, PartySilent
from payments import wire


class Provider:
    """Answers after so many failures, and counts how often it was asked."""

    def __init__(self, *failures: PartyError) -> None:
        self.failures = list(failures)
        self.asked = 0

    async def page(self) -> str:
        self.asked += 1
        if self.failures:
            raise self.failures.pop(0)
        return "page"


@pytest.mark.parametrize("lost", range(wire.READS))
async def test_a_page_without_an_answer_is_asked_for_again(lost: int):
    provider = Provider(*[PartySilent("no answer")] * lost)
    assert await wire.read_again(provider.page) == "page"
    assert provider.asked == lost + 1


async def test_it_is_not_asked_for_for_ever():
    provider = Provider(*[PartySilent("no answer")] * (wire.READS + 1))
    with pytest.raises(PartySilent):
        await wire.read_again(provider.page)
    assert provider.asked == wire.READS


async def test_a_refusal_is_an_answer():
    provider = Provider(PartyError("too hasty"))
    with pytest.raises(PartyError, match="too hasty"):
        await wire.read_again(provider.page)
    assert provider.asked == 1


async def test_whoever_takes_long_to_say_nothing_is_left_alone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(wire, "AT_ONCE", -1.0)
    provider = Provider(PartySilent("no answer"))
    with pytest.raises(PartySilent):
        await wire.read_again(provider.page)
    assert provider.asked == 1
