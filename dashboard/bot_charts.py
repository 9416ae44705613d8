"""The API's charts of a bot as drawings, and in words for those who do not see them."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from dashboard import words
from dashboard.api_client import Record
from dashboard.charts.candles import Drawing, Mark, PriceLine, Tone
from dashboard.formatting import Formats
from dashboard.translation import _, ngettext

TONES: dict[str, Tone] = {"take_profit": "gain", "stop_loss": "loss", "trailing_stop": "loss"}
DRAWN = ("entry", "take_profit", "stop_loss", "trailing_stop")


def drawing_of_chart(chart: Record, formats: Formats) -> Drawing:
    """The lines of average and entry level are drawn at each candle already, so they are not drawn across it too."""
    marks = [_mark(mark["at"], mark["leg"] == "entry", mark, formats) for mark in chart["marks"]]
    prices = [
        PriceLine(
            words.price_level(level["kind"]),
            round_to(level["price"], chart["candles"]),
            TONES.get(level["kind"], "muted"),
        )
        for level in chart["levels"]
        if level["kind"] in DRAWN
    ]
    return Drawing(rounded(chart["candles"]), marks, prices)


def drawing_of_preview(preview: Record, formats: Formats) -> Drawing:
    return Drawing(rounded(preview["candles"]), list(_marks_of_trades(preview["trades"], formats)))


def _marks_of_trades(trades: Iterable[Record], formats: Formats) -> Iterable[Mark]:
    for trade in trades:
        bought = {"price": trade["entry_price"], "reason": trade["entry_reason"]}
        yield _mark(trade["opened_at"], True, bought, formats)
        if trade["closed_at"]:
            sold = {"price": trade["exit_price"], "reason": trade["exit_reason"]}
            yield _mark(trade["closed_at"], False, sold, formats)


def _mark(at: str, bought: bool, order: Record, formats: Formats) -> Mark:
    told = _("Bought at {price}: {reason}") if bought else _("Sold at {price}: {reason}")
    reason, price = words.reason(order["reason"]), formats.number(order["price"])
    return Mark(at, bought, order["price"], told.format(price=price, reason=reason))


def rounded(candles: Sequence[Record]) -> list[Record]:
    """Averages and entry levels with as many decimals as the prices have."""
    quantum = _quantum(candles)
    return [
        candle
        | {
            name: _round(candle[name], quantum)
            for name in ("average", "threshold")
            if candle[name] is not None
        }
        for candle in candles
    ]


def round_to(price: str, candles: Sequence[Record]) -> str:
    """A price that was computed, with as many decimals as those of the market have."""
    return _round(price, _quantum(candles))


def _quantum(candles: Sequence[Record]) -> Decimal:
    decimals = [len(candle["close"].partition(".")[2]) for candle in candles]
    return Decimal(1).scaleb(-max(decimals, default=8))


def _round(price: str, quantum: Decimal) -> str:
    return format(Decimal(price).quantize(quantum), "f")


def describe_chart(chart: Record, formats: Formats) -> str:
    """For a screen reader: what the chart shows and its gist."""
    bought = sum(mark["leg"] == "entry" for mark in chart["marks"])
    what = _("{symbol}, {count} candles of {length} each.").format(
        symbol=chart["symbol"], count=len(chart["candles"]), length=words.timeframe(chart["timeframe"])
    )
    last = _("Last price: {price}.").format(price=formats.number(chart["last_price"]))
    waits = (
        f"{words.price_level(each['kind'])}: {formats.price(each['price'])}." for each in chart["levels"]
    )
    return " ".join([what, last, *waits, describe_orders(bought, len(chart["marks"]) - bought)])


def describe_orders(bought: int, sold: int) -> str:
    purchases = ngettext("{count} purchase", "{count} purchases", bought).format(count=bought)
    sales = ngettext("{count} sale", "{count} sales", sold).format(count=sold)
    return _("{purchases} and {sales}.").format(purchases=purchases, sales=sales)


def describe_outside(drawing: Drawing, formats: Formats) -> str:
    """The prices that are too far away to be drawn; empty where all are."""
    far = [f"{line.name} {formats.number(line.price)}" for line in drawing.outside()]
    return _("Outside of the chart: {prices}.").format(prices=", ".join(far)) if far else ""
