"""What the list of trades is narrowed to and sorted by: chosen on the page, kept in its address, asked of the API."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard import session, words
from dashboard.api_client import Record
from dashboard.controls import KEPT_FOR_PAGE
from dashboard.translation import _

STATUSES = ("OPEN", "CLOSED")
DAYS = {"today": 1, "week": 7, "month": 30, "year": 365}
OTHER = "other"
# Nobody has traded before it.
EARLIEST = date(2000, 1, 1)
ORDERINGS = ("-opened_at", "opened_at", "-closed_at", "-realised_pnl_display", "realised_pnl_display")
SIZES = (25, 50, 100)
NAMES = ("bot", "symbol", "status", "money", "period", "ordering", "size")
DAY_NAMES = ("since", "until")
KEY = "trades.{name}"


def read_address(bots: Sequence[Record], money: Sequence[str], today: date) -> None:
    """Takes over what the page's address asks for, once per visit; what makes no sense there is left out."""
    if KEY.format(name="bot") in st.session_state:
        return
    rewind()
    for name, value in accept(st.query_params.to_dict(), bots, money, today).items():
        st.session_state[KEY.format(name=name)] = value


def accept(
    asked: Mapping[str, str], bots: Sequence[Record], money: Sequence[str], today: date
) -> dict[str, Any]:
    """The choices that an address stands for; `money` are the kinds that the user has. Pure."""
    offered: dict[str, Mapping[str, Any]] = {
        "bot": {str(bot["id"]): bot["id"] for bot in bots},
        "symbol": {symbol: symbol for symbol in symbols_of(bots)},
        "status": {status: status for status in STATUSES},
        "money": {kind: kind for kind in money if len(money) > 1},
        "period": {period: period for period in (*DAYS, OTHER)},
        "ordering": {ordering: ordering for ordering in ORDERINGS},
        "size": {str(size): size for size in SIZES},
    }
    chosen = {name: values[asked[name]] for name, values in offered.items() if asked.get(name) in values}
    days = {name: day for name in DAY_NAMES if (day := _day(asked.get(name), today))}
    return {**chosen, **days}


def _day(text: str | None, today: date) -> date | None:
    """None for what is no day, or one that the field does not take: it may be today already further to the east."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if EARLIEST <= day <= today else None


def symbols_of(bots: Sequence[Record]) -> list[str]:
    return sorted({symbol for bot in bots for symbol in bot["symbols"]})


def choose(bots: Sequence[Record], money: Sequence[str], today: date) -> dict[str, Any]:
    """Shows the choices; those that were made, by name. Whoever changes one begins at the first page again."""
    names = {bot["id"]: bot["name"] for bot in bots}
    with st.grid(4 if len(money) > 1 else 6, min_column_width=135, vertical_alignment="bottom"):
        _select("bot", _("Bot"), list(names), _("All bots"), names.__getitem__)
        _select("symbol", _("Symbol"), symbols_of(bots), _("All symbols"), str)
        _select("status", _("Status"), STATUSES, _("Open and closed"), words.trade_status)
        if len(money) > 1:
            _select("money", _("Money"), money, _("Real and play"), words.only_money)
        _select("period", _("Opened"), (*DAYS, OTHER), _("At any time"), period_name)
        _select("ordering", _("Sorted by"), ORDERINGS, ordering_name(ORDERINGS[0]), ordering_name)
        _select("size", _("Per page"), SIZES, str(SIZES[0]), str)
        between = _chosen("period") == OTHER
        if between:
            _choose_day("since", _("From"), today)
            _choose_day("until", _("Until and including"), today)
    asked_for = (*NAMES, *DAY_NAMES) if between else NAMES
    return {name: value for name in asked_for if (value := _chosen(name)) is not None}


def _select(name: str, label: str, options: Sequence[Any], none: str, written: Any) -> None:
    st.selectbox(
        label,
        options,
        None,
        written,
        KEY.format(name=name),
        placeholder=none,
        on_change=rewind,
        persist_state=KEPT_FOR_PAGE,
    )


def _choose_day(name: str, label: str, today: date) -> None:
    key = KEY.format(name=name)
    st.session_state.setdefault(key, today)
    written = session.formats().day_as_typed()
    st.date_input(
        label,
        key=key,
        format=written,
        max_value=today,
        on_change=rewind,
        persist_state=KEPT_FOR_PAGE,
    )


def _chosen(name: str) -> Any:
    return st.session_state.get(KEY.format(name=name))


def rewind() -> None:
    turn_to(1)


def page() -> int:
    return int(st.session_state.setdefault(KEY.format(name="page"), 1))


def turn_to(number: int) -> None:
    st.session_state[KEY.format(name="page")] = number


def period_name(period: str) -> str:
    return {
        "today": _("Today"),
        "week": _("In the last 7 days"),
        "month": _("In the last 30 days"),
        "year": _("In the last 365 days"),
        OTHER: _("Between two days"),
    }[period]


def ordering_name(ordering: str) -> str:
    return {
        "-opened_at": _("Newest first"),
        "opened_at": _("Oldest first"),
        "-closed_at": _("Closed last"),
        "-realised_pnl_display": _("Best result first"),
        "realised_pnl_display": _("Worst result first"),
    }[ordering]


def write_address(choices: Mapping[str, Any]) -> None:
    """So that a reload, or somebody given the address, finds the same."""
    wanted = {name: str(value) for name, value in choices.items()}
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def asked_of_api(choices: Mapping[str, Any], today: date, zone: ZoneInfo) -> dict[str, Any]:
    """The API's filters and its ordering; days begin at the reader's midnight. Pure."""
    since, until = _days(choices, today)
    moments = {
        "opened_after": _midnight(since, zone) if since else None,
        "opened_before": _midnight(until + timedelta(days=1), zone) if until else None,
    }
    same = {name: choices.get(name) for name in ("bot", "symbol", "status", "money")}
    ordering = choices.get("ordering", ORDERINGS[0])
    return {name: value for name, value in {**same, **moments, "ordering": ordering}.items() if value}


def _days(choices: Mapping[str, Any], today: date) -> tuple[date | None, date | None]:
    period = choices.get("period")
    if period == OTHER:
        return choices.get("since"), choices.get("until")
    return (today - timedelta(days=DAYS[period] - 1), None) if period else (None, None)


def _midnight(day: date, zone: ZoneInfo) -> str:
    return datetime.combine(day, time.min, zone).isoformat()
