# Rules of risk: reasons, outcomes and settings as staff see them

trail-customer = customer
trail-device = device
trail-ip = IP address
trail-payer = payer
trail-email = e-mail
trail-destination = account to top up
listed-customer = customer
listed-ip = IP address
listed-device = device
listed-payer = payer
listed-email = e-mail
listed-destination = account topped up
listed-domain = mail domain
listed-country = country
risk-hours =
    { $n ->
        [one] { $n } hour
       *[other] { $n } hours
    }
risk-days =
    { $n ->
        [one] { $n } day
       *[other] { $n } days
    }

risk-unweighed = the rules could not be run; a person must judge
risk-listed = on the block list ({ $what }): { $text }
risk-allowed = on the allow list ({ $what }): { $text }
risk-history-unknown = this buyer's earlier orders can't be looked up
risk-rejected-before =
    { $n ->
        [one] { $n } earlier order rejected by staff
       *[other] { $n } earlier orders rejected by staff
    }
risk-refund-abuse = refunded or replaced: { $n } of { $orders } orders
risk-dropped-payment = paid, then taken back within a day or so: { $n }; set aside and never paid: { $lapsed }
risk-late-and-new = new buyer, paid after the hold had ended
risk-far-above-usual = within days, { $n } times what this buyer usually pays for an order
risk-bad-neighbours = same { $by }: { $n ->
        [one] { $n } order of somebody else disputed or rejected
       *[other] { $n } orders of others disputed or rejected
    }
risk-reputation-good = earlier orders went well
risk-reputation-bad = earlier orders went badly
risk-limit-orders = same { $by }: order no. { $n } within { $span }
risk-limit-amount = same { $by }: { $amount } within { $span }
risk-limit-products = same { $by }: { $n } different products within { $span }
risk-crowd = same { $by }: { $n } customers within { $span }
risk-exposure = bought within { $span } by this buyer or on the same device or card: { $amount }, most of it not proved yet
risk-unpaid-orders =
    { $n ->
        [one] { $n } order left unpaid within { $span }
       *[other] { $n } orders left unpaid within { $span }
    }
risk-resale-young = an account not known for long, and goods that are easily resold
risk-young-bulk = an account not known for long, and { $n } pieces at once
risk-young-account = new buyer, and an account met only lately
risk-in-a-hurry = new buyer, and order no. { $n } right after the one before
risk-young-again = an account not known for long, and order no. { $n } within { $span }: { $amount } in all, by card
risk-little-at-stake = little at stake: { $amount } within { $span }
risk-known-address =
    same IP address: { $n ->
        [one] { $n } order of somebody else went well
       *[other] { $n } orders of others went well
    }
risk-many-accounts = { $n } accounts are linked to this buyer
risk-country-listed = from { $country }, which is on the shop's list
risk-country-unknown = the country is not known
risk-country-mismatch = the payer is in { $payer }, the buyer in { $country }
risk-rail-elevated = the payment provider sees a raised risk
risk-rail-highest = the payment provider sees the highest risk
risk-fraud-warning = the bank warns: its customer may not know this payment
risk-rails-failed =
    { $n ->
        [one] { $n } way to pay tried within an hour, in vain
       *[other] { $n } ways to pay tried within an hour, all in vain
    }
risk-throw-away-email = a throw-away e-mail address
risk-destination-changes = { $n } different accounts to top up within a day
risk-too-fast =
    from the first look to the order in { $n ->
        [one] { $n } second
       *[other] { $n } seconds
    }
risk-night = a large order at { $hour } o'clock at night

outcome-pass = pass
outcome-delay = deliver later
outcome-review = a person checks
outcome-refuse = refuse and refund
risk-why =
    Order { $number }: { $outcome }, score { $score }
    Weighed at { $time } by version { NUMBER($version, useGrouping: 0) } of the rules
risk-why-at = Later from { $delay }, checked from { $review }, refused from { $refuse } on
risk-why-row = { $score }: { $why }
risk-why-hard = { $score }, at least "{ $outcome }": { $why }
risk-why-shadow = on trial, not counted ({ $score }): { $why }
risk-why-clean = No rule has anything against it.
risk-why-unweighed = Order { $number } has not been weighed by the rules yet.
choose-why = Why
hears-risk-rules = checking rules|check rules
hears-why = why
no-such-version = There is no such version of the rules.
alarm-risk-file-unread = risk.toml can't be read. The rules stay as they were. Look at the file's permissions, and that it is UTF-8.
alarm-risk-file = Line { NUMBER($line, useGrouping: 0) } of risk.toml isn't understood. The rules stay as they were: { $text }
risk-bad-length = the file is longer than { $most } characters
risk-bad-toml = this is no TOML
risk-bad-table = { $name } should be a table
risk-bad-choice = { $name } should be one of { $options }
risk-bad-rising = thresholds should rise: delay, review, refuse
risk-bad-number = { $name } should be a whole number from { $least } to { $most }
risk-bad-flag = { $name } should be true or false
risk-bad-list = { $name } should be a list like ["US", "HK"]
risk-bad-amount = { $name } should be an amount of { $currency } like "200.00" in quotes, or "2.5 x" for so many times review_above
risk-bad-near = there is no { $what ->
    [rule] rule
   *[setting] setting
} "{ $name }"; did you mean { $near }?
risk-bad-unknown = there is no { $what ->
    [rule] rule
   *[setting] setting
} "{ $name }"

