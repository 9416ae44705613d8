"""What stops purchases at present, told on every page."""

from collections.abc import Sequence

import streamlit as st

from dashboard import session
from dashboard.api_client import Record
from dashboard.api_errors import ApiError, SignedOut
from dashboard.formatting import Formats
from dashboard.markup import as_plain_markdown
from dashboard.translation import _, ngettext

SHOWN = 3


def show_notice() -> None:
    # Something must stand here without a notice too: the page below would otherwise move.
    slot = st.empty()
    try:
        halted = session.api().halts()
    except SignedOut:
        raise
    except ApiError:
        # The page itself says that the API cannot be asked.
        return
    if halted:
        text = "\n\n".join(map(as_plain_markdown, describe_all(halted, session.formats())))
        slot.warning(text, icon=":material/pause_circle:")


def describe_all(halted: Sequence[Record], formats: Formats) -> list[str]:
    """The most general ones in full, and how many more there are."""
    told = [describe(halt, formats) for halt in halted[:SHOWN]]
    more = len(halted) - SHOWN
    if more > 0:
        text = ngettext(
            "Purchases of {count} more bot are stopped.", "Purchases of {count} more bots are stopped.", more
        )
        told.append(text.format(count=more))
    return told


def describe(halt: Record, formats: Formats) -> str:
    """Which switch and whose, since when, why, and where it is lifted."""
    parts = [halt["text"], _("Since {moment}.").format(moment=formats.moment(halt["halted_at"]))]
    if halt["reason"]:
        parts.append(_("Reason: {reason}").format(reason=halt["reason"]))
    if halt["may_resume"]:
        parts.append(_("You can allow them again on the page “Bots”."))
    return " ".join(_sentence(part) for part in parts)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
