"""A user's bots as far as results are measured against them, read in the same query as something else.

They are above this app, so they are found through the trades' own relation.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Func, QuerySet, Subquery, TextField
from django.db.models.functions import Cast, JSONArray

from exchanges.domain import Environment, Venue
from saas.tenancy import Owned
from trades.capital import OwnBot, Stake
from trades.models import Trade
from trades.money import Money, only_of
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
    "past_capitals__exchange",
    "past_capitals__environment",
)


PAST = COLUMNS.index("past_capitals__until")


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
    return all_in_one(bots, JSONArray(*COLUMNS))


def all_in_one(rows: QuerySet[Any], value: Any) -> OneValue:
    """An expression: this value of every row, in no order, as the text of a JSON list; null of none."""
    return OneValue(rows.annotate(rows=_AllInOne(value)).values("rows"))


def parse_bots(text: str | None) -> list[OwnBot]:
    """What the database made of `all_bots`."""
    found: dict[int, list[list[Any]]] = {}
    for row in json.loads(text or "[]"):
        found.setdefault(row[0], []).append(row)
    return [_make_bot(rows) for rows in found.values()]


def parse_bots_of(money: Money, text: str | None) -> list[OwnBot]:
    """All of them as well, each with what it had of this money."""
    return narrow_to(money, parse_bots(text))


def narrow_to(money: Money, bots: Iterable[OwnBot]) -> list[OwnBot]:
    """The same bots, each with what it had of this money."""
    return [replace(bot, stakes=only_of(money, bot.stakes)) for bot in bots]


def parse_stakes(money: Money, text: str | None) -> Iterable[Stake]:
    """What each of them had of this money as capital."""
    return (stake for bot in parse_bots_of(money, text) for stake in bot.stakes)


def _make_bot(rows: Sequence[Sequence[Any]]) -> OwnBot:
    """Of one row, or one for each capital that it had before."""
    bot_id, name, symbols, exchange, environment, created_at, deleted_at, capital, currency = rows[0][:PAST]
    past = sorted((_moment(row[PAST]), *row[PAST + 1 :]) for row in rows if row[PAST] is not None)
    moments = [_moment(created_at), *(until for until, *_ in past)]
    ends = [*moments[1:], None if deleted_at is None else _moment(deleted_at)]
    venue = Venue(exchange, Environment(environment))
    amounts = [*((amount, of) for _, amount, of, *_ in past), (capital, currency)]
    venues = [*_past_venues([(name, world) for *_, name, world in past], venue), venue]
    stakes = [
        Stake(bot_id, where, Decimal(amount), of, since, until)
        for since, until, (amount, of), where in zip(moments, ends, amounts, venues, strict=True)
    ]
    # SQLite keeps a list as the text of its JSON.
    configured = json.loads(symbols) if isinstance(symbols, str) else symbols
    return OwnBot(bot_id, name, venue, deleted_at is not None, tuple(configured), stakes)


def _past_venues(known: Sequence[tuple[str, str]], current: Venue) -> list[Venue]:
    """Oldest first; where none was noted, it was that of what came next."""
    found: list[Venue] = []
    for exchange, environment in reversed(known):
        current = Venue(exchange, Environment(environment)) if exchange else current
        found.append(current)
    return found[::-1]


def _moment(text: str) -> datetime:
    """SQLite keeps UTC and does not say so."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
