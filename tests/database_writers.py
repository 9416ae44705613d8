"""Threads that count in one row, as one process of several: `python -m tests.database_writers THREADS ROUNDS HOLD`.

Every round reads a number and writes the next one in a transaction, then ends as a request or a task does. Prints the
errors; the number must be the sum of all rounds afterwards, or an update was lost.
"""

import os
import sys
import threading
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saas.settings")

import django

django.setup()

# Models can be imported only once Django is set up.
from django.contrib.sessions.models import Session  # noqa: E402
from django.db import DatabaseError, close_old_connections, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

COUNTER = "counter"


def make_counter() -> None:
    Session.objects.get_or_create(
        session_key=COUNTER, defaults={"session_data": "0", "expire_date": timezone.now()}
    )


def read_counter() -> int:
    return int(Session.objects.get(session_key=COUNTER).session_data)


def count_once(hold: float) -> None:
    with transaction.atomic():
        row = Session.objects.select_for_update().get(session_key=COUNTER)
        row.session_data = str(int(row.session_data) + 1)
        row.save()
    Session.objects.count()
    time.sleep(hold)  # the connection is held, as by a slow request


def write(rounds: int, hold: float, errors: list[str]) -> None:
    for _ in range(rounds):
        try:
            count_once(hold)
        except DatabaseError as error:
            errors.append(f"{type(error).__name__}: {error}")
        finally:
            close_old_connections()


def main(threads: int, rounds: int, hold: float) -> int:
    errors: list[str] = []
    workers = [threading.Thread(target=write, args=(rounds, hold, errors)) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    sys.stdout.write("\n".join(errors))
    return int(bool(errors))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
