"""A chart on the page."""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

import streamlit as st

from dashboard.charts.base import Option, Palette, palette_of

HEIGHT = 280


@dataclass(frozen=True)
class _Shown:
    option: Option
    chosen: Hashable
    since: float = field(default_factory=time.monotonic)


def current_palette() -> Palette:
    """Of the theme that the reader's browser shows now."""
    return palette_of(st.context.theme.type)


def show_chart(
    option: Option | Callable[[], Option],
    *,
    key: str,
    label: str,
    height: int = HEIGHT,
    hold_seconds: float = 0,
    chosen: Hashable = None,
) -> None:
    """Shows an option of `charts`. `label` is all that a screen reader gets: say what the chart shows and its gist.

    A refresh with an equal option leaves zoom and tooltip alone; one with other data draws anew and zooms out. Inside a
    live part, `hold_seconds` therefore keeps what is drawn for so long although data has changed; what the reader
    chose (a symbol, a period) goes into `chosen`, and a change of it draws at once, as a change of theme does. An option
    given as a function is made only when it is drawn.
    """
    kept = f"{key}.shown"
    picked = (chosen, st.context.theme.type)
    shown: _Shown | None = st.session_state.get(kept)
    if shown is None or shown.chosen != picked or time.monotonic() >= shown.since + hold_seconds:
        shown = _Shown(option() if callable(option) else option, picked)
        st.session_state[kept] = shown
    st.echarts_chart(shown.option, key=key, height=height, alt=label)
