"""What the pages for people who are not signed in have in common: who we are, one narrow column, the other language."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from dashboard import session
from dashboard.markup import hint
from dashboard.translation import LANGUAGE_NAMES, _, current_language

ICON = Path(__file__).parent / "icon.svg"
WIDTH = 460


def show_front_door(part: Callable[[], None]) -> None:
    with st.container(horizontal_alignment="center"), st.container(width=WIDTH, key="front_door"):
        with st.container(horizontal=True, horizontal_alignment="center"):
            st.image(str(ICON), width=72)
        st.title("Cardume", anchor=False, text_alignment="center")
        st.markdown(_("Your trading bots, your keys, your results."), text_alignment="center")
        with st.container(border=True, key="card-front-door"):
            part()
        with st.container(horizontal=True, horizontal_alignment="center"):
            show_language_choice()


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


def show_password_needs() -> None:
    """What a password must be like, said before one is refused."""
    st.html(
        hint(
            _("At least 8 characters, and not only digits. No common password, and nothing like your e-mail.")
        )
    )


def show_way_to_log_in() -> None:
    """Or, in a browser where somebody is signed in, to their overview."""
    if session.is_signed_in():
        st.page_link("app_pages/overview.py", label=_("Overview"), icon=":material/arrow_back:")
    else:
        st.page_link("app_pages/sign_in.py", label=_("Back to log in"), icon=":material/arrow_back:")
