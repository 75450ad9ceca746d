"""The `mika` command. Each command imports what it runs by itself, so that `mika --help` answers at once."""

from __future__ import annotations

import asyncio
import os
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from mika.parts import Only
from mika.refusals import STATUS, Refusal

if TYPE_CHECKING:
    from mika.settings import Settings

DEMO = Path("data/demo")


class App(typer.Typer):
    """The command, whose troubles are one line each: what happened, and what to do."""

    log: Path | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        os.umask(0o077)  # what we write is for us alone
        try:
            return super().__call__(*args, **kwargs)
        except Refusal as refusal:
            print(f"mika: {refusal}", file=sys.stderr)
            sys.exit(STATUS)
        except KeyboardInterrupt:
            sys.exit(130)
        except Exception as error:  # a bug: its text may quote what somebody wrote, so it is not printed
            if os.environ.get("MIKA_DEBUG"):
                raise
            last = (traceback.extract_tb(error.__traceback__) or [None])[-1]
            place = f"{Path(last.filename).name}:{last.lineno}" if last else "?"
            where = f"The log is {self.log}." if self.log else "MIKA_DEBUG=1 shows more."
            print(f"mika: something broke ({type(error).__name__} at {place}). {where}", file=sys.stderr)
            sys.exit(70)


app = App(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
stock = typer.Typer(no_args_is_help=True, help="What there is to sell.")
staff = typer.Typer(no_args_is_help=True, help="Who works here.")
audit = typer.Typer(no_args_is_help=True, help="Who did what.")
vault = typer.Typer(no_args_is_help=True, help="The keys that stock and messages are sealed by.")
payments = typer.Typer(no_args_is_help=True, help="The ways to pay.")
wechat = typer.Typer(no_args_is_help=True, help="The Official Account on WeChat: what it may do, and its menu.")
telegram = typer.Typer(no_args_is_help=True, help="The two bots on Telegram, and the staff's group.")
email = typer.Typer(no_args_is_help=True, help="The mail server that mail goes out by.")
risk = typer.Typer(no_args_is_help=True, help="The rules by which paid orders are weighed.")
faq = typer.Typer(no_args_is_help=True, help="Questions of buyers, and how well they are read.")
secret = typer.Typer(no_args_is_help=True, help="What only the shop may know, and a new one where it leaked.")
app.add_typer(stock, name="stock")
app.add_typer(secret, name="secret")
catalogue = typer.Typer(no_args_is_help=True, help="Every product and its prices as a table.")
stock.add_typer(catalogue, name="catalogue")
app.add_typer(staff, name="staff")
app.add_typer(audit, name="audit")
app.add_typer(vault, name="vault")
app.add_typer(telegram, name="telegram")
app.add_typer(wechat, name="wechat")
app.add_typer(payments, name="payments")
app.add_typer(email, name="email")
app.add_typer(risk, name="risk")
app.add_typer(faq, name="faq")

Locale = Literal["zh-CN", "en", "ru"]


@app.callback()
def main() -> None:
    """Mika: a shop for virtual card codes that runs in chat. Settings: mika.toml and MIKA_* of the environment."""


@app.command()
def demo(
    data: Annotated[Path, typer.Option(help="Where the demo shop is kept.")] = DEMO,
    port: Annotated[int | None, typer.Option(help="Where it listens; if taken, at the next free one.")] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Open no browser.")] = False,
) -> None:
    """Open a demo shop on this machine: goods on the shelves, test money, a desk for staff."""
    from mika import demo

    app.log = data / "mika.log"
    asyncio.run(demo.run(data, port, browse=not no_open))


@app.command()
def init(
    answers: Annotated[Path | None, typer.Option(help="A TOML file of answers; docs/how-to/init.md has one.")] = None,
    folder: Annotated[Path, typer.Option(help="Where mika.toml goes.")] = Path(),
) -> None:
    """Set up a shop of your own, question by question. Run again, it goes on where it was.

    Status: 0 all is well, 1 the rehearsal at the end did not arrive at the code.
    """
    from mika import init, logs

    logs.set_up("error")
    raise typer.Exit(init.run(folder, answers))


@app.command()
def run(
    only: Annotated[Only | None, typer.Option(help="Just this part, in a process of its own.")] = None,
) -> None:
    """Run the shop: its pages and hooks, its jobs, its bots, or one of these.

    What is not run here is done by another process on the same database. `bots` are both, or one at a time.
    """
    from mika import running, settings

    asyncio.run(running.run(settings.load(), only))


@app.command()
def chat(
    staff: Annotated[bool, typer.Option("--staff", help="Sit at the desk instead of before it.")] = False,
    locale: Annotated[Locale | None, typer.Option(help="The language to speak from now on.")] = None,
) -> None:
    """Talk to the shop in this terminal; lines may come from a pipe. Without a shop it is the demo's."""
    from mika import chat

    asyncio.run(chat.chat(_shop(make_demo=True), as_staff=staff, locale=locale))


OurChats = Literal["browser", "terminal", "telegram", "wechat"]
Odd = Literal[
    "paid-after-sold-out", "late-payment", "held", "wrong-amount", "buyer-blocked-bot", "supplier-down", "all"
]


@app.command()
def rehearse(
    chat: Annotated[OurChats | None, typer.Option(help="The chat to buy in; by default the browser.")] = None,
    locale: Annotated[Locale, typer.Option(help="The buyer's language.")] = "zh-CN",
    product: Annotated[str | None, typer.Option(help="What to buy; by default the first simple thing.")] = None,
    scenario: Annotated[
        Odd | None, typer.Option(help="An odd end instead of a plain purchase, or all of them.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object with the conversation in it.")] = False,
) -> None:
    """Play a purchase on a copy of the shop, from hello to the code, or one with an odd end. The last line is JSON.

    Nothing of the shop itself is touched: not its stock, its ways to pay, its bots. Time passes by a clock of the
    copy's. Status 0 only if what had to come out came out: the right code, or the money back.
    """
    from mika import logs, rehearsing, settings

    logs.set_up("error")
    source = settings.load() if settings.is_set_up() else None
    wanted = rehearsing.Wanted(source, chat, locale, product, scenario)
    raise typer.Exit(0 if asyncio.run(rehearsing.run(wanted, _say, as_json=as_json)) else 1)


@stock.command("import")
def stock_import(
    product: Annotated[str, typer.Argument(help="The product's name, as in `mika stock list`.")],
    file: Annotated[Path, typer.Argument(help="One code a line or row: .txt, .csv or .xlsx.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only look: change nothing.")] = False,
    source: Annotated[str, typer.Option(help="Where it came from, for the books.")] = "",
    unit_cost: Annotated[str | None, typer.Option(help="What one cost, like 12.50, in the shop's currency.")] = None,
    uses: Annotated[int, typer.Option(min=1, max=100_000, help="Buyers to each code of a shared product.")] = 1,
) -> None:
    """Put codes on sale, all of a file at once or none.

    Fields of a code stand apart by ----, |, a tab or a comma; a date at the end is until when it can be redeemed.
    Status: 0 all is well, 1 lines were rejected or nothing was found, 65 no such kind of file, 66 it can't be read.
    """
    from mika import stock_command

    told = stock_command.Told(product, file, dry_run, source, unit_cost, uses)
    raise typer.Exit(asyncio.run(stock_command.bring_in(_shop(), told)))


@stock.command("list")
def stock_list() -> None:
    """Every product with its price, what is there, what is set aside, and what was sold."""
    from mika import stock_command

    asyncio.run(stock_command.show(_shop()))


@stock.command("picture")
def stock_picture(
    product: Annotated[str, typer.Argument(help="The product's name, as in `mika stock list`.")],
    file: Annotated[Path | None, typer.Argument(help="A PNG, JPEG or WebP of 5 MB at most.")] = None,
    remove: Annotated[bool, typer.Option("--remove", help="It has no picture any more.")] = False,
) -> None:
    """Give a product a picture; it is copied into the data folder, below pictures/.

    Status: 0 all is well, 65 it is no picture for every chat, 66 it can't be read.
    """
    from mika import stock_command

    if (file is None) is not remove:
        raise typer.BadParameter("name a FILE, or say --remove")
    raise typer.Exit(asyncio.run(stock_command.picture(_shop(), product, file)))


@catalogue.command("export")
def catalogue_export(file: Annotated[Path, typer.Argument(help="Where to: .xlsx or .csv.")]) -> None:
    """Write all products into a table, to look at and to change. Bundles are left out."""
    from mika import stock_catalogue

    raise typer.Exit(asyncio.run(stock_catalogue.export(_shop(), file)))


@catalogue.command("import")
def catalogue_import(
    file: Annotated[Path, typer.Argument(help="A table as `export` writes it: .xlsx or .csv.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only look: change nothing.")] = False,
) -> None:
    """Make and change products as the table says, all of it or nothing. What is not in it stays as it is.

    Status: 0 all is well, 65 rows are wrong or it is no such table, 66 it can't be read.
    """
    from mika import stock_catalogue

    raise typer.Exit(asyncio.run(stock_catalogue.bring_in(_shop(), file, dry_run=dry_run)))


@staff.command("invite")
def staff_invite(
    name: Annotated[str, typer.Argument(help="Who it is for; the shop calls them so.")],
    role: Annotated[
        str, typer.Option("--as", help="owner, manager, helper, support, stock-keeper or viewer; two: a+b.")
    ] = "owner",
) -> None:
    """Print a link that lets one person in, once, within a day: at the desk, or at the staff bot if there is one.

    An owner whose account is lost comes in again by it. Owners let others in themselves: "people" at the desk.
    """
    from core.authority import roles_named
    from mika import running

    roles = roles_named(role)
    if roles is None:
        raise typer.BadParameter(
            "there are owner, manager, helper, support, stock-keeper and viewer", param_hint="--as"
        )
    _say(asyncio.run(running.invite(_shop(), name, roles)))


@telegram.command("check")
def telegram_check() -> None:
    """Ask Telegram about both bots and the staff's group. Says what is right and what to do; status 1 if anything."""
    from mika import telegram

    raise typer.Exit(asyncio.run(telegram.check(_shop(), _say)))


@telegram.command("group")
def telegram_group() -> None:
    """Print a one-time code that makes a private group the staff's room, and what to do with it."""
    from mika import telegram

    asyncio.run(telegram.group(_shop(), _say))


@telegram.command("replace-bot")
def telegram_replace_bot(
    which: Annotated[Literal["buyers", "staff"], typer.Argument(help="Whose bot.")] = "buyers",
) -> None:
    """Put a new bot in the place of one that was banned or lost. People and orders stay.

    Asks for the new token, or reads it from a pipe; it is not shown. Status 1 if you don't go on.
    """
    import getpass

    from mika import telegram

    typed = sys.stdin.isatty()
    token = (getpass.getpass("The new bot's token, from BotFather: ") if typed else sys.stdin.readline()).strip()

    def agrees() -> bool:
        return not typed or typer.confirm("Go on?")

    done = asyncio.run(telegram.replace(_shop(), which, token, _say, agrees))
    raise typer.Exit(0 if done else 1)


@wechat.command("check")
def wechat_check() -> None:
    """Ask WeChat what the Official Account may do, and try the shop's own door. Status 1 if something is to do."""
    from mika import wechat

    raise typer.Exit(asyncio.run(wechat.check(_shop(), _say)))


@wechat.command("menu")
def wechat_menu(locale: Annotated[Locale, typer.Option(help="The menu's language.")] = "zh-CN") -> None:
    """Make the account's menu from the catalogue: brands, numbers to choose by, orders and codes."""
    from mika import wechat

    asyncio.run(wechat.menu(_shop(), locale, _say))


@payments.command("check")
def payments_check() -> None:
    """Look whether each way to pay is set up, its provider answers, and a notice gets in.

    The shop must be running: its door is tried from outside. Status 1 if something is to do.
    """
    from mika import payments

    raise typer.Exit(asyncio.run(payments.check(_shop(), _say)))


RailName = Annotated[str, typer.Argument(help="The rail's name, as in mika.toml.")]


@email.command("check")
def email_check(
    to: Annotated[str, typer.Option(help="Whom a test mail is sent to; without it only the login is tried.")] = "",
    locale: Annotated[Locale, typer.Option(help="The mail's language.")] = "en",
) -> None:
    """Say whether the mail server takes our mail, and what to do. Status 1 if something is to do."""
    from mika import email

    raise typer.Exit(asyncio.run(email.check(_shop(), to, locale, _say)))


InChat = Annotated[str, typer.Option(help="The chat: telegram, wechat or browser.")]
Goods = Annotated[str, typer.Option(help="What is sold: digital or physical goods.")]


@payments.command("permit")
def payments_permit(rail: RailName, chat: InChat = "telegram", goods: Goods = "digital") -> None:
    """Offer a way to pay where the platform's terms don't allow it. You read what may happen first; that is kept.

    Status 1 if you don't agree.
    """
    from mika import payments

    def agrees() -> bool:
        return typer.prompt('Type "I have read this" to go on', default="", show_default=False) == "I have read this"

    done = asyncio.run(payments.permit(_shop(), rail, chat, goods, _say, agrees))
    raise typer.Exit(0 if done else 1)


@payments.command("forbid")
def payments_forbid(rail: RailName, chat: InChat = "telegram", goods: Goods = "digital") -> None:
    """Take such a permit back."""
    from mika import payments

    asyncio.run(payments.forbid(_shop(), rail, chat, goods, _say))


@payments.command("margins")
def payments_margins() -> None:
    """What one of each product leaves on each way to pay. Status 1 if something is sold below what it cost."""
    from mika import payments

    raise typer.Exit(asyncio.run(payments.show_margins(_shop(), _say)))


@risk.command("show")
def risk_show() -> None:
    """Print the rules that run: the thresholds, and each rule's weight, mode and figures."""
    from mika import risk

    asyncio.run(risk.show(_shop(), _say))


@risk.command("apply")
def risk_apply(what: Annotated[str, typer.Argument(help="lax, standard or strict, or a file like risk.toml.")]) -> None:
    """Let these rules run from now on; the shop may be open. What is wrong is told with its line, and nothing changes.

    Status: 0 all is well, 65 the rules are not taken, 66 the file can't be read.
    """
    from mika import risk

    raise typer.Exit(asyncio.run(risk.apply(_shop(), what, _say)))


@risk.command("explain")
def risk_explain(number: Annotated[str, typer.Argument(help="The order's number.")]) -> None:
    """Print what every rule found when an order was weighed, and what followed. Status 1 if there is no such order."""
    from mika import risk

    raise typer.Exit(asyncio.run(risk.explain(_shop(), number, _say)))


@risk.command("backtest")
def risk_backtest(
    rules: Annotated[Path | None, typer.Option(help="A file like risk.toml; by default the rules that run.")] = None,
    preset: Annotated[str | None, typer.Option(help="lax, standard or strict, in place of a file.")] = None,
    settled_days: Annotated[int, typer.Option(min=1, help="Delivered so long ago and quiet: known to be good.")] = 60,
    picture: Annotated[Path, typer.Option(help="Where the picture goes.")] = Path("risk-backtest.svg"),
    generated: Annotated[
        bool, typer.Option("--generated", help="On a history that is made up, not the shop's.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Of the history that is made up.")] = 1,
    orders: Annotated[int, typer.Option(min=100, max=1_000_000, help="In it, about so many.")] = 100_000,
    abuse: Annotated[Path | None, typer.Option(help="Who buys in it and who abuses it: like mika/abuse.toml.")] = None,
) -> None:
    """Try rules on orders of before: what would have passed, what not, who would have been caught and who bothered.

    Each order is weighed by what was known when it was. The last line is JSON. Changes nothing.
    Status: 0 all is well, 1 of made-up abuse less than 93 % of the value is held or more than 1.2 % of honest orders
    are bothered, 2 there is no such preset, 65 a file is wrong, 66 it can't be read.
    """
    from mika import risk_backtest as backtest

    if rules and preset:
        raise typer.BadParameter("--rules and --preset exclude each other")
    told = backtest.Told(rules, preset, settled_days, picture, seed, orders, abuse)
    raise typer.Exit(backtest.generated(told) if generated else asyncio.run(backtest.of_shop(_shop(), told)))


@app.command()
def migrate() -> None:
    """Bring the database to this program's schema. One that is there already is left as it is."""
    from mika import running, settings

    _say(running.migrate(settings.load()))


@app.command()
def backup(
    file: Annotated[
        Path | None, typer.Argument(help="The file to make. Never overwritten. Without one: where [backups] says.")
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="Name those that lie where [backups] says.")] = False,
) -> None:
    """Copy the whole shop, while it sells: into one file, or sealed to the place of [backups] and tried there."""
    from mika import backup_command

    if list_:
        asyncio.run(backup_command.name_them(_shop()))
    elif file is None:
        asyncio.run(backup_command.back_up_there(_shop()))
    else:
        asyncio.run(backup_command.back_up(_shop(), file))


