"""A user's bots as far as results are measured against them, read in the same query as something else.

They are above this app, so they are found through the trades' own relation.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Func, Subquery, TextField
from django.db.models.functions import Cast, JSONArray

from exchanges.domain import Environment, Venue
from saas.tenancy import Owned
from trades.capital import OwnBot, Stake
from trades.models import Trade
from users.models import User

COLUMNS = (
    "pk",
    "name",
    "symbols",
    "exchange_key__exchange",
    "exchange_key__environment",
    "created_at",
    "deleted_at",
    Cast("capital", TextField()),
    "capital_currency",
    "past_capitals__until",
    Cast("past_capitals__capital", TextField()),
    "past_capitals__capital_currency",
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
    """An expression: all the user's bots, deleted ones too, for `parse_bots`."""
    bots = bot_model().objects.owned_by(user).order_by()
    return OneValue(bots.annotate(rows=_AllInOne(JSONArray(*COLUMNS))).values("rows"))


def parse_bots(text: str | None) -> list[OwnBot]:
    """What the database made of `all_bots`."""
    found: dict[int, list[list[Any]]] = {}
    for row in json.loads(text or "[]"):
        found.setdefault(row[0], []).append(row)
    return [_make_bot(rows) for rows in found.values()]


def parse_stakes(text: str | None) -> Iterable[Stake]:
    """What each of them had as capital."""
    return (stake for bot in parse_bots(text) for stake in bot.stakes)


def _make_bot(rows: Sequence[Sequence[Any]]) -> OwnBot:
    """Of one row, or one for each capital that it had before."""
    bot_id, name, symbols, exchange, environment, created_at, deleted_at, capital, currency, *_ = rows[0]
    past = sorted((_moment(until), amount, of) for *_, until, amount, of in rows if until is not None)
    moments = [_moment(created_at), *(until for until, _, _ in past)]
    ends = [*moments[1:], None if deleted_at is None else _moment(deleted_at)]
    amounts = [*((amount, of) for _, amount, of in past), (capital, currency)]
    venue = Venue(exchange, Environment(environment))
    stakes = [
        Stake(bot_id, venue, Decimal(amount), of, since, until)
        for since, until, (amount, of) in zip(moments, ends, amounts, strict=True)
    ]
    # SQLite keeps a list as the text of its JSON.
    configured = json.loads(symbols) if isinstance(symbols, str) else symbols
    return OwnBot(bot_id, name, venue, deleted_at is not None, tuple(configured), stakes)


def _moment(text: str) -> datetime:
    """SQLite keeps UTC and does not say so."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
