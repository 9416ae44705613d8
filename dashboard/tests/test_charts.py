"""What all charts share, and what a chart in a live part shows."""

import json
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.charts import base
from dashboard.charts.base import DARK, LIGHT, Palette
from dashboard.formatting import Formats

PACKAGE = Path(base.__file__).parents[1]
BRAZIL = Formats("pt_BR", ZoneInfo("America/Sao_Paulo"))


def luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_lines_stand_out_from_their_ground(palette: Palette) -> None:
    for color in (palette.text, palette.muted, palette.accent, palette.gain, palette.loss, palette.warning):
        assert contrast(color, palette.surface) >= 4.5, color
    for color in palette.series:
        assert contrast(color, palette.surface) >= 3, color


def test_the_pages_and_their_charts_have_the_same_colours() -> None:
    style = (PACKAGE / "style.css").read_text()
    theme = tomllib.loads((PACKAGE / ".streamlit" / "config.toml").read_text())["theme"]
    for name in ("surface", "muted", "accent", "gain", "loss", "warning"):
        light, dark = getattr(LIGHT, name), getattr(DARK, name)
        assert f"--{name}: light-dark({light}, {dark});" in style
    for palette, colors in ((LIGHT, theme["light"]), (DARK, theme["dark"])):
        assert (palette.surface, palette.text) == (colors["secondaryBackgroundColor"], colors["textColor"])
        assert list(palette.series) == colors["chartCategoricalColors"]


def test_only_dark_is_dark() -> None:
    assert (base.palette_of("dark"), base.palette_of("light"), base.palette_of(None)) == (DARK, LIGHT, LIGHT)


@pytest.mark.parametrize(
    ("amounts", "ends"),
    [
        ([0, 97.2, None, 114.9], (0, 150, 50)),
        ([-3, 7], (-5, 7.5, 2.5)),
        ([97_000, 114_000], (95_000, 115_000, 5_000)),
        ([0.00012, 0.00019], (0.00012, 0.0002, 0.00002)),
    ],
)
def test_an_axis_ends_at_round_numbers(amounts: list[float | None], ends: tuple[float, float, float]) -> None:
    assert base.round_ends(amounts, 4) == pytest.approx(ends)


@pytest.mark.parametrize("amounts", [[], [None], [5.0], [0.0], [-1e-9, 1e-9]])
def test_an_axis_has_height_whatever_there_is_to_show(amounts: list[float | None]) -> None:
    low, high, step = base.round_ends(amounts, 4)
    assert low < high and step > 0


def test_zero_is_on_the_axis_where_wanted() -> None:
    low, high, _ = base.round_ends([50, 60], 4, with_zero=True)
    assert low == 0 and high >= 60


def test_the_labels_of_a_value_axis_are_written_in_the_readers_locale() -> None:
    measure, writing = base.value_axes(LIGHT, [97_000, 114_000], lambda amount: BRAZIL.money(amount, "BRL"))
    assert (measure["min"], measure["max"], measure["interval"]) == (95_000, 115_000, 5_000)
    assert writing["data"][0] == "R$ 95.000,00" and writing["data"][-1] == "R$ 115.000,00"


def test_zero_is_never_written_with_a_minus() -> None:
    __, writing = base.value_axes(LIGHT, [-0.3, 0.3], BRAZIL.number)
    assert "0" in writing["data"] and "-0" not in writing["data"]


def test_a_tooltip_names_are_text_and_not_markup() -> None:
    assert base.lines(1, [("<b>", 2)]) == "{@[1]}<br>&lt;b&gt;: <b>{@[2]}</b>"


def test_moments_and_amounts_are_numbers_to_draw() -> None:
    assert base.milliseconds("1970-01-01T00:00:01Z") == 1000
    assert (base.height_of("12.50"), base.height_of(None)) == (12.5, None)


def charted() -> None:
    """The page of the tests below: it draws what `st.session_state` holds."""
    import streamlit as st

    from dashboard.charts.show import show_chart

    state = st.session_state
    show_chart(state.option, key="chart", label="Capital", hold_seconds=60, chosen=state.chosen)


@contextmanager
def charts(*drawn: tuple[object, str]) -> Iterator[list[int]]:
    """What each run of the page shows."""
    shown: list[int] = []
    with patch("streamlit.echarts_chart", lambda option, **_: shown.append(option["series"])):
        page = AppTest.from_function(charted)
        for series, chosen in drawn:
            page.session_state.option = series if callable(series) else {"series": series}
            page.session_state.chosen = chosen
            page.run()
            assert not page.exception
    yield shown


def test_a_chart_that_is_held_keeps_its_zoom_when_data_come_in() -> None:
    with charts((1, "day"), (2, "day")) as shown:
        assert shown == [1, 1]


def test_a_chart_that_is_held_is_not_made_anew() -> None:
    with charts((lambda: {"series": 1}, "day"), (lambda: 1 / 0, "day")) as shown:
        assert shown == [1, 1]


def test_a_choice_of_the_reader_draws_at_once() -> None:
    with charts((1, "day"), (2, "week")) as shown:
        assert shown == [1, 2]


def test_the_parts_are_json() -> None:
    option = {
        **base.base(LIGHT),
        "xAxis": base.time_axis(LIGHT, BRAZIL),
        "yAxis": base.value_axes(LIGHT, [1, 2], BRAZIL.number),
        "tooltip": base.tooltip(LIGHT, base.lines(2, [("Capital", 3)])),
        "dataZoom": base.zoom(LIGHT, slider=True),
        "series": [base.line("Capital", [[0, 1.0, "now", "R$ 1,00"]], LIGHT.accent)],
    }
    assert json.loads(json.dumps(option)) == option
    assert option["animation"] is False
