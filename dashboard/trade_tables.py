"""Trades as table rows, the same wherever they are listed. Pure but for the reader's language."""

from collections.abc import Sequence

from dashboard import words
from dashboard.api_client import Record
from dashboard.formatting import UNKNOWN, Formats
from dashboard.markup import Badge, Cell, Column, Noted, Part, Plain, Signed, table
from dashboard.translation import _


def open_trades(trades: Sequence[Record], formats: Formats) -> str:
    columns = [
        Column(_("Symbol")),
        Column(_("Opened"), "moment"),
        Column(_("Quantity"), "number"),
        Column(_("Entry price"), "number"),
        Column(_("Last price"), "number"),
        Column(_("Unrealised P&L"), "number"),
    ]
    return table(_("Open trades"), columns, [_open_row(trade, formats) for trade in trades])


def _open_row(trade: Record, formats: Formats) -> list[Cell]:
    return [
        Noted(trade["symbol"], trade["bot_name"]),
        formats.moment(trade["opened_at"]),
        formats.number(trade["quantity"]),
        formats.number(trade["entry_price"]),
        formats.number(trade["last_price"]),
        unrealised(trade, formats),
    ]


def recent_trades(trades: Sequence[Record], formats: Formats) -> str:
    """Closed ones, in a narrow table."""
    columns = [Column(_("Symbol")), Column(_("Closed at"), "moment"), Column(_("Realised P&L"), "number")]
    return table(_("Recent trades"), columns, [_recent_row(trade, formats) for trade in trades])


def _recent_row(trade: Record, formats: Formats) -> list[Cell]:
    percentage = trade["realised_pnl_percent"]
    gained: Plain = Signed(formats.percent(percentage), percentage) if percentage else ""
    return [
        Noted(trade["symbol"], trade["bot_name"]),
        formats.moment(trade["closed_at"]),
        Noted(realised(trade, formats), gained),
    ]


def row_columns() -> list[Column]:
    """Of the rows of all trades, which have a button beside them."""
    return [
        Column(_("Symbol")),
        Column(_("Status")),
        Column(_("Opened and closed")),
        Column(_("Quantity"), "number"),
        Column(_("Entry and exit"), "number"),
        Column(_("P&L"), "number"),
    ]


def row_parts(trade: Record, formats: Formats) -> list[Part]:
    symbol, state, times, quantity, prices, profit = (column.label for column in row_columns())
    is_closed = trade["status"] == "CLOSED"
    percentage = trade["realised_pnl_percent"] if is_closed else None
    return [
        Part(symbol, trade["symbol"], trade["bot_name"], "strong"),
        Part(state, status(trade)),
        Part(times, formats.moment(trade["opened_at"]), known(formats.moment(trade["closed_at"])), "named"),
        Part(quantity, formats.number(trade["quantity"]), kind="number named"),
        Part(
            prices,
            formats.number(trade["entry_price"]),
            known(formats.number(trade["exit_price"])),
            "number named",
        ),
        Part(
            profit,
            realised(trade, formats) if is_closed else unrealised(trade, formats),
            Signed(formats.percent(percentage), percentage) if percentage else "",
            "number",
        ),
    ]


def known(text: str) -> str:
    return "" if text == UNKNOWN else text


def status(trade: Record) -> Badge:
    name = words.trade_status(trade["status"])
    return Badge(name, "open" if trade["status"] == "OPEN" else "still")


def realised(trade: Record, formats: Formats) -> Plain:
    """In the currency that its owner's amounts were shown in when it was opened."""
    amount, currency = trade["realised_pnl_display"], trade["display_currency"]
    return Signed(formats.money(amount, currency, signed=True), amount) if currency else UNKNOWN


def unrealised(trade: Record, formats: Formats) -> Signed:
    """In the currency that amounts are shown in now."""
    amount = trade["unrealised_pnl_display"]
    return Signed(formats.money(amount, trade["unrealised_currency"], signed=True), amount)


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
