"""One bot (`?bot=`): what it holds, what it decided at its last runs and why, and what happened to it."""

from collections.abc import Sequence

import streamlit as st

from dashboard import notices, order_attention, session, trade_tables, words
from dashboard.api_client import Record
from dashboard.bot_actions import show_actions
from dashboard.bot_summary import summarise
from dashboard.formatting import Formats
from dashboard.live import show_guarded, show_live
from dashboard.markup import Cell, Column, as_plain_markdown, table
from dashboard.translation import _

PLACE = "bot"
DECISIONS_SHOWN = 30
EVENTS_SHOWN = 50


def show() -> None:
    st.page_link("app_pages/bots.py", label=_("All bots"), icon=":material/arrow_back:")
    named = st.query_params.get("bot", "")
    if not named.isdecimal():
        st.info(_("Choose a bot from the list."))
        return
    show_guarded(lambda: show_bot(int(named)))


def show_bot(bot_id: int) -> None:
    bot = session.api().bot(bot_id)
    st.title(as_plain_markdown(bot["name"]), anchor=False)
    show_live(lambda: show_state(bot_id), "bot.state")
    decisions, events = st.tabs([_("Why didn't it buy?"), _("Events")])
    with decisions:
        symbol = st.selectbox(
            _("Symbol"), bot["symbols"], index=None, key="bot.symbol", placeholder=_("All symbols")
        )
        show_live(lambda: show_decisions(bot_id, symbol), "bot.decisions")
    with events:
        show_live(lambda: show_events(bot_id), "bot.events")


def show_state(bot_id: int) -> None:
    api = session.api()
    query = {"bot": bot_id, "status": "OPEN"}
    bot, trades, orders, halted = session.gather(
        lambda: api.bot(bot_id),
        lambda: api.trades(query),
        lambda: api.orders_needing_attention(bot_id),
        api.halts,
    )
    notices.show(PLACE)
    notices.show_simulated(bot["simulated"])
    order_attention.show(orders)
    st.html(summarise(bot))
    show_actions(bot, PLACE, halted)
    if trades["results"]:
        st.subheader(_("Open trades"), anchor=False)
        st.html(trade_tables.open_trades(trades["results"], session.formats()))


def show_decisions(bot_id: int, symbol: str | None) -> None:
    decisions = session.api().decisions(bot_id, symbol, DECISIONS_SHOWN)
    if not decisions:
        st.info(_("No decision yet. A running bot leaves one for each symbol at every run."))
        return
    st.html(decision_table(decisions, session.formats()))


def decision_table(decisions: Sequence[Record], formats: Formats) -> str:
    columns = [
        Column(_("At"), "moment"),
        Column(_("Symbol")),
        Column(_("Price"), "number"),
        Column(_("Average"), "number"),
        Column(_("Deviation"), "number"),
        Column(_("Decision")),
        Column(_("Reason")),
    ]
    rows: list[list[Cell]] = [
        [
            formats.moment(each["at"], seconds=True),
            each["symbol"],
            formats.number(each["price"]),
            formats.number(each["average"]),
            formats.percent(each["deviation_percent"], decimals=3),
            words.action(each["action"]),
            each["reason"],
        ]
        for each in decisions
    ]
    return table(_("Decisions"), columns, rows)


def show_events(bot_id: int) -> None:
    events = session.api().events(bot_id, EVENTS_SHOWN)
    if not events:
        st.info(_("Nothing has happened to this bot yet."))
        return
    formats = session.formats()
    columns = [Column(_("At"), "moment"), Column(_("Level")), Column(_("Symbol")), Column(_("What happened"))]
    rows: list[list[Cell]] = [
        [
            formats.moment(each["at"], seconds=True),
            words.level(each["level"]),
            each["symbol"] or "",
            each["message"],
        ]
        for each in events
    ]
    st.html(table(_("Events"), columns, rows))


show()
