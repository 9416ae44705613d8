"""Every key once a day, a few at a time; the database alone knows whose turn it is."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from bots.models import BotConfiguration
from trades import tasks
from trades.audit import daily_start
from trades.audit_models import AuditRun, Outcome
from trades.audit_schedule import keys_to_audit, turn_size
from trades.models import Order
from trades.tests.conftest import BTC
from trades.tests.fake_exchange import AT
from users.models import ExchangeAPIKey

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def add_order(bot: BotConfiguration, key: ExchangeAPIKey, created_at: datetime = AT) -> Order:
    order: Order = Order.objects.create(
        owner=key.owner,
        bot=bot,
        exchange_key=key,
        symbol=BTC.symbol,
        base=BTC.base,
        quote=BTC.quote,
        lot_size=BTC.lot_size,
        side="buy",
        type="market",
        leg="entry",
        reason="below_average",
        status="FILLED",
        quantity=1,
        reference_price=1,
        client_order_id=f"cdmtests1{key.pk}",
        decision_key=f"key {key.pk}",
        lease_token=1,
        lease_until=AT,
        display_currency="BRL",
        created_at=created_at,
    )
    return order


def add_key(bot: BotConfiguration, number: int) -> ExchangeAPIKey:
    key = ExchangeAPIKey.objects.get(pk=bot.exchange_key_id)
    key.pk, key.fingerprint = None, str(number)
    key.save()
    add_order(bot, key)
    return key


def add_run(key: ExchangeAPIKey, started_at: datetime, outcome: str = Outcome.AUDITED, **fields: Any) -> None:
    AuditRun.objects.create(
        owner=key.owner,
        exchange_key=key,
        started_at=started_at,
        finished_at=started_at + MINUTE,
        since=AT,
        outcome=outcome,
        **fields,
    )


@pytest.fixture
def key(bot: BotConfiguration) -> ExchangeAPIKey:
    add_order(bot, bot.exchange_key)
    return ExchangeAPIKey.objects.get(pk=bot.exchange_key_id)


def test_a_key_without_orders_is_not_audited(bot: BotConfiguration) -> None:
    assert keys_to_audit(AT) == []


@pytest.mark.parametrize(
    ("ago", "outcome", "due"),
    [
        (None, "", True),
        (23 * HOUR, Outcome.AUDITED, False),
        (DAY, Outcome.AUDITED, True),
        (9 * DAY, Outcome.AUDITED, True),
        (23 * HOUR, Outcome.OWN_ROWS, False),
        (59 * MINUTE, Outcome.NOT_AUDITED, False),
        (HOUR, Outcome.NOT_AUDITED, True),
        (59 * MINUTE, Outcome.RUNNING, False),
    ],
)
def test_a_key_is_due_a_day_after_its_audit_and_an_hour_after_a_failed_one(
    key: ExchangeAPIKey, ago: timedelta | None, outcome: str, due: bool
) -> None:
    if ago is not None:
        add_run(key, AT - ago, outcome)
    assert keys_to_audit(AT) == ([key.pk] if due else [])


def test_a_failed_try_does_not_replace_the_last_complete_audit(key: ExchangeAPIKey) -> None:
    add_run(key, AT - 23 * HOUR)
    add_run(key, AT - 2 * HOUR, Outcome.NOT_AUDITED)
    assert keys_to_audit(AT) == []


def test_a_few_at_a_time_the_one_that_waits_longest_first(bot: BotConfiguration, key: ExchangeAPIKey) -> None:
    audited = [add_key(bot, number) for number in range(4)]
    for days, other in enumerate(audited, start=2):
        add_run(other, AT - days * DAY)
    taken = []
    for _ in range(5):
        (pk,) = keys_to_audit(AT)
        add_run(ExchangeAPIKey.objects.get(pk=pk), AT)
        taken.append(pk)
    assert taken == [key.pk, *(other.pk for other in reversed(audited))]
    assert keys_to_audit(AT) == []


@pytest.mark.parametrize(("keys", "size"), [(0, 1), (1, 1), (200, 1), (201, 2), (1_000, 5)])
def test_all_keys_have_their_turn_within_a_day(keys: int, size: int) -> None:
    assert turn_size(keys) == size
    assert size * (24 * 60 // 5) >= keys


def test_one_message_for_each_key(key: ExchangeAPIKey, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[Any, ...]] = []
    monkeypatch.setattr(tasks.audit_key, "apply_async", lambda *args, **options: sent.append((args, options)))
    tasks.audit_ledger()
    assert sent == [((((key.pk,),)), {"expires": 300, "queue": "recovery"})]


def test_a_daily_audit_begins_a_day_before_the_last_that_was_equal(key: ExchangeAPIKey) -> None:
    assert daily_start(key, AT) == AT - 30 * DAY
    add_run(key, AT - 3 * DAY)
    add_run(key, AT - 2 * DAY, differences=1)
    add_run(key, AT - DAY, Outcome.NOT_AUDITED)
    assert daily_start(key, AT) == AT - 4 * DAY
    assert daily_start(key, AT + 60 * DAY) == AT + 30 * DAY
