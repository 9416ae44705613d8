"""Choosing the price source from its name."""

from ..clock import Clock
from ..config import Config
from ..instruments import Instrument
from ..store import Store
from .live import LivePrices
from .pins import PinnedPrices
from .recording import RecordingError
from .replay import ReplayOptions, ReplayOptionsError, ReplayPrices, parse_replay
from .source import PriceSource
from .walk import WalkPrices


class UnknownPricesError(ValueError):
    """The name of the price source is not one this exchange knows, or its options are wrong."""


def build_source(
    config: Config, instruments: dict[str, Instrument], store: Store, clock: Clock
) -> PriceSource:
    """The source for walk, live or replay:FILE. Raises UnknownPricesError or OSError."""
    kind, _, rest = config.prices.partition(":")
    walk = WalkPrices(instruments, config.seed)
    if config.prices == "walk":
        return PinnedPrices(walk)
    if config.prices == "live" and not config.manual_clock:
        return LivePrices(instruments, config.live_url)
    if kind != "replay":
        raise UnknownPricesError(
            f"prices must be walk, live (on the wall clock) or replay:FILE, not {config.prices}"
        )
    try:
        options = parse_replay(rest, list(instruments))
        start = _start_second(store, options, clock)
        return PinnedPrices(ReplayPrices(options, instruments, walk, clock, start))
    except (ReplayOptionsError, RecordingError) as error:
        raise UnknownPricesError(str(error)) from None


def _start_second(store: Store, options: ReplayOptions, clock: Clock) -> int:
    """When the replay began: kept, so that a restart goes on where the market is by now."""
    name = f"replay_start:{options.name}"
    saved = store.get_setting(name)
    if saved is not None:
        return int(saved)
    second = clock.now_ms() // 1000
    start = second - second % options.period
    with store.transaction():
        store.set_setting(name, str(start))
    return start


def restore_pins(
    source: PriceSource, instruments: dict[str, Instrument], pins: list[tuple[str, int, int | None]]
) -> None:
    """Lay the pins set in earlier runs."""
    if not isinstance(source, PinnedPrices):
        return
    for symbol, second, ticks in pins:
        if symbol in instruments:
            source.pin(instruments[symbol], second, ticks)
