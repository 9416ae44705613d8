"""Runs the paper exchange: `python -m exchanges.paper --help`."""

import logging
import os
import signal
import socket
import sqlite3
import sys
from types import FrameType

import uvicorn

from .app import build_app
from .config import Config, parse_config
from .connections import CuttableProtocol
from .prices.select import UnknownPricesError

_FAILED = 1
_GRACE_SECONDS = 1


def main() -> int:
    """Serve until told to stop. Returns the exit code."""
    config = parse_config(sys.argv[1:])
    logging.basicConfig(
        level=os.environ.get("LOG_LEVEL", "INFO").upper(),
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    logging.getLogger("ccxt").setLevel(logging.WARNING)
    try:
        listener = _listen(config)
        server = _build_server(config)
    except (OSError, sqlite3.Error, UnknownPricesError) as error:
        sys.stderr.write(f"paper exchange: cannot start: {error}\n")
        return _FAILED
    # uvicorn stops gracefully on its own handler, then raises the signal again for ours.
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    host, port = listener.getsockname()[:2]
    server.announce = f"paper exchange ready on http://{host}:{port} ({config.prices})\n"
    server.run(sockets=[listener])
    return 0


def _listen(config: Config) -> socket.socket:
    """Bind before anything else, so that a port in use is one plain error."""
    listener = socket.socket(socket.AF_INET6 if ":" in config.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((config.host, config.port))
    except OSError as error:
        listener.close()
        raise OSError(f"{config.host}:{config.port}: {error.strerror}") from None
    return listener


def _build_server(config: Config) -> "AnnouncingServer":
    options = uvicorn.Config(
        build_app(config),
        http=CuttableProtocol,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        timeout_keep_alive=75,
        backlog=1024,
    )
    return AnnouncingServer(options)


class AnnouncingServer(uvicorn.Server):
    """Says one line once it answers."""

    announce = ""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            sys.stdout.write(self.announce)
            sys.stdout.flush()


def _leave(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
