"""One bot, one runner: a lease taken by a conditional UPDATE, with a token that fences off who held it before.

`select_for_update` is silently ignored on SQLite, so who holds a lease is decided by how many rows an UPDATE changed, and
every later write for the bot happens in a transaction that starts with `fence`.

A process that dies holds its leases until they run out. `release_orphans` gives back those of this machine's dead at once;
should it ever be wrong about a death, the token still fences the process off. It also gives back what this process could not
when its run ended, because the database was away.
"""

import logging
import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.db import Error, connection

from saas.one_writer import one_writer
from trades.models import Lease

LEASE_TIME = timedelta(seconds=45)
NEVER = datetime(1970, 1, 1, tzinfo=UTC)

# Written out: each order runs through the fence four times, and building an UPDATE takes ten times as long as running it.
TAKE = """
    UPDATE trades_lease SET token = token + 1, lease_until = %s, holder = %s
    WHERE bot_id = %s AND lease_until < %s RETURNING token
"""
PROLONG = """
    UPDATE trades_lease SET lease_until = %s WHERE bot_id = %s AND token = %s AND lease_until >= %s
"""
GIVE_BACK = "UPDATE trades_lease SET lease_until = %s WHERE bot_id = %s AND token = %s"

logger = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Somebody else runs this bot now, or the lease is about to end: write nothing, send nothing."""


@dataclass(frozen=True, slots=True)
class Held:
    """A lease in hand. `token` grows by one each time the bot's lease is taken."""

    bot_id: int
    token: int


# Leases whose run ended in this process while the database was away.
_unreleased: set[Held] = set()


def take(bot_id: int, now: datetime) -> Held | None:
    """Take a bot's lease if nobody holds it; None if somebody does."""
    held = _take_free(bot_id, now)
    if held is None and Lease.objects.get_or_create(bot_id=bot_id, defaults={"lease_until": NEVER})[1]:
        # The bot's first run: until now there was no lease to take.
        return _take_free(bot_id, now)
    return held


def _take_free(bot_id: int, now: datetime) -> Held | None:
    with one_writer(urgent=True), connection.cursor() as cursor:
        cursor.execute(TAKE, [_stored(now + LEASE_TIME), _holder(os.getpid()), bot_id, _stored(now)])
        row = cursor.fetchone()
    return None if row is None else Held(bot_id, row[0])


def release(held: Held) -> None:
    """Give the lease back; nothing happens if it is no longer ours. If the database is away, the sweeper does it later."""
    try:
        _give_back(held)
    except Error as error:
        _unreleased.add(held)
        logger.warning("a lease could not be given back: bot=%s %s", held.bot_id, type(error).__name__)


def _give_back(held: Held) -> int:
    with one_writer(), connection.cursor() as cursor:
        cursor.execute(GIVE_BACK, [_stored(NEVER), held.bot_id, held.token])
        return int(cursor.rowcount)


def fence(held: Held, now: datetime) -> datetime:
    """Inside a transaction: prove that the lease is ours, prolong it, and keep others from taking it until the commit.

    Returns until when it is ours. Raises LeaseLost.
    """
    until = fenced_until(now)
    with connection.cursor() as cursor:
        cursor.execute(PROLONG, [_stored(until), held.bot_id, held.token, _stored(now)])
        if not cursor.rowcount:
            raise LeaseLost
    return until


def fenced_until(now: datetime) -> datetime:
    """Until when a fence at this moment makes a lease ours."""
    return now + LEASE_TIME


def _stored(moment: datetime) -> Any:
    """As the database keeps a moment: SQLite has no type of its own for it."""
    return connection.ops.adapt_datetimefield_value(moment)


def release_orphans(now: datetime) -> int:
    """Give back the leases of which nobody makes use: of this machine's dead processes, and left over; how many."""
    held = Lease.objects.filter(lease_until__gte=now, holder__startswith=f"{_host()}:")
    orphans = sum(_release_orphan(*row) for row in held.values_list("bot_id", "token", "holder"))
    return orphans + sum(_release_left_over(left) for left in tuple(_unreleased))


def _release_left_over(held: Held) -> int:
    released = _give_back(held)
    _unreleased.discard(held)
    return released


def _release_orphan(bot_id: int, token: int, holder: str) -> int:
    if _is_alive(int(holder.rpartition(":")[2])):
        return 0
    return _give_back(Held(bot_id, token))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@cache
def _host() -> str:
    """Names the processes among which an id means one process: those of a boot of a machine and of a PID namespace.

    Two containers may have one host name, and two machines as well; a process of the one must not be looked for in the
    other, where it would seem dead.
    """
    return f"{socket.gethostname()[:60]}/{_boot()[:8]}.{_namespace()}"


def _boot() -> str:
    file = Path("/proc/sys/kernel/random/boot_id")
    return file.read_text(encoding="ascii") if file.exists() else ""


def _namespace() -> str:
    """The PID namespace's number; empty where the system has none."""
    try:
        return Path("/proc/self/ns/pid").readlink().name.strip("pid:[]")
    except OSError:
        return ""


def _holder(pid: int) -> str:
    return f"{_host()}:{pid}"
