# The shelf: products, prices, the catalogue

hears-manage = edit products|manage products
hears-product-new = new product|add product
hears-reprice = change prices
hears-price-changes = price changes
choose-products = Products
choose-product-new = New product
choose-reprice = Change many prices
choose-reprice-later = Change its price
choose-price-changes = Price changes
choose-catalogue-import = Bring in a catalogue
choose-catalogue-export = Catalogue as a file
choose-as-buyer = As the buyer sees it
choose-off-shelf = Take off the shelf
choose-on-shelf = Put on the shelf
choose-none = None
choose-below-cost = Go below cost
choose-all-products = All products
choose-now = Now
choose-change-prices = Yes, change them
choose-price-change = No. { $n }
choose-price-cancel = Cancel this change
choose-price-undo = Old prices back
choose-catalogue-apply = Yes, bring it in
product-hidden = { $product } (off)
staff-products = Products: { $n }, off the shelf: { $hidden }. Press one to change it.
staff-product =
    { $product } ({ $slug })
    Brand: { $brand } · { $state ->
        [on] on the shelf
        [frozen] frozen until a person has looked
       *[off] off the shelf
    }
staff-product-is = Face value: { $face } · Region: { $region } · { $kind }
staff-product-no-price = No price yet
staff-product-price = { $currency }: { $text }
staff-product-limits = Per order at most { $order } · { $buyer ->
        [0] no limit per buyer
       *[other] per buyer at most { $buyer }
    }
staff-product-after = { $goods }, { $resale } · after sale: { $days } d · When gone: { $shortage }
staff-product-names = Name: { $text }
staff-product-guide = How to redeem: { $text } · { $picture ->
        [yes] with a picture
       *[no] no picture
    }
staff-product-delivery = Said on delivery: { $text } · Product picture: { $picture ->
        [yes] yes
       *[no] none
    }
staff-product-redeem = Redeemed at: { $url }
staff-product-edited = Changed by { $who }, { $time }
staff-as-buyer = What the buyer sees:
staff-button = [ { $label } ]
product-field-name = Name
product-field-price = Price
product-field-brand = Brand
product-field-face = Face value
product-field-region = Region
product-field-picture = Picture
product-field-delivery = Delivery text
product-field-redeem = Redeem address
product-field-order = Limit per order
product-field-buyer = Limit per buyer
product-field-days = After-sale days
product-field-kind = Kind of stock
product-field-goods = Kind of goods
product-field-resale = How easily it's resold
product-field-shortage = When it's gone
pick-unique = one code, one buyer
pick-shared = one code, many buyers
pick-on-demand = bought when paid for
pick-by-hand = made by hand
pick-bundle = a bundle
pick-digital = digital goods
pick-physical = physical goods
pick-low = hard to resell
pick-normal = resale as usual
pick-high = easily resold
pick-ask = buyer waits or swaps
pick-wait = buyer may wait
pick-substitute = buyer may swap
pick-refund = refunded at once
edit-which = In which language?
edit-which-again = Please pick a language below.
edit-name = What's the new name? At most { $most } characters.
edit-price =
    What's the new price? For example: 128
    Cheaper for more: 128; 5: 125
    Another currency goes first: USDT 18.5. No price in it any more: USDT -
edit-brand = Which brand is it?
edit-face = What's the face value? At most { $most } characters.
edit-region = Where does it work? For example us or hk; anywhere is global.
edit-picture = Please send a picture (PNG, JPEG or WebP).
edit-delivery = What's said with the codes? At most { $most } characters. Variables: {"{product} {brand} {face} {number} {n} {noun} {region} {redeem_url} {days} {shop}"}
edit-redeem = At which address is it redeemed?
edit-order = How many in one order at most? { $least } to { $most }.
edit-buyer = How many may one buyer have in all? { $least } to { $most }.
edit-days = How many days after sale? { $least } to { $most }.
edit-kind = Where does its stock come from?
edit-goods = What kind of goods is it?
edit-resale = How easily is it turned back into money?
edit-shortage = What if it's gone once paid for?
edit-now = Now it is: { $text }
edit-done = Changed: { $field }
edited-meanwhile = { $product } was just changed by { $who } ({ $time }), so yours was not taken. Look at it as it is now, then change it.
kind-stays = { $product } has stock, so its kind stays. Make another product instead.
product-needs-price = It has no price yet, so it can't go on the shelf.
product-made = Made: { $product }. It's off the shelf until you have looked at it.
not-taken = { $why }
wrong-empty = Nothing was written. Please write it again.
wrong-long = That's { $n } characters; at most { $most } fit.
wrong-hidden = There are characters in it that nobody sees. Please write it without them.
wrong-tags = No HTML here, please: just the words.
wrong-number = Please write a whole number from { $least } to { $most }.
wrong-choice = It can only be one of: { $options }.
wrong-link = Please write the whole address, beginning with https://
wrong-region = Please write the region in letters, like us, hk or global.
wrong-currency = There's no currency “{ $text }”.
wrong-price = “{ $text }” is no price. Write it like 128 or 128; 5: 125
wrong-picture-none = Please send a picture, not words.
wrong-picture = This one won't do: a whole PNG, JPEG or WebP of { $most } MB at most, and not too long and narrow.
wrong-file = The file didn't arrive. Please send it again.
wrong-file-large = The file is too large: { $most } MB at most.
wrong-brand = There's no such brand. Please pick one below.
wrong-percent = Please write a percentage, like +5% or -3%.
wrong-slug = The product column takes small letters, digits and hyphens, at most { $most } characters.
below-cost = That would be below cost:
below-cost-row = { $product }: sold for { $price }, { $amount } arrives, it cost { $cost }
below-cost-more = and { $n } more
new-name = What's the new product called?
new-brand = Which brand is it? Pick one, or write a new one's name.
new-category = In which category is { $text }? Pick one, or write a new one's name.
new-face = What's it worth? For example $20.
new-region = Where does it work?
new-kind = Where does its stock come from?
new-price =
    What's its price in { $currency }? For example: 128
    Cheaper for more: 128; 5: 125
