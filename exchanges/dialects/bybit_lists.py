"""Bybit's lists, read to their end: pages by its cursor, times in windows of seven days."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from exchanges.answers import Ask
from exchanges.dialects.base import exchange_symbol
from exchanges.dialects.bybit_ways import LOOKED_UP_IN
from exchanges.dialects.reading import milliseconds, moment

SPOT = {"category": "spot"}
LONGEST_WINDOW = timedelta(days=7)


def find_row(ask: Ask, symbol: str, order: Mapping[str, str]) -> tuple[dict[str, Any], datetime] | None:
    """The order where it is listed, among the open and last closed or else in the history, and the exchange's time."""
    request = {**SPOT, "symbol": exchange_symbol(symbol), **order}
    for path in LOOKED_UP_IN:
        answer = ask("private", "GET", path, request)
        if answer["result"]["list"]:
            return answer["result"]["list"][0], moment(answer["time"])
    return None


def list_pages(
    ask: Ask,
    path: str,
    symbol: str | None,
    request: Mapping[str, Any],
    api: str = "private",
    until: datetime | None = None,
) -> list[dict[str, Any]]:
    """All pages of a list, by the exchange's own cursor; of orders, newest first, those back `until` a creation."""
    asked = {**SPOT, **({"symbol": exchange_symbol(symbol)} if symbol else {}), **request}
    rows: list[dict[str, Any]] = []
    cursor = ""
    while True:
        result = ask(api, "GET", path, {**asked, "cursor": cursor} if cursor else asked)["result"]
        rows += result["list"]
        following = result.get("nextPageCursor") or ""
        if not following or not result["list"] or _reaches_back(result["list"], until):
            return rows
        if following == cursor:
            raise ValueError("the exchange does not move its cursor")
        cursor = following


def _reaches_back(page: Sequence[Mapping[str, Any]], until: datetime | None) -> bool:
    return until is not None and moment(page[-1]["createdTime"]) < until


def list_since(
    ask: Ask, path: str, symbol: str, request: Mapping[str, Any], since: datetime, now: datetime
) -> list[dict[str, Any]]:
    """All rows from `since` on, in windows of seven days, the longest that the exchange answers."""
    rows: list[dict[str, Any]] = []
    start = since
    while now - start > LONGEST_WINDOW:
        end = start + LONGEST_WINDOW
        window = {"startTime": milliseconds(start), "endTime": milliseconds(end) - 1}
        rows += list_pages(ask, path, symbol, {**request, **window})
        start = end
    # No end: the exchange's clock may be ahead of ours, and it goes seven days on from the start by itself.
    return rows + list_pages(ask, path, symbol, {**request, "startTime": milliseconds(start)})
