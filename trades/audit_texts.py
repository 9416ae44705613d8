"""The words for what an audit found and why it was not complete. Rows hold codes and values, never sentences."""

from collections.abc import Mapping
from typing import Protocol

from django.utils.translation import gettext, gettext_noop

from trades.audit_domain import Kind
from trades.audit_models import Outcome

KINDS: Mapping[str, str] = {
    Kind.UNKNOWN_ORDER: gettext_noop("order {subject} at the exchange is not in the ledger: {theirs}"),
    Kind.VANISHED_ORDER: gettext_noop("the exchange acknowledged the order and does not know it: {ours}"),
    Kind.ORDER_DIFFERS: gettext_noop("{field} of the order: {ours} here, {theirs} at the exchange"),
    Kind.FILL_MISSING: gettext_noop("fill {subject} is missing here: {theirs}"),
    Kind.FILL_EXTRA: gettext_noop("fill {subject} is not at the exchange: {ours}"),
    Kind.FILL_DIFFERS: gettext_noop("{field} of fill {subject}: {ours} here, {theirs} at the exchange"),
    Kind.UNRESOLVED_TWICE: gettext_noop("a second unresolved order ({ours}) beside {subject}"),
    Kind.SENT_UNCOMMITTED: gettext_noop(
        "at the exchange as {subject} ({theirs}), though it counts as never placed here ({ours})"
    ),
    Kind.SENT_TWICE: gettext_noop("two orders with one client order id: {ours} and {theirs}"),
    Kind.ORDER_SUM: gettext_noop("filled {ours}, but its fills add up to {theirs}"),
    Kind.TRADE_SUM: gettext_noop("trade {subject}: {ours} stored; {theirs} by its fills"),
    Kind.FILL_OF_NO_TRADE: gettext_noop("filled {ours} that belong to no trade"),
}
REASONS: Mapping[str, str] = {
    "key_not_valid": gettext_noop("the key is not valid"),
    "key_unreadable": gettext_noop("the key cannot be decrypted"),
    "interrupted": gettext_noop("the audit was interrupted"),
    "failed": gettext_noop("the audit failed; the operator's log says how"),
}


class Found(Protocol):
    """A difference as it was just found, or as it is stored."""

    @property
    def kind(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def field(self) -> str: ...
    @property
    def ours(self) -> str: ...
    @property
    def theirs(self) -> str: ...


def describe_difference(found: Found) -> str:
    """In the active language; a kind of an older or newer version is shown as it is."""
    if found.kind not in KINDS:
        return found.kind
    values = {"subject": found.subject, "field": found.field, "ours": found.ours, "theirs": found.theirs}
    return gettext(KINDS[found.kind]).format(**values)


def describe_outcome(outcome: str, reason: str) -> str:
    """How an audit ended, in the active language."""
    label = str(Outcome(outcome).label)
    return f"{label}: {gettext(REASONS[reason]) if reason in REASONS else reason}" if reason else label
