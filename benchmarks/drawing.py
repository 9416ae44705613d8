"""Line charts as SVG, several on one sheet. Written from the figures with the standard library: no package is needed."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, COLUMNS = 520, 320, 2
LEFT, RIGHT, TOP, BOTTOM = 70, 130, 34, 46
# Told apart also by people who see few colours.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999999")
# Where there are more lines than colours, the colours come again: dotted, then in long dashes and dots.
PATTERNS = ("", "2 3", "10 3 2 3")
COMPARED_PATTERN = "5 4"
SWATCH = 24
MOST_MARKS = 12
STEPS = (1, 2, 5, 10)
FONT = 'font-family="sans-serif" font-size="11"'

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """`points` in the order of x. A `dashed` line is what something is compared with."""

    name: str
    points: Sequence[Point]
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """Labels carry the units. A logarithmic axis leaves out what is not above 0; a linear y axis begins at 0."""

    title: str
    x_label: str
    y_label: str
    lines: Sequence[Line]
    x_log: bool = False
    y_log: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """Places values between two pixels."""

    low: float
    high: float
    start: float
    stop: float
    log: bool

    def place(self, value: float) -> float:
        low, high, at = (math.log10(one) if self.log else one for one in (self.low, self.high, value))
        return self.start + (self.stop - self.start) * (at - low) / (high - low)

    def marks(self) -> list[float]:
        """Round values to write beside it."""
        return decades(self.low, self.high) if self.log else round_steps(self.low, self.high)


def decades(low: float, high: float) -> list[float]:
    """Powers of ten, and where there are few of them their double and quintuple too."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    factors = (1,) if last - first > 3 else (1, 2, 5)
    values = [factor * 10.0**power for power in range(first, last + 1) for factor in factors]
    return [value for value in values if low <= value <= high]


def round_steps(low: float, high: float) -> list[float]:
    """Four to eight multiples of 1, 2 or 5."""
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in STEPS if factor * power >= rough)
    first = math.ceil(low / step)
    return [number * step for number in range(first, math.floor(high / step) + 1)]


def draw_sheet(charts: Sequence[Chart]) -> str:
    """An SVG document with the charts side by side, two in a row."""
    columns = min(COLUMNS, len(charts))
    width, height = WIDTH * columns, HEIGHT * -(-len(charts) // columns)
    panels = [
        f'<g transform="translate({WIDTH * (number % columns)},{HEIGHT * (number // columns)})">'
        + "".join(_draw(chart))
        + "</g>"
        for number, chart in enumerate(charts)
    ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {FONT}>'
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *panels, "</svg>"]) + "\n"


def _draw(chart: Chart) -> Iterator[str]:
    yield _text(LEFT, TOP - 14, chart.title, "start", bold=True)
    lines = [Line(line.name, _drawable(chart, line), line.dashed) for line in chart.lines]
    points = [point for line in lines for point in line.points]
    if not points:
        yield _text(LEFT, HEIGHT / 2, "nothing measured", "start")
        return
    xs, ys = zip(*points, strict=True)
    across = _axis(xs, LEFT, WIDTH - RIGHT, chart.x_log, from_zero=False)
    up = _axis(ys, HEIGHT - BOTTOM, TOP, chart.y_log, from_zero=True)
    yield from _draw_axes(chart, across, up)
    for number, line in enumerate(lines):
        yield from _draw_line(line, number, across, up)


def _drawable(chart: Chart, line: Line) -> list[Point]:
    return [(x, y) for x, y in line.points if (x > 0 or not chart.x_log) and (y > 0 or not chart.y_log)]


def _axis(values: Sequence[float], start: float, stop: float, log: bool, *, from_zero: bool) -> Axis:
    low, high = min(values), max(values)
    if from_zero and not log:
        low, high = min(low, 0.0), high * 1.05
    if low == high:
        low, high = (low / 2, high * 2) if log else (low - 0.5, high + 0.5)
    return Axis(low, high, start, stop, log)


def _draw_axes(chart: Chart, across: Axis, up: Axis) -> Iterator[str]:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    for mark in up.marks():
        y = up.place(mark)
        yield f'<path d="M{LEFT} {y:.1f}H{right}" stroke="#ddd"/>'
        yield _text(LEFT - 6, y + 4, f"{mark:,.10g}", "end")
    for mark in across.marks():
        x = across.place(mark)
        yield f'<path d="M{x:.1f} {bottom}v4" stroke="#333"/>'
        yield _text(x, bottom + 17, f"{mark:,.10g}", "middle")
    yield f'<path d="M{LEFT} {TOP}V{bottom}H{right}" fill="none" stroke="#333"/>'
    yield _text((LEFT + right) / 2, HEIGHT - 10, chart.x_label, "middle")
    place = f'transform="rotate(-90)" x="{-(TOP + bottom) / 2:.0f}" y="16" text-anchor="middle"'
    yield f"<text {place}>{escape(chart.y_label)}</text>"


def _draw_line(line: Line, number: int, across: Axis, up: Axis) -> Iterator[str]:
    colour = COLOURS[number % len(COLOURS)]
    places = [(across.place(x), up.place(y)) for x, y in line.points]
    pattern = COMPARED_PATTERN if line.dashed else PATTERNS[number // len(COLOURS) % len(PATTERNS)]
    dashes = f' stroke-dasharray="{pattern}"' if pattern else ""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.6"{dashes}/>'
    if not line.dashed and len(places) <= MOST_MARKS:
        yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places)
    legend, right = TOP + 8 + 16 * number, WIDTH - RIGHT + 10
    yield f'<path d="M{right} {legend - 4}h{SWATCH}" stroke="{colour}" stroke-width="2"{dashes}/>'
    yield _text(right + SWATCH + 5, legend, line.name, "start")


def _text(x: float, y: float, text: str, anchor: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{weight}>{escape(text)}</text>'
