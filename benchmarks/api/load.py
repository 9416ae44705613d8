"""Asks a web server over several kept connections, each a process of its own, and says how long each answer took.

Standard input: {"port": …, "seconds": …, "plans": [[{"path": …, "token": …}, …], …]}, a plan per connection, asked
from its start again and again until the time is over. Standard output: the seconds of every answer, by plan and path.
"""

import http.client
import json
import multiprocessing
import sys
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

TIMEOUT_SECONDS = 60


def main() -> None:
    asked = json.load(sys.stdin)
    context = multiprocessing.get_context("fork")
    askers = []
    # All begin together, once each of them is there.
    start = context.Barrier(len(asked["plans"]))
    for plan in asked["plans"]:
        ours, theirs = context.Pipe(duplex=False)
        asker = context.Process(target=_ask, args=(asked["port"], asked["seconds"], plan, start, theirs))
        asker.start()
        theirs.close()
        askers.append((asker, ours))
    json.dump([_collect(asker, answers) for asker, answers in askers], sys.stdout)


def _collect(asker: Any, answers: Connection) -> dict[str, Any]:
    """Raises EOFError where an asker failed; what it was is on standard error."""
    found: dict[str, Any] = answers.recv()
    asker.join()
    return found


def _ask(port: int, seconds: float, plan: Sequence[dict[str, str]], start: Any, answers: Connection) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    times: dict[str, list[float]] = {item["path"]: [] for item in plan}
    _answer(connection, plan[0])
    start.wait()
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        for item in plan:
            asked_at = time.perf_counter()
            _answer(connection, item)
            times[item["path"]].append(time.perf_counter() - asked_at)
            if time.perf_counter() - began >= seconds:
                break
    answers.send({"seconds": time.perf_counter() - began, "times": times})


def _answer(connection: http.client.HTTPConnection, item: dict[str, str]) -> None:
    connection.request("GET", item["path"], headers={"Authorization": f"Bearer {item['token']}"})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != http.HTTPStatus.OK:
        raise RuntimeError(f"{item['path']} answers {answer.status}: {body[:200]!r}")


if __name__ == "__main__":
    main()
