"""Orders that their owner should know of: what is known, since when, and what happens next."""

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard import session
from dashboard.api_client import Record
from dashboard.formatting import Formats
from dashboard.markup import as_plain_markdown
from dashboard.translation import _

ASKED_RARELY = ("HELD", "NEVER_PLACED")


def show(orders: Sequence[Record], bot_names: Mapping[int, str] | None = None) -> None:
    """Those in doubt stand out; `bot_names` says whose each order is where several bots' are shown."""
    formats = session.formats()
    for order in orders:
        head = " · ".join(filter(None, [(bot_names or {}).get(order["bot"]), title(order, formats)]))
        body = f"**{as_plain_markdown(head)}**\n\n{as_plain_markdown(describe(order, formats))}"
        if order["in_doubt_since"]:
            st.warning(body, icon=":material/help:")
        else:
            st.info(body, icon=":material/search:")


def title(order: Record, formats: Formats) -> str:
    base = order["symbol"].partition("/")[0]
    amount = f"{formats.number(order['quantity'])} {base}"
    action = _("Purchase of {amount}") if order["side"].lower() == "buy" else _("Sale of {amount}")
    return f"{order['symbol']} · {action.format(amount=amount)}"


def describe(order: Record, formats: Formats) -> str:
    parts = [order["status_text"]]
    if order["in_doubt_since"]:
        since = formats.moment(order["in_doubt_since"], seconds=True)
        parts.append(_("In doubt since {moment}.").format(moment=since))
    parts.append(order["next_step"])
    if order["next_look_at"] and order["status"] in ASKED_RARELY:
        at = formats.moment(order["next_look_at"], seconds=True)
        parts.append(_("We ask next at {moment}.").format(moment=at))
    return " ".join(filter(None, parts))
