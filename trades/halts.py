"""What forbids entries now: the kill switches that are on, and the halts of keys. Exits are never forbidden here.

The database alone knows: a halt survives restarts, redeployments and the loss of Redis.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.db.models import Exists, Q, QuerySet

from saas.prepared import Parameter, Prepared
from trades.domain import HaltedBy, HaltScope
from trades.models import Halt, Order
from users.models import ExchangeAPIKey, User

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
    holding = HOLDING.rows(**whose(bot.pk, bot.exchange_key))
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
    return not ALLOWED.exists(key=key.pk, **whose(bot_id, key))


def without_halted(orders: QuerySet[Order]) -> QuerySet[Order]:
    """These entry orders, or none of them if their bot's entries are halted when the query runs; see `whose`."""
    return orders.filter(~Exists(_holding()), exchange_key__halted_at=None)


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


def whose(bot_id: int, key: ExchangeAPIKey) -> dict[str, object]:
    """The parameters of whatever asks what halts a bot's entries."""
    return {
        "bot": bot_id,
        "owner": key.owner_id,
        "exchange": key.exchange,
        "environment": key.environment,
    }


def _holding() -> QuerySet[Halt]:
    """What halts the entries of a bot; prepared, with the parameters of `whose`."""
    return Halt.objects.filter(
        Q(scope=HaltScope.PLATFORM.value)
        | Q(
            Q(environment="") | Q(environment=Parameter("environment")),
            scope=HaltScope.EXCHANGE.value,
            exchange=Parameter("exchange"),
        )
        | Q(scope=HaltScope.USER.value, owner=Parameter("owner"))
        | Q(scope=HaltScope.BOT.value, bot=Parameter("bot"))
    )


HOLDING = Prepared(lambda: _holding().order_by())
ALLOWED = Prepared(
    lambda: ExchangeAPIKey.objects.filter(
        ~Exists(_holding()), pk=Parameter("key"), halted_at=None
    ).values_list("pk")
)


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
