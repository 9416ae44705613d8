"""Candles with the rule's lines, what was bought and sold, and the prices that something comes of. Pure.

A candle that closed higher is hollow and one that closed lower is filled; purchases are triangles that point up below
their price, sales point down above theirs. No colour says anything alone.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal

from dashboard.api_client import Record
from dashboard.charts.base import (
    FONT,
    FONT_SIZE,
    Option,
    Palette,
    base,
    category_axis,
    grid,
    height_of,
    lines,
    milliseconds,
    tooltip,
    value_axes,
    zoom,
)
from dashboard.formatting import Formats
from dashboard.translation import _

# So many are drawn as lines, which a canvas can do ten thousand times; of fewer, but many, the borders are thin.
LARGE, MANY = 2_500, 500
DAY_SECONDS = 86_400
VOLUME_HEIGHT = 44
BOTTOM = 44
LABEL_HEIGHT, LABEL_GAP, LETTER_WIDTH = 24, 14, 7
Tone = Literal["gain", "loss", "accent", "muted"]


@dataclass(frozen=True)
class Mark:
    """A purchase or a sale; `text` is what the tooltip of its candle says of it."""

    at: str
    bought: bool
    price: str
    text: str


@dataclass(frozen=True)
class PriceLine:
    """A price across the whole chart, named."""

    name: str
    price: str
    tone: Tone


@dataclass(frozen=True)
class Drawing:
    """`candles` are those of the API's charts, oldest first, with `average` and `threshold`."""

    candles: Sequence[Record]
    marks: Sequence[Mark] = ()
    prices: Sequence[PriceLine] = ()

    @cached_property
    def ends(self) -> tuple[float, float]:
        """The lowest and highest of what is always shown: candles and average."""
        amounts = [height for candle in self.candles for height in _heights(candle)]
        return (min(amounts), max(amounts)) if amounts else (0.0, 1.0)

    @cached_property
    def _opened(self) -> list[float]:
        return [milliseconds(candle["open_time"]) for candle in self.candles]

    def place_of(self, mark: Mark) -> int:
        """The index of the candle that it lies in; -1 before the first."""
        return bisect_right(self._opened, milliseconds(mark.at)) - 1

    def is_near(self, amount: float) -> bool:
        """Whether it is shown too: nothing may squeeze the candles to less than half of the height."""
        low, high = self.ends
        room = (high - low) or high / 1_000
        return low - room / 2 <= amount <= high + room / 2

    def outside(self) -> list[PriceLine]:
        """The prices that are too far away to be drawn."""
        return [line for line in self.prices if not self.is_near(float(line.price))]


def candle_chart(
    drawing: Drawing, formats: Formats, palette: Palette, *, volume: bool = False, seconds: bool = False
) -> Option:
    """`seconds` tells times to the second."""
    candles = drawing.candles
    names = [_time_of(candle, formats, _time_pattern(candles, seconds=seconds)) for candle in candles]
    option = {
        **base(palette),
        "legend": _legend(palette),
        "grid": [grid(top=34, bottom=BOTTOM)],
        "xAxis": [category_axis(palette, names, boundaryGap=True)],
        "yAxis": value_axes(palette, _shown_heights(drawing), formats.number),
        "tooltip": tooltip(palette, _template()),
        "dataZoom": zoom(palette, slider=True, filterMode="filter", xAxisIndex=[0, 1] if volume else [0]),
        "series": [
            _candles(drawing, formats, palette, seconds=seconds),
            _line(_("Average"), candles, "average", palette.series[2], {}),
            _line(_("Buys at or below"), candles, "threshold", palette.accent, {"type": "dashed"}),
            _marks(_("Bought"), drawing, palette.gain, palette, bought=True),
            _marks(_("Sold"), drawing, palette.loss, palette, bought=False),
        ],
    }
    return _with_volume(option, names, candles, palette) if volume else option


def _heights(candle: Record) -> list[float]:
    amounts = (candle["low"], candle["high"], candle["average"])
    return [float(amount) for amount in amounts if amount is not None]


def _shown_heights(drawing: Drawing) -> list[float]:
    thresholds = [height_of(candle["threshold"]) for candle in drawing.candles]
    known = [height for height in thresholds if height is not None]
    prices = [float(line.price) for line in drawing.prices]
    near = [height for height in (min(known, default=None), *prices) if height is not None]
    return [*drawing.ends, *filter(drawing.is_near, near)]


def _time_pattern(candles: Sequence[Record], *, seconds: bool) -> str:
    if not candles:
        return "%H:%M"
    first, last = (datetime.fromisoformat(candles[place]["open_time"]) for place in (0, -1))
    length = (last - first).total_seconds() / max(1, len(candles) - 1)
    if length >= DAY_SECONDS:
        return "%d/%m"
    if (last - first).total_seconds() > DAY_SECONDS:
        return "%d/%m %H:%M"
    return "%H:%M:%S" if seconds else "%H:%M"


def _time_of(candle: Record, formats: Formats, pattern: str) -> str:
    return datetime.fromisoformat(candle["open_time"]).astimezone(formats.timezone).strftime(pattern)


def _template() -> str:
    names = (
        _("Opening"),
        _("Highest"),
        _("Lowest"),
        _("Closing"),
        _("Average"),
        _("Buys at or below"),
        _("Volume"),
    )
    return lines(5, [(name, place) for place, name in enumerate(names, 6)])


