"""The form of one logged line, and how to read it back. No value can start a new line or pose as another field."""

import json
import re
from collections.abc import Mapping
from typing import Any

FIRST = ("level", "user", "bot", "logger", "event")
PLAIN = re.compile(r"[^\s\"'=\\\x00-\x1f\x7f-\x9f\u2028\u2029]+")
START = re.compile(r"(?P<at>\d{4}-\d\d-\d\dT[\d:.]+Z) level=\w+(?: user=(?P<user>\d+))?(?: |$)")
INDENT = "    "


def render_line(event: Mapping[str, Any]) -> str:
    """`AT level=… user=… bot=… logger=… event=… other=…`; a traceback follows on indented lines of its own."""
    rest = sorted(name for name in event if name not in {*FIRST, "at", "traceback"})
    pairs = [f"{name}={render_value(event[name])}" for name in (*FIRST, *rest) if name in event]
    line = " ".join([str(event.get("at", "")), *pairs])
    trace = event.get("traceback")
    return line if trace is None else line + "\n" + _indent(str(trace))


def render_value(value: Any) -> str:
    text = value if isinstance(value, str) else _text_of(value)
    return text if PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=not text.isprintable())


def _text_of(value: Any) -> str:
    try:
        return str(value)
    except Exception as error:  # noqa: BLE001  # a broken __str__ must not lose the line
        return f"<{type(value).__name__} without text: {type(error).__name__}>"


def _indent(text: str) -> str:
    return "\n".join(INDENT + line for line in text.rstrip().splitlines())
