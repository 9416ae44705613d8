"""Nobody reaches what is another's: every route and every method of the API, found in the URL configuration itself.

Alice has one of everything. Charlie, signed in, tries each of her ids everywhere an id can stand: nothing but 404 comes
back, and afterwards her rows are what they were, to the last column. A route that is not listed here fails the test.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from bots.decisions import Decision, keep_decisions
from bots.events import record
from saas.tenancy import Owned
from tests.cast import (
    LONG_AGO,
    FakeVenue,
    Person,
    alice,
    bot_body,
    charlie,
    make_bot,
    make_order,
    make_trade,
    venue,
)
from trades.halting import bot_target, halt_as_owner
from trades.models import Halt

__all__ = ["alice", "charlie", "venue"]

METHODS = ("get", "post", "put", "patch", "delete")

# What each route with an id in its path is about.
WITH_ID = {
    "api/exchange-keys/<pk>/": "key",
    "api/exchange-keys/<pk>/check/": "key",
    "api/bots/<pk>/": "bot",
    "api/bots/<pk>/start/": "bot",
    "api/bots/<pk>/stop/": "bot",
    "api/bots/<pk>/close-all/": "bot",
    "api/bots/<pk>/halt/": "bot",
    "api/bots/<pk>/resume/": "bot",
    "api/bots/<pk>/decisions/": "bot",
    "api/bots/<pk>/events/": "bot",
    "api/bots/<pk>/chart/": "bot",
    "api/bots/<pk>/levels/": "bot",
    "api/trades/<pk>/": "trade",
    "api/orders/<pk>/": "order",
}
# Lists and reports: signed in only, and of one's own rows only.
OWN = {
    "api/users/me/",
    "api/users/me/password/",
    "api/users/me/log-out-everywhere/",
    "api/users/me/halt/",
    "api/users/me/resume/",
    "api/exchange-keys/",
    "api/exchange-keys/paper/",
    "api/bots/",
    "api/bots/close-all/",
    "api/bots/preview/",
    "api/trades/",
    "api/trades/export.csv",
    "api/orders/",
    "api/halts/",
    "api/portfolio/",
    "api/performance/",
}
# Signed in only, and the same for everybody.
SHARED = {"api/strategies/", "api/markets/", "api/candles/"}
# For those who are not signed in yet, or of the project itself.
OPEN = {
    "api/auth/register/",
    "api/auth/token/",
    "api/auth/token/refresh/",
    "api/auth/token/logout/",
    "api/auth/password-reset/",
    "api/auth/password-reset/confirm/",
    "api/schema/",
    "api/docs/",
    "healthz",
    "readyz",
    "metrics",
}


def routes() -> set[str]:
    """Every address outside the admin, with `<pk>` where an id stands."""
    return {route for route in _walk(get_resolver().url_patterns, "") if not route.startswith("admin/")}


def _walk(patterns: list[Any], prefix: str) -> Iterator[str]:
    for pattern in patterns:
        route = prefix + _plain(str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route


def _plain(route: str) -> str:
    route = route.removeprefix("^").removesuffix(r"\Z").removesuffix("$")
    return route.replace("(?P<pk>[^/.]+)", "<pk>")


@pytest.fixture
def hers(alice: Person, venue: FakeVenue) -> dict[str, int]:
    """One of everything of Alice's, by what it is."""
    bot = make_bot(alice, name="alice's secret bot")
    trade = make_trade(bot)
    make_trade(bot, sells=[("110000", "0.001")], symbol="ETH/USDT")
    order = make_order(bot, status="UNKNOWN", symbol="SHIB/USDT")
    record(bot, "started")
    halt_as_owner(bot_target(bot), alice.user, "hers alone", LONG_AGO)
    keep_decisions(bot.pk, [Decision("2026-11-20T12:00:00Z", "BTC/USDT", "wait", "in_trade")])
    return {"key": alice.key.pk, "bot": bot.pk, "trade": trade.pk, "order": order.pk}


def dump(person: Person) -> dict[str, list[dict[str, Any]]]:
    """Every column of every row of a person's, and of the person."""
    rows = {
        model._meta.label: list(model.objects.filter(owner=person.user).order_by("pk").values())
        for model in owned_models()
    }
    users: type[Model] = type(person.user)
    return {**rows, "user": list(users._default_manager.filter(pk=person.user.pk).values())}


