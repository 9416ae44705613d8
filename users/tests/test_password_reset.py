"""A forgotten password: asking for a link, the e-mail, and the new password in exchange for it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from celery.exceptions import Retry
from django.core.mail import EmailMessage
from django.db import connections
from django.utils.http import urlsafe_base64_encode
from rest_framework.test import APIClient

from saas.celery import app
from saas.errors import Unavailable
from users import password_reset, tasks
from users.models import User
from users.tests.conftest import PASSWORD, client_with
from users.tokens import TokenPair

ASK, CONFIRM = "/api/auth/password-reset/", "/api/auth/password-reset/confirm/"
NEW = "another long enough one"

pytestmark = pytest.mark.django_db


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What the worker was sent."""
    sent: list[tuple[Any, ...]] = []
    monkeypatch.setattr(password_reset, "send_message", lambda *message, **_: sent.append(message))
    return sent


def ask(email: str) -> Any:
    return APIClient(HTTP_ACCEPT_LANGUAGE="en").post(ASK, {"email": email}, format="json")


def link_of(mail: EmailMessage) -> str:
    return next(line for line in str(mail.body).splitlines() if "://" in line)


def secret_of(mail: EmailMessage) -> dict[str, str]:
    found = parse_qs(urlsplit(link_of(mail)).fragment)
    return {"uid": found["uid"][0], "token": found["token"][0]}


@pytest.fixture
def secret(alice: User, mailoutbox: list[EmailMessage]) -> dict[str, str]:
    """What Alice's link holds."""
    password_reset.send_link(alice.pk)
    return secret_of(mailoutbox[0])


def confirm(secret: dict[str, str], new: str = NEW) -> tuple[int, Any]:
    client = APIClient(HTTP_ACCEPT_LANGUAGE="en")
    answer = client.post(CONFIRM, {**secret, "new_password": new}, format="json")
    return answer.status_code, answer.json() if answer.content else None


def test_the_answer_is_the_same_for_everybody_and_so_is_the_work(
    alice: User, bob: User, messages: list[Any], django_assert_num_queries: Callable[..., Any]
) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    answers = []
    for email in (" Alice@example.com", bob.email, "nobody@example.com"):
        with django_assert_num_queries(1):
            answers.append(ask(email))
    assert {(answer.status_code, answer.content) for answer in answers} == {(202, b"")}
    assert messages == [(password_reset.TASK, user_id) for user_id in (alice.pk, 0, 0)]


def test_the_message_is_sent_to_the_worker_without_any_secret(
    alice: User, redis: Any, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.conf, "broker_write_url", redis_url)
    assert ask(alice.email).status_code == 202
    queue = next(name for name in redis.scan_iter() if name.endswith(b":bots"))
    message = redis.lindex(queue, 0).decode()
    assert f'"argsrepr": "({alice.pk},)"' in message
    assert alice.email not in message


def test_while_no_message_can_be_sent_everybody_is_told_so(alice: User) -> None:
    answers = [ask(email) for email in (alice.email, "nobody@example.com")]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(503, "unavailable")}


def test_one_account_gets_few_e_mails_an_hour_and_nobody_learns_whether_it_exists(
    alice: User, messages: list[Any]
) -> None:
    for email in (alice.email, "nobody@example.com"):
        assert [ask(email).status_code for _ in range(6)] == [202] * 5 + [429]


def test_one_address_may_not_ask_without_end(messages: list[Any], db: None) -> None:
    statuses = [ask(f"user{number}@example.com").status_code for number in range(31)]
    assert statuses == [202] * 30 + [429]


@pytest.mark.parametrize("body", [{}, {"email": "nobody"}, {"email": 5}, {"email": "nul\0@example.com"}])
def test_what_is_no_e_mail_is_a_400_that_names_the_field(anyone: APIClient, body: Any) -> None:
    answer = anyone.post(ASK, body, format="json")
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["email"]


def test_the_e_mail_is_plain_text_in_the_users_language(
    alice: User, bob: User, mailoutbox: list[EmailMessage], settings: Any
) -> None:
    settings.DASHBOARD_URL = "https://bots.example.com"
    for user in (alice, bob):
        tasks.send_password_reset(user.pk)
    hers, his = mailoutbox
    assert (hers.to, hers.subject) == ([alice.email], "Set a new password for Cardume")
    assert "for 60 minutes" in hers.body
    assert (his.to, his.subject) == ([bob.email], "Crie uma nova senha para o Cardume")
    assert "por 60 minutos" in his.body
    assert link_of(hers).startswith("https://bots.example.com/reset_password#uid=")
    assert hers.content_subtype == "plain"


def test_the_secret_of_the_link_is_in_the_part_that_browsers_send_to_nobody(
    alice: User, mailoutbox: list[EmailMessage]
) -> None:
    password_reset.send_link(alice.pk)
    link = urlsplit(link_of(mailoutbox[0]))
    assert (link.path, link.query) == ("/reset_password", "")


