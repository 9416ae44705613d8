"""Runs a page's parts for the page that is shown, and for no other.

A part that refreshes itself is asked for by the browser, by the page it believes to show. While the server leads to
another page, or its answer is still on the way, such a request still names the old one. Streamlit (1.67) then takes the
session back to the old page: the browser, which shows the new one by now, clears it, and what was typed there is lost.
A refresh is not missed by anybody: the next one is due in seconds.
"""

from streamlit.runtime import app_session
from streamlit.runtime.scriptrunner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData


class PageRunner(ScriptRunner):
    """Leaves out what was asked for by a page that has been left."""

    def _run_script(self, rerun_data: RerunData) -> None:
        if not self._is_of_left_page(rerun_data):
            super()._run_script(rerun_data)

    def _is_of_left_page(self, rerun_data: RerunData) -> bool:
        shown = self._pages_manager.current_page_script_hash
        return bool(rerun_data.fragment_id_queue) and rerun_data.page_script_hash != shown


def install() -> None:
    """For every page that is opened from now on."""
    app_session.ScriptRunner = PageRunner  # type: ignore[attr-defined]
