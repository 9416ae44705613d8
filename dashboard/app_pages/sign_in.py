"""Log in or sign up: what every address shows to whoever is not signed in."""

from collections.abc import Callable

import streamlit as st

from dashboard import notices, session
from dashboard.translation import LANGUAGE_NAMES, _, current_language

LOG_IN, SIGN_UP = "log_in", "sign_up"
WIDTH = 460


def show() -> None:
    with st.container(width=WIDTH):
        show_forms()


def show_forms() -> None:
    st.title("Cardume", anchor=False)
    st.markdown(_("Your trading bots, your keys, your results."))
    log_in, create = st.tabs([_("Log in"), _("Create an account")])
    with log_in:
        show_log_in()
    with create:
        show_sign_up()
    show_language_choice()


def show_log_in() -> None:
    with st.form("log_in", enter_to_submit=True):
        notices.show(LOG_IN)
        st.text_input(_("E-mail"), key="log_in.email", autocomplete="username")
        st.text_input(_("Password"), key="log_in.password", type="password", autocomplete="current-password")
        st.form_submit_button(_("Log in"), key="log_in.submit", type="primary", on_click=log_in)


def show_sign_up() -> None:
    with st.form("sign_up", enter_to_submit=True):
        notices.show(SIGN_UP, "email", "password")
        st.text_input(_("E-mail"), key="sign_up.email", autocomplete="username")
        notices.show_field(SIGN_UP, "email")
        st.text_input(_("Password"), key="sign_up.password", type="password", autocomplete="new-password")
        notices.show_field(SIGN_UP, "password")
        st.form_submit_button(_("Create account"), key="sign_up.submit", type="primary", on_click=sign_up)


def show_language_choice() -> None:
    language = current_language()
    other = next(tag for tag in LANGUAGE_NAMES if tag != language)
    st.button(
        LANGUAGE_NAMES[other],
        key="sign_in.language",
        type="tertiary",
        icon=":material/language:",
        on_click=session.choose_language,
        args=(other,),
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