def owned_models() -> list[Any]:
    """A halt may belong to nobody, and so is none of the owned; a user's and a bot's are."""
    return [model for model in apps.get_models() if issubclass(model, Owned) or model is Halt]


def call(client: APIClient, method: str, path: str, body: Any = None) -> Any:
    return getattr(client, method)(f"/{path}", body, format=None if method == "get" else "json")


def test_every_route_is_known() -> None:
    assert routes() == {*WITH_ID, *OWN, *SHARED, *OPEN}


def test_every_model_of_users_rows_is_dumped() -> None:
    named = {model._meta.label for model in owned_models()}
    assert named >= {
        "users.ExchangeAPIKey",
        "bots.BotConfiguration",
        "bots.BotEvent",
        "bots.PastCapital",
        "trades.Trade",
        "trades.Order",
        "trades.Fill",
        "trades.Halt",
    }


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("route", sorted(WITH_ID))
def test_a_strangers_id_is_not_there(
    alice: Person, charlie: Person, hers: dict[str, int], route: str, method: str
) -> None:
    before = dump(alice)
    path = route.replace("<pk>", str(hers[WITH_ID[route]]))
    offered = call(alice.client, "options", path).headers["Allow"].lower().split(", ")
    answer = call(charlie.client, method, path, {"name": "mine now", "label": "mine now"})
    assert answer.status_code == (404 if method in offered else 405)
    assert "alice" not in answer.content.decode()
    assert dump(alice) == before


@pytest.mark.parametrize("pk", ["0", "-1", "none", "9" * 30, "9" * 5_000, "1.0", "1e3", "٣", "%00", "1%27--"])
@pytest.mark.parametrize("route", sorted(WITH_ID))
def test_what_is_no_id_is_not_there(charlie: Person, venue: FakeVenue, route: str, pk: str) -> None:
    path = route.replace("<pk>", pk)
    for method in METHODS:
        assert call(charlie.client, method, path, {}).status_code in (404, 405), method


@pytest.mark.parametrize("spelling", ["+{}", "{}_", "0_{}", "%20{}", "{}%20", "{}.0", "٠{}"])
@pytest.mark.parametrize("route", sorted(WITH_ID))
def test_ones_own_id_spelt_otherwise_is_not_there(
    alice: Person, hers: dict[str, int], route: str, spelling: str
) -> None:
    before = dump(alice)
    path = route.replace("<pk>", spelling.format(hers[WITH_ID[route]]))
    for method in METHODS:
        assert call(alice.client, method, path, {}).status_code in (404, 405), method
    assert dump(alice) == before


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("route", sorted({*WITH_ID, *OWN, *SHARED}))
def test_without_a_token_nothing_is_answered(
    alice: Person, hers: dict[str, int], route: str, method: str
) -> None:
    before = dump(alice)
    path = route.replace("<pk>", str(hers[WITH_ID.get(route, "bot")]))
    for authorization in ("", "Bearer nonsense", "Bearer e30.e30.e30"):
        client = APIClient()
        client.credentials(**({"HTTP_AUTHORIZATION": authorization} if authorization else {}))
        answer = call(client, method, path, {})
        assert answer.status_code == 401
        assert answer.json().keys() >= {"code", "detail"}
    assert dump(alice) == before


@pytest.mark.parametrize(
    "path", ["api/bots/", "api/trades/", "api/orders/", "api/exchange-keys/", "api/trades/?page_size=200"]
)
def test_a_list_has_none_of_a_strangers_rows(charlie: Person, hers: dict[str, int], path: str) -> None:
    results = call(charlie.client, "get", path).json()["results"]
    assert [row for row in results if row["id"] != charlie.key.pk] == []


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("api/bots/?exchange_key={}", "key"),
        ("api/trades/?bot={}", "bot"),
        ("api/orders/?bot={}", "bot"),
        ("api/orders/?trade={}", "trade"),
        ("api/trades/export.csv?bot={}", "bot"),
    ],
)
def test_a_filter_by_a_strangers_id_finds_nothing(
    alice: Person, charlie: Person, hers: dict[str, int], path: str, kind: str
) -> None:
    assert call(alice.client, "get", path.format(hers[kind])).status_code == 200
    assert call(charlie.client, "get", path.format(hers[kind])).status_code == 404
    assert call(charlie.client, "get", path.format("9" * 30)).status_code == 404
    for malformed in ("x", "-1", "1.5", "9" * 5_000):
        assert call(charlie.client, "get", path.format(malformed)).status_code in (400, 404)


