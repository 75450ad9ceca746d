### What the doctor finds, and what to do. The command line says it in English.

alarm-finding =
    { $code } { $what }
    { $todo }
alarm-finding-gone =
    { $code } is over after { $minutes } min: { $what }
doctor-well = Nothing is wrong. Last looked at { $time }.
doctor-not-yet = Nobody has looked yet. The shop looks itself over every five minutes while its jobs run.
doctor-open = What is wrong with the shop, as of { $time }:
doctor-row =
    { $code } since { $since }: { $what }
    { $todo }
doctor-more = And { $n } more: `mika doctor` prints all.
choose-doctor = All findings
hears-doctor = doctor|health|findings

finding-d001 = The shop is a demo, and open to everybody at { $address }: test money buys what is in stock.
finding-d001-todo = Take `demo = true` out of mika.toml before real codes are in stock.
finding-d002 = The shop listens on { $host }: whoever reaches this machine reaches it past the proxy, without https.
finding-d002-todo = Set `host = "127.0.0.1"` and let a proxy with a certificate stand before it.
finding-d003 = The key lies in the folder of the database ({ $folder }): one copy of it holds the codes and what opens them.
finding-d003-todo = Set `key_file` to another folder, move the key there, and back the two up apart.
finding-d004 = The journal of what was handed over is on the disk of the database ({ $file }): one broken disk takes both.
finding-d004-todo = Copy it elsewhere every minute: docs/how-to/backups.md.
finding-d005 = No owner works here: nobody can decide, pay back or let others in.
finding-d005-todo = `mika staff invite NAME` prints a link that lets one in.
finding-d006 = There is no staff group: each is told things in private.
finding-d006-todo = `mika telegram group` says how to open one.
finding-d007 = The shop has no public address: nobody beyond this machine reaches it.
finding-d007-todo = Set `public_url` to where buyers reach it, like "https://shop.example".
finding-d008 = The shop can't be opened ({ $subject }). { $what }
finding-d008-todo = { $todo }
finding-d009 = A check could not be made ({ $subject }): { $why }
finding-d009-todo = If it stays, look into the log for this name, and send us the line.
finding-d010 = This machine's clock is off by { $seconds } s, measured against { $against }.
finding-d010-todo = Let the system keep its time: `timedatectl set-ntp true`. Signatures and holds go by it.
finding-d011 = The disk of { $folder } is nearly full: { $free } MB free, { $percent } %.
finding-d011-todo = Make room, or move `data` to a larger disk. A full disk stops all sales.
finding-d012 = This process may open { $limit } files at once; { $needed } are needed when many buyers are connected.
finding-d012-todo = Raise the limit: `LimitNOFILE=65536` in the service, or `ulimit -n 65536` before the start.
finding-d013 = Nothing can be written to { $folder }: { $why }
finding-d013-todo = Make room, and let this user write there. Until then the shop can't sell.
finding-d014 = This machine has { $free } MB of memory left.
finding-d014-todo = End what else runs here, or give it more memory; else the system ends the shop.
finding-d019 = The database can't be opened. { $what }
finding-d019-todo = Look whether its server runs, whether the address is right (`database`), and whether this user may write there.
finding-d020 = The database is of another version than this program. { $what }
finding-d020-todo = Run `mika migrate`; make a backup first.
finding-d021 = SQLite's { $subject } is { $value } and must be { $needed }: a power cut may lose sales, or rows what they belong to.
finding-d021-todo = End what else has set it, and start the shop again. A disk of its own is needed, not a network folder.
finding-d022 = PostgreSQL's { $subject } is { $value } and must be { $needed }: a crash of the server may lose what was sold.
finding-d022-todo = Set it in postgresql.conf, or for the shop's user, and start the shop again.
finding-d023 = The guard { $subject } of the database is missing, or not what it was.
finding-d023-todo = Run `mika migrate`, which makes all guards anew, then `mika invariants`.
finding-d024 = What must always hold does not ({ $subject }), in { $rows } places.
finding-d024-todo = `mika invariants` names them. What it concerns is sold no more until somebody has looked.
finding-d025 = The database's write-ahead log has grown to { $size } MB: something reads for very long.
finding-d025-todo = End what else has the database open (a backup tool, a shell); the shop then cuts it by itself.
finding-d026 = { $used } of PostgreSQL's { $most } connections are taken.
finding-d026-todo = Raise `max_connections`; each process of the shop takes up to 13.
finding-d027 = The database file is damaged: { $what }
finding-d027-todo = Stop the shop, copy the file and its log as they are, and restore the last backup: docs/how-to/backups.md.
finding-d030 = The key does not open the stock: { $what }
finding-d030-todo = Put back the key file that belongs to this database (`key_file`). Change neither until then.
finding-d031 = The vault's key can't be used. { $what }
finding-d031-todo = A new shop gets one by `mika key`. A shop with stock needs its own, from your backup, with mode 600.
finding-d032 = Nothing is set up here: no mika.toml, and nothing in the environment. { $what }
finding-d032-todo = Go to the folder of the shop's mika.toml; `mika init` makes a new shop.
finding-d040 = Telegram does not know the token of the { $subject } bot: { $why }
finding-d040-todo = `mika telegram replace-bot { $subject }` takes another, from BotFather.
finding-d041 = Telegram brings the updates of the { $subject } bot to { $there }, not to { $wanted }.
finding-d041-todo = Restart `mika run`, which says where they go; if it comes back, another program uses this token.
finding-d042 = { $count } updates wait at Telegram for the { $subject } bot.
finding-d042-todo = Look whether `mika run` runs and is reached at its public address. Telegram keeps them for a day.
finding-d043 = Telegram could not bring the last update of the { $subject } bot: { $why }
finding-d043-todo = Look whether the public address is reached from outside, and whether its certificate is good.
finding-d044 = The staff bot is no admin of the staff group: it misses what is said there.
finding-d044-todo = Make it an admin in the group's settings.
finding-d045 = The staff group can't be reached: { $why }
finding-d045-todo = Add the staff bot to it, or open another room: `mika telegram group`.
finding-d046 = Telegram can't be asked: { $why }
finding-d046-todo = Look whether { $api } can be reached from this machine.
finding-d047 = The token of the { $subject } bot belongs to another bot than the shop knows.
finding-d047-todo = `mika telegram replace-bot { $subject }` makes it this one; else put the old token back.
finding-d048 = The WeChat account can't be used: { $why }
finding-d048-todo = `mika wechat check` says what the account lacks, and where to set it.
finding-d049 = WeChat's words don't reach us: { $address } { $why }
finding-d049-todo = Look whether the shop runs there, and compare the URL and token of 服务器配置.
finding-d050 = The payment rail { $subject } does not answer: { $why }
finding-d050-todo = It is offered to nobody until it does. Look at the provider's status page and at its keys here.
finding-d051 = A notice of the payment rail { $subject } does not get in: { $why }
finding-d051-todo = Payments are then found by asking only, minutes later. `mika payments check` tries the door.
finding-d052 = The payment rail { $subject } has no secret for its notices: its door is shut.
finding-d052-todo = Set `secret` under [rails.{ $subject }]; the provider's page of webhooks shows it.
finding-d053 = There is no way to pay: nothing can be sold.
finding-d053-todo = Set one up under [rails.NAME] in mika.toml: docs/how-to/payments.md.
finding-d054 = The payment rail { $subject } is a test: its money is worth nothing, and it may buy real codes.
finding-d054-todo = Put in the live keys, or take it out of mika.toml.
finding-d055 = The payment rail { $subject } does not take { $currency }, and no product has a price in what it takes ({ $takes }).
finding-d055-todo = Give products a price in its currency, or take it out: nobody is offered it.
finding-d056 = { $subject } was permitted beyond the platform's terms.
finding-d056-todo = `mika payments forbid` takes the permit back; `mika payments check` lists them.
finding-d060 = What buyers said or paid has waited for { $minutes } min to be worked on.
finding-d060-todo = Look whether `mika run` runs with jobs and with this chat's bot, and what its log says.
finding-d061 = What should have gone out has been due for { $minutes } min.
finding-d061-todo = Look whether the jobs and the bots run, and what the log says after `to be tried again`.
finding-d062 = { $count } things owed to buyers are overdue, the oldest by { $minutes } min.
finding-d062-todo = Decide them: `hands` and `orders` in the staff chat show which.
finding-d063 = { $minutes ->
    [0] No process with jobs has run yet: nothing is delivered, refunded or ended.
   *[other] No process with jobs has been heard of for { $minutes } min: nothing is delivered, refunded or ended.
 }
