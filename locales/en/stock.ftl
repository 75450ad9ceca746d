# Stock as staff handle it: files, batches, what is taken out, when they are told

hears-alert = alert

restock-paste-or-file =
    Restocking { $product }: paste the codes, one per line, or send them as a file (txt, csv or xlsx). They are sealed on arrival.
    Put ---- or a comma between number and PIN; an expiry date like 2027-12-31 may end the line.
restock-reading = { $product }: the file is being read and sealed. You'll be told what is in it; nothing is on sale before you say so.
restock-bought = What did one cost, and by which receipt? Write it like "12.50 INV-2041", or "-" for an amount you don't know. You can leave it out.
restock-bought-again = Write the amount first, then the receipt: "12.50 INV-2041". At most { $most } characters.
restock-kept = All right. It waits for a day, then it is discarded.
restock-going = { $product }: { $done } of { $n } are in. They go on sale together when all are in; you can leave.
batch =
    Batch { NUMBER($row, useGrouping: 0) } of { $product }, from { $source }, { $time }
    { $n } codes: { $available } for sale, { $reserved } reserved, { $sold } sold, { $out } taken out
batch-bought = Cost of one: { $cost }. Receipt: { $proof }
choose-again = Send other codes
choose-bad-lines = Unreadable lines
choose-withdraw-quarantine = Take out of sale
choose-withdraw-void = Void
choose-withdraw-move = Move to another product
choose-bought = Cost and receipt
choose-stock-of = { $product }
choose-batch = Batch { NUMBER($row, useGrouping: 0) } · { $n } · { $time }
choose-back-to-batch = Back to the batch
bad-lines =
    { $n ->
        [one] { $n } line is no code:
       *[other] { $n } lines are no codes:
    }
bad-line = Line { NUMBER($row, useGrouping: 0) }: { $why }
bad-lines-more = … and { $n } more
stock-line-binary = binary data
stock-line-encoding = not UTF-8
stock-line-endless = longer than any code
stock-line-hidden = invisible characters
stock-line-long = a field is too long
stock-line-gap = a field is empty
stock-line-date = a date and no code
stock-line-no-date = there is no such date
stock-line-fields = more than three fields
stock-line-truth = a cell holds TRUE or FALSE
stock-line-rounded = a number whose digits the spreadsheet rounded: format the column as text

stock-file-empty = The file is empty.
stock-file-kind = I can read txt, csv and xlsx files. Please send one of these, or paste the codes.
stock-file-lines = The file has more than a million lines.
stock-file-codes = The file has more than { $most } codes. Please send it in parts.
stock-file-too-big = The file is bigger than { $most } MB. Please send it in parts.
stock-file-unpacked = The workbook unpacks to far too much. Please save only the codes, as csv.
stock-file-parts = The workbook has far too many parts. Please save only the codes, as csv.
stock-file-corner = The sheet has a cell very far out. Please save only the codes, as csv.
stock-file-zip = The file is a zip or a workbook, and not the text its name says.
stock-file-csv = As csv it makes no sense: a quotation mark may be left open.
stock-file-workbook = The workbook can't be opened. Please save it again, or as csv.
stock-file-damaged = The file is no Excel workbook, or a damaged or locked one.
stock-file-gone = The file can't be fetched any more. Please send it again.
stock-file-nothing = Nothing of it was taken.
file-not-here = I don't know what this file is for. To restock, choose the product first and send it then.
not-read = The file is still being read. You'll be told when it is done.

product-in-full = { $product }{ $face ->
        [none] {""}
       *[other] {" "}· { $face }
    } · { $region }{ $which ->
        [none] {""}
       *[other] {" "}· { $which }
    }
staff-stock-low = { $product } ({ $available ->
        [0] sold out
       *[other] low
    }): { $available } for sale, { $reserved } reserved, { $sold } sold
stock-alert-at =
    { $threshold ->
        [0] You're told when it is sold out. To hear earlier, type "alert { $slug } 10".
       *[other] You're told at { $threshold } or fewer. To change it, type "alert { $slug }" and a number.
    }
stock-alert-how = Write it like "alert steam-us-20 10". At 0 you're told only when it is sold out.
alarm-low-stock =
    { $product } runs low: { $left } left{ $unpaid ->
        [0] {""}
       *[other] , { $unpaid } of them held by unpaid orders
    }
    You wanted to know at { $threshold } or fewer. You'll hear again only after a restock.
