"""What came of the things a user asked for, and failures in words."""

from collections.abc import Callable
from dataclasses import dataclass, field

import streamlit as st

from dashboard import session
from dashboard.api_errors import ApiError, Refused, ServerFault, SignedOut, Unreachable
from dashboard.markup import as_plain_markdown
from dashboard.translation import _


@dataclass(frozen=True)
class Notice:
    """`fields` holds what is wrong with what was typed, by field; `shown_fields` are those shown beside them."""

    good: bool
    text: str
    fields: dict[str, list[str]] = field(default_factory=dict)


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
    """Shows the last notice of a place, once; errors of fields not in `beside` along with it."""
    notice: Notice | None = st.session_state.get(_key(place))
    if notice is None:
        return
    if notice.good:
        del st.session_state[_key(place)]
    others = [text for name, texts in notice.fields.items() if name not in beside for text in texts]
    body = as_plain_markdown(" ".join([notice.text, *others]))
    (st.success if notice.good else st.error)(body)


def show_field(place: str, name: str) -> None:
    """What is wrong with one field, to be called right below it."""
    notice: Notice | None = st.session_state.get(_key(place))
    for text in notice.fields.get(name, []) if notice else []:
        st.markdown(f":red[{as_plain_markdown(text)}]")


def dismiss(place: str) -> None:
    st.session_state.pop(_key(place), None)


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