def _candles(drawing: Drawing, formats: Formats, palette: Palette, *, seconds: bool) -> Option:
    texts = _texts_of_marks(drawing)
    rows = [
        [
            index,
            *(height_of(candle[name]) for name in ("open", "close", "low", "high")),
            " · ".join([formats.moment(candle["open_time"], seconds=seconds), *texts.get(index, ())]),
            *(
                formats.number(candle[name])
                for name in ("open", "high", "low", "close", "average", "threshold", "volume")
            ),
        ]
        for index, candle in enumerate(drawing.candles)
    ]
    return {
        "type": "candlestick",
        "data": rows,
        "encode": {"x": 0, "y": [1, 2, 3, 4]},
        "large": len(rows) > LARGE,
        "largeThreshold": LARGE,
        "barMaxWidth": 14,
        "emphasis": {"disabled": True},
        "itemStyle": {
            "color": palette.surface,
            "color0": palette.loss,
            "borderColor": palette.gain,
            "borderColor0": palette.loss,
            "borderWidth": 1.2 if len(rows) <= MANY else 0.7,
        },
        "markLine": _price_lines(drawing, formats, palette),
    }


def _price_lines(drawing: Drawing, formats: Formats, palette: Palette) -> Option:
    far = drawing.outside()
    return {
        "silent": True,
        "animation": False,
        "symbol": "none",
        "data": [_price_line(line, formats, palette) for line in drawing.prices if line not in far],
    }


def _price_line(line: PriceLine, formats: Formats, palette: Palette) -> Option:
    color = getattr(palette, line.tone)
    label = {
        "position": "insideStartTop",
        "formatter": f"{line.name}: {formats.number(line.price)}",
        "color": color,
        "fontFamily": FONT,
        "fontSize": FONT_SIZE,
        "distance": 4,
        "textBorderColor": palette.surface,
        "textBorderWidth": 3,
    }
    return {
        "yAxis": float(line.price),
        "lineStyle": {"color": color, "type": "dotted", "width": 1.5},
        "label": label,
    }


def _line(name: str, candles: Sequence[Record], field: str, color: str, style: Option) -> Option:
    return {
        "type": "line",
        "name": name,
        "data": [[index, height_of(candle[field])] for index, candle in enumerate(candles)],
        "showSymbol": False,
        "sampling": "lttb",
        "lineStyle": {"color": color, "width": 1.6, **style},
        "itemStyle": {"color": color},
        "emphasis": {"disabled": True},
        "z": 3,
    }


def _marks(name: str, drawing: Drawing, color: str, palette: Palette, *, bought: bool) -> Option:
    return {
        "type": "scatter",
        "name": name,
        "data": [[drawing.place_of(mark), float(mark.price)] for mark in _drawn(drawing, bought=bought)],
        "symbol": "triangle",
        "symbolRotate": 0 if bought else 180,
        "symbolSize": 13,
        "symbolOffset": [0, "70%" if bought else "-70%"],
        "itemStyle": {"color": color, "borderColor": palette.surface, "borderWidth": 1.5},
        "silent": True,
        "z": 5,
    }


def _drawn(drawing: Drawing, *, bought: bool) -> list[Mark]:
    return [mark for mark in drawing.marks if mark.bought is bought and drawing.place_of(mark) >= 0]


def _texts_of_marks(drawing: Drawing) -> dict[int, list[str]]:
    texts: dict[int, list[str]] = {}
    for mark in drawing.marks:
        texts.setdefault(drawing.place_of(mark), []).append(mark.text)
    return texts


def _legend(palette: Palette) -> Option:
    """What is what, by its shape too."""
    shapes = [
        (_("Average"), "path://M0 4h20v2H0z"),
        (_("Buys at or below"), "path://M0 4h5v2H0zM8 4h5v2H8zM16 4h5v2h-5z"),
        (_("Bought"), "path://M5 0L10 9H0z"),
        (_("Sold"), "path://M0 0h10L5 9z"),
    ]
    return {
        "type": "scroll",
        "top": 0,
        "left": 0,
        "itemWidth": 16,
        "itemHeight": 9,
        "itemGap": 14,
        "textStyle": {"color": palette.muted, "fontFamily": FONT, "fontSize": FONT_SIZE},
        "pageTextStyle": {"color": palette.muted},
        "pageIconColor": palette.accent,
        "data": [{"name": name, "icon": icon} for name, icon in shapes],
    }


def _with_volume(option: Option, names: list[str], candles: Sequence[Record], palette: Palette) -> Option:
    """A second, low chart below the first, that moves with it."""
    below = {
        **category_axis(palette, names, boundaryGap=True, gridIndex=1),
        "axisLabel": {"show": False},
        "axisLine": {"show": False},
        "axisPointer": {"label": {"show": False}},
    }
    hidden = {"type": "value", "gridIndex": 1, "show": False}
    bars = {
        "type": "bar",
        "name": _("Volume"),
        "data": [[index, height_of(candle["volume"])] for index, candle in enumerate(candles)],
        "xAxisIndex": 1,
        "yAxisIndex": 2,
        "large": True,
        "itemStyle": {"color": f"{palette.muted}66"},
        "silent": True,
    }
    # Both begin at the same place, however wide the labels are.
    left = LABEL_GAP + LETTER_WIDTH * max(map(len, option["yAxis"][1]["data"]))
    above = grid(top=34, bottom=BOTTOM + VOLUME_HEIGHT + LABEL_HEIGHT, left=left, containLabel=False)
    area = grid(top="auto", bottom=BOTTOM, left=left, height=VOLUME_HEIGHT - 6, containLabel=False)
    return {
        **option,
        "grid": [above, area],
        "xAxis": [*option["xAxis"], below],
        "yAxis": [*option["yAxis"], hidden],
        "series": [*option["series"], bars],
    }
