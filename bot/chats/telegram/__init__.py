"""Telegram: two bots with two tokens, both thin. What is said to them goes to the routers every chat has.

`buyers` reads updates with aiogram, `staff` with python-telegram-bot; `by_aiogram` and `by_ptb` are how each calls
Telegram. What both share knows the platform and no library: `chat` the way from an update to an answer, `connection`
how updates come in, `render` and `manners` what Telegram takes and how much of it, `calls` what is asked of it.
"""
