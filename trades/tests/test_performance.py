"""The performance as a whole, beside a plain computation of the same from lists of trades, in floats."""

import math
import random
import statistics
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from exchanges.domain import Environment, Venue
from trades.capital import OwnBot, Stake
from trades.performance import Performance, complete
from trades.performance_record import Asked, Record, make_record
from trades.portfolio import OpenResult, TradeFigures

PAPER = Venue("binance", Environment.PAPER)
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
START = datetime(2026, 1, 5, 12, tzinfo=UTC)
DAY = timedelta(days=1)


class Rates:
    def rate(self, _venue: Venue, from_asset: str, to_asset: str) -> Decimal | None:
        return Decimal(1) if from_asset == to_asset else None


def trade(
    result: str, closed_at: datetime, *, lasts: timedelta = timedelta(hours=1), **changes: Any
) -> TradeFigures:
    """Bought for 100."""
    values: dict[str, Any] = {
        "trade_id": 1,
        "bot_id": 1,
        "venue": PAPER,
        "symbol": "BTC/BRL",
        "quote": "BRL",
        "is_closed": True,
        "opened_at": closed_at - lasts,
        "realised_at": closed_at,
        "realised_pnl": Decimal(result),
        "realised_pnl_display": Decimal(result),
        "display_currency": "BRL",
        "display_rate": Decimal(1),
        "turnover": 200 + Decimal(result),
        "proceeds": 100 + Decimal(result),
        "fees": Decimal("0.1"),
    }
    return TradeFigures(**{**values, **changes})


def bot(*stakes: tuple[str, datetime], bot_id: int = 1) -> OwnBot:
    """What it had from when on."""
    ends = [*(since for _, since in stakes[1:]), None]
    own = [
        Stake(bot_id, PAPER, Decimal(amount), "BRL", since, end)
        for (amount, since), end in zip(stakes, ends, strict=True)
    ]
    return OwnBot(bot_id, f"bot {bot_id}", PAPER, False, ("BTC/BRL",), own)


def perform(
    trades: Sequence[TradeFigures],
    bots: Sequence[OwnBot],
    now: datetime,
    asked: Asked | None = None,
    open_results: Sequence[OpenResult] = (),
) -> tuple[Record, Performance]:
    asked = asked or Asked(UTC)
    record = make_record(trades, bots, asked, "BRL", Rates())
    return record, complete(record, asked, open_results, "BRL", Rates(), now)


def draw_trades(seed: int) -> list[TradeFigures]:
    draw = random.Random(seed)
    moments = sorted(START + timedelta(minutes=draw.randrange(200 * 1440)) for _ in range(150))
    return [
        trade(f"{draw.gauss(0.6, 8):.4f}", moment, lasts=timedelta(minutes=draw.randint(1, 600)))
        for moment in moments
    ]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("zone", [UTC, SAO_PAULO, ZoneInfo("America/New_York")])
