# Switches, quiet hours, the daily report, news from the shop

choose-switches = Switches
choose-hold = Hold deliveries
choose-go-on = Go on delivering
choose-shut = Close the shop
choose-reopen = Reopen the shop
choose-stop-rail = Stop { $rail }
choose-start-rail = Use { $rail } again
choose-sure = Yes, do it
choose-no-time = I don't know when
choose-enough-languages = These languages will do
switch-deliveries = deliveries held
switch-shop = shop closed
switch-rail = { $rail } stopped
switches = Switches:
switches-none = All as usual, nothing is held.
switch-row =
    { $what } since { $time }{ $until ->
        [none] {""}
       *[other] , ends by itself at { $until }
    }
switched-on = { $what }: switched on by { $staff }.
switched-off =
    { $staff ->
        [clock] { $what }: the time is over, all is as usual again.
       *[other] { $what }: ended by { $staff }, all is as usual again.
    }
already-switched =
    { $what }: { $staff ->
        [clock] the time was over at { $time }
       *[other] { $to ->
            [on] switched on
           *[other] ended
        } by { $staff } at { $time }
    }. Your press changed nothing.
switch-unknown = There's no such switch.
switch-sure-off = Back to normal, an end to "{ $what }"?
hold-sure =
    Hold all deliveries?
    Money still comes in, but no code goes out; buyers hear that it takes longer. Once you go on, they go out by themselves, in order.
stop-rail-sure =
    Stop { $rail }?
    New orders don't see it. Pages that are open still take money, and it counts.
close-sure =
    Close the shop?
    People can look, not buy; orders there are get paid and delivered. Whoever wants to buy reads:
closing-says = What shall buyers read ({ $language })? At most { $most } characters.
closing-until = When does it reopen? Like 18:00 or 2027-02-18 09:00 (the shop's time); it does so by itself.
closing-until-again = That's no time to come within a year. Write it like 18:00 or 2027-02-18 09:00.
shop-closed =
    { $says }
    You can't order right now. Do look around; what you've bought is there as always.{ $until ->
        [none] {""}
       *[other] {" "}We reopen at { $until }.
    }
way-stopped = This way to pay is off at the moment. Nothing was ordered; please choose another.
kept-back =
    We've received { $amount } for order { $number }.
    Deliveries are on hold right now, so this takes longer than usual. Your { $noun } is set aside and comes here by itself. Nothing more to pay.
    Rather not wait? Press "{ choose-human }" for a refund.

kind-paid = paid orders
kind-reviews = to check
kind-hands = to make by hand
kind-buyers = buyers' questions
kind-money = money
kind-risk = payment doubts
kind-stock = stock
kind-supply = suppliers
kind-rails = ways to pay
kind-overdue = overdue
topic-orders = Orders
topic-stock = Stock
topic-alerts = Alerts
kind-switches = switches
kind-daily = daily report
kind-faults = faults
kind-security = codes and people
mode-now = at once
mode-lists = in lists
mode-off = off
choose-kind = { $kind }: { $mode }
choose-notices-to-us = Notices to us
choose-quiet-hours = Quiet hours
choose-never-quiet = No quiet hours
choose-missed = One by one
notices-to-us = How are you told? Press to change: at once, in lists (every ten minutes), off.
quiet-never = No quiet hours.
quiet-hours = Quiet from { $begin } to { $end }: only money and stock are heard, the rest comes as one summary after.
quiet-when = Quiet from when to when? Like 23:00-8:00, in the shop's zone.
quiet-when-again = I didn't get that. Like 23:00-8:00.
summary =
    { $n ->
        [one] { $n } notice
       *[other] { $n } notices
    } since { $time }:
summary-row = · { $kind }: { $n }
missed = { $number } of { $n } · { $kind } · { $time }
missed-none = Nothing was told in a summary.
paid-list =
    { $n ->
        [one] { $n } order paid:
       *[other] { $n } orders paid:
    }
paid-total = { $amount } in all
paid-row = · { $number } { $product } × { $n }, { $amount }

choose-today = Today
choose-yesterday = Yesterday
daily =
    { $date }{ $over ->
        [yes] {""}
       *[no] {" "}so far
    }
daily-sold = Paid: { $orders ->
        [one] { $orders } order
       *[other] { $orders } orders
    }, { $n ->
        [one] { $n } unit
       *[other] { $n } units
    }
daily-week-before = A week before: { $orders } / { $n }, { $amount } came in
daily-came = In: { $amount } by { $rail }
daily-back = Refunded: { $amount } by { $rail }
daily-disputed = Taken by disputes: { $amount } by { $rail }
daily-no-money = No money in or out
daily-margin = Margin { $amount } (cost known for { $found } of { $n } units, before fees)
daily-margin-unknown = Margin unknown: no costs were given
daily-new-buyers =
    { $n ->
        [one] { $n } new buyer
       *[other] { $n } new buyers
    }
daily-waits = Now: { $reviews } to check, { $hands } by hand
daily-kept-back = Held back: { $n }
daily-overdue = Overdue: { $n }
daily-money-waits =
    { $n ->
        [one] { $n } payment waits
       *[other] { $n } payments wait
    } for your decision: no. { $which }
daily-low = { $left ->
        [0] Sold out: { $product }
       *[other] Running out: { $product }, { $left } left
    }

choose-about-news = News from the shop
choose-news = Send me news
choose-no-news = No more news
news-why = You agreed to hear news from the shop. To stop, say "unsubscribe".
news-on = Good, news about goods and offers comes here. Say "unsubscribe" whenever you like.
news-off = You get no news from the shop. Would you like to hear about new goods and offers?
news-left = Good, no more news. Messages about your orders come as always.
news-too-long = Between 1 and { $most } characters, please.
no-such-news = There's no such broadcast.
news-text = What shall they hear? Write it in your next message ({ $language }), at most { $most } characters. Only buyers who agreed get it.
news-text-again = Between 1 and { $most } characters, please ({ $language }).
news-others = And buyers who speak another language?
news-all-languages = It's written in all three languages.
choose-news-to-all = They get this too
choose-news-only = They get none
choose-news-in = Write it in { $language }
choose-preview = Preview
choose-send-news = Send
news-preview =
    { $n ->
        [one] Goes to { $n } buyer:
       *[other] Goes to { $n } buyers:
    }
news-count = · { $chat }: { $n }
news-nobody = No buyer has agreed to hear news. Nothing was sent.
chat-telegram = Telegram
chat-wechat = WeChat
chat-browser = site
news-card =
    Broadcast { $number }: { $stands ->
        [going] under way
        [stopped] stopped
       *[done] done
    }
    Sent { $sent }, skipped { $skipped } (left or out of reach){ $doubtful ->
        [0] {""}
        [one] . Not known whether { $doubtful } buyer got it; not sent again
       *[other] . Not known whether { $doubtful } buyers got it; not sent again
    }
choose-news-progress = How far is it
choose-stop-news = Stop
choose-news-again = Send to those { $n } again

hears-switches = switches|hold|hold deliveries|close shop|close the shop|holiday
hears-today = today
hears-yesterday = yesterday|report|daily report
hears-tellus = tellus|notices to us|notice settings
hears-quiethours = quiethours|quiet hours|quiet
hears-missed = missed|one by one
hears-announce = announce|broadcast
hears-news = news
hears-wantnews = subscribe
hears-nonews = unsubscribe|stop|no news
