# Redemption: what is known of it, from whom

choose-worked = It worked
choose-all-worked = All of them
choose-keep-where = Yes, keep it
choose-keep-nothing = No, keep nothing
choose-forget-where = Forget when and where
choose-redeem-another = Another code

worked-which = Order { $number }: which codes worked?
worked-noted =
    Good to hear. It's noted that it worked.
    May we also keep when and where you used it? Only if you say so, and you can take it back at any time.
worked-where = Where did you redeem it: which country, which app or page? At most { $most } characters, and please never the code itself.
worked-kept = It's noted that it worked, when and where. You can take back the when and where at any time.
worked-thanks = All right. It's noted that it worked, and nothing else.
worked-forgotten = When and where are erased. That it worked stays noted.
nothing-redeemed = Order { $number } has no code that you could tell of.
told-redeemed =
    Order { $number }, code { $position }: { $product } has just been redeemed with us.
    If that wasn't you, press "{ choose-problem }".

redeem-which = Type or scan the code. It counts only if this shop honours it, and only once.
redeem-done =
    Redeemed: { $product }, order { $number }, code { $position }. { $time }, { $staff }
    Whoever holds it has been told.
redeem-before =
    Redeemed before, at { $time } by { $staff }: { $product }, order { $number }, code { $position }
    Don't honour it again.
not-honoured = That is no code that this shop honours. Check it and send it again.
not-honoured-now = This code is of order { $number }, whose payment is disputed or went back. Don't honour it.
issuer =
    { $product }: { $name ->
        [shop] the shop honours its codes itself, at "redeem"
        [none] nobody but buyers tells us that a code was redeemed
       *[other] { $name } tells us when a code was redeemed
    }
    To change it, type "issuer { $slug } shop".
issuer-unknown = { $name } isn't known here. There are: { $options }

staff-known-redeemed = Known to be redeemed: { $lines } · { $source }, { $time }
redeemed-by-seller = at our own counter
redeemed-by-issuer = told by the issuer
redeemed-by-buyer = told by the buyer
event-redeemed = redemption noted
event-place-forgotten = buyer took back when and where
act-redeem = redeemed a code of
act-issuer = set who tells of redemptions of

hears-redemptions = redemptions|redemption rate
redemptions = Redeemed as far as anybody could tell, of what was delivered:
redemptions-none = Nothing has been delivered yet.
redemptions-row =
    { $product }: { $known ->
        [no] not known, nobody can tell
       *[yes] { $rate } % ({ $found } of { $asked })
    } · coverage { $coverage } % ({ $asked } of { $sent }) · buyers say it worked: { $done }