risk-rules =
    Rules for checking orders: { $preset }, version { NUMBER($version, useGrouping: 0) }
    { $minutes } min later from a score of { $delay }, checked from { $review }, refused and refunded from { $refuse } on.
risk-rules-unread = Version { NUMBER($version, useGrouping: 0) } of the rules can't be read (line { $line }: { $text }), so every order is checked by a person. Choose a preset to put it right.
risk-rules-changed = Changed: { $rule } ({ $mode }, weight { $weight })
risk-rules-never = Nobody has changed them: this is the standard.
risk-rules-set = Set by { $staff } at { $time }.
risk-preset-lax = Lax
risk-preset-standard = Standard
risk-preset-strict = Strict
risk-preset-sure = Change to "{ $preset }"? Rules the shop has changed itself go back to how they were.
risk-which-figure = Which one?
risk-figure-delay = Score for later
risk-figure-review = Score for a check
risk-figure-refuse = Score for refusing
risk-figure-delay-minutes = Minutes of delay
risk-figure-now = It is { $n }. What shall it be?
risk-figure-again = A number from { $least } to { $most }, please; the scores rise from later to check to refuse. Nothing was changed.
risk-which-rule = Which rule?
risk-rule-now =
    { $rule }: { $mode }, weight { $weight }
    Weights add up to the score. What says "at least" counts whatever the score.
risk-rule-hard = At least: { $outcome }
risk-rule-weight = { $rule } weighs { $n }. What shall it be? A number from { $least } to { $most }.
risk-mode-on = on
risk-mode-shadow = on trial
risk-mode-off = off
risk-versions = Earlier rules. Choose one, and it runs again:
risk-versions-none = There are no earlier versions.
risk-version-sure = Version { NUMBER($version, useGrouping: 0) }, { $preset }, set by { $staff } at { $time }. Run it again?
choose-rules = Rules
choose-thresholds = Change the scores
choose-one-rule = Change a rule
choose-versions = Earlier versions
choose-weight = Change its weight
choose-version = Version { NUMBER($version, useGrouping: 0) } · { $preset } · { $time }

risk-rule-listed = the block list
risk-rule-allowed = the allow list
risk-rule-history-unknown = history unknown
risk-rule-disputed-before = disputed before
risk-rule-fraud-warning = bank's warning
risk-rule-rail-highest = provider: highest risk
risk-rule-country-review = countries to check
risk-rule-country-delay = countries to delay
risk-rule-new-buyer-high-value = new buyer, high value
risk-rule-far-above-usual = far above the usual
risk-rule-young-bulk = young account, many
risk-rule-resale-young = young account, resale
risk-rule-young-account = young account
risk-rule-many-accounts = many linked accounts
risk-rule-limit-customer = limit per customer
risk-rule-limit-device = limit per device
risk-rule-limit-payer = limit per payer
risk-rule-limit-email = limit per e-mail
risk-rule-limit-destination = limit per account topped up
risk-rule-limit-ip = limit per IP
risk-rule-crowd-device = many on one device
risk-rule-crowd-payer = many by one payer
risk-rule-crowd-email = many on one e-mail
risk-rule-crowd-destination = many fill one account
risk-rule-crowd-ip = many on one IP
risk-rule-new-in-company = new, not alone
risk-rule-new-in-a-hurry = new, one after another
risk-rule-young-again = young account, by card again
risk-rule-young-exposure = young account, much
risk-rule-exposure = much not proved yet
risk-rule-revocable = much by card
risk-rule-revocable-weeks = much by card for weeks
risk-rule-country-mismatch = countries differ
risk-rule-rail-elevated = provider: raised risk
risk-rule-rails-failed = payments failed
risk-rule-throw-away-email = throw-away e-mail
risk-rule-destination-changes = changing accounts
risk-rule-unpaid-orders = unpaid orders
risk-rule-too-fast = faster than a person
risk-rule-night = night and high value
risk-rule-refund-abuse = too many refunds
risk-rule-rejected-before = rejected before
risk-rule-dropped-payment = late payments taken back
risk-rule-bad-neighbours = bad orders nearby
risk-rule-reputation = reputation
risk-rule-known-address = known IP address
risk-rule-little-at-stake = little at stake
