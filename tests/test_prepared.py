"""A prepared query gives what the same queryset gives, with the values of each time, on whatever thread it runs."""

import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from bots.models import BotConfiguration, BotEvent
from saas.prepared import Parameter, Prepared, PreparedUpdate, insert
from tests.cast import LONG_AGO, Person, alice, bob, make_bot, make_order
from trades.models import Order

__all__ = ["alice", "bob"]


def test_rows_are_those_of_the_values_given(alice: Person, bob: Person) -> None:
    of_bot: Prepared[Order] = Prepared(lambda: Order.objects.filter(bot=Parameter("bot")).order_by("pk"))
    bots = [make_bot(alice), make_bot(bob), make_bot(bob)]
    for bot in (bots[0], bots[1], bots[0]):
        make_order(bot)
    for bot in bots:
        plain = list(Order.objects.filter(bot=bot).order_by("pk"))
        assert [vars_of(order) for order in of_bot.rows(bot=bot.pk)] == [vars_of(order) for order in plain]


def vars_of(order: Order) -> dict[str, Any]:
    return {name: value for name, value in vars(order).items() if name != "_state"}


def test_the_statement_is_the_same_and_is_one(alice: Person) -> None:
    of_bot: Prepared[Order] = Prepared(lambda: Order.objects.filter(bot=Parameter("bot"), status="OPEN"))
    bot = make_bot(alice)
    with CaptureQueriesContext(connection) as asked:
        of_bot.rows(bot=bot.pk)
        list(Order.objects.filter(bot=bot.pk, status="OPEN"))
    # Django puts an expression in parentheses, and a value not.
    assert asked[0]["sql"].replace(f"({bot.pk})", str(bot.pk)) == asked[1]["sql"]


def test_related_rows_come_with_it(alice: Person) -> None:
    found: Prepared[BotConfiguration] = Prepared(
        lambda: BotConfiguration.objects.select_related("exchange_key", "owner").filter(pk=Parameter("bot"))
    )
    bot = make_bot(alice)
    (row,) = found.rows(bot=bot.pk)
    with CaptureQueriesContext(connection) as asked:
        assert (row.exchange_key.pk, row.owner.email) == (bot.exchange_key_id, alice.user.email)
    assert not asked.captured_queries


def test_columns_are_what_the_fields_make_of_them(alice: Person) -> None:
    bot = make_bot(alice)
    order = make_order(bot, quantity=Decimal("0.123456789012345678"))
    columns = Prepared(
        lambda: (
            Order.objects.filter(created_at__gte=Parameter("since"), symbol=Parameter("symbol"))
            .filter(Q(side=Parameter("side")) | Q(bot=Parameter("bot")))
            .values_list("quantity", "created_at", "trade")
        )
    )
    values = {"symbol": order.symbol, "side": "none", "bot": bot.pk}
    assert columns.rows(since=order.created_at, **values) == [(order.quantity, order.created_at, None)]
    assert not columns.exists(since=order.created_at + timedelta(microseconds=1), **values)
    assert columns.first(since=order.created_at, **{**values, "bot": bot.pk + 1}) is None


def test_an_update_writes_what_a_save_would(alice: Person) -> None:
    mine, other = make_order(make_bot(alice), status="SENDING"), make_order(make_bot(alice))
    open_order = PreparedUpdate(lambda: Order.objects.filter(pk=Parameter("order"), status=Parameter("was")))
    changes = {"status": "FILLED", "filled_quantity": Decimal("1E-8"), "resolved_at": LONG_AGO, "trade": None}
    assert open_order.run(changes, order=mine.pk, was=mine.status) == 1
    assert open_order.run(changes, order=mine.pk, was=mine.status) == 0
    assert open_order.run({"status": "CANCELED"}, order=mine.pk, was="FILLED") == 1
    mine.refresh_from_db()
    other.refresh_from_db()
    assert (mine.status, mine.filled_quantity, mine.resolved_at, mine.trade_id) == (
        "CANCELED",
        Decimal("0.00000001"),
        LONG_AGO,
        None,
    )
    assert other.resolved_at is None


def test_an_insert_stores_what_a_save_would(alice: Person) -> None:
    bot = make_bot(alice)
    saved, inserted = (make_order(bot), make_order(bot))
    Order.objects.filter(pk=inserted.pk).delete()
    inserted.pk, inserted._state.adding = None, True
    insert(inserted)
    assert not inserted._state.adding
    stored = Order.objects.get(pk=inserted.pk)
    changing = {"id", "client_order_id", "exchange_order_id", "decision_key", "updated_at"}
    was, now = ({n: v for n, v in vars_of(each).items() if n not in changing} for each in (saved, stored))
    assert was == now
    assert stored.client_order_id == inserted.client_order_id
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(inserted)


def test_details_are_inserted_as_they_are(alice: Person) -> None:
    event = BotEvent(owner=alice.user, bot=make_bot(alice), kind="x", at=LONG_AGO, details={"a": ["é", None]})
    insert(event)
    assert BotEvent.objects.get(pk=event.pk).details == {"a": ["é", None]}


@pytest.mark.django_db(transaction=True)
def test_threads_use_their_own_connections(alice: Person) -> None:
    found: Prepared[Order] = Prepared(lambda: Order.objects.filter(pk=Parameter("order")))
    orders = [make_order(make_bot(alice)) for _ in range(4)]
    seen: dict[int, list[int]] = {}

    def look(order: Order) -> None:
        try:
            seen[order.pk] = [row.pk for _ in range(20) for row in found.rows(order=order.pk)]
        finally:
            connections.close_all()

    run_all(*(lambda order=order: look(order) for order in orders))
    assert seen == {order.pk: [order.pk] * 20 for order in orders}


def run_all(*each: Callable[[], None]) -> None:
    threads = [threading.Thread(target=one) for one in each]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)


def test_threads_that_want_it_for_the_first_time_have_it_built_once(alice: Person) -> None:
    built: list[None] = []
    began, may_end = threading.Semaphore(0), threading.Event()

    def build() -> Any:
        built.append(None)
        may_end.wait(10)
        return Order.objects.filter(bot=Parameter("bot"))

    of_bot: Prepared[Order] = Prepared(build)
    compilers: list[object] = []

    def ask() -> None:
        began.release()
        compilers.append(of_bot._compiler)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert all(began.acquire(timeout=10) for _ in threads)
    may_end.set()
    for thread in threads:
        thread.join(10)
    assert len(built) == len(set(map(id, compilers))) == 1
    assert len(compilers) == 3