@pytest.mark.parametrize("change", [{"is_active": False}, {"password": "!unusable"}])
def test_who_may_not_sign_in_by_password_gets_no_e_mail(
    alice: User, mailoutbox: list[EmailMessage], change: dict[str, Any]
) -> None:
    User.objects.filter(pk=alice.pk).update(**change)
    for user_id in (alice.pk, 0, 10**9):
        tasks.send_password_reset(user_id)
    assert not mailoutbox


def test_the_new_password_ends_every_token_and_signs_in(
    alice: User, pair: TokenPair, secret: dict[str, str]
) -> None:
    assert confirm(secret) == (204, None)
    assert client_with(pair.access).get("/api/users/me/").status_code == 401
    answer = APIClient().post("/api/auth/token/refresh/", {"refresh": pair.refresh}, format="json")
    assert answer.status_code == 401
    body = {"email": alice.email, "password": NEW}
    assert APIClient().post("/api/auth/token/", body, format="json").status_code == 200


def test_a_link_is_good_once(secret: dict[str, str]) -> None:
    confirm(secret)
    status, body = confirm(secret, "yet another long one")
    assert (status, body["code"]) == (400, "reset_link_not_valid")
    assert "Ask for a new one" in body["detail"]


def test_a_link_expires_and_dies_when_its_owner_signs_in(alice: User, secret: dict[str, str]) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=61)):
        assert confirm(secret)[0] == 400
    body = {"email": alice.email, "password": PASSWORD}
    APIClient().post("/api/auth/token/", body, format="json")
    assert confirm(secret)[0] == 400
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_a_weak_password_is_refused_by_field_and_leaves_the_link_good(secret: dict[str, str]) -> None:
    status, body = confirm(secret, "alice@example")
    assert (status, list(body["fields"])) == (400, ["new_password"])
    assert confirm(secret)[0] == 204


def test_its_faults_are_told_in_the_language_of_the_page(secret: dict[str, str]) -> None:
    client = APIClient(HTTP_ACCEPT_LANGUAGE="pt-br")
    answer = client.post(CONFIRM, {**secret, "new_password": "curta"}, format="json")
    assert "Esta senha é muito curta" in answer.json()["fields"]["new_password"][0]


def test_a_link_of_one_user_sets_nobody_elses_password(bob: User, secret: dict[str, str]) -> None:
    other = urlsafe_base64_encode(str(bob.pk).encode())
    assert confirm({**secret, "uid": other})[0] == 400
    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)


@pytest.mark.parametrize(
    "uid", ["x", "!!", "é", "OTk5OTk5", "LTE", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "/w"]
)
def test_a_forged_link_is_a_400(secret: dict[str, str], uid: str) -> None:
    assert confirm({**secret, "uid": uid})[1]["code"] == "reset_link_not_valid"


@pytest.mark.parametrize("token", ["x", "a-b", "é-é", "-" * 90, "\0"])
def test_a_forged_token_is_a_400(secret: dict[str, str], token: str) -> None:
    assert confirm({**secret, "token": token})[0] == 400


def test_a_deactivated_user_sets_no_password(alice: User, secret: dict[str, str]) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert confirm(secret)[0] == 400
    alice.refresh_from_db()
    assert not alice.is_active, "a new password lifts nothing"


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_calls_with_one_link_one_wins(secret: dict[str, str]) -> None:
    def attempt(number: int) -> int:
        try:
            return confirm(secret, f"{NEW} {number}")[0]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(attempt, range(4))) == [204, 400, 400, 400]


def test_a_mail_server_that_is_away_is_asked_again_and_then_given_up(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EmailMessage, "send", fail_to_send)
    asked: list[int] = []

    def retry(*, args: tuple[int, int], countdown: int, **_: Any) -> Retry:
        asked.append(countdown)
        return Retry()

    monkeypatch.setattr(tasks.send_password_reset, "retry", retry)
    for tried in range(3):
        with pytest.raises(Retry):
            tasks.send_password_reset(alice.pk, tried)
    tasks.send_password_reset(alice.pk, 3)
    assert asked == [20, 40, 80]


def fail_to_send(_message: EmailMessage) -> None:
    raise ConnectionRefusedError


def test_a_slow_mail_server_holds_one_thread_of_a_process(
    alice: User, mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks.send_password_reset, "retry", lambda **_: Retry())
    with tasks.mail_turn, pytest.raises(Retry):
        tasks.send_password_reset(alice.pk)
    assert not mailoutbox
    tasks.send_password_reset(alice.pk)
    assert len(mailoutbox) == 1


def test_no_log_has_the_token(alice: User, mailoutbox: list[EmailMessage], logs: Callable[[], str]) -> None:
    password_reset.send_link(alice.pk)
    secret = secret_of(mailoutbox[0])
    confirm({**secret, "token": "wrong"})
    confirm(secret, "short")
    confirm(secret)
    written = logs()
    assert "password reset" in written
    assert secret["token"] not in written


def test_whoever_cannot_send_says_so() -> None:
    with pytest.raises(Unavailable):
        password_reset.ask_for_link("nobody@example.com")
