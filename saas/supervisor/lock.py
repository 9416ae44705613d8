"""One supervisor for each DATA_DIR."""

import fcntl
import os
from pathlib import Path
from typing import IO

from saas.supervisor.ports import Refused
from saas.supervisor.texts import say


def take_lock(data_dir: Path) -> IO[str]:
    """Hold DATA_DIR for this process until the file is closed; the kernel lets go of it however the process ends.

    Raises Refused when another supervisor holds it, or the folder cannot be written.
    """
    path = data_dir / "run" / "up.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="utf-8")
    except OSError as refusal:
        raise Refused(say("no_folder", directory=data_dir, reason=refusal.strerror)) from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        pid = file.read().strip() or "?"
        file.close()
        raise Refused(say("already_up", directory=data_dir, pid=pid)) from None
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file
