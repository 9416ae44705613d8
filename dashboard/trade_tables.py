"""Trades as table rows, the same wherever they are listed. Pure but for the reader's language."""

from collections.abc import Sequence

from dashboard import words
from dashboard.api_client import Record
from dashboard.formatting import UNKNOWN, Formats
from dashboard.markup import Cell, Column, Signed, table
from dashboard.translation import _


def open_trades(trades: Sequence[Record], formats: Formats) -> str:
    columns = [
        Column(_("Symbol")),
        Column(_("Bot")),
        Column(_("Opened"), "moment"),
        Column(_("Quantity"), "number"),
        Column(_("Entry price"), "number"),
        Column(_("Last price"), "number"),
        Column(_("Unrealised P&L"), "number"),
    ]
    return table(_("Open trades"), columns, [_open_row(trade, formats) for trade in trades])


def _open_row(trade: Record, formats: Formats) -> list[Cell]:
    return [
        trade["symbol"],
        trade["bot_name"],
        formats.moment(trade["opened_at"]),
        formats.number(trade["quantity"]),
        formats.number(trade["entry_price"]),
        formats.number(trade["last_price"]),
        result(trade, "unrealised_pnl_display", formats),
    ]


def closed_trades(trades: Sequence[Record], formats: Formats) -> str:
    columns = [
        Column(_("Symbol")),
        Column(_("Bot")),
        Column(_("Closed at"), "moment"),
        Column(_("Entry price"), "number"),
        Column(_("Exit price"), "number"),
        Column(_("Result"), "number"),
        Column(_("Realised P&L"), "number"),
    ]
    return table(_("Closed trades"), columns, [_closed_row(trade, formats) for trade in trades])


def _closed_row(trade: Record, formats: Formats) -> list[Cell]:
    percentage = trade["realised_pnl_percent"]
    return [
        trade["symbol"],
        trade["bot_name"],
        formats.moment(trade["closed_at"]),
        formats.number(trade["entry_price"]),
        formats.number(trade["exit_price"]),
        Signed(formats.percent(percentage), percentage),
        result(trade, "realised_pnl_display", formats),
    ]


def all_trades(trades: Sequence[Record], formats: Formats) -> str:
    columns = [
        Column(_("Symbol")),
        Column(_("Bot")),
        Column(_("Status")),
        Column(_("Opened"), "moment"),
        Column(_("Closed at"), "moment"),
        Column(_("Quantity"), "number"),
        Column(_("Entry price"), "number"),
        Column(_("Exit price"), "number"),
        Column(_("P&L"), "number"),
    ]
    return table(_("Trades"), columns, [_any_row(trade, formats) for trade in trades])


def _any_row(trade: Record, formats: Formats) -> list[Cell]:
    return [
        trade["symbol"],
        trade["bot_name"],
        words.trade_status(trade["status"]),
        formats.moment(trade["opened_at"]),
        formats.moment(trade["closed_at"]),
        formats.number(trade["quantity"]),
        formats.number(trade["entry_price"]),
        formats.number(trade["exit_price"]),
        result(
            trade,
            "realised_pnl_display" if trade["status"] == "CLOSED" else "unrealised_pnl_display",
            formats,
        ),
    ]


def result(trade: Record, field: str, formats: Formats) -> Cell:
    amount, currency = trade[field], trade["display_currency"]
    return Signed(formats.money(amount, currency, signed=True), amount) if currency else UNKNOWN


def fills(order: Record, formats: Formats) -> str:
    columns = [
        Column(_("Executed"), "moment"),
        Column(_("Price"), "number"),
        Column(_("Quantity"), "number"),
        Column(_("Fee"), "number"),
        Column(_("Rate"), "number"),
    ]
    return table(_("Fills"), columns, [_fill_row(fill, formats) for fill in order["fills"]])


def _fill_row(fill: Record, formats: Formats) -> list[Cell]:
    rate = formats.number(fill["display_rate"])
    return [
        formats.moment(fill["executed_at"], seconds=True),
        formats.number(fill["price"]),
        formats.number(fill["quantity"]),
        f"{formats.number(fill['fee'])} {fill['fee_asset']}",
        f"{rate} {fill['display_currency']}" if fill["display_rate"] else UNKNOWN,
    ]