@app.command()
def restore(
    file: Annotated[Path | None, typer.Argument(help="A backup.")] = None,
    from_: Annotated[
        str | None, typer.Option("--from", help="Fetch it, and the journal, where [backups] says: latest, or a name.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Though there is a shop in the database.")] = False,
    drill: Annotated[
        bool, typer.Option("--drill", help="Restore and reconcile it where it does no harm, and say how that went.")
    ] = False,
) -> None:
    """Make a backup the shop again. It sells nothing until `mika reconcile` has found out what was sold since."""
    from mika import backup_command

    if drill:
        if file or replace:
            raise typer.BadParameter("--drill takes --from alone, and changes no shop")
        raise typer.Exit(asyncio.run(backup_command.practise(_shop(), from_ or "latest")))
    if (file is None) == (from_ is None):
        raise typer.BadParameter("name a file, or --from latest")
    if file is None:
        asyncio.run(backup_command.put_back_from(_shop(), from_ or "latest", replace=replace))
    else:
        asyncio.run(backup_command.put_back(_shop(), file, replace=replace))


@app.command()
def reconcile(
    journal: Annotated[list[Path], typer.Option(help="What was handed over; by default the data folder's.")] = [],  # noqa: B006
    set_aside_stock: Annotated[
        bool, typer.Option("--set-aside-stock", help="Without a journal: sell nothing that was in stock then.")
    ] = False,
    trust_stock: Annotated[
        bool, typer.Option("--trust-stock", help="Without a journal: sell it all, some perhaps again.")
    ] = False,
) -> None:
    """Find out what a restored shop sold and was paid since its backup, and open it again."""
    from mika import backup_command

    if set_aside_stock and trust_stock:
        raise typer.BadParameter("--set-aside-stock and --trust-stock exclude each other")
    stock = "set aside" if set_aside_stock else "trust" if trust_stock else "journal"
    asyncio.run(backup_command.look_into(_shop(), journal, stock))


