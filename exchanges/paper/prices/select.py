"""Choosing the price source from its name."""

from ..clock import Clock
from ..config import Config
from ..instruments import Instrument
from ..store import Store
from .pins import PinnedPrices
from .source import PriceSource
from .walk import WalkPrices


class UnknownPricesError(ValueError):
    """The name of the price source is not one this exchange knows, or its options are wrong."""


def build_source(
    config: Config, instruments: dict[str, Instrument], store: Store, clock: Clock
) -> PriceSource:
    """The source for walk, live or replay:FILE. Raises UnknownPricesError or OSError."""
    if config.prices == "walk":
        return PinnedPrices(WalkPrices(instruments, config.seed))
    raise UnknownPricesError(f"unknown price source: {config.prices}")


def restore_pins(
    source: PriceSource, instruments: dict[str, Instrument], pins: list[tuple[str, int, int | None]]
) -> None:
    """Lay the pins set in earlier runs."""
    if not isinstance(source, PinnedPrices):
        return
    for symbol, second, ticks in pins:
        if symbol in instruments:
            source.pin(instruments[symbol], second, ticks)
