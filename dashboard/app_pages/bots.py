"""The user's bots: how each one does and why, and what to tell it."""

import streamlit as st

from dashboard import notices, session
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
    bots = session.api().bots()
    notices.show(PLACE)
    notices.show_simulated(any(bot["simulated"] for bot in bots))
    if not bots:
        st.info(_("You have no bot yet. Create one: it buys and sells for you by the rule you choose."))
    for bot in bots:
        with st.container(border=True):
            show_bot(bot)


def show_bot(bot: Record) -> None:
    st.subheader(as_plain_markdown(bot["name"]), anchor=False)
    st.html(summarise(bot))
    show_actions(bot, PLACE, details=True)


show()
