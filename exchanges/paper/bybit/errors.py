"""Bybit's errors: retCode and retMsg as the venue words them. Nearly all come with HTTP 200."""


class BybitError(Exception):
    """An answer of `{"retCode", "retMsg"}` with an HTTP status."""

    def __init__(self, code: int, message: str, status: int = 200) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.headers: dict[str, str] = {}


def invalid_parameter(what: str) -> BybitError:
    return BybitError(10001, f"params error: {what}")


def missing_parameter(name: str) -> BybitError:
    return BybitError(10001, f"empty value: {name}[]")


def illegal_category() -> BybitError:
    return BybitError(10001, "Illegal category")


def unsupported_symbol() -> BybitError:
    return BybitError(10001, "Not supported symbols")


def invalid_period() -> BybitError:
    return BybitError(10001, "Invalid period!")


def range_too_long() -> BybitError:
    return BybitError(10001, "The time range between startTime and endTime cannot exceed 7 days")


def outside_window(sent: int, now: int, window: int) -> BybitError:
    return BybitError(
        10002,
        "invalid request, please check your server timestamp or recv_window param. "
        f"req_timestamp[{sent}],server_timestamp[{now}],recv_window[{window}]",
    )


def invalid_key() -> BybitError:
    return BybitError(10003, "API key is invalid.")


def invalid_signature(origin: str) -> BybitError:
    return BybitError(10004, f"error sign! origin_string[{origin}]")


def permission_denied() -> BybitError:
    return BybitError(10005, "Permission denied, please check your API key permissions.")


def too_many_visits(headers: dict[str, str]) -> BybitError:
    error = BybitError(10006, "Too many visits. Exceeded the API Rate Limit.")
    error.headers |= headers
    return error


def server_error() -> BybitError:
    return BybitError(10016, "Server error.")


def too_many_from_address() -> BybitError:
    return BybitError(10018, "Exceeded the IP Rate Limit.", 403)


def expired_key() -> BybitError:
    return BybitError(33004, "Your api key has expired.")


def invalid_time_in_force() -> BybitError:
    return BybitError(170115, "Invalid timeInForce.")


def invalid_order_type() -> BybitError:
    return BybitError(170116, "Invalid orderType.")


def invalid_side() -> BybitError:
    return BybitError(170117, "Invalid side.")


def invalid_symbol() -> BybitError:
    return BybitError(170121, "Invalid symbol.")


def invalid_data(name: str) -> BybitError:
    return BybitError(170130, f"Data sent for paramter '{name}' is not valid.")


def insufficient_balance() -> BybitError:
    return BybitError(170131, "Insufficient balance.")


def duplicate_order() -> BybitError:
    return BybitError(170141, "Duplicate clientOrderId.")


def amount_decimals() -> BybitError:
    return BybitError(170148, "Market order amount decimal too long.")


def no_such_order() -> BybitError:
    return BybitError(170213, "Order does not exist.")


def would_take() -> BybitError:
    return BybitError(170218, "The LIMIT-MAKER order is rejected due to invalid price.")
