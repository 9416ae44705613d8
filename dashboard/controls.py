"""Buttons that act on the API and show what came of it."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Literal

import streamlit as st

from dashboard import notices
from dashboard.markup import as_plain_markdown
from dashboard.translation import _

# The `persist_state` of a field whose first value is the program's: a run that is broken off may have read the value
# without the browser having learnt of it, which then shows the field empty and may send that back. What is kept for the
# page is told again.
KEPT_FOR_PAGE: Literal["page"] = "page"
_ASKED = "controls.asked"


def action_button(
    label: str,
    key: str,
    place: str,
    action: Callable[[], str],
    *,
    primary: bool = False,
    icon: str | None = None,
) -> None:
    """`action` does the work and returns the good news, shown at `place` in the run that follows."""
    st.button(
        label,
        key=key,
        on_click=_do,
        args=(place, action),
        type="primary" if primary else "secondary",
        icon=icon,
    )


def page_button(
    label: str,
    key: str,
    page: str,
    icon: str | None = None,
    *,
    primary: bool = False,
    quiet: bool = False,
    query: Mapping[str, str] | None = None,
) -> None:
    """A link to another page, as easy to hit as any button; a `quiet` one looks like a link.

    Unlike a button it does not run the page that is left once more, and it can be opened in a tab of its own.
    """
    kind = "primary" if primary else "quiet" if quiet else "secondary"
    with st.container(key=f"way-{kind}-{key}", width="content"):
        st.page_link(page, label=label, icon=icon or "", query_params=dict(query or {}))


def label_of(label: str, thing: str) -> str:
    """A button's label that names what it belongs to for those who hear it; for those who see it, its row does."""
    return f"{label} :gray[{as_plain_markdown(thing)}]"


def card(name: str) -> AbstractContextManager[object]:
    """A part of a page that stands on a ground of its own."""
    return st.container(border=True, key=f"card-{name}")


def row_container(name: str) -> AbstractContextManager[object]:
    """One of several alike in a card: `markup.row` and its buttons, with a line above."""
    return st.container(key=f"row-{name}", gap="small")


def guarded_button(label: str, key: str) -> None:
    """A button whose work `confirmation` with the same key asks about first."""
    st.button(label, key=key, on_click=ask, args=(key,))


def confirmation(question: str, yes: str, key: str, place: str, action: Callable[[], str]) -> None:
    """The question of a guarded button, or of `ask`, while it is to be answered."""
    if st.session_state.get(_ASKED) != key:
        return
    with st.container(border=True):
        st.markdown(as_plain_markdown(question))
        with st.container(horizontal=True):
            st.button(yes, key=f"{key}.yes", type="primary", on_click=_confirm, args=(place, action))
            st.button(_("Cancel"), key=f"{key}.no", on_click=ask, args=(None,))


def _do(place: str, action: Callable[[], str]) -> None:
    notices.attempt(place, action)


def ask(key: str | None) -> None:
    """Has `confirmation` with this key put its question; None takes back whatever was asked."""
    st.session_state[_ASKED] = key


def _confirm(place: str, action: Callable[[], str]) -> None:
    ask(None)
    _do(place, action)