@pytest.mark.parametrize("field", ["symbol=BTC/USDT", "status=OPEN", "opened_after=2020-01-01", "side=buy"])
def test_other_filters_stay_within_ones_own(charlie: Person, hers: dict[str, int], field: str) -> None:
    for path in ("api/trades/", "api/orders/"):
        assert call(charlie.client, "get", f"{path}?{field}").json().get("results", []) == []


@pytest.mark.parametrize(
    "term",
    [
        "exchange_key__ciphertext",
        "owner__password",
        "-owner__password",
        "bot__exchange_key__ciphertext",
        "ciphertext",
        "fingerprint",
        "pk,owner__email",
        "orders__fills__price",
    ],
)
@pytest.mark.parametrize("path", ["api/bots/", "api/trades/", "api/orders/", "api/exchange-keys/"])
def test_nothing_is_ordered_by_what_is_not_shown(charlie: Person, path: str, term: str) -> None:
    answer = call(charlie.client, "get", f"{path}?ordering={term}")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["ordering"])


def test_an_export_has_none_of_a_strangers_trades(charlie: Person, hers: dict[str, int]) -> None:
    for rows in ("trades", "fills"):
        answer: Any = charlie.client.get(f"/api/trades/export.csv?rows={rows}")
        assert b"".join(answer.streaming_content).count(b"\r\n") == 1


def test_one_users_switches_are_nobody_elses(alice: Person, charlie: Person, hers: dict[str, int]) -> None:
    before = dump(alice)
    assert charlie.client.get("/api/halts/").json()["results"] == []
    assert charlie.client.post("/api/users/me/halt/").json()["count"] == 1
    assert charlie.client.post("/api/users/me/resume/").json()["count"] == 0
    assert charlie.client.post("/api/bots/close-all/").json() == {"results": []}
    assert dump(alice) == before


def test_a_portfolio_has_none_of_a_strangers_money(charlie: Person, hers: dict[str, int]) -> None:
    portfolio = charlie.client.get("/api/portfolio/").json()
    assert {row["exchange_key"] for row in portfolio["balances"]} == {charlie.key.pk}
    assert portfolio["open_trades"] == portfolio["daily"] == portfolio["equity_curve"] == []
    assert portfolio["realised_pnl_display"] == "0"
    assert portfolio["statistics"]["trades"] == 0


def test_a_bot_cannot_be_given_a_strangers_key(alice: Person, charlie: Person, hers: dict[str, int]) -> None:
    before = dump(alice)
    own = make_bot(charlie)
    created = call(charlie.client, "post", "api/bots/", bot_body(charlie, exchange_key=alice.key.pk))
    changed = call(charlie.client, "patch", f"api/bots/{own.pk}/", {"exchange_key": alice.key.pk})
    assert (created.status_code, changed.status_code) == (404, 404)
    own.refresh_from_db()
    assert own.exchange_key_id == charlie.key.pk
    assert dump(alice) == before


@pytest.mark.parametrize("smuggled", ["owner", "owner_id", "user", "id", "pk"])
def test_a_row_cannot_be_made_in_anothers_name(
    alice: Person, charlie: Person, hers: dict[str, int], smuggled: str
) -> None:
    before = dump(alice)
    body = bot_body(charlie, **{smuggled: alice.user.pk if "id" not in smuggled else hers["bot"]})
    created = call(charlie.client, "post", "api/bots/", body)
    assert created.status_code == 201
    assert charlie.client.get(f"/api/bots/{created.json()['id']}/").status_code == 200
    assert dump(alice) == before


def test_a_token_of_one_user_never_answers_for_another_on_the_same_connection(
    alice: Person, charlie: Person, hers: dict[str, int]
) -> None:
    for _ in range(3):
        assert alice.client.get(f"/api/bots/{hers['bot']}/").status_code == 200
        assert charlie.client.get(f"/api/bots/{hers['bot']}/").status_code == 404


@pytest.mark.parametrize(
    "path", ["", "bots/botconfiguration/", "trades/trade/", "trades/order/", "bots/botevent/"]
)
def test_the_admin_is_for_operators_only(charlie: Person, hers: dict[str, int], path: str) -> None:
    browser = APIClient()
    browser.force_login(charlie.user)
    answer = browser.get(f"/admin/{path}")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/admin/login/")
    assert charlie.client.get(f"/admin/{path}").status_code == 302
