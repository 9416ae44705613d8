"""What a user can tell a bot to do, wherever the bot is shown. Results are shown at the place given."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard import session
from dashboard.api_client import Record
from dashboard.controls import action_button, ask, confirmation, label_of, page_button
from dashboard.translation import _

FORM, DETAILS = "app_pages/bot_form.py", "app_pages/bot.py"


def show_actions(bot: Record, place: str, halted: Sequence[Record]) -> None:
    """The buttons, and below them whatever is to be answered. `halted` is what forbids purchases now."""
    show_buttons(bot, place, halted)
    show_confirmations(bot, place)


def show_buttons(bot: Record, place: str, halted: Sequence[Record], *, details: bool = False) -> None:
    """The one thing most wanted as a button, the others in a menu; `details` is for where many bots are listed."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"acts-{place}-{bot['id']}"):
        if details:
            label, query = label_of(_("Details"), bot["name"]), {"bot": str(bot["id"])}
            page_button(label, f"{place}.{bot['id']}.open", DETAILS, query=query)
        show_start_or_stop(bot, place, primary=not details)
        show_menu(bot, place, halted)


def show_start_or_stop(bot: Record, place: str, *, primary: bool) -> None:
    key = f"{place}.{bot['id']}"
    if bot["status"] == "stopped":
        action_button(
            label_of(_("Start"), bot["name"]),
            f"{key}.start",
            place,
            _command(bot, "start"),
            primary=primary,
            icon=":material/play_arrow:",
        )
    else:
        stop = _command(bot, "stop")
        action_button(label_of(_("Stop"), bot["name"]), f"{key}.stop", place, stop, icon=":material/stop:")


def show_menu(bot: Record, place: str, halted: Sequence[Record]) -> None:
    """What is chosen from it is done at once, or asked about by `show_confirmations`."""
    labels = _labels(bot, halted)
    key = f"{place}.{bot['id']}"
    chosen = st.menu_button(
        label_of(_("More"), bot["name"]),
        list(labels),
        key=f"{key}.more",
        format_func=labels.__getitem__,
        type="tertiary",
    )
    if chosen == "edit":
        st.switch_page(FORM, query_params={"bot": str(bot["id"])})
    elif chosen == "clone":
        st.switch_page(FORM, query_params={"clone": str(bot["id"])})
    elif chosen:
        ask(f"{key}.{chosen}")


def _labels(bot: Record, halted: Sequence[Record]) -> dict[str, str]:
    """What can be chosen now, by command."""
    is_halted = any(halt["bot"] == bot["id"] and halt["may_resume"] for halt in halted)
    offered = {
        "resume": is_halted,
        "halt": not is_halted and bot["status"] != "stopped",
        "close_all": bool(bot["open_trades"] or bot["orders_in_doubt"]),
    }
    labels = {
        "edit": _("Edit"),
        "clone": _("Make a copy"),
        "resume": _("Allow purchases again"),
        "halt": _("Stop new purchases"),
        "close_all": _("Sell everything"),
        "delete": _("Delete"),
    }
    return {name: label for name, label in labels.items() if offered.get(name, True)}


def show_confirmations(bot: Record, place: str) -> None:
    """The question that was asked from this bot's menu, if any."""
    key = f"{place}.{bot['id']}"
    for name, (question, yes, action) in _questions(bot).items():
        confirmation(question.format(name=bot["name"]), yes, f"{key}.{name}", place, action)


def _questions(bot: Record) -> dict[str, tuple[str, str, Callable[[], str]]]:
    """What is asked before each command, what its yes says, and what that does."""
    selling = _("Sell everything that “{name}” holds, at the market's price, and stop it then?")
    waiting = _(
        "An order of “{name}” is still in doubt: it sells as soon as the exchange has told. Sell everything?"
    )
    return {
        "close_all": (
            waiting if bot["orders_in_doubt"] else selling,
            _("Yes, sell everything"),
            _command(bot, "close-all"),
        ),
        "halt": (
            _("Stop new purchases of “{name}”? It keeps running and goes on selling by its rules."),
            _("Yes, stop new purchases"),
            _command(bot, "halt"),
        ),
        "resume": (_("Allow “{name}” to buy again?"), _("Yes, allow purchases"), _command(bot, "resume")),
        "delete": (
            _("Delete “{name}”? Its trades stay in your history."),
            _("Yes, delete"),
            lambda: _delete(bot),
        ),
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
