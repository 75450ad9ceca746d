# The shelf: brands, regions, products

shelf = What would you like? Pick one, or just type a name.
shelf-category = { $category }: pick one, or just type a name.
shelf-empty = The shelf is empty at the moment. There is nothing to buy.
shelf-regions = Which region is your account in? A code for another region won't work.
shelf-products = Pick one to see its price and stock.
found = Here's what matches. Pick one to have a look.

product-no-way = There's no way to pay for it here at the moment.
product-card =
    { $product }{ $face ->
        [named] {""}
       *[other] {" "}· { $face }
    } · { $region }
    { $stock ->
        [0] { $price ->
            [none] Sold out at the moment
           *[other] { $price } each, sold out at the moment
        }
       *[other] { $kind ->
            [by_hand] { $price } each, done by hand by our staff within { $hours ->
                [one] { $hours } hour
               *[other] { $hours } hours
            }
            [on_demand] { $price } each, ordered when you've paid, here within { $hours ->
                [one] { $hours } hour
               *[other] { $hours } hours
            }
           *[other] { $price } each, { $stock } in stock
        }
    }
    { $anywhere ->
        [yes] Works on accounts of any region.
       *[no] Works on { $region } accounts only.
    }
    { $kind ->
        [by_hand] If it isn't done by then, you get a full refund.
        [on_demand] If it isn't here by then, you get a full refund.
       *[other] Delivered automatically after payment.
    }
    { $kind ->
        [by_hand] If it doesn't work, tell us within { $days ->
            [one] { $days } day
           *[other] { $days } days
        }: we check, then redo or refund it.
       *[other] If it doesn't redeem, tell us within { $days ->
            [one] { $days } day
           *[other] { $days } days
        }: we check, then replace or refund.
    }
product-bulk = { $n } or more at once: { $price } each.

guide =
    How to redeem { $product }{ $n ->
        [1] {""}
       *[other] , { $at } of { $n }
    }:
guide-region = It works on { $region } accounts only, so check your account's region first.
guide-missing = There's no guide for { $product } yet. If you have a question about redeeming it, talk to a person.

choose-shelf = Browse
choose-back = Back
choose-next-page = More
choose-page-before = Previous
choose-product = { $product } · { $price }
choose-product-again = Back to the product
choose-buy-one = Buy 1
choose-buy-more = Buy more
choose-guide = How to redeem
