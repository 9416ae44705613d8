"""The audit against a real paper exchange: rows broken on purpose are found, and nothing else ever is."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F
from django.utils import translation

from bots.models import BotConfiguration, BotEvent
from bots.wording import describe_event
from exchanges.domain import Side
from exchanges.gateway import Session
from exchanges.paper.tests.server import PaperServer
from saas.clock import utc_now
from trades import lease
from trades.audit import audit_key
from trades.audit_domain import Kind
from trades.audit_models import AuditDifference, AuditRun, Outcome
from trades.audit_reading import ask_account, read_books
from trades.audit_records import Report
from trades.ledger import new_client_order_id
from trades.models import Fill, Order, Trade
from trades.tests.paper_account import Account, account, connect, server, soon
from users.keys import delete_key, release_halt
from users.models import ExchangeAPIKey, User

__all__ = ["account", "server"]


@pytest.fixture(params=["binance", "bybit"])
def exchange(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def look(account: Account, clock: Callable[[], datetime] = soon) -> Report:
    report = audit_key(account.key, clock)
    assert report is not None
    return report


def found(report: Report) -> set[Kind]:
    return {difference.kind for difference in report.differences}


def test_what_was_traded_in_good_order_is_equal(account: Account) -> None:
    account.round_trip()
    report = look(account)
    assert (report.outcome, report.differences) == (Outcome.AUDITED, ())
    assert (report.orders, report.fills) == (2, Fill.objects.count())
    run = AuditRun.objects.get()
    assert (run.outcome, run.orders, run.differences) == (Outcome.AUDITED, 2, 0)
    assert not account.is_halted()


def test_the_users_own_orders_are_not_looked_at(account: Account) -> None:
    account.round_trip()
    send_again(account, "web_by_hand_1")
    assert look(account).differences == ()


def send_again(account: Account, client_order_id: str) -> None:
    """In Binance's dialect, which takes an id again once its first order is filled."""
    names = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.001"}
    answer = account.server.signed(
        account.opened, "POST", "/api/v3/order", newClientOrderId=client_order_id, **names
    )
    assert answer.status_code == 200, answer.text


def drop_fill(order: Order) -> None:
    fill = order.fills.first()
    assert fill is not None
    fill.delete()


def bend_fee(order: Order) -> None:
    fill = order.fills.get()
    fill.fee += Decimal("1e-18")
    fill.save()


def invent_fill(order: Order) -> None:
    fill = order.fills.first()
    assert fill is not None
    fill.pk, fill.exchange_fill_id = None, "999999"
    fill.save()


