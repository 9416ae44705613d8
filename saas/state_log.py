"""What is done several times a second tells in the log when its state changes, and not each time."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError
from redis.exceptions import RedisError


class StateLog:
    """The last state of one subject, and where a new one is logged."""

    def __init__(self, logger: logging.Logger, subject: str) -> None:
        self._logger = logger
        self._subject = subject
        self._state = ""

    def report(self, state: str, level: int = logging.WARNING, error: Exception | None = None) -> None:
        if state != self._state:
            self._state = state
            self._logger.log(level, "%s: %s", self._subject, state, exc_info=error)

    @contextmanager
    def tell_outages(self) -> Iterator[None]:
        """Leave what is inside undone while the database or Redis is away; it is told when that begins and ends."""
        try:
            yield
        except (OperationalError, InterfaceError, RedisError) as error:
            self.report("the database or Redis is away", logging.ERROR, error)
        else:
            self.report("works", logging.INFO)
