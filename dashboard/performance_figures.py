"""The performance in numbers: headline, tables, every statistic and its meaning. Pure but for the reader's language."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import StringIO

from dashboard.api_client import Record
from dashboard.formatting import UNKNOWN, Formats
from dashboard.markup import Bar, Cell, Column, Explained, Figure, Plain, Signed, explained, figures, table
from dashboard.translation import _, ngettext

CSV_COLUMNS = (
    "date",
    "trades",
    "wins",
    "losses",
    "win_rate",
    "realised_pnl_display",
    "display_currency",
    "realised_pnl_percent",
    "volume_display",
    "fees_display",
)
LEAST_DAYS = 30
LEAST_TRADES = 10


@dataclass(frozen=True)
class Writer:
    """Writes one answer's figures for one reader."""

    formats: Formats
    currency: str

    def money(self, amount: str | None) -> str:
        return self.formats.money(amount, self.currency)

    def gain(self, amount: str | None) -> Plain:
        return Signed(self.formats.money(amount, self.currency, signed=True), amount)

    def fall(self, amount: str) -> Plain:
        """A fall, which the API tells as a positive amount."""
        return self.gain(f"-{amount}" if amount.strip("0.") else "0")

    def percent(self, percentage: str | None) -> Plain:
        return Signed(self.formats.percent(percentage), percentage)

    def count(self, number: int) -> str:
        return self.formats.number(str(number))


def headline(performance: Record, formats: Formats) -> str:
    """The four numbers that answer how it went."""
    write, found = Writer(formats, performance["display_currency"]), performance["statistics"]
    known = found["trades"] - found["unknown_results"]
    won = ngettext("{wins} of {count} trade", "{wins} of {count} trades", known)
    total = performance["total_pnl_display"]
    return figures(
        [
            Figure(
                _("Realised P&L"),
                write.gain(performance["realised_pnl_display"]),
                _of_capital(performance["realised_pnl_percent"], write),
            ),
            Figure(
                _("With what is open now"),
                write.gain(total),
                _of_capital(performance["total_pnl_percent"], write),
            ),
            Figure(
                _("Win rate"),
                formats.share(found["win_rate"]),
                won.format(wins=write.count(found["wins"]), count=write.count(known)),
            ),
            Figure(
                _("Largest drawdown"), write.fall(found["max_drawdown_display"]), _drawdown_note(found, write)
            ),
        ]
    )


def statistics(performance: Record, formats: Formats) -> list[tuple[str, str]]:
    """Groups of statistics: a title, and its HTML."""
    write, found = Writer(formats, performance["display_currency"]), performance["statistics"]
    groups: list[tuple[str, Callable[[Record, Record, Writer], list[Explained]]]] = [
        (_("Return"), _returns),
        (_("Risk"), _risks),
        (_("Wins and losses"), _wins_and_losses),
        (_("Best and worst"), _extremes),
        (_("Activity and costs"), _activity),
    ]
    return [(title, explained(make(performance, found, write))) for title, make in groups]


def write_csv(performance: Record, step: str) -> str:
    """Each day, week or month with a result, the oldest first: exact plain numbers, columns named as in the API."""
    file = StringIO()
    lines = csv.DictWriter(file, CSV_COLUMNS, lineterminator="\r\n")
    lines.writeheader()
    currency = {"display_currency": performance["display_currency"]}
    lines.writerows({**part, **currency} for part in performance[f"by_{step}"])
    return file.getvalue()


def by_symbol(performance: Record, formats: Formats) -> str:
    return _parts_table(
        _("Results by symbol"), _("Symbol"), performance["by_symbol"], _symbol, performance, formats
    )


def by_bot(performance: Record, formats: Formats) -> str:
    return _parts_table(_("Results by bot"), _("Bot"), performance["by_bot"], _bot_name, performance, formats)


def _parts_table(
    caption: str,
    head: str,
    parts: Sequence[Record],
    name: Callable[[Record], str],
    performance: Record,
    formats: Formats,
) -> str:
    write = Writer(formats, performance["display_currency"])
    columns = [
        Column(head),
        Column(_("Trades"), "number"),
        Column(_("Win rate"), "number"),
        Column(_("Volume"), "number"),
        Column(_("Fees"), "number"),
        Column(_("Of the capital"), "number"),
        Column(_("Result"), "number"),
    ]
    longest = max((abs(float(part["realised_pnl_display"])) for part in parts), default=0.0)
    return table(caption, columns, [_part_row(part, name(part), longest, write) for part in parts])


def _part_row(part: Record, name: str, longest: float, write: Writer) -> list[Cell]:
    amount = part["realised_pnl_display"]
    share = abs(float(amount)) / longest if longest else 0.0
    return [
        name,
        write.count(part["trades"]),
        write.formats.share(part["win_rate"]),
        write.money(part["volume_display"]),
        write.money(part["fees_display"]),
        write.percent(part["realised_pnl_percent"]),
        Bar(write.formats.money(amount, write.currency, signed=True), amount, share),
    ]


