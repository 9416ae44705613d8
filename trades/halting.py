"""Switching entries off and on again: for the platform, an exchange, a user or a bot.

The switch is committed first; whatever looks afterwards places no entry any more, `ledger` last of all. Then what rests
unfilled is asked to be cancelled. Repeating a call changes nothing.
"""

from dataclasses import asdict, dataclass
from datetime import datetime

import structlog
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy

from exchanges.domain import Environment
from saas.errors import Conflict, Invalid
from saas.logging import bound
from trades.domain import HaltedBy, HaltScope, Leg
from trades.halts import Bot
from trades.ledger import request_cancel
from trades.models import Halt, Order
from trades.signals import halt_event
from users.models import User

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Target:
    """What is halted. An empty environment is all of them; a bot's target names its owner too."""

    scope: HaltScope
    exchange: str = ""
    environment: str = ""
    owner_id: int | None = None
    bot_id: int | None = None


PLATFORM = Target(HaltScope.PLATFORM)


def exchange_target(exchange: str, environment: str = "") -> Target:
    """Raises Invalid for an exchange or environment that is not offered here."""
    if exchange not in settings.EXCHANGES:
        raise Invalid(fields={"exchange": [" | ".join(settings.EXCHANGES)]})
    environments = [each.value for each in Environment]
    if environment and environment not in environments:
        raise Invalid(fields={"environment": [" | ".join(environments)]})
    return Target(HaltScope.EXCHANGE, exchange, environment)


def user_target(user: User) -> Target:
    return Target(HaltScope.USER, owner_id=user.pk)


def bot_target(bot: Bot) -> Target:
    return Target(HaltScope.BOT, owner_id=bot.owner_id, bot_id=bot.pk)


def target_of(halt: Halt) -> Target:
    return Target(HaltScope(halt.scope), halt.exchange, halt.environment, halt.owner_id, halt.bot_id)


def halt_as_owner(target: Target, owner: User, reason: str, now: datetime) -> Halt:
    return _halt(target, HaltedBy.OWNER, owner, reason, now)


def halt_as_operator(target: Target, operator: User | None, reason: str, now: datetime) -> Halt:
    """`operator` is None for whoever has the machine's command line."""
    return _halt(target, HaltedBy.OPERATOR, operator, reason, now)


def resume_as_owner(target: Target) -> bool:
    """Whether it was halted. Raises Conflict where the operator alone has halted it."""
    if _lift(_halts(target).filter(by_operator=False), HaltedBy.OWNER):
        return True
    if _halts(target).exists():
        message = gettext_lazy("The operator has stopped new purchases here, and alone can allow them again.")
        raise Conflict(message, code="halted_by_operator")
    return False


def resume_as_operator(target: Target) -> bool:
    """Lift the operator's halt, whether there was one; the owner's own stays."""
    return _lift(_halts(target).filter(by_operator=True), HaltedBy.OPERATOR) > 0


def lift_as_operator(halts: QuerySet[Halt]) -> int:
    """Lift just these, an owner's own as well; how many."""
    return _lift(halts, HaltedBy.OPERATOR)


def resting_entries(target: Target) -> QuerySet[Order]:
    """The orders that would buy for what is named here."""
    named: dict[HaltScope, Q] = {
        HaltScope.PLATFORM: Q(),
        HaltScope.EXCHANGE: Q(exchange_key__exchange=target.exchange),
        HaltScope.USER: Q(owner_id=target.owner_id),
        HaltScope.BOT: Q(bot_id=target.bot_id),
    }
    entries: QuerySet[Order] = Order.objects.filter(named[target.scope], leg=Leg.ENTRY.value)
    return entries.filter(exchange_key__environment=target.environment) if target.environment else entries


def _halt(target: Target, by: HaltedBy, user: User | None, reason: str, now: datetime) -> Halt:
    halt, is_new = Halt.objects.get_or_create(
        **asdict(target),
        by_operator=by is HaltedBy.OPERATOR,
        defaults={"reason": reason, "halted_at": now, "halted_by": user},
    )
    if is_new:
        _announce(halt, "entries_halted", by)
    elif reason and reason != halt.reason:
        halt.reason = reason
        halt.save(update_fields=["reason"])
    request_cancel(resting_entries(target), now)
    return halt


def _halts(target: Target) -> QuerySet[Halt]:
    return Halt.objects.filter(**asdict(target))


def _lift(halts: QuerySet[Halt], by: HaltedBy) -> int:
    lifted = 0
    for halt in halts:
        if Halt.objects.filter(pk=halt.pk).delete()[0]:
            _announce(halt, "entries_resumed", by)
            lifted += 1
    return lifted


def _announce(halt: Halt, kind: str, by: HaltedBy) -> None:
    whose = {"user": halt.owner_id, "bot": halt.bot_id}
    with bound(**{name: pk for name, pk in whose.items() if pk is not None}):
        log.warning(kind.replace("_", " "), what=str(halt), by=by.value, reason=halt.reason)
    halt_event.send(Halt, halt=halt, kind=kind, by=by)
