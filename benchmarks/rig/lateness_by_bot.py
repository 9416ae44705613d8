"""Loaded by a platform's workers: notes for each bot how late its runs began, in one Redis hash.

A field is "bot:bucket" with buckets of 10 ms, its value how often that was seen.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from benchmarks.figures import Histogram
from benchmarks.rig.tallies import BUCKET_SECONDS

HASH = "lateness-by-bot"
TASK = "bots.tasks.run_trading_bot"


def note_run(task: Any = None, args: Sequence[Any] = (), **_: Any) -> None:
    """A receiver of Celery's task_prerun."""
    from saas.clock import utc_now
    from saas.redis import get_redis, key

    if task is not None and task.name == TASK:
        late = (utc_now() - datetime.fromisoformat(args[1])).total_seconds()
        get_redis().hincrby(key(HASH), f"{args[0]}:{max(0, int(late / BUCKET_SECONDS))}", 1)


def parse_lateness(content: Mapping[bytes, bytes]) -> dict[int, Histogram]:
    """By bot id."""
    counts: dict[int, dict[int, int]] = {}
    for field, times in content.items():
        bot, _, bucket = field.decode().partition(":")
        counts.setdefault(int(bot), {})[int(bucket)] = int(times)
    return {bot: Histogram(buckets, BUCKET_SECONDS) for bot, buckets in counts.items()}
