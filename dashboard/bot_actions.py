"""What a user can tell a bot to do, wherever the bot is shown. Results are shown at the place given."""

from collections.abc import Callable

import streamlit as st

from dashboard import session
from dashboard.api_client import Record
from dashboard.controls import action_button, confirmation, guarded_button
from dashboard.translation import _


def show_actions(bot: Record, place: str, *, details: bool = False) -> None:
    key = f"{place}.{bot['id']}"
    with st.container(horizontal=True):
        if bot["status"] == "stopped":
            action_button(_("Start"), f"{key}.start", place, _command(bot, "start"), primary=True)
        else:
            action_button(_("Stop"), f"{key}.stop", place, _command(bot, "stop"))
        if bot["open_trades"]:
            guarded_button(_("Close all trades"), f"{key}.close_all")
        if details and st.button(_("Decisions and events"), key=f"{key}.open"):
            st.switch_page("app_pages/bot.py", query_params={"bot": str(bot["id"])})
        if st.button(_("Edit"), key=f"{key}.edit"):
            st.switch_page("app_pages/bot_form.py", query_params={"bot": str(bot["id"])})
        guarded_button(_("Delete"), f"{key}.delete")
    _show_confirmations(bot, key, place)


def _show_confirmations(bot: Record, key: str, place: str) -> None:
    closing = _("Sell everything that “{name}” holds, at the market's price, and make no new entries?")
    confirmation(
        closing.format(name=bot["name"]),
        _("Yes, close all trades"),
        f"{key}.close_all",
        place,
        _command(bot, "close-all"),
    )
    deleting = _("Delete “{name}”? Its trades stay in your history.")
    confirmation(
        deleting.format(name=bot["name"]), _("Yes, delete"), f"{key}.delete", place, lambda: _delete(bot)
    )


def _command(bot: Record, command: str) -> Callable[[], str]:
    def tell() -> str:
        session.api().order_bot(bot["id"], command)
        told = {
            "start": _("“{name}” is running."),
            "stop": _("“{name}” is stopped. What it holds stays open."),
            "close-all": _("“{name}” is selling everything it holds."),
        }
        return told[command].format(name=bot["name"])

    return tell


def _delete(bot: Record) -> str:
    session.api().delete_bot(bot["id"])
    return _("“{name}” is deleted.").format(name=bot["name"])
