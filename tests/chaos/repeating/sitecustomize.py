"""Found by every Python process of a platform whose PYTHONPATH names this folder: who sends tasks sends each 1 to 5 times.

Each message adds a digit to the file `deliveries` in DATA_DIR: how often it was sent.
"""

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

SENDERS = ("beat", "dispatcher", "worker")
MOST_DELIVERIES = 5


def repeat(put: Callable[..., None], log: Path) -> Callable[..., None]:
    chance = random.Random()

    def put_repeatedly(channel: Any, queue: str, message: Any, **options: Any) -> None:
        times = chance.randint(1, MOST_DELIVERIES)
        with log.open("a", encoding="ascii") as file:
            file.write(str(times))
        for _ in range(times):
            put(channel, queue, message, **options)

    return put_repeatedly


if os.environ.get("CARDUME_PROCESS", "").startswith(SENDERS):
    from kombu.transport.redis import Channel

    setattr(Channel, "_put", repeat(Channel._put, Path(os.environ["DATA_DIR"]) / "deliveries"))  # noqa: B010
