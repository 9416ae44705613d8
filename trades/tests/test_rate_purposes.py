"""What recovery, coverage, audits and the search for lost orders ask an exchange for."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from exchanges.rate_budget import Purpose
from exchanges.rate_budget.purposes import current
from trades import adoption, audit, coverage, sweeper
from trades.lease import Held
from users.models import ExchangeAPIKey

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, tzinfo=UTC)
HELD = Held(1, 1)


class Asked(Exception):
    """Ends a call as soon as it is known what it asks for."""


def end_with_purpose(*_: Any, **__: Any) -> None:
    raise Asked(current(Purpose.ENTRY)[0])


def clock() -> datetime:
    return NOW


@pytest.mark.parametrize(
    ("inner", "call", "purpose"),
    [
        ("trades.sweeper.orders_to_recover", lambda: sweeper.recover_held_bot(HELD, clock), Purpose.RECOVERY),
        ("trades.coverage.read_claims", lambda: coverage.look_at_key(1, clock), Purpose.COVERAGE),
        ("trades.audit_records.begin", lambda: audit.audit_key(ExchangeAPIKey(), clock), Purpose.AUDIT),
        (
            "users.models.ExchangeAPIKey.objects.filter",
            lambda: adoption.adopt_lost_orders(1, clock),
            Purpose.AUDIT,
        ),
    ],
    ids=["recovery", "coverage", "audit", "lost orders"],
)
def test_each_is_bound_for_all_that_it_asks(
    monkeypatch: pytest.MonkeyPatch, inner: str, call: Callable[[], object], purpose: Purpose
) -> None:
    monkeypatch.setattr(inner, end_with_purpose)
    with pytest.raises(Asked) as asked:
        call()
    assert asked.value.args == (purpose,)
    assert current(Purpose.ENTRY) == (Purpose.ENTRY, "")
