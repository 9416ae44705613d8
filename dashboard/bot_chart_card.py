"""A bot's market as it sees it: the chart, and the choices of symbol and candles above it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import streamlit as st

from dashboard import bot_charts, session, words
from dashboard.api_client import Record
from dashboard.api_errors import ApiError, SignedOut
from dashboard.charts.candles import candle_chart
from dashboard.charts.show import current_palette, show_chart
from dashboard.controls import KEPT_FOR_PAGE
from dashboard.live import show_live
from dashboard.markup import hint
from dashboard.translation import _

CANDLES_SHOWN = 180
HEIGHT = 440
# A chart that is drawn anew is zoomed out, so it waits for its candle to close; of a day nobody would wait so long.
SHORTEST_HOLD_SECONDS, LONGEST_HOLD_SECONDS = 15.0, 300.0
SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
DRAWN, HELD, OF = "bot.drawn", "bot.held", "bot.chart.of"
SYMBOL, TIMEFRAME, FOLLOWS = "bot.chart.symbol", "bot.chart.timeframe", "bot.chart.follows"


Held = tuple[tuple[int, str], ...]
"""Open trades by their ids, each with its symbol."""
Chosen = tuple[int, str, str, Held | None]
"""A bot, a symbol, a length of candles, and the open trades when it was drawn."""


def note_held(trades: Sequence[Record]) -> None:
    """A purchase or a sale is drawn as soon as the page knows of it."""
    st.session_state[HELD] = tuple(sorted((trade["id"], trade["symbol"]) for trade in trades))


@dataclass(frozen=True)
class Drawn:
    """The chart that is on the page: whose it is, and since when."""

    chosen: Chosen
    chart: Record
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    since: float = field(default_factory=time.monotonic)

    def is_due(self) -> bool:
        length = seconds_of(self.chart["timeframe"])
        return time.monotonic() >= self.since + min(max(length, SHORTEST_HOLD_SECONDS), LONGEST_HOLD_SECONDS)


def seconds_of(timeframe: str) -> int:
    return int(timeframe[:-1]) * SECONDS[timeframe[-1]]


def show_chart_card(bot: Record) -> None:
    """The choices stand outside of what refreshes itself."""
    symbol, timeframe = choices(bot)
    lengths = [timeframe]
    try:
        lengths = find_chart(bot["id"], symbol, timeframe)["timeframes"]
    except ApiError:
        lengths = [timeframe]  # the live part says what is wrong, and tries again
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if len(bot["symbols"]) > 1:
            st.selectbox(_("Symbol"), bot["symbols"], key=SYMBOL, width=180, persist_state=KEPT_FOR_PAGE)
        st.selectbox(
            _("Length of a candle"),
            lengths,
            key=TIMEFRAME,
            format_func=words.timeframe,
            width=180,
            persist_state=KEPT_FOR_PAGE,
        )
        st.toggle(
            _("Keep up with the market"),
            key=FOLLOWS,
            help=_("A chart that is drawn anew is zoomed out. Turn this off to look at one at leisure."),
            persist_state=KEPT_FOR_PAGE,
        )
    show_live(lambda: show_candles(bot["id"]), "bot.chart")


def choices(bot: Record) -> tuple[str, str]:
    """What is chosen, or the bot's own until something is: what it holds comes first."""
    state = st.session_state
    state.setdefault(FOLLOWS, True)
    if state.get(OF) != bot["id"] or TIMEFRAME not in state:
        state[OF] = bot["id"]
        state[TIMEFRAME] = bot["parameters"].get("timeframe", "1m")
        state.pop(SYMBOL, None)
    if state.get(SYMBOL) not in bot["symbols"]:
        state[SYMBOL] = first_symbol(bot)
    return state[SYMBOL], state[TIMEFRAME]


def first_symbol(bot: Record) -> str:
    held = {symbol for _id, symbol in st.session_state.get(HELD) or ()}
    return str(next((symbol for symbol in bot["symbols"] if symbol in held), bot["symbols"][0]))


def find_chart(bot_id: int, symbol: str, timeframe: str) -> Record:
    """The chart that is drawn, or one asked for now: for another choice, another open trade, or when it is due."""
    chosen = (bot_id, symbol, timeframe, st.session_state.get(HELD))
    drawn: Drawn | None = st.session_state.get(DRAWN)
    if drawn is None or drawn.chosen[:-1] != chosen[:-1]:
        return draw(chosen)
    if drawn.chosen == chosen and not (st.session_state[FOLLOWS] and drawn.is_due()):
        return drawn.chart
    try:
        return draw(chosen)
    except SignedOut:
        raise
    except ApiError:
        return drawn.chart  # it says of when it is, and the next refresh tries again


def draw(chosen: Chosen) -> Record:
    bot_id, symbol, timeframe, _held = chosen
    drawn = Drawn(chosen, session.api().chart(bot_id, symbol, timeframe, CANDLES_SHOWN))
    st.session_state[DRAWN] = drawn
    return drawn.chart


def show_candles(bot_id: int) -> None:
    state, formats = st.session_state, session.formats()
    chart = find_chart(bot_id, state[SYMBOL], state[TIMEFRAME])
    if not chart["candles"]:
        st.info(_("There are no candles of this market yet."))
        return
    drawing = bot_charts.drawing_of_chart(chart, formats)
    option = candle_chart(
        drawing, formats, current_palette(), volume=True, seconds=chart["timeframe"] == "1s"
    )
    show_chart(option, key="bot.candles", label=bot_charts.describe_chart(chart, formats), height=HEIGHT)
    at = formats.moment(state[DRAWN].at.isoformat(), seconds=True)
    told = (bot_charts.describe_outside(drawing, formats), _("As of {moment}.").format(moment=at))
    st.html(hint(" ".join(filter(None, told))))
