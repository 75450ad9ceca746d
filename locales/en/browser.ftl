# The chat page in the browser: buttons, hints, states

browser-your-message = Your message
browser-placeholder = What would you like?
browser-desk-placeholder = A command, or codes
browser-send = Send
browser-log = Conversation
browser-from-us = Shop:
browser-from-you = You:
browser-choices = You can answer
browser-new-window = (opens a new window)
browser-shortcuts = Shortcuts
browser-to-orders = My orders
browser-to-help = Help
browser-to-reviews = To check
browser-to-all-orders = Orders
browser-to-stock = Stock
browser-language = Language
browser-in-zh-CN = 中文
browser-in-en = English
browser-in-ru = Русский
browser-start = Start
browser-earlier = Earlier messages
browser-now = Back to the latest
browser-desk = staff

browser-typing = Writing…
browser-slow = This takes longer than usual. We have your message; no need to send it again.
browser-reconnecting = Connection lost, reconnecting…
browser-failed = That didn't go through. Your text is still here: please send it again.

browser-copy = Copy
browser-copy-this = Copy code { $n }
browser-copy-all = Copy all { $n }
browser-copied = Copied
browser-not-copied = Please select it and copy
browser-download = Download .{ $kind }
browser-codes = { $codes }

browser-lines = { $n ->
    [one] [{ $n } line]
   *[other] [{ $n } lines]
}
browser-button = (a button)
browser-gone = This message can't be shown any more.
browser-too-fast = { $seconds ->
    [one] That was a little fast. Please try again in { $seconds } second.
   *[other] That was a little fast. Please try again in { $seconds } seconds.
}
browser-too-long = That's too long: { $most } characters at most. Please send it in parts.
browser-reload = This page has been open for too long. Please reload it and send that again.
browser-full = Too many windows are open. Please close a few.
browser-not-found = There's nothing here for you.
browser-back = Back to the chat

browser-desk-closed = This place is for staff only.
browser-desk-how = Ask the owner to run the command below on the server. It gives a one-time link; open it in this browser and you're in.
browser-desk-welcome = You've been invited as staff. Once you press Enter, this browser can handle orders and stock. The link works once.
browser-desk-enter = Enter
browser-desk-used = This link has been used already, or it is too old.