def _symbol(part: Record) -> str:
    return str(part["symbol"])


def _bot_name(part: Record) -> str:
    return name_bot(part)


def name_bot(bot: Record) -> str:
    name = str(bot["name"])
    return _("{name} (deleted)").format(name=name) if bot["is_deleted"] else name


def _returns(performance: Record, found: Record, write: Writer) -> list[Explained]:
    formats = write.formats
    return [
        Explained(
            _("Realised return"),
            write.percent(performance["realised_pnl_percent"]),
            _("What closed sales brought, in percent of the capital that the bots had at the time."),
        ),
        Explained(
            _("Return with open trades"),
            write.percent(performance["total_pnl_percent"]),
            _("The same plus what the open trades would bring if they were sold now."),
        ),
        Explained(
            _("Yearly growth (CAGR)"),
            write.percent(found["cagr_percent"]),
            _("The growth of a whole year, if it went on as in this period."),
            _missing(performance, trades=False),
        ),
        Explained(
            _("Capital"),
            write.money(performance["capital_display"]),
            _(
                "What the bots that exist now may trade with. Each result is compared with the capital of its own day."
            ),
        ),
        Explained(
            _("Expectancy"),
            write.gain(found["expectancy_display"]),
            _("What a trade brought on average, wins and losses together."),
        ),
        Explained(
            _("Expectancy per loss"),
            formats.ratio(found["expectancy_ratio"]),
            _("The average result compared with the average loss. Above 0 the wins outweigh the losses."),
            _("There is no loss to compare with yet."),
        ),
    ]


def _risks(performance: Record, found: Record, write: Writer) -> list[Explained]:
    formats, missing = write.formats, _missing(performance, trades=True)
    return [
        Explained(
            _("Largest drawdown"),
            write.fall(found["max_drawdown_display"]),
            _(
                "How deep the result once fell from its best. Whoever began at the worst moment lost this much."
            ),
        ),
        Explained(
            _("Largest drawdown in percent"),
            _fall_percent(found["max_drawdown_percent"], write),
            _(
                "How much of the capital and its earnings was lost between a best moment and the lowest one after it."
            ),
        ),
        Explained(_("When it was"), _span(found, formats), _("From the best moment to the lowest one.")),
        Explained(
            _("Drawdown now"),
            write.fall(found["current_drawdown_display"]),
            _("How far the result is below its best at the end of the period."),
        ),
        Explained(
            _("Sharpe ratio"),
            formats.ratio(found["sharpe"]),
            _(
                "Daily return compared with how much it swings, for a year. Above 1 is good, above 2 very good."
            ),
            missing,
        ),
        Explained(
            _("Sortino ratio"),
            formats.ratio(found["sortino"]),
            _("As the Sharpe ratio, but only swings downwards count against it."),
            missing,
        ),
        Explained(
            _("Calmar ratio"),
            formats.ratio(found["calmar"]),
            _(
                "Yearly growth compared with the largest drawdown. Above 1 a year earns more than the worst fall lost."
            ),
            missing,
        ),
        Explained(
            _("System quality (SQN)"),
            formats.ratio(found["system_quality"]),
            _(
                "How even the results are for their size. Above 1.6 is fair, above 2.5 good, above 3 excellent."
            ),
            missing,
        ),
    ]


def _wins_and_losses(_performance: Record, found: Record, write: Writer) -> list[Explained]:
    formats = write.formats
    return [
        Explained(
            _("Win rate"),
            formats.share(found["win_rate"]),
            _("How many trades brought more than they cost, fees included."),
        ),
        Explained(
            _("Wins and losses"),
            f"{write.count(found['wins'])} / {write.count(found['losses'])}",
            _("Trades that won, and trades that lost."),
        ),
        Explained(
            _("Profit factor"),
            formats.ratio(found["profit_factor"]),
            _("All that was won for each unit that was lost. Below 1 it lost money."),
            _("There is no loss to compare with yet."),
        ),
        Explained(
            _("Average win"),
            write.gain(found["average_win_display"]),
            _("What a winning trade brought on average."),
        ),
        Explained(
            _("Average loss"),
            write.gain(found["average_loss_display"]),
            _("What a losing trade cost on average."),
        ),
        Explained(
            _("Longest winning streak"),
            write.count(found["longest_winning_streak"]),
            _("Trades won one after the other."),
        ),
        Explained(
            _("Longest losing streak"),
            write.count(found["longest_losing_streak"]),
            _("Trades lost one after the other: be ready to see this many again."),
        ),
        Explained(
            _("Winning and losing days"),
            f"{write.count(found['winning_days'])} / {write.count(found['losing_days'])}",
            _("Days that ended with a gain, and days that ended with a loss."),
        ),
    ]


