"""What `GET /api/performance/` answers, in the API's own spelling."""

from typing import Any

from dashboard.tests.sample_data import Record

FIGURES: Record = {
    "win_rate": "0.625",
    "profit_factor": "1.8667",
    "expectancy_display": "12.5",
    "best_display": "90.5",
    "worst_display": "-40",
    "average_duration_seconds": 11_520,
    "volume_display": "123456.78",
    "fees_display": "98.76",
    "max_drawdown_display": "110",
    "max_drawdown_from": "2026-11-01T12:00:00Z",
    "max_drawdown_to": "2026-11-03T12:00:00Z",
    "current_drawdown_display": "0",
    "system_quality": "1.7",
    "first_trade_at": "2026-10-01T12:00:00Z",
    "latest_trade_at": "2026-11-20T12:00:00Z",
    "unknown_results": 0,
    "expectancy_ratio": "0.4",
    "average_win_display": "30.5",
    "average_loss_display": "-20.25",
    "average_win_seconds": 90,
    "average_loss_seconds": 187_200,
    "longest_winning_streak": 7,
    "longest_losing_streak": 3,
    "winning_days": 12,
    "losing_days": 4,
    "sharpe": "1.2346",
    "sortino": "2.5",
    "calmar": "3.75",
    "cagr_percent": "18.75",
    "max_drawdown_percent": "9.0909",
    "current_drawdown_percent": "0",
    "exposure": "0.425",
}
NOTHING: Record = {
    **dict.fromkeys(FIGURES),
    "volume_display": "0",
    "fees_display": "0",
    "max_drawdown_display": "0",
    "max_drawdown_percent": "0",
    "current_drawdown_display": "0",
    "current_drawdown_percent": "0",
    "unknown_results": 0,
    "longest_winning_streak": 0,
    "longest_losing_streak": 0,
    "winning_days": 0,
    "losing_days": 0,
}
EXTREMES = ("best_trade", "worst_trade", "best_day", "worst_day", "best_symbol", "worst_symbol")


def make_performance(known: list[Record], chosen: list[Record]) -> Record:
    """Of all the user's trades, and of those that were asked for."""
    closed = [trade for trade in chosen if trade["status"] == "CLOSED"]
    found = bool(closed)
    return {
        "display_currency": "BRL",
        "first_day": "2026-10-01" if found else None,
        "last_day": "2026-11-20",
        "days": 51 if found else 0,
        "capital_display": "5000",
        "realised_pnl_display": "1234.56" if found else "0",
        "realised_pnl_percent": "24.6912" if found else "0",
        "unrealised_pnl_display": "-0.25",
        "unrealised_pnl_percent": "-0.005",
        "total_pnl_display": "1234.31" if found else "-0.25",
        "total_pnl_percent": "24.6862" if found else "-0.005",
        "open_trades": len(chosen) - len(closed),
        "statistics": make_statistics(closed),
        **{f"by_{step}": [make_part(day)] if found else [] for step, day in STEPS.items()},
        "by_symbol": [make_part(None, symbol=trade["symbol"]) for trade in closed[:1]],
        "by_bot": [
            make_part(None, bot=trade["bot"], name=trade["bot_name"], is_deleted=False)
            for trade in closed[:1]
        ],
        "path": make_path() if found else [],
        "distribution": make_bins() if found else [],
        "bots": [
            {"bot": bot, "name": name, "is_deleted": False}
            for bot, name in sorted({(trade["bot"], trade["bot_name"]) for trade in known})
        ],
        "symbols": sorted({trade["symbol"] for trade in known}),
        "simulated": True,
        "as_of": "2026-11-20T17:06:00Z",
        "stale": False,
        "prices_as_of": "2026-11-20T17:06:00Z",
    }


STEPS = {"day": "2026-11-20", "week": "2026-11-16", "month": "2026-11-01"}


def make_statistics(closed: list[Record]) -> Record:
    won = {"trades": len(closed), "wins": len(closed), "losses": 0}
    if not closed:
        return {**NOTHING, **won, **dict.fromkeys(EXTREMES)}
    trade = {
        "trade": closed[0]["id"],
        "bot": closed[0]["bot"],
        "symbol": closed[0]["symbol"],
        "closed_at": "2026-11-20T18:30:00Z",
        "realised_pnl_display": "90.5",
        "realised_pnl_percent": "0.9741",
    }
    day = {"date": "2026-11-20", "realised_pnl_display": "90.5"}
    symbol = {"symbol": closed[0]["symbol"], "realised_pnl_display": "90.5"}
    values = (trade, trade, day, day, symbol, symbol)
    return {**FIGURES, **won, **dict(zip(EXTREMES, values, strict=True))}


def make_part(day: str | None, **named: Any) -> Record:
    part = {
        "trades": 2,
        "wins": 1,
        "losses": 1,
        "win_rate": "0.5",
        "realised_pnl_display": "40.5",
        "realised_pnl_percent": "0.81",
        "volume_display": "2040",
        "fees_display": "1.5",
    }
    return {**part, **({"date": day} if day else {}), **named}


def make_path() -> list[Record]:
    points = (("2026-11-01T12:00:00Z", "50", "0"), ("2026-11-03T12:00:00Z", "-60", "110"))
    return [{"at": at, "realised_pnl_display": total, "drawdown_display": fall} for at, total, fall in points]


def make_bins() -> list[Record]:
    bins = ((None, "-0.5", 1), ("-0.5", "0", 3), ("0", "0.5", 4), ("0.5", None, 2))
    return [{"from_percent": low, "to_percent": high, "trades": trades} for low, high, trades in bins]
