import logging
import multiprocessing
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import structlog
from rest_framework.test import APIClient

from saas import logging as our_logging
from saas.logging import bound, configure
from users.models import User

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z level=\w+ ")
FERNET = "gAAAAABnPz8_Xk2vR1bqkq7fN0wq3G9mJm1s0kq2v5sV8x7yZ4tT0pQ=="
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoxfQ.c2lnbmF0dXJlLW9mLXRva2Vu"

log = structlog.get_logger("tests.logging")
Logs = Callable[[], str]


def test_a_line_has_time_level_context_logger_and_event_in_this_order(logs: Logs) -> None:
    with bound(user=5, bot=7):
        log.info("order placed", symbol="BTC/USDT", note='two words, "quoted"')
    line = logs().splitlines()[0]
    assert LINE.match(line)
    expected = (
        'level=info user=5 bot=7 logger=tests.logging event="order placed" '
        'note="two words, \\"quoted\\"" symbol=BTC/USDT'
    )
    assert line.split(" ", 1)[1] == expected


def test_the_context_ends_with_its_block_and_does_not_reach_other_threads(logs: Logs) -> None:
    with bound(user=5):
        thread = threading.Thread(target=lambda: log.info("elsewhere"))
        thread.start()
        thread.join()
    log.info("after")
    assert "user=" not in logs()


def test_standard_loggers_write_the_same_form(logs: Logs) -> None:
    with bound(user=5):
        logging.getLogger("library").warning("got %s", "it", extra={"attempt": 2})
    assert 'level=warning user=5 logger=library event="got it" attempt=2\n' in logs()


@pytest.mark.parametrize(
    "text", ["a\nb", "a\r\n2026-11-21T00:00:00.000000Z level=info user=5", "\x1b[31mred", "\u2028x"]
)
def test_no_value_starts_a_new_line(logs: Logs, text: str) -> None:
    log.info(text, other=text)
    assert len(logs().splitlines()) == 1
    assert "\x1b" not in logs()


def test_an_error_has_its_traceback_in_the_error_log_only(logs: Logs, settings: Any) -> None:
    try:
        raise ValueError("bad\nthing")
    except ValueError:
        log.exception("oops")
    log.info("fine")
    errors = (settings.LOG_DIR / "django_errors.log").read_text().splitlines()
    assert len(LINE.findall("\n".join(errors))) == 1
    assert all(line.startswith("    ") for line in errors[1:])
    assert errors[-1].strip() == "thing"
    assert "Traceback" not in (settings.LOG_DIR / "django.log").read_text()


@pytest.mark.parametrize("process", ["worker", "worker-2", "dispatcher", "beat", "market_data"])
def test_background_processes_write_to_worker_log(
    process: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARDUME_PROCESS", process)
    configure({"directory": settings.LOG_DIR, "level": "INFO"})
    log.info("tick")
    monkeypatch.undo()
    configure(settings.LOGGING)
    assert "event=tick" in (settings.LOG_DIR / "worker.log").read_text()
    assert not (settings.LOG_DIR / "django.log").exists()


def test_lines_below_the_level_are_not_written(settings: Any) -> None:
    configure({"directory": settings.LOG_DIR, "level": "WARNING"})
    log.info("quiet")
    log.warning("loud")
    text = (settings.LOG_DIR / "django.log").read_text()
    configure(settings.LOGGING)
    assert "loud" in text
    assert "quiet" not in text


@pytest.mark.parametrize("name", ["ccxt.base.exchange", "urllib3.connectionpool", "ccxt"])
def test_libraries_that_write_keys_stay_quiet_even_at_debug(logs: Logs, name: str) -> None:
    logging.getLogger(name).info("X-MBX-APIKEY: key")
    assert logs() == ""


@pytest.mark.parametrize(
    "text",
    [
        FERNET,
        TOKEN,
        "GET /api/v3/order?symbol=X&signature=canary0123456789abcdef&x=1",
        "{'X-MBX-APIKEY': 'canary-value'}",
        '{"apiKey": "canary-value", "secret": "canary-value"}',
        "Authorization: Bearer canary-value",
        "password=canary-value",
        "redis://:canary-value@127.0.0.1:6379/0",
        "postgres://cardume:canary-value@db/cardume",
        'secret_key: "canary-value"',
    ],
)
def test_what_looks_like_a_secret_is_masked_wherever_it_stands(logs: Logs, text: str) -> None:
    log.info(text)
    log.info("in a field", note=text)
    logging.getLogger("library").error("it was %s", text)
    try:
        raise ValueError(text)
    except ValueError:
        log.exception("in an exception")
    assert len(logs().splitlines()) >= 8
    assert not any(secret in logs() for secret in ("canary", FERNET, TOKEN))


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "secret_key",
        "api_key",
        "apiKey",
        "passphrase",
        "access",
        "refresh",
        "ciphertext",
        "signature",
    ],
)
def test_fields_named_as_secrets_are_masked(logs: Logs, name: str) -> None:
    log.info("event", **{name: "canary-value"}, nested={name: "canary-value"})
    assert "canary" not in logs()


