"""No key, secret or signature reaches a text: error, traceback, representation or log."""

import io
import logging
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from exchanges.domain import Venue
from exchanges.errors import ExchangeError
from exchanges.gateway import Session
from exchanges.tests.conftest import BINANCE, BYBIT, CREDENTIALS, OpenSession, in_ten_seconds, market_buy
from exchanges.tests.fake_exchange import FakeExchange, Raw, Reply

SECRETS = (CREDENTIALS.api_key, CREDENTIALS.secret_key, "signature=", "X-MBX-APIKEY", "X-BAPI-SIGN")
ECHO = f"bad key {CREDENTIALS.api_key} and {CREDENTIALS.secret_key}"
# A header that cannot be parsed makes urllib3 warn with the whole URL.
BAD_HEADER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nno colon here\r\n\r\n{}"

FAILURES: dict[str, Reply | Raw] = {
    "closed": Raw(b""),
    "bad header": Raw(BAD_HEADER),
    "html": Reply(b"<html>", 502),
    "echoed by Binance": Reply({"code": -2015, "msg": ECHO}, 401),
    "echoed by Bybit": Reply({"retCode": 10003, "retMsg": ECHO}),
}
CALLS: dict[str, Callable[[Session], Any]] = {
    "send_order": lambda session: session.send_order(market_buy(), deadline=in_ten_seconds()),
    "find_order": lambda session: session.find_order("BTC/USDT", "cm-1"),
    "fetch_balances": lambda session: session.fetch_balances(),
}


@pytest.fixture
def everything_logged() -> Iterator[io.StringIO]:
    """All that any logger would say at its most talkative."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    loggers = (root, logging.getLogger("urllib3"))
    levels = [logger.level for logger in loggers]
    root.addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


@pytest.mark.parametrize("venue", [BINANCE, BYBIT], ids=str)
@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_a_failure_tells_no_secret(
    fake: FakeExchange,
    session_to: OpenSession,
    everything_logged: io.StringIO,
    venue: Venue,
    failure: Reply | Raw,
    call: Callable[[Session], Any],
) -> None:
    fake.reply(failure)
    with pytest.raises(ExchangeError) as raised:
        call(session_to(venue))
    error = raised.value
    assert error.__cause__ is None
    assert error.__context__ is None
    told = "".join(traceback.format_exception(error)) + repr(error) + everything_logged.getvalue()
    assert not [secret for secret in SECRETS if secret in told]


def test_a_success_logs_no_secret(
    fake: FakeExchange, session_to: OpenSession, everything_logged: io.StringIO
) -> None:
    fake.reply(Reply({"balances": []}))
    session_to(BINANCE).fetch_balances()
    assert not [secret for secret in SECRETS if secret in everything_logged.getvalue()]


def test_neither_session_nor_credentials_print_themselves(session_to: OpenSession) -> None:
    told = repr(session_to(BINANCE)) + repr(CREDENTIALS) + str(CREDENTIALS)
    assert "binance:paper" in told
    assert not [secret for secret in SECRETS if secret in told]


def test_a_refusal_that_echoes_the_key_is_still_readable(fake: FakeExchange, session_to: OpenSession) -> None:
    fake.reply(FAILURES["echoed by Binance"])
    with pytest.raises(ExchangeError) as raised:
        session_to(BINANCE).fetch_balances()
    assert raised.value.reason == "bad key *** and ***"
