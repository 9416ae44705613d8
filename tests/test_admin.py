"""The operator's pages: complete with a thousand rows and with keys that nobody can decrypt, and harmless."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from bots.events import record
from bots.models import BotConfiguration, BotStatus
from tests.cast import LONG_AGO, FakeVenue, Person, alice, make_bot, make_key, make_trade, venue
from trades.models import Order, Trade
from users.models import ExchangeAPIKey, User

__all__ = ["alice", "venue"]

BOTS = "/admin/bots/botconfiguration/"
LISTS = (
    BOTS,
    "/admin/bots/botevent/",
    "/admin/trades/trade/",
    "/admin/trades/order/",
    "/admin/users/exchangeapikey/",
)


@pytest.fixture
def operator(db: None, redis: Any) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(User.objects.create_superuser("olga@example.com", None, language="en"))
    return client


@pytest.fixture
def crowd(alice: Person, venue: FakeVenue) -> Iterator[BotConfiguration]:
    """A thousand bots with an event, a trade and an order each, and keys that cannot be decrypted."""
    keys = [make_key(alice.user, ciphertext="rotten", state="undecryptable") for _ in range(20)]
    first = make_bot(alice, exchange_key=keys[0])
    make_trade(first)
    record(first, "paused", at=LONG_AGO, code="key_undecryptable")
    _multiply(first, keys)
    yield first


def _multiply(first: BotConfiguration, keys: list[ExchangeAPIKey]) -> None:
    bots = [BotConfiguration(**_columns(first, name=f"bot {number}")) for number in range(999)]
    for number, bot in enumerate(bots):
        bot.exchange_key = keys[number % len(keys)]
    bots = BotConfiguration.objects.bulk_create(bots)
    trade, order, event = Trade.objects.get(), Order.objects.get(), first.events.get()
    Trade.objects.bulk_create(Trade(**_columns(trade, bot_id=bot.pk)) for bot in bots)
    Order.objects.bulk_create(
        Order(**_columns(order, bot_id=bot.pk, client_order_id=f"c{bot.pk}", exchange_order_id=None))
        for bot in bots
    )
    type(event).objects.bulk_create(type(event)(**_columns(event, bot_id=bot.pk)) for bot in bots)


def _columns(row: Any, **changes: Any) -> dict[str, Any]:
    names = [field.attname for field in row._meta.concrete_fields if not field.primary_key]
    return {**{name: getattr(row, name) for name in names}, **changes}


@pytest.mark.parametrize("url", LISTS)
def test_a_list_of_a_thousand_rows_opens_in_few_queries(
    operator: Client, crowd: BotConfiguration, django_assert_max_num_queries: Any, url: str
) -> None:
    with django_assert_max_num_queries(12):
        answer = operator.get(url)
    assert answer.status_code == 200
    assert b"rotten" not in answer.content
    assert operator.get(f"{url}?q=alice@example.com").status_code == 200


@pytest.mark.parametrize("model", ["bots/botconfiguration", "bots/botevent", "trades/trade", "trades/order"])
def test_every_rows_page_opens_and_offers_no_change(
    operator: Client, alice: Person, venue: FakeVenue, model: str
) -> None:
    trade = make_trade(make_bot(alice), sells=[("110000", "0.001")])
    rows = {
        "bots/botconfiguration": trade.bot,
        "bots/botevent": record(trade.bot, "started"),
        "trades/trade": trade,
        "trades/order": trade.orders.earliest("pk"),
    }
    url = f"/admin/{model}/{rows[model].pk}/"
    page = operator.get(f"{url}change/")
    assert page.status_code == 200
    assert b'name="_save"' not in page.content
    assert alice.key.ciphertext.encode() not in page.content
    assert operator.post(f"{url}change/", {"name": "x"}).status_code == 403
    assert operator.post(f"{url}delete/", {"post": "yes"}).status_code == 403
    assert operator.get(f"/admin/{model}/add/").status_code == 403


def test_filters_and_searches_narrow_the_list(operator: Client, alice: Person, venue: FakeVenue) -> None:
    make_bot(alice, name="the calm one")
    make_bot(alice, name="the busy one", status=BotStatus.ACTIVE)
    assert b"the busy one" not in operator.get(f"{BOTS}?q=calm").content
    assert b"the calm one" not in operator.get(f"{BOTS}?status=active").content


def act(operator: Client, action: str, *bots: BotConfiguration) -> str:
    form = {"action": action, "_selected_action": [str(bot.pk) for bot in bots]}
    return operator.post(BOTS, form, follow=True).content.decode()


def test_bots_are_started_and_stopped_by_the_owners_services(
    operator: Client, alice: Person, venue: FakeVenue
) -> None:
    bot = make_bot(alice)
    assert "Done for bots: 1." in act(operator, "start", bot)
    bot.refresh_from_db()
    assert bot.status == BotStatus.ACTIVE
    act(operator, "stop", bot)
    bot.refresh_from_db()
    assert bot.status == BotStatus.STOPPED


def test_a_refusal_is_told_and_the_others_still_start(
    operator: Client, alice: Person, venue: FakeVenue
) -> None:
    good, poor = make_bot(alice, name="good"), make_bot(alice, name="poor", capital="1")
    bad = make_bot(alice, name="bad", exchange_key=make_key(alice.user, ciphertext="rotten"))
    page = act(operator, "start", poor, bad, good)
    assert "Poor: Too little for BTC/USDT" in page
    assert "Bad: The exchange key cannot be decrypted; enter it again." in page
    assert set(BotConfiguration.objects.filter(status=BotStatus.ACTIVE)) == {good}


def test_an_operator_who_may_only_look_starts_nothing(alice: Person, venue: FakeVenue) -> None:
    looker = User.objects.create_user("lucas@example.com", None, is_staff=True)
    client = Client()
    client.force_login(looker)
    bot = make_bot(alice)
    assert client.get(BOTS).status_code == 403
    client.post(BOTS, {"action": "start", "_selected_action": [str(bot.pk)]})
    bot.refresh_from_db()
    assert bot.status == BotStatus.STOPPED


def test_an_order_shows_its_fills(operator: Client, alice: Person, venue: FakeVenue) -> None:
    trade = make_trade(make_bot(alice), buys=[("100000", "0.00123")])
    order = trade.orders.get()
    assert b"0.00123" in operator.get(f"/admin/trades/order/{order.pk}/change/").content
