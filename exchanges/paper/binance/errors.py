"""Binance's errors: HTTP status, code and message as the venue words them."""


class BinanceError(Exception):
    """An answer of `{"code", "msg"}` with an HTTP status."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.headers: dict[str, str] = {}


def internal_error() -> BinanceError:
    return BinanceError(-1000, "An unknown error occurred while processing the request.", 500)


def prices_unavailable() -> BinanceError:
    message = "Internal error; unable to process your request. Please try again."
    return BinanceError(-1001, message, 503)


def too_many_requests(limit: int, retry_after: int) -> BinanceError:
    message = f"Too much request weight used; current limit is {limit} request weight per 1 MINUTE."
    error = BinanceError(-1003, message, 429)
    error.headers["retry-after"] = str(retry_after)
    return error


def banned(until_ms: int, retry_after: int) -> BinanceError:
    message = f"Way too much request weight used; IP banned until {until_ms}. Please use WebSocket Streams."
    error = BinanceError(-1003, message, 418)
    error.headers["retry-after"] = str(retry_after)
    return error


def filter_failure(rule: str) -> BinanceError:
    return BinanceError(-1013, f"Filter failure: {rule}")


def invalid_amount(name: str) -> BinanceError:
    return BinanceError(-1013, f"Invalid {name}.")


def outside_window() -> BinanceError:
    return BinanceError(-1021, "Timestamp for this request is outside of the recvWindow.")


def ahead_of_server() -> BinanceError:
    return BinanceError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")


def invalid_signature() -> BinanceError:
    return BinanceError(-1022, "Signature for this request is not valid.")


def illegal_characters(name: str, pattern: str) -> BinanceError:
    return BinanceError(-1100, f"Illegal characters found in parameter '{name}'; legal range is '{pattern}'.")


def missing_parameter(name: str) -> BinanceError:
    return BinanceError(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def missing_either(first: str, second: str) -> BinanceError:
    return BinanceError(-1102, f"Param '{first}' or '{second}' must be sent, but both were empty/null!")


def unread_parameters(read: int, sent: int) -> BinanceError:
    return BinanceError(
        -1104, f"Not all sent parameters were read; read '{read}' parameter(s) but was sent '{sent}'."
    )


def empty_parameter(name: str) -> BinanceError:
    return BinanceError(-1105, f"Parameter '{name}' was empty.")


def parameter_not_required(name: str) -> BinanceError:
    return BinanceError(-1106, f"Parameter '{name}' sent when not required.")


def too_much_precision(name: str) -> BinanceError:
    return BinanceError(-1111, f"Parameter '{name}' has too much precision.")


def invalid_time_in_force() -> BinanceError:
    return BinanceError(-1115, "Invalid timeInForce.")


def invalid_order_type() -> BinanceError:
    return BinanceError(-1116, "Invalid orderType.")


def invalid_side() -> BinanceError:
    return BinanceError(-1117, "Invalid side.")


def invalid_interval() -> BinanceError:
    return BinanceError(-1120, "Invalid interval.")


def invalid_symbol() -> BinanceError:
    return BinanceError(-1121, "Invalid symbol.")


def range_too_long(hours: int) -> BinanceError:
    return BinanceError(-1127, f"More than {hours} hours between startTime and endTime.")


def invalid_combination() -> BinanceError:
    return BinanceError(-1128, "Combination of optional parameters invalid.")


def invalid_data(name: str) -> BinanceError:
    return BinanceError(-1130, f"Data sent for parameter '{name}' is not valid.")


def window_too_large() -> BinanceError:
    return BinanceError(-1131, "recvWindow must be less than 60000.")


def insufficient_balance() -> BinanceError:
    return BinanceError(-2010, "Account has insufficient balance for requested action.")


def duplicate_order() -> BinanceError:
    return BinanceError(-2010, "Duplicate order sent.")


def would_take() -> BinanceError:
    return BinanceError(-2010, "Order would immediately match and take.")


def unknown_order() -> BinanceError:
    """The refusal of a cancel."""
    return BinanceError(-2011, "Unknown order sent.")


def no_such_order() -> BinanceError:
    """The refusal of a query."""
    return BinanceError(-2013, "Order does not exist.")


def malformed_key() -> BinanceError:
    return BinanceError(-2014, "API-key format invalid.", 401)


def rejected_key() -> BinanceError:
    return BinanceError(-2015, "Invalid API-key, IP, or permissions for action.", 401)
