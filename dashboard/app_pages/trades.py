"""Every trade the user's bots made: filtered, sorted and paged by the API, each with its orders and fills."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import streamlit as st

from dashboard import money, notices, session, trade_filters, trade_tables
from dashboard.api_client import Record
from dashboard.api_errors import Refused
from dashboard.controls import card, label_of, row_container
from dashboard.live import show_guarded, show_live_data
from dashboard.markup import empty, row, row_head
from dashboard.trade_details import show_trade
from dashboard.translation import _, ngettext

PLACE = "trades"


def show() -> None:
    st.title(_("Trades"), anchor=False)
    show_guarded(show_trades)


def show_trades() -> None:
    bots, kinds = session.api().bots(), money.kinds()
    zone = session.formats().timezone
    today = datetime.now(UTC).astimezone(zone).date()
    trade_filters.read_address(bots, kinds, today)
    choices = trade_filters.choose(bots, kinds, today)
    trade_filters.write_address(choices)
    asked = trade_filters.asked_of_api(choices, today, zone)
    size = int(choices.get("size", trade_filters.SIZES[0]))
    show_downloads(asked)
    narrowed = len(asked) > 1
    show_live_data(
        lambda: load({**asked, "page_size": size}),
        lambda page: show_page(page, size, narrowed),
        "trades.live",
        of=lambda: (*asked.items(), size, trade_filters.page()),
    )


def load(asked: Mapping[str, Any]) -> Record:
    """The page that is looked at; the last one where it is gone, since trades can become fewer meanwhile."""
    api, number = session.api(), trade_filters.page()
    try:
        return api.trades({**asked, "page": number})
    except Refused as refusal:
        if refusal.status != 404 or number == 1:
            raise
    last = api.trades({**asked, "page": "last"})
    trade_filters.turn_to(pages_of(last["count"], asked["page_size"]))
    return last


def show_downloads(asked: Mapping[str, Any]) -> None:
    files = {
        "trades": (_("Download as CSV"), _("cardume-trades.csv")),
        "fills": (_("Fills as CSV"), _("cardume-fills.csv")),
    }
    with st.container(horizontal=True, horizontal_alignment="right"):
        for rows, (label, name) in files.items():
            st.download_button(
                label,
                data=partial(session.api().trades_csv, {**asked, "rows": rows}),
                file_name=name,
                mime="text/csv",
                key=f"trades.csv.{rows}",
                on_click="ignore",
                icon=":material/download:",
                type="tertiary",
            )


def show_page(page: Record, size: int, narrowed: bool) -> None:
    trades = page["results"]
    if not trades:
        st.html(nothing(narrowed))
        return
    simulated = {trade["simulated"] for trade in trades}
    notices.show_simulated(True in simulated, others=False in simulated)
    with card("trades"):
        st.html(row_head("trades", trade_tables.row_columns()))
        for trade in trades:
            show_row(trade)
    show_pages(page["count"], size)


def nothing(narrowed: bool) -> str:
    if narrowed:
        return empty(_("No trade matches these filters."), _("Take one of them back to see more."))
    return empty(_("No trade has been made yet"), _("What your bots buy and sell will be seen here."))


def show_row(trade: Record) -> None:
    formats = session.formats()
    with (
        row_container(f"trades-{trade['id']}"),
        st.container(horizontal=True, vertical_alignment="center"),
    ):
        st.html(row("trades", trade_tables.row_parts(trade, formats)))
        with st.container(horizontal=True, key=f"acts-trades-{trade['id']}"):
            label = label_of(_("Details"), f"{trade['symbol']}, {formats.moment(trade['opened_at'])}")
            is_wanted = st.button(label, key=f"trades.{trade['id']}.open", type="tertiary")
    if is_wanted:
        open_details(trade)


def open_details(trade: Record) -> None:
    @st.dialog(trade["symbol"], width="medium", position="right")
    def details() -> None:
        show_guarded(lambda: show_trade(session.api().trade(trade["id"]), session.formats()))

    details()


def show_pages(count: int, size: int) -> None:
    number, last = trade_filters.page(), pages_of(count, size)
    total = ngettext("{count} trade", "{count} trades", count).format(
        count=session.formats().number(str(count))
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        turn_button(_("Previous"), "trades.previous", ":material/chevron_left:", number - 1, number <= 1)
        turn_button(_("Next"), "trades.next", ":material/chevron_right:", number + 1, number >= last)
        st.text(_("Page {number} of {last}").format(number=number, last=last) + f" · {total}")


def pages_of(count: int, size: int) -> int:
    return max(1, -(-count // size))


def turn_button(label: str, key: str, icon: str, page: int, disabled: bool) -> None:
    st.button(label, key=key, icon=icon, disabled=disabled, on_click=trade_filters.turn_to, args=(page,))


show()
