"""Signed endpoints of the account: balances, the key's permissions, the kind of account."""

from datetime import UTC, datetime

from ..accounts import TRADING_EXPIRY, Account
from ..balances import Balance
from ..orders import ZERO
from . import errors
from .endpoint import READING, Call, Endpoint, Json
from .rendering import amount

_UNIFIED = "UNIFIED"
# A unified account of the second kind, at its highest.
_MARGIN_STATUS = 6
_DAY_SECONDS = 86_400
_TRANSFERS = {
    "enableInternalTransfer": "AccountTransfer",
    "permitsUniversalTransfer": "SubMemberTransfer",
    "enableWithdrawals": "Withdraw",
}


async def wallet_balance(call: Call) -> Json:
    """Coins that the account holds; what they are worth in dollars is left empty."""
    if call.parameters.required("accountType") != _UNIFIED:
        raise errors.BybitError(10001, "accountType only support UNIFIED.")
    coins = (call.parameters.text("coin") or "").split(",")
    held = sorted(call.exchange.balances(call.account).items())
    rows = [_render_coin(asset, one) for asset, one in held if _is_wanted(asset, one, coins)]
    worths = ("totalEquity", "totalWalletBalance", "totalAvailableBalance", "totalMarginBalance")
    return {"list": [{"accountType": _UNIFIED, **dict.fromkeys(worths, ""), "coin": rows}]}


def _is_wanted(asset: str, balance: Balance, coins: list[str]) -> bool:
    return asset in coins if any(coins) else bool(balance.free or balance.locked)


def _render_coin(asset: str, balance: Balance) -> Json:
    total = amount(balance.free + balance.locked)
    nothing = ("borrowAmount", "accruedInterest", "totalOrderIM", "totalPositionIM", "bonus", "unrealisedPnl")
    return {
        "coin": asset,
        "equity": total,
        "walletBalance": total,
        "locked": amount(balance.locked),
        "usdValue": "",
        "availableToWithdraw": "",
        **dict.fromkeys(nothing, amount(ZERO)),
        "marginCollateral": False,
        "collateralSwitch": False,
    }


async def query_api(call: Call) -> Json:
    """What the key may do, as its owner set it."""
    signer = call.account
    trades = signer.allows("enableSpotAndMarginTrading")
    expiry = signer.permissions.get(TRADING_EXPIRY)
    return {
        "id": str(signer.id),
        "note": signer.label,
        "apiKey": signer.api_key,
        "readOnly": 0 if trades else 1,
        "secret": "",
        "permissions": {
            "Spot": ["SpotTrade"] if trades else [],
            "Wallet": [name for granted, name in _TRANSFERS.items() if signer.allows(granted)],
            **{name: [] for name in ("ContractTrade", "Options", "Derivatives", "Exchange", "Earn")},
        },
        "ips": ["127.0.0.1"] if signer.allows("ipRestrict") else ["*"],
        "type": 1,
        "deadlineDay": -1 if expiry is None else _days_left(call, expiry),
        "expiredAt": "" if expiry is None else _iso(expiry),
        "createdAt": _iso(signer.created_ms),
        "unified": 0,
        "uta": 1,
        "userID": signer.id,
        "isMaster": True,
    }


async def account_info(call: Call) -> Json:
    signer: Account = call.account
    return {
        "unifiedMarginStatus": _MARGIN_STATUS,
        "marginMode": "REGULAR_MARGIN",
        "isMasterTrader": False,
        "spotHedgingStatus": "OFF",
        "updatedTime": str(signer.created_ms),
    }


def _days_left(call: Call, expiry_ms: int) -> int:
    return max(0, (expiry_ms - call.exchange.now_ms()) // 1000 // _DAY_SECONDS)


def _iso(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


ACCOUNT_ENDPOINTS = (
    Endpoint("GET", "/v5/account/wallet-balance", wallet_balance, READING),
    Endpoint("GET", "/v5/account/info", account_info, READING),
    Endpoint("GET", "/v5/user/query-api", query_api, "", per_second=10),
)
