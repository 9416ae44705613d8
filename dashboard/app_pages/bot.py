"""One bot (`?bot=`): how it does, its market as it sees it, what it holds, what it decided and why, what happened to it."""

from collections.abc import Sequence

import streamlit as st

from dashboard import bot_waiting, notices, order_attention, session
from dashboard.api_client import Record
from dashboard.bot_actions import show_actions
from dashboard.bot_chart_card import note_held, show_chart_card
from dashboard.formatting import Formats
from dashboard.live import show_guarded, show_live
from dashboard.markup import Cell, Column, as_plain_markdown, figures, table, title
from dashboard.translation import _

PLACE = "bot"
DECISIONS_SHOWN = 50
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
    with st.container(border=True, key="card-bot-chart"):
        show_chart_card(bot)
    show_tabs(bot)


def show_state(bot_id: int) -> None:
    api = session.api()
    query = {"bot": bot_id, "status": "OPEN"}
    bot, trades, levels, orders, halted = session.gather(
        lambda: api.bot(bot_id),
        lambda: api.trades(query),
        lambda: api.levels(bot_id),
        lambda: api.orders_needing_attention(bot_id),
        api.halts,
    )
    note_held(trades["results"])
    notices.show(PLACE)
    notices.show_simulated(bot["simulated"])
    order_attention.show(orders)
    st.html(figures(bot_waiting.figures_of(bot, trades["results"], session.formats(), session.currency())))
    show_actions(bot, PLACE, halted)
    held = bot_waiting.held(trades["results"], levels["symbols"], session.formats())
    if held:
        with st.container(border=True, key="card-bot-held"):
            st.html(title(_("Open trades")) + held)


def show_tabs(bot: Record) -> None:
    """Only what is open is asked for."""
    decisions, events = st.tabs([_("Why didn't it buy?"), _("Events")], key="bot.tab", on_change="rerun")
    if decisions.open:
        with decisions:
            show_why(bot)
    if events.open:
        with events:
            show_live(lambda: show_events(bot["id"]), "bot.events")


def show_why(bot: Record) -> None:
    symbol = None
    if len(bot["symbols"]) > 1:
        symbol = st.selectbox(
            _("Symbol"),
            bot["symbols"],
            index=None,
            key="bot.symbol",
            placeholder=_("All symbols"),
            width=240,
        )
    show_live(lambda: show_decisions(bot["id"], symbol), "bot.decisions")


def show_decisions(bot_id: int, symbol: str | None) -> None:
    api = session.api()
    levels, decisions = session.gather(
        lambda: api.levels(bot_id), lambda: api.decisions(bot_id, symbol, DECISIONS_SHOWN)
    )
    now = bot_waiting.waiting_to_buy(levels["symbols"], symbol, session.formats())
    if now:
        st.html(title(_("What it waits for now")) + now)
    if not decisions:
        st.info(_("No decision yet. A running bot leaves one for each symbol at every run."))
        return
    st.html(title(_("What it decided last")) + decision_table(decisions, session.formats()))


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
            formats.price(each["average"]),
            formats.percent(each["deviation_percent"], decimals=3),
            bot_waiting.decision(each["action"]),
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
            bot_waiting.severity(each["level"]),
            each["symbol"] or "",
            each["message"],
        ]
        for each in events
    ]
    st.html(table(_("Events"), columns, rows))


show()
