"""How the user's money does, what is open, what needs attention, and what to do first."""

from collections.abc import Sequence

import streamlit as st

from dashboard import bot_summary, notices, order_attention, session, trade_tables, words
from dashboard.api_client import Record
from dashboard.controls import action_button, page_button
from dashboard.formatting import Formats
from dashboard.live import show_live
from dashboard.markup import Cell, Column, Signed, as_plain_markdown, figures, table
from dashboard.translation import _

PLACE = "overview"
ADD_ICON = ":material/add:"
RECENT = {"status": "CLOSED", "ordering": "-closed_at", "page_size": 5}


def show() -> None:
    st.title(_("Overview"), anchor=False)
    show_live(show_everything, "overview.live")


def show_everything() -> None:
    api = session.api()
    portfolio, recent, bots, keys, orders = session.gather(
        api.portfolio,
        lambda: api.trades(RECENT),
        api.bots,
        api.exchange_keys,
        api.orders_needing_attention,
    )
    formats = session.formats()
    notices.show(PLACE)
    show_honesty(portfolio, formats)
    order_attention.show(orders, {bot["id"]: bot["name"] for bot in bots})
    show_attention(bots, keys)
    st.html(headline(portfolio, formats))
    show_next_step(bots, keys)
    show_trades(portfolio, recent, formats)
    if bots:
        st.subheader(_("Bots"), anchor=False)
        st.html(bots_at_a_glance(bots, formats, session.currency()))


def show_honesty(portfolio: Record, formats: Formats) -> None:
    notices.show_simulated(portfolio["simulated"])
    if portfolio["stale"]:
        since = formats.moment(portfolio["as_of"], seconds=True)
        st.warning(
            as_plain_markdown(
                _("Prices are out of date; the last ones are of {moment}.").format(moment=since)
            )
        )


def show_attention(bots: Sequence[Record], keys: Sequence[Record]) -> None:
    for key in keys:
        if key["state"] not in ("valid", "unchecked"):
            detail = key["state_detail"] or words.key_state(key["state"])
            st.warning(as_plain_markdown(f"{words.key_name(key)}: {detail}"))
    for bot in bots:
        if bot["status"] == "paused":
            st.warning(
                as_plain_markdown(f"{bot['name']}: {bot['status_reason'] or words.bot_status('paused')}")
            )


def headline(portfolio: Record, formats: Formats) -> str:
    currency = portfolio["display_currency"]
    named = [
        (_("Total realised P&L"), portfolio["realised_pnl_display"]),
        (_("Realised today"), portfolio["realised_today_display"]),
        (_("Unrealised P&L"), portfolio["unrealised_pnl_display"]),
    ]
    items: list[tuple[str, Cell]] = [
        (name, Signed(formats.money(amount, currency, signed=True), amount)) for name, amount in named
    ]
    return figures([*items, (_("Balances in all"), formats.money(portfolio["value_display"], currency))])


def show_next_step(bots: Sequence[Record], keys: Sequence[Record]) -> None:
    if not keys:
        st.markdown(_("**Start here.** Open a paper account: play money, one click, nothing to sign up for."))
        with st.container(horizontal=True):
            action_button(
                _("Open a paper account"), "overview.paper", PLACE, open_paper_account, primary=True
            )
            page_button(_("Add a key of an exchange"), "overview.keys", "app_pages/exchange_keys.py")
    elif not bots:
        st.markdown(_("**Next step.** Your key is in place; now create a bot that trades with it."))
        page_button(_("Create a bot"), "overview.create", "app_pages/bot_form.py", ADD_ICON, primary=True)
    elif all(bot["status"] == "stopped" for bot in bots):
        st.markdown(_("**Next step.** None of your bots is running; start one."))
        page_button(_("Go to the bots"), "overview.bots", "app_pages/bots.py", primary=True)


def open_paper_account() -> str:
    session.api().open_paper_account("binance", _("Paper account"))
    return _("Your paper account is open.")


def show_trades(portfolio: Record, recent: Record, formats: Formats) -> None:
    if not portfolio["open_trades"] and not recent["results"]:
        st.info(_("No trade has been made yet"))
        return
    st.subheader(_("Open trades"), anchor=False)
    if portfolio["open_trades"]:
        st.html(trade_tables.open_trades(portfolio["open_trades"], formats))
    else:
        st.text(_("No trade is open right now."))
    st.subheader(_("Recent trades"), anchor=False)
    if recent["results"]:
        st.html(trade_tables.closed_trades(recent["results"], formats))
    else:
        st.text(_("No trade has been closed yet."))


def bots_at_a_glance(bots: Sequence[Record], formats: Formats, currency: str) -> str:
    columns = [
        Column(_("Name")),
        Column(_("Status")),
        Column(_("Next run"), "moment"),
        Column(_("Open trades"), "number"),
        Column(_("Realised P&L"), "number"),
    ]
    rows: list[list[Cell]] = [
        [
            bot["name"],
            bot_summary.status(bot),
            formats.moment(bot["next_run_at"], seconds=True),
            str(bot["open_trades"]),
            Signed(
                formats.money(bot["realised_pnl_display"], currency, signed=True), bot["realised_pnl_display"]
            ),
        ]
        for bot in bots
    ]
    return table(_("Bots"), columns, rows)


show()
