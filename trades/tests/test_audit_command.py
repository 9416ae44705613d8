"""What the operator reads, and what a machine does, of `manage.py audit_ledger`."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from saas.clock import utc_now
from trades.management.commands.audit_ledger import read_since
from trades.models import Order
from trades.tests.paper_account import Account, account, exchange, server, soon
from users.models import User

__all__ = ["account", "exchange", "server"]


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trades.management.commands.audit_ledger.utc_now", soon)


def run(*arguments: str) -> tuple[int, str]:
    """The exit code and what was printed."""
    out = StringIO()
    try:
        call_command("audit_ledger", *arguments, stdout=out, stderr=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def spoil(account: Account) -> Order:
    bought, _ = account.round_trip()
    Order.objects.filter(pk=bought.pk).update(quantity=3)
    return bought


def test_equal_ledgers_end_with_nought(account: Account) -> None:
    account.round_trip()
    code, text = run("--language", "en")
    assert code == 0
    header, row = text.splitlines()
    assert header.split() == ["Key", "Exchange", "User", "Since", "Orders", "Fills", "Result"]
    assert row.split()[:3] == [str(account.key.pk), "binance:paper", "alice@example.com"]
    assert row.split()[4:] == ["2", "2", "equal"]


@pytest.mark.parametrize(
    ("language", "count", "text"),
    [
        ("en", "differences: 1", "quantity of the order: 3 here, 0.002 at the exchange"),
        ("pt-br", "divergências: 1", "quantity da ordem: 3 aqui, 0.002 na exchange"),
    ],
)
def test_each_difference_is_a_line_in_the_operators_language(
    account: Account, language: str, count: str, text: str
) -> None:
    order = spoil(account)
    code, printed = run("--language", language)
    assert code == 1
    _, row, difference = printed.splitlines()
    assert row.endswith(count)
    assert difference.split(maxsplit=3) == ["I1", "BTC/USDT", order.client_order_id, text]


def test_machines_read_one_object_for_each_key(account: Account) -> None:
    order = spoil(account)
    code, printed = run("--json")
    report = json.loads(printed)
    assert code == 1
    assert (report["user"], report["outcome"], report["orders"]) == ("alice@example.com", "audited", 2)
    (difference,) = report["differences"]
    assert difference == {
        "invariant": "I1",
        "kind": "order_differs",
        "symbol": "BTC/USDT",
        "client_order_id": order.client_order_id,
        "bot_id": account.bot.pk,
        "subject": order.exchange_order_id,
        "field": "quantity",
        "ours": "3",
        "theirs": "0.002",
        "at": order.created_at.isoformat(),
    }


def test_a_key_that_could_not_be_audited_is_said_and_ends_with_two(account: Account, settings: Any) -> None:
    account.round_trip()
    settings.PAPER_EXCHANGE_URL = "http://127.0.0.1:1"
    code, text = run("--language", "en")
    assert code == 2
    assert text.rstrip().endswith("not audited: the connection failed")


def test_no_secret_is_printed(account: Account) -> None:
    spoil(account)
    printed = run()[1] + run("--json")[1]
    assert account.opened["apiKey"] not in printed
    assert account.opened["secretKey"] not in printed


def test_one_user_or_one_key_can_be_chosen(account: Account) -> None:
    account.round_trip()
    User.objects.create_user("bob@example.com", "a-long-password-1")
    key = str(account.key.pk)
    assert [
        len(run(*chosen)[1].splitlines()) for chosen in (("--key", key), ("--user", "ALICE@example.com"))
    ] == [2, 2]
    assert len(run("--user", "bob@example.com")[1].splitlines()) == 1
    with pytest.raises(CommandError, match=r"nobody@example\.com"):
        call_command("audit_ledger", "--user", "nobody@example.com")
    with pytest.raises(CommandError, match="123456"):
        call_command("audit_ledger", "--key", "123456")


def test_orders_before_the_given_time_are_left_out(account: Account) -> None:
    account.round_trip()
    tomorrow = (utc_now().date() + timedelta(days=1)).isoformat()
    report = json.loads(run("--json", "--since", tomorrow)[1])
    assert (report["since"], report["orders"]) == (f"{tomorrow}T00:00:00+00:00", 0)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (None, None),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20T12:30", datetime(2026, 11, 20, 12, 30, tzinfo=UTC)),
        ("2026-11-20T12:30:00-03:00", datetime(2026, 11, 20, 15, 30, tzinfo=UTC)),
    ],
)
def test_a_time_without_a_zone_is_utc(text: str | None, moment: datetime | None) -> None:
    assert read_since(text) == moment


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "2026-11-20T99:00", "2026-11-2", ""])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(CommandError):
        read_since(text)
