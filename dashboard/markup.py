"""Text of users and of the API made safe to show, and tables that read well on a phone and aloud. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from dashboard.formatting import UNKNOWN

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&^=])")


def as_plain_markdown(text: str) -> str:
    """Markdown that shows exactly `text`: no formatting, link, image, formula or icon comes out of it."""
    return _MARKDOWN.sub(r"\\\1", text)


@dataclass(frozen=True)
class Column:
    label: str
    kind: Literal["text", "number", "moment"] = "text"


@dataclass(frozen=True)
class Signed:
    """A cell whose text carries a sign; the colour only repeats it."""

    text: str
    amount: str | None


@dataclass(frozen=True)
class Badge:
    """A state: its text in a shape and a colour of its own kind."""

    text: str
    kind: Literal["good", "still", "warning", "bad", "open"]


@dataclass(frozen=True)
class Bar:
    """A signed amount with a bar below it, as long as its `share` of the longest: 0 to 1."""

    text: str
    amount: str | None
    share: float


Plain = str | Signed | Badge


@dataclass(frozen=True)
class Noted:
    """A cell of a table with something smaller below."""

    value: Plain
    note: Plain


Cell = Plain | Noted | Bar


@dataclass(frozen=True)
class Figure:
    """A number that matters, with its name above and what puts it into proportion below."""

    name: str
    value: Cell
    note: Cell = ""


def table(caption: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> str:
    """An HTML table; `caption` is for screen readers. On narrow screens each row becomes a card with its labels."""
    heads = "".join(f'<th scope="col"{_class(column)}>{escape(column.label)}</th>' for column in columns)
    body = "".join(f"<tr>{_row(columns, row)}</tr>" for row in rows)
    return (
        f'<table class="cardume-table"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
    )


def _row(columns: Sequence[Column], row: Sequence[Cell]) -> str:
    return "".join(_cell(column, cell) for column, cell in zip(columns, row, strict=True))


def _cell(column: Column, cell: Cell) -> str:
    return f'<td data-label="{escape(column.label)}"{_class(column)}>{_shown(cell)}</td>'


def _shown(cell: Cell) -> str:
    match cell:
        case Badge(text, kind):
            return f'<span class="cardume-badge {kind}">{escape(text)}</span>'
        case Signed(text, amount):
            return f'<span class="{_tone(amount)}">{escape(text)}</span>'
        case Noted(value, note):
            below = f"<small>{_shown(note)}</small>" if note else ""
            return f"<span>{_shown(value)}{below}</span>"
        case Bar(text, amount, share):
            bar = f'<span class="cardume-bar {_tone(amount)}" style="width: {share * 100:.1f}%"></span>'
            return f'<span class="cardume-barred"><span class="{_tone(amount)}">{escape(text)}</span>{bar}</span>'
        case text:
            return f"<span>{escape(text)}</span>"


def _class(column: Column) -> str:
    return f' class="{column.kind}"'


def _tone(amount: str | None) -> str:
    if amount is None or not amount.strip("-0."):
        return "even"
    return "loss" if amount.startswith("-") else "gain"


def figures(items: Sequence[tuple[str, Cell] | Figure]) -> str:
    """A row of the numbers that matter most, each below its name."""
    shown = (item if isinstance(item, Figure) else Figure(*item) for item in items)
    return f'<dl class="cardume-figures">{"".join(map(_figure, shown))}</dl>'


def _figure(figure: Figure) -> str:
    note = _value(figure.note, "note") if figure.note else ""
    return f"<div>{_named(figure.name, figure.value)}{note}</div>"


def _named(name: str, cell: Cell) -> str:
    return f"<dt>{escape(name)}</dt>{_value(cell)}"


def _value(cell: Cell, kind: str = "") -> str:
    """One `dd`; its tone is its class, so that the arrow of a sign stands in the line's own size."""
    if isinstance(cell, Badge | Noted | Bar):
        return f'<dd class="{kind}">{_shown(cell)}</dd>'
    tone, text = (_tone(cell.amount), cell.text) if isinstance(cell, Signed) else ("even", cell)
    return f'<dd class="{f"{kind} {tone}".strip()}">{escape(text)}</dd>'


@dataclass(frozen=True)
class Explained:
    """A figure with what it means in a line; `missing` stands instead of that where there is no figure."""

    name: str
    value: Plain
    meaning: str
    missing: str = ""


def explained(items: Sequence[Explained]) -> str:
    """Figures that nobody has to look up, each with its line below it."""
    return f'<dl class="cardume-explained">{"".join(map(_explained, items))}</dl>'


def _explained(item: Explained) -> str:
    is_there = (item.value if isinstance(item.value, str) else item.value.text) != UNKNOWN
    meaning = item.meaning if is_there or not item.missing else f"{item.meaning} {item.missing}"
    return f"<div>{_named(item.name, item.value)}{_value(meaning, 'note')}</div>"


def facts(items: Sequence[tuple[str, Cell]], below: tuple[str, Cell] | None = None) -> str:
    """Names and values that belong to one thing, small; `below` has a line of its own, for what may be long."""
    last = [f'<div class="wide">{_named(*below)}</div>'] if below else []
    shown = (f"<div>{_named(name, cell)}</div>" for name, cell in items)
    return f'<dl class="cardume-facts">{"".join([*shown, *last])}</dl>'


@dataclass(frozen=True)
class Part:
    """One place of a row: its name, for those who cannot see the head, its value, and something smaller below.

    A phone shows no head: there the name of what is `named` comes back.
    """

    name: str
    value: Cell
    note: Cell = ""
    kind: Literal["text", "number", "strong", "named", "number named"] = "text"


def row(layout: str, parts: Sequence[Part]) -> str:
    """A row that can have buttons beside it, which no table of HTML can; `layout` names its columns in style.css."""
    return f'<dl class="cardume-row {layout}">{"".join(map(_part, parts))}</dl>'


def _part(part: Part) -> str:
    note = _value(part.note, "note") if part.note else ""
    return f'<div class="{part.kind}">{_named(part.name, part.value)}{note}</div>'


def row_head(layout: str, columns: Sequence[Column]) -> str:
    """The names above rows of a layout; those who hear the page get them from each row."""
    names = "".join(f'<div class="{column.kind}">{escape(column.label)}</div>' for column in columns)
    return f'<div class="cardume-row {layout} head" aria-hidden="true">{names}</div>'


def title(text: str) -> str:
    """What a card is about."""
    return f'<h2 class="cardume-title">{escape(text)}</h2>'


def hint(text: str) -> str:
    """A quiet line that explains what stands beside it."""
    return f'<p class="cardume-hint">{escape(text)}</p>'


def badge(text: str, kind: Literal["good", "still", "warning", "bad", "open"]) -> str:
    return _shown(Badge(text, kind))


def empty(headline: str, what_to_do: str = "") -> str:
    """Stands where there is nothing yet, and says how that changes."""
    return f'<div class="cardume-empty"><strong>{escape(headline)}</strong>{escape(what_to_do)}</div>'