def test_all_ratios_are_what_a_plain_computation_finds(seed: int, zone: Any) -> None:
    trades, capital = draw_trades(seed), 2000.0
    now = START + 210 * DAY
    record, found = perform(trades, [bot(("2000", START - DAY))], now, Asked(zone))

    pnls = [float(each.realised_pnl) for each in trades]
    first_day = min(each.opened_at for each in trades).astimezone(zone).date()
    days = (now.astimezone(zone).date() - first_day).days + 1
    daily = [0.0] * days
    for each, pnl in zip(trades, pnls, strict=True):
        assert each.realised_at is not None
        daily[(each.realised_at.astimezone(zone).date() - first_day).days] += pnl / capital
    below = math.sqrt(sum(min(each, 0.0) ** 2 for each in daily) / days)
    growth = ((capital + sum(pnls)) / capital) ** (365 / days) - 1
    total = best = fall = drawdown = 0.0
    for pnl in pnls:
        total += pnl
        best = max(best, total)
        fall = max(fall, best - total)
        drawdown = max(drawdown, (best - total) / (capital + best))

    yearly = found.yearly
    expected = {
        yearly.sharpe: statistics.mean(daily) / statistics.stdev(daily) * math.sqrt(365),
        yearly.sortino: statistics.mean(daily) / below * math.sqrt(365),
        yearly.cagr_percent: growth * 100,
        yearly.max_drawdown_percent: drawdown * 100,
        yearly.calmar: growth / drawdown,
        record.statistics.max_drawdown_display: fall,
        record.statistics.profit_factor: sum(p for p in pnls if p > 0) / -sum(p for p in pnls if p < 0),
        found.realised_pnl_percent: sum(pnls) / capital * 100,
    }
    assert (found.first_day, found.days) == (first_day, days)
    for ours, plain in expected.items():
        assert ours is not None
        assert float(ours) == pytest.approx(plain, rel=1e-3, abs=1.1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_every_way_of_adding_up_comes_to_the_same(seed: int) -> None:
    draw = random.Random(seed)
    trades = [
        trade(
            str(each.realised_pnl),
            each.realised_at or START,
            bot_id=draw.choice([1, 2]),
            symbol=draw.choice("AB"),
        )
        for each in draw_trades(seed)
    ]
    bots = [bot(("500", START)), bot(("300", START), ("900", START + 50 * DAY), bot_id=2)]
    _, found = perform(trades, bots, START + 210 * DAY)
    total = sum((each.realised_pnl for each in trades), Decimal())
    for parts in (found.by_day, found.by_week, found.by_month, found.by_symbol, found.by_bot):
        assert sum((part.realised_pnl_display for part in parts), Decimal()) == total
        assert sum(part.trades for part in parts) == len(trades)
        assert sum(part.wins + part.losses for part in parts) == len(trades)
    for parts in (found.by_day, found.by_week, found.by_month, found.by_symbol):
        added = sum((part.realised_pnl_percent or Decimal() for part in parts), Decimal())
        assert found.realised_pnl_percent is not None
        assert abs(added - found.realised_pnl_percent) < Decimal("0.02")


def test_weeks_begin_on_mondays_and_months_on_their_first_day() -> None:
    sunday = datetime(2026, 3, 1, 12, tzinfo=UTC)
    _, found = perform(
        [trade("1", sunday), trade("2", sunday + DAY)], [bot(("100", START))], sunday + 2 * DAY
    )
    assert [part.name for part in found.by_week] == [date(2026, 2, 23), date(2026, 3, 2)]
    assert [(part.name, part.trades) for part in found.by_month] == [(date(2026, 3, 1), 2)]


def test_another_capital_changes_no_return_of_before() -> None:
    trades = [trade("10", START), trade("10", START + 2 * DAY)]
    _, before = perform(trades, [bot(("100", START - DAY))], START + 3 * DAY)
    _, after = perform(trades, [bot(("100", START - DAY), ("1000", START + DAY))], START + 3 * DAY)
    assert [part.realised_pnl_percent for part in before.by_day] == [10, 10]
    assert [part.realised_pnl_percent for part in after.by_day] == [10, 1]
    assert (before.realised_pnl_percent, after.realised_pnl_percent) == (Decimal(20), Decimal(11))
    assert after.capital_display == 1000


def test_a_period_begins_with_itself_or_with_the_first_trade() -> None:
    trades, bots = [trade("1", START + number * 10 * DAY) for number in range(4)], [bot(("100", START))]
    now = START + 40 * DAY
    first = START.date()
    for asked, days in (
        (Asked(UTC), 41),
        (Asked(UTC, first=first - 90 * DAY), 41),
        (Asked(UTC, first=first + 5 * DAY), 36),
        (Asked(UTC, first=first + 5 * DAY, last=first + 9 * DAY), 5),
        (Asked(UTC, last=first + 90 * DAY), 41),
        (Asked(UTC, first=first - 9 * DAY, last=first - 5 * DAY), 0),
        (Asked(UTC, symbol="ETH/BRL"), 0),
    ):
        assert perform(trades, bots, now, asked)[1].days == days


def test_the_first_day_is_that_of_the_first_purchase() -> None:
    _, found = perform([trade("1", START, lasts=9 * DAY)], [bot(("100", START))], START)
    assert (found.first_day, found.days) == ((START - 9 * DAY).date(), 10)


def test_a_drawdown_is_of_the_account_it_fell_from() -> None:
    results = ["100", "-55", "-55", "30", "-20"]
    trades = [trade(result, START + number * DAY) for number, result in enumerate(results)]
    record, found = perform(trades, [bot(("1000", START))], START + 5 * DAY)
    assert (record.statistics.max_drawdown_display, found.yearly.max_drawdown_percent) == (
        Decimal(110),
        Decimal(10),
    )
    assert (record.statistics.current_drawdown_display, found.yearly.current_drawdown_percent) == (
        Decimal(100),
        Decimal("9.0909"),
    )
    assert [point.drawdown_display for point in record.path] == [0, 55, 110, 80, 100]


def test_exposure_is_the_share_of_the_time_with_something_held() -> None:
    trades = [
        trade("1", START + 6 * timedelta(hours=1), lasts=timedelta(hours=6)),
        trade("1", START + 8 * timedelta(hours=1), lasts=timedelta(hours=4)),
        trade("0", START, opened_at=START + timedelta(hours=16), is_closed=False, realised_at=None),
    ]
    now = START + timedelta(hours=20)
    record, found = perform(trades, [bot(("100", START))], now, open_results=[OpenResult("BRL", None, None)])
    assert found.yearly.exposure == Decimal("0.6")
    later = complete(record, Asked(UTC), [], "BRL", Rates(), START + timedelta(hours=40))
    assert later.yearly.exposure == Decimal("0.8")


def test_a_bot_that_came_while_the_trades_were_read_waits_for_the_next_reading() -> None:
    trades = [trade("1", START), trade("5", START, bot_id=9)]
    _, found = perform(trades, [bot(("100", START))], START)
    assert found.realised_pnl_display == 1


def test_a_result_dated_ahead_of_our_clock_is_a_day_too() -> None:
    trades = [trade(str(number - 3), START + number * DAY) for number in range(12)]
    _, found = perform(trades, [bot(("100", START))], START + 3 * DAY)
    assert found.days == 4
    assert found.realised_pnl_display == 30
