"""How the user's money does: what needs attention, what it comes to, what is open, and what to do first."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard import bot_summary, money, notices, order_attention, session, trade_tables, words
from dashboard.api_client import Record
from dashboard.charts.equity import Point, equity_curve
from dashboard.charts.show import current_palette, show_chart
from dashboard.controls import action_button, card, page_button
from dashboard.formatting import Formats
from dashboard.live import show_live_data
from dashboard.markup import Figure, Signed, as_plain_markdown, empty, figures, hint, title
from dashboard.translation import _, ngettext

PLACE = "overview"
ADD_ICON, FORWARD_ICON = ":material/add:", ":material/arrow_forward:"
RECENT = {"status": "CLOSED", "ordering": "-closed_at", "page_size": 5}
BOTS_SHOWN, OPEN_SHOWN = 6, 10
# How long a curve stays as drawn although a trade was closed: drawing it anew would undo its zoom.
CURVE_SECONDS = 60.0


@dataclass(frozen=True)
class Answers:
    """What the API tells for this page."""

    portfolio: Record
    recent: list[Record]
    bots: list[Record]
    keys: list[Record]
    orders: list[Record]


def show() -> None:
    st.title(_("Overview"), anchor=False)
    money.show_switch()
    # Of its own for either money: what is kept of one is not shown where the other is chosen.
    show_live_data(load, show_everything, f"overview.live.{money.chosen()}")


def load() -> Answers:
    api = session.api()
    zone, asked = session.formats().timezone.key, money.query()
    portfolio, recent, bots, keys, orders = session.gather(
        lambda: api.portfolio({"timezone": zone, **asked}),
        lambda: api.trades({**RECENT, **asked}),
        api.bots,
        api.exchange_keys,
        api.orders_needing_attention,
    )
    money.follow(portfolio)
    return Answers(portfolio, recent["results"], bots, keys, orders)


def show_everything(answers: Answers) -> None:
    formats, portfolio = session.formats(), answers.portfolio
    # However many of these there are, what follows keeps its place.
    with st.container(key="overview.first"):
        notices.show(PLACE)
        show_attention(answers, formats)
        show_next_step(answers.bots, answers.keys)
    notices.show_simulated(portfolio["simulated"])
    if answers.keys:
        st.html(headline(portfolio, formats))
    if not portfolio["open_trades"] and not answers.recent:
        st.html(empty(_("No trade has been made yet"), _("What your bots buy and sell will be seen here.")))
    else:
        show_curve(portfolio, formats)
        show_open_trades(portfolio["open_trades"], formats)
    beside = st.columns(2) if answers.recent and answers.bots else [st.container(), st.container()]
    with beside[0]:
        show_recent(answers.recent, formats)
    with beside[1]:
        show_bots(list(filter(money.of(answers.keys), answers.bots)), formats)


def show_attention(answers: Answers, formats: Formats) -> None:
    notices.show_stale(answers.portfolio, formats)
    order_attention.show(answers.orders, {bot["id"]: bot["name"] for bot in answers.bots})
    for key in answers.keys:
        if key["state"] not in ("valid", "unchecked"):
            detail = key["state_detail"] or words.key_state(key["state"])
            st.warning(as_plain_markdown(f"{words.key_name(key)}: {detail}"), icon=":material/key_off:")
    for bot in answers.bots:
        if bot["status"] == "paused":
            reason = bot["status_reason"] or words.bot_status("paused")
            st.warning(as_plain_markdown(f"{bot['name']}: {reason}"), icon=":material/pause_circle:")


def headline(portfolio: Record, formats: Formats) -> str:
    """The answer to “how does my money do?”."""
    currency = portfolio["display_currency"]
    capital = portfolio.get("capital_display")
    in_bots = _("{amount} given to bots").format(amount=formats.money(capital, currency)) if capital else ""
    count = len(portfolio["open_trades"])
    counted = ngettext("{count} open trade", "{count} open trades", count).format(count=count)
    open_now = unrealised(portfolio)
    return figures(
        [
            Figure(_("Account value"), formats.money(portfolio["value_display"], currency), in_bots),
            result(_("Result today"), portfolio, "realised_today", formats),
            result(_("Result since the start"), portfolio, "realised_pnl", formats),
            Figure(
                _("Result of what is open"),
                Signed(formats.money(open_now, currency, signed=True), open_now),
                counted if count else _("no open trade"),
            ),
        ]
    )


def unrealised(portfolio: Record) -> str | None:
    """None where the worth of an open trade is not known: what is known of the others is not the result."""
    if any(trade["unrealised_pnl_display"] is None for trade in portfolio["open_trades"]):
        return None
    return str(portfolio["unrealised_pnl_display"])


def result(name: str, portfolio: Record, field: str, formats: Formats) -> Figure:
    """In the user's currency, and below it in percent where the API can tell."""
    amount, percentage = portfolio[f"{field}_display"], portfolio.get(f"{field}_percent")
    told = formats.money(amount, portfolio["display_currency"], signed=True)
    note = Signed(formats.percent(percentage), percentage) if percentage is not None else ""
    return Figure(name, Signed(told, amount), note)


