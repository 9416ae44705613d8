"""The API's codes in words of the reader's language. A code that is not known here is shown as it is."""

from collections.abc import Mapping

from dashboard.api_client import Record
from dashboard.translation import _, ngettext

CURRENCIES = ("BRL", "USDT")
"""What amounts can be shown in, and capital given in."""
EXCHANGES = {"binance": "Binance", "bybit": "Bybit"}


def exchange(code: str) -> str:
    return EXCHANGES.get(code, code)


def environment(code: str) -> str:
    return _named(
        code, {"paper": _("Paper (play money)"), "testnet": _("Testnet"), "live": _("Live (real money)")}
    )


def money(code: str) -> str:
    return _named(code, {"real": _("Real money"), "play": _("Play money")})


def only_money(code: str) -> str:
    """Where it is said beside it that this is about money."""
    return _named(code, {"real": _("Only real"), "play": _("Only play")})


def key_name(key: Record) -> str:
    return f"{key['label']} · {exchange(key['exchange'])} · {environment(key['environment'])}"


def key_state(code: str) -> str:
    return _named(
        code,
        {
            "unchecked": _("Not checked yet"),
            "valid": _("Valid"),
            "refused": _("Refused: it may withdraw or transfer"),
            "invalid": _("Invalid: the exchange does not accept it"),
            "undecryptable": _("Unreadable: delete it and add it again"),
        },
    )


def bot_status(code: str) -> str:
    return _named(code, {"active": _("Running"), "stopped": _("Stopped"), "paused": _("Paused")})


def trade_status(code: str) -> str:
    return _named(code, {"OPEN": _("Open"), "CLOSED": _("Closed")})


def action(code: str) -> str:
    return _named(
        code,
        {"buy": _("Buy"), "sell": _("Sell"), "hold": _("Hold"), "wait": _("Wait"), "skip": _("Skip")},
    )


def level(code: str) -> str:
    return _named(code, {"info": _("Information"), "warning": _("Warning"), "error": _("Error")})


def side(code: str) -> str:
    return _named(code.lower(), {"buy": _("Buy"), "sell": _("Sell")})


def leg(code: str) -> str:
    return _named(code, {"entry": _("Entry"), "exit": _("Exit")})


def order_type(code: str) -> str:
    return _named(code.lower(), {"market": _("Market"), "limit": _("Limit")})


def reason(code: str) -> str:
    return _named(
        code,
        {
            "below_average": _("Below the average"),
            "take_profit": _("Take profit"),
            "stop_loss": _("Stop loss"),
            "trailing_stop": _("Trailing stop"),
            "back_to_average": _("Back to the average"),
            "close_all": _("Closed by you"),
            "adopted": _("Found at the exchange"),
            "manual": _("Sold or moved by hand"),
        },
    )


def price_level(code: str) -> str:
    """What comes of a price that a bot waits for."""
    return _named(
        code,
        {
            "buy": _("Buys at or below"),
            "entry": _("Bought at"),
            "take_profit": _("Take profit"),
            "stop_loss": _("Stop loss"),
            "trailing_stop": _("Trailing stop"),
            "back_to_average": _("Back to the average"),
        },
    )


def timeframe(code: str) -> str:
    """`5m` as people say it."""
    count, unit = int(code[:-1]), code[-1]
    if unit == "s":
        return ngettext("{count} second", "{count} seconds", count).format(count=count)
    if unit == "m":
        return ngettext("{count} minute", "{count} minutes", count).format(count=count)
    if unit == "h":
        return ngettext("{count} hour", "{count} hours", count).format(count=count)
    return ngettext("{count} day", "{count} days", count).format(count=count)


def order_status(code: str) -> str:
    return _named(
        code,
        {
            "PLANNED": _("Planned"),
            "SENDING": _("Being sent"),
            "UNKNOWN": _("Being looked up at the exchange"),
            "HELD": _("Waiting for the exchange's answer"),
            "OPEN": _("Open"),
            "PARTIAL": _("Partly filled"),
            "FILLED": _("Filled"),
            "CANCELED": _("Cancelled"),
            "EXPIRED": _("Expired"),
            "REJECTED": _("Rejected by the exchange"),
            "NEVER_PLACED": _("Never reached the exchange"),
            "ABANDONED": _("Given up before it was sent"),
        },
    )


def _named(code: str, names: Mapping[str, str]) -> str:
    return names.get(code, code)
