"""What is kept of a user's trades between two reads is what a read without anything kept would find."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, timedelta, tzinfo
from decimal import Decimal
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db.models import F

from exchanges.domain import Venue
from saas.clock import utc_now
from tests.cast import (
    LONG_AGO,
    FakeVenue,
    Person,
    alice,
    bob,
    make_bot,
    make_fill,
    make_key,
    make_order,
    make_trade,
    venue,
)
from trades import history, selectors
from trades.models import Trade
from trades.money import Money, only_of
from trades.own_bots import parse_stakes
from trades.portfolio import History, make_history, realised_by_bot
from trades.projection import project_trade
from users.models import ExchangeAPIKey, User

__all__ = ["alice", "bob", "venue"]

SYMBOLS = ("BTC/USDT", "ETH/USDT", "SHIB/USDT")
SAO_PAULO = ZoneInfo("America/Sao_Paulo")


@dataclass
class Rates:
    """One dollar is five reais, and how often that was asked."""

    brl: Decimal = Decimal(5)
    asked: list[str] = field(default_factory=list)

    def rate(self, venue: Venue, from_asset: str, to_asset: str) -> Decimal | None:
        if from_asset == to_asset:
            return Decimal(1)
        self.asked.append(from_asset)
        return self.brl if to_asset == "BRL" else 1 / self.brl


def read_history(user: User, zone: tzinfo, rates: Rates, money: Money = Money.PLAY) -> History:
    return history.read_history(user, money, zone, rates, selectors.read_grounds(user))


def plain_history(person: Person, rates: Rates, zone: Any = UTC, money: Money = Money.PLAY) -> History:
    """Without anything kept."""
    trades = only_of(money, [trade for _, trade in selectors.update_figures(person.user, {}).values()])
    stakes = parse_stakes(money, selectors.read_grounds(person.user).bots)
    return make_history(trades, person.user.display_currency, rates, zone, stakes)


def close(trade: Trade, price: str, quantity: str | None = None) -> None:
    """Sell all of it, or a part."""
    at = trade.opened_at + timedelta(hours=1)
    sale = make_order(
        trade.bot,
        symbol=trade.symbol,
        side="sell",
        leg="exit",
        reason="take_profit",
        trade=trade,
        created_at=at,
    )
    make_fill(sale, price, quantity or str(trade.held_quantity), at)
    project_trade(sale)


def add_late_fill(trade: Trade, price: str) -> None:
    order = trade.orders.order_by("pk").first()
    assert order is not None
    make_fill(order, price, "0.000001", order.created_at + timedelta(seconds=1))
    project_trade(order)


def change_something(person: Person, draw: random.Random) -> None:
    price = str(draw.randint(90_000, 120_000))
    trades = list(Trade.objects.filter(owner=person.user))
    still_open = [trade for trade in trades if trade.status == "OPEN"]
    match draw.randrange(5):
        case 0 if still_open:
            close(draw.choice(still_open), price)
        case 1 if still_open:
            close(draw.choice(still_open), price, "0.0001")
        case 2 if trades:
            add_late_fill(draw.choice(trades), price)
        case 3 if draw.random() < 0.2:
            person.user.display_currency = draw.choice(["BRL", "USDT"])
            person.user.save()
        case _:
            keys = list(ExchangeAPIKey.objects.filter(owner=person.user).order_by("pk"))
            bot, opened_at = (
                make_bot(person, exchange_key=draw.choice(keys)),
                LONG_AGO + timedelta(hours=draw.randrange(500)),
            )
            rate = draw.choice(["5", "5.25", None])
            make_trade(
                bot, symbol=draw.choice(SYMBOLS), buys=[(price, "0.001")], opened_at=opened_at, rate=rate
            )


@pytest.mark.parametrize("seed", range(6))
def test_whatever_changes_the_history_is_that_of_a_plain_reading(
    alice: Person, bob: Person, venue: FakeVenue, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Six keep what fits, and five read again what does not.
    monkeypatch.setattr(history, "MOST_TRADES", 6 if seed % 2 else 50_000)
    draw = random.Random(seed)
    for person in (alice, bob):
        make_key(person.user, environment="live")
    for _ in range(40):
        person = draw.choice([alice, bob])
        for _ in range(draw.randrange(3)):
            change_something(person, draw)
        rates = Rates(Decimal(draw.randint(400, 600)) / 100)
        zone = draw.choice([UTC, SAO_PAULO])
        for money in draw.sample(list(Money), draw.randint(1, 2)):
            kept = read_history(person.user, zone, rates, money)
            assert kept == plain_history(person, rates, zone, money)
        plain = [trade for _, trade in selectors.update_figures(person.user, {}).values()]
        by_bot = realised_by_bot(plain, person.user.display_currency, rates)
        assert history.read_realised_by_bot(person.user, rates) == by_bot


@pytest.mark.parametrize("moment", range(6))
def test_a_change_in_the_middle_of_a_reading_is_in_the_next(
    alice: Person, venue: FakeVenue, moment: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process sells a part, of a trade that is read anew and of one that is not, between any two queries."""
    bot = make_bot(alice)
    changed, other = (make_trade(bot, symbol=symbol, buys=[("100000", "0.01")]) for symbol in SYMBOLS[:2])
    read_history(alice.user, UTC, Rates())
    Trade.objects.filter(pk=changed.pk).update(fees=F("fees"))
    moments = count()

    def change_at_the_moment() -> None:
        if next(moments) == moment:
            close(changed, "120000", "0.001")
            close(other, "120000", "0.001")

    with monkeypatch.context() as patched:
        for name in ("read_grounds", "_versioned", "_last_sales"):
            patched.setattr(selectors, name, between(getattr(selectors, name), change_at_the_moment))
        read_history(alice.user, UTC, Rates())
    assert next(moments) == 6
    assert read_history(alice.user, UTC, Rates()) == plain_history(alice, Rates())


