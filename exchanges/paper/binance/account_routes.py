"""Signed endpoints of the account: balances, own trades, permissions, fees."""

from ..accounts import DEFAULT_PERMISSIONS, TRADING_EXPIRY
from ..balances import NO_BALANCE
from ..orders import Fill
from . import errors
from .endpoint import READING, Call, Endpoint
from .order_routes import read_day_range
from .parameters import Parameters
from .rendering import Json, amount, render_fill, render_rates

_COMMISSION_BASIS_POINTS = 10


async def account(call: Call) -> Json:
    signer, now = call.account, call.exchange.wall_ms()
    return {
        "makerCommission": _COMMISSION_BASIS_POINTS,
        "takerCommission": _COMMISSION_BASIS_POINTS,
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": render_rates(),
        "canTrade": signer.can_trade(now),
        "canWithdraw": signer.allows("enableWithdrawals"),
        "canDeposit": True,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": call.exchange.now_ms(),
        "accountType": "SPOT",
        "balances": _render_balances(call),
        "permissions": ["SPOT"],
        "uid": signer.id,
    }


def _render_balances(call: Call) -> list[Json]:
    held = call.exchange.balances(call.account)
    omit_empty = call.parameters.text("omitZeroBalances") == "true"
    assets = sorted(held if omit_empty else call.exchange.market.assets() | held.keys())
    rows = [(asset, held.get(asset, NO_BALANCE)) for asset in assets]
    return [
        {"asset": asset, "free": amount(one.free), "locked": amount(one.locked)}
        for asset, one in rows
        if one.free or one.locked or not omit_empty
    ]


async def my_trades(call: Call) -> list[Json]:
    parameters = call.parameters
    symbol = call.exchange.market.instrument(parameters.symbol()).symbol
    call.exchange.settle()
    return [render_fill(fill) for fill in _select_fills(call, symbol)]


def _select_fills(call: Call, symbol: str) -> list[Fill]:
    """From an id or a start the oldest fills, else the newest; oldest first in any case."""
    parameters, store = call.parameters, call.exchange.store
    start, end = read_day_range(parameters)
    from_id, order_id = parameters.integer("fromId"), parameters.integer("orderId")
    if from_id is not None and (parameters.has("startTime") or parameters.has("endTime")):
        raise errors.invalid_combination()
    return store.list_fills(
        call.account.id,
        symbol,
        order_id=order_id,
        from_id=from_id,
        start=start,
        end=end,
        limit=parameters.limit(500, 1000),
    )


async def api_restrictions(call: Call) -> Json:
    """What the key may do, as its owner set it."""
    signer = call.account
    answer: Json = {name: signer.allows(name) for name in DEFAULT_PERMISSIONS}
    if TRADING_EXPIRY in signer.permissions:
        answer[TRADING_EXPIRY] = signer.permissions[TRADING_EXPIRY]
    return answer | {"createTime": signer.created_ms}


async def trade_fee(call: Call) -> list[Json]:
    market, rates = call.exchange.market, render_rates()
    symbols = [call.parameters.symbol()] if call.parameters.has("symbol") else None
    chosen = [market.instrument(symbol) for symbol in symbols] if symbols else market.instruments()
    return [
        {"symbol": one.symbol, "makerCommission": rates["maker"], "takerCommission": rates["taker"]}
        for one in chosen
    ]


def _weigh_trades(parameters: Parameters) -> int:
    return 5 if parameters.has("orderId") else 20


_TRADE_NAMES = frozenset({"symbol", "orderId", "startTime", "endTime", "fromId", "limit"})
ACCOUNT_ENDPOINTS = (
    Endpoint("GET", "/api/v3/account", account, 20, frozenset({"omitZeroBalances"}), READING),
    Endpoint("GET", "/api/v3/myTrades", my_trades, _weigh_trades, _TRADE_NAMES, READING),
    Endpoint("GET", "/sapi/v1/account/apiRestrictions", api_restrictions, 1, frozenset(), ""),
    Endpoint("GET", "/sapi/v1/asset/tradeFee", trade_fee, 1, frozenset({"symbol"}), READING),
)
