"""What a user can tell all their bots at once."""

from collections.abc import Sequence

import streamlit as st

from dashboard import session
from dashboard.api_client import Record
from dashboard.api_errors import Refused
from dashboard.controls import confirmation, guarded_button
from dashboard.translation import _

KEY = "account_actions"


def show_account_actions(bots: Sequence[Record], halted: Sequence[Record], place: str) -> None:
    if not bots:
        return
    is_halted = any(halt["scope"] == "user" and halt["may_resume"] for halt in halted)
    with st.container(horizontal=True):
        if is_halted:
            guarded_button(_("Allow purchases of all bots again"), f"{KEY}.resume")
        else:
            guarded_button(_("Stop new purchases of all bots"), f"{KEY}.halt")
        if any(bot["open_trades"] or bot["orders_in_doubt"] for bot in bots):
            guarded_button(_("Sell everything of all bots"), f"{KEY}.sell")
    _show_confirmations(place)


def _show_confirmations(place: str) -> None:
    confirmation(
        _("Stop new purchases of all your bots? They keep running and go on selling by their rules."),
        _("Yes, stop new purchases"),
        f"{KEY}.halt",
        place,
        _halt,
    )
    confirmation(
        _("Allow all your bots to buy again?"), _("Yes, allow purchases"), f"{KEY}.resume", place, _resume
    )
    confirmation(
        _(
            "Sell everything that your bots hold, at the market's price? Each of them stops when it has sold all. Bots "
            "that hold nothing go on as they are; to keep them from buying, stop new purchases as well."
        ),
        _("Yes, sell everything"),
        f"{KEY}.sell",
        place,
        _sell,
    )


def _halt() -> str:
    session.api().order_account("halt")
    return _("Your bots buy nothing new. What they hold is still sold by their rules.")


def _resume() -> str:
    session.api().order_account("resume")
    return _("Your bots may buy again.")


def _sell() -> str:
    """Raises Refused where some bot could not be asked; the others were all the same."""
    sales = session.api().close_everything()
    told = " ".join(f"“{sale['name']}”: {sale['detail']}" for sale in sales)
    if any(sale["outcome"] == "failed" for sale in sales):
        raise Refused(409, "not_everything", told, None)
    return told or _("There is nothing to sell.")
