"""What forbids entries now: the kill switches that are on, and the halts of keys. Exits are never forbidden here.

The database alone knows: a halt survives restarts, redeployments and the loss of Redis.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from django.db.models import Exists, Q, QuerySet

from exchanges.domain import Venue
from trades.domain import HaltedBy, HaltScope
from trades.models import Halt, Order
from users.models import ExchangeAPIKey, User

Rows = TypeVar("Rows", QuerySet[ExchangeAPIKey], QuerySet[Order])
GENERALITY = {scope: rank for rank, scope in enumerate(HaltScope)}


class Bot(Protocol):
    """What is asked of a bot, whose model is above this app."""

    @property
    def pk(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def owner_id(self) -> int: ...
    @property
    def exchange_key(self) -> ExchangeAPIKey: ...


@dataclass(frozen=True, slots=True)
class EntryBlock:
    """One thing that forbids entries. `name` is the exchange's, key's or bot's; a key's `reason` may be a code."""

    scope: HaltScope
    by: HaltedBy
    since: datetime
    reason: str = ""
    name: str = ""
    exchange: str = ""
    environment: str = ""
    bot_id: int | None = None
    key_id: int | None = None

    def details(self) -> dict[str, str]:
        """What `halt_texts` needs to tell it later, in any language."""
        named = {"scope": self.scope.value, "by": self.by.value, "since": self.since.isoformat()}
        return {**named, "reason": self.reason, "name": self.name}


def find_block(bot: Bot) -> EntryBlock | None:
    """The most general thing that forbids this bot's entries now, or None. One query; the key is taken as loaded.

    Asked before each purchase, and nearly always for nothing: of the tables beside, none is read with it.
    """
    holding = Halt.objects.filter(_holding_for(bot.pk, bot.owner_id, bot.exchange_key.venue)).order_by()
    blocks = [block_of(halt, bot) for halt in holding]
    return _most_general([*blocks, *_key_blocks([bot.exchange_key])])


def find_blocks(user: User, bots: Iterable[Bot]) -> Mapping[int, EntryBlock]:
    """By bot id, for bots of this user whose entries are forbidden. One query."""
    halts = list(Halt.objects.filter(_common() | Q(owner=user)).select_related("bot"))
    found = {bot.pk: _most_general(_blocks_of(bot, halts)) for bot in bots}
    return {bot_id: block for bot_id, block in found.items() if block is not None}


def list_blocks(user: User) -> list[EntryBlock]:
    """Everything that forbids entries of this user's now, the most general first; exchanges only where they have a key."""
    keys = list(ExchangeAPIKey.objects.owned_by(user).filter(deleted_at=None).defer("ciphertext"))
    own = Q(owner=user) & (Q(bot=None) | Q(bot__deleted_at=None))
    halts = Halt.objects.filter(_common() | own).select_related("bot")
    concerning = [halt for halt in halts if not halt.exchange or any(_is_at(halt, key) for key in keys)]
    return sorted([*map(block_of, concerning), *_key_blocks(keys)], key=_generality)


def is_entry_halted(bot_id: int, key: ExchangeAPIKey) -> bool:
    """Asks the database for the key's halt too."""
    return not _allowing(ExchangeAPIKey.objects.filter(pk=key.pk), bot_id, key, "").exists()


def without_halted(orders: QuerySet[Order], bot_id: int, key: ExchangeAPIKey) -> QuerySet[Order]:
    """These entry orders of one bot, or none of them if its entries are halted when the query runs."""
    return _allowing(orders, bot_id, key, "exchange_key__")


def block_of(halt: Halt, bot: Bot | None = None) -> EntryBlock:
    """What a halt forbids; `bot` is the one that it names, where somebody has that loaded."""
    return EntryBlock(
        scope=HaltScope(halt.scope),
        by=HaltedBy.OPERATOR if halt.by_operator else HaltedBy.OWNER,
        since=halt.halted_at,
        reason=halt.reason,
        name=_name_of(halt, bot),
        exchange=halt.exchange,
        environment=halt.environment,
        bot_id=halt.bot_id,
    )


def _name_of(halt: Halt, bot: Bot | None) -> str:
    if bot is not None and halt.bot_id == bot.pk:
        return bot.name
    return halt.bot.name if halt.bot else _exchange_name(halt)


def _exchange_name(halt: Halt) -> str:
    name = halt.exchange.capitalize()
    return f"{name} ({halt.environment})" if halt.environment else name


def _common() -> Q:
    return Q(scope__in=[HaltScope.PLATFORM.value, HaltScope.EXCHANGE.value])


def _holding_for(bot_id: int, owner_id: int, venue: Venue) -> Q:
    return (
        Q(scope=HaltScope.PLATFORM.value)
        | Q(
            scope=HaltScope.EXCHANGE.value,
            exchange=venue.exchange,
            environment__in=["", venue.environment.value],
        )
        | Q(scope=HaltScope.USER.value, owner_id=owner_id)
        | Q(scope=HaltScope.BOT.value, bot_id=bot_id)
    )


def _allowing(rows: Rows, bot_id: int, key: ExchangeAPIKey, path: str) -> Rows:
    halts = Halt.objects.filter(_holding_for(bot_id, key.owner_id, key.venue))
    return rows.filter(~Exists(halts), **{f"{path}halted_at": None})


def _blocks_of(bot: Bot, halts: Iterable[Halt]) -> list[EntryBlock]:
    key = bot.exchange_key
    holding = [
        halt for halt in halts if (halt.bot_id in (None, bot.pk)) and (not halt.exchange or _is_at(halt, key))
    ]
    return [*map(block_of, holding), *_key_blocks([key])]


def _is_at(halt: Halt, key: ExchangeAPIKey) -> bool:
    return halt.exchange == key.exchange and halt.environment in ("", key.environment)


def _key_blocks(keys: Iterable[ExchangeAPIKey]) -> list[EntryBlock]:
    return [
        EntryBlock(
            scope=HaltScope.KEY,
            by=HaltedBy.AUTOMATIC,
            since=key.halted_at,
            reason=key.halt_reason,
            name=key.label,
            exchange=key.exchange,
            environment=key.environment,
            key_id=key.pk,
        )
        for key in keys
        if key.halted_at is not None
    ]


def _most_general(blocks: Iterable[EntryBlock]) -> EntryBlock | None:
    return min(blocks, key=_generality, default=None)


def _generality(block: EntryBlock) -> tuple[int, bool]:
    """Of two on one thing the operator's comes first: the owner's alone would not free it."""
    return GENERALITY[block.scope], block.by is HaltedBy.OWNER
