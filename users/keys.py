"""What can be done with exchange keys: add, check, use, delete. Secrets are decrypted here and nowhere else."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchanges import gateway, paper_accounts
from exchanges.api_errors import answer_exchange_errors
from exchanges.credentials import Credentials
from exchanges.domain import Balance, Environment, Permissions, Venue
from exchanges.errors import KeyRefused
from exchanges.rate_budget import Purpose, asking
from saas.errors import AppError, Conflict, Invalid
from saas.exact_decimal import plain
from saas.logging import bound
from saas.one_writer import one_writer
from saas.prepared import Parameter, PreparedUpdate
from users import encryption, key_usage
from users.encryption import CredentialsUnreadable
from users.key_texts import StateCode
from users.models import ExchangeAPIKey, KeyState, User

log = structlog.get_logger(__name__)

MASK = "***"
SHOWN_CHARACTERS = 4
SHORTEST_TO_SHOW = 8
# What travels in an HTTP header or a signature: visible ASCII only.
CREDENTIAL = re.compile(r"[\x21-\x7e]{1,512}")
REASON_CHARACTERS = 200
LIVING_KEY = PreparedUpdate(lambda: ExchangeAPIKey.objects.filter(pk=Parameter("key"), deleted_at=None))


@dataclass(frozen=True, slots=True)
class Findings:
    """What a check found out, ready to be stored."""

    state: KeyState
    code: str = ""
    values: dict[str, str] | None = None
    permissions: Permissions | None = None
    balances: dict[str, Balance] | None = None


def mask(api_key: str) -> str:
    return MASK + api_key[-SHOWN_CHARACTERS:] if len(api_key) >= SHORTEST_TO_SHOW else MASK


def add_key(owner: User, venue: Venue, label: str, credentials: Credentials, now: datetime) -> ExchangeAPIKey:
    """Store a key, unchecked. Raises Invalid for credentials that cannot be any, and for a key the owner has."""
    _refuse_impossible(venue, credentials)
    known = encryption.fingerprints(credentials.api_key)
    key = ExchangeAPIKey(
        owner=owner,
        exchange=venue.exchange,
        environment=venue.environment.value,
        label=label or f"{venue.exchange.capitalize()} {venue.environment.value}",
        ciphertext=encryption.encrypt_credentials(credentials, owner.pk),
        masked=mask(credentials.api_key),
        fingerprint=known[0],
        created_at=now,
    )
    same_venue = {"exchange": venue.exchange, "environment": venue.environment.value, "deleted_at": None}
    if ExchangeAPIKey.objects.owned_by(owner).filter(fingerprint__in=known, **same_venue).exists():
        raise _already_added()
    try:
        with transaction.atomic():
            key.save(force_insert=True)
    except IntegrityError:
        raise _already_added() from None
    log.info("exchange key added", key=key.pk, venue=str(venue))
    return key


def open_paper_key(owner: User, exchange: str, label: str, now: datetime) -> ExchangeAPIKey:
    """A new paper account's key, checked if the paper exchange answers that too. Raises ExchangeDown, Invalid."""
    venue = Venue(exchange, Environment.PAPER)
    with answer_exchange_errors():
        credentials = paper_accounts.open_paper_account(venue, label)
    key = add_key(owner, venue, label, credentials, now)
    try:
        return check_key(key, now)
    except AppError as error:
        # The account is open and its key stored: it can be checked again, but never be fetched again.
        log.warning("new paper key could not be checked", key=key.pk, code=error.code)
        return key


def check_key(key: ExchangeAPIKey, now: datetime) -> ExchangeAPIKey:
    """Ask the exchange and store what it says. Raises ExchangeDown or ExchangeSaidNo, the state then as it was."""
    with bound(user=key.owner_id):
        try:
            with answer_exchange_errors():
                findings = _ask(key, now)
        except CredentialsUnreadable:
            findings = Findings(KeyState.UNDECRYPTABLE, StateCode.UNREADABLE)
        _store(key, findings, now)
        log.info("exchange key checked", key=key.pk, state=key.state, code=key.state_code)
    return key


