"""How well the bots did: over time, by symbol and by bot, and every statistic with what it means."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import streamlit as st

from dashboard import live, money, notices, session
from dashboard import performance_figures as figures
from dashboard.api_client import Record
from dashboard.charts.results import DAY, MONTH, WEEK, draw_bars, draw_distribution, draw_path, path_of
from dashboard.charts.show import current_palette, show_chart
from dashboard.controls import page_button
from dashboard.formatting import Formats
from dashboard.markup import empty, hint, title
from dashboard.translation import _

PERIOD, BOT, SYMBOL, STEP = "performance.period", "performance.bot", "performance.symbol", "performance.step"
ANSWER, OFFERED = "performance.answer", "performance.offered"
# Instead of what is offered, while the page itself is drawn.
DRAWING = "drawing"
DAYS = {"week": 7, "month": 30, "quarter": 90, "year": 365, "all": 0}
STEPS = (DAY, WEEK, MONTH)
REFRESH_SECONDS = 15.0
# So long a chart keeps what it shows, and the reader their zoom, although something was sold meanwhile.
HOLD_SECONDS = 60.0


@dataclass(frozen=True)
class Answer:
    """What the API said to `query`. The summary asks; the other parts of the page show what it got."""

    query: Mapping[str, Any]
    performance: Record

    def is_of_now(self) -> bool:
        """Whether nothing else has been chosen since."""
        return self.query == ask_for(session.formats())


def show() -> None:
    st.title(_("Performance"), anchor=False)
    money.show_switch(forget=(BOT, SYMBOL))
    st.session_state[OFFERED] = DRAWING
    filters = st.container()
    live.show_live_data(load, show_summary, "performance.summary", REFRESH_SECONDS)
    kept: Answer | None = st.session_state.get(ANSWER)
    if kept is not None and kept.performance["symbols"]:
        with filters:
            choose_filters(kept.performance)
        if kept.is_of_now():
            show_details(kept.performance)
    st.session_state[OFFERED] = offer(kept.performance) if kept is not None and kept.is_of_now() else None


def show_summary(answer: Answer) -> None:
    if answer.is_of_now():
        show_performance(answer.performance, session.formats())


def show_performance(performance: Record, formats: Formats) -> None:
    """What is understood in five seconds, and how it went over time."""
    if not performance["symbols"]:
        show_first_steps()
        return
    notices.show_simulated(performance["simulated"])
    notices.show_stale(performance, formats)
    st.html(figures.headline(performance, formats))
    if performance["path"]:
        show_path(performance, formats)
    else:
        st.html(empty(_("Nothing was sold in this period"), _("Choose a longer one, or other filters.")))


def show_first_steps() -> None:
    st.html(
        empty(
            _("There is no result yet"),
            _("As soon as a bot has bought and sold for the first time, you see here how well it does."),
        )
    )
    with st.container(horizontal=True, horizontal_alignment="center"):
        page_button(
            _("To your bots"), "performance.bots", "app_pages/bots.py", ":material/smart_toy:", primary=True
        )


def show_details(performance: Record) -> None:
    """Bars, tables and statistics; what is chosen between them is no live part."""
    if performance["path"]:
        with st.container(border=True, key="card-performance-bars"):
            st.html(title(_("Result over time")))
            with st.container(
                horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
            ):
                choose_step()
                offer_csv()
            live.show_live(show_bars, "performance.bars", REFRESH_SECONDS)
    live.show_live(show_tables, "performance.tables", REFRESH_SECONDS)


def choose_step() -> None:
    st.segmented_control(
        _("A bar for each"),
        STEPS,
        format_func=name_step,
        key=STEP,
        default=DAY,
        required=True,
        label_visibility="collapsed",
    )


def offer_csv() -> None:
    """Of what the bars stand for, as it is when it is asked for."""
    step = chosen_step()
    st.download_button(
        _("Download as CSV"),
        data=lambda: figures.write_csv(last_answer(), step),
        file_name=f"cardume-performance-{step}.csv",
        mime="text/csv",
        key="performance.csv",
        on_click="ignore",
        icon=":material/download:",
    )


def show_path(performance: Record, formats: Formats) -> None:
    currency, points = performance["display_currency"], performance["path"]
    total = formats.money(points[-1]["realised_pnl_display"], currency, signed=True)
    fall = formats.money(performance["statistics"]["max_drawdown_display"], currency)
    label = _(
        "Cumulative result from {first} to {last}: {total} at the end; the largest drawdown was {fall}."
    )
    days = {"first": formats.day(performance["first_day"]), "last": formats.day(performance["last_day"])}
    with st.container(border=True, key="card-performance-path"):
        st.html(title(_("Cumulative result")))
        st.html(
            hint(_("Above: all results added up. Below: how far that is from its best so far, the drawdown."))
        )
        show_chart(
            draw_path(path_of(performance, formats), currency, formats, current_palette()),
            key="performance.path",
            label=label.format(**days, total=total, fall=fall),
            height=360,
            hold_seconds=HOLD_SECONDS,
            chosen=chosen(),
        )


def show_bars() -> None:
    performance, formats = last_answer(), session.formats()
    step = chosen_step()
    parts, currency = performance[f"by_{step}"], performance["display_currency"]
    if not parts:
        return
    best = max(parts, key=lambda part: float(part["realised_pnl_display"]))
    label = _("Results by {step}: {count} with a result; the best was {amount}, {day}.").format(
        step=name_step(step).lower(),
        count=len(parts),
        amount=formats.money(best["realised_pnl_display"], currency, signed=True),
        day=formats.day(best["date"]),
    )
    show_chart(
        draw_bars(parts, step, currency, formats, current_palette()),
        key=f"performance.bars.{step}",
        label=label,
        hold_seconds=HOLD_SECONDS,
        chosen=chosen(),
    )


def show_tables() -> None:
    performance, formats = last_answer(), session.formats()
    if performance["path"]:
        card("symbols", _("By symbol"), figures.by_symbol(performance, formats))
        card("bots", _("By bot"), figures.by_bot(performance, formats))
    if performance["distribution"]:
        show_distribution(performance, formats)
    for number, (name, html) in enumerate(figures.statistics(performance, formats)):
        card(f"statistics-{number}", name, html)


def show_distribution(performance: Record, formats: Formats) -> None:
    bins = performance["distribution"]
    trades = sum(each["trades"] for each in bins)
    label = _("Closed trades by their result in percent: {count} in all, {wins} won.").format(
        count=trades, wins=performance["statistics"]["wins"]
    )
    with st.container(border=True, key="card-performance-distribution"):
        st.html(title(_("Spread of the results")))
        st.html(hint(_("How many trades brought how many percent of what was paid for them.")))
        show_chart(
            draw_distribution(bins, formats, current_palette()),
            key="performance.distribution",
            label=label,
            hold_seconds=HOLD_SECONDS,
            chosen=chosen(),
        )


def card(key: str, name: str, html: str) -> None:
    with st.container(border=True, key=f"card-performance-{key}"):
        st.html(title(name))
        st.html(html)


def choose_filters(performance: Record) -> None:
    names = {bot["bot"]: figures.name_bot(bot) for bot in performance["bots"]}
    st.segmented_control(
        _("Period"),
        list(DAYS),
        format_func=name_period,
        key=PERIOD,
        default="all",
        required=True,
        label_visibility="collapsed",
    )
    by_bot, by_symbol = st.columns(2)
    by_bot.selectbox(_("Bot"), list(names), None, names.__getitem__, BOT, placeholder=_("All bots"))
    by_symbol.selectbox(_("Symbol"), performance["symbols"], None, key=SYMBOL, placeholder=_("All symbols"))


def load() -> Answer:
    """To what is chosen now; draws the page anew if there is something else to choose from."""
    query = ask_for(session.formats())
    performance = session.api().performance(query)
    money.follow(performance)
    answer = st.session_state[ANSWER] = Answer(query, performance)
    if st.session_state.get(OFFERED) not in (DRAWING, offer(performance)):
        st.rerun()
    return answer


def last_answer() -> Record:
    kept: Answer = st.session_state[ANSWER]
    return kept.performance


def offer(performance: Record) -> tuple[Any, ...]:
    """What decides which parts and choices there are."""
    bots = tuple(tuple(bot.values()) for bot in performance["bots"])
    return (bots, tuple(performance["symbols"]), bool(performance["path"]))


def ask_for(formats: Formats) -> Record:
    """A period ends today and counts today as a day."""
    query: Record = {"timezone": formats.timezone.key, **money.query()}
    days = DAYS[st.session_state.get(PERIOD) or "all"]
    if days:
        today = datetime.now(formats.timezone).date()
        query["from"] = (today - timedelta(days=days - 1)).isoformat()
    chosen_here = {"bot": st.session_state.get(BOT), "symbol": st.session_state.get(SYMBOL)}
    return query | {name: value for name, value in chosen_here.items() if value is not None}


def chosen() -> tuple[Any, ...]:
    return (money.chosen(), *(st.session_state.get(name) for name in (PERIOD, BOT, SYMBOL)))


def chosen_step() -> str:
    return st.session_state.get(STEP) or DAY


def name_period(period: str) -> str:
    return {
        "week": _("7 days"),
        "month": _("30 days"),
        "quarter": _("90 days"),
        "year": _("1 year"),
        "all": _("All"),
    }[period]


def name_step(step: str) -> str:
    return {DAY: _("Day"), WEEK: _("Week"), MONTH: _("Month")}[step]


show()
