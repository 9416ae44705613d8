"""Answers of the API that a page need not ask for again at every change of a field. They end with the sign-in."""

import time
from collections.abc import Callable, Hashable
from typing import TypeVar

import streamlit as st

T = TypeVar("T")

_KEPT = "remembered"


def remember(name: Hashable, seconds: float, ask: Callable[[], T]) -> T:
    """What `ask` said the last time, at most so long ago. What it raises is not remembered."""
    kept = st.session_state.setdefault(_KEPT, {})
    if name in kept and time.monotonic() < kept[name][0]:
        answer: T = kept[name][1]
        return answer
    answer = ask()
    kept[name] = (time.monotonic() + seconds, answer)
    return answer


def forget(name: Hashable) -> None:
    st.session_state.get(_KEPT, {}).pop(name, None)
