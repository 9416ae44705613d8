"""What the fake API does for a signed-in user, by route."""

from collections.abc import Callable
from typing import Any

from dashboard.tests import performance_data, sample_charts, sample_data
from dashboard.tests.fake_api import Call, FakeApi, Refusal, check_bot
from dashboard.tests.sample_data import Record

Route = Callable[[FakeApi, Call], tuple[int, Any]]
ROUTES: dict[str, Route] = {}


def route(*names: str) -> Callable[[Route], Route]:
    def register(function: Route) -> Route:
        ROUTES.update(dict.fromkeys(names, function))
        return function

    return register


def own(records: dict[int, Record], call: Call) -> Record:
    if call.id not in records:
        raise Refusal(404, "not_found", "Não encontrado.")
    return records[call.id]


def paged(records: list[Record], call: Call) -> tuple[int, Any]:
    size = int(call.query.get("page_size", 50))
    last = max(1, -(-len(records) // size))
    page = last if call.query.get("page") == "last" else int(call.query.get("page", 1))
    if page > last:
        raise Refusal(404, "not_found", "Página inválida.")
    shown = records[(page - 1) * size : page * size]
    more = "http://elsewhere/?page=2" if len(records) > page * size else None
    return 200, {"count": len(records), "next": more, "previous": None, "results": shown}


@route("GET /api/users/me/")
def show_user(api: FakeApi, call: Call) -> tuple[int, Any]:
    return 200, call.account.described()


@route("PATCH /api/users/me/")
def change_user(api: FakeApi, call: Call) -> tuple[int, Any]:
    for name, value in call.body.items():
        setattr(call.account, name, value)
    return 200, call.account.described()


@route("POST /api/users/me/password/")
def change_password(api: FakeApi, call: Call) -> tuple[int, Any]:
    if call.body["current_password"] != call.account.password:
        raise Refusal(400, "invalid", "Confira os campos.", {"current_password": ["Senha atual incorreta."]})
    call.account.password = call.body["new_password"]
    call.account.end_all_tokens()
    return 200, call.account.issue_tokens()


@route("POST /api/users/me/log-out-everywhere/")
def log_out_everywhere(api: FakeApi, call: Call) -> tuple[int, Any]:
    call.account.end_all_tokens()
    return 204, None


@route("GET /api/exchange-keys/")
def list_keys(api: FakeApi, call: Call) -> tuple[int, Any]:
    return paged(list(call.account.keys.values()), call)


@route("POST /api/exchange-keys/")
def add_key(api: FakeApi, call: Call) -> tuple[int, Any]:
    if not call.body["secret_key"]:
        raise Refusal(400, "invalid", "Confira os campos.", {"secret_key": ["Este campo é obrigatório."]})
    key = sample_data.make_key(api.next_id(), call.body, checked=False)
    call.account.keys[key["id"]] = key
    return 201, key


@route("POST /api/exchange-keys/paper/")
def open_paper_account(api: FakeApi, call: Call) -> tuple[int, Any]:
    return 201, api.add_paper_key(call.account, call.body["label"], call.body["exchange"])


@route("POST /api/exchange-keys/{id}/check/")
def check_key(api: FakeApi, call: Call) -> tuple[int, Any]:
    key = own(call.account.keys, call)
    key["state"], key["checked_at"] = "valid", "2026-11-20T17:10:00Z"
    return 200, key


@route("DELETE /api/exchange-keys/{id}/")
def delete_key(api: FakeApi, call: Call) -> tuple[int, Any]:
    key = own(call.account.keys, call)
    if any(
        bot["exchange_key"] == key["id"] and bot["status"] != "stopped" for bot in call.account.bots.values()
    ):
        raise Refusal(409, "key_in_use", "Um robô ativo usa esta chave.")
    del call.account.keys[key["id"]]
    return 204, None


@route("GET /api/strategies/")
def list_strategies(api: FakeApi, call: Call) -> tuple[int, Any]:
    return 200, sample_data.STRATEGIES


@route("GET /api/markets/")
def list_markets(api: FakeApi, call: Call) -> tuple[int, Any]:
    where = {name: call.query[name] for name in ("exchange", "environment")}
    return 200, where | {"simulated": True, "instruments": sample_data.INSTRUMENTS}


@route("GET /api/bots/")
def list_bots(api: FakeApi, call: Call) -> tuple[int, Any]:
    return paged(list(call.account.bots.values()), call)


@route("GET /api/bots/{id}/")
def show_bot(api: FakeApi, call: Call) -> tuple[int, Any]:
    return 200, own(call.account.bots, call)


@route("GET /api/bots/{id}/chart/")
def show_chart(api: FakeApi, call: Call) -> tuple[int, Any]:
    bot = own(call.account.bots, call)
    return 200, sample_charts.make_chart(bot, call.query["symbol"], call.query["timeframe"])


@route("GET /api/bots/{id}/levels/")
def show_levels(api: FakeApi, call: Call) -> tuple[int, Any]:
    bot = own(call.account.bots, call)
    trades = [trade for trade in call.account.trades.values() if trade["bot"] == bot["id"]]
    return 200, sample_charts.make_waiting(
        bot, {trade["symbol"] for trade in trades if trade["status"] == "OPEN"}
    )


@route("POST /api/bots/preview/")
def preview_bot(api: FakeApi, call: Call) -> tuple[int, Any]:
    check_bot({"name": "-", **call.body, "capital": "25"})
    return 200, sample_charts.make_preview(call.body)


@route("POST /api/bots/")
def create_bot(api: FakeApi, call: Call) -> tuple[int, Any]:
    check_bot(call.body)
    bot = sample_data.make_bot(api.next_id(), call.body)
    call.account.bots[bot["id"]] = bot
    return 201, bot


@route("PATCH /api/bots/{id}/")
def change_bot(api: FakeApi, call: Call) -> tuple[int, Any]:
    bot = own(call.account.bots, call)
    check_bot(bot | call.body)
    bot.update(call.body)
    return 200, bot


@route("POST /api/bots/{id}/start/")
def start_bot(api: FakeApi, call: Call) -> tuple[int, Any]:
    """As in a lively market: the bot buys and sells at once."""
    bot = own(call.account.bots, call)
    bot.update(status="active", next_run_at="2026-11-20T17:06:02Z")
    api.add_trade(call.account, bot, closed=False)
    api.add_trade(call.account, bot, closed=True)
    return 200, bot


@route("POST /api/bots/{id}/stop/")
def stop_bot(api: FakeApi, call: Call) -> tuple[int, Any]:
    bot = own(call.account.bots, call)
    bot.update(status="stopped", next_run_at=None)
    return 200, bot


@route("POST /api/bots/{id}/close-all/")
def close_all(api: FakeApi, call: Call) -> tuple[int, Any]:
    bot = own(call.account.bots, call)
    for trade in call.account.trades.values():
        if trade["bot"] == bot["id"]:
            trade.update(sample_data.make_trade(trade["id"], bot, closed=True))
    bot["open_trades"] = 0
    return 202, bot


@route("POST /api/bots/close-all/")
def close_everything(api: FakeApi, call: Call) -> tuple[int, Any]:
    """A paused bot's key is no longer accepted here."""
    sales = []
    for bot in call.account.bots.values():
        if bot["open_trades"]:
            failed = bot["status"] == "paused"
            detail = "A corretora não aceita a chave." if failed else "Ele vende na próxima execução."
            sale = {"bot": bot["id"], "name": bot["name"], "code": "key_invalid" if failed else ""}
            sales.append(sale | {"outcome": "failed" if failed else "selling", "detail": detail})
    return 202, {"results": sales}


@route("POST /api/bots/{id}/halt/")
def halt_bot(api: FakeApi, call: Call) -> tuple[int, Any]:
    bot = own(call.account.bots, call)
    text = f"Você suspendeu as compras do robô “{bot['name']}”."
    own_halt = {"scope": "bot", "bot": bot["id"], "halted_by": "owner", "may_resume": True}
    bot["halt"] = api.halt(call.account, text=text, reason="", **own_halt)
    return 200, bot


@route("POST /api/bots/{id}/resume/")
def resume_bot(api: FakeApi, call: Call) -> tuple[int, Any]:
    bot = own(call.account.bots, call)
    call.account.halts[:] = [halt for halt in call.account.halts if halt["bot"] != bot["id"]]
    bot["halt"] = None
    return 200, bot


@route("POST /api/users/me/halt/")
def halt_account(api: FakeApi, call: Call) -> tuple[int, Any]:
    text = "Você suspendeu as compras de toda a sua conta."
    api.halt(call.account, scope="user", halted_by="owner", may_resume=True, text=text, reason="")
    return paged(call.account.halts, call)


@route("POST /api/users/me/resume/")
def resume_account(api: FakeApi, call: Call) -> tuple[int, Any]:
    call.account.halts[:] = [halt for halt in call.account.halts if halt["scope"] != "user"]
    return paged(call.account.halts, call)


@route("GET /api/halts/")
def list_halts(api: FakeApi, call: Call) -> tuple[int, Any]:
    return paged(call.account.halts, call)


@route("GET /api/orders/")
def list_orders(api: FakeApi, call: Call) -> tuple[int, Any]:
    orders = call.account.orders.values()
    return paged(
        [order for order in orders if str(order["bot"]) == call.query.get("bot", str(order["bot"]))], call
    )


@route("DELETE /api/bots/{id}/")
def delete_bot(api: FakeApi, call: Call) -> tuple[int, Any]:
    bot = own(call.account.bots, call)
    if bot["open_trades"]:
        raise Refusal(409, "bot_has_open_trades", "O robô ainda tem operações abertas.")
    del call.account.bots[bot["id"]]
    return 204, None


@route("GET /api/bots/{id}/decisions/")
def list_decisions(api: FakeApi, call: Call) -> tuple[int, Any]:
    bot = own(call.account.bots, call)
    if bot["status"] != "active":
        return paged([], call)
    symbols = [call.query["symbol"]] if "symbol" in call.query else bot["symbols"]
    reason = "O preço está acima da média."
    return paged([sample_data.make_decision(symbol, reason=reason) for symbol in symbols], call)


@route("GET /api/bots/{id}/events/")
def list_events(api: FakeApi, call: Call) -> tuple[int, Any]:
    bot = own(call.account.bots, call)
    event = {"id": 1, "at": bot["created_at"], "level": "info", "kind": "started", "symbol": None}
    return paged([event | {"message": "Robô iniciado."}] if bot["status"] == "active" else [], call)


def matching_trades(call: Call) -> list[Record]:
    wanted = {name: call.query[name] for name in ("bot", "symbol", "status") if name in call.query}
    trades = sorted(call.account.trades.values(), key=lambda trade: trade["id"])
    if call.query.get("ordering", "").startswith("-"):
        trades.reverse()
    trades = [trade for trade in trades if call.query.get("money") in (None, money_of(trade))]
    return [trade for trade in trades if all(str(trade[name]) == value for name, value in wanted.items())]


def money_of(trade_or_key: Record) -> str:
    return "real" if trade_or_key["environment"] == "live" else "play"


def of_money(call: Call) -> tuple[Record, list[Record]]:
    """What is said of the kind of money that is asked for, and the trades with it."""
    trades = list(call.account.trades.values())
    found = {money_of(each) for each in (*call.account.keys.values(), *trades)}
    money = call.query.get("money") or ("real" if "real" in found else "play")
    kinds = [kind for kind in ("real", "play") if kind in found]
    return {"money": money, "money_kinds": kinds}, [each for each in trades if money_of(each) == money]


@route("GET /api/trades/")
def list_trades(api: FakeApi, call: Call) -> tuple[int, Any]:
    return paged(matching_trades(call), call)


@route("GET /api/trades/{id}/")
def show_trade(api: FakeApi, call: Call) -> tuple[int, Any]:
    trade = own(call.account.trades, call)
    legs = ["entry", "exit"] if trade["status"] == "CLOSED" else ["entry"]
    return 200, trade | {"orders": [sample_data.make_order(trade, leg) for leg in legs]}


@route("GET /api/trades/export.csv")
def export_trades(api: FakeApi, call: Call) -> tuple[int, Any]:
    lines = ["id,symbol", *(f"{trade['id']},{trade['symbol']}" for trade in matching_trades(call))]
    return 200, "\n".join(lines).encode()


@route("GET /api/performance/")
def show_performance(api: FakeApi, call: Call) -> tuple[int, Any]:
    if call.query.get("bot", "") not in ("", *(str(bot_id) for bot_id in call.account.bots)):
        raise Refusal(404, "not_found", "Não encontrado.")
    money, trades = of_money(call)
    chosen = [
        trade
        for trade in trades
        if trade["symbol"] == call.query.get("symbol", trade["symbol"])
        and str(trade["bot"]) == call.query.get("bot", str(trade["bot"]))
        and trade["opened_at"] >= call.query.get("from", "")
    ]
    return 200, performance_data.make_performance(trades, chosen) | money


@route("GET /api/portfolio/")
def show_portfolio(api: FakeApi, call: Call) -> tuple[int, Any]:
    simulated = any(key["simulated"] for key in call.account.keys.values())
    money, trades = of_money(call)
    return 200, sample_data.make_portfolio(trades, simulated=simulated) | money | api.portfolio_changes