def between(read: Any, change: Callable[[], None]) -> Any:
    def read_between(*asked: Any) -> Any:
        change()
        found = read(*asked)
        change()
        return found

    return read_between


def test_nobody_gets_what_was_kept_of_another(alice: Person, bob: Person, venue: FakeVenue) -> None:
    make_trade(make_bot(alice), sells=[("110000", "0.001")])
    make_trade(make_bot(bob), sells=[("90000", "0.001")])
    assert selectors.stamp_of(alice.user).changes == selectors.stamp_of(bob.user).changes
    for _ in range(2):
        for person, total in ((alice, "50"), (bob, "-50")):
            shown = person.client.get("/api/portfolio/").json()
            assert (shown["realised_pnl_display"], shown["statistics"]["trades"]) == (total, 1)
            (bot,) = person.client.get("/api/bots/").json()["results"]
            assert bot["realised_pnl_display"] == total


def test_what_has_not_changed_is_not_read_again(
    alice: Person, venue: FakeVenue, django_assert_num_queries: Any
) -> None:
    bot = make_bot(alice)
    trades = [make_trade(bot, sells=[("110000", "0.001")]) for _ in range(3)]
    make_trade(bot)
    first = read_history(alice.user, UTC, Rates())
    with django_assert_num_queries(1):  # its stamp
        assert read_history(alice.user, UTC, Rates()) is first
    Trade.objects.filter(pk=trades[0].pk).update(realised_pnl_display=Decimal(7))
    with django_assert_num_queries(3):  # its stamp, which trades have changed, those
        changed = read_history(alice.user, UTC, Rates())
    assert changed.realised_pnl_display == first.realised_pnl_display - 50 + 7


def test_what_needed_a_rate_of_now_is_made_anew(alice: Person, venue: FakeVenue) -> None:
    make_trade(make_bot(alice), sells=[("110000", "0.001")], rate=None)
    for brl in (5, 6):
        assert read_history(alice.user, UTC, Rates(Decimal(brl))).realised_pnl_display == 10 * brl
    alice.user.display_currency = "USDT"
    assert read_history(alice.user, UTC, Rates()).realised_pnl_display == 10


def test_only_so_many_users_and_results_are_kept(
    alice: Person, bob: Person, venue: FakeVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MOST_USERS", 1)
    monkeypatch.setattr(history, "MOST_RESULTS", 4)
    for person in (alice, bob, alice):
        make_trade(make_bot(person), sells=[("110000", "0.001")])
        for zone in ("UTC", "America/Sao_Paulo", "Asia/Tokyo", "Europe/Lisbon", "America/Lima", "Asia/Dubai"):
            read_history(person.user, ZoneInfo(zone), Rates())
        assert list(history._kept) == [person.user.pk]
        assert len(history._kept[person.user.pk].made) == history.MOST_RESULTS


def test_results_of_many_trades_are_forgotten_first_where_they_were_not_used_for_longest(
    alice: Person, bob: Person, venue: FakeVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MOST_IN_RESULTS", 5)
    for person in (alice, bob):
        bot = make_bot(person)
        for _ in range(2):
            make_trade(bot, sells=[("110000", "0.001")])
        for zone in ("UTC", "America/Sao_Paulo"):
            read_history(person.user, ZoneInfo(zone), Rates())
    assert [len(each.made) for each in history._kept.values()] == [0, 2]
    assert read_history(alice.user, UTC, Rates()).realised_pnl_display == 100


def version_of(trade: Trade) -> int:
    return int(Trade.objects.values_list("version", flat=True).get(pk=trade.pk))


def test_every_change_of_a_trade_counts_once_committed(alice: Person, venue: FakeVenue) -> None:
    trade = make_trade(make_bot(alice))
    before = version_of(trade)
    ours, theirs = Trade.objects.get(pk=trade.pk), Trade.objects.get(pk=trade.pk)
    ours.save()
    theirs.save(update_fields=["fees"])
    theirs.save()
    Trade.objects.filter(pk=trade.pk).update(fees=F("fees"), updated_at=utc_now())
    Trade.objects.only("fees").get(pk=trade.pk).save()
    assert version_of(trade) == before + 5


def test_the_price_that_a_stop_follows_is_no_change(alice: Person, venue: FakeVenue) -> None:
    trade = make_trade(make_bot(alice))
    before = selectors.stamp_of(alice.user)
    Trade.objects.filter(pk=trade.pk).update(peak_price=Decimal(120_000))
    assert selectors.stamp_of(alice.user) == before
