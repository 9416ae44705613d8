"""What a chart of candles draws, and what it says."""

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dashboard import bot_charts
from dashboard.charts.base import DARK, LIGHT
from dashboard.charts.candles import Drawing, Mark, PriceLine, candle_chart
from dashboard.formatting import Formats
from dashboard.tests.sample_charts import make_candles, make_chart, make_preview, moment

BRAZIL = Formats("pt_BR", ZoneInfo("America/Sao_Paulo"))
BOT = {"open_trades": 1, "symbols": ["BTC/USDT"]}


def option(drawing: Drawing, **more: Any) -> dict[str, Any]:
    return candle_chart(drawing, BRAZIL, LIGHT, **more)


def series(drawn: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [each for each in drawn["series"] if each["type"] == kind]


def test_a_candle_is_drawn_with_its_texts_in_the_readers_way() -> None:
    [candles] = series(option(Drawing(bot_charts.rounded(make_candles(10)))), "candlestick")
    assert candles["data"][6] == [
        6,
        65042.5,
        65049.25,
        65032.0,
        65059.0,
        "20/11/2026 12:06",
        "65.042,5",
        "65.059",
        "65.032",
        "65.049,25",
        "65.040,12",
        "64.975,08",
        "1,5",
    ]


def test_what_is_not_known_is_a_gap() -> None:
    average, threshold = series(option(Drawing(make_candles(10))), "line")
    assert average["data"][0] == threshold["data"][0] == [0, None]
    assert threshold["lineStyle"]["type"] == "dashed"


def test_purchases_and_sales_have_shapes_of_their_own_at_their_candles() -> None:
    marks = [
        Mark(moment(3).replace("Z", ".9Z"), True, "65010.5", "Comprou"),
        Mark(moment(5), False, "65060", "Vendeu"),
        Mark(moment(-1), True, "1", "Antes"),
    ]
    drawn = option(Drawing(make_candles(10), marks))
    bought, sold = series(drawn, "scatter")
    assert (bought["data"], sold["data"]) == ([[3, 65010.5]], [[5, 65060.0]])
    assert bought["symbolRotate"] != sold["symbolRotate"]
    [candles] = series(drawn, "candlestick")
    assert candles["data"][3][5] == "20/11/2026 12:03 · Comprou"


def test_a_price_that_is_far_away_squeezes_no_candle() -> None:
    near, far = PriceLine("Alvo", "65130", "gain"), PriceLine("Stop", "60000", "loss")
    drawing = Drawing(make_candles(), prices=[near, far])
    [candles] = series(option(drawing), "candlestick")
    assert [line["yAxis"] for line in candles["markLine"]["data"]] == [65130.0]
    assert candles["markLine"]["data"][0]["label"]["formatter"] == "Alvo: 65.130"
    assert drawing.outside() == [far]
    assert option(drawing)["yAxis"][0]["min"] > 64_000


def test_volume_moves_with_the_candles() -> None:
    drawn = option(Drawing(make_candles()), volume=True)
    [bars] = series(drawn, "bar")
    assert (
        drawn["xAxis"][bars["xAxisIndex"]]["gridIndex"]
        == drawn["yAxis"][bars["yAxisIndex"]]["gridIndex"]
        == 1
    )
    assert {tuple(each["xAxisIndex"]) for each in drawn["dataZoom"]} == {(0, 1)}


@pytest.mark.parametrize("count", [0, 1, 60])
@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_any_number_of_candles_makes_an_option_of_json(count: int, palette: Any) -> None:
    json.dumps(candle_chart(Drawing(make_candles(count)), BRAZIL, palette, volume=True), allow_nan=False)


def test_ten_thousand_candles_are_drawn_the_fast_way() -> None:
    drawn = option(Drawing(make_candles(10_000)))
    [candles] = series(drawn, "candlestick")
    assert candles["large"] is True
    assert {each["sampling"] for each in series(drawn, "line")} == {"lttb"}
    assert drawn["animation"] is False


@pytest.mark.parametrize(
    ("minutes", "seconds", "text"),
    [(1, False, "12:01"), (60, False, "20/11 13:00"), (1_440, False, "21/11"), (1, True, "12:01:00")],
)
def test_times_are_as_short_as_their_candles_allow(minutes: int, seconds: bool, text: str) -> None:
    candles = [
        {**candle, "open_time": moment(number * minutes)} for number, candle in enumerate(make_candles(30))
    ]
    assert option(Drawing(candles), seconds=seconds)["xAxis"][0]["data"][1] == text


def test_a_chart_says_what_it_shows() -> None:
    told = bot_charts.describe_chart(make_chart(BOT, "BTC/USDT", "5m"), BRAZIL)
    assert told == (
        "BTC/USDT, 60 candles de 5 minutos cada. Último preço: 65.010,25. Comprado a: 65.000,12. "
        "Realização de lucro: 65.975,12. Stop loss: 63.050. 1 compra e 1 venda."
    )


def test_the_exits_of_a_trade_are_lines_with_the_prices_decimals() -> None:
    drawing = bot_charts.drawing_of_chart(make_chart(BOT, "BTC/USDT", "1m"), BRAZIL)
    assert [line.price for line in drawing.prices] == ["65000.12", "65975.12", "63050.00"]
    assert "Stop loss 63.050" in bot_charts.describe_outside(drawing, BRAZIL)
    assert bot_charts.describe_outside(Drawing(make_candles()), BRAZIL) == ""


def test_a_preview_marks_what_would_have_been_bought_and_sold() -> None:
    body = {
        "symbols": ["BTC/USDT"],
        "parameters": {"timeframe": "1m"},
        "capital": "100",
        "capital_currency": "BRL",
    }
    marks = bot_charts.drawing_of_preview(make_preview(body), BRAZIL).marks
    assert [(mark.bought, mark.price) for mark in marks] == [
        (True, "64975.08"),
        (False, "65950"),
        (True, "64975.08"),
    ]
