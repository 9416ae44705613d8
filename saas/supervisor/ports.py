"""Whether the ports are there to be opened."""

import errno
import secrets
import socket
import time
from dataclasses import dataclass

from saas.supervisor.texts import say

# Ports are chosen below the range from which Linux takes ports for outgoing connections: those come and go.
FIRST_CHOICE, LAST_CHOICE = 20_000, 32_000
# The processes of a supervisor that was killed a moment ago are ended by the kernel, not in no time.
PATIENCE_SECONDS = 3
POLL_SECONDS = 0.1


class Refused(Exception):
    """The start is refused; the text says what is in the way and how to mend it."""


@dataclass(frozen=True)
class Wanted:
    """A port that a program will listen on; `setting` is the name of the setting that chooses it."""

    program: str
    host: str
    port: int
    setting: str


def is_free(host: str, port: int) -> bool:
    return _refusal(host, port) is None


def choose_free(host: str) -> int:
    """Any free port."""
    while True:
        port = FIRST_CHOICE + secrets.randbelow(LAST_CHOICE - FIRST_CHOICE)
        if is_free(host, port):
            return port


def _refusal(host: str, port: int) -> OSError | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # The same option as the servers themselves: a connection that has just been closed is not in the way.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as refusal:
            return refusal
    return None


def check(wanted: Wanted) -> None:
    """Raises Refused with advice when the port cannot be opened, and still cannot after a moment."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    refusal = _refusal(wanted.host, wanted.port)
    while refusal is not None and refusal.errno == errno.EADDRINUSE and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        refusal = _refusal(wanted.host, wanted.port)
    if refusal is None:
        return
    key = "port_in_use" if refusal.errno == errno.EADDRINUSE else "port_not_allowed"
    advice = {"free": _next_free(wanted), "setting": wanted.setting, "reason": refusal.strerror}
    raise Refused(say(key, port=wanted.port, what=say(wanted.program), **advice))


def _next_free(wanted: Wanted) -> int:
    candidates = range(max(wanted.port, 1024) + 1, 65_536)
    return next((port for port in candidates if is_free(wanted.host, port)), wanted.port)
