"""What the link of a reset e-mail holds, read from where browsers tell it to no server: behind the `#` of the address.

It is taken out of the address bar and of the browser's history as it is read, and lives in this page's memory until
the password is set or the page is closed.
"""

from dataclasses import dataclass, field
from urllib.parse import parse_qs

import streamlit as st

_LINK, _READER = "reset_link", "reset_link.reader"

# Where there is nothing it tells "-": the page must know that it has looked.
_SCRIPT = """
export default function ({ setTriggerValue }) {
  const take = () => {
    const held = window.location.hash.slice(1)
    if (held) {
      window.history.replaceState(window.history.state, "", window.location.pathname + window.location.search)
    }
    return held
  }
  const held = take()
  if (held || !window.cardumeResetLinkRead) {
    window.cardumeResetLinkRead = true
    setTriggerValue("held", held || "-")
  }
  const changed = () => {
    const held = take()
    if (held) setTriggerValue("held", held)
  }
  window.addEventListener("hashchange", changed)
  return () => {
    window.cardumeResetLinkRead = false
    window.removeEventListener("hashchange", changed)
  }
}
"""


@dataclass(frozen=True)
class ResetLink:
    uid: str
    token: str = field(repr=False)
    language: str = ""


def read_link() -> ResetLink | None:
    """What this page's address held; empty texts where it held nothing. None: the browser has not answered yet."""
    reader = st.components.v2.component("cardume_reset_link", js=_SCRIPT)
    reader(key=_READER, on_held_change=_remember)
    return st.session_state.get(_LINK)


def held_link() -> ResetLink:
    return st.session_state.get(_LINK) or ResetLink("", "")


def forget_link() -> None:
    st.session_state[_LINK] = ResetLink("", "")


def parse(held: str) -> ResetLink:
    found = parse_qs(held)
    uid, token, language = (found.get(name, [""])[0] for name in ("uid", "token", "language"))
    return ResetLink(uid, token, language)


def _remember() -> None:
    held = st.session_state[_READER].held
    if held:
        st.session_state[_LINK] = parse(held)
