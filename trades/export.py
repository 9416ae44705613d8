"""Trades as CSV (RFC 4180, UTF-8): exact plain numbers, times in UTC, and the display rate of every fill.

One row per trade, its columns named as in the API; `rows=fills` gives one row per fill instead. A text that a spreadsheet
would take for a formula gets an apostrophe in front.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from exchanges.domain import Side
from saas.exact_decimal import plain
from trades.selectors import FillRow, TradeRow
from trades.valuation import realised_percent

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

TRADE_COLUMNS = (
    "id",
    "bot",
    "bot_name",
    "symbol",
    "base",
    "quote",
    "status",
    "opened_at",
    "closed_at",
    "entry_price",
    "exit_price",
    "quantity",
    "held_quantity",
    "cost",
    "proceeds",
    "fees",
    "realised_pnl",
    "realised_pnl_percent",
    "realised_pnl_display",
    "display_currency",
    "display_rate",
    "dust",
    "dust_cost",
    "corrected_quantity",
    "corrected_cost",
    "exit_reason",
    "buy_display_rates",
    "sell_display_rates",
    "environment",
)
FILL_COLUMNS = (
    "trade",
    "bot",
    "bot_name",
    "symbol",
    "base",
    "quote",
    "order",
    "client_order_id",
    "exchange_order_id",
    "exchange_fill_id",
    "executed_at",
    "side",
    "price",
    "quantity",
    "notional",
    "fee",
    "fee_asset",
    "liquidity",
    "display_currency",
    "display_rate",
    "notional_display",
    "environment",
)

Row = list[str]
WithFills = tuple[TradeRow, Sequence[FillRow]]


class _Line:
    """What csv writes to: hands the text back instead of keeping it."""

    def write(self, text: str) -> str:
        return text


def write_trades(trades: Iterable[WithFills]) -> Iterator[str]:
    return _write(TRADE_COLUMNS, (_trade_row(trade, fills) for trade, fills in trades))


def write_fills(trades: Iterable[WithFills]) -> Iterator[str]:
    return _write(FILL_COLUMNS, (_fill_row(trade, fill) for trade, fills in trades for fill in fills))


def _write(columns: tuple[str, ...], rows: Iterable[Row]) -> Iterator[str]:
    write: Callable[[Iterable[str]], Any] = csv.writer(_Line()).writerow
    yield write(columns)
    for row in rows:
        yield write(row)


def cell(value: Any) -> str:
    """A number exactly and plainly, a time in ISO 8601 with Z, a text so that no spreadsheet runs it."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, int):
        return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _trade_row(trade: TradeRow, fills: Sequence[FillRow]) -> Row:
    special = {
        "bot": trade.bot_id,
        "realised_pnl_percent": realised_percent(trade),
        "buy_display_rates": _rates(fills, Side.BUY),
        "sell_display_rates": _rates(fills, Side.SELL),
    }
    values = (special[name] if name in special else getattr(trade, name) for name in TRADE_COLUMNS)
    return [cell(value) for value in values]


def _rates(fills: Sequence[FillRow], side: Side) -> str:
    """The rate of each fill of this side, oldest first, with a space between; `?` where none is known."""
    rates = (fill.display_rate for fill in fills if fill.side == side.value)
    return " ".join("?" if rate is None else plain(rate) for rate in rates)


def _fill_row(trade: TradeRow, fill: FillRow) -> Row:
    notional = fill.price * fill.quantity
    values = (
        trade.id,
        trade.bot_id,
        trade.bot_name,
        trade.symbol,
        trade.base,
        trade.quote,
        fill.order_id,
        fill.client_order_id,
        fill.exchange_order_id,
        fill.exchange_fill_id,
        fill.executed_at,
        fill.side,
        fill.price,
        fill.quantity,
        notional,
        fill.fee,
        fill.fee_asset,
        fill.liquidity,
        fill.display_currency,
        fill.display_rate,
        None if fill.display_rate is None else notional * fill.display_rate,
        trade.environment,
    )
    return [cell(value) for value in values]
