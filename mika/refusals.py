"""Why the program does not start: one code, one sentence on what happened, one on what to do next."""

from __future__ import annotations

STATUS = 78  # EX_CONFIG of sysexits.h

REASONS: dict[str, tuple[str, str]] = {
    "S001": (
        "There is no key for the vault: {what}.",
        "For a new shop run `mika init`. A shop that has stock needs its own key file, from your backup if need be, "
        "with mode 600: nothing else opens its codes.",
    ),
    "S002": (
        "The database can't be opened ({what}): {url}",
        "Check the address, that the server runs, that this user may write there and that there is room on the disk; "
        "it is the setting `database`.",
    ),
    "S003": (
        "The database does not have this program's schema: {what}.",
        "Run `mika migrate`; back the database up first if it holds a shop.",
    ),
    "S004": (
        "A setting is wrong: {what}.",
        "Correct it in {where}.",
    ),
    "S005": (
        "The {kind} {name} has no {what}.",
        "Set it under [{under}] in mika.toml, or in the environment with a name that ends in __{env}, "
        "or take the {kind} out.",
    ),
    "S006": (
        "The key does not open this database's stock: {what}.",
        "The key file belongs to another database, or this one was restored without its key. "
        "Check the settings `key_file` and `database`; change neither file.",
    ),
    "S007": (
        "The port {port} of {host} can't be used: {what}.",
        "Stop the other program, or choose another `port` (mika demo --port N).",
    ),
    "S008": (
        "The data folder {folder} can't be used: {what}.",
        "Give this user a folder of its own, or choose another with the setting `data` (mika demo --data DIR).",
    ),
    "S009": (
        "The settings file {file} can't be read: {what}.",
        "Correct it, or name another with MIKA_CONFIG.",
    ),
    "S010": (
        "Another {what} is open on this shop.",
        "Close it first: two of them would read each other's messages.",
    ),
    "S011": (
        "The file {file} can't be used: {what}.",
        "Name another file, in a folder that this user may write to and that has room.",
    ),
    "S012": (
        "There is no {program} here, and a PostgreSQL database is backed up and restored by it.",
        "Install PostgreSQL's client programs, of the server's version or newer, and put them on PATH "
        "(Debian and Ubuntu: apt-get install postgresql-client).",
    ),
    "S013": (
        "{program} has failed: {what}.",
        "Nothing was changed. Its version must be the server's or newer, and this user must be allowed to do it there.",
    ),
    "S014": (
        "The backup {file} can't be restored: {what}.",
        "Nothing was changed. Take another copy of it, or another backup.",
    ),
    "S015": (
        "There is a shop in the database already: {what}.",
        "Restore into an empty database, or say --replace. Stop the shop first.",
    ),
    "S016": (
        "{payments} payments came in since the backup, and no journal says which codes left.",
        "Name the journal with --journal, or decide: --set-aside-stock sells nothing that was in stock at the backup, "
        "--trust-stock sells it all, though some of it may have been sold before.",
    ),
    "S017": (
        "The shop can't be reconciled yet: {what}.",
        "It stays closed. Run `mika reconcile` again in a minute; the log of `mika run` tells more.",
    ),
    "S018": (
        "The journal can't be read: {what}.",
        "Name a file that can be read with --journal.",
    ),
    "S019": (
        "There is no bot to run: {what}.",
        "Set their tokens under [telegram.buyers] and [telegram.staff] in mika.toml, or in the environment as "
        "MIKA_TELEGRAM__BUYERS__TOKEN and MIKA_TELEGRAM__STAFF__TOKEN. BotFather gives them.",
    ),
    "S020": (
        "Telegram can't be asked: {what}.",
        "Check that {api} can be reached from here, and try again.",
    ),
    "S021": (
        "The bot is not replaced: {what}.",
        "Nothing was changed. Make a new bot with BotFather, and give its whole token.",
    ),
    "S022": (
        "There is no such permit to give: {what}.",
        "Name a rail that stands under [rails] in mika.toml, the chat and the kind of goods, as in "
        "`mika payments permit epay --chat telegram --goods digital`.",
    ),
    "S023": (
        "The menu of the WeChat account is not made: {what}.",
        "`mika wechat check` says how the account stands. Without a menu buyers type: 货架, 订单, 领取.",
    ),
    "S024": (
        "The answer `{name}` will not do: {what}.",
        "Correct it in {file} and run `mika init` again: what is done stays, and it goes on from there.",
    ),
    "S025": (
        "There is a shop here that `mika init` did not make: {what}.",
        "Nothing was changed. Name another folder with --folder, or set that shop up by its own mika.toml.",
    ),
    "S026": (
        "The paper copy is not the key: {what}.",
        "No key file was made. Compare that line with the paper, letter by letter, and try again.",
    ),
    "S027": (
        "The shop can't be moved: {what}.",
        "Nothing was changed, neither here nor there.",
    ),
    "S028": (
        "It can't be moved into {url}: {what}.",
        "Name a PostgreSQL database that is empty and in which this user may make tables: "
        "mika move --to postgresql://USER@HOST/DATABASE. Nothing was changed.",
    ),
    "S029": (
        "The move is not over: {what}.",
        "The old shop is as it was, and the new one can't be opened yet. {todo}",
    ),
    "S030": (
        "The key does not open the backup {file}: {what}.",
        "Nothing was changed. Put the key file of that time where the setting `key_file` says, or take another backup.",
    ),
    "S031": (
        "Backups can't be kept or fetched: {what}.",
        "Look at [backups] in mika.toml: that place must be reachable and this user may write there, with room to "
        "spare. `mika backup` tries it.",
    ),
    "S032": (
        "There is no such backup: {what}.",
        "`mika backup --list` names those that are there.",
    ),
    "S033": (
        "The backup {name} was made and can't be trusted: {what}.",
        "It does not count. Make another with `mika backup`; if that ends the same, look at the disk and the storage.",
    ),
    "S034": (
        "No place for backups is set.",
        'Say where they go: [backups] with to = "/a/folder/elsewhere" or "s3://bucket/prefix" in mika.toml.',
    ),
    "S035": (
        "The old shop can't be read: {what}.",
        "{todo} Nothing was changed, there or here.",
    ),
    "S036": (
        "The export can't be used: {what}.",
        "{todo} Nothing was changed here.",
    ),
    "S037": (
        "An export is first loaded into a MariaDB of its own, and that can't be: {what}.",
        "{todo} Nothing was changed here.",
    ),
    "S038": (
        "Nothing comes over from the old shop: {what}.",
        "Nothing was changed, here or there. {todo}",
    ),
    "S039": (
        "That is not in the old shop: {what}.",
        "{todo}",
    ),
    "S040": (
        "The secret is not replaced: {what}.",
        "Nothing was changed. `mika secret list` shows what there is, docs/how-to/leaked.md where a new one is made.",
    ),
    "S041": (
        "The secret can't be written: {what}.",
        "Nothing was changed. {todo}",
    ),
    "S042": (
        "The new secret does not work: {what}.",
        "Nothing was changed. Look whether it is whole and of this account, and whether the provider can be reached.",
    ),
    "S043": (
        "It can't be exported into {folder}: {what}.",
        "Name a folder that is not there yet or is empty, where this user may write and there is room. What is in a "
        "folder that ends in .part is not whole: throw it away.",
    ),
    "S044": (
        "No code is exported: {what}.",
        "Nothing was written. Run it again and type what it asks for, or say --yes where nobody can be asked; or leave "
        "--with-codes out.",
    ),
    "S045": (
        "The socket that was handed over can't be used: {what}.",
        "Hand over one TCP socket that listens, as file descriptor 3, or name it `web` (systemd: FileDescriptorName). "
        "Without LISTEN_FDS in the environment the shop opens `host` and `port` itself.",
    ),
    "S046": (
        "The database is of a newer version of this program: {what}.",
        "Nothing was changed. Run the newer version, or one that knows this schema; `mika migrate` never goes back.",
    ),
    "S047": (
        "There is no shop in {folder}.",
        "Go to the folder of its mika.toml, or `mika init` for a new one.",
    ),
    "S048": (
        "The database is in use: {what}.",
        "Nothing was changed. Stop the shop first, and whatever else has it open.",
    ),
}


class Refusal(Exception):
    """The program can't start like this. Its text never holds a secret's value."""

    def __init__(self, code: str, **facts: object) -> None:
        self.code = code
        happened, todo = REASONS[code]
        self.happened = happened.format(**facts)
        self.todo = todo.format(**facts)
        super().__init__(f"{code} {self.happened}\n     {self.todo}")