@app.command()
def move(
    to: Annotated[str, typer.Option(help="An empty database: postgresql://USER@HOST/NAME.")],
) -> None:
    """Move the shop from SQLite into PostgreSQL, and check it row by row. Stop the shop first.

    Ended early, it goes on where it was the next time. The old file is only read, and stays as it is. A password is
    best left to PGPASSWORD or ~/.pgpass.
    """
    from mika import move_command

    asyncio.run(move_command.carry(_shop(), to))


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Where to: not there yet, or empty.")],
    with_codes: Annotated[bool, typer.Option("--with-codes", help="Also what the codes say, sold and unsold.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask before codes are opened.")] = False,
) -> None:
    """Write everything the shop has into a folder, in open formats, while it sells: all of it as of one moment.

    The README.md in the folder says what each file and column is. Status 1 if something sealed does not open.
    """
    from mika import export_command

    raise typer.Exit(asyncio.run(export_command.run(_shop(), folder, with_codes=with_codes, yes=yes)))


@app.command()
def key(
    paper: Annotated[bool, typer.Option("--paper", help="Print the key that there is, to be copied by hand.")] = False,
    from_paper: Annotated[bool, typer.Option("--from-paper", help="Make the key file of such a copy.")] = False,
) -> None:
    """Make the vault's key file for a new shop. Never overwrites one. Back it up: nothing else opens the stock.

    --from-paper asks for the copy line by line, or reads it from a pipe; a slip is told with its line.
    """
    from mika import paper as copies
    from mika import running, settings, wiring

    if paper and from_paper:
        raise typer.BadParameter("--paper and --from-paper exclude each other")
    if paper:
        return _say("\n".join(copies.lines(wiring.key_ring(settings.load()))))
    _say(running.make_key(settings.load(), copies.typed(sys.stdin, _say) if from_paper else None))


