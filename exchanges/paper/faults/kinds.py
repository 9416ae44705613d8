"""The faults by their names. To add one, write a class and name it here."""

from .content import Body, Rows
from .fault import Accident, Sight
from .sights import Defer, Late, Race, Skew, Stale
from .wire import Delay, Drop, Half, Limit, Status

ACCIDENTS: dict[str, type[Accident]] = {
    "delay": Delay,
    "drop": Drop,
    "half": Half,
    "status": Status,
    "limit": Limit,
    "body": Body,
    "rows": Rows,
}
SIGHTS: dict[str, type[Sight]] = {
    "defer": Defer,
    "race": Race,
    "late": Late,
    "stale": Stale,
    "skew": Skew,
}