def unplace(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(status="NEVER_PLACED")


def cancel(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(status="CANCELED")


def enlarge(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(quantity=order.quantity + 1)


def misfile(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(exchange_order_id="424242")


def rename(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(client_order_id=new_client_order_id(order.bot_id))


def bend_trade(order: Order) -> None:
    Trade.objects.filter(orders=order).update(proceeds=Decimal(1))


def orphan(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(trade=None)


@pytest.mark.parametrize(
    ("spoil", "kinds"),
    [
        (drop_fill, {Kind.FILL_MISSING, Kind.ORDER_SUM, Kind.TRADE_SUM}),
        (bend_fee, {Kind.FILL_DIFFERS, Kind.TRADE_SUM}),
        (invent_fill, {Kind.FILL_EXTRA, Kind.ORDER_SUM, Kind.TRADE_SUM}),
        (unplace, {Kind.SENT_UNCOMMITTED}),
        (cancel, {Kind.ORDER_DIFFERS}),
        (enlarge, {Kind.ORDER_DIFFERS}),
        (misfile, {Kind.ORDER_DIFFERS, Kind.FILL_DIFFERS}),
        (bend_trade, {Kind.TRADE_SUM}),
        (orphan, {Kind.FILL_OF_NO_TRADE, Kind.TRADE_SUM}),
    ],
)
def test_a_row_that_was_spoilt_is_found_and_the_key_halts(
    account: Account, spoil: Callable[[Order], None], kinds: set[Kind]
) -> None:
    bought, _ = account.round_trip()
    spoil(bought)
    report = look(account)
    assert found(report) == kinds
    assert account.key.halt_reason == "audit_difference"
    assert AuditDifference.objects.filter(gone_at=None).count() == len(report.differences)
    assert {difference.bot_id for difference in report.differences} == {account.bot.pk}


def test_an_acknowledged_order_that_the_exchange_does_not_know(account: Account) -> None:
    bought, _ = account.round_trip()
    rename(bought)
    busy = lease.take(account.bot.pk, utc_now())
    assert busy is not None
    # The order's old name is at the exchange too; the bot is busy, so that nobody adopts it.
    assert found(look(account)) == {Kind.VANISHED_ORDER, Kind.UNKNOWN_ORDER}


def test_a_lost_order_is_adopted_before_anything_is_reported(account: Account) -> None:
    account.round_trip()
    lost = account.trade(Side.BUY)
    assert lost.trade is not None
    Fill.objects.filter(order=lost).delete()
    Order.objects.filter(pk=lost.pk).delete()
    lost.trade.delete()
    assert look(account).differences == ()
    assert Order.objects.filter(client_order_id=lost.client_order_id).exists()
    assert account.key.halt_reason == "order_adopted"


def test_a_second_send_of_one_client_order_id(account: Account) -> None:
    bought, _ = account.round_trip()
    send_again(account, bought.client_order_id)
    (difference,) = look(account).differences
    assert (difference.kind, difference.client_order_id) == (Kind.SENT_TWICE, bought.client_order_id)


def test_two_unresolved_orders_of_one_bot_and_symbol(account: Account) -> None:
    for order in account.round_trip():
        Order.objects.filter(pk=order.pk).update(status="HELD", next_look_at=utc_now() + timedelta(hours=1))
    assert found(look(account)) == {Kind.UNRESOLVED_TWICE}


@pytest.mark.parametrize("status", ["SENDING", "UNKNOWN", "HELD", "OPEN", "PARTIAL"])
def test_an_order_that_still_moves_is_no_difference(account: Account, status: str) -> None:
    bought, _ = account.round_trip()
    waits = {"next_look_at": utc_now() + timedelta(hours=1), "lease_until": utc_now() + timedelta(hours=1)}
    Order.objects.filter(pk=bought.pk).update(status=status, quantity=1, resolved_at=None, **waits)
    assert look(account).differences == ()


def test_an_order_that_is_open_for_hours_is_compared_as_it_stands(account: Account) -> None:
    bought, _ = account.round_trip()
    waits = {"next_look_at": utc_now() + timedelta(days=1), "created_at": utc_now() - timedelta(hours=2)}
    Order.objects.filter(pk=bought.pk).update(status="OPEN", quantity=1, resolved_at=None, **waits)
    assert found(look(account)) == {Kind.ORDER_DIFFERS}


def test_an_order_younger_than_a_minute_is_no_difference(account: Account) -> None:
    bought, _ = account.round_trip()
    enlarge(bought)
    assert look(account, utc_now).differences == ()


def test_an_order_that_changes_while_the_exchange_is_asked_is_no_difference(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    bought, _ = account.round_trip()
    asked = ask_account

    def ask(*arguments: Any) -> Any:
        Order.objects.filter(pk=bought.pk).update(quantity=F("filled_quantity") + 1)
        return asked(*arguments)

    monkeypatch.setattr("trades.audit.ask_account", ask)
    assert look(account).differences == ()


@pytest.mark.parametrize("name", ["list_fills", "list_orders"])
def test_a_list_that_is_late_is_no_difference(
    account: Account, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    account.round_trip()
    monkeypatch.setattr(Session, name, lambda *_: [])
    assert look(account).differences == ()


def test_what_a_second_look_does_not_confirm_is_no_difference(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    bought, _ = account.round_trip()
    enlarge(bought)
    read = read_books
    calls = iter(range(10))

    def mend_before_the_second_look(*arguments: Any) -> Any:
        if next(calls) == 2:
            Order.objects.filter(pk=bought.pk).update(quantity=bought.quantity)
        return read(*arguments)

    monkeypatch.setattr("trades.audit.read_books", mend_before_the_second_look)
    assert look(account).differences == ()


def test_an_exchange_that_does_not_answer_is_not_audited(account: Account, settings: Any) -> None:
    bought, _ = account.round_trip()
    enlarge(bought)
    settings.PAPER_EXCHANGE_URL = "http://127.0.0.1:1"
    report = look(account)
    assert (report.outcome, report.reason) == (Outcome.NOT_AUDITED, "the connection failed")
    assert (report.differences, account.key.halted_at) == ((), None)


def test_a_key_that_is_refused_is_not_audited_but_its_own_rows_are(account: Account) -> None:
    bought, _ = account.round_trip()
    bend_trade(bought)
    account.server.control("account", apiKey=account.opened["apiKey"], revoked=True)
    report = look(account)
    assert report.outcome is Outcome.NOT_AUDITED
    assert "-2015" in report.reason or "10003" in report.reason
    assert found(report) == {Kind.TRADE_SUM}


def test_a_key_that_is_not_valid_is_not_asked_with(account: Account) -> None:
    account.round_trip()
    ExchangeAPIKey.objects.update(state="invalid")
    report = look(account)
    assert (report.outcome, report.reason) == (Outcome.NOT_AUDITED, "key_not_valid")


def test_of_a_deleted_key_our_own_rows_are_checked(account: Account) -> None:
    bought, _ = account.round_trip()
    BotConfiguration.objects.update(status="stopped")
    delete_key(account.key, utc_now())
    assert look(account).outcome is Outcome.OWN_ROWS
    enlarge(bought)
    assert look(account).differences == ()
    bend_trade(bought)
    assert found(look(account)) == {Kind.TRADE_SUM}


def test_the_owner_is_told_once_in_their_words_and_nobody_else(account: Account) -> None:
    bought, _ = account.round_trip()
    stranger = User.objects.create_user("bob@example.com", "a-long-password-1")
    BotConfiguration.objects.create(
        owner=stranger, name="other", exchange_key=account.key, symbols=["BTC/USDT"], capital=1
    )
    drop_fill(bought)
    look(account)
    look(account)
    event = BotEvent.objects.get(kind="audit_difference")
    assert (event.bot_id, event.owner_id, event.level) == (account.bot.pk, account.bot.owner_id, "error")
    with translation.override("en"):
        assert "in this bot's orders: 3. New entries" in describe_event(event.kind, event.details)


def test_a_difference_that_was_looked_into_does_not_halt_again_until_it_returns(account: Account) -> None:
    bought, _ = account.round_trip()
    enlarge(bought)
    look(account)
    release_halt(account.key)
    assert found(look(account)) == {Kind.ORDER_DIFFERS}
    assert not account.is_halted()
    Order.objects.filter(pk=bought.pk).update(quantity=bought.quantity)
    assert look(account).differences == ()
    assert not AuditDifference.objects.filter(gone_at=None).exists()
    enlarge(bought)
    look(account)
    assert account.is_halted()
    assert AuditDifference.objects.get().gone_at is None


def test_a_difference_older_than_the_period_is_read_again_until_it_is_gone(account: Account) -> None:
    bought, _ = account.round_trip()
    enlarge(bought)
    look(account)
    recent = soon() - timedelta(seconds=1)
    again = audit_key(account.key, soon, recent)
    assert again is not None
    assert found(again) == {Kind.ORDER_DIFFERS}
    Order.objects.filter(pk=bought.pk).update(quantity=bought.quantity)
    audit_key(account.key, soon, recent)
    assert AuditDifference.objects.get().gone_at is not None


def test_a_key_that_fails_in_the_middle_is_recorded_and_audited_again(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    bought, _ = account.round_trip()
    enlarge(bought)
    look(account)
    with monkeypatch.context() as patch:
        patch.setattr("trades.audit.compare_ledgers", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            audit_key(account.key, soon)
    assert AuditRun.objects.order_by("-pk")[0].reason == "failed"
    assert AuditDifference.objects.get().gone_at is None
    assert found(look(account)) == {Kind.ORDER_DIFFERS}


def test_two_audits_of_one_key_do_not_run_at_once(account: Account) -> None:
    account.round_trip()
    key = account.key
    AuditRun.objects.create(owner=key.owner, exchange_key=key, started_at=utc_now(), since=utc_now())
    assert audit_key(key, utc_now) is None
    assert audit_key(key, lambda: utc_now() + timedelta(minutes=16)) is not None
    assert AuditRun.objects.order_by("pk")[0].reason == "interrupted"


def test_an_order_placed_with_another_key_of_the_same_account_is_known(account: Account) -> None:
    account.round_trip()
    old = account.key
    new = ExchangeAPIKey.objects.get(pk=old.pk)
    new.pk, new.fingerprint = None, "another"
    new.save()
    Order.objects.filter(side="sell").update(exchange_key=new)
    assert look(account).differences == ()


def test_each_key_is_asked_for_its_own_account_only(
    account: Account, server: PaperServer, exchange: str
) -> None:
    account.round_trip()
    key = account.key
    key.pk, key.fingerprint, key.label = None, "bobs", "bob's"
    key.owner = User.objects.create_user("bob@example.com", "a-long-password-1")
    key.save()
    bot = BotConfiguration.objects.create(
        owner=key.owner, name="other", exchange_key=key, symbols=["BTC/USDT"], capital=1
    )
    bobs = connect(bot, server, exchange)
    bought, _ = bobs.round_trip()
    enlarge(bought)
    assert look(account).differences == ()
    assert found(look(bobs)) == {Kind.ORDER_DIFFERS}
    assert set(AuditDifference.objects.values_list("owner_id", flat=True)) == {key.owner_id}
    assert not account.is_halted()
