"""Accounts: keys, permissions and the balances they start with."""

import secrets
import string
from dataclasses import dataclass
from decimal import Decimal

_ALPHABET = string.ascii_letters + string.digits
KEY_LENGTH = 64
DEFAULT_BALANCES = {"USDT": Decimal(10_000), "BRL": Decimal(50_000)}
MAX_BALANCE = Decimal(1_000_000_000)
DEFAULT_PERMISSIONS: dict[str, bool] = {
    "ipRestrict": False,
    "enableReading": True,
    "enableSpotAndMarginTrading": True,
    "enableWithdrawals": False,
    "enableInternalTransfer": False,
    "permitsUniversalTransfer": False,
    "enableMargin": False,
    "enableFutures": False,
    "enableVanillaOptions": False,
    "enablePortfolioMarginTrading": False,
    "enableFixApiTrade": False,
    "enableFixReadOnly": False,
}
# When trading authority ends, in milliseconds; the only permission that is not a yes or no.
TRADING_EXPIRY = "tradingAuthorityExpirationTime"


@dataclass(frozen=True, slots=True)
class Account:
    """One account with its one key pair. `permissions` holds only what differs from the default."""

    id: int
    api_key: str
    secret_key: str
    label: str
    permissions: dict[str, bool | int]
    created_ms: int
    revoked: bool = False

    def allows(self, permission: str) -> bool:
        return bool(self.permissions.get(permission, DEFAULT_PERMISSIONS[permission]))

    def can_trade(self, now_ms: int) -> bool:
        expiry = self.permissions.get(TRADING_EXPIRY)
        return self.allows("enableSpotAndMarginTrading") and (expiry is None or now_ms < expiry)


def generate_key() -> str:
    """64 random letters and digits, the form of an API key or secret."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(KEY_LENGTH))
