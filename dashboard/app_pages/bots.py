"""The user's bots: how each one does, what it holds, and what to tell it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import streamlit as st

from dashboard import bot_summary, notices, session, words
from dashboard.account_actions import show_account_actions
from dashboard.api_client import Record
from dashboard.bot_actions import show_buttons, show_confirmations
from dashboard.controls import card, page_button, row_container
from dashboard.formatting import Formats
from dashboard.live import show_live_data
from dashboard.markup import Column, Part, Signed, empty, hint, row, row_head
from dashboard.translation import _

PLACE = "bots"
ADD_ICON = ":material/add:"
# From so many bots on they can be searched.
MANY = 8
COUNT = "bots.count"
NAMES_SHOWN = 4
STATES = ("active", "paused", "stopped")


@dataclass(frozen=True)
class Answers:
    """What the API tells for this page; `held` are the open trades."""

    bots: list[Record]
    halted: list[Record]
    held: list[Record]


def show() -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.title(_("Bots"), anchor=False, width="content")
        page_button(_("Create a bot"), "bots.create", "app_pages/bot_form.py", ADD_ICON, primary=True)
    if st.session_state.get(COUNT, 0) >= MANY:
        show_search()
    show_live_data(load, show_bots, "bots.live")


def show_search() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            _("Find a bot"),
            key="bots.search",
            placeholder=_("Name or symbol"),
            icon=":material/search:",
            width=320,
        )
        st.segmented_control(
            _("Status"), STATES, key="bots.state", format_func=words.bot_status, label_visibility="collapsed"
        )


def load() -> Answers:
    api = session.api()
    return Answers(*session.gather(api.bots, api.halts, api.open_trades))


def show_bots(answers: Answers) -> None:
    show_search_if_needed(len(answers.bots))
    with st.container(key="bots.first"):
        notices.show(PLACE)
    show_account_actions(answers.bots, answers.halted, PLACE)
    notices.show_simulated(any(bot["simulated"] for bot in answers.bots))
    if not answers.bots:
        told = _("You have no bot yet. Create one: it buys and sells for you by the rule you choose.")
        st.html(empty(_("No bots yet"), told))
        return
    shown = [bot for bot in answers.bots if is_wanted(bot)]
    with card("bots"):
        st.html(row_head("bots", columns()))
        for bot in shown:
            show_bot(bot, answers)
        if not shown:
            st.html(hint(_("No bot matches this search.")))


def show_search_if_needed(count: int) -> None:
    """The search stands outside of what refreshes itself, so the whole page is needed to show or hide it."""
    before = st.session_state.get(COUNT, 0)
    st.session_state[COUNT] = count
    if (before >= MANY) != (count >= MANY):
        st.rerun()


def is_wanted(bot: Record) -> bool:
    text = str(st.session_state.get("bots.search") or "").strip().casefold()
    state = st.session_state.get("bots.state")
    named = [bot["name"], *bot["symbols"]]
    return (not state or bot["status"] == state) and any(text in name.casefold() for name in named)


def columns() -> list[Column]:
    return [
        Column(_("Name")),
        Column(_("Status")),
        Column(_("Next run")),
        Column(_("Holds")),
        Column(_("Realised P&L"), "number"),
    ]


def show_bot(bot: Record, answers: Answers) -> None:
    held = [trade for trade in answers.held if trade["bot"] == bot["id"]]
    with row_container(f"bots-{bot['id']}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(row("bots", parts(bot, held, session.formats())))
            show_buttons(bot, PLACE, answers.halted, details=True)
        show_confirmations(bot, PLACE)


def parts(bot: Record, held: Sequence[Record], formats: Formats) -> list[Part]:
    name, status, run, holds, result = (column.label for column in columns())
    now = datetime.now(UTC)
    capital = _("of {amount}").format(amount=formats.money(bot["capital"], bot["capital_currency"]))
    return [
        Part(name, bot["name"], few([symbol.partition("/")[0] for symbol in bot["symbols"]]), "strong"),
        Part(status, bot_summary.badge(bot), bot_summary.explanation(bot)),
        Part(run, formats.near(bot["next_run_at"], now), kind="named"),
        Part(holds, holdings(bot, held), open_result(bot, held, formats), "named"),
        Part(result, bot_summary.realised(bot, formats), capital, "number"),
    ]


def holdings(bot: Record, held: Sequence[Record]) -> str:
    if held:
        return few([trade["base"] for trade in held])
    return str(bot["open_trades"]) if bot["open_trades"] else _("nothing")


def few(names: Sequence[str]) -> str:
    """The first of them and how many more there are."""
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" +{more}" if more > 0 else "")


def open_result(bot: Record, held: Iterable[Mapping[str, str | None]], formats: Formats) -> Signed | str:
    """What all of it would bring now beyond its cost, where the prices are known."""
    known = [Decimal(amount) for trade in held if (amount := trade["unrealised_pnl_display"]) is not None]
    total = str(sum(known, Decimal(0)))
    return Signed(formats.money(total, bot["display_currency"], signed=True), total) if known else ""


show()
