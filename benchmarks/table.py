"""Tables for a terminal and for Markdown. Units stand in the headings; a cell with repetitions shows median and spread."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.figures import Summary

Cell = str | int | float | Summary | None
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` are as wide as `headings`; the first column holds names. `notes` say how to read it, below it."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = field(default_factory=tuple)


def show(cell: Cell) -> str:
    """A figure to three places that matter; a Summary as median (lowest to highest)."""
    if cell is None:
        return NOTHING
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Summary):
        return f"{_show_number(cell.median)} ({_show_number(cell.low)} to {_show_number(cell.high)})"
    return _show_number(cell)


def _show_number(value: float) -> str:
    if isinstance(value, int) or abs(value) >= 100:
        return f"{value:,.0f}"
    for limit, places in ((10, 1), (1, 2), (0.1, 3)):
        if abs(value) >= limit:
            return f"{value:.{places}f}"
    return f"{value:.2g}"


def render_text(table: Table) -> str:
    """Columns that line up below the title."""
    lines = [list(table.headings), *([show(cell) for cell in row] for row in table.rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(table.headings))]
    body = [_align(line, widths) for line in lines]
    return "\n".join([table.title, *body, *table.notes]) + "\n"


def _align(line: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = (
        cell.rjust(width) if column else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(line, widths, strict=True))
    )
    return "  ".join(["  " + first, *others]).rstrip()


def render_markdown(table: Table) -> str:
    rule = ["---", *("---:" for _ in table.headings[1:])]
    lines = [list(table.headings), rule, *([show(cell) for cell in row] for row in table.rows)]
    grid = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return "\n\n".join([f"**{table.title}**", grid, *table.notes]) + "\n"