def show_next_step(bots: Sequence[Record], keys: Sequence[Record]) -> None:
    if not keys:
        with card("overview.start"):
            st.markdown(
                _("**Start here.** Open a paper account: play money, one click, nothing to sign up for.")
            )
            with st.container(horizontal=True):
                action_button(
                    _("Open a paper account"), "overview.paper", PLACE, open_paper_account, primary=True
                )
                page_button(_("Add a key of an exchange"), "overview.keys", "app_pages/exchange_keys.py")
    elif not bots:
        with card("overview.start"):
            st.markdown(_("**Next step.** Your key is in place; now create a bot that trades with it."))
            page_button(_("Create a bot"), "overview.create", "app_pages/bot_form.py", ADD_ICON, primary=True)
    elif all(bot["status"] == "stopped" for bot in bots):
        with card("overview.start"):
            st.markdown(_("**Next step.** None of your bots is running; start one."))
            page_button(_("Go to the bots"), "overview.bots", "app_pages/bots.py", primary=True)


def open_paper_account() -> str:
    session.api().open_paper_account("binance", _("Paper account"))
    return _("Your paper account is open.")


def show_curve(portfolio: Record, formats: Formats) -> None:
    currency = portfolio["display_currency"]
    points = curve_points(portfolio)
    with card("overview.curve"):
        st.html(title(_("How your result adds up")))
        if not points:
            st.html(hint(_("The curve begins with the first trade that closes.")))
            return
        name = _("Result since the start")
        show_chart(
            lambda: equity_curve(points, currency, name, formats, current_palette()),
            key="overview.curve.chart",
            label=describe_curve(points, currency, formats),
            height=230,
            hold_seconds=CURVE_SECONDS,
            chosen=(currency, formats.locale, money.chosen()),
        )


def curve_points(portfolio: Record) -> list[Point]:
    """From nothing, at the first trade, to what there is now."""
    curve = [(point["at"], point["realised_pnl_display"]) for point in portfolio["equity_curve"]]
    began = portfolio["statistics"].get("first_trade_at")
    return [(began, "0"), *curve] if curve and began and began < curve[0][0] else curve


def describe_curve(points: Sequence[Point], currency: str, formats: Formats) -> str:
    (began, first), (until, last) = points[0], points[-1]
    return _("Result over time: {first} on {began}, {last} on {until}.").format(
        first=formats.money(first, currency, signed=True),
        began=formats.moment(began),
        last=formats.money(last, currency, signed=True),
        until=formats.moment(until),
    )


def show_open_trades(trades: Sequence[Record], formats: Formats) -> None:
    with card("overview.open"):
        st.html(title(_("Open trades")))
        if trades:
            st.html(trade_tables.open_trades(trades[:OPEN_SHOWN], formats))
            if len(trades) > OPEN_SHOWN:
                label = _("All open trades ({count})").format(count=len(trades))
                page = "app_pages/trades.py"
                query = {"status": "OPEN", **money.query()}
                page_button(label, "overview.all_open", page, FORWARD_ICON, quiet=True, query=query)
        else:
            st.html(hint(_("No trade is open right now.")))


def show_recent(trades: Sequence[Record], formats: Formats) -> None:
    if not trades:
        return
    with card("overview.recent"):
        st.html(title(_("Recent trades")))
        st.html(trade_tables.recent_trades(trades, formats))
        page_button(
            _("All trades"),
            "overview.all_trades",
            "app_pages/trades.py",
            FORWARD_ICON,
            quiet=True,
            query=money.query(),
        )


def show_bots(bots: Sequence[Record], formats: Formats) -> None:
    if not bots:
        return
    with card("overview.glance"):
        st.html(title(_("Bots")))
        st.html(bot_summary.glance(sorted(bots, key=bot_summary.rank)[:BOTS_SHOWN], formats))
        page_button(
            _("All bots ({count})").format(count=len(bots)),
            "overview.all_bots",
            "app_pages/bots.py",
            FORWARD_ICON,
            quiet=True,
        )


show()
