"""The OpenAPI schema: complete, without a warning, and true to what the API answers."""

from typing import Any

import pytest
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from tests.cast import LONG_AGO, FakeVenue, Person, alice, make_bot, make_trade, venue
from trades.halting import halt_as_owner, user_target

__all__ = ["alice", "venue"]

JSON = "application/json"


@pytest.fixture
def schema(db: None) -> dict[str, Any]:
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    found: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return found


def test_the_schema_is_valid_and_raises_no_warning(tmp_path: Any) -> None:
    target = tmp_path / "schema.yml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(target))
    assert target.read_text().startswith("openapi: 3")


def test_every_operation_says_what_it_answers_when_signed_out_and_when_wrong(schema: dict[str, Any]) -> None:
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            assert {"400", "401", "429", "500"} <= operation["responses"].keys(), (method, path)


def test_only_signing_in_needs_no_token(schema: dict[str, Any]) -> None:
    open_paths = {
        path
        for path, item in schema["paths"].items()
        for operation in item.values()
        if operation.get("security", []) in ([], [{}])
    }
    assert open_paths <= {
        "/api/auth/register/",
        "/api/auth/token/",
        "/api/auth/token/refresh/",
        "/api/auth/token/logout/",
        "/api/auth/password-reset/",
        "/api/auth/password-reset/confirm/",
    }


@pytest.mark.parametrize(
    "path",
    [
        "/api/bots/",
        "/api/trades/",
        "/api/orders/",
        "/api/portfolio/",
        "/api/performance/",
        "/api/halts/",
        "/api/markets/?exchange=binance&environment=paper",
    ],
)
def test_answers_have_exactly_the_fields_of_the_schema(
    alice: Person, venue: FakeVenue, schema: dict[str, Any], path: str
) -> None:
    make_trade(make_bot(alice), sells=[("101000", "0.001")])
    halt_as_owner(user_target(alice.user), alice.user, "", LONG_AGO)
    operation = schema["paths"][path.partition("?")[0]]["get"]
    declared = operation["responses"]["200"]["content"][JSON]["schema"]
    check(alice.client.get(path).json(), declared, schema["components"]["schemas"], path)


def check(value: Any, declared: dict[str, Any], components: dict[str, Any], where: str) -> None:
    """Objects have the declared names, all of them; lists and objects are compared to the ground."""
    if "$ref" in declared:
        declared = components[declared["$ref"].rpartition("/")[2]]
    if isinstance(value, list):
        for item in value:
            check(item, declared["items"], components, f"{where}[]")
    elif isinstance(value, dict) and "properties" in declared:
        assert value.keys() == declared["properties"].keys(), where
        for name, inner in value.items():
            check(inner, declared["properties"][name], components, f"{where}.{name}")


def test_the_documentation_pages_are_served(client: APIClient, db: None, redis: Any) -> None:
    assert client.get("/api/schema/").status_code == 200
    assert client.get("/api/docs/").status_code == 200
