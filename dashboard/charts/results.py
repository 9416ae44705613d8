"""Results over time and how they are spread: pure but for the reader's language."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from dashboard.api_client import Record
from dashboard.charts.base import (
    Option,
    Palette,
    Row,
    area,
    base,
    category_axis,
    grid,
    height_of,
    line,
    lines,
    milliseconds,
    time_axis,
    tooltip,
    value_axes,
    zoom,
)
from dashboard.formatting import Formats
from dashboard.translation import _

DAY, WEEK, MONTH = "day", "week", "month"
"""By what bars stand for; `by_day` and so on of the API."""
# Beyond so many bars, the first sight is of the last ones, and a slider leads to the others.
MOST_BARS = 120
# In pixels: a letter of a label, and what lies between it and the lines.
LETTER, GAP = 5.5, 12
ENDS = ("from_percent", "to_percent")


def path_of(performance: Record, formats: Formats) -> list[Record]:
    """From nothing, where the first trade was opened or the period began, to what there was at last."""
    points: list[Record] = performance["path"]
    if not points:
        return []
    first, opened = performance["first_day"], performance["statistics"]["first_trade_at"]
    midnight = datetime.combine(date.fromisoformat(first), time(), formats.timezone).isoformat()
    before = [at for at in (midnight, opened) if at and milliseconds(at) < milliseconds(points[0]["at"])]
    nothing = {"realised_pnl_display": "0", "drawdown_display": "0"}
    began = [{"at": max(before, key=milliseconds), **nothing}] if before else []
    return [*began, *points]


def draw_path(points: Sequence[Record], currency: str, formats: Formats, palette: Palette) -> Option:
    """The running total, and below it how far it is from its best; a step at each of the points of `path_of`."""

    def money(amount: str) -> str:
        return formats.money(amount, currency)

    totals = [_path_row(point, currency, formats) for point in points]
    # With the same texts, since a pointer in the lower chart reads its tooltip from here.
    falls: list[Row] = [
        [row[0], _minus(height_of(point["drawdown_display"])), *row[2:]]
        for point, row in zip(points, totals, strict=True)
    ]
    named = [(_("Cumulative result"), 3), (_("Below the best so far"), 4)]
    below = {"xAxisIndex": 1, "yAxisIndex": 2}
    heights, depths = [_height(row) for row in totals], [_height(row) for row in falls]
    axes = [
        *value_axes(palette, heights, money, with_zero=True),
        *value_axes(palette, _downwards(depths, heights), money, ticks=2, with_zero=True, grid_index=1),
    ]
    # Both begin where the longest label ends, so that one moment is at one place.
    room = {"containLabel": False, "left": _room([*axes[1]["data"], *axes[3]["data"]])}
    return {
        **base(palette),
        "grid": [grid(bottom="42%", **room), grid(top="66%", bottom=28, **room)],
        "xAxis": [
            time_axis(palette, formats, axisLabel={"show": False}),
            time_axis(palette, formats, gridIndex=1),
        ],
        "yAxis": axes,
        "axisPointer": {"link": [{"xAxisIndex": "all"}]},
        "tooltip": tooltip(palette, lines(2, named)),
        "dataZoom": zoom(palette, xAxisIndex=[0, 1]),
        "series": [
            line(named[0][0], totals, palette.accent, step="end", areaStyle=area(palette.accent)),
            line(named[1][0], falls, palette.loss, step="end", areaStyle=area(palette.loss), **below),
        ],
    }


def draw_bars(
    parts: Sequence[Record], step: str, currency: str, formats: Formats, palette: Palette
) -> Option:
    """A bar for each day, week or month from the first to the last with a result, those without one as well."""
    found = {part["date"]: part for part in parts}
    days = _every_step(parts, step)
    write = _writer(step, formats)
    rows = [
        _bar(number, found.get(day.isoformat()), write(day), currency, formats)
        for number, day in enumerate(days)
    ]
    named = [(_("Result"), 3), (_("Of the capital"), 4), (_("Trades"), 5)]
    begin = max(0, len(days) - MOST_BARS)
    return {
        **base(palette),
        "grid": grid(bottom=52 if begin else 8),
        "xAxis": category_axis(palette, [_name_on_axis(day, step, formats) for day in days]),
        "yAxis": value_axes(
            palette,
            [_height(row) for row in rows],
            lambda amount: formats.money(amount, currency),
            with_zero=True,
        ),
        "tooltip": tooltip(palette, lines(2, named)),
        "dataZoom": zoom(palette, slider=begin > 0, startValue=begin, endValue=len(days) - 1),
        "series": [_bars(_("Result"), rows, palette)],
    }


def draw_distribution(bins: Sequence[Record], formats: Formats, palette: Palette) -> Option:
    """How many trades brought how much in percent; a bin's name is where it begins and ends."""
    names = [name_bin(each, formats) for each in bins]
    rows: list[Row] = [
        [number, float(each["trades"]), names[number], formats.number(str(each["trades"]))]
        for number, each in enumerate(bins)
    ]
    colors = [palette.loss if _is_loss(each) else palette.gain for each in bins]
    return {
        **base(palette),
        "xAxis": category_axis(palette, [_short_name(each, formats) for each in bins]),
        "yAxis": value_axes(palette, [_height(row) for row in rows], formats.number, with_zero=True),
        "tooltip": tooltip(palette, lines(2, [(_("Trades"), 3)])),
        "series": [_colored(_("Trades"), rows, colors)],
    }


