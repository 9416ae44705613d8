"""What a user can tell a bot to do, wherever the bot is shown. Results are shown at the place given."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard import session
from dashboard.api_client import Record
from dashboard.controls import action_button, confirmation, guarded_button
from dashboard.translation import _


def show_actions(bot: Record, place: str, halted: Sequence[Record], *, details: bool = False) -> None:
    """`halted` is what forbids purchases of the user's now."""
    key = f"{place}.{bot['id']}"
    is_halted = any(halt["bot"] == bot["id"] and halt["may_resume"] for halt in halted)
    with st.container(horizontal=True):
        if bot["status"] == "stopped":
            action_button(_("Start"), f"{key}.start", place, _command(bot, "start"), primary=True)
        else:
            action_button(_("Stop"), f"{key}.stop", place, _command(bot, "stop"))
        if is_halted:
            guarded_button(_("Allow purchases again"), f"{key}.resume")
        elif bot["status"] != "stopped":
            guarded_button(_("Stop new purchases"), f"{key}.halt")
        if bot["open_trades"] or bot["orders_in_doubt"]:
            guarded_button(_("Sell everything"), f"{key}.close_all")
        if details and st.button(_("Decisions and events"), key=f"{key}.open"):
            st.switch_page("app_pages/bot.py", query_params={"bot": str(bot["id"])})
        if st.button(_("Edit"), key=f"{key}.edit"):
            st.switch_page("app_pages/bot_form.py", query_params={"bot": str(bot["id"])})
        guarded_button(_("Delete"), f"{key}.delete")
    _show_confirmations(bot, key, place)


def _show_confirmations(bot: Record, key: str, place: str) -> None:
    for command, (question, yes) in _questions(bot).items():
        name = command.replace("-", "_")
        confirmation(question.format(name=bot["name"]), yes, f"{key}.{name}", place, _command(bot, command))
    deleting = _("Delete “{name}”? Its trades stay in your history.")
    confirmation(
        deleting.format(name=bot["name"]), _("Yes, delete"), f"{key}.delete", place, lambda: _delete(bot)
    )


def _questions(bot: Record) -> dict[str, tuple[str, str]]:
    """What is asked before each command, and what its yes says."""
    selling = _("Sell everything that “{name}” holds, at the market's price, and stop it then?")
    waiting = _(
        "An order of “{name}” is still in doubt: it sells as soon as the exchange has told. Sell everything?"
    )
    return {
        "close-all": (waiting if bot["orders_in_doubt"] else selling, _("Yes, sell everything")),
        "halt": (
            _("Stop new purchases of “{name}”? It keeps running and goes on selling by its rules."),
            _("Yes, stop new purchases"),
        ),
        "resume": (_("Allow “{name}” to buy again?"), _("Yes, allow purchases")),
    }


def _command(bot: Record, command: str) -> Callable[[], str]:
    def tell() -> str:
        session.api().order_bot(bot["id"], command)
        told = {
            "start": _("“{name}” is running."),
            "stop": _("“{name}” is stopped. What it holds stays open."),
            "close-all": _("“{name}” is selling everything it holds."),
            "halt": _("“{name}” buys nothing new. What it holds is still sold by its rules."),
            "resume": _("“{name}” may buy again."),
        }
        return told[command].format(name=bot["name"])

    return tell


def _delete(bot: Record) -> str:
    session.api().delete_bot(bot["id"])
    return _("“{name}” is deleted.").format(name=bot["name"])
