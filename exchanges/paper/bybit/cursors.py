"""Cursors of Bybit's lists: the first and the last row of a page, percent-encoded."""

import re
from urllib.parse import unquote

from ..history import NEWEST, Place
from . import errors

_CURSOR = re.compile(r"[0-9]{1,18}:[0-9]{1,18},([0-9]{1,18}):([0-9]{1,18})")


def write_cursor(places: list[Place]) -> str:
    """The cursor of a page, empty for an empty page only: whether more follows is seen by asking."""
    if not places:
        return ""
    return "%2C".join(f"{place.id}%3A{place.time_ms}" for place in (places[0], places[-1]))


def read_cursor(text: str | None) -> Place:
    """Where the next page begins; a client may have encoded the cursor once more, or decoded it."""
    if not text:
        return NEWEST
    match = _CURSOR.fullmatch(unquote(unquote(text)))
    if match is None:
        raise errors.invalid_parameter("cursor")
    return Place(int(match[2]), int(match[1]))
