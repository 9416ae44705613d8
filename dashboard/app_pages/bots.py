"""The user's bots: how each one does and why, and what to tell it."""

from collections.abc import Sequence

import streamlit as st

from dashboard import notices, session
from dashboard.account_actions import show_account_actions
from dashboard.api_client import Record
from dashboard.bot_actions import show_actions
from dashboard.bot_summary import summarise
from dashboard.controls import page_button
from dashboard.live import show_live
from dashboard.markup import as_plain_markdown
from dashboard.translation import _

PLACE = "bots"


def show() -> None:
    st.title(_("Bots"), anchor=False)
    page_button(_("Create a bot"), "bots.create", "app_pages/bot_form.py", ":material/add:", primary=True)
    show_live(show_bots, "bots.live")


def show_bots() -> None:
    api = session.api()
    bots, halted = session.gather(api.bots, api.halts)
    notices.show(PLACE)
    show_account_actions(bots, halted, PLACE)
    notices.show_simulated(any(bot["simulated"] for bot in bots))
    if not bots:
        st.info(_("You have no bot yet. Create one: it buys and sells for you by the rule you choose."))
    for bot in bots:
        with st.container(border=True):
            show_bot(bot, halted)


def show_bot(bot: Record, halted: Sequence[Record]) -> None:
    st.subheader(as_plain_markdown(bot["name"]), anchor=False)
    st.html(summarise(bot))
    show_actions(bot, PLACE, halted, details=True)


show()
