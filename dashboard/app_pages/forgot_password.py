"""A forgotten password: where to send the link that sets a new one, and what happens next."""

import streamlit as st

from dashboard import api_client, notices
from dashboard.front_door import show_front_door, show_way_to_log_in
from dashboard.markup import title
from dashboard.translation import _, current_language

PLACE, SENT_TO = "forgot_password", "forgot_password.sent_to"


def show() -> None:
    show_front_door(show_either)


def show_either() -> None:
    st.subheader(_("Forgot your password?"), anchor=False)
    if sent_to := st.session_state.get(SENT_TO):
        show_what_next(sent_to)
    else:
        show_form()
    show_way_to_log_in()


def show_form() -> None:
    st.markdown(_("We send you a link by e-mail. With it you set a new password."))
    with st.form("forgot_password", enter_to_submit=True, border=False):
        notices.show(PLACE, "email")
        st.text_input(_("E-mail"), key="forgot_password.email", autocomplete="username")
        notices.show_field(PLACE, "email")
        st.form_submit_button(
            _("Send the link"), key="forgot_password.submit", type="primary", width="stretch", on_click=ask
        )


def show_what_next(sent_to: str) -> None:
    st.html(title(sent_to))
    st.success(
        _("If this address has an account here, a link is on its way to it."),
        icon=":material/mark_email_read:",
    )
    st.markdown(
        _(
            "Open the e-mail and follow the link within the hour; it works once. Nothing after a few minutes? Look into "
            "the spam folder, and check that the address is right."
        )
    )
    st.button(
        _("Send it to another address, or once more"), key="forgot_password.again", on_click=begin_again
    )


def ask() -> None:
    email = st.session_state["forgot_password.email"].strip()
    notices.dismiss(PLACE)
    if notices.attempt(PLACE, lambda: send(email)):
        st.session_state[SENT_TO] = email


def send(email: str) -> str:
    api_client.ask_for_password_reset(email, current_language())
    return ""


def begin_again() -> None:
    notices.dismiss(PLACE)
    del st.session_state[SENT_TO]


show()
