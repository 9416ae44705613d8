"""The demo trades without a click, and only where it may."""

from collections.abc import Iterator
from typing import Any

import pytest

from bots.demo import DEMO_SYMBOLS, DemoForbidden, prepare_demo
from bots.models import BotConfiguration, BotEvent, BotStatus
from bots.services import stop_bot
from exchanges.paper.tests.server import PaperServer, running
from saas.clock import utc_now
from saas.errors import AppError
from users.models import ExchangeAPIKey, KeyState, User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperServer]:
    with running(
        PaperServer(tmp_path_factory.mktemp("demo") / "paper.sqlite3", "--prices", "walk")
    ) as server:
        yield server


@pytest.fixture(autouse=True)
def demo_settings(settings: Any, redis: Any, paper: PaperServer) -> None:
    settings.DEMO, settings.DEMO_PASSWORD = True, "a-demo-password"
    settings.PAPER_EXCHANGE_URL = paper.url


def test_it_makes_a_user_a_checked_paper_key_and_a_running_bot_once() -> None:
    bots = [prepare_demo() for _ in range(3)]
    assert len({bot.pk for bot in bots}) == User.objects.count() == ExchangeAPIKey.objects.count() == 1
    [bot] = BotConfiguration.objects.all()
    assert (bot.status, bot.symbols, bot.interval_seconds) == (BotStatus.ACTIVE, DEMO_SYMBOLS, 1)
    assert ExchangeAPIKey.objects.get().state == KeyState.VALID
    assert User.objects.get().check_password("a-demo-password")


def test_a_bot_that_somebody_stopped_stays_stopped() -> None:
    stop_bot(prepare_demo(), utc_now())
    assert prepare_demo().status == BotStatus.STOPPED


def test_a_bot_that_could_not_be_started_is_started_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AppError

    with monkeypatch.context() as away:
        away.setattr("bots.demo.start_bot", fail)
        with pytest.raises(AppError):
            prepare_demo()
    assert not BotEvent.objects.exists()
    assert prepare_demo().status == BotStatus.ACTIVE


def test_there_is_no_demo_in_production(settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(DemoForbidden):
        prepare_demo()
    assert not User.objects.exists()
