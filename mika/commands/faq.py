"""`mika faq`: questions of buyers, and how well they are read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mika.commands.here import say

faq = typer.Typer(no_args_is_help=True, help="Questions of buyers, and how well they are read.")


@faq.command("ask")
def faq_ask(
    question: Annotated[str, typer.Argument(help="What a buyer might write, in Chinese, English or Russian.")],
) -> None:
    """Print what would be answered: whether at all, the guesses, and the answer that is shipped. Needs no shop."""
    from mika import faq

    raise typer.Exit(faq.ask(question, say))


@faq.command("check")
def faq_check(file: Annotated[Path, typer.Argument(help="A table apart by tabs: lang, intent, question.")]) -> None:
    """Read a file of questions whose intents are known, and say how many are read rightly. Needs no shop.

    Its first line names the columns: lang (zh, en, ru), intent, question; the intent `none` must not be answered.
    direct_right: answered, and rightly. offered_right: three are offered, the right one among them. wrong: answered
    with something else. passed: the rest, handed on to people or offered without the right one. The last line is JSON.
    Status: 0 if 85 % are answered rightly, 95 % answered or offered, 3 % wrong at most, and no `none` is answered;
    1 if not; 2 if the file can't be used.
    """
    from mika import faq

    raise typer.Exit(faq.check(file, say))


@faq.command("train")
def faq_train() -> None:
    """Learn anew from the phrasings in locales/*/asked.txt, as it must be done when they change. Takes a few minutes.

    Status: 0 all is well, 65 a file of phrasings is wrong.
    """
    from mika import faq

    raise typer.Exit(faq.train(say))
