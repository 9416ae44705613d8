"""A bot's chart, what it waits for and a preview, as the API's contract describes them."""

from datetime import UTC, datetime, timedelta

from dashboard.tests.sample_data import Record

START = datetime(2026, 11, 20, 15, tzinfo=UTC)
COUNT = 60


def make_candles(count: int = COUNT) -> list[Record]:
    """They wander between 64,900 and 65,100; there is no average of the first ones."""
    return [_candle(number) for number in range(count)]


def _candle(number: int) -> Record:
    opened, closed = 65_000 + number * 7 % 90, 65_000 + (number + 1) * 7 % 90
    return {
        "open_time": moment(number),
        "open": f"{opened}.5",
        "high": f"{max(opened, closed) + 10}",
        "low": f"{min(opened, closed) - 10}",
        "close": f"{closed}.25",
        "volume": "1.5",
        "average": None if number < 5 else "65040.123456789",
        "threshold": None if number < 5 else "64975.083333332",
    }


def moment(minute: int) -> str:
    return (START + timedelta(minutes=minute)).isoformat().replace("+00:00", "Z")


def make_chart(bot: Record, symbol: str, timeframe: str) -> Record:
    """One round trip, and an open trade with its exits."""
    marks = [(10, "entry", "65010.5", "below_average"), (20, "exit", "65060", "take_profit")]
    return {
        "symbol": symbol,
        "strategy_timeframe": "1m",
        "window": 20,
        "simulated": True,
        "candles": make_candles(),
        "timeframe": timeframe,
        "timeframes": ["1s", "1m", "5m"],
        "last_price": "65010.25",
        "marks": [
            {
                "at": moment(minute),
                "leg": leg,
                "price": price,
                "quantity": "0.0003",
                "reason": reason,
                "trade": 1,
            }
            for minute, leg, price, reason in marks
        ],
        "open_trade": None,
        "levels": make_levels(holds=bool(bot["open_trades"])),
    }


def make_levels(*, holds: bool) -> list[Record]:
    if not holds:
        return [{"kind": "buy", "price": "64975.083333332", "distance_percent": "-0.0541"}]
    prices = [
        ("entry", "65000.12", "-0.0156"),
        ("take_profit", "65975.1218", "1.484"),
        ("stop_loss", "63050", "-3"),
    ]
    return [{"kind": kind, "price": price, "distance_percent": distance} for kind, price, distance in prices]


def make_waiting(bot: Record, held: set[str]) -> Record:
    symbols = [
        {
            "symbol": symbol,
            "price": "65010.25",
            "average": "65040.123456789",
            "open_trade": {"id": 1} if symbol in held else None,
            "levels": make_levels(holds=symbol in held),
        }
        for symbol in bot["symbols"]
    ]
    return {"at": "2026-11-20T17:06:00Z", "symbols": symbols}


def make_preview(body: Record) -> Record:
    """Bought twice and sold once; the least capital is 25."""
    bought = {"entry_price": "64975.08", "entry_reason": "below_average", "quantity": "0.0003"}
    never = {"closed_at": None, "exit_price": None, "exit_reason": None}
    sold = {"closed_at": moment(20), "exit_price": "65950", "exit_reason": "take_profit"}
    return {
        "symbol": body.get("symbol") or body["symbols"][0],
        "strategy_timeframe": body["parameters"]["timeframe"],
        "window": 20,
        "simulated": True,
        "candles": make_candles(),
        "step": "1m",
        "period_seconds": 86_400,
        "currency": body["capital_currency"],
        "trades": [
            {**bought, **sold, "opened_at": moment(10), "percent": "1.2976", "pnl": "1.29"},
            {**bought, **never, "opened_at": moment(30), "percent": "-0.4", "pnl": "-0.4"},
        ],
        "purchases": 2,
        "sales": 1,
        "total_pnl": "0.89",
        "total_percent": "0.89",
        "fee_percent": "0.1",
        "minimum_capital": "25",
        "minimum_capitals": [{"symbol": symbol, "capital": "25"} for symbol in body["symbols"]],
        "capital_suffices": float(body["capital"]) >= 25,
    }
