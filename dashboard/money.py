"""Real money or play money: who has both chooses which one the pages tell of, and nothing adds them together."""

from collections.abc import Callable, Iterable

import streamlit as st

from dashboard import session, words
from dashboard.api_client import Record
from dashboard.remembered import remember
from dashboard.translation import _

# The switch's own state ends with the page that it is on; the choice does not.
SWITCH, CHOSEN, KINDS = "money.switch", "money.chosen", "money.kinds"
KINDS_SECONDS = 60.0


def chosen() -> str | None:
    """`real` or `play`; None for who has but one of them, or is not known to have both."""
    money: str | None = st.session_state.get(CHOSEN)
    return money


def query() -> Record:
    """What the API is asked for."""
    return {"money": money} if (money := chosen()) else {}


def follow(answer: Record) -> None:
    """Takes over from the portfolio or the performance which kinds there are; draws the page anew if that changes it."""
    before, kinds = chosen(), answer["money_kinds"]
    st.session_state[KINDS] = kinds
    after = (before or answer["money"]) if len(kinds) > 1 else None
    if before != after:
        st.session_state[CHOSEN] = after
        st.rerun()


def show_switch(forget: Iterable[str] = ()) -> None:
    """For who has both. `forget` are choices of the page that are of one kind only."""
    if chosen() is None:
        return
    # At each run: on another page it is another widget, which would begin with nothing.
    st.session_state[SWITCH] = chosen()
    st.segmented_control(
        _("Money"),
        st.session_state[KINDS],
        format_func=words.money,
        key=SWITCH,
        required=True,
        label_visibility="collapsed",
        on_change=_choose,
        args=(tuple(forget),),
    )


def kinds() -> list[str]:
    """Which kinds the user has, for a page that is not told otherwise."""
    known: list[str] | None = st.session_state.get(KINDS)
    return known if known is not None else remember(KINDS, KINDS_SECONDS, _ask_kinds)


def of(keys: Iterable[Record]) -> Callable[[Record], bool]:
    """Tells of a bot whether it trades with what is chosen; with a key that is gone it may be either."""
    play = {key["id"]: "real" if key["environment"] == "live" else "play" for key in keys}
    return lambda bot: chosen() in (None, play.get(bot["exchange_key"], chosen()))


def _choose(forget: tuple[str, ...]) -> None:
    st.session_state[CHOSEN] = st.session_state[SWITCH]
    for name in forget:
        st.session_state.pop(name, None)


def _ask_kinds() -> list[str]:
    portfolio = session.api().portfolio({})
    found: list[str] = portfolio["money_kinds"]
    return found
