"""A bot in a few facts, the same on every page that shows one."""

from dashboard import session, words
from dashboard.api_client import Record
from dashboard.markup import Cell, Signed, facts
from dashboard.translation import _


def summarise(bot: Record) -> str:
    return facts(_facts(bot), below=(_("Symbols"), ", ".join(bot["symbols"])))


def _facts(bot: Record) -> list[tuple[str, Cell]]:
    formats, currency = session.formats(), session.currency()
    realised = bot["realised_pnl_display"]
    return [
        (_("Status"), status(bot)),
        (_("Realised P&L"), Signed(formats.money(realised, currency, signed=True), realised)),
        (_("Open trades"), f"{bot['open_trades']} / {bot['max_open_trades']}"),
        (_("Capital"), formats.money(bot["capital"], bot["capital_currency"])),
        (_("Next run"), formats.moment(bot["next_run_at"], seconds=True)),
    ]


def status(bot: Record) -> str:
    """Whether it runs, and what keeps it from doing all that a running bot does."""
    return ": ".join(filter(None, [words.bot_status(bot["status"]), _explanation(bot)]))


def _explanation(bot: Record) -> str:
    if bot["status_reason"]:
        return str(bot["status_reason"])
    if bot["closing"]:
        waiting = _("sells everything once the exchange answers")
        return waiting if bot["orders_in_doubt"] else _("selling everything it holds")
    return _("buys nothing new") if bot["halt"] and bot["status"] == "active" else ""
