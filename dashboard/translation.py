"""The dashboard's texts in the language of whoever looks at it. The texts in the code are English."""

import gettext
from functools import cache
from pathlib import Path

import streamlit as st

LOCALE_DIRECTORY = Path(__file__).parent / "locale"
PORTUGUESE, ENGLISH = "pt-br", "en"
LANGUAGE_NAMES = {PORTUGUESE: "Português (Brasil)", ENGLISH: "English"}
LOCALES = {PORTUGUESE: "pt_BR", ENGLISH: "en"}

_LANGUAGE = "language"


def nearest_language(tag: str | None) -> str:
    """One of ours for any language tag: English for English, else Portuguese."""
    return ENGLISH if (tag or "").lower().startswith("en") else PORTUGUESE


def use_language(tag: str | None) -> None:
    st.session_state[_LANGUAGE] = nearest_language(tag)


def current_language() -> str:
    return nearest_language(st.session_state.get(_LANGUAGE))


def _(message: str) -> str:
    return _translations(current_language()).gettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    return _translations(current_language()).ngettext(singular, plural, count)


@cache
def _translations(language: str) -> gettext.NullTranslations:
    return gettext.translation("dashboard", LOCALE_DIRECTORY, [LOCALES[language]])
