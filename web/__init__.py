"""Door 2: HTTP. What providers tell us, the chats' own pages, and how the shop is doing."""