@faq.command("ask")
def faq_ask(
    question: Annotated[str, typer.Argument(help="What a buyer might write, in Chinese, English or Russian.")],
) -> None:
    """Print what would be answered: whether at all, the guesses, and the answer that is shipped. Needs no shop."""
    from mika import faq

    raise typer.Exit(faq.ask(question, _say))


@faq.command("check")
def faq_check(file: Annotated[Path, typer.Argument(help="A table apart by tabs: lang, intent, question.")]) -> None:
    """Read a file of questions whose intents are known, and say how many are read rightly. Needs no shop.

    Its first line names the columns: lang (zh, en, ru), intent, question; the intent `none` must not be answered.
    direct_right: answered, and rightly. offered_right: three are offered, the right one among them. wrong: answered
    with something else. passed: the rest, handed on to people or offered without the right one. The last line is JSON.
    Status: 0 if 85 % are answered rightly, 95 % answered or offered, 3 % wrong at most, and no `none` is answered;
    1 if not; 2 if the file can't be used.
    """
    from mika import faq

    raise typer.Exit(faq.check(file, _say))


@faq.command("train")
def faq_train() -> None:
    """Learn anew from the phrasings in locales/*/asked.txt, as it must be done when they change. Takes a few minutes.

    Status: 0 all is well, 65 a file of phrasings is wrong.
    """
    from mika import faq

    raise typer.Exit(faq.train(_say))


