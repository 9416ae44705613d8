"""Charts of results: what is drawn, where, and what a reader is told of it."""

import json
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dashboard.charts.base import LIGHT
from dashboard.charts.results import (
    DAY,
    MONTH,
    WEEK,
    draw_bars,
    draw_distribution,
    draw_path,
    name_bin,
    path_of,
)
from dashboard.formatting import Formats
from dashboard.tests.performance_data import make_bins, make_part, make_path

BRAZIL = Formats("pt_BR", ZoneInfo("America/Sao_Paulo"))


@pytest.fixture(autouse=True)
def portuguese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.translation.current_language", lambda: "pt-br")


def values(series: Any) -> list[Any]:
    return [item["value"] for item in series["data"]]


def test_a_path_has_its_drawdown_below_it() -> None:
    option = draw_path(make_path(), "BRL", BRAZIL, LIGHT)
    total, fall = option["series"]
    assert total["data"][1] == [1_793_707_200_000, -60.0, "03/11/2026 09:00", "-R$ 60,00", "R$ 110,00"]
    assert [row[1] for row in fall["data"]] == [0.0, -110.0]
    assert (fall["xAxisIndex"], option["yAxis"][fall["yAxisIndex"]]["gridIndex"]) == (1, 1)
    assert option["grid"][0]["left"] == option["grid"][1]["left"]
    json.dumps(option)


def make_first_trade(first_day: str, opened: str | None, **point: str) -> dict[str, Any]:
    """What the API answers for one trade, closed at noon (UTC) on the first of November."""
    path = [{**make_path()[0], **point}]
    return {"path": path, "first_day": first_day, "statistics": {"first_trade_at": opened}}


@pytest.mark.parametrize(
    ("first_day", "opened", "begins"),
    [
        ("2026-10-31", "2026-10-31T18:30:00.5Z", "31/10/2026 15:30"),
        ("2026-11-01", "2026-10-01T12:00:00Z", "01/11/2026 00:00"),
        ("2026-10-20", None, "20/10/2026 00:00"),
        ("2026-10-20", "2026-11-02T12:00:00Z", "20/10/2026 00:00"),
    ],
)
def test_one_trade_is_a_step_up_from_nothing(first_day: str, opened: str | None, begins: str) -> None:
    points = path_of(make_first_trade(first_day, opened), BRAZIL)
    total, fall = draw_path(points, "BRL", BRAZIL, LIGHT)["series"]
    assert [row[1:] for row in total["data"]] == [
        [0.0, begins, "R$ 0,00", "R$ 0,00"],
        [50.0, "01/11/2026 09:00", "+R$ 50,00", "R$ 0,00"],
    ]
    assert [row[1] for row in fall["data"]] == [0.0, 0.0]
    assert total["data"][0][0] < total["data"][1][0]


def test_a_path_that_nothing_comes_before_begins_with_its_first_result() -> None:
    performance = make_first_trade("2026-11-02", "2026-11-01T12:00:00Z")
    assert path_of(performance, BRAZIL) == performance["path"]
    assert path_of({"path": []}, BRAZIL) == []


@pytest.mark.parametrize(("total", "lowest"), [("50", -50.0), ("1.62", -2.0), ("0", -1.0)])
def test_where_nothing_fell_the_axis_of_falls_goes_down_from_zero(total: str, lowest: float) -> None:
    points = path_of(make_first_trade("2026-11-01", None, realised_pnl_display=total), BRAZIL)
    measure = draw_path(points, "BRL", BRAZIL, LIGHT)["yAxis"][2]
    assert (measure["min"], measure["max"]) == (lowest, 0.0)


def test_a_path_of_ten_thousand_points_is_thinned_by_the_browser() -> None:
    point = make_path()[0]
    [total, fall] = draw_path([point] * 10_000, "BRL", BRAZIL, LIGHT)["series"]
    assert total["sampling"] == fall["sampling"] == "lttb"
    assert not total["showSymbol"]


@pytest.mark.parametrize(
    ("step", "first", "last", "names"),
    [
        (DAY, "2026-11-28", "2026-12-01", ["28/11/2026", "29/11/2026", "30/11/2026", "01/12/2026"]),
        (WEEK, "2026-12-28", "2027-01-11", ["28/12/2026", "04/01/2027", "11/01/2027"]),
        (MONTH, "2026-11-01", "2027-02-01", ["nov. 2026", "dez. 2026", "jan. 2027", "fev. 2027"]),
    ],
)
def test_what_had_no_result_has_a_place_among_the_bars(
    step: str, first: str, last: str, names: list[str]
) -> None:
    option = draw_bars([make_part(first), make_part(last)], step, "BRL", BRAZIL, LIGHT)
    assert option["xAxis"]["data"] == names
    [bars] = option["series"]
    assert [row[1] for row in values(bars)] == [40.5, *[0.0] * (len(names) - 2), 40.5]
    assert values(bars)[1][3:] == ["R$ 0,00", "0,00%", "0"]


def test_a_loss_hangs_down_and_a_gain_stands_up() -> None:
    loss = make_part("2026-11-20", realised_pnl_display="-5", realised_pnl_percent="-0.1")
    [bars] = draw_bars([make_part("2026-11-19"), loss], DAY, "BRL", BRAZIL, LIGHT)["series"]
    assert [item["itemStyle"]["color"] for item in bars["data"]] == [LIGHT.gain, LIGHT.loss]
    assert values(bars)[1][1:] == [-5.0, "20/11/2026", "-R$ 5,00", "-0,10%", "2"]


def test_of_many_bars_the_last_are_seen_first() -> None:
    option = draw_bars([make_part("2025-01-01"), make_part("2026-01-01")], DAY, "BRL", BRAZIL, LIGHT)
    inside, slider = option["dataZoom"]
    assert (inside["startValue"], inside["endValue"]) == (366 - 120, 365)
    assert (slider["type"], slider["startValue"]) == ("slider", 366 - 120)


def test_without_any_result_there_is_an_empty_chart() -> None:
    for option in (
        draw_bars([], DAY, "BRL", BRAZIL, LIGHT),
        draw_path([], "BRL", BRAZIL, LIGHT),
        draw_distribution([], BRAZIL, LIGHT),
    ):
        assert all(series["data"] == [] for series in option["series"])


def test_a_distribution_names_its_bins() -> None:
    option = draw_distribution(make_bins(), BRAZIL, LIGHT)
    assert option["xAxis"]["data"] == ["< -0,5%", "-0,5%", "0,0%", "+0,5%"]
    [bars] = option["series"]
    assert [row[1:] for row in values(bars)] == [
        [1.0, "abaixo de -0,5%", "1"],
        [3.0, "-0,5% a 0,0%", "3"],
        [4.0, "0,0% a +0,5%", "4"],
        [2.0, "+0,5% ou mais", "2"],
    ]
    assert [item["itemStyle"]["color"] for item in bars["data"]] == [LIGHT.loss] * 2 + [LIGHT.gain] * 2


@pytest.mark.parametrize(
    ("low", "name"), [("0.05", "+0,05% a +0,10%"), ("100", "+100% a +200%"), ("1E+2", "+100% a +200%")]
)
def test_a_bin_is_written_with_as_many_decimals_as_it_needs(low: str, name: str) -> None:
    assert name_bin({"from_percent": low, "to_percent": str(Decimal(low) * 2)}, BRAZIL) == name
