# Who works here, and what they may

choose-people = Who works here
choose-member = { $name }
choose-invite = Let somebody in
choose-role = Make them { $role }
choose-leaver = { $name } leaves
choose-confirm-member = A person of their own
choose-goes = Yes, they leave
people = Who works here:
people-row = { $name }: { $roles }
member =
    { $name }: { $roles }
    { $n ->
        [one] { $n } account
       *[other] { $n } accounts
    } of theirs may come in
member-unconfirmed = This account is from before there were roles, and nothing tells whether it is somebody else's too. So { $name } can't agree to a file of codes yet. Confirm it if they are a person of their own. If they aren't, let them write "another account" and come in by that link: then both accounts are one.
preset-owner = owner
preset-helper = helper
preset-manager = manager
preset-viewer = viewer
role-owner = owner
role-manager = manager
role-support = support
role-stock-keeper = stock keeper
role-viewer = viewer
roles-and = { $one }, { $other }
role-unknown = There's no such role. There are owner, manager, helper, support, stock-keeper and viewer.
right-look = look at orders and stock
right-answer = answer buyers
right-decide = decide held orders
right-stock = change the stock
right-shelf = change products and prices
right-money = move money
right-sell = sell by hand
right-reveal = look at a code
right-export = take files out
right-announce = write to all buyers
right-switch = stop and start things
right-people = say who works here
right-own = own the shop
not-allowed = To { $right } isn't yours to do here. Ask an owner, who can change that in "{ choose-people }".
more-than-yours = You can't give or take away more than you have yourself. Ask an owner.
last-owner = { $name } is the only owner. Make somebody else owner first.
left-already = They don't work here any more.
invite-name = Who is it? Write the name the shop should call them by.
invite-name-again = Please write a name of at most { $most } characters.
invite-as-what =
    What will { $name } be?
    A helper answers buyers, decides held orders and restocks. A manager does everything but own the shop. A viewer only looks.
invite-made = One person can come in with this, once, within a day: { $name }, { $roles }. Send it to nobody else.
door-made = With this you come in from another account of yours, once, within an hour. Send it to nobody.
way-in-telegram = To the staff bot on Telegram, send: { $way }
way-in-desk = Or open in a browser: { $way }
leaver-sure = { $name } leaves: nothing they press will count any more, from any account. Sure?
leaver-left = All right, they stay.
leaver-gone = { $name } doesn't work here any more. This has ended:
leaver-accounts = · accounts: { $n } ({ $accounts })
leaver-invites = · invitations nobody had used: { $n }
leaver-buttons = · buttons that still worked: { $n }
leaver-talks = · conversations under way: { $n }
leaver-notices = · messages that waited for them, not sent: { $n }
leaver-exports = · files not downloaded yet, stopped: { $n }
leaver-prices = · price changes they had planned, called off: { $n }. Plan again what you still want:
leaver-yours = Left to do by hand:
leaver-group = · take them out of the group
leaver-providers = · change what they knew of the bank and the payment providers
leaver-server = · if they could reach the server: a new vault key (mika vault rotate) and new bot tokens
