"""WeRoBot, of others: opens what WeChat posts, reads it, and seals an answer. Runs in an environment of its own."""

from __future__ import annotations

import json
import sys

from werobot.crypto import MessageCrypt  # pyright: ignore[reportMissingImports]  it is installed apart
from werobot.parser import parse_user_msg  # pyright: ignore[reportMissingImports]
from werobot.replies import TextReply  # pyright: ignore[reportMissingImports]

asked = json.load(sys.stdin)
account = MessageCrypt(*asked["account"])
said = []
for timestamp, nonce, signature, sealed in asked["packets"]:
    message = parse_user_msg(account.decrypt_message(timestamp, nonce, signature, sealed))
    told = {name: getattr(message, name, None) for name in ("type", "source", "target", "content", "message_id", "key")}
    reply = TextReply(message=message, content=asked["reply"])
    said.append(told | {"reply": account.encrypt_message(reply, timestamp, nonce)})
json.dump(said, sys.stdout)
