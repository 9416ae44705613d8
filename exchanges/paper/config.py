"""Options of the process: the command line first, then the environment, then defaults."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

DEFAULT_PORT = 8600
DEFAULT_SEED = 7
_YES = ("1", "true", "yes", "on")


@dataclass(frozen=True, slots=True)
class Config:
    """`prices` is walk, live or replay:FILE[,option=value…]. `weight_limit` 0 refuses nobody."""

    host: str
    port: int
    data: Path
    prices: str
    seed: int
    faults: bool
    manual_clock: bool
    live_url: str | None
    weight_limit: int


def parse_config(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> Config:
    """Exits with a usage message on a bad option."""
    options = _build_parser(environment).parse_args(arguments)
    return Config(
        host=options.host,
        port=options.port,
        data=Path(options.data),
        prices=options.prices,
        seed=options.seed,
        faults=options.faults,
        manual_clock=options.clock == "manual",
        live_url=options.live_url or None,
        weight_limit=options.weight_limit,
    )


def _build_parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    read = environment.get
    data = Path(read("DATA_DIR") or ".") / "paper.sqlite3"
    parser = argparse.ArgumentParser(
        prog="python -m exchanges.paper",
        description="A paper exchange speaking Binance's and Bybit's spot REST dialects.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on")
    add(
        "--port",
        type=_port,
        default=read("PAPER_PORT") or DEFAULT_PORT,
        help="PAPER_PORT; 0 picks a free one",
    )
    add("--data", default=str(data), help="the SQLite file; default paper.sqlite3 in DATA_DIR")
    add("--prices", default=read("PAPER_PRICES") or "walk", help="PAPER_PRICES: walk, live or replay:FILE")
    add("--seed", type=int, default=read("PAPER_SEED") or DEFAULT_SEED, help="PAPER_SEED: seed of the walk")
    add("--live-url", default=read("PAPER_LIVE_URL"), help="PAPER_LIVE_URL: where live prices come from")
    add(
        "--weight-limit",
        type=int,
        default=read("PAPER_WEIGHT_LIMIT") or 0,
        help="Binance's request weight per minute, Bybit's own limits then too; 0: none",
    )
    clock = read("PAPER_CLOCK") or "wall"
    add("--clock", choices=("wall", "manual"), default=clock, help="PAPER_CLOCK: how market time moves")
    faults = (read("PAPER_FAULTS") or "").lower() in _YES
    add("--faults", action="store_true", default=faults, help="PAPER_FAULTS=1: allow /paper/control")
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:
        raise argparse.ArgumentTypeError("a port is between 0 and 65535")
    return port
