"""Everything that changes a bot from outside its engine. Each change is one transaction with the bot's row locked.

On SQLite every transaction is IMMEDIATE and so the only writer; elsewhere the row lock makes the changes of one bot take
turns. No transaction is open while an exchange is asked: what was checked before is compared again under the lock.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from bots import cooldown, preflight, selectors
from bots.events import record
from bots.lease_wait import hold_still
from bots.models import BotConfiguration, BotStatus, PastCapital
from saas.errors import Conflict
from trades.halting import bot_target, resting_entries
from trades.ledger import request_cancel
from users.encryption import CredentialsUnreadable
from users.keys import require_readable
from users.models import ExchangeAPIKey, KeyState, User

CHECKED_FIELDS = frozenset(
    {
        "exchange_key",
        "symbols",
        "capital",
        "capital_currency",
        "max_open_trades",
        "stop_loss_percent",
        "trailing_stop_percent",
    }
)
CONFIGURATION = CHECKED_FIELDS | {
    "name",
    "strategy",
    "parameters",
    "interval_seconds",
    "take_profit_percent",
}
KEY_PROBLEMS = {
    KeyState.UNCHECKED: ("key_not_checked", _("Check the exchange key first.")),
    KeyState.REFUSED: ("key_refused", _("The exchange key may withdraw or transfer; use one that may not.")),
    KeyState.INVALID: ("key_invalid", _("The exchange does not accept the key.")),
    KeyState.UNDECRYPTABLE: ("key_undecryptable", _("The exchange key cannot be decrypted; enter it again.")),
}


def create_bot(owner: User, values: Mapping[str, Any], now: datetime) -> BotConfiguration:
    """A stopped bot. Raises Invalid for what cannot trade, ExchangeDown where that cannot be found out."""
    bot = BotConfiguration(owner=owner, created_at=now, **values)
    _check(bot, now)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=owner.pk)
        if selectors.current_bots().owned_by(owner).count() >= settings.MAX_BOTS_PER_USER:
            raise Conflict(_("You have as many bots as are allowed."), code="too_many_bots")
        _lock_key(bot.exchange_key)
        bot.save(force_insert=True)
    return bot


def update_bot(bot: BotConfiguration, values: Mapping[str, Any], now: datetime) -> BotConfiguration:
    """Change the configuration; an active bot uses it from its next run on. Raises Invalid, Conflict, ExchangeDown."""
    proposed = _copy(bot, values)
    if CHECKED_FIELDS & changed_fields(bot, proposed):
        _check(proposed, now)
    changed = changed_fields(bot, proposed)
    with _standing_still(bot, proposed, changed, now), _locked(bot) as row:
        if changed_fields(row, bot):
            raise Conflict(
                _("The bot was changed at the same time; look at it again."), code="changed_meanwhile"
            )
        _refuse_abandoning_trades(row, proposed)
        if "exchange_key" in changed:
            _check_new_key(row, _lock_key(proposed.exchange_key))
        if changed & {"capital", "capital_currency"} or row.exchange_key.venue != proposed.exchange_key.venue:
            _note_capital(row, now)
        for name in changed:
            setattr(row, name, getattr(proposed, name))
        row.save(update_fields=[*changed, "updated_at"])
    cooldown.end_all(row.pk, row.symbols)
    return row


def start_bot(bot: BotConfiguration, now: datetime) -> BotConfiguration:
    """Make it run from now on. A running bot stays as it is. Raises Conflict for its key, Invalid, ExchangeDown."""
    require_usable_key(bot.exchange_key)
    _refuse_halted(bot.exchange_key)
    _check(bot, now)
    with _locked(bot) as row:
        if row.status == BotStatus.ACTIVE and row.closing:
            raise Conflict(_("The bot is closing its trades; stop it first."), code="bot_closing")
        _refuse_unusable(_lock_key(row.exchange_key))
        if row.status != BotStatus.ACTIVE:
            _activate(row, now, closing=False)
            record(row, "started", at=now)
    cooldown.end_all(row.pk, row.symbols)
    return row


def stop_bot(bot: BotConfiguration, now: datetime) -> BotConfiguration:
    """No run begins any more. Open trades stay held, without their exits being watched, until it is started again."""
    with _locked(bot) as row:
        if row.status != BotStatus.STOPPED:
            row.status, row.pause_code = BotStatus.STOPPED, ""
            row.closing, row.next_run_at = False, None
            row.save(update_fields=["status", "pause_code", "closing", "next_run_at", "updated_at"])
            record(row, "stopped", at=now)
    return row


def request_close_all(bot: BotConfiguration, now: datetime) -> BotConfiguration:
    """Ask the engine to sell all that is held and then to stop. A bot that does not run is made to, for that alone."""
    require_usable_key(bot.exchange_key)
    with _locked(bot) as row:
        _refuse_unusable(_lock_key(row.exchange_key))
        is_idle = row.status != BotStatus.ACTIVE and not selectors.held_symbols(row.pk)
        if not is_idle and not row.closing:
            _activate(row, now, closing=True)
            record(row, "close_all_requested", at=now)
    request_cancel(resting_entries(bot_target(row)), now)
    return row


def delete_bot(bot: BotConfiguration, now: datetime) -> None:
    """Hide it for good; its trades stay. Raises Conflict while it is active or holds anything."""
    with hold_still(bot.pk, now), _locked(bot) as row:
        if row.status == BotStatus.ACTIVE:
            raise Conflict(_("Stop the bot first."), code="bot_is_active")
        if selectors.held_symbols(row.pk):
            message = _("The bot holds open trades or unsettled orders; close them first.")
            raise Conflict(message, code="bot_has_open_trades")
        row.status, row.deleted_at, row.next_run_at = BotStatus.STOPPED, now, None
        row.save(update_fields=["status", "deleted_at", "next_run_at", "updated_at"])


def require_usable_key(key: ExchangeAPIKey) -> None:
    """Raises Conflict, its code naming what is wrong, unless the key was checked and really can be decrypted."""
    _refuse_unusable(key)
    try:
        require_readable(key)
    except CredentialsUnreadable:
        raise _key_conflict(KeyState.UNDECRYPTABLE) from None


def changed_fields(before: BotConfiguration, after: BotConfiguration) -> set[str]:
    return {name for name in CONFIGURATION if getattr(before, name) != getattr(after, name)}


def _check(bot: BotConfiguration, now: datetime) -> None:
    """Bring the symbols into their one form and see that the capital is enough for each."""
    instruments = preflight.resolve_symbols(bot.exchange_key.venue, bot.symbols)
    bot.symbols = [instrument.symbol for instrument in instruments]
    preflight.check_capital(bot, instruments, now)


def _copy(bot: BotConfiguration, values: Mapping[str, Any]) -> BotConfiguration:
    kept = {name: getattr(bot, name) for name in CONFIGURATION}
    return BotConfiguration(pk=bot.pk, owner_id=bot.owner_id, **{**kept, **values})


@contextmanager
def _locked(bot: BotConfiguration) -> Iterator[BotConfiguration]:
    """The bot's row as it is now, in a transaction and locked. Raises Http404 if it was deleted meanwhile."""
    with transaction.atomic():
        rows = selectors.current_bots().select_for_update(of=("self",)).select_related("exchange_key")
        row = rows.filter(pk=bot.pk, owner_id=bot.owner_id).first()
        if row is None:
            raise Http404
        yield row


