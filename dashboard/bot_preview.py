"""Beside a bot's form: where its rule would have bought and sold in the last day, before anybody saves or starts it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import streamlit as st

from dashboard import bot_charts, notices, session, words
from dashboard.api_client import Record
from dashboard.api_errors import ApiError, Refused
from dashboard.charts.candles import candle_chart
from dashboard.charts.show import current_palette, show_chart
from dashboard.formatting import Formats
from dashboard.markup import Cell, Column, Noted, Signed, as_plain_markdown, empty, hint, table, title
from dashboard.translation import _, ngettext

HEIGHT = 380
TRADES_SHOWN = 20
KEPT = "bot_form.previewed"
SYMBOL = "bot_form.preview.symbol"


@dataclass(frozen=True)
class Previewed:
    """What was asked and what came of it: an answer, or why there is none. `fields` says what is wrong by field."""

    asked: str = ""
    answer: Record | None = None
    problem: str = ""
    fields: dict[str, list[str]] = field(default_factory=dict)


def preview(bot: Record) -> Previewed:
    """Of this configuration; the API is asked only when something in it has changed."""
    chosen = st.session_state.get(SYMBOL)
    body = {name: value for name, value in bot.items() if name != "name"}
    body |= {"symbol": chosen} if chosen in bot["symbols"] else {}
    asked = json.dumps(body, sort_keys=True)
    kept: Previewed | None = st.session_state.get(KEPT)
    if kept is None or kept.asked != asked or (kept.problem and not kept.fields):
        kept = _ask(asked, body)
        st.session_state[KEPT] = kept
    return kept


def _ask(asked: str, body: Record) -> Previewed:
    try:
        return Previewed(asked, session.api().preview(body))
    except Refused as refusal:
        return Previewed(asked, None, notices.explain(refusal), refusal.fields)
    except ApiError as error:
        return Previewed(asked, None, notices.explain(error))


def forget() -> None:
    st.session_state.pop(KEPT, None)


def show_preview(previewed: Previewed | None, symbols: Sequence[str]) -> None:
    """`previewed` is None while too little is filled in to ask."""
    st.html(title(_("What this rule would have done")))
    if len(symbols) > 1:
        if st.session_state.get(SYMBOL) not in symbols:
            st.session_state[SYMBOL] = symbols[0]
        st.selectbox(_("Symbol"), symbols, key=SYMBOL, width=220)
    if previewed is None:
        st.html(
            empty(
                _("Nothing to draw yet"),
                _("Choose a symbol and correct the marked fields, and it is drawn here."),
            )
        )
    elif previewed.answer is None:
        st.warning(as_plain_markdown(previewed.problem))
    else:
        _show_answer(previewed.answer)


def _show_answer(answer: Record) -> None:
    formats = session.formats()
    currency = str(answer["currency"])
    notices.show_simulated(answer["simulated"])
    st.markdown(as_plain_markdown(describe(answer, currency, formats)))
    _show_minimum(answer, currency, formats)
    if not answer["candles"]:
        return
    drawing = bot_charts.drawing_of_preview(answer, formats)
    option = candle_chart(drawing, formats, current_palette(), seconds=answer["step"] == "1s")
    show_chart(option, key="bot_form.candles", label=describe(answer, currency, formats), height=HEIGHT)
    st.html(hint(explain(answer, formats)))
    if answer["trades"]:
        with st.expander(_("Each trade")):
            st.html(_trades(answer["trades"][-TRADES_SHOWN:], currency, formats))


def describe(answer: Record, currency: str, formats: Formats) -> str:
    """In a sentence or two what the rule would have done, and what would have come of it."""
    when = {"when": _period(answer["period_seconds"]), "symbol": answer["symbol"]}
    bought, sold = answer["purchases"], answer["sales"]
    if not bought:
        told = _("{when} this rule would not have bought any {symbol}.").format(**when)
        return f"{told} {_nearest(answer['candles'], formats)}".strip()
    counts = ngettext(
        "{when} this rule would have bought {symbol} {count} time,",
        "{when} this rule would have bought {symbol} {count} times,",
        bought,
    ).format(count=bought, **when)
    sales = ngettext("and sold {count} time.", "and sold {count} times.", sold).format(count=sold)
    result = _("Result after fees: {money}, or {percent} of the capital.").format(
        money=formats.money(answer["total_pnl"], currency, signed=True),
        percent=formats.percent(answer["total_percent"]),
    )
    still = _("One trade would still be open.") if bought > sold else ""
    return " ".join(filter(None, [counts, sales, result, still]))


def _period(seconds: int) -> str:
    hours = max(1, round(seconds / 3_600))
    return _("In the last hour") if hours == 1 else _("In the last {count} hours").format(count=hours)


def _nearest(candles: Sequence[Record], formats: Formats) -> str:
    """How close the price came to a purchase."""
    gaps = [
        Decimal(candle["low"]) / Decimal(candle["threshold"]) - 1
        for candle in candles
        if candle["threshold"] is not None
    ]
    if not gaps:
        return _("There are too few candles for its average yet.")
    percent = format(min(gaps) * 100, "f")
    return _(
        "The nearest that the price came to its limit was {percent} away. A smaller percentage buys more often."
    ).format(percent=formats.percent(percent))


def _show_minimum(answer: Record, currency: str, formats: Formats) -> None:
    least = formats.money(answer["minimum_capital"], currency)
    if answer["capital_suffices"]:
        st.html(hint(_("Minimum capital for this configuration: {amount}.").format(amount=least)))
        return
    told = _("This takes a capital of at least {amount}: the exchange takes no smaller orders.").format(
        amount=least
    )
    needs = answer["minimum_capitals"]
    each = ", ".join(f"{need['symbol']}: {formats.money(need['capital'], currency)}" for need in needs)
    st.warning(as_plain_markdown(f"{told} {each}." if len(needs) > 1 else told))


def explain(answer: Record, formats: Formats) -> str:
    return _(
        "Looked at in candles of {length}, with {fee} of fees for each order. Where a candle leaves open what came "
        "first, the worse is assumed. What was says nothing sure about what will be."
    ).format(
        length=words.timeframe(answer["step"]), fee=formats.percent(answer["fee_percent"]).removeprefix("+")
    )


def _trades(trades: Sequence[Record], currency: str, formats: Formats) -> str:
    columns = [Column(_("Bought"), "moment"), Column(_("Sold"), "moment"), Column(_("Result"), "number")]
    rows = [_trade_row(trade, currency, formats) for trade in reversed(trades)]
    return table(_("Each trade"), columns, rows)


def _trade_row(trade: Record, currency: str, formats: Formats) -> list[Cell]:
    sold: Cell = _("Still open")
    if trade["closed_at"]:
        note = f"{formats.price(trade['exit_price'])} · {words.reason(trade['exit_reason'])}"
        sold = Noted(formats.moment(trade["closed_at"]), note)
    return [
        Noted(formats.moment(trade["opened_at"]), formats.price(trade["entry_price"])),
        sold,
        Noted(
            Signed(formats.percent(trade["percent"]), trade["percent"]),
            formats.money(trade["pnl"], currency, signed=True),
        ),
    ]
