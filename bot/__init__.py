"""People in chats: they say something, a router finds who answers, a chat shows the answer."""
