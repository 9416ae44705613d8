"""A user's bots as far as results are measured against them, read in the same query as something else.

They are above this app, so they are found through the trades' own relation.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Func, Subquery, TextField
from django.db.models.functions import Cast, JSONArray

from exchanges.domain import Environment, Venue
from saas.tenancy import Owned
from trades.capital import Stake
from trades.models import Trade
from users.models import User

COLUMNS = (
    "pk",
    "exchange_key__exchange",
    "exchange_key__environment",
    "created_at",
    "deleted_at",
    Cast("capital", TextField()),
    "capital_currency",
)


class _AllInOne(Func):
    """Every row's value in one list, as JSON."""

    function = "JSON_GROUP_ARRAY"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "(%(function)s(%(expressions)s))::text"
        return self.as_sql(compiler, connection, function="JSONB_AGG", template=template, **context)


class OneValue(Subquery):
    """For `aggregate()`, which otherwise takes only what goes through its own rows."""

    contains_aggregate = True


def bot_model() -> type[Owned]:
    """The model above this app, found without importing it."""
    model: Any = Trade._meta.get_field("bot").related_model
    found: type[Owned] = model
    return found


def all_bots(user: User) -> OneValue:
    """An expression: all the user's bots, deleted ones too, for `parse_stakes`."""
    bots = bot_model().objects.owned_by(user).order_by()
    return OneValue(bots.annotate(rows=_AllInOne(JSONArray(*COLUMNS))).values("rows"))


def parse_stakes(text: str | None) -> Iterable[Stake]:
    """What each of them had as capital; `text` is what the database made of `all_bots`."""
    for bot_id, exchange, environment, created_at, deleted_at, capital, currency in json.loads(text or "[]"):
        yield Stake(
            bot_id=bot_id,
            venue=Venue(exchange, Environment(environment)),
            amount=Decimal(capital),
            currency=currency,
            since=_moment(created_at),
            until=None if deleted_at is None else _moment(deleted_at),
        )


def _moment(text: str) -> datetime:
    """SQLite keeps UTC and does not say so."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
