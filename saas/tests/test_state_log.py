"""A state is logged when it changes, and an outage where it begins and ends, however often it is met."""

import logging

import pytest
from django.db import IntegrityError, InterfaceError, OperationalError
from redis.exceptions import ConnectionError as NotConnected
from redis.exceptions import TimeoutError as TooSlow

from saas.state_log import StateLog

LOGGER = logging.getLogger("test_state_log")


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> StateLog:
    caplog.set_level(logging.INFO, LOGGER.name)
    return StateLog(LOGGER, "prices")


def meet(log: StateLog, error: Exception | None) -> None:
    with log.tell_outages():
        if error is not None:
            raise error


def test_a_state_is_logged_when_it_changes(log: StateLog, caplog: pytest.LogCaptureFixture) -> None:
    for state in ("old", "old", "fresh", "fresh", "old"):
        log.report(state)
    assert [record.getMessage() for record in caplog.records] == [
        "prices: old",
        "prices: fresh",
        "prices: old",
    ]


def test_an_outage_is_told_once_whatever_it_is_met_as(
    log: StateLog, caplog: pytest.LogCaptureFixture
) -> None:
    met = [
        None,
        OperationalError("closed"),
        InterfaceError("gone"),
        NotConnected("no"),
        TooSlow("slow"),
        None,
        None,
    ]
    for error in met:
        meet(log, error)
    assert [(record.levelname, record.exc_info is not None) for record in caplog.records] == [
        ("INFO", False),
        ("ERROR", True),
        ("INFO", False),
    ]


def test_what_is_no_outage_is_raised(log: StateLog) -> None:
    for fault in (KeyError("ours"), IntegrityError("ours")):
        with pytest.raises(type(fault)):
            meet(log, fault)
