"""Where the link of a reset e-mail leads: a new password, also for whoever is not signed in."""

import streamlit as st

from dashboard import api_client, notices, session
from dashboard.api_errors import Refused
from dashboard.front_door import show_front_door, show_password_needs, show_way_to_log_in
from dashboard.reset_link import ResetLink, forget_link, held_link, read_link
from dashboard.translation import _, current_language

PLACE, STATE = "reset_password", "reset_password.state"
DONE, REFUSED = "done", "refused"


def show() -> None:
    link = read_link()
    use_language_of(link)
    show_front_door(lambda: show_state(link))


def use_language_of(link: ResetLink | None) -> None:
    """The e-mail was in the user's language, and so is this page, until they choose another."""
    if link and link.language and link.language != st.session_state.get("reset_password.language"):
        st.session_state["reset_password.language"] = link.language
        session.choose_language(link.language)
        st.rerun()


def show_state(link: ResetLink | None) -> None:
    st.subheader(_("Set a new password"), anchor=False)
    if link is None:
        st.markdown(_("One moment…"))
    elif link.token:
        show_form()
    else:
        show_what_became_of_it(st.session_state.get(STATE))
        show_way_to_log_in()


def show_form() -> None:
    with st.form("reset_password", enter_to_submit=True, border=False):
        notices.show(PLACE, "new_password")
        st.text_input(
            _("New password"), key="reset_password.new", type="password", autocomplete="new-password"
        )
        show_password_needs()
        notices.show_field(PLACE, "new_password")
        st.form_submit_button(
            _("Set the password"),
            key="reset_password.submit",
            type="primary",
            width="stretch",
            on_click=reset,
        )


def show_what_became_of_it(state: str | None) -> None:
    if state == DONE:
        st.success(_("Your new password is set, and every sign-in with the old one has ended."))
        return
    if state == REFUSED:
        st.error(_("This link works no more: it was used already, is older than an hour, or is not whole."))
    else:
        st.info(_("Open this page with the link of the e-mail."))
    st.page_link("app_pages/forgot_password.py", label=_("Ask for a new link"), icon=":material/mail:")


def reset() -> None:
    new = st.session_state["reset_password.new"]
    st.session_state["reset_password.new"] = ""
    notices.dismiss(PLACE)
    notices.attempt(PLACE, lambda: send(held_link(), new))


def send(link: ResetLink, new: str) -> str:
    try:
        api_client.reset_password(link.uid, link.token, new, current_language())
    except Refused as refusal:
        if refusal.code != "reset_link_not_valid":
            raise
        return finish(REFUSED)
    return finish(DONE)


def finish(state: str) -> str:
    forget_link()
    st.session_state[STATE] = state
    return ""


show()
