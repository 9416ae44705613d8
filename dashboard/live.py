"""Parts of a page that refresh themselves, and what every part does when the API does not play along."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

import streamlit as st

from dashboard import notices, session
from dashboard.api_errors import ApiError, Refused, SignedOut
from dashboard.markup import as_plain_markdown
from dashboard.translation import _

REFRESH_SECONDS = 3.0
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class _Kept(Generic[Answer]):
    """What the API told last, of what, and when."""

    answer: Answer
    of: Hashable
    at: datetime


def show_live(part: Callable[[], None], key: str, every: float = REFRESH_SECONDS) -> None:
    """Shows `part` and keeps it fresh by itself, leaving the rest of the page as it is."""

    @st.fragment(run_every=every, key=key)
    def refreshed() -> None:
        show_guarded(part, recovers=True)

    # A container of its own, so that what follows stays where it is however much is shown here.
    with st.container():
        refreshed()


def show_live_data(
    load: Callable[[], Answer],
    show: Callable[[Answer], None],
    key: str,
    every: float = REFRESH_SECONDS,
    of: Callable[[], Hashable] = lambda: None,
) -> None:
    """Like `show_live`, for what `load` asks the API: while nothing new is to be had, its last answer stays in view.

    Of when it is, is said above it then, and that it tries again by itself. `of` tells whose answer is wanted, where the
    same part shows several bots, or what is chosen: an answer of another one never stands in its place.
    """
    kept = f"{key}.kept"

    def part() -> None:
        with st.container():
            answer = _load_or_keep(load, kept, of)
        show(answer)

    show_live(part, key, every)


def _load_or_keep(load: Callable[[], Answer], key: str, of: Callable[[], Hashable]) -> Answer:
    slot = st.empty()
    last: _Kept[Answer] | None = st.session_state.get(key)
    try:
        answer = load()
    except SignedOut:
        raise
    except ApiError as error:
        if last is None or last.of != of():
            raise
        slot.warning(_say_stale(error, last.at), icon=":material/cloud_off:")
        return last.answer
    st.session_state[key] = _Kept(answer, of(), datetime.now(UTC))
    return answer


def _say_stale(error: ApiError, at: datetime) -> str:
    of = _("What you see is of {moment}.").format(
        moment=session.formats().moment(at.isoformat(), seconds=True)
    )
    return as_plain_markdown(f"{notices.explain(error)} {of} {_('This page tries again by itself.')}")


def show_guarded(part: Callable[[], None], *, recovers: bool = False) -> None:
    """Shows `part`, or in plain words why it cannot be shown. `recovers` says that it tries again by itself."""
    try:
        part()
    except SignedOut:
        session.end()
        st.rerun()
    except Refused as refusal:
        st.error(as_plain_markdown(notices.explain(refusal)))
    except ApiError as error:
        again = _("This page tries again by itself.") if recovers else _("Reload the page to try again.")
        st.warning(as_plain_markdown(f"{notices.explain(error)} {again}"), icon=":material/cloud_off:")
