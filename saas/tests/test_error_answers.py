import json
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from saas.tests.urls import SECRET

FORM = "/api/form/"
JSON = "application/json"
GOOD = {"name": "a", "parameters": {"window": 5}, "symbols": ["BTC"]}

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False, headers={"Accept-Language": "en"})


def send(client: Client, body: Any, content_type: str = JSON) -> Any:
    return client.post(FORM, body, content_type=content_type)


def test_nested_fields_are_named_with_dots(client: Client) -> None:
    body = {"name": "", "parameters": {"window": 1}, "symbols": ["BTC", "TOOLONG"]}
    answer = send(client, json.dumps(body))
    assert answer.status_code == 400
    assert answer.json() == {
        "code": "invalid",
        "detail": "Some of what was sent is not valid.",
        "fields": {
            "name": ["This field may not be blank."],
            "parameters.window": ["Ensure this value is greater than or equal to 2."],
            "symbols.1": ["Ensure this field has no more than 5 characters."],
        },
    }


def test_what_concerns_no_single_field_is_the_detail(client: Client) -> None:
    body = send(client, json.dumps({**GOOD, "name": "odd"})).json()
    assert body["detail"] == "odd as a whole"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"nonsense", b"\xff\xfe", b'{"name": NaN}', b"[" * 100_000, b'{"a":' * 50_000, b"1" * 5000],
)
def test_what_is_not_json_is_a_400(client: Client, body: bytes) -> None:
    answer = send(client, body)
    assert answer.status_code == 400
    assert answer.json()["code"] in {"malformed", "invalid"}


@pytest.mark.parametrize("body", ["null", "5", '"text"', "[]", "[{}]", "true", "1e999"])
def test_json_that_is_no_object_is_a_400(client: Client, body: str) -> None:
    assert send(client, body).status_code == 400


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (r'{"name": "nul\u0000"}', "name"),
        (r'{"name": "half \ud800"}', "name"),
        (r'{"parameters": {"window": "\udfff"}}', "parameters.window"),
        (r'{"parameters": {"\u0000": 1}}', "parameters"),
        (r'{"symbols": ["ok", "\u0000"]}', "symbols"),
        (r'{"\ud800": 1}', "non_field_errors"),
    ],
)
def test_characters_that_no_database_holds_are_a_400_that_names_the_field(
    client: Client, body: str, field: str
) -> None:
    answer = send(client, body)
    assert answer.status_code == 400
    assert answer.json()["fields"] == {field: ["Contains characters that are not allowed."]}


@pytest.mark.parametrize("window", [10**30, -(10**30), "9" * 4000, 1e300, "٣٣٣" * 2000])
def test_huge_numbers_never_crash(client: Client, window: Any) -> None:
    assert send(client, json.dumps({**GOOD, "parameters": {"window": window}})).status_code in (200, 400)


def test_too_many_bytes_are_a_413(client: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert send(client, json.dumps({**GOOD, "name": "x" * 900})).status_code == 200
    answer = send(client, json.dumps({**GOOD, "name": "x" * 1000}))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "nonsense", "a/b; c"]
)
def test_anything_but_json_is_a_415(client: Client, content_type: str) -> None:
    answer = send(client, b"name=a", content_type)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_an_unknown_charset_is_a_400(client: Client) -> None:
    for charset in ("klingon", "bz2_codec"):
        answer = client.generic("POST", FORM, b"{}", content_type=f"{JSON}; charset={charset}")
        assert answer.status_code == 400


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [("conflict", 409, "too_late"), ("denied", 403, "permission_denied"), ("suspicious", 400, "malformed")],
)
def test_foreseen_errors_have_their_status_and_code(
    client: Client, kind: str, status: int, code: str
) -> None:
    answer = client.get(f"{FORM}?raise={kind}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert set(answer.json()) == {"code", "detail"}


def test_an_unforeseen_error_is_a_500_whose_id_the_log_has(client: Client, logs: Any, settings: Any) -> None:
    answer = client.get(f"{FORM}?raise=anything")
    assert answer.status_code == 500
    assert answer.json()["code"] == "server_error"
    errors = (settings.LOG_DIR / "django_errors.log").read_text()
    assert errors.count(answer.json()["error_id"]) == 1
    assert "Traceback (most recent call last)" in errors
    assert errors.count("RuntimeError: password=***") == 2
    assert SECRET not in answer.text + logs()


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/nowhere/", 404, "not_found"),
        ("/api/crash/", 500, "server_error"),
        ("/api/denied/", 403, "permission_denied"),
        ("/api/suspicious/", 400, "malformed"),
    ],
)
def test_errors_outside_api_views_are_json_under_api(
    client: Client, path: str, status: int, code: str, logs: Any
) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    if status == 500:
        assert logs().count(answer.json()["error_id"]) == 2  # django.log and django_errors.log
        assert logs().count("Traceback") == 1


def test_a_csrf_failure_is_json_under_api() -> None:
    client = Client(enforce_csrf_checks=True, headers={"Accept-Language": "en"})
    answer = client.post("/api/csrf/")
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
    assert "<html" in client.post("/admin/login/").text.lower()


def test_a_host_that_is_not_ours_is_a_400(client: Client) -> None:
    answer = client.get("/api/form/", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_pages_for_people_stay_html(client: Client) -> None:
    for path, status in (("/crash/", 500), ("/nowhere/", 404)):
        answer = client.get(path)
        assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (status, "text/html")


def test_a_wrong_method_is_a_405(client: Client) -> None:
    answer = client.delete(FORM)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_an_error_during_a_test_is_still_raised_to_it() -> None:
    with pytest.raises(RuntimeError):
        APIClient().get(f"{FORM}?raise=anything")