alarm-sold-out =
    { $product } is sold out
    Buyers can't order it now. You'll hear again only after a restock.

withdraw-what = Write "withdraw quarantine", "withdraw void" or "withdraw move".
withdraw-list = Paste the codes it is about, one per line, at most { $most }. They are only looked up.
withdraw-none-of-these = None of these is unsold and in stock, so there is nothing to do. You can paste others.
withdraw-nothing = None of it is unsold any more. Nothing was changed.
withdraw-where = To which product? Write its name or its short name.
withdraw-where-again = They can't go there. Write the name of another product of which each code has one buyer.
withdraw-why = Why? A few words; they're kept, and the others are told.
withdraw-why-again = Please write why, in at most { $most } characters.
withdraw-sure-quarantine =
    Take { $n } unsold codes of { $product } out of sale for good? Why: { $why }
    Sold ones are left alone; reserved ones follow if they aren't paid. They never come back on sale; you can still void them.
withdraw-sure-void =
    Void { $n } unsold codes of { $product } for good? Why: { $why }
    Sold ones are left alone; reserved ones follow if they aren't paid.
withdraw-sure-move =
    Move { $n } unsold codes of { $product } to { $to }? Why: { $why }
    Sold ones are left alone; reserved ones follow if they aren't paid.
several-products = several products
choose-sure-quarantine = Take them out
choose-sure-void = Void them
choose-sure-move = Move them
withdraw-begun = It has begun. You'll be told when it is done.
told-withdraw-quarantine = { $staff } takes codes of { $product } out of sale: { $n }. Why: { $why }
told-withdraw-void = { $staff } voids codes of { $product }: { $n }. Why: { $why }
told-withdraw-move = { $staff } moves codes of { $product } to { $to }: { $n }. Why: { $why }
withdrawn-quarantine =
    { $n ->
        [one] { $n } code is out of sale.
       *[other] { $n } codes are out of sale.
    }
withdrawn-void =
    { $n ->
        [one] { $n } code is void.
       *[other] { $n } codes are void.
    }
withdrawn-move =
    { $n ->
        [one] { $n } code was moved and is on sale there.
       *[other] { $n } codes were moved and are on sale there.
    }
cant-move-there = They can't go there. Choose another product of which each code has one buyer.

browser-file = Stock as a file
browser-file-send = Send the file
browser-file-too-big = The file is bigger than { $most } MB. Please send it in parts.

choose-try = Try it as a buyer
rehearsal-which = Try what, with { $product }? It is played on a copy: no real stock, money or buyer is touched.
rehearsal-first-simple = the first simple product
rehearsal-begins =
    { $n ->
        [one] { $what }: being played. The conversation comes here when it is over, within a minute.
       *[other] { $what }: being played in { $n } chats, one after the other. Each conversation comes here when it is over, within a minute each.
    }
rehearsal-purchase = A plain purchase
rehearsal-paid-after-sold-out = Paid when it has sold out
rehearsal-late-payment = Paid after the hold
rehearsal-held = A person checks first
rehearsal-wrong-amount = Only half is paid
rehearsal-buyer-blocked-bot = The buyer blocks the bot
rehearsal-supplier-down = The supplier is down
rehearsed-in = { $what }, { $chat }
rehearsed-ok = { $what }: it ended as it should. The copy is gone.
rehearsed-not-ok =
    { $what }: it did not end as it should. { $why }
    Detail: { $detail }
rehearsed-why-wrong = What came out is not what must come out.
rehearsed-why-too-long = It took too long and was ended. "mika rehearse" plays it without a limit.
rehearsed-why-broken = It could not be played. "mika rehearse" on the shop's machine shows why.
rehearsed-before = (before that, { $n } lines more)
rehearsed-said-buyer = Buyer: { $text }
rehearsed-said-shop = Shop: { $text }
rehearsed-said-staff = Staff read: { $text }
rehearsed-pays = (the buyer pays)
rehearsed-pays-open-page = (the buyer pays on the page that is still open)
rehearsed-blocks = (the buyer blocks the bot)
rehearsed-comes-back = (the buyer comes back)
rehearsed-approves = (staff approve it)
rehearsed-releases = (staff let it go out now)
rehearsed-by-hand = (staff do it by hand)
rehearsed-other-buys = (somebody else buys the last one)
rehearsed-later = ({ $n } minutes later)