@contextmanager
def _standing_still(
    bot: BotConfiguration, proposed: BotConfiguration, changed: set[str], now: datetime
) -> Iterator[None]:
    """No run of the bot can open a trade in what is being taken away from it."""
    if "exchange_key" in changed or set(bot.symbols) - set(proposed.symbols):
        with hold_still(bot.pk, now):
            yield
    else:
        yield


def _refuse_abandoning_trades(row: BotConfiguration, proposed: BotConfiguration) -> None:
    held = selectors.held_symbols(row.pk)
    is_moved = proposed.exchange_key_id != row.exchange_key_id
    # Back to where a purchase turned up that was given up for lost is where it can be sold.
    if is_moved and selectors.held_keys(row.pk) - {proposed.exchange_key_id}:
        message = _("The bot holds open trades or unsettled orders on its present key; close them first.")
        raise Conflict(message, code="bot_has_open_trades")
    abandoned = sorted(held & set(row.symbols) - set(proposed.symbols))
    if abandoned:
        raise Conflict(
            _("The bot holds an open trade or an unsettled order in a symbol that was taken away."),
            code="symbol_has_open_trade",
            fields={"symbols": [", ".join(abandoned)]},
        )


def _note_capital(row: BotConfiguration, now: datetime) -> None:
    """What it had so far. Of a bot that has not traded there is no result that was made with it."""
    if row.trades.exists():
        PastCapital.objects.create(
            owner_id=row.owner_id,
            bot=row,
            until=now,
            capital=row.capital,
            capital_currency=row.capital_currency,
            exchange=row.exchange_key.exchange,
            environment=row.exchange_key.environment,
        )


def _check_new_key(row: BotConfiguration, key: ExchangeAPIKey) -> None:
    if row.status == BotStatus.ACTIVE:
        _refuse_unusable(key)


def _lock_key(key: ExchangeAPIKey) -> ExchangeAPIKey:
    """The key's row as it is now, locked against being deleted. Raises Conflict if it has been."""
    row = ExchangeAPIKey.objects.select_for_update().filter(pk=key.pk, deleted_at=None).first()
    if row is None:
        raise _key_deleted()
    found: ExchangeAPIKey = row
    return found


def _refuse_unusable(key: ExchangeAPIKey) -> None:
    if key.deleted_at is not None:
        raise _key_deleted()
    if key.state != KeyState.VALID:
        raise _key_conflict(KeyState(key.state))


def _refuse_halted(key: ExchangeAPIKey) -> None:
    if key.halted_at is not None:
        message = _("New entries with this exchange key are halted; its orders must be looked into first.")
        raise Conflict(message, code="key_halted")


def _key_deleted() -> Conflict:
    return Conflict(_("The exchange key was deleted; choose another one."), code="key_deleted")


def _key_conflict(state: KeyState) -> Conflict:
    code, detail = KEY_PROBLEMS[state]
    return Conflict(detail, code=code)


def _activate(row: BotConfiguration, now: datetime, *, closing: bool) -> None:
    row.status, row.pause_code = BotStatus.ACTIVE, ""
    row.closing, row.next_run_at = closing, now
    row.save(update_fields=["status", "pause_code", "closing", "next_run_at", "updated_at"])