def _extremes(_performance: Record, found: Record, write: Writer) -> list[Explained]:
    return [
        Explained(_("Best trade"), *_trade(found["best_trade"], write)),
        Explained(_("Worst trade"), *_trade(found["worst_trade"], write)),
        Explained(_("Best day"), *_dated(found["best_day"], write)),
        Explained(_("Worst day"), *_dated(found["worst_day"], write)),
        Explained(_("Best symbol"), *_named(found["best_symbol"], write)),
        Explained(_("Worst symbol"), *_named(found["worst_symbol"], write)),
    ]


def _activity(performance: Record, found: Record, write: Writer) -> list[Explained]:
    formats = write.formats
    items = [
        Explained(_("Closed trades"), write.count(found["trades"]), _("Round trips: bought and sold again.")),
        Explained(_("Open trades"), write.count(performance["open_trades"]), _("Bought, and not sold yet.")),
        Explained(
            _("First trade"), formats.moment(found["first_trade_at"]), _("When the first of them was opened.")
        ),
        Explained(
            _("Latest trade"),
            formats.moment(found["latest_trade_at"]),
            _("When the last of them was opened."),
        ),
        Explained(
            _("Average duration"),
            formats.duration(found["average_duration_seconds"]),
            _("How long a trade was open, from the purchase to the last sale."),
        ),
        Explained(
            _("Duration of wins and losses"),
            " / ".join(formats.duration(found[f"average_{kind}_seconds"]) for kind in ("win", "loss")),
            _("If losses last much longer than wins, the bot holds on to them for too long."),
        ),
        Explained(
            _("Time in the market"),
            formats.share(found["exposure"]),
            _("How much of the time at least one trade was open."),
        ),
        Explained(_("Volume"), write.money(found["volume_display"]), _("All that was bought and sold.")),
        Explained(
            _("Fees paid"),
            write.money(found["fees_display"]),
            _("What the exchange kept. It is in every result already."),
        ),
    ]
    if found["unknown_results"]:
        count = write.count(found["unknown_results"])
        text = _("Sold by hand, or without a known rate: they are in no figure made of results.")
        items.append(Explained(_("Without a known result"), count, text))
    return items


def _missing(performance: Record, *, trades: bool) -> str:
    """Why a figure that is carried over to a year is not there."""
    if performance["capital_display"] is None:
        return _("The exchange rate of the capital is not known at the moment.")
    if performance["days"] < LEAST_DAYS:
        return _("It is shown from {least} days on; there are {days}.").format(
            least=LEAST_DAYS, days=performance["days"]
        )
    if trades and performance["statistics"]["trades"] < LEAST_TRADES:
        return _("It is shown from {least} closed trades on.").format(least=LEAST_TRADES)
    return _("It cannot be worked out from these results.")


def _of_capital(percentage: str | None, write: Writer) -> str:
    if percentage is None:
        return ""
    return _("{percent} of the capital").format(percent=write.formats.percent(percentage))


def _drawdown_note(found: Record, write: Writer) -> str:
    percentage = found["max_drawdown_percent"]
    if percentage is None or not found["max_drawdown_display"].strip("0."):
        return ""
    return _("{percent} of the account").format(percent=write.formats.percent(f"-{percentage}"))


def _fall_percent(percentage: str | None, write: Writer) -> Plain:
    if percentage is None:
        return UNKNOWN
    return write.percent(f"-{percentage}" if percentage.strip("0.") else "0")


def _span(found: Record, formats: Formats) -> str:
    if found["max_drawdown_from"] is None:
        return UNKNOWN
    moments = (formats.moment(found[name]) for name in ("max_drawdown_from", "max_drawdown_to"))
    return " – ".join(moments)


def _dated(day: Record | None, write: Writer) -> tuple[Plain, str]:
    if day is None:
        return UNKNOWN, _("No day has a result yet.")
    return write.gain(day["realised_pnl_display"]), write.formats.day(day["date"])


def _named(symbol: Record | None, write: Writer) -> tuple[Plain, str]:
    if symbol is None:
        return UNKNOWN, _("No symbol has a result yet.")
    return write.gain(symbol["realised_pnl_display"]), str(symbol["symbol"])


def _trade(trade: Record | None, write: Writer) -> tuple[Plain, str]:
    if trade is None:
        return UNKNOWN, _("No trade has a result yet.")
    percent = write.formats.percent(trade["realised_pnl_percent"])
    text = f"{trade['symbol']} · {percent} · {write.formats.moment(trade['closed_at'])}"
    return write.gain(trade["realised_pnl_display"]), text
