"""Binance's lists, read to their end: times in windows of a day until something is found, then by ids."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from exchanges.answers import Ask
from exchanges.dialects.base import exchange_symbol
from exchanges.dialects.reading import milliseconds

PAGE = 1_000
LONGEST_WINDOW = timedelta(hours=24)


def fetch_page(ask: Ask, path: str, symbol: str, request: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = ask("private", "GET", path, {"symbol": exchange_symbol(symbol), "limit": PAGE, **request})
    if not isinstance(rows, list):
        raise ValueError("not a list")
    return rows


def follow(
    ask: Ask,
    path: str,
    symbol: str,
    cursor: tuple[str, str],
    rows: list[dict[str, Any]],
    request: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """Everything after `rows`, page by page. `cursor` is the parameter that starts a page and the field it counts."""
    parameter, field = cursor
    found: list[dict[str, Any]] = []
    following = int(rows[-1][field]) + 1
    while True:
        page = fetch_page(ask, path, symbol, {**(request or {}), parameter: following})
        if page and int(page[0][field]) < following:
            raise ValueError("the exchange did not continue where it was asked to")
        found += page
        if len(page) < PAGE:
            return found
        following = int(page[-1][field]) + 1


def list_since(
    ask: Ask, path: str, symbol: str, cursor: tuple[str, str], since: datetime, now: datetime
) -> list[dict[str, Any]]:
    """All rows from `since` on. Time is asked in windows of a day until something is found, then ids lead to the end.

    Ids and not times: two rows may share a millisecond, and a page that ends between them would lose one.
    """
    start = since
    while now - start > LONGEST_WINDOW:
        end = start + LONGEST_WINDOW
        rows = fetch_page(
            ask, path, symbol, {"startTime": milliseconds(start), "endTime": milliseconds(end) - 1}
        )
        if rows:
            return rows + follow(ask, path, symbol, cursor, rows)
        start = end
    # No end: the exchange's clock may be ahead of ours.
    rows = fetch_page(ask, path, symbol, {"startTime": milliseconds(start)})
    return rows + follow(ask, path, symbol, cursor, rows) if len(rows) == PAGE else rows
