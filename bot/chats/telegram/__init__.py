"""Telegram: two bots with two tokens, both thin. What is said to them goes to the routers every chat has.

`buyers` speaks through aiogram, `staff` through python-telegram-bot; each library is imported by its own file only.
What both share knows the platform and no library: `chat` the way from an update to an answer, `connection` how
updates come in, `render` and `manners` what Telegram takes and how much of it, `calls` what is asked of it.
"""
