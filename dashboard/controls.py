"""Buttons that act on the API and show what came of it."""

from collections.abc import Callable

import streamlit as st

from dashboard import notices
from dashboard.markup import as_plain_markdown
from dashboard.translation import _

_ASKED = "controls.asked"


def action_button(
    label: str, key: str, place: str, action: Callable[[], str], *, primary: bool = False
) -> None:
    """`action` does the work and returns the good news, shown at `place` in the run that follows."""
    st.button(
        label,
        key=key,
        on_click=_do,
        args=(place, action),
        type="primary" if primary else "secondary",
    )


def page_button(label: str, key: str, page: str, icon: str | None = None, *, primary: bool = False) -> None:
    """A way to another page, as easy to hit as any button."""
    if st.button(label, key=key, icon=icon, type="primary" if primary else "secondary"):
        st.switch_page(page)


def guarded_button(label: str, key: str) -> None:
    """A button whose work `confirmation` with the same key asks about first."""
    st.button(label, key=key, on_click=_ask, args=(key,))


def confirmation(question: str, yes: str, key: str, place: str, action: Callable[[], str]) -> None:
    """The question of a guarded button, if it was pressed."""
    if st.session_state.get(_ASKED) != key:
        return
    with st.container(border=True):
        st.markdown(as_plain_markdown(question))
        with st.container(horizontal=True):
            st.button(yes, key=f"{key}.yes", type="primary", on_click=_confirm, args=(place, action))
            st.button(_("Cancel"), key=f"{key}.no", on_click=_ask, args=(None,))


def _do(place: str, action: Callable[[], str]) -> None:
    notices.attempt(place, action)


def _ask(key: str | None) -> None:
    st.session_state[_ASKED] = key


def _confirm(place: str, action: Callable[[], str]) -> None:
    _ask(None)
    _do(place, action)