@audit.command("verify")
def audit_verify(
    journal: Annotated[list[Path], typer.Option(help="Where its marks are kept; by default the data folder's.")] = [],  # noqa: B006
    mark: Annotated[list[str], typer.Option(help="One that staff were told, like 1234:ab12cd34ef56ab78.")] = [],  # noqa: B006
) -> None:
    """Look whether the record of who did what is whole: changed, missing and moved rows show, and an end cut off.

    The shop may run meanwhile. Status 1 if anything is wrong.
    """
    from mika import audit

    raise typer.Exit(asyncio.run(audit.verify(_shop(), journal, mark, _say)))


@secret.command("list")
def secret_list() -> None:
    """Every secret the shop has: its name, how old it is, where it comes from. Never a value."""
    from mika import secret_list

    asyncio.run(secret_list.show(_shop(), _say))


@secret.command("replace")
def secret_replace(
    name: Annotated[str, typer.Argument(help="Its name, as in `mika secret list`.")],
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Since when others may know it; else as old as it is.")
    ] = None,
) -> None:
    """Put a new secret in the place of one that leaked, and say what was exposed meanwhile.

    Asks for the new one, or reads it from a pipe; it is not shown. It is tried where it is used before it is written
    where the old one stands. Status 1 if you don't go on.
    """
    import getpass

    from mika import secret_replace
    from mika.secret_list import Kept

    typed = sys.stdin.isatty()

    def new(one: Kept) -> str:
        if one.file:
            if typed:
                raise typer.BadParameter(f"bring the new file by a pipe: mika secret replace {name} < FILE")
            return sys.stdin.read()
        return (getpass.getpass(f"The new {name}: ") if typed else sys.stdin.readline()).strip()

    def agrees() -> bool:
        return not typed or typer.confirm("Go on?")

    wanted = secret_replace.Wanted(name, since.replace(tzinfo=UTC) if since else None, new, agrees)
    raise typer.Exit(asyncio.run(secret_replace.replace(_shop(), wanted, _say)))


