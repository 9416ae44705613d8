"""What came of the things a user asked for, and failures in words."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape

import streamlit as st

from dashboard import session
from dashboard.api_client import Record
from dashboard.api_errors import ApiError, Refused, ServerFault, SignedOut, Unreachable
from dashboard.formatting import Formats
from dashboard.markup import as_plain_markdown
from dashboard.translation import _

GOOD_NEWS_SECONDS, BAD_NEWS_SECONDS = 8.0, 60.0
_PAGE = "notices.page"


@dataclass(frozen=True)
class Notice:
    """`fields` holds what is wrong with what was typed, by field; such a notice stays until the next attempt."""

    good: bool
    text: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    since: float = field(default_factory=time.monotonic)

    def is_over(self) -> bool:
        lasts = GOOD_NEWS_SECONDS if self.good else BAD_NEWS_SECONDS
        return not self.fields and time.monotonic() > self.since + lasts


def attempt(place: str, action: Callable[[], str]) -> bool:
    """Does something for the user; `show(place)` tells what came of it. `action` returns the good news."""
    try:
        notice = Notice(True, action())
    except SignedOut:
        session.end()
        return False
    except Refused as refusal:
        notice = Notice(False, explain(refusal), refusal.fields)
    except ApiError as error:
        notice = Notice(False, explain(error))
    st.session_state[_key(place)] = notice
    return notice.good


def reject(place: str, fields: dict[str, list[str]]) -> None:
    """Answers for the API where what was typed cannot even be sent."""
    st.session_state[_key(place)] = Notice(False, _("Please correct the fields marked below."), fields)


def show(place: str, *beside: str) -> None:
    """Shows the last notice of a place while it is fresh; errors of fields not in `beside` along with it."""
    # Something must stand here without a notice too: what follows would otherwise move, and lose tab and focus.
    slot = st.empty()
    notice: Notice | None = st.session_state.get(_key(place))
    if notice is None or notice.is_over():
        dismiss(place)
        return
    others = [text for name, texts in notice.fields.items() if name not in beside for text in texts]
    body = as_plain_markdown(" ".join([notice.text, *others]))
    (slot.success if notice.good else slot.error)(body)


def show_field(place: str, name: str) -> None:
    """What is wrong with one field, to be called right below it."""
    slot = st.empty()
    notice: Notice | None = st.session_state.get(_key(place))
    if notice and name in notice.fields:
        slot.markdown(f":red[{as_plain_markdown(' '.join(notice.fields[name]))}]")


def show_simulated(simulated: bool, *, others: bool = False) -> None:
    """Wherever invented prices stand, this stands above them; `others` says that real ones stand there too."""
    if simulated:
        told = _("Simulated prices: these trades use play money and invented prices.")
        if others:
            told = _("Simulated prices: some of these trades use play money and invented prices.")
        st.html(f'<p class="cardume-simulated">{escape(told)}</p>')


def show_stale(answer: Record, formats: Formats) -> None:
    """Above figures of a portfolio or a performance that are made of prices of some time ago."""
    if not answer["stale"]:
        return
    told = _("Not all prices are known at the moment.")
    if answer["prices_as_of"]:
        since = formats.moment(answer["prices_as_of"], seconds=True)
        told = _("Prices are out of date; the last ones are of {moment}.").format(moment=since)
    st.warning(as_plain_markdown(told), icon=":material/schedule:")


def dismiss(place: str) -> None:
    st.session_state.pop(_key(place), None)


def turn_page(page: str) -> None:
    """Leaves bad news behind when the user goes to another page; good news may be about what led there."""
    if st.session_state.get(_PAGE) == page:
        return
    st.session_state[_PAGE] = page
    for key, notice in list(st.session_state.items()):
        if isinstance(notice, Notice) and not notice.good:
            del st.session_state[key]


def lead_to(page: str) -> None:
    """The page that is gone to next: what stands at its places, bad news too, is about what leads there."""
    st.session_state[_PAGE] = page


def move(origin: str, target: str) -> None:
    """Has a notice shown somewhere else than where it arose."""
    notice = st.session_state.pop(_key(origin), None)
    if notice is not None:
        st.session_state[_key(target)] = notice


def explain(error: ApiError) -> str:
    match error:
        case Refused(detail=detail) if detail:
            return detail
        case Refused(status=404):
            return _("This no longer exists.")
        case Refused(status=429):
            return _("Too many requests. Wait a little and try again.")
        case ServerFault(error_id=error_id) if error_id:
            return _("Something failed in Cardume. Nothing you typed is lost. Reference: {reference}").format(
                reference=error_id
            )
        case Unreachable():
            return _("Cardume cannot be reached at the moment. Your bots run on without this page.")
        case _:
            return _("Something failed in Cardume. Nothing you typed is lost.")


def _key(place: str) -> str:
    return f"notice.{place}"
