"""The names in Redis: by venue, and by the address that this host leaves by where hosts leave by several."""

from django.conf import settings

from exchanges.domain import Venue
from saas.redis import key


def place(venue: Venue) -> str:
    """`binance:live`, or `binance:live@198.51.100.7` where EGRESS_ADDRESS says so."""
    return f"{venue}@{settings.EGRESS_ADDRESS}" if settings.EGRESS_ADDRESS else str(venue)


def hold_name(venue: Venue) -> str:
    return key(f"cooldown:{place(venue)}")


def pause_name(venue: Venue, user: str, endpoint: str) -> str:
    """An account's own limit at one endpoint."""
    return key(f"budget-pause:{venue}:{user}:{endpoint}")


def account_name(place: str) -> str:
    return key(f"budget:{place}")


def limit_name(place: str) -> str:
    """What the exchange says that it allows any address."""
    return key(f"budget-limit:{place.partition('@')[0]}")


def users_prefix(venue: Venue) -> str:
    return key(f"budget-users:{place(venue)}:")


def tallies_name() -> str:
    return key("budget-tallies")
