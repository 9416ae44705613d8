"""Hosts made of nothing but the kernel: a network namespace each, with processes of its own, joined by a bridge.

What runs in one reaches the others only over its cable, which can be cut, and knows no process of theirs. Needs root.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from shutil import which

PREFIX_LENGTH = 24
FIRST_GUEST = 2


class Unavailable(Exception):
    """This machine cannot make namespaces; the text says why."""


class Network:
    """A bridge with an address of this machine's, and the hosts that hang on it."""

    def __init__(self, name: str, subnet: str, stack: ExitStack) -> None:
        self._name = name
        self._subnet = subnet
        self._stack = stack
        self._hosts: list[str] = []

    @property
    def address(self) -> str:
        """Where the hosts reach this machine."""
        return f"{self._subnet}.1"

    @property
    def cidr(self) -> str:
        return f"{self._subnet}.0/{PREFIX_LENGTH}"

    def add_host(self) -> int:
        """Its number."""
        number = len(self._hosts)
        host, cable, plug = f"{self._name}h{number}", self._cable(number), f"{self._name}p{number}"
        self._hosts.append(host)
        self._stack.callback(_ip, "netns", "del", host)
        _ip("netns", "add", host)
        _ip("link", "add", cable, "type", "veth", "peer", "name", plug, "netns", host)
        _ip("link", "set", cable, "master", self._name, "up")
        _ip("-n", host, "link", "set", "lo", "up")
        own = f"{self._subnet}.{FIRST_GUEST + number}/{PREFIX_LENGTH}"
        _ip("-n", host, "addr", "add", own, "dev", plug)
        _ip("-n", host, "link", "set", plug, "up")
        return number

    def prefix(self, number: int) -> tuple[str, ...]:
        """What a command is preceded by to run on this host. Whoever ends that ends all that it started."""
        enter = ("ip", "netns", "exec", self._hosts[number])
        return (*enter, "unshare", "--pid", "--fork", "--kill-child", "--mount-proc")

    def cut(self, number: int) -> None:
        _ip("link", "set", self._cable(number), "down")

    def mend(self, number: int) -> None:
        _ip("link", "set", self._cable(number), "up")

    def _cable(self, number: int) -> str:
        return f"{self._name}c{number}"


@contextmanager
def network() -> Iterator[Network]:
    """Gone afterwards. Raises Unavailable."""
    _check_tools()
    # Of this process: several may have one at the same time.
    name, subnet = f"cdm{os.getpid()}", f"10.{os.getpid() // 250 % 250}.{os.getpid() % 250}"
    with ExitStack() as stack:
        _ip("link", "add", name, "type", "bridge")
        stack.callback(_ip, "link", "del", name)
        made = Network(name, subnet, stack)
        _ip("addr", "add", f"{made.address}/{PREFIX_LENGTH}", "dev", name)
        _ip("link", "set", name, "up")
        yield made


def _check_tools() -> None:
    if os.geteuid() != 0:
        raise Unavailable("network namespaces need root")
    missing = [tool for tool in ("ip", "unshare") if which(tool) is None]
    if missing:
        raise Unavailable(f"network namespaces need {' and '.join(missing)} (Debian: iproute2, util-linux)")


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)  # noqa: S607 - wherever it is
    if done.returncode:
        raise Unavailable(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
