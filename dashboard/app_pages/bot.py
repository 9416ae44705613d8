"""One bot (`?bot=`): how it does, its market as it sees it, what it holds, what it decided and why, what happened to it."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard import bot_waiting, notices, order_attention, performance_figures, session
from dashboard.api_client import Record
from dashboard.bot_actions import show_actions
from dashboard.bot_chart_card import note_held, show_chart_card
from dashboard.formatting import Formats
from dashboard.live import show_guarded, show_live_data
from dashboard.markup import Cell, Column, as_plain_markdown, empty, figures, table, title
from dashboard.translation import _

PLACE = "bot"
DECISIONS_SHOWN = 50
EVENTS_SHOWN = 50
STATISTICS_SECONDS = 15.0


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
    show_live_data(lambda: load_state(bot_id), show_state, "bot.state", of=lambda: bot_id)
    with st.container(border=True, key="card-bot-chart"):
        show_chart_card(bot)
    show_tabs(bot)


def load_state(bot_id: int) -> list[Any]:
    """The bot, its open trades, what it waits for, its orders to look at, and what forbids purchases."""
    api = session.api()
    query = {"bot": bot_id, "status": "OPEN"}
    return session.gather(
        lambda: api.bot(bot_id),
        lambda: api.trades(query),
        lambda: api.levels(bot_id),
        lambda: api.orders_needing_attention(bot_id),
        api.halts,
    )


def show_state(answers: Sequence[Any]) -> None:
    bot, trades, levels, orders, halted = answers
    formats = session.formats()
    note_held(trades["results"])
    notices.show(PLACE)
    notices.show_simulated(bot["simulated"])
    order_attention.show(orders)
    st.html(figures(bot_waiting.figures_of(bot, trades["results"], formats)))
    show_actions(bot, PLACE, halted)
    held = bot_waiting.held(trades["results"], levels["symbols"], formats)
    if trades["results"]:
        with st.container(border=True, key="card-bot-held"):
            st.html(title(_("Open trades")))
            st.html(held)


def show_tabs(bot: Record) -> None:
    """Only what is open is asked for."""
    bot_id = bot["id"]
    names = [_("Why didn't it buy?"), _("Events"), _("Statistics")]
    decisions, events, statistics = st.tabs(names, key="bot.tab", on_change="rerun")
    if decisions.open:
        with decisions:
            show_why(bot)
    if events.open:
        with events:
            show_live_data(
                lambda: session.api().events(bot_id, EVENTS_SHOWN),
                show_events,
                "bot.events",
                of=lambda: bot_id,
            )
    if statistics.open:
        with statistics:
            show_live_data(
                lambda: load_performance(bot_id),
                show_statistics,
                "bot.statistics",
                STATISTICS_SECONDS,
                of=lambda: bot_id,
            )


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
    show_live_data(
        lambda: load_decisions(bot["id"], symbol),
        lambda answers: show_decisions(answers, symbol),
        f"bot.decisions.{symbol}",
        of=lambda: bot["id"],
    )


def load_decisions(bot_id: int, symbol: str | None) -> list[Any]:
    api = session.api()
    return session.gather(lambda: api.levels(bot_id), lambda: api.decisions(bot_id, symbol, DECISIONS_SHOWN))


def show_decisions(answers: Sequence[Any], symbol: str | None) -> None:
    levels, decisions = answers
    formats = session.formats()
    now = bot_waiting.waiting_to_buy(levels["symbols"], symbol, formats)
    if now:
        with st.container(border=True, key="card-bot-waiting"):
            st.html(title(_("What it waits for now")))
            st.html(now)
    if not decisions:
        st.info(_("No decision yet. A running bot leaves one for each symbol at every run."))
        return
    with st.container(border=True, key="card-bot-decisions"):
        st.html(title(_("What it decided last")))
        st.html(decision_table(decisions, formats))


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


def show_events(events: Sequence[Record]) -> None:
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
    with st.container(border=True, key="card-bot-events"):
        st.html(table(_("Events"), columns, rows))


def load_performance(bot_id: int) -> Record:
    return session.api().performance({"bot": bot_id, "timezone": session.formats().timezone.key})


def show_statistics(performance: Record) -> None:
    formats = session.formats()
    if not performance["statistics"]["trades"]:
        told = _("As soon as it has sold for the first time, you see here how well it does.")
        st.html(empty(_("There is no result yet"), told))
        return
    st.html(performance_figures.headline(performance, formats))
    for number, (name, html) in enumerate(performance_figures.statistics(performance, formats)):
        with st.container(border=True, key=f"card-bot-statistics-{number}"):
            st.html(title(name))
            st.html(html)


show()
