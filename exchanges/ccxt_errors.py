"""What an error of ccxt means where there was no answer to judge; by class name, as only the gateway knows ccxt."""

from exchanges.errors import ExchangeError, ExchangeUnavailable, KeyRefused, RequestRefused

# A subclass that is not named here means what its parent means.
MEANINGS: dict[str, tuple[type[ExchangeError], str]] = {
    "RequestTimeout": (ExchangeUnavailable, "no answer in time"),
    "NetworkError": (ExchangeUnavailable, "the connection failed"),
    "OperationFailed": (ExchangeUnavailable, "the exchange could not do it now"),
    "UnsubscribeError": (ExchangeUnavailable, "the exchange could not do it now"),
    "ExchangeError": (ExchangeUnavailable, "the exchange could not be asked"),
    "AuthenticationError": (KeyRefused, "the key was not accepted"),
    "ArgumentsRequired": (RequestRefused, "something is missing in the request"),
    "BadRequest": (RequestRefused, "the request is wrong"),
    "OperationRejected": (RequestRefused, "the exchange refused"),
    "InsufficientFunds": (RequestRefused, "not enough funds"),
    "InvalidAddress": (RequestRefused, "the request is wrong"),
    "InvalidOrder": (RequestRefused, "the order is wrong"),
    "NotSupported": (RequestRefused, "this environment does not offer it"),
}


def translate(error: BaseException) -> ExchangeError:
    """Our error for one that came without an answer. The original's text is dropped: it may hold a signed URL."""
    for kind in type(error).__mro__:
        if kind.__name__ in MEANINGS:
            meaning, reason = MEANINGS[kind.__name__]
            return meaning(reason)
    return ExchangeUnavailable("the exchange could not be asked")
