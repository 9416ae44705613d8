"""Records as the API's contract describes them, for the fake API and the tests."""

from typing import Any

Record = dict[str, Any]

STRATEGIES: list[Record] = [
    {
        "name": "buy_below_average",
        "label": "Buy below the average",
        "help": "Buys when the price is below its moving average.",
        "parameters": [
            {
                "name": "timeframe",
                "type": "choice",
                "default": "1m",
                "minimum": None,
                "maximum": None,
                "choices": ["1s", "1m", "5m"],
                "label": "Candle",
                "help": "How long one candle lasts.",
            },
            {
                "name": "window",
                "type": "integer",
                "default": 20,
                "minimum": 2,
                "maximum": 500,
                "choices": None,
                "label": "Candles in the average",
                "help": "How many closed candles the average looks back.",
            },
            {
                "name": "threshold_percent",
                "type": "decimal",
                "default": "0.1",
                "minimum": "0",
                "maximum": "50",
                "choices": None,
                "label": "Threshold (%)",
                "help": "How far below the average the price must be.",
            },
            {
                "name": "sell_at_average",
                "type": "boolean",
                "default": True,
                "minimum": None,
                "maximum": None,
                "choices": None,
                "label": "Sell at the average",
                "help": "Sells when the price is back at the average.",
            },
        ],
    }
]

INSTRUMENTS: list[Record] = [
    {
        "symbol": f"{base}/USDT",
        "base": base,
        "quote": "USDT",
        "tick_size": "0.01",
        "lot_size": "0.00001",
        "min_quantity": "0.00001",
        "min_notional": "5",
        "last_price": "100.5",
    }
    for base in ("SOL", "BTC", "ETH")
]

FILL: Record = {
    "exchange_fill_id": "77",
    "price": "65000.12",
    "quantity": "0.0003",
    "fee": "0.0000003",
    "fee_asset": "BTC",
    "liquidity": "taker",
    "executed_at": "2026-11-20T17:05:09Z",
    "display_currency": "BRL",
    "display_rate": "5.01",
}


def make_order(trade: Record, leg: str) -> Record:
    return {
        "id": trade["id"] * 10 + (leg == "exit"),
        "client_order_id": f"c-{trade['id']}-{leg}",
        "exchange_order_id": "123456",
        "bot": trade["bot"],
        "trade": trade["id"],
        "symbol": trade["symbol"],
        "side": "buy" if leg == "entry" else "sell",
        "type": "market",
        "status": "FILLED",
        "status_text": "A ordem foi executada.",
        "next_step": "",
        "in_doubt_since": None,
        "next_look_at": None,
        "leg": leg,
        "reason": "below_average" if leg == "entry" else "take_profit",
        "quantity": "0.0003",
        "filled_quantity": "0.0003",
        "average_price": "65000.12",
        "refusal_reason": "",
        "created_at": "2026-11-20T17:05:08Z",
        "updated_at": "2026-11-20T17:05:09Z",
        "fills": [FILL],
    }


def make_order_in_doubt(order_id: int, bot: Record) -> Record:
    return {
        "id": order_id,
        "client_order_id": f"c-{order_id}",
        "exchange_order_id": None,
        "bot": bot["id"],
        "trade": None,
        "symbol": bot["symbols"][0],
        "side": "buy",
        "type": "market",
        "status": "UNKNOWN",
        "status_text": "Ainda não sabemos se a corretora recebeu esta ordem.",
        "next_step": "Perguntamos a ela a cada poucos segundos.",
        "in_doubt_since": "2026-11-20T17:05:08Z",
        "next_look_at": "2026-11-20T17:05:13Z",
        "leg": "entry",
        "reason": "below_average",
        "quantity": "0.0003",
        "filled_quantity": "0",
        "average_price": None,
        "refusal_reason": "timeout",
        "created_at": "2026-11-20T17:05:08Z",
        "updated_at": "2026-11-20T17:05:09Z",
        "fills": [],
    }


def make_halt() -> Record:
    return {
        "scope": "platform",
        "halted_by": "operator",
        "halted_at": "2026-11-20T17:05:00Z",
        "text": "O operador suspendeu as compras em toda a plataforma. As vendas continuam.",
        "reason": "manutenção",
        "exchange": "",
        "environment": "",
        "exchange_key": None,
        "bot": None,
        "may_resume": False,
    }


