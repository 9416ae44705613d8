"""The user's language, currency and password, and the ways out."""

import streamlit as st

from dashboard import notices, session, words
from dashboard.controls import KEPT_FOR_PAGE, card, confirmation, guarded_button
from dashboard.front_door import show_password_needs
from dashboard.live import show_guarded
from dashboard.markup import facts, hint, title
from dashboard.translation import LANGUAGE_NAMES, _, current_language

PLACE, PASSWORD, SESSIONS = "account", "account.password", "account.sessions"
EVERYWHERE = "account.log_out_everywhere"


def show() -> None:
    st.title(_("Account"), anchor=False)
    show_guarded(show_account)


def show_account() -> None:
    left, right = st.columns(2)
    with left:
        show_preferences()
    with right:
        show_password()
        show_sessions()


def show_preferences() -> None:
    st.session_state.setdefault("account.language", current_language())
    st.session_state.setdefault("account.currency", session.currency())
    with card("preferences"):
        st.html(title(_("You")))
        st.html(facts([], below=(_("E-mail"), session.user()["email"])))
        st.html(facts([(_("Time zone"), session.formats().timezone_name())]))
        st.html(hint(_("Times are shown in the time zone of your browser.")))
        notices.show(PLACE)
        with st.form("preferences", border=False):
            st.selectbox(
                _("Language"),
                list(LANGUAGE_NAMES),
                key="account.language",
                format_func=LANGUAGE_NAMES.__getitem__,
                persist_state=KEPT_FOR_PAGE,
            )
            st.selectbox(
                _("Currency that amounts are shown in"),
                words.CURRENCIES,
                key="account.currency",
                persist_state=KEPT_FOR_PAGE,
            )
            st.form_submit_button(_("Save"), key="account.save", type="primary", on_click=save_preferences)


def save_preferences() -> None:
    state = st.session_state
    changes = {"language": state["account.language"], "display_currency": state["account.currency"]}
    notices.attempt(PLACE, lambda: update(changes))


def update(changes: dict[str, str]) -> str:
    session.update_user(changes)
    return _("Your preferences are saved.")


def show_password() -> None:
    with card("password"):
        st.html(title(_("Password")))
        notices.show(PASSWORD, "current_password", "new_password")
        with st.form("password", border=False):
            st.text_input(
                _("Current password"),
                key="account.current",
                type="password",
                autocomplete="current-password",
            )
            notices.show_field(PASSWORD, "current_password")
            st.text_input(_("New password"), key="account.new", type="password", autocomplete="new-password")
            show_password_needs()
            notices.show_field(PASSWORD, "new_password")
            st.form_submit_button(_("Change password"), key="account.change", on_click=change_password)


def change_password() -> None:
    current, new = st.session_state["account.current"], st.session_state["account.new"]
    notices.dismiss(PASSWORD)
    if notices.attempt(PASSWORD, lambda: replace_password(current, new)):
        st.session_state["account.current"] = st.session_state["account.new"] = ""


def replace_password(current: str, new: str) -> str:
    session.change_password(current, new)
    return _("Your password is changed. Every other sign-in has ended.")


def show_sessions() -> None:
    with card("sessions"):
        st.html(title(_("Logging out")))
        st.html(hint(_("Your bots run on, whether you are logged in or not.")))
        notices.show(SESSIONS)
        with st.container(horizontal=True):
            st.button(
                _("Log out"), key="account.log_out", on_click=session.sign_out, icon=":material/logout:"
            )
            guarded_button(_("Log out everywhere"), EVERYWHERE)
        question = _(
            "Log out everywhere? You are logged out in this browser and in all others, and programs that use your account "
            "have to log in again. Do this if you lost a device, or left yourself logged in somewhere."
        )
        confirmation(question, _("Yes, log out everywhere"), EVERYWHERE, SESSIONS, log_out_everywhere)


def log_out_everywhere() -> str:
    session.sign_out_everywhere()
    return ""


show()
