"""What all charts share: colours, axes, tooltips and zoom, as parts of an ECharts option. Pure.

Streamlit passes an option on as JSON, so nothing in it can be a function; ECharts by itself writes numbers the American
way. Whatever a reader sees is therefore written here, in their locale: the labels of a value axis by `value_axes`, the
tooltips by `row` and `tooltip`. Times are milliseconds since 1970; ECharts shows them in the browser's timezone, which
is `Formats.timezone` too. Amounts become floats here and only here, since a pixel needs no more.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from html import escape
from math import ceil, floor, log10
from typing import Any, Literal

from dashboard.formatting import Formats

Option = dict[str, Any]
"""An ECharts option or a part of one: JSON."""
Row = list[float | str | None]
"""Numbers to draw, first the time or place on the x axis, and then the texts that the tooltip shows."""

FONT = '"Source Sans", system-ui, sans-serif'
FONT_SIZE = 12
DATES = {
    "pt_BR": {"year": "{yyyy}", "month": "{MM}/{yyyy}", "day": "{dd}/{MM}", "hour": "{HH}:{mm}"},
    "en": {"year": "{yyyy}", "month": "{MMM} {yyyy}", "day": "{d} {MMM}", "hour": "{HH}:{mm}"},
}


@dataclass(frozen=True)
class Palette:
    """Colours of one theme; text 4.5:1 and lines 3:1 against `surface`. `gain` and `loss` only repeat a sign or shape."""

    surface: str
    text: str
    muted: str
    grid: str
    accent: str
    gain: str
    loss: str
    warning: str
    series: tuple[str, ...]


LIGHT = Palette(
    surface="#ffffff",
    text="#12211f",
    muted="#55655f",
    grid="#e1e8e5",
    accent="#0f766e",
    gain="#0f6b3c",
    loss="#b3261e",
    warning="#8a5a00",
    series=("#0f766e", "#b45309", "#4f46e5", "#be185d", "#0369a1", "#4d7c0f"),
)
DARK = Palette(
    surface="#14201f",
    text="#e6efec",
    muted="#9fb3ad",
    grid="#283936",
    accent="#2dd4bf",
    gain="#4ade80",
    loss="#ff8a80",
    warning="#fbbf24",
    series=("#2dd4bf", "#fbbf24", "#a5b4fc", "#f472b6", "#38bdf8", "#bef264"),
)


def palette_of(theme: str | None) -> Palette:
    """The palette of `st.context.theme.type`: light unless it is "dark"."""
    return DARK if theme == "dark" else LIGHT


def milliseconds(iso: str) -> float:
    """A moment of the API as a time axis takes it."""
    return datetime.fromisoformat(iso).timestamp() * 1000


def height_of(amount: str | None) -> float | None:
    """An exact amount as a pixel's worth of it; None leaves a gap."""
    return None if amount is None else float(Decimal(amount))


def base(palette: Palette) -> Option:
    """What every option begins with: fonts, colours, room for the labels, no animation (a refresh must not flicker)."""
    return {
        "animation": False,
        "color": list(palette.series),
        "backgroundColor": "transparent",
        "textStyle": {"fontFamily": FONT, "fontSize": FONT_SIZE, "color": palette.text},
        "grid": grid(),
        "aria": {"enabled": True},
    }


def grid(
    *, top: int | str = 12, bottom: int | str = 8, left: int | str = 4, right: int | str = 12, **more: Any
) -> Option:
    """Where the lines are drawn; its axes' labels are inside of it."""
    return {"top": top, "bottom": bottom, "left": left, "right": right, "containLabel": True, **more}


def time_axis(palette: Palette, formats: Formats, **more: Any) -> Option:
    """An x axis of milliseconds, labelled in the reader's timezone and order of day and month."""
    dates = DATES[formats.locale]
    labels = {**dates, "minute": dates["hour"], "second": "{HH}:{mm}:{ss}", "millisecond": "{HH}:{mm}:{ss}"}
    return {
        "type": "time",
        "boundaryGap": False,
        "axisLine": {"lineStyle": {"color": palette.grid}},
        "axisTick": {"show": False},
        "splitLine": {"show": False},
        "axisLabel": {**_label(palette), "hideOverlap": True, "formatter": labels},
        "axisPointer": {"label": {"show": False}},
        **more,
    }


def category_axis(palette: Palette, names: Sequence[str], **more: Any) -> Option:
    """An axis of names that are texts already (days, symbols, bots)."""
    return {
        "type": "category",
        "data": list(names),
        "axisLine": {"lineStyle": {"color": palette.grid}},
        "axisTick": {"show": False},
        "axisLabel": {**_label(palette), "hideOverlap": True},
        **more,
    }


