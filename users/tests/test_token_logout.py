from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from rest_framework.test import APIClient

from users.tokens import TokenPair

URL = "/api/auth/token/logout/"

pytestmark = pytest.mark.django_db


def log_out(token: str) -> int:
    return int(APIClient().post(URL, {"refresh": token}, format="json").status_code)


def test_logging_out_kills_the_refresh_token(pair: TokenPair) -> None:
    assert log_out(pair.refresh) == 204
    answer = APIClient().post("/api/auth/token/refresh/", {"refresh": pair.refresh}, format="json")
    assert answer.status_code == 401


def test_logging_out_twice_is_no_error(pair: TokenPair) -> None:
    assert [log_out(pair.refresh), log_out(pair.refresh)] == [204, 204]


def test_logging_out_with_an_expired_token_is_no_error(pair: TokenPair) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(days=15)):
        assert log_out(pair.refresh) == 204


def test_a_forgery_or_an_access_token_is_a_401(pair: TokenPair) -> None:
    assert [log_out("rubbish"), log_out(pair.access)] == [401, 401]
