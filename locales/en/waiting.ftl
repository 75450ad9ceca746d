# Waiting for what is sold out

hears-waitlist = notify me|waiting list|waitlist|tell me when it's back|tell me when it’s back|tell me when it is back|when will it be back

choose-tell-me = Tell me when it's back
choose-wait-no-more = Don't wait any more
choose-leave-line = Don't wait: { $product }
choose-buy-it = Buy it now

waiting-joined =
    { $product }: you're number { $n } in line.
    When it's back, we tell you here in your turn, and one is set aside for you for a short while. Nothing to pay until then.
waiting-back =
    { $product } is back. One is set aside for you until { $time }, and nobody else can buy it.
    If you don't buy it by then, it goes to the next in line.
waiting-list = You're waiting for:
waiting-row = { $product }: number { $n } in line
waiting-row-held = { $product }: one is set aside for you until { $time }
waiting-none = You aren't waiting for anything. Open what is sold out, and press "{ choose-tell-me }".
waiting-left = You aren't waiting for { $product } any more.
nothing-to-wait-for = { $product } can be bought right now, or never lies in stock, so there's nothing to wait for.
too-many-places = You can wait for { $most } products at a time. Leave one first, and then take this one.
line-full = So many people wait for { $product } already that no place is left. Please look again later.
