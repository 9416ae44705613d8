"""The words for what is the matter with an exchange key. Rows hold the code and its values, never the sentence."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class StateCode(StrEnum):
    PERMISSIONS_UNKNOWN = "permissions_unknown"
    MAY_WITHDRAW = "may_withdraw"
    MAY_TRANSFER = "may_transfer"
    MAY_WITHDRAW_AND_TRANSFER = "may_withdraw_and_transfer"
    MAY_NOT_TRADE = "may_not_trade"
    EXPIRED = "expired"
    NOT_ACCEPTED = "not_accepted"
    UNREADABLE = "unreadable"
    ORDER_ADOPTED = "order_adopted"
    AUDIT_DIFFERENCE = "audit_difference"


TEXTS: Mapping[str, Promise] = {
    StateCode.PERMISSIONS_UNKNOWN: _(
        "The exchange accepts the key but cannot tell what it may do. Make sure that it may not withdraw or transfer."
    ),
    StateCode.MAY_WITHDRAW: _("The key may withdraw. Create one that may only read and trade, and use that."),
    StateCode.MAY_TRANSFER: _("The key may transfer. Create one that may only read and trade, and use that."),
    StateCode.MAY_WITHDRAW_AND_TRANSFER: _(
        "The key may withdraw and transfer. Create one that may only read and trade, and use that."
    ),
    StateCode.MAY_NOT_TRADE: _(
        "The key may not trade. Allow spot trading for it at the exchange, and check again."
    ),
    StateCode.EXPIRED: _("The key expired at {expires_at}."),
    StateCode.NOT_ACCEPTED: _("The exchange does not accept the key: {reason}"),
    StateCode.ORDER_ADOPTED: _(
        "An order that was believed never placed was found at the exchange. Entries are halted until this is looked at."
    ),
    StateCode.AUDIT_DIFFERENCE: _(
        "The exchange's records and ours differ. Entries are halted until the operator has looked into it."
    ),
    StateCode.UNREADABLE: _("The key cannot be decrypted any more. Delete it and add it again."),
}


def describe(code: str, values: Mapping[str, Any]) -> str:
    """The text of a code in the active language; an unknown code is its own text, an unknown value stays a name."""
    text = TEXTS.get(code)
    if text is None:
        return code
    return str(text).format_map(_Values(values))


class _Values(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return name
