"""Text of users and of the API made safe to show, and tables that read well on a phone and aloud. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

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


Cell = str | Signed


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
    text = escape(cell.text if isinstance(cell, Signed) else cell)
    tone = f' class="{_tone(cell.amount)}"' if isinstance(cell, Signed) else ""
    return f'<td data-label="{escape(column.label)}"{_class(column)}><span{tone}>{text}</span></td>'


def _class(column: Column) -> str:
    return f' class="{column.kind}"'


def _tone(amount: str | None) -> str:
    if amount is None or not amount.strip("-0."):
        return "even"
    return "loss" if amount.startswith("-") else "gain"


def figures(items: Sequence[tuple[str, Cell]]) -> str:
    """A row of the numbers that matter most, each below its name."""
    return f'<dl class="cardume-figures">{"".join(_figure(name, cell) for name, cell in items)}</dl>'


def _figure(name: str, cell: Cell) -> str:
    return f"<div>{_named(name, cell)}</div>"


def _named(name: str, cell: Cell) -> str:
    tone, text = (_tone(cell.amount), cell.text) if isinstance(cell, Signed) else ("even", cell)
    return f'<dt>{escape(name)}</dt><dd class="{tone}">{escape(text)}</dd>'


def facts(items: Sequence[tuple[str, Cell]], below: tuple[str, Cell] | None = None) -> str:
    """Names and values that belong to one thing, small; `below` has a line of its own, for what may be long."""
    last = [f'<div class="wide">{_named(*below)}</div>'] if below else []
    return (
        f'<dl class="cardume-facts">{"".join([*(_figure(name, cell) for name, cell in items), *last])}</dl>'
    )
