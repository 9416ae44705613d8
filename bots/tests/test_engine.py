"""One tick after another of a real bot over a fake exchange: when it buys, when it does not, and what it says."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bots import engine, services
from bots.decisions import Decision, read_decisions
from bots.models import BotConfiguration, BotEvent, BotStatus
from bots.tests.conftest import SetMarket
from bots.unrunnable import pause_unrunnable_bots
from conftest import free_port
from exchanges.errors import ExchangeUnavailable, KeyRefused, OrderRefused, OrderStatusUnknown
from saas import counters
from saas.counters import counter_key
from saas.redis import get_redis
from tests.cast import make_key
from trades import adoption, lease
from trades.domain import OrderStatus, TradeStatus
from trades.models import Fill, Order, Trade
from trades.tests.conftest import BTC, ManualClock
from trades.tests.fake_exchange import FakeExchange, FakeSession
from users.models import ExchangeAPIKey, KeyState

pytestmark = pytest.mark.usefixtures("engine_session")


def tick(bot: BotConfiguration, clock: ManualClock, seconds: float = 1) -> Decision:
    """Run the bot once at the next tick; what it decided."""
    clock.advance(seconds)
    engine.run_bot(bot.pk, clock(), 1, clock)
    return read_decisions(bot.pk, 1)[0]


def test_it_waits_above_the_level_and_says_why(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket
) -> None:
    set_market("101")
    decision = tick(bot, clock)
    assert (decision.action, decision.code, decision.average) == ("wait", "above_average", "100")
    assert decision.deviation_percent == "1"
    assert not Order.objects.exists()


def test_it_buys_for_its_capital_in_reais_below_the_level(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket
) -> None:
    set_market("99")
    assert tick(bot, clock).action == "buy"
    trade = Trade.objects.get()
    assert trade.status == TradeStatus.OPEN.value
    assert Decimal("0.85") * 20 <= trade.cost <= 20


def test_it_holds_one_trade_per_symbol_and_sells_it_at_the_target(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket
) -> None:
    BotConfiguration.objects.update(take_profit_percent=Decimal(5))
    set_market("99")
    tick(bot, clock)
    assert tick(bot, clock).action == "hold"
    set_market("103.95")
    assert tick(bot, clock).action == "sell"
    assert Trade.objects.get().status == TradeStatus.CLOSED.value
    assert [event.kind for event in BotEvent.objects.order_by("pk")] == [
        "order_filled",
        "order_filled",
        "trade_closed",
    ]


@pytest.mark.parametrize("act", ["change", "restart"])
def test_a_bot_that_its_owner_changes_or_starts_does_not_wait_for_what_was(
    bot: BotConfiguration,
    clock: ManualClock,
    set_market: SetMarket,
    exchange: FakeExchange,
    monkeypatch: pytest.MonkeyPatch,
    act: str,
) -> None:
    monkeypatch.setattr(services, "_check", lambda *_: None)
    exchange.free["USDT"] = Decimal(15)
    set_market("99")
    for _ in range(2):
        assert tick(bot, clock).code == "insufficient_balance"
    if act == "change":
        services.update_bot(bot, {"capital": Decimal(50)}, clock())
    else:
        exchange.free["USDT"] = Decimal(1000)
        services.stop_bot(bot, clock())
        services.start_bot(bot, clock())
    set_market("99")
    assert tick(bot, clock).action == "buy"


def test_what_is_more_than_one_order_may_have_by_now_is_sold_in_parts(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    BotConfiguration.objects.update(take_profit_percent=Decimal(1))
    set_market("99")
    tick(bot, clock)
    smaller = replace(BTC, max_quantity=Decimal("0.15"))
    monkeypatch.setattr("bots.run.get_instruments", lambda _: {"BTC/USDT": smaller})
    for _ in range(2):
        set_market("101")
        assert tick(bot, clock).action == "sell"
    sales = Order.objects.filter(side="sell").order_by("pk")
    assert [sale.quantity for sale in sales] == [Decimal("0.15"), Decimal("0.0508")]
    assert Trade.objects.get().status == TradeStatus.CLOSED.value


def test_the_trailing_stop_follows_the_peak_over_runs(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket
) -> None:
    BotConfiguration.objects.update(trailing_stop_percent=Decimal(5))
    actions = []
    for price in ("99", "110", "105", "104.5"):
        set_market(price)
        actions.append(tick(bot, clock).action)
    assert actions == ["buy", "hold", "hold", "sell"]


def test_a_stale_snapshot_forbids_entries_and_allows_exits(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket
) -> None:
    set_market("99")
    decision = tick(bot, clock, seconds=30)
    assert (decision.action, decision.code) == ("skip", "stale_market")
    set_market("99")
    tick(bot, clock)
    BotConfiguration.objects.update(take_profit_percent=Decimal(1))
    set_market("120")
    assert tick(bot, clock, seconds=30).action == "sell"


def test_a_redis_that_goes_away_during_a_run_fails_neither_the_run_nor_the_order(
    bot: BotConfiguration,
    clock: ManualClock,
    set_market: SetMarket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_market("99")
    gone = Redis(port=free_port(), retry=Retry(NoBackoff(), 0))
    for module in ("bots.decisions", "bots.cooldown", "saas.counters"):
        monkeypatch.setattr(f"{module}.get_redis", lambda: gone)
    clock.advance(1)
    assert engine.run_bot(bot.pk, clock(), 1, clock)
    assert Trade.objects.get().status == TradeStatus.OPEN.value
    assert not BotEvent.objects.filter(kind="run_failed").exists()
    bot.refresh_from_db()
    assert bot.last_run_at == clock()


def test_without_any_price_it_waits(bot: BotConfiguration, clock: ManualClock, redis: object) -> None:
    assert tick(bot, clock).code == "no_price"


def test_an_order_in_doubt_blocks_the_symbol_until_it_is_settled(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket, exchange: FakeExchange
) -> None:
    exchange.answer, exchange.forgets = OrderStatusUnknown("timeout"), True
    set_market("99")
    tick(bot, clock)
    for price in ("99", "101"):
        set_market(price)
        decision = tick(bot, clock)
        assert (decision.action, decision.code) == ("skip", "order_in_doubt")
        assert (decision.details["status"], decision.details["symbol"]) == ("UNKNOWN", "BTC/USDT")
    exchange.forgets = False
    set_market("99")
    assert tick(bot, clock, seconds=4).action in {"hold", "skip"}
    clock.advance(10)
    set_market("99")
    assert tick(bot, clock).action == "hold"
    assert len(exchange.sends) == 1


def test_a_refused_order_is_not_tried_every_second(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket, exchange: FakeExchange
) -> None:
    exchange.executes, exchange.answer = False, OrderRefused("insufficient balance", "-2010")
    for _ in range(5):
        set_market("99")
        assert tick(bot, clock).code == "order_refused"
    assert len(exchange.sends) == 1


def test_an_empty_account_is_skipped_with_the_reason_and_not_asked_every_second(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket, exchange: FakeExchange
) -> None:
    exchange.free = {"USDT": Decimal("3.5")}
    set_market("99")
    decision = tick(bot, clock)
    assert (decision.action, decision.code) == ("skip", "insufficient_balance")
    assert decision.details["free"] == "3.5"
    exchange.free = {"USDT": Decimal(1000)}
    set_market("99")
    assert tick(bot, clock).code == "insufficient_balance"
    assert exchange.sends == []


def test_no_more_trades_are_open_than_the_bot_may(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket
) -> None:
    Trade.objects.create(
        owner=bot.owner,
        bot=bot,
        exchange_key=bot.exchange_key,
        symbol="ETH/USDT",
        base="ETH",
        quote="USDT",
        lot_size=Decimal("0.0001"),
        opened_at=clock(),
        display_currency="BRL",
        entry_price=Decimal(10),
    )
    set_market("99")
    clock.advance(1)
    engine.run_bot(bot.pk, clock(), 1, clock)
    assert {d.symbol: d.code for d in read_decisions(bot.pk, 2)} == {
        "BTC/USDT": "max_open_trades",
        "ETH/USDT": "no_price",
    }


def test_close_all_sells_and_then_stops_the_bot(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket
) -> None:
    set_market("99")
    tick(bot, clock)
    BotConfiguration.objects.update(closing=True)
    decision = tick(bot, clock)
    assert (decision.action, decision.code) == ("sell", "close_all")
    bot.refresh_from_db()
    assert (bot.status, bot.closing) == (BotStatus.STOPPED, False)


def test_what_cannot_be_sold_any_more_closes_as_dust(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket, exchange: FakeExchange
) -> None:
    BotConfiguration.objects.update(stop_loss_percent=Decimal(50))
    set_market("99")
    tick(bot, clock)
    set_market("20")
    assert tick(bot, clock).code == "nothing_to_sell"
    trade = Trade.objects.get()
    assert trade.status == TradeStatus.CLOSED.value
    assert (trade.dust, trade.dust_cost) == (trade.held_quantity, trade.cost)
    assert len(exchange.sends) == 1


@pytest.mark.parametrize("bid", ["0", "0.5"])
def test_bids_that_are_gone_for_a_moment_make_no_dust_of_a_position(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket, exchange: FakeExchange, bid: str
) -> None:
    BotConfiguration.objects.update(stop_loss_percent=Decimal(5))
    set_market("99")
    tick(bot, clock)
    set_market("90", book=(bid, "91"))
    assert tick(bot, clock).code == "empty_book"
    assert Trade.objects.get().status == TradeStatus.OPEN.value
    assert len(exchange.sends) == 1
    get_redis().flushdb()
    set_market("90")
    assert tick(bot, clock).action == "sell"
    assert Trade.objects.get().status == TradeStatus.CLOSED.value


def test_nothing_is_bought_where_nobody_offers_anything(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket, exchange: FakeExchange
) -> None:
    set_market("99", book=("99", "0"))
    assert tick(bot, clock).code == "empty_book"
    assert not exchange.sends
    assert not BotEvent.objects.filter(kind="run_failed").exists()


def test_late_runs_are_dropped_and_counted(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket
) -> None:
    set_market("99")
    assert not engine.run_bot(bot.pk, clock() - timedelta(seconds=3), 1, clock)
    assert get_redis().get(counter_key("runs_late")) == b"1"
    assert not Order.objects.exists()


def test_runs_of_one_bot_never_overlap(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket
) -> None:
    set_market("99")
    assert lease.take(bot.pk, clock()) is not None
    assert not engine.run_bot(bot.pk, clock(), 1, clock)
    counters.flush()
    assert get_redis().get(counter_key("runs_overlapping")) == b"1"
    assert not Order.objects.exists()


@pytest.mark.parametrize(("tries", "bought"), [(engine.LEASE_TRIES - 1, True), (engine.LEASE_TRIES, False)])
def test_a_run_that_expects_an_order_waits_a_moment_for_another_to_end(
    bot: BotConfiguration,
    clock: ManualClock,
    set_market: SetMarket,
    monkeypatch: pytest.MonkeyPatch,
    tries: int,
    bought: bool,
) -> None:
    set_market("99")
    other = lease.take(bot.pk, clock())
    assert other is not None
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == tries:
            lease.release(other)

    monkeypatch.setattr("bots.engine.time.sleep", pause)
    clock.advance(1)
    assert engine.run_bot(bot.pk, clock(), 1, clock, expects_order=True) is bought
    assert Order.objects.exists() is bought
    assert len(pauses) == engine.LEASE_TRIES - 1


def test_a_revoked_key_is_marked_and_nothing_is_raised(
    bot: BotConfiguration,
    clock: ManualClock,
    set_market: SetMarket,
    session: FakeSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse() -> None:
        raise KeyRefused("Invalid API-key", "-2015")

    monkeypatch.setattr(session, "fetch_balances", refuse)
    set_market("99")
    assert not engine.run_bot(bot.pk, clock(), 1, clock)
    bot.exchange_key.refresh_from_db()
    assert bot.exchange_key.state == KeyState.INVALID


def test_an_unforeseen_error_is_the_owners_to_see_once_and_nobody_elses_trouble(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("bots.look.Look.find_quiet_decisions", fail)
    set_market("99")
    results = [engine.run_bot(bot.pk, clock(), 1, clock) for _ in range(3)]
    assert results == [False] * 3
    assert BotEvent.objects.filter(kind="run_failed").count() == 1
    assert lease.take(bot.pk, clock()) is not None


def test_an_adopted_order_halts_entries_of_its_key(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket
) -> None:
    bot.exchange_key.halted_at = clock()
    bot.exchange_key.save()
    set_market("99")
    assert tick(bot, clock).code == "entries_halted"


def test_orders_are_filled_once_even_when_a_message_comes_twice(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket, exchange: FakeExchange
) -> None:
    set_market("99")
    for _ in range(5):
        engine.run_bot(bot.pk, clock(), 1, clock)
    assert len(exchange.sends) == 1
    assert Order.objects.get().status == OrderStatus.FILLED.value


@pytest.mark.parametrize("asked", ["fetch_balances", "list_orders"])
def test_a_bot_stopped_while_it_was_deciding_sends_nothing(
    bot: BotConfiguration,
    clock: ManualClock,
    set_market: SetMarket,
    session: FakeSession,
    exchange: FakeExchange,
    monkeypatch: pytest.MonkeyPatch,
    asked: str,
) -> None:
    ask = getattr(session, asked)

    def stop_meanwhile(*about: object) -> object:
        BotConfiguration.objects.update(status=BotStatus.STOPPED)
        return ask(*about)

    monkeypatch.setattr(session, asked, stop_meanwhile)
    set_market("99")
    assert tick(bot, clock).code == "stopped_meanwhile"
    assert exchange.sends == []


@pytest.mark.parametrize("taken_away", ["exchange_key", "symbols"])
def test_a_run_that_waited_for_a_change_buys_nothing_with_what_was_taken_away(
    bot: BotConfiguration,
    clock: ManualClock,
    set_market: SetMarket,
    exchange: FakeExchange,
    monkeypatch: pytest.MonkeyPatch,
    taken_away: str,
) -> None:
    changes = {"exchange_key": make_key(bot.owner), "symbols": ["ETH/USDT"]}
    take_lease = lease.take

    def change_first(bot_id: int, now: datetime) -> lease.Held | None:
        monkeypatch.setattr(lease, "take", take_lease)
        services.update_bot(bot, {taken_away: changes[taken_away]}, now)
        return take_lease(bot_id, now)

    monkeypatch.setattr(services, "_check", lambda *_: None)
    monkeypatch.setattr(lease, "take", change_first)
    set_market("99")
    assert tick(bot, clock).code == "stopped_meanwhile"
    assert exchange.sends == []
    set_market("99")
    assert tick(bot, clock).code == ("below_average" if taken_away == "exchange_key" else "no_price")


def test_a_key_that_cannot_be_decrypted_pauses_its_bot_at_the_next_tick(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket
) -> None:
    ExchangeAPIKey.objects.update(ciphertext="gAAAAA-not-a-token")
    set_market("101")
    assert not engine.run_bot(bot.pk, clock(), 1, clock)
    assert ExchangeAPIKey.objects.get().state == KeyState.UNDECRYPTABLE
    assert pause_unrunnable_bots(clock()) == 1
    bot.refresh_from_db()
    assert (bot.status, bot.pause_code) == (BotStatus.PAUSED, "key_undecryptable")


def test_an_exchange_that_does_not_answer_is_a_reason_and_not_a_failed_run(
    bot: BotConfiguration,
    clock: ManualClock,
    set_market: SetMarket,
    session: FakeSession,
    exchange: FakeExchange,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    def be_away() -> None:
        asked.append(1)
        raise ExchangeUnavailable("connection refused")

    monkeypatch.setattr(session, "fetch_balances", be_away)
    for _ in range(3):
        set_market("99")
        decision = tick(bot, clock)
        assert (decision.action, decision.code) == ("skip", "exchange_unavailable")
    assert (len(asked), exchange.sends) == (1, [])
    assert not BotEvent.objects.filter(kind="run_failed").exists()


def test_after_an_older_backup_it_does_not_buy_what_it_has_bought_already(
    bot: BotConfiguration,
    clock: ManualClock,
    set_market: SetMarket,
    exchange: FakeExchange,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("trades.adoption.get_instruments", lambda _: {"BTC/USDT": BTC})
    set_market("99")
    tick(bot, clock)
    for model in (Fill, Order, Trade):
        model.objects.all().delete()
    adoption._searched.clear()
    set_market("99")
    assert tick(bot, clock).code == "orders_adopted"
    assert Trade.objects.get().status == TradeStatus.OPEN.value
    set_market("99")
    assert tick(bot, clock).action == "hold"
    assert len(exchange.sends) == 1
