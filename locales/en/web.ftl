# Pages of the web that are not a chat: what people see when there is nothing to see.
web-not-found = There is no such page. The link may be incomplete or no longer valid.
web-refused = That step didn't work. Please start again from the shop's front page.
web-too-big = That was too big for us to take.
web-too-often = That was a little fast. Please try again in a minute.
web-trouble = Sorry, something went wrong on our side and the page didn't open. Your orders and payments are safe; please try again in a minute.
web-home = To the shop
