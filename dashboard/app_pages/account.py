"""The user's language, currency and password, and the way out."""

import streamlit as st

from dashboard import notices, session, words
from dashboard.live import show_guarded
from dashboard.translation import LANGUAGE_NAMES, _, current_language

PLACE, PASSWORD = "account", "account.password"


def show() -> None:
    st.title(_("Account"), anchor=False)
    show_guarded(show_account)


def show_account() -> None:
    st.text(session.user()["email"])
    notices.show(PLACE)
    show_preferences()
    notices.show(PASSWORD, "current_password", "new_password")
    show_password()
    st.button(_("Log out"), key="account.log_out", on_click=session.sign_out, icon=":material/logout:")


def show_preferences() -> None:
    st.session_state.setdefault("account.language", current_language())
    st.session_state.setdefault("account.currency", session.currency())
    with st.form("preferences"):
        st.selectbox(
            _("Language"),
            list(LANGUAGE_NAMES),
            key="account.language",
            format_func=LANGUAGE_NAMES.__getitem__,
        )
        st.selectbox(_("Currency that amounts are shown in"), words.CURRENCIES, key="account.currency")
        st.form_submit_button(_("Save"), key="account.save", type="primary", on_click=save_preferences)


def save_preferences() -> None:
    state = st.session_state
    changes = {"language": state["account.language"], "display_currency": state["account.currency"]}
    notices.attempt(PLACE, lambda: update(changes))


def update(changes: dict[str, str]) -> str:
    session.update_user(changes)
    return _("Your preferences are saved.")


def show_password() -> None:
    with st.form("password"):
        st.text_input(
            _("Current password"), key="account.current", type="password", autocomplete="current-password"
        )
        notices.show_field(PASSWORD, "current_password")
        st.text_input(_("New password"), key="account.new", type="password", autocomplete="new-password")
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


show()
