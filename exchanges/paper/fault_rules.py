"""Which requests a fault strikes, and the layer that lets it."""

import random
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from .bodies import InvalidFieldError, read_amount, read_object, read_text
from .faults import FAULTS, Fault, Interception
from .own_routes import answer_invalid

_ANY = "*"
_OWN_PATHS = "/paper/"
_MOST_RULES = 1000
_MOST_COUNT = Decimal(1_000_000)
_KEY_HEADER = b"x-mbx-apikey"


@dataclass(slots=True)
class Rule:
    """A fault for the requests to an endpoint ("POST /api/v3/order", "/api/v3/order" or "*") of one key or of all.

    It fires with its probability, and no more often than `remaining` where that is set.
    """

    id: int
    description: dict[str, Any]
    fault: Fault
    endpoint: str
    api_key: str | None
    probability: float
    remaining: int | None
    hits: int = 0

    def matches(self, method: str, path: str, api_key: str) -> bool:
        named = self.endpoint in (_ANY, path, f"{method} {path}")
        return named and self.api_key in (None, api_key) and self.remaining != 0

    def strike(self) -> None:
        self.hits += 1
        if self.remaining is not None:
            self.remaining -= 1

    def render(self) -> dict[str, Any]:
        return {"id": self.id, **self.description, "hits": self.hits, "remaining": self.remaining}


class FaultLayer:
    """Stands before the application; the first rule that fires on a request has it. Own endpoints are spared."""

    def __init__(self, seed: int) -> None:
        self._rules: list[Rule] = []
        self._last_id = 0
        self._chance = random.Random(seed)  # noqa: S311 a drill, not a secret

    def wrap(self, app: ASGIApp) -> ASGIApp:
        async def intercept(scope: Scope, receive: Receive, send: Send) -> None:
            rule = self._select(scope) if scope["type"] == "http" else None
            if rule is None:
                await app(scope, receive, send)
                return
            rule.strike()
            await rule.fault.apply(Interception(app, scope, receive, send))

        return intercept

    def routes(self) -> list[Route]:
        path = "/paper/control/faults"
        return [
            Route(path, answer_invalid(self.change_rules), methods=["POST"]),
            Route(path, self.show_rules, methods=["GET"], name="show_faults"),
        ]

    async def change_rules(self, request: Request) -> Response:
        """`{"clear": true | [ids], "add": [rules]}`: clearing first, and all of it or nothing."""
        content = await read_object(request, frozenset({"add", "clear"}))
        kept = self._without(content.get("clear", []))
        wanted = content.get("add", [])
        if not isinstance(wanted, list) or len(kept) + len(wanted) > _MOST_RULES:
            raise InvalidFieldError("add", f"must be a list; at most {_MOST_RULES} rules are kept")
        first = self._last_id + 1
        added = [_parse_rule(first + index, rule) for index, rule in enumerate(wanted)]
        self._last_id += len(added)
        self._rules = kept + added
        return JSONResponse(
            {"rules": [rule.render() for rule in self._rules], "added": [r.id for r in added]}
        )

    async def show_rules(self, request: Request) -> Response:
        del request
        return JSONResponse({"rules": [rule.render() for rule in self._rules]})

    def _without(self, cleared: object) -> list[Rule]:
        if cleared is True:
            return []
        if not isinstance(cleared, list):
            raise InvalidFieldError("clear", "must be true or a list of rule ids")
        return [rule for rule in self._rules if rule.id not in cleared]

    def _select(self, scope: Scope) -> Rule | None:
        path: str = scope["path"]
        if not self._rules or path.startswith(_OWN_PATHS):
            return None
        api_key = next(
            (value.decode("latin-1") for name, value in scope["headers"] if name == _KEY_HEADER), ""
        )
        matching = (rule for rule in self._rules if rule.matches(scope["method"], path, api_key))
        return next((rule for rule in matching if self._chance.random() < rule.probability), None)


def _parse_rule(number: int, content: object) -> Rule:
    if not isinstance(content, dict):
        raise InvalidFieldError("add", "must be a list of objects")
    options = dict(content)
    kind = options.pop("kind", None)
    if not isinstance(kind, str) or kind not in FAULTS:
        raise InvalidFieldError("kind", f"must be one of {', '.join(FAULTS)}")
    endpoint = read_text(options, "endpoint") if options.get("endpoint") is not None else _ANY
    api_key = read_text(options, "apiKey") if options.get("apiKey") is not None else None
    probability = float(read_amount(options.pop("probability", 1), "probability", Decimal(1)))
    count = options.pop("count", None)
    remaining = None if count is None else int(read_amount(count, "count", _MOST_COUNT))
    options.pop("endpoint", None)
    options.pop("apiKey", None)
    fault = FAULTS[kind].parse(options)
    for name in options:
        raise InvalidFieldError(str(name)[:64], f"is not an option of {kind}")
    return Rule(number, _plain(content), fault, endpoint, api_key, probability, remaining)


def _plain(content: dict[str, Any]) -> dict[str, Any]:
    """The rule as it was given, in a form JSON can say."""
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in content.items()}
