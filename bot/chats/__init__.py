"""The chats people talk to us in: one file or folder each, the only places in bot/ that know a vendor.

To add one: keep core.parties.Chat (name, send, routes, hear), make Said of what comes in and show Message as
the chat can; text is the only thing it must be able to show. mika/wiring finds it by its name.
"""
