"""Keeps apart the runs of a page that is shown and of one that has been left; Streamlit (1.67) mixes them up twice.

A part that refreshes itself is asked for by the browser, by the page it believes to show. While the server leads to
another page, or its answer is still on the way, such a request still names the old one. Streamlit then takes the session
back to the old page: the browser, which shows the new one by now, clears it, and what was typed there is lost. Here such
a request is left out; the next one is due in seconds.

And a page's run forgets, at its end, all parts but its own. One that waits for its last answer while the user goes on
to another page does so too, and the parts of that other page would never refresh again.
"""

import streamlit as st
from streamlit.runtime import app_session
from streamlit.runtime.scriptrunner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

_SHOWN = "page_runner.shown"


def install() -> None:
    """For every page that is opened from now on."""
    app_session.ScriptRunner = PageRunner  # type: ignore[attr-defined]


def note_shown(url_path: str) -> None:
    """To be called by every run of a whole page. Streamlit's own note is changed by a run that was stopped, too."""
    st.session_state[_SHOWN] = url_path


def end_if_replaced() -> None:
    """To be called last by every run of a whole page: ends it here if another one has taken its place meanwhile."""
    # Streamlit stops a run where it next meets the session's state.
    st.session_state.get(_SHOWN)


class PageRunner(ScriptRunner):
    """Leaves out what was asked for by a page that has been left."""

    def _run_script(self, rerun_data: RerunData) -> None:
        if not (rerun_data.fragment_id_queue and self._is_left(rerun_data.page_script_hash)):
            super()._run_script(rerun_data)

    def _is_left(self, page_hash: str) -> bool:
        asking = self._pages_manager.get_pages().get(page_hash)
        if asking is None or _SHOWN not in self._session_state:
            return False
        return bool(asking["url_pathname"] != self._session_state[_SHOWN])
