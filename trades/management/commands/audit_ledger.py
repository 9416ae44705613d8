"""Compares the exchange's ledger with ours, for the operator; beat does the same once a day for each key."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from saas.clock import utc_now
from trades.audit import audit_key
from trades.audit_domain import Difference
from trades.audit_models import Outcome
from trades.audit_records import Report
from trades.audit_texts import describe_difference, describe_outcome
from trades.models import Order
from users.models import ExchangeAPIKey, User

COLUMNS = "{:>6}  {:<16}  {:<30}  {:<10}  {:>7}  {:>7}  {}"
DIFFERENT, INCOMPLETE = 1, 2


class Command(BaseCommand):
    help = (
        "Ask the exchange for every key's orders and fills and print what differs from the ledger. A new difference halts "
        "the key's entries. Ends with 1 if anything differs, with 2 if nothing does but a key could not be audited."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--key", type=int, help="this exchange key only, by its number")
        parser.add_argument("--user", help="the keys of the user with this e-mail only")
        parser.add_argument("--since", help="orders from this date or time (UTC) on; 30 days if not given")
        parser.add_argument("--json", action="store_true", help="one JSON object per key and line")
        parser.add_argument("--language", default=settings.LANGUAGE_CODE, help="en or pt-br")

    def handle(self, *_args: Any, **options: Any) -> None:
        since = read_since(options["since"])
        with translation.override(options["language"]):
            reports = list(self._audit(options, since))
        if any(report.differences for report in reports):
            sys.exit(DIFFERENT)
        if any(report.outcome is Outcome.NOT_AUDITED for report in reports):
            sys.exit(INCOMPLETE)

    def _audit(self, options: dict[str, Any], since: datetime | None) -> Iterator[Report]:
        write = self._write_json if options["json"] else self._write_text
        if not options["json"]:
            self.stdout.write(_header())
        for key in find_keys(options["key"], options["user"]):
            report = audit_key(key, utc_now, since)
            if report is None:
                self.stderr.write(_("Key %(key)d is being audited already.") % {"key": key.pk})
                continue
            write(report)
            yield report

    def _write_text(self, report: Report) -> None:
        key, count = report.key, len(report.differences)
        result = (
            _("equal")
            if report.outcome is Outcome.AUDITED
            else describe_outcome(report.outcome, report.reason)
        )
        if count:
            found = _("differences: %(count)d") % {"count": count}
            result = found if report.outcome is Outcome.AUDITED else f"{found}; {result}"
        since = report.since.date().isoformat()
        row = (key.pk, str(key.venue), key.owner.email, since, report.orders, report.fills, result)
        self.stdout.write(COLUMNS.format(*row))
        for difference in report.differences:
            text = describe_difference(difference)
            name = f"{difference.symbol} {difference.client_order_id}".strip()
            self.stdout.write(f"        {difference.invariant.value}  {name}  {text}")

    def _write_json(self, report: Report) -> None:
        self.stdout.write(json.dumps(as_json(report)))


def _header() -> str:
    return COLUMNS.format(
        _("Key"), _("Exchange"), _("User"), _("Since"), _("Orders"), _("Fills"), _("Result")
    )


def find_keys(number: int | None, email: str | None) -> list[ExchangeAPIKey]:
    """The keys that ever placed an order, of everybody or as chosen. Raises CommandError for a choice of none."""
    used = Order.objects.order_by().values("exchange_key_id")
    keys = ExchangeAPIKey.objects.filter(pk__in=used).select_related("owner").order_by("pk")
    if email is not None:
        if not User.objects.filter(email__iexact=email).exists():
            raise CommandError(_("Nobody has the e-mail %(email)s.") % {"email": email})
        keys = keys.filter(owner__email__iexact=email)
    if number is not None:
        if not ExchangeAPIKey.objects.filter(pk=number).exists():
            raise CommandError(_("There is no exchange key %(key)d.") % {"key": number})
        keys = keys.filter(pk=number)
    return list(keys)


def read_since(text: str | None) -> datetime | None:
    """2026-11-20 or 2026-11-20T12:00, in UTC unless it says otherwise. Raises CommandError."""
    if text is None:
        return None
    try:
        moment, date = parse_datetime(text), parse_date(text[:10])
    except ValueError:
        moment = date = None
    if moment is not None and len(text) > len("2026-11-20"):
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if date is None or len(text) != len("2026-11-20"):
        raise CommandError(_("%(text)s is no date; write 2026-11-20 or 2026-11-20T12:00.") % {"text": text})
    return datetime(date.year, date.month, date.day, tzinfo=UTC)


def as_json(report: Report) -> dict[str, Any]:
    key = report.key
    return {
        "key": key.pk,
        "user": key.owner.email,
        "exchange": key.exchange,
        "environment": key.environment,
        "since": report.since.isoformat(),
        "outcome": report.outcome.value,
        "reason": report.reason,
        "orders": report.orders,
        "fills": report.fills,
        "differences": [_difference_as_json(one) for one in report.differences],
    }


def _difference_as_json(difference: Difference) -> dict[str, Any]:
    names = ("symbol", "client_order_id", "bot_id", "subject", "field", "ours", "theirs")
    return {
        "invariant": difference.invariant.value,
        "kind": difference.kind.value,
        **{name: getattr(difference, name) for name in names},
        "at": difference.at.isoformat(),
    }
