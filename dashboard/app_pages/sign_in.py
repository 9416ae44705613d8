"""Log in or sign up: what every address shows to whoever is not signed in."""

from collections.abc import Callable

import streamlit as st

from dashboard import notices, session
from dashboard.front_door import show_front_door, show_password_needs
from dashboard.live import REFRESH_SECONDS
from dashboard.markup import hint
from dashboard.translation import _

LOG_IN, SIGN_UP = "log_in", "sign_up"


def show() -> None:
    show_front_door(show_forms)
    watch_for_sign_in()


@st.fragment(run_every=REFRESH_SECONDS, key="sign_in.watch")
def watch_for_sign_in() -> None:
    """Whoever signs in in one tab need not do it in the others, which then show the page they were on."""
    if session.has_begun():
        st.rerun()


def show_forms() -> None:
    if session.has_ended():
        st.info(_("You are logged out. Log in, and you are back on this page."), icon=":material/logout:")
    log_in, create = st.tabs([_("Log in"), _("Create an account")])
    with log_in:
        show_log_in()
    with create:
        show_sign_up()


def show_log_in() -> None:
    with st.form("log_in", enter_to_submit=True, border=False):
        notices.show(LOG_IN, "email", "password")
        st.text_input(_("E-mail"), key="log_in.email", autocomplete="username")
        notices.show_field(LOG_IN, "email")
        st.text_input(_("Password"), key="log_in.password", type="password", autocomplete="current-password")
        notices.show_field(LOG_IN, "password")
        st.form_submit_button(
            _("Log in"), key="log_in.submit", type="primary", width="stretch", on_click=log_in
        )
    st.page_link("app_pages/forgot_password.py", label=_("Forgot your password?"))


def show_sign_up() -> None:
    with st.form("sign_up", enter_to_submit=True, border=False):
        st.html(hint(_("Free to try with play money: no exchange account is needed to begin.")))
        notices.show(SIGN_UP, "email", "password")
        st.text_input(_("E-mail"), key="sign_up.email", autocomplete="username")
        notices.show_field(SIGN_UP, "email")
        st.text_input(_("Password"), key="sign_up.password", type="password", autocomplete="new-password")
        show_password_needs()
        notices.show_field(SIGN_UP, "password")
        st.form_submit_button(
            _("Create account"), key="sign_up.submit", type="primary", width="stretch", on_click=sign_up
        )


def log_in() -> None:
    email, password = st.session_state["log_in.email"], st.session_state["log_in.password"]
    notices.dismiss(LOG_IN)
    notices.attempt(LOG_IN, lambda: _signed(session.sign_in, email, password))


def sign_up() -> None:
    email, password = st.session_state["sign_up.email"], st.session_state["sign_up.password"]
    notices.dismiss(SIGN_UP)
    notices.attempt(SIGN_UP, lambda: _signed(session.sign_up, email, password))


def _signed(enter: Callable[[str, str], None], email: str, password: str) -> str:
    enter(email, password)
    return ""


show()
