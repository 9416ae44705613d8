"""What can go wrong at an exchange, named by what the caller does next.

ExchangeError
├── ExchangeUnavailable      nothing is known; ask again later
│   └── RateLimited          nobody may ask before `retry_after` seconds are over
│       └── BudgetSpent      we held back ourselves, so that nobody is refused: nothing was sent (`code` says why)
├── KeyRefused               the key is wrong, revoked, expired or not allowed here: pause its bots, tell the user
├── RequestRefused           the exchange understood and said no (unknown symbol, bad parameter): do not repeat as is
├── OrderRefused             a documented, definite no to an order: it was not placed (`code`, `reason`)
└── OrderStatusUnknown       an order may or may not exist: look it up by client order id, never send again

Messages are safe to log and to store: no key, signature or URL is in them, and they are raised `from None`.
"""


class ExchangeError(Exception):
    """Root of everything the gateway raises. `code` is the exchange's own code, empty if it gave none."""

    def __init__(self, reason: str = "", code: str = "") -> None:
        super().__init__(f"{reason} ({code})" if code else reason)
        self.reason = reason
        self.code = code


class ExchangeUnavailable(ExchangeError):
    pass


class RateLimited(ExchangeUnavailable):
    """`retry_after` is in seconds."""

    def __init__(self, reason: str, code: str, retry_after: float) -> None:
        super().__init__(reason, code)
        self.retry_after = retry_after


class BudgetSpent(RateLimited):
    """`code` is one of `budget.REASONS`: the budget is spent, or this user's share of it, or his account's own."""


class KeyRefused(ExchangeError):
    pass


class RequestRefused(ExchangeError):
    pass


class OrderRefused(ExchangeError):
    pass


class OrderStatusUnknown(ExchangeError):
    pass


def is_short_of_balance(reason: str) -> bool:
    """Whether a refused order's reason is that the account has too little: both exchanges say it in these words."""
    return "insufficient" in reason.lower()
