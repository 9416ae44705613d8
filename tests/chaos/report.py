"""What a run found, one row for each kind of fault: as plain text, as Markdown and as JSON."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace

HEADINGS = ("fault", "repetitions", "orders", "lost", "doubled", "miscounted", "note")
TEXTS = (0, 6)


@dataclass(frozen=True, slots=True)
class Row:
    """`repetitions` faults of one kind, the orders at the exchange they were judged by, and what was wrong with those."""

    fault: str
    repetitions: int
    orders: int
    lost: int
    doubled: int
    miscounted: int
    note: str = ""

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.miscounted)


def merge(rows: Iterable[Row]) -> list[Row]:
    """Rows of the same fault, from several processes or exchanges, as one; in the order of their first appearance."""
    merged: dict[str, Row] = {}
    for row in rows:
        known = merged.get(row.fault)
        merged[row.fault] = row if known is None else _add(known, row)
    return list(merged.values())


def _add(one: Row, other: Row) -> Row:
    notes = dict.fromkeys(note for note in (one.note, other.note) if note)
    return replace(
        one,
        repetitions=one.repetitions + other.repetitions,
        orders=one.orders + other.orders,
        lost=one.lost + other.lost,
        doubled=one.doubled + other.doubled,
        miscounted=one.miscounted + other.miscounted,
        note="; ".join(notes),
    )


def total(rows: Sequence[Row]) -> Row:
    if not rows:
        return Row("all", 0, 0, 0, 0, 0)
    return merge(replace(row, fault="all", note="") for row in rows)[0]


def render_text(rows: Sequence[Row]) -> str:
    """Columns that line up, the total last."""
    cells = [HEADINGS, *(_cells(row) for row in [*rows, total(rows)])]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADINGS))]
    return "\n".join(_align(line, widths).rstrip() for line in cells) + "\n"


def _align(line: Sequence[str], widths: Sequence[int]) -> str:
    cells = zip(line, widths, strict=True)
    return "  ".join(
        cell.ljust(width) if column in TEXTS else cell.rjust(width)
        for column, (cell, width) in enumerate(cells)
    )


def render_markdown(rows: Sequence[Row]) -> str:
    rule = ["---" if column in TEXTS else "---:" for column in range(len(HEADINGS))]
    lines = [HEADINGS, rule, *(_cells(row) for row in [*rows, total(rows)])]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def render_json(rows: Sequence[Row]) -> str:
    content = {"rows": [asdict(row) for row in rows], "total": asdict(total(rows))}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def print_table(rows: Sequence[Row]) -> None:
    sys.stdout.write(render_text(rows))


def _cells(row: Row) -> tuple[str, ...]:
    counts = (row.repetitions, row.orders, row.lost, row.doubled, row.miscounted)
    return (row.fault, *(f"{count:,}" for count in counts), row.note)
