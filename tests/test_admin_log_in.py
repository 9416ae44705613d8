"""Nobody guesses the operator's password, and the operator still gets in."""

from typing import Any

import pytest
from django.test import Client

from users.models import User

LOG_IN = "/admin/login/"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis")]


def test_after_ten_tries_in_a_minute_one_address_waits(client: Client) -> None:
    tries = [client.post(LOG_IN, {"username": "o@example.com", "password": f"guess-{n}"}) for n in range(11)]
    assert [answer.status_code for answer in tries] == [200] * 10 + [429]
    assert 0 < int(tries[-1].headers["Retry-After"]) <= 60
    assert client.get(LOG_IN).status_code == 200
    elsewhere: Any = Client(REMOTE_ADDR="192.0.2.7")
    assert elsewhere.post(LOG_IN, {"username": "o@example.com", "password": "guess"}).status_code == 200


def test_the_right_password_signs_the_operator_in(client: Client) -> None:
    User.objects.create_superuser("olga@example.com", "a-long-password-1")
    answer = client.post(
        f"{LOG_IN}?next=/admin/", {"username": "olga@example.com", "password": "a-long-password-1"}
    )
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")
