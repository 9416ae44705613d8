"""The faults by their names. To add one, write a class with `parse` and `apply` and name it here."""

from .content import Body, Rows
from .fault import Fault
from .wire import Defer, Delay, Drop, Half, Limit, Status

FAULTS: dict[str, type[Fault]] = {
    "delay": Delay,
    "drop": Drop,
    "half": Half,
    "status": Status,
    "limit": Limit,
    "body": Body,
    "rows": Rows,
    "defer": Defer,
}
