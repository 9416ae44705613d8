"""One line per event, in files that many processes and threads write and rotate together.

    2026-11-21T01:36:50.123456Z level=info user=5 bot=7 logger=bots.engine event="order placed" symbol=BTC/USDT

`user` and `bot` come from the context (`bound`), so that one user's lines can be picked out of every file.
`django.log` has what the web and the commands do, `worker.log` what workers, dispatcher, beat and market data do;
`django_errors.log` has every process's errors with their tracebacks, whose lines are indented.
"""

import logging
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from concurrent_log_handler import ConcurrentRotatingFileHandler
from structlog.contextvars import bound_contextvars
from structlog.typing import EventDict, Processor, WrappedLogger

from saas.log_line import render_line
from saas.processes import KINDS, NAME_VARIABLE, kind_of, own_name
from saas.redaction import mask_fields, mask_text

REQUEST_LOG, ERROR_LOG, WORKER_LOG = "django.log", "django_errors.log", "worker.log"
LOG_FILES = (REQUEST_LOG, WORKER_LOG, ERROR_LOG)
BYTES_PER_FILE = 10_000_000
ROTATED_FILES = 5

# These write keys, signatures or query strings at lower levels, repeat what the request log says, or let any scanner
# fill the error log.
QUIETED = {
    "ccxt": logging.WARNING,
    "urllib3": logging.ERROR,
    "requests": logging.WARNING,
    "asyncio": logging.WARNING,
    "django.request": logging.ERROR,
    "django.server": logging.ERROR,
    "django.security.DisallowedHost": logging.CRITICAL,
    "django.db.backends": logging.WARNING,
    "django.template": logging.WARNING,
    "celery.app.trace": logging.WARNING,
    "celery.worker.strategy": logging.WARNING,
    "celery.worker.request": logging.WARNING,
    "celery.beat": logging.WARNING,
    "kombu": logging.WARNING,
    "portalocker": logging.WARNING,
}


@contextmanager
def bound(**values: Any) -> Iterator[None]:
    """Within it, every line of this thread carries these values: `with bound(user=owner_id, bot=bot_id): …`."""
    with bound_contextvars(**values):
        yield


def configure(config: dict[str, Any]) -> None:
    """Set up all logging of this process; called by Django with `LOGGING`: `{"directory": Path, "level": str}`."""
    _configure_structlog()
    directory, level = Path(config["directory"]), str(config["level"]).upper()
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if getattr(handler, "of_cardume", False)]:
        root.removeHandler(handler)
        handler.close()
    for handler in _handlers(directory, level):
        handler.of_cardume = True  # type: ignore[attr-defined]
        root.addHandler(handler)
    root.setLevel(level)
    for name, quiet_level in QUIETED.items():
        logging.getLogger(name).setLevel(max(quiet_level, root.level))
    logging.captureWarnings(True)


def _handlers(directory: Path, level: str) -> list[logging.Handler]:
    name = WORKER_LOG if kind_of(own_name()) in KINDS else REQUEST_LOG
    console = logging.StreamHandler()
    console.setFormatter(_formatter(with_traceback=True))
    # Under the supervisor the console goes to its journal, for what a process says before it dies.
    console.setLevel(logging.WARNING if NAME_VARIABLE in os.environ else level)
    events = RotatingFile(directory / name)
    events.setFormatter(_formatter(with_traceback=False))
    errors = RotatingFile(directory / ERROR_LOG)
    errors.setFormatter(_formatter(with_traceback=True))
    errors.setLevel(logging.ERROR)
    return [console, events, errors]


class RotatingFile(ConcurrentRotatingFileHandler):
    """Appends and rotates under a lock between processes; makes its directory when it first writes."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            str(path), maxBytes=BYTES_PER_FILE, backupCount=ROTATED_FILES, encoding="utf-8", chmod=0o640
        )

    def emit(self, record: logging.LogRecord) -> None:
        if self.stream is None:
            Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
        super().emit(record)


def _configure_structlog() -> None:
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_preparation(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _preparation() -> list[Processor]:
    """What happens to an event in the thread that logs it; the same for structlog's and the standard loggers."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        _add_time,
        structlog.stdlib.PositionalArgumentsFormatter(),
    ]


def _formatter(with_traceback: bool) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_preparation(), _add_extra],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _describe_traceback if with_traceback else _describe_exception,
            mask_fields,
            _render,
        ],
    )


def _add_time(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """The moment of the event itself: each handler formats a record of the standard library anew."""
    record: logging.LogRecord | None = event.get("_record")
    moment = datetime.now(UTC) if record is None else datetime.fromtimestamp(record.created, UTC)
    event["at"] = moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
    return event


_extra_adder = structlog.stdlib.ExtraAdder()
# Objects of Django's, asyncio's and Celery's records: their text says nothing or holds a query string.
_UNWANTED_EXTRA = {"request", "server_time", "data", "message", "asctime", "_logger", "_name"}


def _add_extra(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    with_extra = _extra_adder(logger, name, dict(event))
    return {key: value for key, value in with_extra.items() if key not in _UNWANTED_EXTRA}


def _describe_exception(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    error = _pop_exception(event)
    if error is not None:
        event["error"] = f"{type(error).__name__}: {error}"
    return event


def _describe_traceback(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    error = _pop_exception(event)
    if error is not None:
        event["error"] = f"{type(error).__name__}: {error}"
        event["traceback"] = "".join(traceback.format_exception(error))
    return event


def _pop_exception(event: EventDict) -> BaseException | None:
    """The exception of an event, however it was handed over: the exception, a tuple, or "the current one"."""
    info = event.pop("exc_info", None)
    if isinstance(info, tuple):
        return info[1] if len(info) > 1 else None
    if info is True:
        return sys.exc_info()[1]
    return info if isinstance(info, BaseException) else None


def _render(_: WrappedLogger, __: str, event: EventDict) -> str:
    return mask_text(render_line(event))
