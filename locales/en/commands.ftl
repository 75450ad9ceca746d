# What each command of the menu does

command-buyers-shelf = See what we sell
command-buyers-orders = My orders and codes
command-buyers-help = How buying works
command-buyers-language = Change the language
command-buyers-terms = Terms: returns and replacements
command-buyers-paysupport = Help with a payment

command-staff-reviews = Orders that wait for a check
command-staff-hands = Orders to be done by hand
command-staff-orders = The newest orders
command-staff-stock = Stock and restocking
command-staff-help = What can be done, and what is waiting
