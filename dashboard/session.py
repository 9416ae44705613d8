"""Who is looking at this page, and their calls to the API.

A browser's sign-in is found by the id in its cookie. Where there is no cookie, this page's own id stands in for it
and the sign-in lasts as long as the page stays open.
"""

import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard import api_client
from dashboard.api_client import Api, OnlyToken, Record
from dashboard.api_errors import ApiError, SignedOut
from dashboard.formatting import Formats, timezone_named
from dashboard.session_cookie import cookie_name, is_session_id, new_session_id
from dashboard.session_store import BrowserTokens, SignIn, store
from dashboard.translation import LOCALES, current_language, use_language

_PAGE_ID, _OWNER, _CHOSEN_LANGUAGE = "session.page_id", "session.owner", "session.chosen_language"
# Which sign-in this page uses: when it is over, only that one is.
_BORN = "session.born"
_LEFT = "session.left"


def begin_run() -> bool:
    """Settles language and owner at the start of a run; tells whether somebody is signed in."""
    sign_in = _sign_in()
    owner = sign_in.user["id"] if sign_in else None
    if st.session_state.get(_OWNER) != owner:
        # Whatever the last user of this page typed or opened must not reach the next one.
        was_signed_in = is_signed_in()
        _forget_page()
        st.session_state[_OWNER] = owner
        st.session_state[_LEFT] = was_signed_in and owner is None
    st.session_state[_BORN] = sign_in.born if sign_in else None
    use_language(_language(sign_in))
    return sign_in is not None


def is_signed_in() -> bool:
    return st.session_state.get(_OWNER) is not None


def has_ended() -> bool:
    """Whether this page was somebody's until they were logged out."""
    return bool(st.session_state.get(_LEFT))


def has_begun() -> bool:
    """Whether this page shows nobody's things while its browser is signed in by now."""
    return not is_signed_in() and _sign_in() is not None


def choose_language(tag: str) -> None:
    """Before sign-in; afterwards the user's own language counts."""
    st.session_state[_CHOSEN_LANGUAGE] = tag


def api() -> Api:
    """The API as the user whose page this is. Raises SignedOut if they no longer are who is signed in."""
    return _api_of(_owner_sign_in())


def user() -> Record:
    return _owner_sign_in().user


def currency() -> str:
    return str(user()["display_currency"])


def formats() -> Formats:
    return Formats(LOCALES[current_language()], timezone_named(st.context.timezone))


def sign_up(email: str, password: str) -> None:
    api_client.register(email, password, current_language())
    sign_in(email, password)


def sign_in(email: str, password: str) -> None:
    language = current_language()
    tokens = api_client.obtain_tokens(email, password, language)
    user = api_client.Api(OnlyToken(str(tokens["access"])), language).me()
    store.put(_session_id(), SignIn(user, str(tokens["access"]), str(tokens["refresh"])))


def update_user(changes: Record) -> None:
    updated = api().update_me(changes)
    store.change(_session_id(), _owner_sign_in().born, lambda latest: replace(latest, user=updated))


def change_password(current: str, new: str) -> None:
    """Ends every sign-in of the user but this browser's."""
    # Other calls of this browser find their token dead before the new one is here: they wait instead of giving up.
    with store.turn(_session_id()):
        sign_in = _owner_sign_in()
        tokens = _api_of(sign_in).change_password(current, new)
        store.change(_session_id(), sign_in.born, lambda latest: latest.with_tokens(tokens))


def sign_out() -> None:
    """For every tab of this browser."""
    taken = end()
    if taken:
        # The tokens are forgotten here whether or not the API can be told.
        with contextlib.suppress(ApiError):
            api_client.revoke(taken.refresh, taken.language)


def sign_out_everywhere() -> None:
    """Ends every sign-in of the user, in this browser and in all others."""
    api().log_out_everywhere()
    end()


def end() -> SignIn | None:
    """Forgets the sign-in that this page used; what it last was, if it had not been forgotten."""
    return store.take(_session_id(), st.session_state.get(_BORN))


def gather(*calls: Callable[[], Any]) -> list[Any]:
    """The calls' answers, asked for at the same time. Raises what the first of them to fail raised."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return [answer.result() for answer in [pool.submit(call) for call in calls]]


def _owner_sign_in() -> SignIn:
    sign_in = _sign_in()
    if sign_in is None or sign_in.user["id"] != st.session_state.get(_OWNER):
        raise SignedOut
    st.session_state[_BORN] = sign_in.born
    return sign_in


def _api_of(sign_in: SignIn) -> Api:
    return api_client.Api(BrowserTokens(store, _session_id(), sign_in), sign_in.language)


def _sign_in() -> SignIn | None:
    return store.get(_session_id())


def _session_id() -> str:
    sent = st.context.cookies.get(cookie_name())
    if sent and is_session_id(sent):
        return sent
    return str(st.session_state.setdefault(_PAGE_ID, new_session_id()))


def _language(sign_in: SignIn | None) -> str | None:
    if sign_in:
        return sign_in.language
    chosen = st.session_state.get(_CHOSEN_LANGUAGE)
    return str(chosen) if chosen else st.context.locale


def _forget_page() -> None:
    kept = {_PAGE_ID, _CHOSEN_LANGUAGE}
    for key in [key for key in st.session_state if key not in kept]:
        del st.session_state[key]
