"""The `mika` command: its commands, put together."""

from __future__ import annotations

from mika.commands import chats, faq, keeping, payments, risk, running, secrets, staff, stock
from mika.commands.here import App

app = App(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
app.add_typer(running.commands)
app.add_typer(keeping.commands)
app.add_typer(stock.stock, name="stock")
app.add_typer(secrets.secret, name="secret")
app.add_typer(staff.staff, name="staff")
app.add_typer(staff.audit, name="audit")
app.add_typer(secrets.vault, name="vault")
app.add_typer(chats.telegram, name="telegram")
app.add_typer(chats.wechat, name="wechat")
app.add_typer(payments.payments, name="payments")
app.add_typer(chats.email, name="email")
app.add_typer(risk.risk, name="risk")
app.add_typer(faq.faq, name="faq")


@app.callback()
def main() -> None:
    """Mika: a shop for virtual card codes that runs in chat. Settings: mika.toml and MIKA_* of the environment."""


if __name__ == "__main__":
    app()
