"""A bot in a few facts, the same on every page that shows one."""

from collections.abc import Sequence
from datetime import UTC, datetime

from dashboard import session, words
from dashboard.api_client import Record
from dashboard.formatting import Formats
from dashboard.markup import Badge, Cell, Column, Noted, Signed, facts, table
from dashboard.translation import _


def summarise(bot: Record) -> str:
    return facts(_facts(bot), below=(_("Symbols"), ", ".join(bot["symbols"])))


def _facts(bot: Record) -> list[tuple[str, Cell]]:
    formats = session.formats()
    return [
        (_("Status"), status(bot)),
        (_("Realised P&L"), realised(bot, formats)),
        (_("Open trades"), f"{bot['open_trades']} / {bot['max_open_trades']}"),
        (_("Capital"), formats.money(bot["capital"], bot["capital_currency"])),
        (_("Next run"), formats.moment(bot["next_run_at"], seconds=True)),
    ]


def glance(bots: Sequence[Record], formats: Formats) -> str:
    """A few bots in a narrow table."""
    columns = [Column(_("Name")), Column(_("Status")), Column(_("Realised P&L"), "number")]
    rows: list[list[Cell]] = [
        [Noted(bot["name"], next_run(bot, formats)), badge(bot), realised(bot, formats)] for bot in bots
    ]
    return table(_("Bots"), columns, rows)


def realised(bot: Record, formats: Formats) -> Signed:
    amount = bot["realised_pnl_display"]
    return Signed(formats.money(amount, bot["display_currency"], signed=True), amount)


def next_run(bot: Record, formats: Formats) -> str:
    """When it looks at the market again; nothing where it does not."""
    at = bot["next_run_at"]
    return _("Next run: {moment}").format(moment=formats.near(at, datetime.now(UTC))) if at else ""


def status(bot: Record) -> str:
    """Whether it runs, and what keeps it from doing all that a running bot does."""
    return ": ".join(filter(None, [words.bot_status(bot["status"]), explanation(bot)]))


def badge(bot: Record) -> Badge:
    """The status alone; a running bot that `explanation` has something to say of stands out."""
    if bot["status"] == "stopped":
        return Badge(words.bot_status("stopped"), "still")
    is_well = bot["status"] == "active" and not explanation(bot)
    return Badge(words.bot_status(bot["status"]), "good" if is_well else "warning")


def rank(bot: Record) -> int:
    """Smaller for what its owner should look at sooner."""
    order = {"warning": 0, "good": 1, "still": 2}
    return order.get(badge(bot).kind, 0)


def explanation(bot: Record) -> str:
    if bot["status_reason"]:
        return str(bot["status_reason"])
    if bot["closing"]:
        waiting = _("sells everything once the exchange answers")
        return waiting if bot["orders_in_doubt"] else _("selling everything it holds")
    return _("buys nothing new") if bot["halt"] and bot["status"] == "active" else ""
