"""Entry point of the dashboard: `streamlit run dashboard/app.py`.

Streamlit's server imports this file for `app`, and runs it as a script, with the name `__main__`, for every page.
"""

import logging
import sys
from html import escape
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

HERE = Path(__file__).parent
if str(HERE.parent) not in sys.path:
    # Streamlit puts only this file's own folder on the path.
    sys.path.append(str(HERE.parent))

from dashboard import halts, notices, page_runner, session  # noqa: E402
from dashboard.live import show_live  # noqa: E402
from dashboard.session_cookie import SessionCookie  # noqa: E402
from dashboard.translation import _  # noqa: E402

log = logging.getLogger("dashboard")

# Purchases are rarely stopped, and each page tells what came of its own buttons at once. It is also how a page without
# figures learns that its sign-in has ended elsewhere.
HALTS_SECONDS = 5.0
FIRST = "overview"
# The root's own name, which nobody is led to.
ROOT = "start"


def run() -> None:
    st.set_page_config(page_title="Cardume", page_icon=str(HERE / "icon.svg"), layout="wide")
    st.html(HERE / "style.css")
    signed_in = session.begin_run()
    if signed_in:
        st.logo(str(HERE / "icon.svg"), size="large")
        page = st.navigation(signed_in_pages())
        show_account_corner()
    else:
        page = st.navigation(signed_out_pages(), position="hidden")
    page_runner.note_shown(page.url_path)
    notices.turn_page(page.url_path)
    above = st.container()
    page.run()
    if signed_in:
        # It stands above the page, and nobody waits for it: most of the time it says nothing.
        with above:
            show_live(halts.show_notice, "halts.live", HALTS_SECONDS)
    page_runner.end_if_replaced()


def page_titles() -> dict[str, str]:
    return {
        "overview": _("Overview"),
        "bots": _("Bots"),
        "trades": _("Trades"),
        "performance": _("Performance"),
        "exchange_keys": _("Exchange keys"),
        "account": _("Account"),
        "bot": _("Bot"),
        "bot_form": _("Configure a bot"),
        "forgot_password": _("Forgot your password?"),
        "reset_password": _("Set a new password"),
    }


# For whoever cannot sign in, and for everybody else.
OPEN_PAGES = {"forgot_password", "reset_password"}


ICONS = {
    "overview": ":material/monitoring:",
    "bots": ":material/smart_toy:",
    "trades": ":material/receipt_long:",
    "performance": ":material/query_stats:",
    "exchange_keys": ":material/key:",
    "account": ":material/person:",
}


def signed_in_pages() -> list[st.Page]:
    titles = page_titles()
    pages = [
        st.Page(
            f"app_pages/{name}.py",
            title=title,
            icon=ICONS.get(name),
            url_path=name if name != FIRST else ROOT,
            default=name == FIRST,
            visibility="visible" if name in ICONS else "hidden",
        )
        for name, title in titles.items()
    ]
    return [*pages, st.Page(go_to_first, title=titles[FIRST], url_path=FIRST, visibility="hidden")]


def signed_out_pages() -> list[st.Page]:
    """Every address leads to the log-in, and after it to its own page."""
    pages = [
        st.Page(
            f"app_pages/{name if name in OPEN_PAGES else 'sign_in'}.py",
            title=title if name in OPEN_PAGES else _("Log in"),
            url_path=name if name != FIRST else ROOT,
            default=name == FIRST,
        )
        for name, title in page_titles().items()
    ]
    return [*pages, st.Page("app_pages/sign_in.py", title=_("Log in"), url_path=FIRST, visibility="hidden")]


def go_to_first() -> None:
    """Streamlit has its default page at the root alone and says of its own name that it does not exist."""
    st.switch_page(f"app_pages/{FIRST}.py")


def show_account_corner() -> None:
    with st.sidebar:
        st.html(f'<p class="cardume-who">{escape(session.user()["email"])}</p>')
        st.button(_("Log out"), key="sidebar.log_out", on_click=session.sign_out, icon=":material/logout:")


def show_failure(error: Exception) -> bool:
    """Tells the user that a page failed, and the log why."""
    log.error("a page failed", exc_info=error)
    st.error(_("This page failed. Reload it to try again; your bots run on without it."))
    return True


if __name__ == "__main__":
    run()
else:
    page_runner.install()
    app = st.App(__file__, middleware=[Middleware(SessionCookie)], on_script_error=show_failure)
