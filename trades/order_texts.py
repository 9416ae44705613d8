"""What an order's state means for its owner, and what happens next, in words.

Stored and sent are codes and values (`details_of`); the sentences are made in the reader's language.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from trades.domain import IN_DOUBT, HoldCode, OrderStatus, Reason


class Told(Protocol):
    """An order as far as it is told of, whether a model or a row of its columns."""

    @property
    def status(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def symbol(self) -> str: ...
    @property
    def client_order_id(self) -> str: ...
    @property
    def refusal_code(self) -> str: ...
    @property
    def in_doubt_since(self) -> datetime | None: ...
    @property
    def next_look_at(self) -> datetime | None: ...
    @property
    def cancel_requested_at(self) -> datetime | None: ...
    @property
    def key_halted_at(self) -> datetime | None: ...


# An answer usually takes less; what takes longer is told as a doubt.
USUAL_ANSWER = timedelta(seconds=5)
ADOPTED = "ADOPTED"

STATUSES: Mapping[str, str] = {
    OrderStatus.PLANNED: gettext_noop("The order is about to be sent."),
    OrderStatus.SENDING: gettext_noop("The order is on its way to the exchange."),
    OrderStatus.UNKNOWN: gettext_noop("We do not know yet whether the exchange took this order."),
    OrderStatus.HELD: gettext_noop(
        "We do not know yet whether the exchange took this order, and the exchange cannot be asked now."
    ),
    OrderStatus.OPEN: gettext_noop("The exchange has the order; nothing of it is filled yet."),
    OrderStatus.PARTIAL: gettext_noop("The exchange has filled a part of the order."),
    OrderStatus.FILLED: gettext_noop("The order is filled."),
    OrderStatus.CANCELED: gettext_noop("The order was cancelled; what had been filled by then counts."),
    OrderStatus.EXPIRED: gettext_noop(
        "The order expired at the exchange; what had been filled by then counts."
    ),
    OrderStatus.REJECTED: gettext_noop("The exchange refused the order; nothing was bought or sold."),
    OrderStatus.NEVER_PLACED: gettext_noop(
        "The order never reached the exchange: asked three times, it knew of none. Nothing was bought or sold."
    ),
    OrderStatus.ABANDONED: gettext_noop(
        "The order was given up before it was sent; the exchange never heard of it."
    ),
    ADOPTED: gettext_noop(
        "We found this order at the exchange without a record of our own, and have added it to your trades."
    ),
}
HELD: Mapping[str, str] = {
    HoldCode.NO_ANSWER: gettext_noop(
        "We do not know yet whether the exchange took this order, and the exchange does not answer now."
    ),
    HoldCode.RATE_LIMITED: gettext_noop(
        "We do not know yet whether the exchange took this order, and the exchange takes no questions for a while."
    ),
    HoldCode.KEY_REFUSED: gettext_noop(
        "We do not know yet whether the exchange took this order, and the exchange no longer accepts its key."
    ),
    HoldCode.KEY_UNREADABLE: gettext_noop(
        "We do not know yet whether the exchange took this order, and its key can no longer be decrypted here."
    ),
}
NEXT_STEPS: Mapping[str, str] = {
    OrderStatus.SENDING: gettext_noop("The answer usually comes within a second or two."),
    OrderStatus.UNKNOWN: gettext_noop(
        "We ask it every few seconds; until it answers, this bot neither buys nor sells {symbol}. Your money is not at "
        "double risk: an order is never sent twice."
    ),
    OrderStatus.OPEN: gettext_noop("There is nothing to do: what is filled appears here by itself."),
    OrderStatus.PARTIAL: gettext_noop("There is nothing to do: what is filled appears here by itself."),
    OrderStatus.NEVER_PLACED: gettext_noop(
        "To be safe we look for it again, for up to a day. Should it turn up after all, it is added to your trades and "
        "you are told."
    ),
    ADOPTED: gettext_noop("New purchases with its key stay stopped until the operator has looked into it."),
}
HELD_NEXT_STEPS: Mapping[str, str] = {
    HoldCode.NO_ANSWER: gettext_noop(
        "We ask again and again, every two minutes at the latest; until it answers, this bot neither buys nor sells "
        "{symbol}. Your money is not at double risk: an order is never sent twice."
    ),
    HoldCode.RATE_LIMITED: gettext_noop(
        "We ask as soon as it allows us to; until it answers, this bot neither buys nor sells {symbol}. Your money is "
        "not at double risk: an order is never sent twice."
    ),
    HoldCode.KEY_REFUSED: gettext_noop(
        "Please look at the exchange whether the key was deleted, has expired or is bound to other addresses. As soon "
        "as the key works again we find out by ourselves; until then this bot neither buys nor sells {symbol}. At the "
        "exchange you can see whether there is an order {order}."
    ),
    HoldCode.KEY_UNREADABLE: gettext_noop(
        "Please tell the operator. As soon as the key can be read again we find out by ourselves; until then this bot "
        "neither buys nor sells {symbol}. At the exchange you can see whether there is an order {order}."
    ),
}
CANCELLING = gettext_noop("It is being cancelled; what is filled by then counts.")


def is_in_doubt(order: Told, now: datetime) -> bool:
    """Whether anybody but the sender should think of it as in doubt."""
    if order.status == OrderStatus.SENDING.value:
        return order.in_doubt_since is None or now - order.in_doubt_since > USUAL_ANSWER
    return order.status in IN_DOUBT


def details_of(order: Told, now: datetime) -> dict[str, str]:
    """What the texts of an order need, as short strings that can be stored."""
    details = {"status": _told_status(order, now), "symbol": order.symbol, "order": order.client_order_id}
    if order.status == OrderStatus.HELD.value:
        details["code"] = order.refusal_code
    if order.cancel_requested_at is not None:
        details["cancelling"] = "yes"
    if order.status == OrderStatus.NEVER_PLACED.value and order.next_look_at is None:
        details["final"] = "yes"
    if details["status"] == ADOPTED and order.key_halted_at is None:
        details["final"] = "yes"
    return details


def describe_status(details: Mapping[str, str]) -> str:
    """What is known; an unknown status is its own text."""
    status = details.get("status", "")
    if status == OrderStatus.HELD and details.get("code") in HELD:
        return _(HELD[details["code"]])
    return _(STATUSES[status]) if status in STATUSES else status


def describe_next_step(details: Mapping[str, str]) -> str:
    """What happens next and what the owner should do; empty where the order is done."""
    status = details.get("status", "")
    if "final" in details:
        return ""
    if "cancelling" in details and status in (OrderStatus.OPEN, OrderStatus.PARTIAL):
        return _(CANCELLING)
    if status == OrderStatus.HELD:
        text = HELD_NEXT_STEPS.get(details.get("code", ""), HELD_NEXT_STEPS[HoldCode.NO_ANSWER])
    else:
        text = NEXT_STEPS.get(status, "")
    values = {"symbol": details.get("symbol", ""), "order": details.get("order", "")}
    return _(text).format(**values) if text else ""


def describe_order(details: Mapping[str, str]) -> str:
    return f"{describe_status(details)} {describe_next_step(details)}".strip()


def _told_status(order: Told, now: datetime) -> str:
    if order.status == OrderStatus.SENDING.value and is_in_doubt(order, now):
        return OrderStatus.UNKNOWN.value
    settled = {OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.EXPIRED}
    if order.reason == Reason.ADOPTED.value and order.status in settled:
        return ADOPTED
    return order.status
