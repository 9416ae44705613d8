"""Shows how far pip has come: one line that renews itself on a terminal, a line now and then elsewhere."""

import sys
from collections import deque
from collections.abc import Iterable

from saas.bootstrap.texts import say

KEPT_LINES = 40
LINES_BETWEEN = 20


class PipProgress:
    def __init__(self, count: int) -> None:
        self._count = count
        self._done = 0
        self._renews = sys.stdout.isatty()

    def follow(self, output: Iterable[str]) -> list[str]:
        """Show the progress until pip closes its output; the last lines of it."""
        kept: deque[str] = deque(maxlen=KEPT_LINES)
        for line in output:
            kept.append(line)
            self._take(line)
        if self._renews:
            print(flush=True)
        return list(kept)

    def _take(self, line: str) -> None:
        word, _, rest = line.strip().partition(" ")
        if word in {"Collecting", "Requirement"}:
            self._done += 1
            package = rest.removeprefix("already satisfied: ").split("==")[0].split(" ")[0]
            self._show(say("progress", done=self._done, count=self._count, package=package))
        elif line.startswith("Installing collected packages"):
            self._done = 0
            self._show(say("unpacking"))

    def _show(self, text: str) -> None:
        if self._renews:
            print(f"\r{text[:78]:<78}", end="", flush=True)
        elif self._done % LINES_BETWEEN == 0:
            print(text, flush=True)
