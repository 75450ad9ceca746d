"""`mika telegram`, `mika wechat` and `mika email`: what the shop speaks through."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated, Literal

import typer

from mika.commands.here import Locale, say, shop_here

telegram = typer.Typer(no_args_is_help=True, help="The two bots on Telegram, and the staff's group.")
wechat = typer.Typer(no_args_is_help=True, help="The Official Account on WeChat: what it may do, and its menu.")
email = typer.Typer(no_args_is_help=True, help="The mail server that mail goes out by.")


@telegram.command("check")
def telegram_check() -> None:
    """Ask Telegram about both bots and the staff's group. Says what is right and what to do; status 1 if anything."""
    from mika import telegram

    raise typer.Exit(asyncio.run(telegram.check(shop_here(), say)))


@telegram.command("group")
def telegram_group() -> None:
    """Print a one-time code that makes a private group the staff's room, and what to do with it."""
    from mika import telegram

    asyncio.run(telegram.group(shop_here(), say))


@telegram.command("replace-bot")
def telegram_replace_bot(
    which: Annotated[Literal["buyers", "staff"], typer.Argument(help="Whose bot.")] = "buyers",
) -> None:
    """Put a new bot in the place of one that was banned or lost. People and orders stay.

    Asks for the new token, or reads it from a pipe; it is not shown. Status 1 if you don't go on.
    """
    import getpass

    from mika import telegram

    typed = sys.stdin.isatty()
    token = (getpass.getpass("The new bot's token, from BotFather: ") if typed else sys.stdin.readline()).strip()

    def agrees() -> bool:
        return not typed or typer.confirm("Go on?")

    done = asyncio.run(telegram.replace(shop_here(), which, token, say, agrees))
    raise typer.Exit(0 if done else 1)


@wechat.command("check")
def wechat_check() -> None:
    """Ask WeChat what the Official Account may do, and try the shop's own door. Status 1 if something is to do."""
    from mika import wechat

    raise typer.Exit(asyncio.run(wechat.check(shop_here(), say)))


@wechat.command("menu")
def wechat_menu(locale: Annotated[Locale, typer.Option(help="The menu's language.")] = "zh-CN") -> None:
    """Make the account's menu from the catalogue: brands, numbers to choose by, orders and codes."""
    from mika import wechat

    asyncio.run(wechat.menu(shop_here(), locale, say))


@email.command("check")
def email_check(
    to: Annotated[str, typer.Option(help="Whom a test mail is sent to; without it only the login is tried.")] = "",
    locale: Annotated[Locale, typer.Option(help="The mail's language.")] = "en",
) -> None:
    """Say whether the mail server takes our mail, and what to do. Status 1 if something is to do."""
    from mika import email

    raise typer.Exit(asyncio.run(email.check(shop_here(), to, locale, say)))