@vault.command("rotate")
def vault_rotate() -> None:
    """Put a new key into the key file and seal everything by it. The shop may go on selling meanwhile.

    Ended early, it goes on where it was the next time. Back the key file up again afterwards. Status 1 if something
    opens by no key.
    """
    from mika import vault_command

    raise typer.Exit(asyncio.run(vault_command.rotate(_shop())))


@vault.command("keys")
def vault_keys() -> None:
    """Every key by its number, and how much is sealed by it."""
    from mika import vault_command

    asyncio.run(vault_command.keys(_shop()))


@vault.command("retire")
def vault_retire(key: Annotated[int, typer.Argument(help="Its number, as in `mika vault keys`.")]) -> None:
    """Take an old key off the ring. Backups made while it was in use open only with an older copy of the key file."""
    from mika import vault_command

    raise typer.Exit(asyncio.run(vault_command.retire(_shop(), key)))


ImportKind = Literal["dujiaoka", "acg-faka", "csv", "claims", "release"]


@app.command("import")
def import_(
    kind: Annotated[ImportKind, typer.Argument(help="The old shop; or claims, or release.")],
    source: Annotated[
        str, typer.Argument(help="mysql://USER@HOST/DATABASE, an export, a folder of CSV; the file; the batch.")
    ],
    only: Annotated[str | None, typer.Option(help="One category, by its name or number there.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only look: change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask before it comes over.")] = False,
    open_: Annotated[bool, typer.Option("--open", help="Put it on sale: you have seen the report.")] = False,
    report: Annotated[Path | None, typer.Option(help="Where the report goes; else into the data folder.")] = None,
    uses: Annotated[list[str], typer.Option(help="PRODUCT=N: so often a shared code may be used.")] = [],  # noqa: B006
    separator: Annotated[list[str], typer.Option(help="PRODUCT=---- stands between the fields of a code.")] = [],  # noqa: B006
    acknowledged: Annotated[
        bool, typer.Option("--acknowledged", help="You have seen what is owed there, and balances that differ.")
    ] = False,
    old_zone: Annotated[str | None, typer.Option(help="The zone of the old database's server, as +08:00.")] = None,
    source_name: Annotated[
        str | None, typer.Option(help="What its first report calls it, if read otherwise now.")
    ] = None,
    another_shop: Annotated[bool, typer.Option("--another-shop", help="It is not the one that came before.")] = False,
    although_it_differs: Annotated[
        bool, typer.Option("--although-it-differs", help="Open it even where the counts differ.")
    ] = False,
) -> None:
    """Move in from another shop: goods, codes, finished orders, balances. It may be run again; it comes once.

    Nothing is on sale before you say --open. The password of the old database is asked for, or read from
    MIKA_OLD_PASSWORD. `mika import claims FILE` writes the links by which members claim their balances, `mika import
    release BATCH` puts codes on sale that were held. Status: 0 all is well, 1 something doesn't add up.
    """
    from mika import import_command

    told = import_command.Told(
        *(kind, source, only, dry_run, yes, open_, report, tuple(uses), tuple(separator), acknowledged, old_zone),
        *(source_name, another_shop, although_it_differs),
    )
    raise typer.Exit(asyncio.run(import_command.run(_shop(), told, _say)))


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> None:
    """Look everything over: settings, machine, database, key, queues, ways to pay, chats, certificate, mail.

    What is wrong has a code and says what to do; docs/reference/findings.md lists all. Works also where the shop does
    not open. Status 1 if something is to be mended, 0 if there is only advice.
    """
    from mika import doctor

    raise typer.Exit(asyncio.run(doctor.run(_shop, _say, as_json=as_json)))


@app.command()
def invariants() -> None:
    """Check what must always hold, one sentence each. Status 1 if anything does not."""
    from mika import running

    raise typer.Exit(asyncio.run(running.invariants(_shop(), _say)))


@app.command()
def evidence(number: Annotated[str, typer.Argument(help="The order's number.")]) -> None:
    """Print what a payment provider wants to see of a disputed order; never a code. Send it to a file by `>`."""
    from mika import running

    raise typer.Exit(asyncio.run(running.evidence(_shop(), number, _say)))


def _shop(*, make_demo: bool = False) -> Settings:
    """The settings of the shop that is set up here, else of the demo shop, made now if it may be."""
    from mika import demo, logs, settings

    if settings.is_set_up() or not (make_demo or (DEMO / settings.FILE).exists()):
        found = settings.load()
    else:
        found = demo.prepare(DEMO)
        print(f"No shop is set up here: this is the demo's, in {DEMO}.", file=sys.stderr)
        if make_demo:
            logs.set_up("warning")
            asyncio.run(demo.open_up(found))
    if make_demo:
        app.log = found.data / "mika.log"
    logs.set_up(found.log_level if make_demo else "error", found.log_format, app.log)
    return found


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    app()