def test_what_is_no_secret_stays_readable(logs: Logs) -> None:
    log.info(
        "leased",
        token=7,
        masked="***7LFx",
        api_key="***7LFx",
        key=5,
        accessible="yes",
        reason="tokens: 5 left",
    )
    assert logs().count("***7LFx") == 2
    for part in ("token=7", "key=5", "accessible=yes", 'reason="tokens: 5 left"'):
        assert part in logs()


@pytest.mark.django_db
def test_each_request_is_one_line_without_its_query_string(
    as_alice: APIClient, alice: User, logs: Logs
) -> None:
    as_alice.get("/api/users/me/?token=canary&x=1")
    lines = [line for line in logs().splitlines() if "event=request" in line]
    assert len(lines) == 1
    assert f" user={alice.pk} " in lines[0]
    assert re.search(r"method=GET ms=[\d.]+ path=/api/users/me/ status=200$", lines[0])
    assert "canary" not in logs()


@pytest.mark.django_db
def test_the_next_request_does_not_inherit_the_user(
    as_alice: APIClient, anyone: APIClient, logs: Logs
) -> None:
    as_alice.get("/api/users/me/")
    anyone.get("/api/users/me/")
    assert "user=" not in logs().splitlines()[-1]


@pytest.mark.django_db
def test_the_admins_requests_carry_the_session_user(client: Any, olga: User, logs: Logs) -> None:
    client.force_login(olga)
    client.get("/admin/")
    assert f"level=info user={olga.pk} logger=saas.request_log" in logs()


def write_many(directory: Path, writer: int) -> None:
    configure({"directory": directory, "level": "INFO"})
    threads = [threading.Thread(target=write_some, args=(writer, number)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def write_some(writer: int, thread: int) -> None:
    for number in range(100):
        log.info("line", writer=writer, thread=thread, number=number, padding="x" * 100)


def test_processes_and_threads_write_and_rotate_without_losing_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(our_logging, "BYTES_PER_FILE", 100_000)
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=write_many, args=(tmp_path / "lazy" / "logs", n)) for n in range(3)]
    for process in writers:
        process.start()
    for process in writers:
        process.join(60)
    files = sorted((tmp_path / "lazy" / "logs").glob("django.log*"))
    lines = [line for path in files for line in path.read_text().splitlines()]
    assert len(files) > 1
    assert all(LINE.match(line) for line in lines)
    assert len({line.split(" ", 1)[1] for line in lines}) == len(lines) == 1200


def test_the_files_are_for_the_owner_and_group_only(logs: Logs, settings: Any) -> None:
    log.info("line")
    assert (settings.LOG_DIR / "django.log").stat().st_mode & 0o777 == 0o640