def name_bin(each: Record, formats: Formats) -> str:
    """`-2% to -1%`, or with one end only."""
    low, high = (each[name] and formats.percent(each[name], decimals=_decimals(each)) for name in ENDS)
    if low is None:
        return _("below {percent}").format(percent=high)
    if high is None:
        return _("{percent} and more").format(percent=low)
    return _("{low} to {high}").format(low=low, high=high)


def _short_name(each: Record, formats: Formats) -> str:
    low, high = (each[name] and formats.percent(each[name], decimals=_decimals(each)) for name in ENDS)
    return f"< {high}" if low is None else str(low)


def _is_loss(each: Record) -> bool:
    return each["to_percent"] is not None and Decimal(each["to_percent"]) <= 0


def _decimals(each: Record) -> int:
    """As many as both ends need."""
    exponents = [Decimal(each[name]).normalize().as_tuple().exponent for name in ENDS if each[name]]
    return max(0, *(-exponent for exponent in exponents if isinstance(exponent, int)), 0)


def _room(labels: Sequence[str]) -> int:
    """In pixels, for the longest of them."""
    return round(max(map(len, labels), default=0) * LETTER + GAP)


def _path_row(point: Record, currency: str, formats: Formats) -> Row:
    total, fall = point["realised_pnl_display"], point["drawdown_display"]
    return [
        milliseconds(point["at"]),
        height_of(total),
        formats.moment(point["at"]),
        formats.money(total, currency, signed=True),
        formats.money(fall, currency),
    ]


def _bar(number: int, part: Record | None, name: str, currency: str, formats: Formats) -> Row:
    if part is None:
        return [number, 0.0, name, formats.money("0", currency), formats.percent("0"), "0"]
    amount = part["realised_pnl_display"]
    return [
        number,
        height_of(amount),
        name,
        formats.money(amount, currency, signed=True),
        formats.percent(part["realised_pnl_percent"]),
        formats.number(str(part["trades"])),
    ]


def _bars(name: str, rows: Sequence[Row], palette: Palette) -> Option:
    return _colored(name, rows, [palette.loss if (_height(row) or 0) < 0 else palette.gain for row in rows])


def _colored(name: str, rows: Sequence[Row], colors: Sequence[str]) -> Option:
    """Up or down says what the colour repeats."""
    data = [{"value": row, "itemStyle": {"color": color}} for row, color in zip(rows, colors, strict=True)]
    return {"type": "bar", "name": name, "data": data, "barMaxWidth": 36, "emphasis": {"disabled": True}}


def _height(row: Row) -> float | None:
    height = row[1]
    return height if isinstance(height, float) else None


def _minus(height: float | None) -> float | None:
    return None if height is None else 0.0 - height


def _downwards(depths: Sequence[float | None], heights: Sequence[float | None]) -> Sequence[float | None]:
    """What was never below its best has room below it as deep as the result is high."""
    return depths if any(depths) else [-max((abs(height) for height in heights if height), default=1.0)]


def _every_step(parts: Sequence[Record], step: str) -> list[date]:
    if not parts:
        return []
    day, last = (date.fromisoformat(part["date"]) for part in (parts[0], parts[-1]))
    found = []
    while day <= last:
        found.append(day)
        day = _next(day, step)
    return found


def _next(day: date, step: str) -> date:
    if step == MONTH:
        return (day + timedelta(days=31)).replace(day=1)
    return day + timedelta(days=7 if step == WEEK else 1)


def _name_on_axis(day: date, step: str, formats: Formats) -> str:
    return formats.month(day.isoformat()) if step == MONTH else formats.day(day.isoformat())


def _writer(step: str, formats: Formats) -> Callable[[date], str]:
    if step == MONTH:
        return lambda day: formats.month(day.isoformat())
    if step == WEEK:
        return lambda day: _("Week of {day}").format(day=formats.day(day.isoformat()))
    return lambda day: formats.day(day.isoformat())
