"""One trade with its orders and their fills."""

import streamlit as st

from dashboard import trade_tables, words
from dashboard.api_client import Record
from dashboard.formatting import Formats
from dashboard.markup import Badge, Cell, Signed, as_plain_markdown, facts, title
from dashboard.translation import _


def show_trade(trade: Record, formats: Formats) -> None:
    st.html(facts(trade_facts(trade, formats)))
    for order in trade["orders"]:
        with st.container(border=True):
            show_order(order, formats)


def show_order(order: Record, formats: Formats) -> None:
    st.html(title(f"{words.leg(order['leg'])}: {words.side(order['side'])}"))
    st.html(facts(order_facts(order, formats)))
    if order["status"] == "REJECTED":
        st.text(order["refusal_reason"])
    elif order["next_step"]:
        st.markdown(as_plain_markdown(f"{order['status_text']} {order['next_step']}"))
    if order["fills"]:
        st.html(trade_tables.fills(order, formats))
    else:
        st.text(_("Nothing of this order has been executed."))


def trade_facts(trade: Record, formats: Formats) -> list[tuple[str, Cell]]:
    quote = trade["quote"]
    realised = trade["realised_pnl"]
    items: list[tuple[str, Cell]] = [
        (_("Bot"), trade["bot_name"]),
        (_("Environment"), words.environment(trade["environment"])),
        (_("Status"), trade_tables.status(trade)),
        (_("Opened"), formats.moment(trade["opened_at"], seconds=True)),
        (_("Closed at"), formats.moment(trade["closed_at"], seconds=True)),
        (_("Cost"), formats.money(trade["cost"], quote)),
        (_("Proceeds"), formats.money(trade["proceeds"], quote)),
        (_("Fees"), formats.money(trade["fees"], quote)),
        (
            _("Realised P&L ({quote})").format(quote=quote),
            Signed(formats.money(realised, quote, signed=True), realised),
        ),
        (_("Held"), f"{formats.number(trade['held_quantity'])} {trade['base']}"),
    ]
    if trade["exit_reason"]:
        items.append((_("Sold because"), words.reason(trade["exit_reason"])))
    if (trade["dust"] or "0").strip("0."):
        items.append((_("Dust that cannot be sold"), f"{formats.number(trade['dust'])} {trade['base']}"))
    if (trade["corrected_quantity"] or "0").strip("0."):
        gone = f"{formats.number(trade['corrected_quantity'])} {trade['base']}"
        items.append((_("Sold or moved by hand, without a result"), gone))
    return items


def order_facts(order: Record, formats: Formats) -> list[tuple[str, Cell]]:
    is_filled = order["status"] == "FILLED"
    return [
        (_("Status"), Badge(words.order_status(order["status"]), "good" if is_filled else "open")),
        (_("Kind"), words.order_type(order["type"])),
        (_("Filled"), f"{formats.number(order['filled_quantity'])} / {formats.number(order['quantity'])}"),
        (_("Average price"), formats.number(order["average_price"])),
        (_("Created"), formats.moment(order["created_at"], seconds=True)),
        (_("Exchange order"), order["exchange_order_id"] or ""),
    ]
