"""Every trade the user's bots made: filtered and paged by the API, each with its orders and fills."""

from typing import Any

import streamlit as st

from dashboard import notices, session, trade_tables, words
from dashboard.api_client import Record
from dashboard.formatting import Formats
from dashboard.live import show_guarded
from dashboard.markup import Cell, Signed, as_plain_markdown, facts
from dashboard.translation import _, ngettext

PAGE_SIZE = 25
PAGE = "trades.page"
STATUSES = ("OPEN", "CLOSED")


def show() -> None:
    st.title(_("Trades"), anchor=False)
    show_guarded(show_trades)


def show_trades() -> None:
    api = session.api()
    filters = choose_filters(api.bots())
    number = int(st.session_state.setdefault(PAGE, 1))
    page = api.trades({**filters, "ordering": "-opened_at", "page": number, "page_size": PAGE_SIZE})
    with st.container(horizontal=True):
        st.button(_("Refresh"), key="trades.refresh", icon=":material/refresh:")
        st.download_button(
            _("Download as CSV"),
            data=lambda: api.trades_csv(filters),
            file_name="cardume-trades.csv",
            mime="text/csv",
            key="trades.csv",
            on_click="ignore",
            icon=":material/download:",
        )
    if not page["results"]:
        st.info(_("No trade matches these filters.") if filters else _("No trade has been made yet"))
        return
    notices.show_simulated(any(trade["simulated"] for trade in page["results"]))
    formats = session.formats()
    st.html(trade_tables.all_trades(page["results"], formats))
    show_pages(number, page["count"])
    show_details(page["results"], formats)


def choose_filters(bots: list[Record]) -> dict[str, Any]:
    names = {bot["id"]: bot["name"] for bot in bots}
    symbols = sorted({symbol for bot in bots for symbol in bot["symbols"]})
    by_bot, by_symbol, by_status = st.columns(3)
    chosen = {
        "bot": by_bot.selectbox(
            _("Bot"),
            list(names),
            None,
            names.__getitem__,
            "trades.bot",
            placeholder=_("All bots"),
            on_change=rewind,
        ),
        "symbol": by_symbol.selectbox(
            _("Symbol"), symbols, None, key="trades.symbol", placeholder=_("All symbols"), on_change=rewind
        ),
        "status": by_status.selectbox(
            _("Status"),
            STATUSES,
            None,
            words.trade_status,
            "trades.status",
            placeholder=_("Open and closed"),
            on_change=rewind,
        ),
    }
    return {name: value for name, value in chosen.items() if value is not None}


def rewind() -> None:
    turn_to(1)


def turn_to(page: int) -> None:
    st.session_state[PAGE] = page


def show_pages(number: int, count: int) -> None:
    last = max(1, -(-count // PAGE_SIZE))
    total = ngettext("{count} trade", "{count} trades", count).format(
        count=session.formats().number(str(count))
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            _("Previous page"),
            key="trades.previous",
            disabled=number <= 1,
            on_click=turn_to,
            args=(number - 1,),
        )
        st.text(_("Page {number} of {last}").format(number=number, last=last) + f" · {total}")
        st.button(
            _("Next page"), key="trades.next", disabled=number >= last, on_click=turn_to, args=(number + 1,)
        )


def show_details(trades: list[Record], formats: Formats) -> None:
    by_id = {trade["id"]: trade for trade in trades}
    chosen = st.selectbox(
        _("Orders and fills of a trade"),
        list(by_id),
        None,
        lambda trade_id: describe(by_id[trade_id], formats),
        "trades.chosen",
        placeholder=_("Choose a trade"),
    )
    if chosen is not None:
        show_trade(session.api().trade(chosen), formats)


def describe(trade: Record, formats: Formats) -> str:
    opened = formats.moment(trade["opened_at"], seconds=True)
    return f"{trade['symbol']} · {opened} · {trade['bot_name']} · {words.trade_status(trade['status'])}"


def show_trade(trade: Record, formats: Formats) -> None:
    st.html(facts(trade_facts(trade, formats)))
    for order in trade["orders"]:
        with st.container(border=True):
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
    return [
        (words.leg(order["leg"]), f"{words.side(order['side'])} · {words.order_type(order['type'])}"),
        (_("Status"), words.order_status(order["status"])),
        (_("Filled"), f"{formats.number(order['filled_quantity'])} / {formats.number(order['quantity'])}"),
        (_("Average price"), formats.number(order["average_price"])),
        (_("Created"), formats.moment(order["created_at"], seconds=True)),
        (_("Exchange order"), order["exchange_order_id"] or ""),
    ]


show()