def value_axes(
    palette: Palette,
    amounts: Iterable[float | None],
    write: Callable[[str], str],
    *,
    ticks: int = 4,
    side: Literal["left", "right"] = "left",
    with_zero: bool = False,
    grid_index: int = 0,
) -> list[Option]:
    """Two y axes: one that measures (series keep `yAxisIndex` of the first) and one that only labels its lines.

    `write` turns an exact amount into what the reader sees: `lambda amount: formats.money(amount, "BRL")`.
    The ends are fixed to round numbers around `amounts`, so zooming in time does not stretch heights.
    """
    low, high, step = round_ends(amounts, ticks, with_zero=with_zero)
    count = round((high - low) / step)
    labels = [write(_exact(low + step * number, step)) for number in range(count + 1)]
    measure = {
        "type": "value",
        "gridIndex": grid_index,
        "position": side,
        "min": low,
        "max": high,
        "interval": step,
        "axisLabel": {"show": False},
        "axisPointer": {"label": {"show": False}},
        "splitLine": {"lineStyle": {"color": palette.grid}},
    }
    writing = {
        **category_axis(palette, labels, gridIndex=grid_index, position=side, boundaryGap=False),
        "axisLine": {"show": False},
        "axisLabel": {**_label(palette), "interval": 0},
        "axisPointer": {"show": False},
    }
    return [measure, writing]


def round_ends(
    amounts: Iterable[float | None], ticks: int, *, with_zero: bool = False
) -> tuple[float, float, float]:
    """`(low, high, step)`: round numbers around all amounts, some `ticks` steps apart; (0, 1, 1) around nothing."""
    known = [amount for amount in amounts if amount is not None] + ([0.0] if with_zero else [])
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if low == high:
        room = abs(low) / 10 or 1.0
        low, high = low - room, high + room
    step = _round_step((high - low) / ticks)
    return floor(low / step) * step, ceil(high / step) * step, step


def _round_step(wanted: float) -> float:
    power = 10.0 ** floor(log10(wanted))
    return next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= wanted * 0.999)


def _exact(amount: float, step: float) -> str:
    """`amount` with no more decimals than lines this far apart need, as the API writes amounts."""
    decimals = max(0, 1 - floor(log10(step)))
    return format(Decimal(f"{amount:.{decimals}f}").normalize() + 0, "f")


def tooltip(palette: Palette, template: str | None = None, **more: Any) -> Option:
    """A box at the pointer. `template` shows texts of the first series' row: see `lines`."""
    box: Option = {
        "trigger": "axis",
        "confine": True,
        "transitionDuration": 0,
        "backgroundColor": palette.surface,
        "borderColor": palette.grid,
        "textStyle": {"color": palette.text, "fontFamily": FONT, "fontSize": 13},
        "axisPointer": {
            "type": "line",
            "animation": False,
            "lineStyle": {"color": palette.muted, "type": "dashed"},
        },
    }
    return {**box, **({"formatter": template} if template else {}), **more}


def lines(title: int, named: Sequence[tuple[str, int]]) -> str:
    """A tooltip's template: the text at place `title` of the hovered row, then each name with the text at its place.

    `lines(2, [("Capital", 3)])` fits rows `[time, height, "21/11/2026 14:05", "R$ 1.234,56"]`.
    """
    rows = "".join(f"<br>{escape(name)}: <b>{{@[{place}]}}</b>" for name, place in named)
    return f"{{@[{title}]}}{rows}"


def zoom(palette: Palette, *, slider: bool = False, **more: Any) -> list[Option]:
    """Zoom in time by wheel (once the pointer rests on the chart), pinch and drag; `slider` adds one below the chart.

    Heights stay as they are. With a slider leave room: `grid(bottom=52)`.
    """
    inside = {"type": "inside", "filterMode": "none", **more}
    if not slider:
        return [inside]
    bar = {
        "type": "slider",
        "filterMode": "none",
        "height": 22,
        "bottom": 8,
        "showDetail": False,
        "brushSelect": False,
        "borderColor": palette.grid,
        "fillerColor": f"{palette.accent}26",
        "handleStyle": {"color": palette.surface, "borderColor": palette.accent},
        "moveHandleStyle": {"color": palette.accent},
        "dataBackground": _shadow(palette.muted),
        "selectedDataBackground": _shadow(palette.accent),
        **more,
    }
    return [inside, bar]


def line(name: str, rows: Sequence[Row], color: str, **more: Any) -> Option:
    """A line series that stays crisp and quick with 10,000 rows."""
    return {
        "type": "line",
        "name": name,
        "data": list(rows),
        "showSymbol": False,
        "sampling": "lttb",
        "lineStyle": {"color": color, "width": 2},
        "itemStyle": {"color": color},
        "emphasis": {"disabled": True},
        **more,
    }


def area(color: str) -> Option:
    """The fading fill below a line: `line(..., areaStyle=area(palette.accent))`."""
    stops = [{"offset": 0, "color": f"{color}40"}, {"offset": 1, "color": f"{color}05"}]
    return {"color": {"type": "linear", "x": 0, "y": 0, "x2": 0, "y2": 1, "colorStops": stops}}


def _shadow(color: str) -> Option:
    return {"lineStyle": {"color": color, "opacity": 0.5}, "areaStyle": {"color": color, "opacity": 0.15}}


def _label(palette: Palette) -> Option:
    return {"color": palette.muted, "fontFamily": FONT, "fontSize": FONT_SIZE}
