# Looking at codes, taking files out, and who did what

hears-reveal = reveal
hears-export = export
hears-audit = audit

choose-show-here = Show it here
choose-show-once = One-time page
choose-agree-export = Agree
choose-stop-export = Stop it
choose-passphrase = Show the passphrase
choose-audit-older = Earlier

reveal-why =
    { $what }: codes to look at: { $n }. Left for you within 24 hours: { $left }.
    Why? Write a sentence; it's kept, and the others are told. Leave the code itself out.
reveal-where = Where? What is shown here may stay in the chat; a one-time page opens once and is gone.
reveal-link = This link opens once, until { $time }: { $way }
revealed =
    To be read until { $time }, then it's covered:
    { $codes }
nothing-to-reveal = There's no such code, or none was handed over yet.
several-codes = Several codes of that batch end like this. Write a few more characters.
enough-revealed = One may look at { $most } codes within 24 hours, and { $left } are left. Name the position after the order's number to see a single one, or take them out as a file.
reason-needed = Please say why, in 3 to { $most } characters.
link-used = This link was used, or is too old. Ask again if you need it.

export-what = What would you like to take out?
export-how = { $file }: as which kind of file?
export-how-month = { $file } of { $what }: as which kind of file?
format-xlsx = Excel
format-csv = CSV
file-orders = Orders
file-receipts = Payments
file-refunds = Refunds
file-stock = Stock
file-customers = Customers
file-books = Month's books
file-accounts = Account balances
file-codes = Codes
export-ready = { $file }: ready. This link downloads it once, until { $time }; don't pass it on: { $way }
export-codes-of-what = Which codes? Write "export codes" and an order's number or a product's short name.
export-codes-why =
    { $what }: { $n } codes go into an encrypted file. What is on sale stays on sale.
    Why? Write a sentence; it's kept, and the others are told.
export-codes-asked = Asked for. Once another colleague who may has agreed, the link comes here.
export-codes-wait = Nobody else here could agree, so it waits until { $time }, and owners can stop it. Then the link comes here.
export-codes-ready =
    The encrypted file of { $n } codes can be downloaded, once, until { $time }: { $way }
    The passphrase opens it. That is shown once as well.
export-agreed = Agreed: { $n } codes. The link went to the one who asked.
export-ended = Stopped. The file won't be given out.
export-is-asked = waits for somebody to agree, or nobody did in time
export-is-ready = has been agreed to
export-is-stopped = has been stopped
export-is-taken = has been downloaded
export-decided = This export { $state }. That can't be changed any more.
second-person-needed = Another colleague has to agree, one who already could when it was asked for.
no-such-month = There's no such month, or it hasn't begun. Write it like 2026-03.
passphrase =
    The passphrase, shown this once; write it down:
    { $phrase }
passphrase-shown-before = The passphrase was shown before. If you don't have it, ask for the file again.

told-reveal = { $staff } looked at codes: { $n }. Why: { $why }
told-export = { $staff } took a file out: { $file }
told-codes-asked = { $staff } asks to take codes out: { $n } of { $what }. Why: { $why }
told-codes-wait = { $staff } asks to take codes out: { $n } of { $what }. They can be downloaded from { $time }; until then it can be stopped. Why: { $why }
told-codes-taken = { $staff } downloaded codes: { $n } of { $what }.
told-export-stopped = { $staff } stopped an export: { $file }
told-roles = { $staff } made { $name }: { $roles }
told-left = { $name } doesn't work here any more.
told-entered = { $name } works here now: { $roles }
told-audit-head = The audit has { $n } entries; its mark is { $value }. If somebody meddles with it, this shows.

audit-latest = What was done last:
audit-none = There's nothing earlier.
audit-row = { $time } { $staff }: { $what } { $name }
actor-shop = the shop
actor-clock = the clock
actor-command-line = command line
actor-chat = the chat
actor-supplier = supplier
act-agree-export = agreed to
act-approve = approved
act-ask-export = asked for
act-backup = backed up
act-bought = bought
act-enter = came in
act-export = downloaded
act-exported = finished
act-fulfil = made
act-give-roles = changed the role of
act-goodwill = gave goodwill
act-import = restocked
act-invite = invited
act-leave = let go
act-match = matched money
act-open-room = opened the room
act-payment-by-hand = noted a payment
act-recover = recovered
act-refund = refunded
act-refund-by-hand = refunded by hand
act-reject = rejected
act-release-export = released
act-replace = replaced
act-reply = replied
act-restore = restored
act-reveal = looked at codes
act-rotate = rotated
act-show-passphrase = saw the passphrase
act-stop-export = stopped

web-once-welcome = Press the button to open this. It opens once, so see that nobody looks over your shoulder.
web-once-press = Open
web-once-used = This link was used, or is too old.
web-once-shown = In two minutes this page puts itself away, and it can't be opened again.

column-number = Order
column-placed = Placed
column-paid = Paid
column-buyer = Buyer
column-chat = Channel
column-product = Product
column-many = Quantity
column-total = Total
column-currency = Currency
column-state = State
column-rail = Paid by
column-received = Received
column-transaction = Transaction
column-payer = Payer
column-amount = Amount
column-made = Made
column-ended = Ended
column-reference = Refund number
column-batch = Batch
column-slug = Short name
column-source = Source
column-available = Available
column-reserved = Reserved
column-granted = Sold
column-quarantined = Quarantined
column-voided = Voided
column-unit-cost = Unit cost
column-customer = Customer
column-since = First seen
column-name = Name
column-accounts = Accounts
column-orders = Orders placed
column-orders-paid = Orders paid
column-last-order = Last order
column-day = Day
column-came-in = Came in
column-went-back = Went back
column-net = Net
column-fee = Fees (estimated from the settings)
column-earned = Sales (no tax worked out)
column-cost = Cost of goods sold
column-cost-unknown = Codes of unknown cost
column-account = Account
column-before = Opening
column-added = Added
column-taken = Taken
column-after = Closing
refund-is-created = to be sent
refund-is-sent = under way
refund-is-done = done
refund-is-failed = refused by the provider
refund-is-unknown = outcome unknown
