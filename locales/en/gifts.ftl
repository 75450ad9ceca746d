# Gifts: a code passed on by a link that opens once

hears-gift = gift|gifts|my gifts|open a gift

choose-give = Give it away
choose-make-link = Make the link
choose-take-back = Take it back
choose-accept = Accept it
choose-gift = { $product } · from { $name }

gift-which = Order { $number }: which code would you like to give away?
gift-sure =
    Order { $number }, code { $position }: we make a link for one friend. Whoever opens it first has the code.
    From then on you don't see it here any more. Until then you can take it back.
gift-made =
    A gift: { $product }, order { $number }, code { $position }
    Send your friend one of these. It opens once, until { $time }.
gift-made-seen =
    A gift: { $product }, order { $number }, code { $position }
    Send your friend one of these. It opens once, until { $time }.
    You've seen this code, and your friend is told so: please don't use it any more.
gift-way-browser =
    In the browser:
    { $way }
gift-way-telegram =
    In Telegram:
    { $way }
gift-way-typed =
    Or to type in any chat with us:
    { $way }
gift-look =
    { $name } gives you: { $product }
    { $anywhere ->
        [yes] It works on accounts of any region.
       *[no] It works on { $region } accounts only.
    }
    { $seen ->
        [yes] { $name } has seen the code, so take it only from somebody you trust.
       *[no] Nobody has seen the code yet.
    }
    It opens once, until { $time }.
gift-here =
    From { $name }: { $product }

    { $codes }
gift-later = You'll always find it by typing "gift".
gift-waits = Order { $number }, code { $position }: given away, not opened yet. The link is good until { $time }.
gift-was-opened = Order { $number }, code { $position }: given away, opened at { $time }. It isn't shown here any more.
gift-taken-back = Order { $number }: taken back. The link opens nothing any more.
gifts = What you were given:
gifts-none = You weren't given anything yet. To open a gift, use the link your friend sent you.
told-gift-opened =
    { $name } has opened your gift: { $product }, order { $number }, code { $position }
    It's theirs now and isn't shown in your order any more.
told-redeemed-gift =
    { $product }, which you were given, has just been redeemed with us.
    If that wasn't you, press "{ choose-problem }".

not-to-give = Order { $number } has no code that could be given away now. One with a claim going on can't be either.
redeemed-before = This code of order { $number } has been used as far as we know, so it's no gift any more.
gift-gone = This gift link opens nothing any more: it was taken back, or its time is over. Please ask whoever sent it to you.
gift-opened = Somebody else has opened this gift already. Please ask whoever sent it to you.
gift-is-yours = This is your own gift. Send the link to a friend; until it's opened, you can take it back in your order.
gift-not-now = This gift can't be opened at the moment. The link stays good until { $time }; please try again a little later.

staff-gift =
    { $name ->
        [none] Code { $position }: being given away, until { $time }
       *[other] Code { $position }: given away, opened by { $name }, { $time }
    }
event-gift-made = gift link made
event-gift-taken-back = gift taken back
event-gift-opened = gift opened
act-open-gift = opened a gift of
browser-gift = Somebody sent you a gift.
browser-gift-see = See the gift
