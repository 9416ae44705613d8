"""Which base URLs an environment has. It is the only difference between paper, testnet and live."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from exchanges.dialects import get_dialect
from exchanges.domain import Environment, Venue
from exchanges.errors import RequestRefused


def paper_url(exchange: str) -> str:
    """Where the paper exchange of this dialect listens: at an address of its own, else where all of them do.

    An address of its own is a setting such as `BYBIT_PAPER_URL`. Raises RequestRefused where there is none.
    """
    if not get_dialect(exchange).is_on_paper:
        raise RequestRefused(f"paper trading is not available for {exchange}")
    own = getattr(settings, f"{exchange.upper()}_PAPER_URL", "")
    return str(own or settings.PAPER_EXCHANGE_URL)


def base_urls(venue: Venue, urls: Mapping[str, Any], hostname: str, apis: Sequence[str]) -> dict[str, str]:
    """Base URLs by ccxt's API name, for `apis` only: ccxt refuses to ask an API that has no URL.

    `urls` is ccxt's own table; `hostname` fills the placeholder that some of its entries have.
    """
    table = urls["test"] if venue.environment == Environment.TESTNET else urls["api"]
    bases = {name: str(table[name]).replace("{hostname}", hostname) for name in apis if name in table}
    if venue.environment != Environment.PAPER:
        return bases
    paper = paper_url(venue.exchange)
    return {name: paper + urlsplit(base).path for name, base in bases.items()}


def stream_base(venue: Venue, urls: Mapping[str, Any], hostname: str, api: Sequence[str]) -> str:
    """`scheme://host[:port]` of the price stream that ccxt's table has at `api`, in this environment."""
    if venue.environment == Environment.PAPER:
        paper = urlsplit(paper_url(venue.exchange))
        return f"{'wss' if paper.scheme == 'https' else 'ws'}://{paper.netloc}"
    found: Any = (urls["test"] if venue.environment == Environment.TESTNET else urls["api"])["ws"]
    for name in api:
        found = found[name]
    base = urlsplit(str(found).replace("{hostname}", hostname))
    return f"{base.scheme}://{base.netloc}"


def hosts_of(bases: Mapping[str, str]) -> frozenset[str]:
    """The `host[:port]` of each base URL."""
    return frozenset(urlsplit(base).netloc for base in bases.values())
