"""The operator's pages and figures of what audits found."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from saas.clock import utc_now
from tests.cast import FakeVenue, Person, alice, make_bot, make_trade, venue
from trades.audit_models import AuditDifference, AuditRun, Outcome
from trades.metrics import count_differences
from users.models import User

__all__ = ["alice", "venue"]

RUNS, DIFFERENCES = "/admin/trades/auditrun/", "/admin/trades/auditdifference/"


@pytest.fixture
def operator(db: None, redis: Any) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(User.objects.create_superuser("olga@example.com", None, language="en"))
    return client


def make_run(person: Person, **fields: Any) -> AuditRun:
    now = utc_now()
    values = {"started_at": now, "finished_at": now, "since": now, "outcome": Outcome.AUDITED}
    run: AuditRun = AuditRun.objects.create(
        owner=person.user, exchange_key=person.key, **{**values, **fields}
    )
    return run


def make_difference(run: AuditRun, **fields: Any) -> AuditDifference:
    now = run.started_at
    values = {
        "invariant": "I2",
        "kind": "fill_missing",
        "symbol": "BTC/USDT",
        "client_order_id": "cdm1",
        "subject": "77",
        "theirs": "buy 1 @ 2",
        "happened_at": now,
        "first_found_at": now,
        "last_found_at": now,
    }
    found: AuditDifference = AuditDifference.objects.create(
        owner=run.owner, exchange_key=run.exchange_key, run=run, **{**values, **fields}
    )
    return found


def test_the_lists_say_in_words_what_was_found(operator: Client, alice: Person) -> None:
    make_difference(make_run(alice, outcome=Outcome.NOT_AUDITED, reason="key_not_valid"))
    assert "fill 77 is missing here: buy 1 @ 2" in operator.get(DIFFERENCES).content.decode()
    assert "not audited: the key is not valid" in operator.get(RUNS).content.decode()


def test_what_is_gone_can_be_left_out(operator: Client, alice: Person) -> None:
    run = make_run(alice)
    make_difference(run, subject="there")
    make_difference(run, subject="gone", gone_at=run.started_at)
    assert "fill gone" not in operator.get(f"{DIFFERENCES}?standing=1").content.decode()
    assert "fill there" not in operator.get(f"{DIFFERENCES}?standing=0").content.decode()


def test_every_page_opens_and_offers_no_change(operator: Client, alice: Person) -> None:
    run = make_run(alice)
    for url in (f"{RUNS}{run.pk}/", f"{DIFFERENCES}{make_difference(run).pk}/"):
        page = operator.get(f"{url}change/")
        assert page.status_code == 200
        assert b'name="_save"' not in page.content
        assert alice.key.ciphertext.encode() not in page.content
        assert operator.post(f"{url}delete/", {"post": "yes"}).status_code == 403
    assert operator.get(f"{RUNS}add/").status_code == operator.get(f"{DIFFERENCES}add/").status_code == 403


def test_metrics_count_what_stands_and_who_waits(alice: Person, venue: FakeVenue) -> None:
    make_trade(make_bot(alice))
    run = make_run(alice, started_at=utc_now() - timedelta(days=3))
    make_difference(run)
    make_difference(run, subject="gone", gone_at=run.started_at)
    standing, overdue = count_differences()
    assert {labels["invariant"]: value for labels, value in standing.samples}["I2"] == 1
    assert overdue.samples == [({}, 1)]
    make_run(alice)
    assert count_differences()[1].samples == [({}, 0)]
