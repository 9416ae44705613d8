"""The texts of decisions and events: what is stored is a code and its values, what is read is in the reader's language."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_noop

from trades.domain import OrderStatus
from trades.halt_texts import describe_halt_fully, describe_halt_with_reason, describe_resumption
from trades.order_texts import describe_order, describe_status

# From which size on a number is shown with how many decimal places.
SHOWN_PLACES = ((Decimal(1000), 2), (Decimal(1), 4), (Decimal("0.01"), 6))
SIDES = {"buy": gettext_noop("Bought"), "sell": gettext_noop("Sold")}

DECISIONS: Mapping[str, str] = {
    "below_average": gettext_noop("The price is at or below the entry level of {level}."),
    "above_average": gettext_noop("The price is above its average; it buys at or below {level}."),
    "not_far_enough_below": gettext_noop(
        "The price is below its average, but less than {threshold_percent} %; it buys at or below {level}."
    ),
    "too_few_candles": gettext_noop("Only {have} of {need} closed candles are there yet."),
    "in_trade": gettext_noop("A trade is open and no exit is reached."),
    "take_profit": gettext_noop("The take profit at {level} is reached."),
    "stop_loss": gettext_noop("The stop loss at {level} is reached."),
    "trailing_stop": gettext_noop("The trailing stop at {level} is reached."),
    "back_to_average": gettext_noop("The price is back at its average of {level}."),
    "close_all": gettext_noop("You asked to close all trades."),
    "no_price": gettext_noop("There is no price for this symbol now."),
    "stale_market": gettext_noop("The market data is {age} s old; nothing is bought on old prices."),
    "order_in_doubt": gettext_noop("An order is not settled yet; nothing new is placed before it is."),
    "max_open_trades": gettext_noop("The bot already has its {maximum} open trades."),
    "budget_too_small": gettext_noop(
        "The capital for one trade, {budget} {quote}, is below the exchange's minimum."
    ),
    "no_rate": gettext_noop("There is no rate from {currency} to {quote} now."),
    "insufficient_balance": gettext_noop("The account has {free} {quote} free; {needed} are needed."),
    "entries_halted": gettext_noop("New entries are halted."),
    "closing": gettext_noop("The bot is selling all that it holds and buys nothing new."),
    "exchange_unavailable": gettext_noop(
        "The exchange cannot be asked now: {reason}. It is tried again soon."
    ),
    "exchange_held": gettext_noop(
        "The exchange takes no questions from Cardume for another {seconds} s. It is tried again then."
    ),
    "budget_spent": gettext_noop(
        "Cardume asks the exchange as much as it allows, and keeps what is left for sales: again in {seconds} s."
    ),
    "budget_share": gettext_noop(
        "Your bots have asked the exchange for their share of what it allows all users: again in {seconds} s."
    ),
    "account_paused": gettext_noop("The exchange lets your account ask no more for another {seconds} s."),
    "order_not_sent": gettext_noop("The order was not sent: {reason}"),
    "orders_adopted": gettext_noop(
        "Orders that the ledger did not know were found at the exchange; what was decided without them is void."
    ),
    "order_refused": gettext_noop("The exchange refused the order: {reason}"),
    "stopped_meanwhile": gettext_noop("The bot was stopped or changed while it was deciding."),
    "coins_locked": gettext_noop(
        "Of the {held} {base} to sell, {left} are free: {locked} {base} are in open orders of your own, which the bot "
        "leaves alone. Cancel them, and it sells."
    ),
    "coins_missing": gettext_noop(
        "Of the {held} {base} to sell, the account has {left} for this bot; whether the rest was sold or moved by hand is "
        "being looked at."
    ),
    "empty_book": gettext_noop(
        "Nobody at the exchange takes the other side of the order now. It is tried again soon."
    ),
    "other_key": gettext_noop(
        "The {symbol} to sell is in the account of the exchange key {key}, which the bot had before. Give it that key "
        "again, and it sells."
    ),
    "not_run": gettext_noop("The price asks for an order, but no run of the bot came to decide on it."),
    "nothing_to_sell": gettext_noop("What is held is too little for the exchange to sell."),
}

EVENTS: Mapping[str, str] = {
    "started": gettext_noop("The bot was started."),
    "stopped": gettext_noop("The bot was stopped."),
    "close_all_requested": gettext_noop("The sale of all open trades was requested."),
    "paused": gettext_noop("The bot was paused: {reason}"),
    "order_filled": gettext_noop("{side} {quantity} {base} at {price} {quote}."),
    "order_refused": gettext_noop("The exchange refused the order: {reason}"),
    "order_not_sent": gettext_noop("The order was not sent: {reason}"),
    "order_unknown": gettext_noop(
        "The exchange did not say whether an order was placed; it is being looked up, nothing is sent twice."
    ),
    "order_held": gettext_noop(
        "An order could not be looked up yet ({reason}); it is held and asked for again, nothing new is placed."
    ),
    "order_ended_early": gettext_noop(
        "An order ended before it was wholly filled: {filled} of {wanted} {base}."
    ),
    "order_resolved": gettext_noop("The order in doubt is settled. {status}"),
    "order_adopted": gettext_noop(
        "An order of ours that the ledger did not know was found at the exchange; new entries of this key are halted."
    ),
    "audit_difference": gettext_noop(
        "A comparison with the exchange's records found differences in this bot's orders: {count}. New entries of this key "
        "are halted until the operator has looked into it."
    ),
    "trade_closed": gettext_noop("The trade was closed with a result of {pnl} {quote}."),
    "coins_locked": gettext_noop(
        "An exit is reached, but {locked} {base} are in open orders of your own, which the bot leaves alone. "
        "Cancel them, and it sells."
    ),
    "position_corrected": gettext_noop(
        "{quantity} {base} of this bot's position are no longer in the account: sold or moved by hand? "
        "They were taken off the trade; {left} {base} go on."
    ),
    "position_gone": gettext_noop(
        "{quantity} {base} of this bot's position are no longer in the account: sold or moved by hand? "
        "Nothing that could be sold is left; the trade was closed."
    ),
    "entries_halted": gettext_noop("New purchases were stopped. Sales go on."),
    "entries_resumed": gettext_noop("New purchases are allowed again."),
    "run_failed": gettext_noop("A run failed; the operator's log has it under {error_id}."),
}

HALT_EVENTS = {"entries_halted": describe_halt_with_reason, "entries_resumed": describe_resumption}

PAUSES: Mapping[str, str] = {
    "key_undecryptable": gettext_noop("its exchange key cannot be decrypted; enter the key again"),
    "key_invalid": gettext_noop("the exchange does not accept its key"),
    "key_refused": gettext_noop("its key may withdraw or transfer"),
    "key_unchecked": gettext_noop("its key is not checked"),
    "key_deleted": gettext_noop("its key was deleted"),
}


def describe_decision(code: str, details: Mapping[str, Any]) -> str:
    """A decision's reason in the active language, its numbers in that language's form."""
    if code == "entries_halted" and "scope" in details:
        return describe_halt_fully(details)
    if code == "order_in_doubt" and "status" in details:
        return describe_order(details)
    return _fill(DECISIONS, code, details)


def describe_event(kind: str, details: Mapping[str, Any]) -> str:
    if kind in HALT_EVENTS and "scope" in details:
        return HALT_EVENTS[kind](details)
    if kind == "order_held" and "code" in details:
        return describe_order({**details, "status": OrderStatus.HELD.value})
    values = dict(details)
    if kind == "order_resolved":
        values["status"] = describe_status(details)
    if kind == "paused":
        values["reason"] = describe_pause(str(details.get("code", "")))
    if details.get("side") in SIDES:
        values["side"] = gettext(SIDES[str(details["side"])])
    return _fill(EVENTS, kind, values)


def describe_pause(code: str) -> str:
    return gettext(PAUSES[code]) if code in PAUSES else code


def _fill(texts: Mapping[str, str], code: str, details: Mapping[str, Any]) -> str:
    """The code itself for one of an older or newer version: a reader must never fail on a stored row."""
    if code not in texts:
        return code
    shown = {name: _localise(str(value)) for name, value in details.items()}
    try:
        return gettext(texts[code]).format(**shown)
    except (KeyError, IndexError):
        return gettext(texts[code])


def _localise(value: str) -> str:
    """A number in the active locale, with as many places as a price of its size needs; other text as it is."""
    try:
        number = Decimal(value)
    except ArithmeticError:
        return value
    if not number.is_finite():
        return value
    places = next((places for least, places in SHOWN_PLACES if abs(number) >= least), 8)
    shown = number.quantize(Decimal(1).scaleb(-places)).normalize() + 0
    return number_format(format(shown, "f"), use_l10n=True, force_grouping=True)
