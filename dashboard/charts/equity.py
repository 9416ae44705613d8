"""How what was realised adds up over time, as a line."""

from collections.abc import Sequence

from dashboard.charts.base import (
    Option,
    Palette,
    Row,
    area,
    base,
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

Point = tuple[str, str]
"""A moment of the API, and an exact amount."""


def equity_curve(
    points: Sequence[Point], currency: str, name: str, formats: Formats, palette: Palette
) -> Option:
    """The running total at each of `points`, oldest first; `name` is what the tooltip calls it."""
    rows = [_row(at, amount, currency, formats) for at, amount in points]
    heights = [height_of(amount) for _, amount in points]
    return {
        **base(palette),
        "grid": grid(top=16),
        "xAxis": time_axis(palette, formats),
        "yAxis": value_axes(palette, heights, lambda amount: formats.money(amount, currency), with_zero=True),
        "tooltip": tooltip(palette, lines(2, [(name, 3)])),
        "dataZoom": zoom(palette),
        "series": [line(name, rows, palette.accent, step="end", areaStyle=area(palette.accent))],
    }


def _row(at: str, amount: str, currency: str, formats: Formats) -> Row:
    told = formats.money(amount, currency, signed=True)
    return [milliseconds(at), height_of(amount), formats.moment(at, seconds=True), told]
