# Telegram

telegram-in-file =
    { $n ->
        [one] ({ $n } in all, in the attached file. Please check the count, and tell us at once if any is missing.)
       *[other] ({ $n } in all, in the attached file, one per line. Please check the count, and tell us at once if any is missing.)
    }
telegram-text-only = I only read words and buttons. What would you like? Type its name, or press a button below.
telegram-checkout-later = We can't look this order up right now, and nothing was charged. Please press pay again in a minute.
telegram-anonymous = I can't tell who wrote that, so I can't act on it. Please post it as yourself.