reprice-what = Whose prices?
reprice-how = By how much? For example +5% or -3%.
reprice-how-one = By how much? For example +5%, or the new price: 128.
reprice-when = When? Now, or write a time like 18:00 or 12-01 09:00 (the shop's time).
reprice-when-again = That's no time to come. Write it like 18:00 or 12-01 09:00, within a year.
reprice-preview = { $later ->
        [yes] New prices from { $time } on, products: { $n }
       *[no] New prices from now on, products: { $n }
    }
reprice-row = { $product } { $currency }: { $old } → { $new }
nothing-to-reprice = No price there would be another.
no-such-change = There's no such price change.
change-ended = { $who } was first ({ $time }): it is { $state ->
        [going] under way
        [undoing] being taken back
        [cancelled] cancelled
        [undone] taken back
        [done] done
       *[planned] still to come
    }.
price-changes-none = No prices have been changed yet.
price-changes = The last price changes:
price-change-what = { $product } { $text }
price-change-row = { $number }. { $what }, { $time }, { $state ->
        [going] under way
        [undoing] being taken back
        [planned] to come
        [cancelled] cancelled
        [undone] taken back
       *[done] done
    }
price-change =
    Price change { $number }: { $what }
    { $state ->
        [planned] Comes at { $time }, planned by { $who }
        [going] Under way, by { $who }
        [undoing] Being taken back by { $who }
        [cancelled] Cancelled by { $who }
        [undone] Taken back by { $who }
       *[done] Done ({ $time }), by { $who }
    }
    Orders already placed keep their price.
price-change-over = Price change { $number } is { $state ->
        [undone] taken back
       *[done] done
    }: { $n ->
        [one] one product
       *[other] { $n } products
    }.
price-undo-left = { $product } has another price since, and keeps it.
catalogue-here = The catalogue, { $n ->
        [one] one product
       *[other] { $n } products
    }. Change it and send it back.
catalogue-send = Please send the catalogue (xlsx or csv, at most { $most } MB), or paste it. Products that aren't in it stay as they are.
catalogue-same = All { $n } rows are as things stand. Nothing to change.
catalogue-preview = New: { $new }, changed: { $changed }, unchanged: { $unchanged }
catalogue-row = Row { $row }, { $slug }: { $what ->
        [new] new
       *[changed] changed
    } ({ $text })
catalogue-wrong = Rows that are wrong: { $n }. Nothing was changed.
catalogue-wrong-row = Row { $row }: { $why }
catalogue-sure = Bring it in?
catalogue-nothing = Nothing was changed. Please take the file out anew and change that one.
catalogue-done-before = This file was brought in already.
catalogue-done = Done. New: { $new }, changed: { $changed }, unchanged: { $unchanged }. Look at the new ones before you put them on the shelf.
catalogue-going = It is being brought in. You'll be told when all rows are in.
catalogue-left = Left as somebody has just changed them ({ $n }): { $text }
draft-gone = That file was dropped. Please send it again.
no-such-file = There is no such file.
no-sheet = { $why }
sheet-large = The file is too large: { $most } MB at most.
sheet-empty = There's no product in it. The first row names the columns, each row below is a product.
sheet-rows = The table is too large: { $n } rows at most.
sheet-encoding = Its letters can't be read. Save it as xlsx, or as csv in UTF-8.
sheet-kind = That's no table we can read. Please send xlsx or csv.
sheet-column = There's no column “{ $text }”. Please keep the names the file comes with.
sheet-column-twice = Two columns have the same name. Please take one away.
sheet-no-product = The column “product” is missing.
row-twice = { $slug } stands there twice
row-column = { $column }: { $why }
row-missing = { $text } is missing
row-bundle = a bundle can't be changed in a table
