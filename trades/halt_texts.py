"""The words for what forbids entries, and for its end. The operator's reason is shown, who the operator is never."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, gettext_noop
from django.utils.translation import gettext as _

from trades.domain import HaltedBy, HaltScope
from trades.halts import EntryBlock
from users import key_texts

HALTED: Mapping[tuple[str, str], str] = {
    (HaltScope.PLATFORM, HaltedBy.OPERATOR): gettext_noop(
        "The operator has stopped new purchases on the whole platform. Sales go on."
    ),
    (HaltScope.EXCHANGE, HaltedBy.OPERATOR): gettext_noop(
        "The operator has stopped new purchases at {name}. Sales go on."
    ),
    (HaltScope.USER, HaltedBy.OPERATOR): gettext_noop(
        "The operator has stopped new purchases for your account. Sales go on."
    ),
    (HaltScope.USER, HaltedBy.OWNER): gettext_noop(
        "You have stopped new purchases for your whole account. Sales go on."
    ),
    (HaltScope.KEY, HaltedBy.AUTOMATIC): gettext_noop(
        "New purchases with the exchange key “{name}” are stopped until somebody has looked into it. Sales go on."
    ),
    (HaltScope.BOT, HaltedBy.OPERATOR): gettext_noop(
        "The operator has stopped new purchases of the bot “{name}”. Its sales go on."
    ),
    (HaltScope.BOT, HaltedBy.OWNER): gettext_noop(
        "You have stopped new purchases of the bot “{name}”. Its sales go on."
    ),
}
RESUMED: Mapping[tuple[str, str], str] = {
    (HaltScope.PLATFORM, HaltedBy.OPERATOR): gettext_noop(
        "The operator allows new purchases on the platform again."
    ),
    (HaltScope.EXCHANGE, HaltedBy.OPERATOR): gettext_noop(
        "The operator allows new purchases at {name} again."
    ),
    (HaltScope.USER, HaltedBy.OPERATOR): gettext_noop(
        "The operator allows new purchases for your account again."
    ),
    (HaltScope.USER, HaltedBy.OWNER): gettext_noop("You allow new purchases for your account again."),
    (HaltScope.BOT, HaltedBy.OPERATOR): gettext_noop(
        "The operator allows new purchases of the bot “{name}” again."
    ),
    (HaltScope.BOT, HaltedBy.OWNER): gettext_noop("You allow new purchases of the bot “{name}” again."),
}

SCOPES: Mapping[HaltScope, Promise] = {
    HaltScope.PLATFORM: gettext_lazy("the whole platform"),
    HaltScope.EXCHANGE: gettext_lazy("an exchange"),
    HaltScope.USER: gettext_lazy("a user"),
    HaltScope.KEY: gettext_lazy("an exchange key"),
    HaltScope.BOT: gettext_lazy("a bot"),
}
BY: Mapping[HaltedBy, Promise] = {
    HaltedBy.OPERATOR: gettext_lazy("by the operator"),
    HaltedBy.OWNER: gettext_lazy("by its owner"),
    HaltedBy.AUTOMATIC: gettext_lazy("automatically"),
}


def describe_halt(details: Mapping[str, str]) -> str:
    """Which switch, and whose; without since when and why, which are told in fields of their own."""
    return _sentence(HALTED, details)


def describe_reason(details: Mapping[str, str]) -> str:
    """A key's reason is a code with a text; a switch's was typed by whoever halted."""
    reason = details.get("reason", "")
    return key_texts.describe(reason, {}) if details.get("scope") == HaltScope.KEY else reason


def describe_halt_with_reason(details: Mapping[str, str]) -> str:
    return _join(describe_halt(details), _why(details))


def describe_halt_fully(details: Mapping[str, str]) -> str:
    """All of it in one text: which switch and whose, since when (UTC), and why."""
    since = details.get("since", "")
    moment = _("Since {moment} UTC.").format(moment=show_moment(since)) if since else ""
    return _join(describe_halt(details), moment, _why(details))


def name_block(block: EntryBlock) -> str:
    """For the operator, who is addressed by none of the sentences: what, since when, by whom and why."""
    since = _("Since {moment} UTC.").format(moment=show_moment(block.since.isoformat()))
    what = " ".join(filter(None, [str(SCOPES[block.scope]), block.name]))
    return _join(f"{what}, {BY[block.by]}.", since, _why(block.details()))


def describe_resumption(details: Mapping[str, str]) -> str:
    return _sentence(RESUMED, details)


def show_moment(iso: str) -> str:
    """Django's short form for English begins with the month, which half of its readers take for the day."""
    is_portuguese = (get_language() or "").startswith("pt")
    return date_format(datetime.fromisoformat(iso), "d/m/Y H:i" if is_portuguese else "j M Y H:i")


def _why(details: Mapping[str, str]) -> str:
    reason = describe_reason(details)
    return _("Reason: {reason}").format(reason=reason) if reason else ""


def _join(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _sentence(texts: Mapping[tuple[str, str], str], details: Mapping[str, str]) -> str:
    text = texts.get((details.get("scope", ""), details.get("by", "")))
    return _(text).format(name=details.get("name", "")) if text else ""