def open_key_session(key: ExchangeAPIKey) -> gateway.Session:
    """A session at the key's exchange; close it. Raises CredentialsUnreadable, the key then marked undecryptable.

    Raises ExchangeUnavailable where the owner, or the exchange, has too many sessions waiting already.
    """
    return gateway.open_session(key.venue, require_readable(key), holder=key.owner_id)


def require_readable(key: ExchangeAPIKey) -> Credentials:
    """The key's credentials. Raises CredentialsUnreadable, the key then marked undecryptable."""
    try:
        return read_credentials(key)
    except CredentialsUnreadable:
        _mark_undecryptable(key)
        raise


def read_credentials(key: ExchangeAPIKey) -> Credentials:
    """Raises CredentialsUnreadable also for a ciphertext moved here from another owner's or another key's row."""
    credentials = encryption.decrypt_credentials(key.ciphertext, key.owner_id)
    if not encryption.matches(credentials.api_key, key.fingerprint):
        raise CredentialsUnreadable("the ciphertext belongs to another key")
    return credentials


def rename_key(key: ExchangeAPIKey, label: str) -> None:
    key.label = label
    key.save(update_fields=["label"])


def delete_key(key: ExchangeAPIKey, now: datetime) -> None:
    """Erase the secrets and hide the key; its row stays for its orders. Raises Conflict while it is in use."""
    with transaction.atomic():
        row = ExchangeAPIKey.objects.select_for_update().filter(pk=key.pk, deleted_at=None).first()
        if row is None:
            raise Http404
        if key_usage.is_in_use(row):
            raise Conflict(
                gettext_lazy("A bot uses this key: stop it and let its open trades be closed first."),
                code="key_in_use",
            )
        ExchangeAPIKey.objects.filter(pk=row.pk).update(
            ciphertext="", fingerprint="", deleted_at=now, balances={}, permissions={}
        )
    log.info("exchange key deleted", key=key.pk)


def judge(permissions: Permissions, now: datetime) -> tuple[KeyState, str, dict[str, str]]:
    """Whether we take a key that may do this: (state, code, values). Pure."""
    dangers = (permissions.can_withdraw is True, permissions.can_transfer is True)
    if any(dangers):
        codes = {
            (True, True): StateCode.MAY_WITHDRAW_AND_TRANSFER,
            (True, False): StateCode.MAY_WITHDRAW,
            (False, True): StateCode.MAY_TRANSFER,
        }
        return KeyState.REFUSED, codes[dangers], {}
    if permissions.expires_at is not None and permissions.expires_at <= now:
        return KeyState.INVALID, StateCode.EXPIRED, {"expires_at": permissions.expires_at.isoformat()}
    if permissions.can_trade is False:
        return KeyState.INVALID, StateCode.MAY_NOT_TRADE, {}
    if permissions.can_withdraw is None or permissions.can_transfer is None:
        return KeyState.VALID, StateCode.PERMISSIONS_UNKNOWN, {}
    return KeyState.VALID, "", {}


def _ask(key: ExchangeAPIKey, now: datetime) -> Findings:
    with (
        asking(Purpose.KEY_CHECK, key.owner_id),
        gateway.open_session(key.venue, read_credentials(key)) as session,
    ):
        try:
            balances = session.fetch_balances()
            permissions = session.fetch_permissions()
        except KeyRefused as error:
            values = {"reason": error.reason[:REASON_CHARACTERS]}
            return Findings(KeyState.INVALID, StateCode.NOT_ACCEPTED, values)
    state, code, values = judge(permissions, now)
    return Findings(state, code, values, permissions, balances)


def _store(key: ExchangeAPIKey, findings: Findings, now: datetime) -> None:
    """Raises Http404 where the key was deleted while the exchange was asked."""
    stored: dict[str, Any] = {
        "state": findings.state,
        "state_code": findings.code,
        "state_values": findings.values or {},
        "checked_at": now,
    }
    if findings.permissions is not None:
        stored["permissions"] = _permissions_json(findings.permissions)
    if findings.balances is not None:
        stored["balances"] = _balances_json(findings.balances)
    if not ExchangeAPIKey.objects.filter(pk=key.pk, deleted_at=None).update(**stored):
        raise Http404
    for name, value in stored.items():
        setattr(key, name, value)