finding-d063-todo = Start `mika run`, or `mika run --only jobs`.
finding-d064 = { $count } pieces of work were given up in the last day, after many tries.
finding-d064-todo = The alarms in the staff chat name each. Mend the cause, then do them by hand.
finding-d070 = The certificate of { $host } is good for { $days } more days only.
finding-d070-todo = Renew it, and let it renew itself: certbot or the proxy does.
finding-d071 = The certificate of { $host } is not accepted: { $why }
finding-d071-todo = Buyers, Telegram and providers turn away. Install one for this name with its whole chain.
finding-d072 = { $why ->
    [refused] The shop is not reached at { $address }: nothing answers there.
    [refused-here] The shop is not reached at { $address }: nothing answers there.
   *[other] The shop is not reached at { $address }: { $why }
 }
finding-d072-todo = { $why ->
    [refused-here] Start the shop: `mika run`.
   *[other] Look whether the name leads to this machine and the proxy to the shop's port. Where the machine can't call itself, try from outside.
 }
finding-d080 = The mail server { $host } does not take our mail: { $why }
finding-d080-todo = `mika email check` tries it; docs/how-to/email.md says what it needs.
finding-d090 = The newest backup that was tried is { $days } days old.
finding-d090-todo = Make backups every night, and keep them elsewhere: docs/how-to/backups.md.
finding-d091 = No backup of the shop was made and tried yet.
finding-d091-todo = Say in [backups] where they go, and make the first with `mika backup`: docs/how-to/backups.md.
finding-d092 = The shop was restored from a backup of { $at }, and sells nothing until its books are checked.
finding-d092-todo = Run `mika reconcile`: it finds out what was sold and paid since, and opens the shop again.
