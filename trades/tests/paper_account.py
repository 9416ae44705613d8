"""Fixtures that put a real paper exchange behind a user's key; import them and name them in `__all__`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from bots.models import BotConfiguration
from exchanges.credentials import Credentials
from exchanges.domain import Side
from exchanges.paper.tests.server import PaperServer, running
from saas.clock import utc_now
from trades import lease
from trades.domain import Leg, OrderIntent, Reason
from trades.ledger import Placement, place_order
from trades.models import Order, Trade
from trades.tests.conftest import BTC
from users.encryption import encrypt_credentials, fingerprints
from users.keys import open_key_session
from users.models import ExchangeAPIKey

_numbers = count(1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperServer]:
    data = tmp_path_factory.mktemp("paper") / "paper.sqlite3"
    with running(PaperServer(data, "--prices", "walk", "--faults")) as started:
        yield started


@dataclass(frozen=True)
class Account:
    """A bot whose key is a paper account's, and that account as the exchange itself tells it."""

    bot: BotConfiguration
    server: PaperServer
    opened: dict[str, Any]

    @property
    def key(self) -> ExchangeAPIKey:
        return ExchangeAPIKey.objects.get(pk=self.bot.exchange_key_id)

    def is_halted(self) -> bool:
        return self.key.halted_at is not None

    def trade(self, side: Side, quantity: str = "0.001", trade: Trade | None = None) -> Order:
        """Place a market order through the ledger, as a bot's run does."""
        intent = OrderIntent(
            symbol=BTC.symbol,
            side=side,
            leg=Leg.ENTRY if side is Side.BUY else Leg.EXIT,
            reason=Reason.BELOW_AVERAGE if side is Side.BUY else Reason.TAKE_PROFIT,
            quantity=Decimal(quantity),
            reference_price=Decimal(100),
            decision_key=f"decision {next(_numbers)}",
            trade_id=trade.pk if trade else None,
        )
        held = lease.take(self.bot.pk, utc_now())
        assert held is not None
        try:
            with open_key_session(self.key) as session:
                return place_order(
                    intent, Placement(self.bot.pk, self.key, BTC, "BRL"), held, session, utc_now
                )
        finally:
            lease.release(held)

    def round_trip(self) -> tuple[Order, Order]:
        """A buy and the sale of what it bought, fees and lot size left aside."""
        bought = self.trade(Side.BUY, "0.002")
        assert bought.trade is not None
        return bought, self.trade(Side.SELL, "0.00199", bought.trade)


def connect(bot: BotConfiguration, server: PaperServer, exchange: str) -> Account:
    """Give a bot's key the credentials of a new paper account, which every dialect of the exchange knows."""
    opened = server.open_account(label="audit")
    credentials = Credentials(opened["apiKey"], opened["secretKey"])
    ExchangeAPIKey.objects.filter(pk=bot.exchange_key_id).update(
        exchange=exchange,
        ciphertext=encrypt_credentials(credentials, bot.owner_id),
        fingerprint=fingerprints(credentials.api_key)[0],
    )
    return Account(bot, server, opened)


@pytest.fixture
def exchange() -> str:
    """Whose dialect is spoken; a module may have a fixture of this name with both."""
    return "binance"


@pytest.fixture
def account(bot: BotConfiguration, server: PaperServer, exchange: str, settings: Any, redis: Any) -> Account:
    settings.PAPER_EXCHANGE_URL = server.url
    return connect(bot, server, exchange)


def soon() -> Any:
    """A clock two minutes ahead: orders placed just now count as settled."""
    return utc_now() + timedelta(minutes=2)