def make_trade(trade_id: int, bot: Record, *, closed: bool) -> Record:
    return {
        "id": trade_id,
        "bot": bot["id"],
        "bot_name": bot["name"],
        "environment": "paper",
        "symbol": bot["symbols"][trade_id % len(bot["symbols"])],
        "status": "CLOSED" if closed else "OPEN",
        "opened_at": "2026-11-20T17:05:09Z",
        "closed_at": "2026-11-20T18:30:00Z" if closed else None,
        "entry_price": "65000.12",
        "exit_price": "65700.5" if closed else None,
        "quantity": "0.0002997",
        "held_quantity": "0" if closed else "0.0002997",
        "cost": "19.500036",
        "proceeds": "19.69" if closed else "0",
        "realised_pnl": "0.189964" if closed else "0",
        "realised_pnl_percent": "0.9741" if closed else None,
        "realised_pnl_display": "1234.56" if closed else "0",
        "display_currency": "BRL",
        "display_rate": "5.01",
        "fees": "0.0391",
        "quote": "USDT",
        "base": "BTC",
        "dust": "0.0000007" if closed else "0",
        "dust_cost": "0",
        "corrected_quantity": "0",
        "corrected_cost": "0",
        "exit_reason": "take_profit" if closed else "",
        "unrealised_pnl": None if closed else "-0.05",
        "unrealised_pnl_display": None if closed else "-0.25",
        "unrealised_currency": "BRL",
        "last_price": "64800",
        "simulated": True,
    }


def make_decision(symbol: str, *, reason: str) -> Record:
    return {
        "at": "2026-11-20T17:06:01Z",
        "symbol": symbol,
        "price": "101",
        "average": "100.5",
        "deviation_percent": "0.4975",
        "action": "wait",
        "reason": reason,
        "reason_code": "above_threshold",
    }


def make_portfolio(trades: list[Record], *, simulated: bool) -> Record:
    open_trades = [trade for trade in trades if trade["status"] == "OPEN"]
    closed = [trade for trade in trades if trade["status"] == "CLOSED"]
    realised = "1234.56" if closed else "0"
    return {
        "display_currency": "BRL",
        "balances": [],
        "value_display": "50000",
        "capital_display": "5000",
        "open_trades": open_trades,
        "unrealised_pnl_display": "-0.25" if open_trades else "0",
        "unrealised_pnl_percent": None,
        "realised_pnl_display": realised,
        "realised_pnl_percent": "24.6912" if closed else "0",
        "realised_today_display": realised,
        "realised_today_percent": "24.6912" if closed else "0",
        "daily": [],
        "equity_curve": [],
        "by_quote": [],
        "statistics": {},
        "simulated": simulated,
        "as_of": "2026-11-20T17:06:00Z",
        "stale": False,
        "prices_as_of": "2026-11-20T17:06:00Z",
    }


PERMISSIONS: Record = {
    "can_trade": True,
    "can_withdraw": False,
    "can_transfer": False,
    "ip_restricted": None,
    "expires_at": None,
}


def make_key(key_id: int, body: Record, *, checked: bool) -> Record:
    return {
        "id": key_id,
        "exchange": body["exchange"],
        "environment": body["environment"],
        "label": body["label"],
        "api_key": "***" + body["api_key"][-4:],
        "state": "valid" if checked else "unchecked",
        "state_detail": "",
        "permissions": PERMISSIONS if checked else {},
        "balances": {"USDT": {"free": "10000", "locked": "0"}} if checked else {},
        "checked_at": "2026-11-20T17:00:00Z" if checked else None,
        "halted_at": None,
        "halt_reason": "",
        "simulated": body["environment"] == "paper",
        "created_at": "2026-11-20T17:00:00Z",
    }


def make_bot(bot_id: int, body: Record) -> Record:
    return {
        **body,
        "id": bot_id,
        "status": "stopped",
        "status_reason": "",
        "closing": False,
        "next_run_at": None,
        "last_run_at": None,
        "open_trades": 0,
        "orders_in_doubt": 0,
        "halt": None,
        "realised_pnl_display": "0",
        "display_currency": "BRL",
        "simulated": True,
        "created_at": "2026-11-20T17:01:00Z",
    }