def store_balances(key: ExchangeAPIKey, balances: dict[str, Balance]) -> None:
    """What is known of the account by now, for whoever wants to see it without asking the exchange again."""
    known = _balances_json(balances)
    if known != key.balances:
        with one_writer():
            LIVING_KEY.run({"balances": known}, key=key.pk)
        key.balances = known


def halt_key(key: ExchangeAPIKey, reason: str, now: datetime) -> None:
    """No new entries with this key until somebody has looked; exits go on."""
    if ExchangeAPIKey.objects.filter(pk=key.pk, halted_at=None).update(halted_at=now, halt_reason=reason):
        log.error("entries of an exchange key are halted", key=key.pk, reason=reason)


def release_halt(key: ExchangeAPIKey) -> bool:
    """Allow entries again, after somebody has looked; whether they were halted."""
    released = ExchangeAPIKey.objects.filter(pk=key.pk).exclude(halted_at=None)
    if not released.update(halted_at=None, halt_reason=""):
        return False
    log.warning("entries of an exchange key are allowed again", key=key.pk)
    return True


def mark_invalid(key: ExchangeAPIKey, refusal: KeyRefused) -> None:
    """The exchange refused a key that worked before (revoked, expired, another address): its bots must not go on."""
    values = {"reason": refusal.reason[:REASON_CHARACTERS]}
    valid = ExchangeAPIKey.objects.filter(pk=key.pk, state=KeyState.VALID, deleted_at=None)
    if valid.update(state=KeyState.INVALID, state_code=StateCode.NOT_ACCEPTED, state_values=values):
        log.warning("exchange key is no longer accepted", key=key.pk, reason=refusal.reason)


def _mark_undecryptable(key: ExchangeAPIKey) -> None:
    marked = ExchangeAPIKey.objects.filter(pk=key.pk, ciphertext=key.ciphertext, deleted_at=None)
    changed = marked.exclude(state=KeyState.UNDECRYPTABLE).update(
        state=KeyState.UNDECRYPTABLE, state_code=StateCode.UNREADABLE, state_values={}
    )
    if changed:
        key.state, key.state_code, key.state_values = KeyState.UNDECRYPTABLE, StateCode.UNREADABLE, {}
        log.error("exchange key cannot be decrypted", key=key.pk)


def _permissions_json(permissions: Permissions) -> dict[str, Any]:
    expires_at = permissions.expires_at
    return {
        "can_trade": permissions.can_trade,
        "can_withdraw": permissions.can_withdraw,
        "can_transfer": permissions.can_transfer,
        "ip_restricted": permissions.ip_restricted,
        "expires_at": None if expires_at is None else expires_at.isoformat().replace("+00:00", "Z"),
    }


def _balances_json(balances: dict[str, Balance]) -> dict[str, dict[str, str]]:
    held = (balance for balance in balances.values() if balance.free or balance.locked)
    return {balance.asset: {"free": plain(balance.free), "locked": plain(balance.locked)} for balance in held}


def _refuse_impossible(venue: Venue, credentials: Credentials) -> None:
    fields: dict[str, list[str]] = {}
    if venue.exchange not in settings.EXCHANGES:
        fields["exchange"] = [_("This exchange is not offered here.")]
    unusable = [_("Letters, digits and signs only, without spaces.")]
    if not CREDENTIAL.fullmatch(credentials.api_key):
        fields["api_key"] = unusable
    if not CREDENTIAL.fullmatch(credentials.secret_key):
        fields["secret_key"] = unusable
    if credentials.passphrase and not CREDENTIAL.fullmatch(credentials.passphrase):
        fields["passphrase"] = unusable
    if fields:
        raise Invalid(fields=fields)


def _already_added() -> Invalid:
    return Invalid(fields={"api_key": [_("You have added this key already.")]})
