"""What goes wrong at an exchange, as what the API answers."""

from collections.abc import Iterator
from contextlib import contextmanager

from exchanges.errors import ExchangeError, ExchangeUnavailable, RateLimited
from saas.errors import ExchangeDown, ExchangeSaidNo


@contextmanager
def answer_exchange_errors() -> Iterator[None]:
    """503 for an exchange that cannot be asked now (with Retry-After where it is known), 502 for one that refuses."""
    try:
        yield
    except RateLimited as error:
        raise ExchangeDown(code="exchange_rate_limited", retry_after=error.retry_after) from None
    except ExchangeUnavailable:
        raise ExchangeDown from None
    except ExchangeError:
        raise ExchangeSaidNo from None
