"""Parts of a page that refresh themselves, and what every part does when the API does not play along."""

from collections.abc import Callable

import streamlit as st

from dashboard import notices, session
from dashboard.api_errors import ApiError, Refused, SignedOut
from dashboard.markup import as_plain_markdown
from dashboard.translation import _

REFRESH_SECONDS = 3.0


def show_live(part: Callable[[], None], key: str) -> None:
    """Shows `part` and keeps it fresh by itself, leaving the rest of the page as it is."""

    @st.fragment(run_every=REFRESH_SECONDS, key=key)
    def refreshed() -> None:
        show_guarded(part, recovers=True)

    # A container of its own, so that what follows stays where it is however much is shown here.
    with st.container():
        refreshed()


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
        st.warning(as_plain_markdown(f"{notices.explain(error)} {again}"))
